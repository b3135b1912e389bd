"""Worker processes that read archived bytes: parsing happens here alone, where it can be ended.

Only small values cross the pipe: a task names its record, the worker reads it from the archive, and a packed extraction
or a list of candidates comes back. A worker that hangs on one page is killed at its time limit, one that grows is
refused memory, and each is replaced after a number of pages, for trafilatura keeps some of every one. Processes rather
than threads: langdetect answers differently from thread to thread, and lxml trees crash across them.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from pipeline import discover
from pipeline.discover import Ask, Found, Watermark
from pipeline.errors import Rejected, Unavailable
from pipeline.extract import documents, parts, template
from pipeline.extract.fingerprint import fingerprint
from pipeline.extract.html import Hints, extract
from pipeline.extract.pdf import extract_pdf, read_attachment
from pipeline.extract.rest import Post, read_post
from pipeline.extract.template import Template
from pipeline.fetch.archive import read_page
from pipeline.models import (
    Attachment,
    Endpoint,
    Extraction,
    Fingerprint,
    Kind,
    Page,
    Pointer,
    RestItem,
    Source,
    pack,
    replace,
)

PAGE_SECONDS = 30.0
PDF_SECONDS = 60.0  # 500 pages take 5
ENDPOINT_SECONDS = 120.0
#: A worker is replaced after so many tasks; a new one is forked from a warm server in milliseconds.
TASKS_PER_WORKER = 250
MEMORY_BYTES = 3_000_000_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Archive:
    """Where a worker finds records."""

    spool: Path
    url: str


@dataclass(frozen=True, slots=True)
class PageTask:
    """One archived page (or REST post) to read. ``previous``: the record of the article's newest revision, to be read
    the same way so that only a change of the page counts as one. ``parts``: the article's further pages. ``listed``: by
    an endpoint that names articles alone."""

    url: str
    source: Source
    archive: Archive
    record: Pointer | None
    rest: RestItem | None
    now: datetime
    published: datetime | None = None
    kind: Kind | None = None
    listed: bool = False
    truncated: bool = False
    previous: Pointer | None = None
    templates: tuple[Template, ...] = ()
    parts: tuple[Pointer, ...] = ()


@dataclass(frozen=True, slots=True)
class PdfTask:
    """One archived PDF to read as an attachment. ``previous``: the record that its article's text of it was read from,
    to be read the same way so that only a change of the file counts as one."""

    url: str
    archive: Archive
    record: Pointer
    previous: Pointer | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class PdfRead:
    """What reading a PDF gave: a packed Attachment, or why it was rejected. ``same`` compares with ``previous``."""

    attachment: bytes = b""
    rejected: str | None = None
    detail: str = ""
    same: bool | None = None


@dataclass(frozen=True, slots=True)
class LearnTask:
    """Archived pages of one source, with their addresses, to learn its template from: those that none of the
    templates `known` fits."""

    source: Source
    archive: Archive
    pages: tuple[tuple[str, Pointer], ...]
    known: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRead:
    """What reading a page gave: a packed Extraction, or why it was rejected. ``same`` and ``same_pdfs`` compare with
    ``previous``: None where nothing could be compared."""

    extraction: bytes = b""
    rejected: str | None = None
    detail: str = ""
    same: bool | None = None
    same_pdfs: bool | None = None
    parts: tuple[str, ...] = ()  # addresses of the article's further pages, not read yet
    mark: Fingerprint | None = None  # of an article's text


@dataclass(frozen=True, slots=True)
class EndpointTask:
    """One archived answer of an endpoint to read."""

    endpoint: Endpoint
    source: Source
    ask: Ask
    archive: Archive
    record: Pointer
    known: Watermark
    known_urls: frozenset[str]
    since: datetime | None


class Workers:
    """A pool of reading processes for one run; use as a context manager."""

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pipeline.jobs.warm_workers"])
        self.count = count
        self._pool = ProcessPool(
            max_workers=count, max_tasks=TASKS_PER_WORKER, initializer=_limit, initargs=[], context=context
        )

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble types only some of its methods
        else:
            self._pool.close()  # type: ignore[no-untyped-call]
        self._pool.join(timeout=20 if kind is None else 5)

    async def read_page(self, task: PageTask) -> PageRead:
        """Read one page; hanging, crashing and growing become a rejection. Raises Unavailable (record missing)."""
        try:
            return await self._run(_read_page, task, PAGE_SECONDS)
        except Rejected as error:
            return PageRead(rejected=error.reason, detail=str(error))

    async def read_pdf(self, task: PdfTask) -> PdfRead:
        """Read one PDF, guarded as a page is. Raises Unavailable (record missing)."""
        try:
            return await self._run(_read_pdf, task, PDF_SECONDS)
        except Rejected as error:
            return PdfRead(rejected=error.reason, detail=str(error))

    async def read_endpoint(self, task: EndpointTask) -> Found:
        """Read one endpoint's answer; what goes wrong is its problem. Raises Unavailable (record missing)."""
        try:
            return await self._run(_read_endpoint, task, ENDPOINT_SECONDS)
        except Rejected as error:
            return Found(problem=f"{task.ask.url}: {error}", final=False)

    async def learn(self, task: LearnTask) -> Template:
        """The template that these pages have in common; an empty one when reading them fails."""
        try:
            return await self._run(_learn, task, ENDPOINT_SECONDS)
        except Rejected:
            return Template(task.source.id)

    async def are_strangers(self, task: LearnTask) -> bool:
        """Whether most of these pages fit no template that is known; False when reading them fails."""
        try:
            return await self._run(_are_strangers, task, ENDPOINT_SECONDS)
        except Rejected:
            return False

    async def _run(
        self, function: Callable[[Any], T], task: PageTask | PdfTask | EndpointTask | LearnTask, seconds: float
    ) -> T:
        what = _name_of(task)
        try:
            result: T = await asyncio.wrap_future(self._pool.schedule(function, args=[task], timeout=seconds))
        except (TimeoutError, FutureTimeout) as error:
            raise Rejected("parse_timeout", f"{what}: reading it took over {seconds:.0f} s and was ended") from error
        except ProcessExpired as error:
            raise Rejected("parse_crash", f"{what}: the process that read it died ({error})") from error
        except MemoryError as error:
            raise Rejected("parse_memory", f"{what}: reading it needs too much memory") from error
        return result


def _name_of(task: PageTask | PdfTask | EndpointTask | LearnTask) -> str:
    if isinstance(task, EndpointTask):
        return task.ask.url
    return task.source.id if isinstance(task, LearnTask) else task.url


def _limit() -> None:
    """In a new worker: a memory limit, and no answer to the terminal's Ctrl-C (the parent decides)."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def _read_page(task: PageTask) -> PageRead:
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


def _read_pdf(task: PdfTask) -> PdfRead:
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
    page = read_page(record, task.archive.spool, task.archive.url)
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


def _learn(task: LearnTask) -> Template:
    pages = _pages_of(task)
    return template.learn(template.strangers(task.known, pages) if task.known else pages, task.source)


def _are_strangers(task: LearnTask) -> bool:
    pages = _pages_of(task)
    return len(template.strangers(task.known, pages)) * 2 > len(pages)


def _pages_of(task: LearnTask) -> list[Page]:
    pages = []
    for url, record in task.pages:
        try:
            page = read_page(record, task.archive.spool, task.archive.url)
        except (Unavailable, Rejected):
            continue  # one page less to learn from
        pages.append(replace(page, url=url))
    return pages


def _page_of(task: PageTask, record: Pointer | None) -> Page:
    if record is None:
        return Page(task.url, b"")
    page = read_page(record, task.archive.spool, task.archive.url)
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
        _ANSWERS[record] = read_page(record, archive.spool, archive.url).body
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


def _read_endpoint(task: EndpointTask) -> Found:
    page = read_page(task.record, task.archive.spool, task.archive.url)
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
