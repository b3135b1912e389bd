"""A short visit to a site: a few pages under all the rules of a crawl, read in worker processes, nothing of it kept."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline import discover
from pipeline.discover import Ask, Watermark
from pipeline.errors import ConfigurationError, MecmuaError, Rejected, Unavailable
from pipeline.fetch.archive import read_page
from pipeline.fetch.browser import manner_of
from pipeline.fetch.client import Client
from pipeline.fetch.lanes import Lanes
from pipeline.fetch.robots import Robots
from pipeline.fetch.spool import Spool
from pipeline.jobs.workers import Archive, EndpointTask, PageTask, Workers
from pipeline.models import Candidate, Endpoint, Extraction, Page, Pointer, Request, Source, unpack
from pipeline.settings import Settings
from pipeline.store.database import open_store


@dataclass(frozen=True, slots=True)
class Measured:
    """What an endpoint's first answers gave. ``more``: requests that would follow in a crawl."""

    endpoint: Endpoint
    candidates: tuple[Candidate, ...]
    problem: str | None
    more: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """One page of a sample: an Extraction, or the reason why it could not be had."""

    url: str
    extraction: Extraction | None
    reason: str | None

    @property
    def is_article(self) -> bool:
        return self.extraction is not None and self.extraction.not_article is None


class Visit:
    """One visit; see `visiting`."""

    def __init__(self, client: Client, spool: Spool, workers: Workers, archive: Archive) -> None:
        self._client = client
        self._spool = spool
        self._workers = workers
        self._archive = archive

    async def page(self, url: str, source: Source | None = None, *, scroll: bool = False) -> tuple[Page, Pointer]:
        """The final answer to one request, whatever its status; a list that grows is scrolled to its end. Raises
        Unavailable and Rejected."""
        delay = source.crawl_delay if source else None
        manner = manner_of(source, scroll=scroll) if source else None
        response = await self._client.get(Request(url), self._spool, delay=delay, manner=manner)
        if response.record is None:
            raise Unavailable(f"{url}: HTTP {response.status} without a body")
        page = read_page(response.record, self._archive.spool, self._archive.url)
        shown = Page(response.final_url, page.body, page.content_type, page.status, page.headers, page.fetched_at)
        return shown, response.record

    async def robots(self, url: str) -> Robots | None:
        """The rules of the site's robots.txt; None when they cannot be had, so nothing may be fetched."""
        try:
            return await self._client.robots_of(url, self._spool)
        except (Unavailable, Rejected):
            return None

    async def measure(self, endpoint: Endpoint, source: Source, *, requests: int = 3) -> Measured:
        """Follow an endpoint from its start for a few requests. What goes wrong is its problem."""
        waiting, seen = deque(discover.start(endpoint, Watermark())), set[str]()
        candidates: dict[str, Candidate] = {}
        problems: list[str] = []
        while waiting and len(seen) < requests:
            ask = waiting.popleft()
            if ask.url in seen:
                continue
            seen.add(ask.url)
            try:
                _page, record = await self.page(ask.url, source, scroll=ask.role == "listing")
                found = await self._workers.read_endpoint(self._task(endpoint, source, ask, record))
            except ConfigurationError:
                raise
            except MecmuaError as error:
                problems.append(str(error))
                continue
            candidates |= {candidate.url: candidate for candidate in found.candidates}
            problems += [found.problem] if found.problem else []
            waiting.extend(found.asks)
        return Measured(endpoint, tuple(candidates.values()), "; ".join(problems) or None, len(waiting))

    async def sample(self, candidate: Candidate, source: Source) -> Sampled:
        """A candidate's page, fetched and extracted."""
        try:
            page, record = await self.page(candidate.url, source)
            if page.status != 200:
                return Sampled(candidate.url, None, f"HTTP {page.status}")
            now, day, kind = datetime.now(UTC), candidate.published, candidate.kind
            task = PageTask(page.url, source, self._archive, record, None, now, published=day, kind=kind)
            read = await self._workers.read_page(task)
        except MecmuaError as error:
            return Sampled(candidate.url, None, str(error))
        if read.rejected:
            return Sampled(candidate.url, None, f"{read.rejected}: {read.detail}")
        extraction: Extraction = unpack(Extraction, read.extraction)
        return Sampled(page.url, extraction, extraction.not_article)

    def _task(self, endpoint: Endpoint, source: Source, ask: Ask, record: Pointer) -> EndpointTask:
        return EndpointTask(endpoint, source, ask, self._archive, record, Watermark(), frozenset(), None)


@asynccontextmanager
async def visiting(settings: Settings) -> AsyncIterator[Visit]:
    """A visit whose pages are gone when it ends; lanes are shared with whatever crawls at the same time."""
    store = open_store(settings.state_url)
    try:
        with tempfile.TemporaryDirectory(prefix="mecmua-") as folder, Workers(1) as workers:
            spool = Spool(Path(folder), "visit", settings.agent)
            async with Client(settings, Lanes(store), lambda: datetime.now(UTC)) as client:
                yield Visit(client, spool, workers, Archive(Path(folder), folder))
            spool.close()
    finally:
        store.close()
