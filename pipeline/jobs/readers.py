"""What workers do: read one archived page, PDF or endpoint's answer, or learn from several pages.

Runs in the processes of `pipeline.jobs.workers` alone, where a page that hangs or grows is ended.
"""

from __future__ import annotations

from pipeline import discover
from pipeline.discover import Found
from pipeline.errors import Rejected, Unavailable
from pipeline.extract import documents, parts, template
from pipeline.extract.fingerprint import fingerprint
from pipeline.extract.html import Hints, extract
from pipeline.extract.pdf import extract_pdf, read_attachment
from pipeline.extract.rest import Post, read_post
from pipeline.extract.template import Template
from pipeline.fetch.archive import read_page as archived
from pipeline.jobs.workers import Archive, EndpointTask, LearnTask, PageRead, PageTask, PdfRead, PdfTask
from pipeline.models import Attachment, Extraction, Page, Pointer, pack, replace


def read_page(task: PageTask) -> PageRead:
    try:
        extraction = read_task(task)
        further = extraction.parts if not task.parts else ()
        same, same_pdfs = (None, None) if further else _same_as_before(task, extraction)
        article = extraction.article
        mark = None if further or extraction.not_article else fingerprint(article.title, article.text)
        return PageRead(extraction=pack(extraction), same=same, same_pdfs=same_pdfs, parts=further, mark=mark)
    except Rejected as error:
        return PageRead(rejected=error.reason, detail=str(error))
    except (Unavailable, MemoryError):
        raise
    except Exception as error:  # a surprise in a parser costs this page, with its reason kept, and not the run
        return PageRead(rejected="extract_error", detail=f"{task.url}: {type(error).__name__}: {error}")


def read_pdf(task: PdfTask) -> PdfRead:
    try:
        found = _attachment(task, task.record, truncated=task.truncated)
        return PdfRead(attachment=pack(found), same=_same_file(task, found))
    except Rejected as error:
        return PdfRead(rejected=error.reason, detail=f"{task.url}: {error}")
    except (Unavailable, MemoryError):
        raise
    except Exception as error:  # as above
        return PdfRead(rejected="extract_error", detail=f"{task.url}: {type(error).__name__}: {error}")


def _attachment(task: PdfTask, record: Pointer, *, truncated: bool = False) -> Attachment:
    page = archived(record, task.archive.spool, task.archive.url)
    return read_attachment(task.url, replace(page, truncated=truncated or page.truncated), record)


def _same_file(task: PdfTask, found: Attachment) -> bool | None:
    """Whether both files say the same; two without text are two files."""
    if task.previous is None or task.previous == task.record:
        return None
    try:
        before = _attachment(task, task.previous)
    except (Unavailable, Rejected):
        return None
    return before.pages == found.pages and any(found.pages)


def read_task(task: PageTask) -> Extraction:
    """The extraction that a task asks for. Raises Rejected and Unavailable."""
    hints = replace(_hints_of(task), post=_post_of(task))
    first = _extract(_page_of(task, task.record), task, hints)
    further = [_extract(_page_of(task, record), task, Hints()) for record in task.parts]
    if not further:
        return first
    whole = parts.joined([first, *further])
    return replace(whole, article=replace(whole.article, part_records=task.parts))


def _extract(page: Page, task: PageTask, hints: Hints) -> Extraction:
    """The extraction of one document, by what its bytes are rather than by what the server calls them."""
    if page.body[:1024].lstrip().startswith(b"%PDF-"):
        return extract_pdf(page, task.source, now=task.now, hints=hints)
    return extract(page, task.source, now=task.now, hints=hints, templates=task.templates)


def learn(task: LearnTask) -> Template:
    pages = _pages_of(task)
    return template.learn(template.strangers(task.known, pages) if task.known else pages, task.source)


def are_strangers(task: LearnTask) -> bool:
    pages = _pages_of(task)
    return len(template.strangers(task.known, pages)) * 2 > len(pages)


def _pages_of(task: LearnTask) -> list[Page]:
    pages = []
    for url, record in task.pages:
        try:
            page = archived(record, task.archive.spool, task.archive.url)
        except (Unavailable, Rejected):
            continue  # one page less to learn from
        pages.append(replace(page, url=url))
    return pages


def _page_of(task: PageTask, record: Pointer | None) -> Page:
    if record is None:
        return Page(task.url, b"")
    page = archived(record, task.archive.spool, task.archive.url)
    return replace(page, url=task.url, truncated=task.truncated or page.truncated)


def _hints_of(task: PageTask) -> Hints:
    return Hints(published=task.published, kind=task.kind, listed=task.listed)


def _post_of(task: PageTask) -> Post | None:
    if task.rest is None:
        return None
    answer = _rest_answer(task.rest.record, task.archive)
    return read_post(answer, task.rest.post_id, task.url)


_ANSWERS: dict[Pointer, bytes] = {}


def _rest_answer(record: Pointer, archive: Archive) -> bytes:
    """The bytes of a REST answer; kept for the other posts in it, which are usually read next."""
    if record not in _ANSWERS:
        if len(_ANSWERS) >= 3:
            _ANSWERS.clear()
        _ANSWERS[record] = archived(record, archive.spool, archive.url).body
    return _ANSWERS[record]


def _same_as_before(task: PageTask, extraction: Extraction) -> tuple[bool | None, bool | None]:
    """Judge both archived pages by the same rules, without REST, which may be open one night and closed the next: the
    words, people and day; the PDFs."""
    if task.previous is None or task.record is None or task.previous == task.record:
        return None, None
    alone = replace(task, rest=None, parts=())
    hints = _hints_of(task)
    try:
        plain = task.rest is None and not task.parts
        now_read = extraction if plain else _extract(_page_of(alone, task.record), alone, hints)
        before = _extract(_page_of(alone, task.previous), alone, hints)
    except (Unavailable, Rejected):
        return None, None
    one, other = now_read.article, before.article
    same = (one.content_hash, one.authors, one.published_day) == (
        other.content_hash,
        other.authors,
        other.published_day,
    )
    return same, documents.names(one) == documents.names(other)


def read_endpoint(task: EndpointTask) -> Found:
    page = archived(task.record, task.archive.spool, task.archive.url)
    return discover.read(
        task.endpoint,
        task.source,
        task.ask,
        page,
        task.record,
        task.known,
        known_urls=task.known_urls,
        since=task.since,
    )
