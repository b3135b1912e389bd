"""One nightly run: discover, fetch, extract and index, overlapped, and resumable at every point.

Nothing here remembers where a run was: due URLs, pages that wait to be read and articles that wait to be indexed are
all found in the state, so a run that was killed goes on by being run again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Literal, TypeVar

import structlog

from pipeline.errors import ExpectationFailed, MecmuaError, Unavailable
from pipeline.fetch.client import Client
from pipeline.fetch.lanes import Lanes
from pipeline.fetch.spool import Spool, settle
from pipeline.fetch.traffic import Traffic
from pipeline.index.reports import write_report
from pipeline.jobs import judge, progress
from pipeline.jobs.attachments import Attachments
from pipeline.jobs.discovery import Discovery, Named
from pipeline.jobs.health import health
from pipeline.jobs.ledger import Ledger
from pipeline.jobs.pages import Pages, Tally
from pipeline.jobs.record import Judged
from pipeline.jobs.sending import Sender
from pipeline.jobs.templates import templates_of
from pipeline.jobs.workers import Archive, Workers
from pipeline.models import Outcome, RunReport, Source, SourceReport, replace
from pipeline.settings import Settings
from pipeline.sources.scope import hosts_of
from pipeline.store import articles, crawled, forgotten, leases, runs, urls
from pipeline.store.database import Store, holder_name, open_store
from pipeline.store.urls import UrlRow
from pipeline.urls import is_pdf

Stage = Literal["all", "fetch", "extract", "index"]
STAGES: tuple[Stage, ...] = ("all", "fetch", "extract", "index")
log = structlog.get_logger()
T = TypeVar("T")
#: Sources worked on at once; each has its own hosts, so this bounds memory, not politeness.
_AT_ONCE = 40
#: URLs whose rows are read at once where nobody has to look at them.
_AT_A_TIME = 4_000
_RENEW_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is asked to do. ``limit``: articles per source; ``since``: published or modified on or after."""

    since: datetime | None = None
    limit: int | None = None
    stage: Stage = "all"


def crawl(
    settings: Settings,
    sources: Sequence[Source],
    wanted: Wanted | None = None,
    *,
    catalogue: Sequence[Source] = (),
    now: datetime | None = None,
    report: progress.Report = progress.silent,
) -> RunReport:
    """Run once over these sources; when it returns, their documents are searchable.

    `catalogue` names further sources whose documents may have to be written again, because a copy or translation of
    theirs turned up.

    One source's failure is its ``error`` in the report and stops no other. Raises ConfigurationError, and Unavailable
    when the state cannot be reached at all.
    """
    clock = _clock(now)
    store = open_store(settings.state_url)
    try:
        store.write(lambda connection: crawled.remember(connection, sources))
        run_id = store.write(lambda connection: runs.begin(connection, clock()))
        known = {source.id: source for source in (*catalogue, *sources)}
        run = _Run(settings, store, sources, known, wanted or Wanted(), clock, report)
        began = time.monotonic()
        started = clock()
        reports = asyncio.run(run.everything())
        result = RunReport(run_id, started, round(time.monotonic() - began, 3), tuple(reports))
        store.write(lambda connection: runs.finish(connection, result, clock()))
        run.publish(result)
        return result
    finally:
        store.close()


def _clock(now: datetime | None) -> Callable[[], datetime]:
    """Real time, or time that began at `now`."""
    if now is None:
        return lambda: datetime.now(UTC)
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


class _Run:
    """Everything that the sources of one run share."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        sources: Sequence[Source],
        known: Mapping[str, Source],
        wanted: Wanted,
        clock: Callable[[], datetime],
        report: progress.Report,
    ) -> None:
        self.settings = settings
        self.store = store
        self.sources = sources
        self.known = known
        self.wanted = wanted
        self.clock = clock
        self.report = report
        self.archive = Archive(settings.spool, settings.archive)
        self.sender = Sender(settings, store, known, clock, [source.id for source in sources])

    async def everything(self) -> list[SourceReport]:
        """All sources, side by side, with one sender to the engine, one client and one pool of workers."""
        if self.wanted.stage == "index":
            return await self._index_only()
        if self.wanted.stage in ("fetch", "extract"):
            return await self._crawled()
        async with self.sender:
            reports = await self._crawled()
            # also what became pending behind its own source's back, as copies of texts found later
            problem = await self.sender.finish(also=sorted(self.known))
        return self._with_unsent(reports, problem) if problem else reports

    async def _crawled(self) -> list[SourceReport]:
        places = asyncio.Semaphore(_AT_ONCE)
        with Workers(self.settings.workers) as workers:
            async with Ledger(self.store) as ledger, Client(self.settings, Lanes(self.store), self.clock) as client:
                work = [self._source(source, ledger, client, workers, places) for source in self.sources]
                reports = list(await asyncio.gather(*work))
        problem = await asyncio.to_thread(self._settle)
        return [_with_error(report, problem) for report in reports] if problem else reports

    def publish(self, report: RunReport) -> None:
        """The run report as documents, for dashboards, with how its sources do; the state has it in any case."""
        if target := self.sender.target:
            try:
                states = health(self.store, self.sources, self.clock(), last=report)
                write_report(target.client, target.alias, report, states)
            except MecmuaError as error:
                log.warning("run report not indexed", error=str(error))

    def _with_unsent(self, reports: Sequence[SourceReport], problem: MecmuaError) -> list[SourceReport]:
        """The reports with the engine's problem at each source whose documents wait for it; at all of them where it was
        away from the beginning."""
        ids = [report.id for report in reports]
        waiting = self.store.query(lambda connection: articles.waiting(connection, ids))
        blamed = waiting if self.sender.has_met else set(ids)
        if isinstance(problem, Unavailable):
            problem = Unavailable(f"{problem} Nothing is lost: what it did not take waits for the next run.")
        return [_with_error(report, problem) if report.id in blamed else report for report in reports]

    def _settle(self) -> Unavailable | None:
        try:
            settle(self.settings.spool, self.settings.archive)
        except Unavailable as error:
            return error
        return None

    async def _index_only(self) -> list[SourceReport]:
        began = time.monotonic()
        problem = await self.sender.finish()
        seconds = round(time.monotonic() - began, 3)
        reports = [SourceReport(source.id, {}, None, seconds) for source in self.sources]
        return self._with_unsent(reports, problem) if problem else reports

    async def _source(
        self,
        source: Source,
        ledger: Ledger,
        client: Client,
        workers: Workers,
        places: asyncio.Semaphore,
    ) -> SourceReport:
        async with places:
            began = time.monotonic()
            tally = Tally()
            error: MecmuaError | None = None
            try:
                async with _lease(ledger, f"source:{source.id}"):
                    await ledger.read(lambda c: forgotten.refuse(c, source.id))
                    await self._work(source, ledger, client, workers, tally)
            except* MecmuaError as group:
                error = _first(group)
            newest = await ledger.read(lambda c: articles.newest_day(c, source.id))
            counts = {outcome.value: count for outcome, count in tally.counts().items()}
            traffic = Traffic.of(client.traffic[host] for host in hosts_of(source) if host in client.traffic)
            report = SourceReport(
                source.id,
                dict(sorted(counts.items())),
                newest,
                round(time.monotonic() - began, 3),
                requests=traffic.requests,
                failures=traffic.failures,
                bytes=traffic.bytes,
                latency=traffic.latency,
            )
            return _with_error(report, error) if error else report

    async def _work(
        self,
        source: Source,
        ledger: Ledger,
        client: Client,
        workers: Workers,
        tally: Tally,
    ) -> None:
        """All stages of one source but the sending. Raises Unavailable or ExpectationFailed when it did not go well."""
        spool = Spool(self.settings.spool, source.id, self.settings.agent)
        try:
            named = await self._discover(source, ledger, client, workers, spool)
            rows = await ledger.read(lambda c: urls.due(c, source.id, self.clock()))
            tally.on_change = lambda: self.report(source.id, "pages", len(tally.outcomes), len(rows))
            stage = self.wanted.stage
            pages = Pages(
                source,
                client,
                spool,
                ledger,
                workers,
                self.archive,
                tally,
                self.clock,
                since=self.wanted.since,
                extract=stage != "fetch",
                fetch=stage != "extract",
            )
            if stage != "fetch":
                told = self._to_learn_from(rows)
                pages.templates = await templates_of(source, told, pages, ledger, workers, self.archive, self.clock())
                rows = await ledger.read(lambda c: urls.due(c, source.id, self.clock()))
            parts = (source, client, spool, ledger, workers, self.archive, tally, self.clock)
            attachments = Attachments(*parts, fetch=stage != "extract", extract=stage != "fetch")
            await attachments.sweep()
            rows = [row for row in rows if row.key not in tally.outcomes]
            await self._pages_first(source, ledger, pages, rows)
            await self._look_closer(source, ledger, pages, tally)
            await attachments.run()
            await self._remember(ledger, named, tally)
        finally:
            spool.close()
        await self._verdict(source, named, tally)

    def _to_learn_from(self, rows: list[UrlRow]) -> list[UrlRow]:
        """The rows whose pages a template may be learned from: no more are fetched for it than the limit allows."""
        if self.wanted.limit is None or self.wanted.stage == "extract":
            return rows
        return [row for row in rows if not is_pdf(row.url)][: self.wanted.limit]

    async def _pages_first(self, source: Source, ledger: Ledger, pages: Pages, rows: list[UrlRow]) -> None:
        """Pages before PDFs: one that a page links is its attachment, and is not looked at as an article."""
        await pages.run([row for row in rows if not is_pdf(row.url)], self.wanted.limit)
        files = {row.key for row in rows if is_pdf(row.url)}
        if files:
            left = await ledger.read(lambda c: urls.due(c, source.id, self.clock()))
            await pages.run([row for row in left if row.key in files], self.wanted.limit)

    async def _look_closer(self, source: Source, ledger: Ledger, pages: Pages, tally: Tally) -> None:
        """URLs that became due by what this run read: an older address of a text that turned up at a new one."""
        if self.wanted.limit is not None or self.wanted.stage != "all":
            return
        for _ in range(2):
            rows = await ledger.read(lambda c: urls.due(c, source.id, self.clock()))
            further = [row for row in rows if row.key not in tally.outcomes]
            if not further:
                return
            await pages.run(further, None)

    async def _discover(self, source: Source, ledger: Ledger, client: Client, workers: Workers, spool: Spool) -> Named:
        if self.wanted.stage == "extract":
            return Named(answered=1)
        self.report(source.id, "discovery", 0, None)
        discovery = Discovery(
            source, client, spool, ledger, workers, self.archive, now=self.clock(), since=self.wanted.since
        )
        return await discovery.run()

    async def _remember(self, ledger: Ledger, named: Named, tally: Tally) -> None:
        """Count what discovery named and nobody had to look at, some at a time: a sitemap may name a million."""
        rest = (key for key in named.keys if key not in tally.outcomes)
        while part := list(islice(rest, _AT_A_TIME)):
            known = await ledger.read(partial(urls.get, keys=part))
            for key in part:  # one that was named and is not there was not taken down: erased on request
                row = known.get(key)
                erased = Judged(Outcome.DISALLOWED, reason="erased")
                tally.note_rest(Judged(judge.remembered(row), row.article_id, row.reason) if row else erased)
            seen = [row.article_id for row in known.values() if row.article_id and row.outcome is not Outcome.GONE]
            await ledger.write(partial(articles.touch, article_ids=seen, now=self.clock()))
        tally.rest[Outcome.OUT_OF_SCOPE] += len(named.out_of_scope)

    async def _verdict(self, source: Source, named: Named, tally: Tally) -> None:
        if not named.answered and self.wanted.stage != "extract":
            raise Unavailable(f"no endpoint could be read: {'; '.join(named.problems[:3])}")
        if tally.blocked:
            raise Unavailable(tally.blocked)
        await asyncio.to_thread(self._expect, source, tally)

    def _expect(self, source: Source, tally: Tally) -> None:
        expected = source.expectations
        new = tally.counts()[Outcome.NEW]
        if expected.min_new is not None and new < expected.min_new:
            raise ExpectationFailed(f"{new} new articles, at least {expected.min_new} were expected")
        if expected.max_age_days is not None:
            with self.store.read() as connection:
                newest = articles.newest_day(connection, source.id)
            oldest_allowed = (self.clock() - timedelta(days=expected.max_age_days)).date().isoformat()
            if newest is None or newest < oldest_allowed:
                raise ExpectationFailed(
                    f"its newest article is of {newest or 'no date'}, "
                    f"at most {expected.max_age_days} days were expected"
                )


def _first(group: BaseExceptionGroup[MecmuaError]) -> MecmuaError:
    """The first plain exception of a group of groups."""
    inner: MecmuaError | BaseExceptionGroup[MecmuaError] = group
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner


def _with_error(report: SourceReport, error: MecmuaError) -> SourceReport:
    """The report with the one message of what failed, which names the source; a first error stays."""
    if report.error:
        return report
    log.error("source failed", source=report.id, error=str(error))
    return replace(report, error=f"{report.id}: {error}", error_type=type(error).__name__)


@contextlib.asynccontextmanager
async def _lease(ledger: Ledger, name: str) -> AsyncIterator[None]:
    """Hold a lease while working; wait for another's run on the same source to end."""
    holder = holder_name()
    waited = False
    while await ledger.write(lambda c: leases.acquire(c, name, holder, datetime.now(UTC))) is None:
        if not waited:
            log.info("waiting for another run", lease=name)
        waited = True
        await asyncio.sleep(0.5)
    renewal = asyncio.create_task(_renew(ledger, name, holder))
    try:
        yield
    finally:
        renewal.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await renewal
        await ledger.write(lambda c: leases.release(c, name, holder, datetime.now(UTC)))


async def _renew(ledger: Ledger, name: str, holder: str) -> None:
    while True:
        await asyncio.sleep(_RENEW_SECONDS)
        with contextlib.suppress(Unavailable):
            await ledger.write(lambda c: leases.acquire(c, name, holder, datetime.now(UTC)))
