"""The one HTTP client: guarded, polite, bounded, and everything it receives goes to the archive first.

httpcore rather than a higher client, because the archive wants the bytes as they came (still in their content
encoding) and the guard wants to connect by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import certifi
import httpcore

from pipeline.errors import Rejected, Unavailable
from pipeline.fetch import encoding, robots
from pipeline.fetch.archive import Exchange, Spool
from pipeline.fetch.guard import GuardedBackend, check_url
from pipeline.fetch.lanes import Lanes
from pipeline.models import Request, Response
from pipeline.settings import Settings

MAX_REDIRECTS = 10
MAX_WIRE = 32_000_000  # bytes of one body as sent; a report with pictures fits
MAX_SECONDS = 120.0  # for one request, from connecting to the last byte
FIRST_BYTE_SECONDS = 30.0
ATTEMPTS = 3
#: A longer Retry-After is not slept on: the URL is deferred.
MAX_PATIENCE = 10.0
#: So many requests in a row without an answer, and a host is left for the night.
GIVE_UP_AFTER = 5
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
_REDIRECTS = {301, 302, 303, 307, 308}
_READABLE = (
    "text/",
    "application/xhtml",
    "application/xml",
    "application/rss",
    "application/atom",
    "application/rdf",
    "application/json",
    "application/feed",
    "application/ld+json",
    "application/pdf",
    "application/gzip",
    "application/x-gzip",
    "application/octet-stream",
    "binary/octet-stream",
)
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.9,application/pdf;q=0.8,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class _Answer:
    """One hop's answer, before it becomes a Response."""

    exchange: Exchange
    incomplete: bool


@dataclass(slots=True)
class _Host:
    """What a run has learnt of one host."""

    robots: robots.Robots | None = None
    robots_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    blocked: str | None = None  # why nothing more is asked of it in this run
    failures: int = 0


class Client:
    """Fetches for one run, over all its sources. Use within one event loop, as an async context manager.

    `requests` counts what went over the wire, robots.txt and redirects included.
    """

    def __init__(self, settings: Settings, lanes: Lanes, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._lanes = lanes
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=100,
            max_keepalive_connections=50,
            keepalive_expiry=15.0,
            network_backend=GuardedBackend(settings.allow_private_hosts),
        )
        self.requests: dict[str, int] = {}

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._lanes.release_all()
        await self._pool.aclose()

    async def robots_of(self, url: str, spool: Spool, delay: float | None = None) -> robots.Robots:
        """The rules of a URL's host, asked once a run. Raises Unavailable when they cannot be had (RFC 9309: wait)."""
        base, host = _origin(url), self._host(url)
        async with host.robots_lock:
            if host.robots is None:
                self._refuse_blocked(host)
                host.robots = await self._ask_robots(base, host, spool, delay or 0.0)
        return host.robots

    async def get(
        self,
        request: Request,
        spool: Spool,
        *,
        delay: float | None = None,
        stay: Callable[[str], bool] | None = None,
    ) -> Response:
        """The final answer to a GET, its bytes archived, whatever its status.

        `delay` is the source's own pace in seconds; robots.txt may ask for more. `stay` says which URLs a redirect may
        lead to. Raises Rejected (too_large, unwanted_type, forbidden_address, disallowed, redirects, out_of_scope …)
        and Unavailable (carries retry_after).
        """
        url = request.url
        passed: list[str] = []
        for _hop in range(MAX_REDIRECTS + 1):
            answer = await self._polite(request, url, spool, delay)
            record = await asyncio.to_thread(spool.write, answer.exchange)
            target = _redirect_target(answer.exchange)
            if target is None:
                return _response(request.url, url, answer, record, tuple(passed))
            passed.append(url)
            if target in passed:
                raise Rejected("redirects", f"{request.url}: redirects in a circle at {target}")
            if stay and not stay(target):
                raise Rejected("out_of_scope", f"{request.url}: redirects to {target}, which is not the source's")
            url = target
        raise Rejected("redirects", f"{request.url}: more than {MAX_REDIRECTS} redirects")

    async def _polite(self, request: Request, url: str, spool: Spool, delay: float | None) -> _Answer:
        check_url(url)
        rules = await self.robots_of(url, spool, delay)
        if not rules.allows(url):
            raise Rejected("disallowed", f"{url}: robots.txt does not allow it")
        if rules.delay > robots.MAX_DELAY:
            raise Unavailable(f"{_origin(url)}: robots.txt asks for {rules.delay:.0f} s between requests; left alone")
        validated = request if url == request.url else Request(url, accept=request.accept)
        return await self._persistent(validated, url, max(delay or 0.0, rules.delay))

    async def _ask_robots(self, base: str, host: _Host, spool: Spool, delay: float) -> robots.Robots:
        url = f"{base}/robots.txt"
        for _hop in range(6):  # RFC 9309, 2.3.1.2: at least five redirects
            check_url(url)
            answer = await self._persistent(Request(url, accept="text/plain,*/*;q=0.5"), url, delay)
            await asyncio.to_thread(spool.write, answer.exchange)
            target = _redirect_target(answer.exchange)
            if target is None:
                break
            url = target
        if target is not None:
            return robots.parse(b"")
        body, _whole = encoding.decoded(answer.exchange.body, _header(answer.exchange, "content-encoding"), 4_000_000)
        rules = robots.judge(answer.exchange.status, body)
        if rules is None:
            host.blocked = f"{url} answers {answer.exchange.status}: until it can be read nothing is fetched (RFC 9309)"
            raise Unavailable(host.blocked)
        return rules

    async def _persistent(self, request: Request, url: str, delay: float) -> _Answer:
        """Ask until there is an answer worth having. An incomplete body is asked for once more, then taken as it is."""
        host = self._host(url)
        answer: _Answer | None = None
        error: Unavailable | None = None
        for attempt in range(ATTEMPTS):
            self._refuse_blocked(host)
            try:
                answer = await self._once(request, url, delay)
            except Unavailable as failure:
                error = failure
            else:
                wait = _retry_after(answer.exchange, self._clock())
                if answer.exchange.status not in _TRANSIENT and not (answer.incomplete and attempt == 0):
                    host.failures = 0
                    return answer
                if answer.exchange.status in _TRANSIENT and wait is not None and wait > MAX_PATIENCE:
                    raise Unavailable(
                        f"{url}: HTTP {answer.exchange.status}, to be asked again in {wait:.0f} s", retry_after=wait
                    )
            if attempt + 1 < ATTEMPTS:
                await asyncio.sleep(_backoff(attempt, answer, self._clock()))
        self._count_failure(host, url)
        if answer is not None and error is None:
            return answer
        raise error or Unavailable(f"{url}: no whole answer in {ATTEMPTS} tries")

    async def _once(self, request: Request, url: str, delay: float) -> _Answer:
        async with self._lanes.turn(urlsplit(url).netloc, delay):
            self.requests[urlsplit(url).netloc] = self.requests.get(urlsplit(url).netloc, 0) + 1
            try:
                async with asyncio.timeout(MAX_SECONDS):
                    return await self._exchange(request, url)
            except TimeoutError as error:
                raise Unavailable(f"{url}: not answered within {MAX_SECONDS:.0f} s") from error
            except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProxyError, ssl.SSLError) as error:
                raise Unavailable(f"{url}: {_said(error)}") from error
            except httpcore.RemoteProtocolError as error:
                raise Unavailable(f"{url}: the server broke off or does not speak HTTP ({_said(error)})") from error
            except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
                raise Rejected("bad_url", f"{url}: {_said(error)}") from error

    async def _exchange(self, request: Request, url: str) -> _Answer:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = self._headers(request, parts.netloc.rpartition("@")[2])
        at = self._clock()
        async with self._stream(url, headers) as response:
            received = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
            _refuse_type(url, response.status, received)
            body, problem = await _body(url, response, received)
            reason = response.extensions.get("reason_phrase", b"").decode("latin-1")
        exchange = Exchange(
            url, "GET", target, headers, response.status, reason, received, body, at, "disconnect" if problem else None
        )
        return _Answer(exchange, problem)

    @asynccontextmanager
    async def _stream(self, url: str, headers: tuple[tuple[str, str], ...]) -> AsyncIterator[httpcore.Response]:
        timeouts = {"connect": 15.0, "read": FIRST_BYTE_SECONDS, "write": 15.0, "pool": MAX_SECONDS}
        async with self._pool.stream("GET", url, headers=[*headers], extensions={"timeout": timeouts}) as response:
            yield response

    def _headers(self, request: Request, host: str) -> tuple[tuple[str, str], ...]:
        validators = request.validators
        conditional = {
            "If-None-Match": validators.etag if validators else None,
            "If-Modified-Since": validators.last_modified if validators else None,
        }
        return (
            ("Host", host),
            ("User-Agent", self._settings.agent),
            ("Accept", request.accept or _ACCEPT),
            ("Accept-Language", "tr,en;q=0.8,*;q=0.5"),
            ("Accept-Encoding", encoding.ACCEPTED),
            *((name, value) for name, value in conditional.items() if value),
        )

    def _host(self, url: str) -> _Host:
        return self._hosts.setdefault(urlsplit(url).netloc, _Host())

    def _refuse_blocked(self, host: _Host) -> None:
        if host.blocked:
            raise Unavailable(host.blocked)

    def _count_failure(self, host: _Host, url: str) -> None:
        host.failures += 1
        if host.failures >= GIVE_UP_AFTER:
            host.blocked = f"{_origin(url)} did not answer {host.failures} requests in a row; left for this run"


async def _body(url: str, response: httpcore.Response, headers: tuple[tuple[str, str], ...]) -> tuple[bytes, bool]:
    """The bytes of a body, and whether it broke off. Raises Rejected beyond the limit on the wire."""
    pieces, size = [], 0
    try:
        async for piece in response.aiter_stream():
            size += len(piece)
            if size > MAX_WIRE:
                raise Rejected("too_large", f"{url}: more than {MAX_WIRE // 1_000_000} MB")
            pieces.append(piece)
    except (httpcore.RemoteProtocolError, httpcore.ReadError):
        return b"".join(pieces), True
    return b"".join(pieces), False


def _refuse_type(url: str, status: int, headers: tuple[tuple[str, str], ...]) -> None:
    """Do not read pictures, films and archives: only what can hold an article or name one."""
    kind = next((value for name, value in headers if name.lower() == "content-type"), "text/html").strip().lower()
    if status == 200 and kind and not kind.startswith(_READABLE) and "+xml" not in kind:
        raise Rejected("unwanted_type", f"{url}: is {kind.partition(';')[0]}, not read")


def _response(asked: str, url: str, answer: _Answer, record: object, redirects: tuple[str, ...]) -> Response:
    exchange = answer.exchange
    payload, whole = encoding.decoded(exchange.body, _header(exchange, "content-encoding"))
    return Response(
        url=asked,
        final_url=url,
        status=exchange.status,
        headers=exchange.headers,
        record=record,  # type: ignore[arg-type]  # a Pointer, through asyncio.to_thread
        fetched_at=exchange.at,
        payload_digest=hashlib.sha256(payload).hexdigest(),
        redirects=redirects,
        truncated=answer.incomplete or not whole,
    )


def _redirect_target(exchange: Exchange) -> str | None:
    location = _header(exchange, "location")
    if exchange.status not in _REDIRECTS or not location:
        return None
    # header bytes beyond ASCII are UTF-8 in the wild, whatever RFC 9110 says
    readable = location.encode("latin-1", "replace").decode("utf-8", "replace").strip()
    try:
        target = _fetchable(urljoin(exchange.url, readable))
    except ValueError as error:
        raise Rejected("redirects", f"{exchange.url}: redirects to {readable!r}") from error
    check_url(target)
    return target


def _fetchable(url: str) -> str:
    """The URL without its fragment, non-ASCII percent-encoded as UTF-8 (RFC 3986)."""
    bare = url.partition("#")[0]
    return "".join(char if "!" <= char <= "~" else "".join(f"%{b:02X}" for b in char.encode()) for char in bare)


def _header(exchange: Exchange, name: str) -> str:
    return next((value for key, value in exchange.headers if key.lower() == name), "")


def _retry_after(exchange: Exchange, now: datetime) -> float | None:
    """Seconds that Retry-After asks for, in either of its forms (RFC 9110, 10.2.3), or None."""
    value = _header(exchange, "retry-after").strip()
    if value.isdigit():
        return min(float(value), timedelta(days=30).total_seconds())
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def _backoff(attempt: int, answer: _Answer | None, now: datetime) -> float:
    """Exponential with full jitter, but never shorter than the server asked for."""
    asked = (_retry_after(answer.exchange, now) or 0.0) if answer else 0.0
    return max(asked, float(random.uniform(0.25, 0.5) * 2**attempt))  # noqa: S311  (no secret)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _said(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__


def _ssl_context() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()  # and what the operator trusts
    return context
