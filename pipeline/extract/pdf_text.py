"""The text of a PDF, page by page, in reading order, with what its information dictionary says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from pipeline.extract.pdf_layout import Fragment, Row, columns, foot_last, line_of, rows_of, without_running_lines
from pipeline.extract.pdf_paragraphs import (
    Measure,
    Paragraph,
    continues,
    is_mislabelled_turkish,
    joined,
    measure,
    paragraphs,
    relabelled,
    vocabulary,
)
from pipeline.extract.pdf_reader import Sheet, read_sheets


@dataclass(frozen=True, slots=True)
class FrontLine:
    """A line of the first pages: its text, the height of its type, and whether it is a running header or footer."""

    text: str
    height: float
    page: int
    running: bool = False


@dataclass(frozen=True, slots=True)
class PdfText:
    """The paragraphs of each page; one that runs over a page's end belongs to the page where it begins.

    ``front`` are the lines of the first two pages from the top down, ``body_height`` the height of the body's type,
    ``info`` the information dictionary (Title, Author, CreationDate …), ``scanned`` the number of pages that are
    pictures of text, ``unreadable`` the share of characters that the fonts do not explain.
    """

    pages: tuple[tuple[str, ...], ...]
    front: tuple[FrontLine, ...] = ()
    body_height: float = 0.0
    info: Mapping[str, str] = field(default_factory=dict)
    scanned: int = 0
    unreadable: float = 0.0

    @property
    def paragraphs(self) -> list[str]:
        """All paragraphs in order."""
        return list(chain.from_iterable(self.pages))


def read_pdf(body: bytes) -> PdfText:
    """The text of a PDF. Raises Rejected (``pdf_encrypted``, ``unparsable``, ``too_large``), and nothing else.

    Reads with native code: call it in a worker process, which may be ended, and in one thread of that.
    """
    return _read(*read_sheets(body))


def _read(sheets: Sequence[Sheet], info: Mapping[str, str]) -> PdfText:
    if is_mislabelled_turkish(fragment.text for sheet in sheets for fragment in sheet.fragments):
        sheets = [replace(sheet, fragments=tuple(_relabelled(sheet.fragments))) for sheet in sheets]
        info = {key: relabelled(value) for key, value in info.items()}
    kept, taken = without_running_lines([rows_of(sheet.fragments) for sheet in sheets])
    flowing = [columns(rows) for rows in kept]
    measured = measure(chain.from_iterable(flowing))
    known = vocabulary(line.text for runs in flowing for run in runs for line in run)
    pages = [_page(runs, measured) for runs in flowing]
    whole = _run_on(pages)
    characters = sum(sheet.characters for sheet in sheets)
    return PdfText(
        pages=tuple(tuple(_texts(page, known)) for page in whole),
        front=tuple(_front(flowing, taken)),
        body_height=measured.body,
        info=info,
        scanned=sum(sheet.is_picture for sheet in sheets),
        unreadable=sum(sheet.unreadable for sheet in sheets) / characters if characters else 0.0,
    )


def _relabelled(fragments: Sequence[Fragment]) -> Iterator[Fragment]:
    return (replace(fragment, text=relabelled(fragment.text)) for fragment in fragments)


def _page(runs: Sequence[Sequence[Fragment]], measured: Measure) -> list[list[Paragraph]]:
    """A page's paragraphs by run, its footnotes as the last run."""
    texts, notes = foot_last(runs, measured.body)
    return [*(paragraphs(run, measured) for run in texts), paragraphs(notes, measured, note=True)]


def _run_on(pages: Sequence[list[list[Paragraph]]]) -> list[list[Paragraph]]:
    """Pages as paragraphs, those that go on in the next column or page put together where they begin."""
    whole: list[list[Paragraph]] = []
    last: tuple[int, int] | None = None  # page and place of the text's last paragraph so far
    margin = 0.0
    for number, runs in enumerate(pages):
        whole.append([])
        for run in runs:
            rest = run
            if last and run and continues(whole[last[0]][last[1]], run[0], margin):
                before = whole[last[0]][last[1]]
                whole[last[0]][last[1]] = replace(before, lines=(*before.lines, *run[0].lines))
                rest = run[1:]
            whole[number].extend(rest)
            if rest and not rest[-1].note:
                last = (number, len(whole[number]) - 1)
            if run and not run[-1].note:
                rights = sorted(line.right for paragraph in run for line in paragraph.lines)
                margin = 0.97 * rights[int(len(rights) * 0.9)]
    return whole


def _texts(page: Sequence[Paragraph], known: frozenset[str]) -> Iterator[str]:
    for paragraph in page:
        text = joined([line.text for line in paragraph.lines], known)
        if any(char.isalnum() for char in text):
            yield text


def _front(flowing: Sequence[Sequence[Sequence[Fragment]]], taken: Sequence[Sequence[Row]]) -> Iterator[FrontLine]:
    for number, runs in enumerate(flowing[:2]):
        for run in runs:
            yield from (FrontLine(joined([line.text], ()), line.height, number) for line in run)
        yield from (
            FrontLine(joined([line.text], ()), line.height, number, running=True)
            for line in map(line_of, taken[number])
        )
