"""The pages of a PDF as pdfium gives them: pieces of text with their boxes, pictures, and its information dictionary.

pdfium is native code that reads hostile files: call this in a worker process alone, which may be ended, and in one
thread of it.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as native

from pipeline.errors import Rejected
from pipeline.extract.pdf_layout import Fragment
from pipeline.extract.pdf_paragraphs import normalised

#: A report of 2,000 pages does not exist among think tanks; files beyond are dumps or attacks.
MAX_PAGES = 2_000
#: Characters of one page (a page of small print has 10,000) and of a document.
MAX_PAGE_CHARACTERS, MAX_CHARACTERS = 100_000, 8_000_000
#: A page with fewer letters than this, and a picture over most of it, is a photograph of a page.
SCAN_LETTERS, SCAN_COVER = 25, 0.5
#: Objects of a page looked at for such a picture.
_OBJECTS = 50
_FARTHEST = 20_000.0  # points; PDF's largest page has 14,400
_HEADER_BYTES = 1024  # where "%PDF-" must stand (PDF 1.7, annex H.3.4.1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its text level, whether it is a picture of text, and how many of its characters no font explains."""

    fragments: tuple[Fragment, ...]
    is_picture: bool
    characters: int
    unreadable: int


def read_sheets(body: bytes) -> tuple[list[Sheet], dict[str, str]]:
    """The pages of a PDF, and its information dictionary. Raises Rejected (``pdf_encrypted``, ``unparsable``,
    ``too_large``), and nothing else.

    A file that wants a password is encrypted; one that opens without, whatever it forbids its readers to print or
    copy, is read.
    """
    if b"%PDF-" not in body[:_HEADER_BYTES]:
        raise Rejected("unparsable", "not a PDF: it does not begin with %PDF-")
    try:
        with closing(_opened(body)) as document:
            info = {key: _clean(value) for key, value in document.get_metadata_dict(skip_empty=True).items()}
            return list(_sheets(document)), info
    except (pdfium.PdfiumError, ValueError, OverflowError, MemoryError, OSError, ctypes.ArgumentError) as error:
        raise Rejected("unparsable", f"damaged PDF: {error}") from error


def _clean(value: str) -> str:
    return "".join(char if char.isprintable() or char == "\u00ad" else " " for char in normalised(value))


def _opened(body: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(body)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in (native.FPDF_ERR_PASSWORD, native.FPDF_ERR_SECURITY):
            raise Rejected("pdf_encrypted", "the PDF is encrypted and wants a password; it cannot be read") from error
        raise
    if len(document) > MAX_PAGES:
        pages = len(document)
        document.close()
        raise Rejected("too_large", f"the PDF has {pages} pages; up to {MAX_PAGES} are read")
    return document


def _sheets(document: pdfium.PdfDocument) -> Iterator[Sheet]:
    total = 0
    for number in range(len(document)):
        try:
            page = document[number]
        except pdfium.PdfiumError:  # one broken page does not cost the others
            yield Sheet((), False, 0, 0)
            continue
        with closing(page), closing(page.get_textpage()) as textpage:
            count = textpage.count_chars()
            total += count
            if count > MAX_PAGE_CHARACTERS or total > MAX_CHARACTERS:
                raise Rejected(
                    "too_large", f"the PDF has over {max(count, total) - 1:,} characters up to page {number + 1}"
                )
            yield _sheet(page, textpage, count)


def _sheet(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, count: int) -> Sheet:
    quarter = _quarter(textpage.raw, count)
    runs = _runs(textpage.raw, count, quarter)
    fragments = tuple(run for angle, run in runs if angle == quarter and run.text and _is_sound(run))
    letters = sum(char.isalnum() for fragment in fragments for char in fragment.text)
    unreadable = sum(native.FPDFText_HasUnicodeMapError(textpage.raw, index) == 1 for index in range(0, count, 8)) * 8
    return Sheet(fragments, letters < SCAN_LETTERS and _is_picture(page), count, min(unreadable, count))


def _is_sound(fragment: Fragment) -> bool:
    """Whether a box is a box: damaged and hostile files have endless, empty and upside-down ones."""
    edges = (fragment.left, fragment.bottom, fragment.right, fragment.top)
    inside = all(math.isfinite(edge) and abs(edge) < _FARTHEST for edge in edges)
    return inside and fragment.top > fragment.bottom and fragment.right >= fragment.left


def _is_picture(page: pdfium.PdfPage) -> bool:
    """Whether pictures cover most of the page."""
    whole: float = page.get_width() * page.get_height()
    covered = 0.0
    for position, item in enumerate(page.get_objects(filter=(native.FPDF_PAGEOBJ_IMAGE,), max_depth=3)):
        left, bottom, right, top = item.get_bounds()
        covered += abs((right - left) * (top - bottom))
        if position >= _OBJECTS or covered >= SCAN_COVER * whole:
            break
    return whole > 0 and covered >= SCAN_COVER * whole


# --- characters to fragments -----------------------------------------------------------------------------------------


def _quarter(textpage: Any, count: int) -> int:
    """How most of the page's text is turned, in quarters, clockwise; other text (a stamp, a spine) is left out."""
    step = max(1, count // 40)
    turns = Counter(turn for index in range(0, count, step) if (turn := _turn(textpage, index)) is not None)
    return turns.most_common(1)[0][0] if turns else 0


def _turn(textpage: Any, index: int) -> int | None:
    """A character's direction in quarters; None for one that stands askew, as watermarks do."""
    angle: float = native.FPDFText_GetCharAngle(textpage, index) / (math.pi / 2)
    if not math.isfinite(angle) or abs(angle - round(angle)) > 0.1:
        return None
    return round(angle) % 4


#: Boxes (left, bottom, right, top) as they stand when the page is turned until text at so many quarters is level.
_TURNS: tuple[Callable[[float, float, float, float], tuple[float, float, float, float]], ...] = (
    lambda left, bottom, right, top: (left, bottom, right, top),
    lambda left, bottom, right, top: (-top, left, -bottom, right),
    lambda left, bottom, right, top: (-right, -top, -left, -bottom),
    lambda left, bottom, right, top: (bottom, -right, top, -left),
)


@dataclass(slots=True)
class _Run:
    """Characters of one line gathered so far; mutable, for a page has thousands."""

    angle: int | None
    chars: list[str]
    left: float
    bottom: float
    right: float
    top: float
    height: float
    raised: bool = False

    def fragment(self) -> tuple[int | None, Fragment]:
        text = normalised("".join(self.chars) + ("]" if self.raised else ""))
        rtl = 2 * sum(_is_rtl(char) for char in text) > len(text)
        return self.angle, Fragment(" ".join(text.split()), self.left, self.bottom, self.right, self.top, rtl)


def _is_rtl(char: str) -> bool:
    return "\u0590" <= char <= "\u08ff" and unicodedata.bidirectional(char) in ("R", "AL")


def _runs(textpage: Any, count: int, quarter: int) -> Iterator[tuple[int | None, Fragment]]:
    """pdfium's characters as pieces of lines: a wide gap, a jump or a line break ends a piece.

    One loop over all characters, longer than a function should be: a page has thousands, and a call each costs more
    than the work. Boxes are the font's, not the letter's, so that all letters of a line are of one height. Raised
    small digits behind a word are note numbers and get brackets, or they would change the word.
    """
    box = native.FS_RECTF()
    run: _Run | None = None
    blank = False
    for index in range(count):
        code = native.FPDFText_GetUnicode(textpage, index)
        if code in (10, 13):
            if run:
                yield run.fragment()
            run, blank = None, False
            continue
        char = _visible(code)
        if not char:
            blank = blank or code in (9, 32, 160)
            continue
        if not native.FPDFText_GetLooseCharBox(textpage, index, box):
            continue
        left, bottom, right, top = _TURNS[quarter](box.left, box.bottom, box.right, box.top)
        angle = run.angle if run else None
        if run is None or not _goes_on(run, left, bottom, right, top):
            if run:
                yield run.fragment()
            angle, blank = _turn(textpage, index), False
            run = _Run(angle, [], left, bottom, right, top, top - bottom)
        small = char.isdigit() and run.chars and top - bottom < 0.8 * run.height and top + bottom > run.top + run.bottom
        if run.raised and not small:
            run.chars.append("]")
        elif small and not run.raised:
            run.chars.append("[")
        if blank:
            run.chars.append(" ")
        run.raised, blank = bool(small), False
        run.chars.append(char)
        run.left, run.right = min(run.left, left), max(run.right, right)
        if not small:
            run.bottom, run.top, run.height = min(run.bottom, bottom), max(run.top, top), max(run.height, top - bottom)
    if run:
        yield run.fragment()


def _visible(code: int) -> str:
    """A character's text, or nothing for blanks, controls and letters that the font does not explain."""
    if (code <= 32 and code != 2) or 127 <= code <= 160 or code > 0x10FFFF or code & 0xFFFF == 0xFFFF:
        return ""
    return chr(code)


def _goes_on(run: _Run, left: float, bottom: float, right: float, top: float) -> bool:
    """Whether a character stands beside the run: on its line, and nearer than two blanks (a gutter is wider)."""
    gap = max(left - run.right, run.left - right)
    level = min(top, run.top) - max(bottom, run.bottom)
    return gap <= 0.75 * run.height and level >= 0.4 * min(run.height, top - bottom)
