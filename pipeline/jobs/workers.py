"""Worker processes that read archived bytes: parsing happens there alone, where it can be ended.

Only small values cross the pipe: a task names its record, the worker reads it from the archive
(`pipeline.jobs.readers`), and a packed extraction or a list of candidates comes back. A worker that hangs on one page
is killed at its time limit, one that grows is refused memory, and each is replaced after a number of pages, for
trafilatura keeps some of every one. Processes rather than threads: langdetect answers differently from thread to
thread, and lxml trees crash across them.

What reads pages is imported by workers alone, so that whoever asks them starts sooner.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import resource
import signal
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessPool

from pipeline.discover import Ask, Found, Watermark
from pipeline.errors import Rejected
from pipeline.extract.template import Template
from pipeline.models import Endpoint, Fingerprint, Kind, Pointer, RestItem, Source

PAGE_SECONDS = 30.0
PDF_SECONDS = 60.0  # 500 pages take 5
ENDPOINT_SECONDS = 120.0
#: A worker is replaced after so many tasks; a new one is forked from a warm server in milliseconds.
TASKS_PER_WORKER = 250
MEMORY_BYTES = 3_000_000_000


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
            found: PageRead = await self._run("read_page", task, PAGE_SECONDS)
            return found
        except Rejected as error:
            return PageRead(rejected=error.reason, detail=str(error))

    async def read_pdf(self, task: PdfTask) -> PdfRead:
        """Read one PDF, guarded as a page is. Raises Unavailable (record missing)."""
        try:
            found: PdfRead = await self._run("read_pdf", task, PDF_SECONDS)
            return found
        except Rejected as error:
            return PdfRead(rejected=error.reason, detail=str(error))

    async def read_endpoint(self, task: EndpointTask) -> Found:
        """Read one endpoint's answer; what goes wrong is its problem. Raises Unavailable (record missing)."""
        try:
            found: Found = await self._run("read_endpoint", task, ENDPOINT_SECONDS)
            return found
        except Rejected as error:
            return Found(problem=f"{task.ask.url}: {error}", final=False)

    async def learn(self, task: LearnTask) -> Template:
        """The template that these pages have in common; an empty one when reading them fails."""
        try:
            found: Template = await self._run("learn", task, ENDPOINT_SECONDS)
            return found
        except Rejected:
            return Template(task.source.id)

    async def are_strangers(self, task: LearnTask) -> bool:
        """Whether most of these pages fit no template that is known; False when reading them fails."""
        try:
            found: bool = await self._run("are_strangers", task, ENDPOINT_SECONDS)
            return found
        except Rejected:
            return False

    async def _run(self, reader: str, task: PageTask | PdfTask | EndpointTask | LearnTask, seconds: float) -> Any:
        what = _name_of(task)
        try:
            future = self._pool.schedule(_called, args=[reader, task], timeout=seconds)
            return await asyncio.wrap_future(future)
        except (TimeoutError, FutureTimeout) as error:
            raise Rejected("parse_timeout", f"{what}: reading it took over {seconds:.0f} s and was ended") from error
        except ProcessExpired as error:
            raise Rejected("parse_crash", f"{what}: the process that read it died ({error})") from error
        except MemoryError as error:
            raise Rejected("parse_memory", f"{what}: reading it needs too much memory") from error


def _name_of(task: PageTask | PdfTask | EndpointTask | LearnTask) -> str:
    if isinstance(task, EndpointTask):
        return task.ask.url
    return task.source.id if isinstance(task, LearnTask) else task.url


def _limit() -> None:
    """In a new worker: a memory limit, and no answer to the terminal's Ctrl-C (the parent decides)."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def _called(reader: str, task: PageTask | PdfTask | EndpointTask | LearnTask) -> Any:
    """In a worker, which was born with the readers loaded: what one of them says."""
    from pipeline.jobs import readers

    return getattr(readers, reader)(task)
