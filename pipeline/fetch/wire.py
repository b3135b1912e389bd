"""One request over the wire, within limits of time and bytes: whatever a server does, there is an answer or an error.

httpcore rather than a higher client, because the archive wants the bytes as they came (still in their content
encoding) and the guard wants to connect by itself.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import certifi
import httpcore

from pipeline.errors import MecmuaError, Rejected, Unavailable
from pipeline.fetch.archive import Exchange
from pipeline.fetch.guard import GuardedBackend

#: What can hold an article or name one. Types that browsers sniff are read; what is no type at all is, too.
_READABLE = re.compile(
    r"text/|binary/octet-stream|application/(?:xhtml|xml|rss|atom|rdf|json|feed|ld\+json|pdf|x-pdf|gzip|x-gzip|"
    r"octet-stream|force-download|x-download|x-httpd-php|unknown)|(?!image/)[^;]*\+(?:xml|json)"
)
_A_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
Cut = Literal["length", "time", "disconnect", "unspecified"]  # as WARC-Truncated has it


@dataclass(frozen=True, slots=True)
class Limits:
    """What one URL may cost. Seconds and bytes."""

    redirects: int = 10
    wire_bytes: int = 32_000_000  # of one body as sent; a report with pictures fits
    connect: float = 15.0  # name, connection and TLS; less than first_byte, for httpcore closes what this one ends
    first_byte: float = 20.0  # from connecting to the end of the headers; also the longest pause within a body
    whole: float = 120.0  # from connecting to the last byte
    slow_after: float = 15.0  # a body that takes longer must come at this pace at least
    slow_bytes: float = 2_000.0  # per second
    attempts: int = 3
    backoff: float = 0.5
    patience: float = 10.0  # a longer Retry-After is not slept on: the URL is deferred
    troubles: int = 10  # so many in a row (see client), and a host is left for this run
    default_delay: float = 1.0  # between requests to a host whose source and robots.txt name no pace


class NoAnswer(Unavailable):
    """A host gave nothing that could be read. `again`: another try at once may help."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``refusal``: why it is of no use, although it is worth archiving."""

    exchange: Exchange
    refusal: MecmuaError | None = None

    @property
    def broke_off(self) -> bool:
        return self.exchange.truncated == "disconnect"


class Wire:
    """Connections to sources. Use within one event loop, and close it."""

    def __init__(self, allowed: Iterable[str], limits: Limits, clock: Callable[[], datetime]) -> None:
        self._limits = limits
        self._clock = clock
        self._backend = GuardedBackend(allowed)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=100,
            max_keepalive_connections=50,
            keepalive_expiry=15.0,
            network_backend=self._backend,
        )

    async def close(self) -> None:
        await self._pool.aclose()
        self._backend.close()

    async def ask(self, url: str, headers: tuple[tuple[str, str], ...], cut_at: int | None = None) -> Answer:
        """One GET. `cut_at`: read whatever type it is, and no more than so many bytes.

        Raises NoAnswer, and Rejected (bad_url, forbidden_address).
        """
        try:
            async with asyncio.timeout(self._limits.whole):
                return await self._exchange(url, headers, cut_at)
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise NoAnswer(f"{url}: not answered in time ({_said(error)})", again=False) from error
        except httpcore.RemoteProtocolError as error:
            raise NoAnswer(
                f"{url}: the server broke off or does not speak HTTP ({_said(error)})", again=True
            ) from error
        except (httpcore.NetworkError, httpcore.ProxyError, OSError) as error:
            certain = "CERTIFICATE_VERIFY_FAILED" in str(error)
            raise NoAnswer(f"{url}: {_said(error)}", again=not certain) from error
        except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            raise Rejected("bad_url", f"{url}: {_said(error)}") from error

    async def _exchange(self, url: str, headers: tuple[tuple[str, str], ...], cut_at: int | None) -> Answer:
        at, limits = self._clock(), self._limits
        timeouts = {"connect": limits.connect, "read": limits.first_byte, "write": limits.connect, "pool": limits.whole}
        request = httpcore.Request("GET", url, headers=list(headers), extensions={"timeout": timeouts})
        async with asyncio.timeout(limits.first_byte):
            response = await self._pool.handle_async_request(request)
        try:
            received = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
            refusal: MecmuaError | None = None if cut_at else _unwanted(url, response.status, received)
            body, cut = b"", "unspecified" if refusal else None
            if refusal is None:
                body, cut, refusal = await self._body(url, response, cut_at)
        finally:
            await response.aclose()
        exchange = Exchange(
            url=url,
            method="GET",
            target=_target(url),
            request_headers=headers,
            status=response.status,
            reason=response.extensions.get("reason_phrase", b"").decode("latin-1"),
            headers=received,
            body=body,
            at=at,
            protocol=response.extensions.get("http_version", b"HTTP/1.1").decode("latin-1"),
            truncated=cut,
        )
        return Answer(exchange, refusal)

    async def _body(
        self, url: str, response: httpcore.Response, cut_at: int | None
    ) -> tuple[bytes, Cut | None, MecmuaError | None]:
        """What came, why it ended before its end, and why that makes it useless."""
        limits, loop = self._limits, asyncio.get_running_loop()
        began, body = loop.time(), bytearray()
        try:
            async with asyncio.timeout(max(0.0, limits.whole - limits.first_byte)):
                async for piece in response.aiter_stream():
                    body += piece
                    if cut_at and len(body) > cut_at:
                        return bytes(body), "length", None
                    if not cut_at and len(body) > limits.wire_bytes:
                        megabytes = limits.wire_bytes / 1_000_000
                        return b"", "length", Rejected("too_large", f"{url}: more than {megabytes:g} MB")
                    seconds = loop.time() - began
                    if seconds > limits.slow_after and len(body) < seconds * limits.slow_bytes:
                        raise TimeoutError(f"{len(body)} bytes in {seconds:.0f} s")
        except (httpcore.RemoteProtocolError, httpcore.NetworkError):
            return bytes(body), "disconnect", None
        except (TimeoutError, httpcore.TimeoutException) as error:
            slow = NoAnswer(f"{url}: its body comes too slowly ({_said(error)})", again=False)
            return bytes(body), "time", slow
        return bytes(body), None, None


def _unwanted(url: str, status: int, headers: tuple[tuple[str, str], ...]) -> Rejected | None:
    """Pictures, films and office files are not read: only what can hold an article or name one."""
    kind = next((value for name, value in headers if name.lower() == "content-type"), "").strip().lower()
    if status == 200 and _A_TYPE.match(kind) and not _READABLE.match(kind):
        return Rejected("unwanted_type", f"{url}: is {kind.partition(';')[0]}, not read")
    return None


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _said(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__


def _ssl_context() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()  # and what the operator trusts
    return context
