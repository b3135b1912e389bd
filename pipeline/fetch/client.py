"""The one client of sources: polite, persistent within reason, and everything it receives goes to the archive first."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from pipeline.errors import Rejected, Unavailable
from pipeline.fetch import answers, encoding, robots
from pipeline.fetch.archive import Exchange, digest_of
from pipeline.fetch.browser import Browser, Manner
from pipeline.fetch.guard import check_url, is_listed, port_of
from pipeline.fetch.lanes import Lanes
from pipeline.fetch.spool import Spool, SpoolUnavailable
from pipeline.fetch.traffic import Traffic
from pipeline.fetch.wire import Answer, Limits, NoAnswer, Wire
from pipeline.models import Held, Page, Pointer, Request, Response, replace
from pipeline.settings import Settings

_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
_ROBOTS_REDIRECTS = 5  # RFC 9309, 2.3.1.2
#: A host that is silent is a worse sign than a page that fails: so many troubles is it worth (see Limits.troubles).
_SILENCE = 3
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.9,application/pdf;q=0.8,*/*;q=0.5"
_Got = tuple[Answer, Pointer]
#: What a page's scripts may be, each, and all that are kept for the run's next pages, in bytes.
_PIECE, _PIECES = 8_000_000, 64_000_000


@dataclass(slots=True)
class _Host:
    """What a run has learnt of one host."""

    robots: robots.Robots | None = None
    robots_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    blocked: str | None = None  # why nothing more is asked of it in this run
    retry_after: float | None = None
    troubles: int = 0


class Client:
    """Fetches for one run, over all its sources. Use within one event loop, as an async context manager.

    `traffic` is what went over the wire by host.
    """

    def __init__(
        self, settings: Settings, lanes: Lanes, clock: Callable[[], datetime], limits: Limits | None = None
    ) -> None:
        self._settings = settings
        self._lanes = lanes
        self._limits = limits or Limits()
        self._hosts: dict[str, _Host] = {}
        self._wire = Wire(settings.allow_private_hosts, self._limits, clock)
        self._clock = clock
        self._token = robots.token_of(settings.agent)
        self._browser = Browser(settings)
        self._pieces: dict[str, Page] = {}
        self.traffic: dict[str, Traffic] = {}

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._browser.close()
            await self._lanes.release_all()
        finally:
            await self._wire.close()

    async def robots_of(self, url: str, spool: Spool, delay: float | None = None) -> robots.Robots:
        """The rules of a URL's host, asked once a run. Raises Unavailable when they cannot be had (RFC 9309: wait)."""
        host = self._host(url)
        async with host.robots_lock:
            if host.robots is None:
                _refuse_blocked(host)
                try:
                    host.robots = await self._ask_robots(answers.origin(url), spool, delay)
                except Unavailable as error:
                    host.blocked, host.retry_after = str(error), error.retry_after
                    raise
        return host.robots

    async def get(
        self,
        request: Request,
        spool: Spool,
        *,
        delay: float | None = None,
        stay: Callable[[str], bool] | None = None,
        manner: Manner | None = None,
    ) -> Response:
        """The final answer to a GET, its bytes archived, whatever its status.

        `delay` is the source's own pace in seconds; robots.txt may ask for more. `stay` says which URLs a redirect may
        lead to. With `manner` a web page is what a browser makes of it: the answer's record then holds that document,
        its digest is that document's, and it has no validators, since a served page says nothing of what its scripts
        ask for. Raises Rejected (too_large, unwanted_type, forbidden_address, disallowed, redirects, out_of_scope …),
        Unavailable (carries retry_after) and, where a browser is needed and there is none, ConfigurationError.
        """
        answer, response = await self._followed(request, spool, delay, stay)
        if manner is None or not _is_page(response):
            return response
        return await self._rendered(answer.exchange, response, spool, delay, manner)

    async def _followed(
        self,
        request: Request,
        spool: Spool,
        delay: float | None,
        stay: Callable[[str], bool] | None,
        cut_at: int | None = None,
    ) -> tuple[Answer, Response]:
        url, passed = answers.readable_url(request.url), list[str]()
        for _hop in range(self._limits.redirects + 1):
            check_url(url, self._settings.allow_private_hosts)
            rules = await self._rules(url, spool, delay)
            asked = _for_hop(request, url, is_first=not passed)
            pace = max(self._pace(url, delay), rules.delay)
            answer, record = await self._persistent(asked, url, spool, pace, cut_at)
            if answer.refusal:
                raise answer.refusal
            target = answers.redirect_target(answer.exchange)
            if target is None:
                if answer.exchange.status == 304 and not asked.validators:
                    raise Rejected("unasked_304", f"{url}: answers 304 although nothing was said to be known")
                return answer, _response(request.url, answer, record, tuple(passed))
            passed.append(url)
            check_url(target, self._settings.allow_private_hosts)
            if target in passed:
                raise Rejected("redirects", f"{request.url}: redirects in a circle at {target}")
            if stay and not stay(target):
                raise Rejected("out_of_scope", f"{request.url}: redirects to {target}, which is not the source's")
            url = target
        raise Rejected("redirects", f"{request.url}: more than {self._limits.redirects} redirects")

    async def _rendered(
        self, served: Exchange, response: Response, spool: Spool, delay: float | None, manner: Manner
    ) -> Response:
        if response.record is None:
            return response
        body, _whole = encoding.decoded(served.body, served.header("content-encoding"))
        kind = response.header("content-type") or "text/html"

        async def fetch(url: str) -> Page | None:
            return await self._piece(Request(url, accept="*/*", page=served.url), spool, delay)

        document = await self._browser.render(Page(served.url, body, kind), fetch, manner)
        at, of = self._clock(), response.record
        record = await asyncio.to_thread(spool.write_rendered, served.url, document, of, at)
        headers = tuple(pair for pair in response.headers if pair[0].lower() not in ("etag", "last-modified"))
        return replace(response, record=record, payload_digest=digest_of(document), headers=headers)

    async def _piece(self, request: Request, spool: Spool, delay: float | None) -> Page | None:
        """What a page's scripts ask for, under all the rules; None where these forbid it or nothing good comes. Asked
        once a run. Raises SpoolUnavailable."""
        if request.url in self._pieces:
            return self._pieces[request.url]
        try:
            answer, response = await self._followed(request, spool, delay, None, cut_at=_PIECE)
            body, whole = encoding.decoded(answer.exchange.body, answer.exchange.header("content-encoding"), _PIECE)
        except SpoolUnavailable:
            raise
        except (Rejected, Unavailable):
            return None
        if response.truncated or not whole:
            return None
        piece = Page(response.final_url, body, response.header("content-type") or "", response.status)
        if sum(len(one.body) for one in self._pieces.values()) + len(body) <= _PIECES:
            self._pieces[request.url] = piece
        return piece

    async def _rules(self, url: str, spool: Spool, delay: float | None) -> robots.Robots:
        rules = await self.robots_of(url, spool, delay)
        if not rules.allows(url):
            raise Rejected("disallowed", f"{url}: robots.txt does not allow it")
        if rules.delay > robots.MAX_DELAY:
            where = answers.origin(url)
            raise Unavailable(f"{where}: robots.txt asks for {rules.delay:.0f} s between requests; left alone")
        return rules

    async def _ask_robots(self, base: str, spool: Spool, delay: float | None) -> robots.Robots:
        url = f"{base}/robots.txt"
        for hop in range(_ROBOTS_REDIRECTS + 1):
            try:
                check_url(url, self._settings.allow_private_hosts)
                request = Request(url, accept="text/plain,*/*;q=0.5")
                answer, _record = await self._persistent(
                    request, url, spool, self._pace(url, delay), cut_at=robots.MAX_BYTES
                )
                target = answers.redirect_target(answer.exchange)
            except Rejected as error:
                if hop == 0:
                    raise
                raise Unavailable(f"{base}/robots.txt leads where nothing can be read: {error}") from error
            if target is None:
                return self._judge_robots(answer)
            url = target
        return robots.parse(b"")  # RFC 9309, 2.3.1.2: as if there were none

    def _judge_robots(self, answer: Answer) -> robots.Robots:
        exchange = answer.exchange
        if answer.refusal:
            raise Unavailable(str(answer.refusal)) from answer.refusal
        try:
            body, _whole = encoding.decoded(exchange.body, exchange.header("content-encoding"), 8 * robots.MAX_BYTES)
        except Rejected as error:
            raise Unavailable(f"{exchange.url}: {error}") from error
        rules = robots.judge(exchange.status, body, self._token, exchange.url)
        if rules is None:
            raise Unavailable(
                f"{exchange.url} answers {exchange.status}: until it can be read nothing is fetched (RFC 9309)",
                retry_after=answers.retry_after(exchange),
            )
        return rules

    async def _persistent(
        self, request: Request, url: str, spool: Spool, delay: float, cut_at: int | None = None
    ) -> _Got:
        """Ask until there is an answer worth having. A body that broke off is asked for once more, then taken."""
        host, spent, attempt = self._host(url), 0.0, 0
        loop = asyncio.get_running_loop()
        while True:
            _refuse_blocked(host)
            attempt += 1
            last = attempt >= self._limits.attempts or spent > self._limits.first_byte
            began = loop.time()
            try:
                answer, record = await self._once(request, url, spool, delay, cut_at)
            except NoAnswer as error:
                if last or not error.again:
                    self._note_trouble(host, url, str(error), _SILENCE)
                    raise
            else:
                wanting = answer.exchange.status in _TRANSIENT or (answer.broke_off and attempt == 1)
                too_long = (answers.retry_after(answer.exchange) or 0.0) > self._limits.patience
                if answer.refusal or last or not wanting or too_long:
                    self._note(host, url, answer)
                    return answer, record
            spent += loop.time() - began
            await asyncio.sleep(_jitter(self._limits.backoff, attempt))

    def _note(self, host: _Host, url: str, answer: Answer) -> None:
        """Keep count of how a host does. Raises Unavailable where it named a time that is too long to wait for."""
        status = answer.exchange.status
        if isinstance(answer.refusal, NoAnswer):
            self._note_trouble(host, url, str(answer.refusal), _SILENCE)
        elif status in _TRANSIENT:
            self._note_trouble(host, url, f"HTTP {status}", 1)
            wait = answers.retry_after(answer.exchange)
            if wait is not None and wait > self._limits.patience and not url.endswith("/robots.txt"):
                raise Unavailable(f"{url}: HTTP {status}, to be asked again in {wait:.0f} s", retry_after=wait)
        else:
            host.troubles = 0

    def _note_trouble(self, host: _Host, url: str, said: str, weight: int) -> None:
        host.troubles += weight
        if host.troubles >= self._limits.troubles:
            where = answers.origin(url)
            host.blocked = f"{where} gave no good answer for a while and is left for this run; the last: {said}"

    async def _once(self, request: Request, url: str, spool: Spool, delay: float, cut_at: int | None) -> _Got:
        lane = answers.lane(url)
        async with self._lanes.turn(lane, delay):
            _refuse_blocked(self._host(url))  # while this one waited for its turn
            answer = await self._asked(lane, request, url, cut_at)
            self._pause(lane, answer)
        held = request.held if request.validators or answer.exchange.status == 200 else None
        return answer, await asyncio.to_thread(spool.write, answer.exchange, held, request.page)

    async def _asked(self, lane: str, request: Request, url: str, cut_at: int | None) -> Answer:
        """One request over the wire, counted whatever becomes of it."""
        traffic, began = self.traffic.setdefault(lane, Traffic()), asyncio.get_running_loop().time()
        traffic.requests += 1
        try:
            answer = await self._wire.ask(url, self._headers(request, url), cut_at)
        except NoAnswer:
            traffic.failures += 1
            raise
        traffic.failures += answer.exchange.status in _TRANSIENT or isinstance(answer.refusal, NoAnswer)
        traffic.bytes += len(answer.exchange.body)
        traffic.seconds.append(asyncio.get_running_loop().time() - began)
        return answer

    def _pause(self, lane: str, answer: Answer) -> None:
        """Leave a whole host alone for a Retry-After that is worth waiting for."""
        wait = answers.retry_after(answer.exchange) if answer.exchange.status in _TRANSIENT else None
        if wait and wait <= self._limits.patience:
            self._lanes.pause(lane, wait)

    def _headers(self, request: Request, url: str) -> tuple[tuple[str, str], ...]:
        validators = request.validators
        conditional = {
            "If-None-Match": validators.etag if validators else None,
            "If-Modified-Since": validators.last_modified if validators else None,
        }
        return (
            ("Host", urlsplit(url).netloc),
            ("User-Agent", self._settings.agent),
            ("Accept", request.accept or _ACCEPT),
            ("Accept-Language", "tr,en;q=0.8,*;q=0.5"),
            ("Accept-Encoding", encoding.ACCEPTED),
            *((("Referer", request.page),) if request.page else ()),
            *((name, value) for name, value in conditional.items() if value and answers.is_sendable(value)),
        )

    def _pace(self, url: str, delay: float | None) -> float:
        """The source's delay; without one, a second. Hosts that the operator listed are their own: none."""
        if delay is not None:
            return delay
        own = is_listed(urlsplit(url).hostname or "", port_of(url), self._settings.allow_private_hosts)
        return 0.0 if own else self._limits.default_delay

    def _host(self, url: str) -> _Host:
        return self._hosts.setdefault(answers.lane(url), _Host())


def _refuse_blocked(host: _Host) -> None:
    if host.blocked:
        raise Unavailable(host.blocked, retry_after=host.retry_after)


def _for_hop(request: Request, url: str, *, is_first: bool) -> Request:
    """What is asked on one hop: validators and comparison are for the URL that gave the held answer."""
    held: Held | None = request.held if request.held and request.held.url == url else None
    knows = held is not None or (is_first and request.held is None)
    return Request(url, request.validators if knows else None, request.accept, held, request.page)


def _is_page(response: Response) -> bool:
    """Whether a browser would show an answer as a web page."""
    kind = (response.header("content-type") or "text/html").lower()
    return response.status == 200 and not response.truncated and "html" in kind


def _response(asked: str, answer: Answer, record: Pointer, redirects: tuple[str, ...]) -> Response:
    exchange = answer.exchange
    return Response(
        url=asked,
        final_url=exchange.url,
        status=exchange.status,
        headers=exchange.headers,
        record=record,
        fetched_at=exchange.at,
        payload_digest=exchange.digest,
        redirects=redirects,
        truncated=exchange.truncated is not None,
    )


def _jitter(base: float, attempt: int) -> float:
    """Exponential, with jitter so that what failed together does not come back together."""
    return float(random.uniform(0.5, 1.0) * base * 2 ** (attempt - 1))  # noqa: S311  (no secret)
