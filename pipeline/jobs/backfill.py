"""Old articles of one source, in batches that step aside for every crawl.

The frontier is the state's: a URL that was read is not due any more, so a backfill that was cut goes on where it was.
It holds the source's lease for one batch at a time and gives it back as soon as a crawl asks for it; its lane to a host
is given up after each request that another waits for. It moves no watermark of discovery and marks nothing as gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from pipeline.errors import MecmuaError, Unavailable
from pipeline.fetch.client import Client
from pipeline.fetch.lanes import Lanes
from pipeline.fetch.spool import Spool, settle
from pipeline.jobs import progress, templates
from pipeline.jobs.attachments import Attachments
from pipeline.jobs.discovery import Discovery
from pipeline.jobs.ledger import Ledger
from pipeline.jobs.pages import Pages, Tally
from pipeline.jobs.sending import Sender
from pipeline.jobs.workers import Archive, Workers
from pipeline.models import Endpoint, Source
from pipeline.settings import Settings
from pipeline.store import crawled, forgotten, leases, urls
from pipeline.store.database import Store, holder_name, open_store
from pipeline.store.schema import facts
from pipeline.store.urls import UrlRow

BATCH = 50
_POLL_SECONDS = 0.5
#: How long a crawl that asked for the source gets to take it.
_ASIDE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """What a backfill did. ``left``: URLs in range that are still to be looked at; ``aside``: how often it made way."""

    source: str
    outcomes: Mapping[str, int] = field(default_factory=dict)
    left: int = 0
    aside: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """The dates that are wanted, both included; `until` None: up to now."""

    since: datetime
    until: datetime | None = None

    def holds(self, row: UrlRow) -> bool:
        """True unless what an endpoint said of a URL puts it outside; what has no date must be looked at."""
        hints = [hint for hint in (row.published_hint, row.modified_hint) if hint]
        if not hints:
            return True
        return max(hints) >= self.since and (self.until is None or min(hints) <= self.until)


class PatientLanes(Lanes):
    """Lanes whose holder looks for others after each request, and lets them go first."""

    @asynccontextmanager
    async def turn(self, host: str, delay: float) -> AsyncIterator[None]:
        async with super().turn(host, delay):
            yield
        self._lanes[host].held_until = 0.0


class _Deep(Discovery):
    """Every endpoint from end to end, whatever earlier runs read of it; moves no watermark."""

    async def _endpoint(self, endpoint: Endpoint) -> bool:
        self._states.pop(f"{endpoint.type}:{endpoint.url}", None)
        return await super()._endpoint(endpoint)

    def _completed(self, *_: object) -> None:
        """What a look at old dates does not name is not gone."""


def backfill(
    settings: Settings,
    source: Source,
    catalogue: Sequence[Source],
    span: Span,
    *,
    limit: int | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    report: progress.Report = progress.silent,
) -> BackfillReport:
    """Fetch, read and index a source's articles in a span of dates, `limit` of them at most; resumable by repeating.

    Raises Unavailable when the state, the archive or (at the end, with everything fetched kept) the engine is away.
    """
    store = open_store(settings.state_url)
    try:
        store.write(lambda connection: crawled.remember(connection, [source]))
        return asyncio.run(_Backfill(settings, store, source, catalogue, span, limit, now, report).run())
    finally:
        store.close()


class _Backfill:
    """One backfill in one process."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        source: Source,
        catalogue: Sequence[Source],
        span: Span,
        limit: int | None,
        now: Callable[[], datetime],
        report: progress.Report,
    ) -> None:
        self._settings = settings
        self._store = store
        self._source = source
        self._known = {item.id: item for item in (*catalogue, source)}
        self._span = span
        self._limit = limit
        self._now = now
        self._report = report
        self._archive = Archive(settings.spool, settings.archive)
        self._tally = Tally()
        self._aside = 0
        self._fact = f"backfill:{source.id}"[:64]

    async def run(self) -> BackfillReport:
        """Batch by batch until nothing is left or the limit is reached."""
        with self._store.read() as connection:
            forgotten.refuse(connection, self._source.id)
        sender = Sender(self._settings, self._store, self._known, self._now, [self._source.id])
        async with sender:
            with Workers(self._settings.workers) as workers:
                async with Ledger(self._store) as ledger:
                    while await self._batch(ledger, workers):
                        pass
                    left = len(self._wanted(await ledger.read(self._due)))
            if not left:
                self._store.write(lambda c: c.execute(delete(facts).where(facts.c.name == self._fact)))
            if problem := await sender.finish():
                raise problem
        counts = Counter({outcome.value: count for outcome, count in self._tally.counts().items()})
        return BackfillReport(self._source.id, dict(sorted(counts.items())), left, self._aside)

    # --- batches -----------------------------------------------------------------------------------------------------

    async def _batch(self, ledger: Ledger, workers: Workers) -> bool:
        """One batch under the source's lease; False when there is nothing (more) to do."""
        async with self._lease(ledger) as began:
            spool = Spool(self._settings.spool, self._source.id, self._settings.agent)
            try:
                async with Client(self._settings, PatientLanes(self._store), self._now) as client:
                    if not await ledger.read(self._is_named):
                        work = self._discover(client, spool, ledger, workers)
                        await self._unless_wanted(ledger, began, work)
                        return True
                    rows = self._wanted(await ledger.read(self._due))[: self._size()]
                    if not rows:
                        return False
                    await self._unless_wanted(ledger, began, self._pages(client, spool, ledger, workers, rows))
            finally:
                spool.close()
                await asyncio.to_thread(settle, self._settings.spool, self._settings.archive)
        return self._tally.blocked is None

    def _size(self) -> int:
        return BATCH if self._limit is None else max(0, min(BATCH, self._limit - len(self._tally.articles)))

    async def _discover(self, client: Client, spool: Spool, ledger: Ledger, workers: Workers) -> None:
        self._report(self._source.id, "discovery", 0, None)
        arguments = (self._source, client, spool, ledger, workers, self._archive)
        named = await _Deep(*arguments, now=self._now(), since=self._span.since).run()
        if not named.answered:
            raise Unavailable(f"{self._source.id}: no endpoint could be read: {'; '.join(named.problems[:3])}")
        await ledger.write(self._note_named)

    async def _pages(
        self, client: Client, spool: Spool, ledger: Ledger, workers: Workers, rows: Sequence[UrlRow]
    ) -> None:
        parts = (self._source, client, spool, ledger, workers, self._archive, self._tally, self._now)
        pages = Pages(*parts, since=self._span.since)
        learning = (self._source, rows, pages, ledger, workers, self._archive, self._now())
        pages.templates = await templates.templates_of(*learning)
        known = await ledger.read(lambda c: urls.get(c, [row.key for row in rows]))  # some were fetched for it
        await pages.run([known[row.key] for row in rows if row.key not in self._tally.outcomes], None)
        await Attachments(*parts).run()
        self._report(self._source.id, "backfill", len(self._tally.outcomes), None)

    def _due(self, connection: Connection) -> list[UrlRow]:
        return urls.due(connection, self._source.id, self._now(), limit=None)  # the span may be the oldest of all

    def _wanted(self, rows: Sequence[UrlRow]) -> list[UrlRow]:
        return [row for row in rows if row.key not in self._tally.outcomes and self._span.holds(row)]

    # --- making way --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _lease(self, ledger: Ledger) -> AsyncIterator[datetime]:
        """The source's lease for one batch; who else wants it goes first."""
        name, holder = f"source:{self._source.id}", holder_name()
        while await ledger.write(lambda c: leases.acquire(c, name, holder, datetime.now(UTC))) is None:
            await asyncio.sleep(4 * _POLL_SECONDS)  # a crawl that waits asks twice as often
        began = datetime.now(UTC)
        try:
            yield began
        finally:
            wanted = await ledger.read(lambda c: leases.is_wanted(c, name, began))
            await ledger.write(lambda c: leases.release(c, name, holder, datetime.now(UTC)))
            if wanted:
                self._aside += 1
                await asyncio.sleep(_ASIDE_SECONDS)

    async def _unless_wanted(self, ledger: Ledger, began: datetime, work: Coroutine[Any, Any, None]) -> None:
        """Do this, but leave off (as a kill would) as soon as another wants the source; keeps the lease meanwhile."""
        name, holder = f"source:{self._source.id}", holder_name()
        task = asyncio.create_task(work)
        while not task.done():
            await asyncio.wait({task}, timeout=_POLL_SECONDS)
            if not task.done() and await ledger.read(lambda c: leases.is_wanted(c, name, began)):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                return
            await ledger.write(lambda c: leases.acquire(c, name, holder, datetime.now(UTC)))
        try:
            task.result()
        except* MecmuaError as group:
            raise _first(group) from None

    # --- state and index ---------------------------------------------------------------------------------------------

    def _is_named(self, connection: Connection) -> bool:
        """True when an earlier, unfinished backfill has asked the endpoints for this span already."""
        said = connection.scalar(select(facts.c.value).where(facts.c.name == self._fact))
        return said is not None and datetime.fromisoformat(json.loads(said)["since"]) <= self._span.since

    def _note_named(self, connection: Connection) -> None:
        connection.execute(delete(facts).where(facts.c.name == self._fact))
        value = json.dumps({"since": self._span.since.isoformat()})
        connection.execute(facts.insert().values(name=self._fact, value=value))


def _first(group: BaseExceptionGroup[MecmuaError]) -> MecmuaError:
    inner: MecmuaError | BaseExceptionGroup[MecmuaError] = group
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner
