"""Fetch and read the PDFs that belong to a source's articles: one at a time, each its own look and time limit.

What is to be done is found by asking the state, so a run that was cut goes on where it stopped. A PDF that cannot be
had fails neither its article nor its source.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from pipeline.errors import Rejected, Unavailable
from pipeline.extract import documents
from pipeline.fetch.archive import RecordLost
from pipeline.fetch.client import Client
from pipeline.fetch.spool import Spool, SpoolUnavailable
from pipeline.jobs import attach
from pipeline.jobs.ledger import Ledger
from pipeline.jobs.pages import Tally
from pipeline.jobs.workers import Archive, PdfTask, Workers
from pipeline.models import Attachment, Held, Pointer, Request, Response, Source, replace, unpack
from pipeline.sources.scope import is_denied, is_own_host
from pipeline.store import articles, attachments, forgotten, urls
from pipeline.store.urls import UrlRow
from pipeline.urls import article_id, host_of

_SWEEP = 200
log = structlog.get_logger()


class Attachments:
    """The PDFs of one source in one run."""

    def __init__(
        self,
        source: Source,
        client: Client,
        spool: Spool,
        ledger: Ledger,
        workers: Workers,
        archive: Archive,
        tally: Tally,
        clock: Callable[[], datetime],
        *,
        fetch: bool = True,
        extract: bool = True,
    ) -> None:
        self._source = source
        self._client = client
        self._spool = spool
        self._ledger = ledger
        self._workers = workers
        self._archive = archive
        self._tally = tally
        self._clock = clock
        self._fetch = fetch
        self._extract = extract
        self._room = asyncio.Semaphore(workers.count)
        self._erased: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look at every PDF that is due. Raises Unavailable when state or archive fail."""
        await self._ledger.write(lambda c: attach.note_uploads(c, self._source, self._clock()))
        self._erased = await self._ledger.read(lambda c: forgotten.keys(c, self._source.id))
        rows = await self._ledger.read(lambda c: attachments.due(c, self._source.id, self._clock()))
        async with asyncio.TaskGroup() as group:
            for row in rows:
                ready = await self._ready(row)
                if ready is not None and self._extract:
                    await self._room.acquire()
                    group.create_task(self._read(ready))

    async def sweep(self) -> None:
        """Once a source, before its pages are read: note the PDFs of articles from before PDFs were read."""
        if await self._ledger.read(lambda c: attachments.is_swept(c, self._source.id)):
            return
        ids = await self._ledger.read(lambda c: articles.ids(c, self._source.id))
        for start in range(0, len(ids), _SWEEP):
            chunk = ids[start : start + _SWEEP]
            await self._ledger.write(partial(attach.sweep, source=self._source, ids=chunk, now=self._clock()))
        await self._ledger.write(lambda c: attachments.note_swept(c, self._source.id))

    # --- fetching ----------------------------------------------------------------------------------------------------

    async def _ready(self, row: UrlRow) -> UrlRow | None:
        """The row with its PDF in the archive, where there is something to read; None when nothing is."""
        if not self._erased.isdisjoint(forgotten.keys_of(row.url)):
            return None
        is_due = row.due_at is not None and row.due_at <= self._clock()
        if not is_due or not self._fetch:
            return replace(row, failures=0) if row.page else None
        held = Held(row.page, row.final_url or row.url, row.payload_digest, row.fetched_at) if row.page else None
        request = Request(row.url, validators=row.validators if row.page else None, held=held)
        try:
            response = await self._client.get(
                request, self._spool, delay=self._source.crawl_delay, stay=lambda url: self._may_lead(row.url, url)
            )
        except SpoolUnavailable:
            raise
        except Rejected as error:
            await self._failed(row, error.reason, str(error))
            return None
        except Unavailable as error:
            await self._failed(row, "unavailable", str(error))
            return None
        return await self._noted(row, response)

    def _may_lead(self, asked: str, url: str) -> bool:
        """Whether a redirect may be followed: to own hosts or on the same one, and to nothing that was erased."""
        near = is_own_host(self._source, url) or host_of(url) == host_of(asked)
        return near and not is_denied(self._source, url) and self._erased.isdisjoint(forgotten.keys_of(url))

    async def _noted(self, row: UrlRow, response: Response) -> UrlRow | None:
        same = response.status == 200 and row.page is not None and response.payload_digest == row.payload_digest
        if response.status == 304 or same:
            await self._ledger.write(lambda c: attach.unchanged(c, row, self._clock()))
            return row  # it may still wait to be read for an article
        if response.status not in (200, 203):
            await self._failed(row, f"http_{response.status}", f"{row.url}: HTTP {response.status}")
            return None
        await self._ledger.write(lambda c: urls.note_fetched(c, row.key, response))
        return replace(row, page=response.record, truncated=response.truncated)

    async def _failed(self, row: UrlRow, reason: str, detail: str, record: Pointer | None = None) -> None:
        now = self._clock()
        await self._ledger.write(lambda c: attach.failed(c, row, self._source.id, reason, detail, now, record=record))

    # --- reading -----------------------------------------------------------------------------------------------------

    async def _read(self, row: UrlRow) -> None:
        try:
            try:
                await self._read_archived(row)
            except RecordLost as lost:
                log.warning("asked for again", source=row.source, url=row.url, problem=str(lost))
                again = await self._ready(replace(row, page=None, due_at=self._clock()))
                if again is not None:
                    await self._read_archived(again)
        finally:
            self._room.release()

    async def _read_archived(self, row: UrlRow) -> None:
        record = row.page
        waiting = await self._ledger.read(lambda c: self._waiting(c, row))
        if record is None or not waiting:
            return
        result = await self._workers.read_pdf(
            PdfTask(row.url, self._archive, record, waiting[0], truncated=row.truncated)
        )
        if result.rejected:
            await self._failed(row, result.rejected, result.detail, record)
            return
        found: Attachment = unpack(Attachment, result.attachment)
        now = self._clock()
        changed = await self._ledger.write(lambda c: attach.read(c, row, self._source.id, found, now, same=result.same))
        for identity in changed:
            url = await self._ledger.read(partial(articles.url_of, article_id=identity))
            self._tally.note_changed(identity, article_id(url))

    def _waiting(self, connection: Connection, row: UrlRow) -> list[Pointer | None]:
        """The records that the articles have this PDF from, where that is another one than is archived now."""
        links = attachments.links(connection, row.key, self._source.id)
        found = []
        for link in links:
            if row.page and (link.record_id != row.page.record_id or row.failures):
                known = articles.current(connection, link.article_id)
                held = documents.attachment_of(known.article, row.url) if known else None
                found.append(held.record if held else None)
        return found
