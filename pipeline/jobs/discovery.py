"""Ask a source's endpoints what it has published, and take the answers down."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urljoin

import structlog
from sqlalchemy import Connection

from pipeline import discover
from pipeline.discover import Ask, Found, Watermark
from pipeline.errors import Rejected, Unavailable
from pipeline.fetch.archive import read_record
from pipeline.fetch.browser import manner_of
from pipeline.fetch.client import Client
from pipeline.fetch.spool import Spool, SpoolUnavailable
from pipeline.jobs import translations
from pipeline.jobs.keys import Keys
from pipeline.jobs.ledger import Ledger
from pipeline.jobs.workers import Archive, EndpointTask, Workers
from pipeline.models import Candidate, Endpoint, Held, Pointer, Request, Response, Source
from pipeline.sources.scope import in_scope, is_own_host
from pipeline.store import attachments, endpoints, urls
from pipeline.store.endpoints import EndpointState
from pipeline.urls import article_id, canonical

log = structlog.get_logger()
#: Parts of a sitemap that tell nothing of their changes are looked at this often.
PATIENT = timedelta(days=7)
#: So often an endpoint that lists everything is read from end to end: what it no longer names may be gone.
FULL_LOOK = timedelta(days=7)
_GUESS = "a guess"  # what is not there is no problem
_LISTS_ALL = ("sitemap", "wordpress")
#: A source's discovery in one run; what is left goes on in the next.
MAX_REQUESTS = 20_000


@dataclass(slots=True)
class Named:
    """What discovery named in one run: keys in scope, and how many URLs were out of it."""

    keys: Keys = field(default_factory=Keys)
    out_of_scope: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    answered: int = 0  # endpoints that could be read, or had not changed


class Discovery:
    """The discovery of one source in one run."""

    def __init__(
        self,
        source: Source,
        client: Client,
        spool: Spool,
        ledger: Ledger,
        workers: Workers,
        archive: Archive,
        *,
        now: datetime,
        since: datetime | None,
    ) -> None:
        self._source = source
        self._client = client
        self._spool = spool
        self._ledger = ledger
        self._workers = workers
        self._archive = archive
        self._now = now
        self._since = since
        self._asked: set[str] = set()
        self._states: dict[str, EndpointState] = {}
        self._known_urls: frozenset[str] = frozenset()
        self.named = Named()

    async def run(self) -> Named:
        """Read every endpoint of the source. What the site does wrong becomes a problem; raises Unavailable when the
        state or the archive cannot be written."""
        self._states = await self._ledger.read(lambda c: endpoints.get(c, self._source.id))
        if any(endpoint.type != "sitemap" for endpoint in self._source.endpoints):  # those may name a million
            self._known_urls = await self._ledger.read(lambda c: urls.known(c, self._source.id))
        sound = {endpoint: await self._endpoint(endpoint) for endpoint in self._source.endpoints}
        for endpoint in await self._unwritten(sound):
            await self._endpoint(endpoint)
        return self.named

    async def _unwritten(self, sound: Mapping[Endpoint, bool]) -> tuple[Endpoint, ...]:
        """Endpoints that the YAML does not name: the sitemaps of robots.txt where it has no sound sitemap; one at the
        usual place where it has feeds alone, which name the newest articles alone, and robots.txt names none;
        WordPress's own feed and sitemaps where that API is closed.

        Beside an open API sitemaps are read once a week: it keeps silent about post types that a theme forgot to show
        there, and about other languages (WPML).
        """
        apis = [answered for endpoint, answered in sound.items() if endpoint.type == "wordpress"]
        listed = any(ok for endpoint, ok in sound.items() if endpoint.type == "sitemap")
        named = () if listed else await self._sitemaps_of_robots()
        if apis and all(apis):
            return tuple(endpoint for endpoint in named if self._is_full_look_due(endpoint))
        defaults = () if all(apis) else discover.fallbacks(self._source)
        if not (named or defaults) and all(endpoint.type == "feed" for endpoint in sound):
            named = self._guessed()
        return named + tuple(one for one in defaults if not (named and one.type == "sitemap"))

    def _guessed(self) -> tuple[Endpoint, ...]:
        """A sitemap at the usual place; where there is none it is looked for again after a week."""
        url = urljoin(self._source.homepage, "/sitemap.xml")
        guess, state = Endpoint("sitemap", url, origin=_GUESS), self._states.get(url)
        was_in_vain = state is not None and state.problem is not None and self._is_recent(state)
        return () if was_in_vain or guess.url in self._asked else (guess,)

    def _is_full_look_due(self, endpoint: Endpoint) -> bool:
        state = self._states.get(_mark(endpoint))
        return state is None or state.full_at is None or self._now - state.full_at >= FULL_LOOK

    async def _sitemaps_of_robots(self) -> tuple[Endpoint, ...]:
        try:
            rules = await self._client.robots_of(self._source.homepage, self._spool, self._source.crawl_delay)
        except SpoolUnavailable:
            raise
        except (Unavailable, Rejected):
            return ()  # said already where an endpoint was asked
        return tuple(Endpoint("sitemap", url, origin="robots.txt") for url in rules.sitemaps)

    async def _endpoint(self, endpoint: Endpoint) -> bool:
        """Follow one endpoint to its end; True when it could be read."""
        mark = _mark(endpoint)
        state = self._states.get(mark)
        full = self._is_full_look_due(endpoint)
        known = Watermark() if state is None or full else Watermark(state.complete, state.newest)
        named = Keys()
        posts: set[int] = set()
        uploads: list[tuple[int, Candidate]] = []
        waiting = deque(discover.start(endpoint, known, since=self._since))
        complete, sound, newest = True, False, known.newest
        sections = discover.budget(endpoint)
        while waiting and len(self._asked) < MAX_REQUESTS:
            ask = waiting.popleft()
            if ask.url in self._asked or self._may_wait(ask, known):
                continue
            if ask.depth and sections <= 0:
                continue  # what lies further is looked at in the nights to come
            sections -= ask.depth > 0
            self._asked.add(ask.url)
            found = await self._ask(endpoint, ask, known)
            complete = complete and found.final
            only_leads_on = ask.role == "types" or (ask.role == "feed" and not found.candidates)
            sound = sound or (found.problem is None and not only_leads_on)
            waiting.extend(found.asks)
            named.update(article_id(candidate.url) for candidate in found.candidates)
            posts.update(candidate.rest.post_id for candidate in found.candidates if candidate.rest)
            uploads += found.uploads
            changes = [candidate.modified for candidate in found.candidates if candidate.modified]
            newest = max([*changes, *([newest] if newest else [])], default=None)
            if found.problem and endpoint.origin != _GUESS:
                log.warning("endpoint", source=self._source.id, problem=found.problem)
                self.named.problems.append(found.problem)
        self.named.answered += sound
        if complete and not waiting:
            if full:
                named.update(await self._name_homeless(document for post, document in uploads if post not in posts))
            ceiling = self._now + timedelta(days=1)  # a date in the future must not hide what comes before it
            mark_at = min(newest, ceiling) if newest else None
            await self._ledger.write(lambda c: self._completed(c, mark, mark_at, named if full else None))
        return sound

    async def _name_homeless(self, documents: Iterable[Candidate]) -> set[str]:
        """Name the PDFs that were uploaded to none of the site's posts but, say, to the page that lists its reports: no
        article will have them, so they are articles themselves. Their keys."""
        homeless = self._in_scope(tuple(documents))
        await self._ledger.write(lambda c: urls.name(c, self._source.id, homeless, self._now))
        keys = {article_id(document.url) for document in homeless}
        self.named.keys.update(keys)
        return keys

    def _completed(self, connection: Connection, mark: str, newest: datetime | None, named: Keys | None) -> None:
        """Note the watermark; after a full look, have a look at every article that the endpoint no longer names."""
        full_at = self._now if named is not None else None
        endpoints.note_watermark(connection, self._source.id, mark, newest, full_at=full_at)
        if named and mark.startswith(_LISTS_ALL):
            urls.look_again(connection, self._source.id, mark, named, self._now)

    def _may_wait(self, ask: Ask, known: Watermark) -> bool:
        state = self._states.get(ask.url)
        return ask.patient and known.complete and state is not None and self._is_recent(state)

    def _is_recent(self, state: EndpointState) -> bool:
        return state.checked_at is not None and self._now - state.checked_at < PATIENT

    async def _ask(self, endpoint: Endpoint, ask: Ask, known: Watermark) -> Found:
        """One request and what its answer gave. After a 304 the archived answer is read again: it still holds, and so
        every URL it names is accounted for."""
        state = self._states.get(ask.url)
        held = state if state and state.record and not state.problem else None
        standing = held.record if ask.stands and held and self._is_recent(held) else None
        if standing is not None and (await asyncio.to_thread(_is_readable, standing, self._archive)):
            return await self._read(endpoint, ask, standing, known)
        try:
            response, record = await self._answer(ask, held)
        except SpoolUnavailable:
            raise
        except (Unavailable, Rejected) as error:
            return Found(problem=str(error), final=False)
        found = await self._read(endpoint, ask, record, known)
        await self._note(ask, response, found)
        return found

    async def _read(self, endpoint: Endpoint, ask: Ask, record: Pointer, known: Watermark) -> Found:
        # the others page by what the site says, and millions of addresses are not sent to a worker for nothing
        knows = self._known_urls if ask.role in ("feed", "listing") else frozenset()
        task = EndpointTask(endpoint, self._source, ask, self._archive, record, known, knows, self._since)
        try:
            return await self._workers.read_endpoint(task)
        except Unavailable as error:
            return Found(problem=str(error), final=False)

    async def _answer(self, ask: Ask, held: EndpointState | None) -> tuple[Response, Pointer]:
        """The answer and the record to read. An answer that was held and cannot be read any more is asked for anew."""
        url = ask.url
        manner = manner_of(self._source, scroll=True) if ask.role == "listing" else None
        held = None if manner else held  # a served page says nothing of what its scripts ask for
        validators = held.validators if held else None
        earlier = Held(held.record, url, held.payload_digest) if held and held.record else None
        response = await self._client.get(
            Request(url, validators=validators, held=earlier),
            self._spool,
            delay=self._source.crawl_delay,
            manner=manner,
        )
        is_same = response.status == 304 or (earlier and response.payload_digest == earlier.payload_digest)
        if held and held.record and is_same:
            if await asyncio.to_thread(_is_readable, held.record, self._archive):
                return response, held.record
            log.warning("asked for again", source=self._source.id, url=url, problem="its archived answer is lost")
            response = await self._client.get(Request(url), self._spool, delay=self._source.crawl_delay)
        if response.record is None:
            raise Unavailable(f"{url}: HTTP {response.status} without a body")
        return response, response.record

    def _in_scope(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        inside = []
        for candidate in candidates:
            if canonical(candidate.url) is not None and in_scope(self._source, candidate.url):
                inside.append(candidate)
            else:
                self.named.out_of_scope.add(candidate.url)
        return tuple(inside)

    def _uploads(self, found: Found) -> list[tuple[int, str]]:
        named = [(post, canonical(document.url)) for post, document in found.uploads]
        return [(post, url) for post, url in named if url and is_own_host(self._source, url)]

    async def _note(self, ask: Ask, response: Response, found: Found) -> None:
        """Candidates and validators in one transaction: a run that is killed after it finds both, before it neither."""
        candidates = self._in_scope(found.candidates)
        for some in _batches([one for one in candidates if one.alternates]):
            relate = partial(translations.relate, source=self._source.id, candidates=some, now=self._now)
            await self._ledger.write(relate)

        def note(connection: Connection) -> None:
            urls.name(connection, self._source.id, candidates, self._now)
            attachments.note_media(connection, self._source.id, self._uploads(found))
            endpoints.note_answer(connection, self._source.id, ask.url, response, found.problem)

        await self._ledger.write(note)
        self.named.keys.update(article_id(candidate.url) for candidate in candidates)


def _mark(endpoint: Endpoint) -> str:
    """Under what name the state keeps how far an endpoint was read; what candidates say they were found in."""
    return f"{endpoint.type}:{endpoint.url}"


def _batches(candidates: Sequence[Candidate], size: int = 200) -> Iterator[Sequence[Candidate]]:
    """Few enough for a short transaction each: translations are looked for with every one."""
    return (candidates[start : start + size] for start in range(0, len(candidates), size))


def _is_readable(record: Pointer, archive: Archive) -> bool:
    try:
        read_record(record, archive.spool, archive.url)
    except Unavailable:
        return False
    return True
