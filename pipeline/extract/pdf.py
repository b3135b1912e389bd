"""One PDF to one article: its text page by page, and title, writers and date from its properties and first pages.

`extract_pdf` is pure like its counterpart for HTML, but reads with native code: call it in a worker process alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pipeline.errors import Rejected
from pipeline.extract import pdf_metadata, when, who
from pipeline.extract.body import excerpt_of
from pipeline.extract.dates import Stamp, parse_date
from pipeline.extract.html import Hints, finished
from pipeline.extract.pdf_metadata import Properties
from pipeline.extract.pdf_text import PdfText, read_pdf
from pipeline.models import Article, Attachment, Extraction, Page, Pointer, Source
from pipeline.text import tidy, tokens

#: So many unreadable characters (fonts without a map to Unicode) make a text that nobody finds.
UNREADABLE = 0.02
__all__ = ["PdfText", "extract_pdf", "read_attachment", "read_pdf"]


def extract_pdf(page: Page, source: Source, *, now: datetime | None = None, hints: Hints | None = None) -> Extraction:
    """The article that a PDF is, of kind ``report`` unless hinted.

    A scan without text is an article all the same, with title and date where something says them, no text and the flag
    ``scan``; a PDF with neither text nor pictures of text is none (``no_text``). ``title_basis``, ``author_basis``
    and ``date_basis`` are ``pdf-page`` (printed), ``pdf-info`` (properties or XMP), ``feed`` or ``url``; a date from
    properties or the URL is flagged as guessed. Raises Rejected (pdf_encrypted, unparsable, too_large).
    """
    hints = hints or Hints()
    try:
        text = read_pdf(page.body)
    except Rejected as error:
        raise Rejected(error.reason, f"{page.url}: {error.message}") from error
    said = pdf_metadata.properties(text.info, page.body)
    names = [source.name, source.id]
    title, title_basis = _title(text, said, hints, names)
    paragraphs = text.paragraphs
    writers = who.who(_claims(text, said, title), paragraphs, names, title)
    base = Article(
        url=page.url,
        kind=hints.kind or "report",
        authors=writers.authors,
        organisations=writers.organisations,
        byline=writers.byline,
        author_basis=writers.basis,
        excerpt=excerpt_of(paragraphs),
        pdfs=(page.url,),
        page_starts=tuple(_starts(text.pages)),
    )
    refusal = None if paragraphs or text.scanned else "no_text"
    flags = (*_flags(page, text), *(("not_article", refusal) if refusal else ()))
    dated = _dated(page.url, text, said, hints, source, now)
    return Extraction(finished(base, title, title_basis, paragraphs, dated, flags), refusal)


def _starts(pages: Sequence[Sequence[str]]) -> Iterator[int]:
    """Where in the text, which has one paragraph a line, each page begins."""
    position = 0
    for paragraphs in pages:
        yield position
        position += sum(len(paragraph) + 1 for paragraph in paragraphs)


def read_attachment(url: str, page: Page, record: Pointer) -> Attachment:
    """A PDF as an article's attachment. Raises Rejected (pdf_encrypted, unparsable, too_large)."""
    text = read_pdf(page.body)
    pages = tuple("\n".join(paragraphs) for paragraphs in text.pages)
    return Attachment(url, record, pages, tuple(_flags(page, text)))


def _title(text: PdfText, said: Properties, hints: Hints, names: list[str]) -> tuple[str, str | None]:
    """The property that the first pages confirm, else the largest type, else an unconfirmed property, else the hint."""
    printed = pdf_metadata.printed_title(text, names)
    if said.title and pdf_metadata.confirmed(said.title, text):
        if printed and set(tokens(said.title)) < set(tokens(printed)):
            return printed, "pdf-page"  # the property was cut short
        return said.title, "pdf-info"
    if printed:
        return printed, "pdf-page"
    if said.title:
        return said.title, "pdf-info"
    return (tidy(hints.title), "feed") if hints.title else ("", None)


def _claims(text: PdfText, said: Properties, title: str) -> list[who.Claim]:
    """Printed bylines, then properties: those often name who typed or made the file up."""
    printed: who.Claim = (list(pdf_metadata.bylines(text, title)), "pdf-page")
    return [claim for claim in (printed, (said.authors, "pdf-info")) if claim[0]]


def _dated(url: str, text: PdfText, said: Properties, hints: Hints, source: Source, now: datetime | None) -> when.When:
    zone = source.timezone
    published, modified = pdf_metadata.printed_date(text, timezone=zone, now=now)
    stated = parse_date(hints.published.isoformat(), timezone=zone, now=now) if hints.published else None
    made = pdf_metadata.property_date(said.created, timezone=zone, now=now)
    changed = modified or pdf_metadata.property_date(said.modified, timezone=zone, now=now)
    choices: tuple[tuple[Stamp | None, str], ...] = (
        (published, "pdf-page"),
        (stated, "feed"),
        (made, "pdf-info"),
        (when.from_url(url, timezone=zone), "url"),
    )
    stamp, basis = next(((stamp, basis) for stamp, basis in choices if stamp), (None, None))
    return when.When(published=stamp, basis=basis, modified=changed)


def _flags(page: Page, text: PdfText) -> Iterator[str]:
    if text.scanned and (2 * text.scanned >= len(text.pages) or not any(text.pages)):
        yield "scan"
    if text.unreadable > UNREADABLE:
        yield "mojibake"
    if page.truncated:
        yield "truncated"
