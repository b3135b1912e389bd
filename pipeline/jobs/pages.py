"""Fetch the pages that are due and read them, both at once: the network in this loop, reading in worker processes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from pipeline.errors import Rejected, Unavailable
from pipeline.extract.template import Template
from pipeline.fetch.archive import RecordLost
from pipeline.fetch.browser import manner_of
from pipeline.fetch.client import Client
from pipeline.fetch.spool import Spool, SpoolUnavailable
from pipeline.jobs import judge, record
from pipeline.jobs.ledger import Ledger
from pipeline.jobs.record import Judged
from pipeline.jobs.workers import Archive, PageRead, PageTask, Workers
from pipeline.models import Extraction, Held, Kind, Outcome, Pointer, Request, Response, Source, replace, unpack
from pipeline.sources.scope import in_scope
from pipeline.store import articles, endpoints, forgotten, urls
from pipeline.store.urls import UrlRow
from pipeline.urls import article_id, canonical, twin_keys

log = structlog.get_logger()
#: Requests to one host go one at a time; while one page is written to disk the next may already be asked for.
FETCHERS = 3
_COUNTED = {Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED}


@dataclass(slots=True)
class Tally:
    """Outcomes of one source in one run, by URL key; those that nobody looked at are counted alone (``rest``), for a
    sitemap may name a million."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    rest: Counter[Outcome] = field(default_factory=Counter)
    articles: set[str] = field(default_factory=set)
    blocked: str | None = None  # why the site gave no answer
    on_change: Callable[[], None] = lambda: None

    def note(self, key: str, judged: Judged) -> None:
        """Count a URL once; a second one of an article already counted is a duplicate."""
        self.outcomes[key] = self._told_apart(judged)
        self.on_change()

    def note_rest(self, judged: Judged) -> None:
        """Count a URL that nobody looked at, once it is sure that nobody will."""
        self.rest[self._told_apart(judged)] += 1

    def counts(self) -> Counter[Outcome]:
        """How many URLs had each outcome."""
        return Counter(self.outcomes.values()) + self.rest

    def _told_apart(self, judged: Judged) -> Outcome:
        if not judged.article_id or judged.outcome not in _COUNTED:
            return judged.outcome
        first = self.articles.isdisjoint((judged.article_id, judged.absorbed))
        self.articles.add(judged.article_id)
        return judged.outcome if first else Outcome.DUPLICATE

    def note_changed(self, article: str, key: str) -> None:
        """An article changed by its PDF: its page, if it was counted as unchanged or not at all, counts as changed."""
        if self.outcomes.get(key) in (None, Outcome.UNCHANGED):
            self.outcomes[key] = Outcome.CHANGED
            self.articles.add(article)
        self.on_change()


@dataclass(frozen=True, slots=True)
class _Read:
    """What a worker made of a page; ``extraction`` None: it was rejected."""

    page: PageRead
    extraction: Extraction | None


class Pages:
    """The pages of one source in one run."""

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
        since: datetime | None,
        extract: bool = True,
        fetch: bool = True,
    ) -> None:
        self._source = source
        self._client = client
        self._spool = spool
        self._ledger = ledger
        self._workers = workers
        self._archive = archive
        self._tally = tally
        self._clock = clock
        self._since = since
        self._extract = extract
        self._fetch = fetch
        self._room = asyncio.Semaphore(workers.count * 3)
        self.templates: tuple[Template, ...] = ()
        self._erased: frozenset[str] = frozenset()
        self._habit = judge.NO_HABIT
        self._places: dict[str, int] = {}  # of the URLs of a batch
        self._seconds: list[tuple[UrlRow, _Read]] = []  # further addresses of pages that others in the batch lead to

    @property
    def fetches(self) -> bool:
        """Whether this run may ask for pages, or only reads what is archived."""
        return self._fetch

    def _may_lead_to(self, url: str) -> bool:
        """Whether a redirect may be followed: within the source, and to nothing that was erased on request."""
        return in_scope(self._source, url) and self._erased.isdisjoint(forgotten.keys_of(url))

    async def fetch(self, rows: Sequence[UrlRow]) -> None:
        """Only archive these pages, in a run that may; what they hold is read when `run` comes to them."""
        if not self._fetch:
            return
        self._erased = await self._ledger.read(lambda c: forgotten.keys(c, self._source.id))
        queue = iter(await self._untold(rows))

        async def fetcher() -> None:
            for row in queue:
                if not row.unread and not self._is_too_old(row):
                    await self._fetched(row)

        async with asyncio.TaskGroup() as group:
            for _ in range(FETCHERS):
                group.create_task(fetcher())

    async def run(self, rows: Sequence[UrlRow], limit: int | None) -> None:
        """Work through these URLs, up to `limit` articles. Raises Unavailable when state or archive fail."""
        self._erased = await self._ledger.read(lambda c: forgotten.keys(c, self._source.id))
        # up to the night before: what this night has changed so far depends on where a killed run left off
        until = self._clock() - judge.NIGHT
        span = (until - judge.HABIT, until - judge.WATCHED)
        counts = await self._ledger.read(lambda c: articles.edited_by(c, self._source.id, span, until))
        self._habit = judge.Habit(*counts)
        for part in twins_last(rows):
            await self._through(await self._untold(part), limit)

    async def _through(self, rows: Sequence[UrlRow], limit: int | None) -> None:
        left = iter(rows)
        while True:
            wanted = None if limit is None else limit - len(self._tally.articles)
            batch = list(left) if wanted is None else [row for _, row in zip(range(max(wanted, 0)), left, strict=False)]
            if not batch:
                break
            await self._batch(batch)
        for row in left:
            self._tally.note(row.key, Judged(Outcome.DEFERRED, reason="limit"))

    async def _batch(self, rows: Sequence[UrlRow]) -> None:
        queue = iter(rows)
        self._places, self._seconds = {row.key: place for place, row in enumerate(rows)}, []
        async with asyncio.TaskGroup() as group:
            for _ in range(FETCHERS):
                group.create_task(self._fetcher(queue, group))
        for row, result in sorted(self._seconds, key=lambda pair: self._places[pair[0].key]):
            self._tally.note(row.key, await self._judged(row, result))

    async def _fetcher(self, queue: Iterator[UrlRow], group: asyncio.TaskGroup) -> None:
        for row in queue:
            if self._is_too_old(row):
                self._tally.note(row.key, Judged(Outcome.OUT_OF_SCOPE, reason="before --since"))
                continue
            fetched = row if row.unread or (row.rest and not self._source.pages) else await self._fetched(row)
            if fetched is None:
                continue
            if not self._extract:
                self._tally.note(row.key, Judged(Outcome.DEFERRED, reason="fetched, not extracted"))
                continue
            await self._room.acquire()
            group.create_task(self._read(fetched))

    async def _untold(self, rows: Sequence[UrlRow]) -> Sequence[UrlRow]:
        """The rows that need a look of their own; those that are articles' under another spelling are counted."""
        told = await self._ledger.read(lambda c: urls.told_by_twins(c, rows))
        now = self._clock()
        for row in rows if told else ():
            if row.key in told:
                note = partial(record.twin, row=row, article=told[row.key], now=now)
                self._tally.note(row.key, await self._ledger.write(note))
        return [row for row in rows if row.key not in told]

    def _is_too_old(self, row: UrlRow) -> bool:
        hints = [hint for hint in (row.published_hint, row.modified_hint) if hint]
        return self._since is not None and bool(hints) and all(hint < self._since for hint in hints)

    async def _fetched(self, row: UrlRow) -> UrlRow | None:
        """The row with its page in the archive; None when that ended its story for this run."""
        if not self._fetch:
            self._tally.note(row.key, Judged(Outcome.DEFERRED, reason="not fetched"))
            return None
        validators = row.validators if row.article_id and not _has_news(row) else None
        manner = manner_of(self._source)
        request = Request(row.url, validators=validators, held=_held(row)) if manner is None else Request(row.url)
        try:
            response = await self._client.get(
                request, self._spool, delay=self._source.crawl_delay, stay=self._may_lead_to, manner=manner
            )
        except SpoolUnavailable:
            raise
        except Rejected as error:
            await self._refused(row, error)
            return None
        except Unavailable as error:
            self._tally.blocked = self._tally.blocked or str(error)
            await self._deferred(row, str(error), error.retry_after)
            return None
        return await self._noted(row, response)

    async def _noted(self, row: UrlRow, response: Response) -> UrlRow | None:
        now = self._clock()
        if response.status == 304 or (_is_same(row, response) and not _has_news(row)):
            self._tally.note(row.key, await self._ledger.write(self._unchanged(row, now)))
            return None
        refused = judge.status_outcome(response)
        if refused is not None:
            outcome, reason = refused
            if outcome is Outcome.GONE:
                judged = await self._ledger.write(lambda c: record.missing(c, row, outcome, reason, self._source, now))
            else:
                judged = await self._ledger.write(lambda c: record.refuse(c, row, outcome, reason, now))
            self._tally.note(row.key, judged)
            return None
        await self._ledger.write(lambda c: urls.note_fetched(c, row.key, response))
        return replace(
            row,
            page=response.record,
            fetched_at=response.fetched_at,
            final_url=response.final_url,
            http_status=response.status,
            truncated=response.truncated,
        )

    def _unchanged(self, row: UrlRow, now: datetime) -> Callable[[Connection], Judged]:
        return lambda connection: record.unchanged(connection, row, self._source, now, self._habit)

    async def _refused(self, row: UrlRow, error: Rejected) -> None:
        now = self._clock()
        special = {"disallowed": Outcome.DISALLOWED, "out_of_scope": Outcome.OUT_OF_SCOPE}.get(error.reason)
        if special is Outcome.OUT_OF_SCOPE:
            judged = await self._ledger.write(lambda c: record.missing(c, row, special, str(error), self._source, now))
        elif special:
            judged = await self._ledger.write(lambda c: record.refuse(c, row, special, error.reason, now))
        else:
            judged = await self._ledger.write(
                lambda c: record.reject(c, row, error.reason, str(error), now, stage="fetch")
            )
        self._tally.note(row.key, judged)

    async def _deferred(self, row: UrlRow, reason: str, retry_after: float | None) -> None:
        now = self._clock()
        due = now + timedelta(seconds=retry_after) if retry_after else None
        judged = await self._ledger.write(lambda c: record.refuse(c, row, Outcome.DEFERRED, reason, now, due_at=due))
        self._tally.note(row.key, judged)

    async def _read(self, row: UrlRow) -> None:
        try:
            try:
                result = await self._result(row)
            except RecordLost as lost:
                again = await self._recovered(row, lost)
                if again is None:
                    return
                row, result = again, await self._result(again)
            if self._is_second(row, result):
                self._seconds.append((row, result))
            else:
                self._tally.note(row.key, await self._judged(row, result))
        finally:
            self._room.release()

    async def _result(self, row: UrlRow) -> _Read:
        """What reading a row's archived page gave, its further pages fetched with it. Raises RecordLost."""
        task = self.task(row, await self._previous(row))
        result = await self._workers.read_page(task)
        if result.parts and self._fetch:
            found = [await self._part(url) for url in result.parts]
            result = await self._workers.read_page(replace(task, parts=tuple(part for part in found if part)))
        return _Read(result, None if result.rejected else unpack(Extraction, result.extraction))

    def _is_second(self, row: UrlRow, result: _Read) -> bool:
        """Whether this is a further address of a page whose own is still to come in this batch. That one goes first,
        whichever was fetched first: which of them is the article's must not depend on timing."""
        if result.extraction is None:
            return False
        here = canonical(row.final_url or row.url) or row.url
        link = record.canonical_link(result.extraction.article, here, self._source)
        leads_to = {article_id(url) for url in (here, link) if url}
        earlier = {key for key in map(article_id, twin_keys(here)) if self._place(key) < self._place(row.key)}
        return any(
            key != row.key and key in self._places and key not in self._tally.outcomes for key in leads_to | earlier
        )

    def _place(self, key: str) -> int:
        return self._places.get(key, len(self._places))

    async def _judged(self, row: UrlRow, result: _Read) -> Judged:
        now, page, extraction = self._clock(), result.page, result.extraction
        if extraction is None:
            reason, detail = page.rejected or "", page.detail
            return await self._ledger.write(lambda c: record.reject(c, row, reason, detail, now, stage="extract"))
        return await self._ledger.write(
            lambda c: record.read(
                c,
                row,
                extraction,
                self._source,
                now,
                same=page.same,
                same_pdfs=page.same_pdfs,
                since=self._since,
                template_version=extraction.template,
                mark=page.mark,
                habit=self._habit,
            )
        )

    async def _recovered(self, row: UrlRow, lost: RecordLost) -> UrlRow | None:
        """The row with its page fetched anew, for the archive lost it; None when that ended its story for this run.

        A lost REST answer is asked for by the next run's discovery.
        """
        log.warning("asked for again", source=row.source, url=row.url, problem=str(lost))
        if row.rest and lost.pointer == row.rest.record:
            await self._ledger.write(lambda c: _ask_list_again(c, row))
            await self._deferred(row, "its REST answer is lost from the archive", None)
            return None
        if not self._fetch:
            await self._deferred(row, "its page is lost from the archive", None)
            return None
        return await self._fetched(replace(row, page=None, validators=None, payload_digest=None))

    async def _part(self, url: str) -> Pointer | None:
        """A further page of an article in the archive; None when it cannot be had, for the first page stands alone."""
        try:
            response = await self._client.get(
                Request(url),
                self._spool,
                delay=self._source.crawl_delay,
                stay=self._may_lead_to,
                manner=manner_of(self._source),
            )
        except SpoolUnavailable:
            raise
        except (Rejected, Unavailable):
            return None
        return response.record if response.status == 200 else None

    async def _previous(self, row: UrlRow) -> Pointer | None:
        """The record that the newest revision was read from."""
        article = row.article_id
        if article is None:
            return None
        revision = await self._ledger.read(lambda c: articles.current(c, article))
        return revision.record if revision else None

    def task(self, row: UrlRow, previous: Pointer | None) -> PageTask:
        """How a row's archived page is to be read."""
        return PageTask(
            url=row.final_url or row.url,
            source=self._source,
            archive=self._archive,
            record=row.page if row.fetched_at else None,
            rest=row.rest,
            now=self._clock(),
            published=row.published_hint,
            kind=_kind(row.kind_hint),
            listed=is_listed(self._source, row.found_in),
            truncated=row.truncated,
            previous=previous,
            templates=self.templates,
        )


def _ask_list_again(connection: Connection, row: UrlRow) -> None:
    urls.drop_post(connection, row.key)
    endpoints.ask_anew(connection, row.source)


def twins_last(rows: Sequence[UrlRow]) -> tuple[list[UrlRow], list[UrlRow]]:
    """The rows, and those of them that are other spellings (http, www, final slash) of one before: by the time that
    these are looked at, the first may have proved to be the same article. What REST names comes first."""
    firsts, others, seen = list[UrlRow](), list[UrlRow](), set[str]()
    for row in sorted(rows, key=lambda row: row.rest is None):
        spelled = min(twin_keys(row.url))
        (others if spelled in seen else firsts).append(row)
        seen.add(spelled)
    kept = {row.key for row in firsts}
    return [row for row in rows if row.key in kept], others


def is_listed(source: Source, found_in: Sequence[str]) -> bool:
    """Whether an endpoint named a URL that names articles alone: a feed, or a listing with a pattern for them."""
    patterned = {f"listing:{endpoint.url}" for endpoint in source.endpoints if endpoint.article}
    return any(mark.startswith("feed:") or mark in patterned for mark in found_in)


def _has_news(row: UrlRow) -> bool:
    """True when an endpoint says that the article changed since it was last read: then REST fields may have."""
    return row.modified_hint is not None and (row.modified_read is None or row.modified_hint > row.modified_read)


def _held(row: UrlRow) -> Held | None:
    return Held(row.page, row.final_url or row.url, row.payload_digest, row.fetched_at) if row.page else None


def _is_same(row: UrlRow, response: Response) -> bool:
    return row.read_at is not None and row.payload_digest == response.payload_digest and response.status == 200


def _kind(text: str | None) -> Kind | None:
    return text  # type: ignore[return-value]  # the column only ever held a Kind
