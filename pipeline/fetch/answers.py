"""What addresses and answers say: where a redirect leads, how long to wait, whose lane it is. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from pipeline.errors import Rejected
from pipeline.fetch.archive import Exchange
from pipeline.fetch.guard import fetchable

REDIRECTS = {301, 302, 303, 307, 308}
_MONTH = 30 * 86_400.0


def readable_url(url: str) -> str:
    """A URL as it goes over the wire. Raises Rejected (bad_url)."""
    try:
        return fetchable(url)
    except ValueError as error:
        raise Rejected("bad_url", f"{url}: {error}") from error


def lane(url: str) -> str:
    """The host as politeness counts it: lower case, its port where that is not the scheme's own."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return host if parts.port in (None, default) else f"{host}:{parts.port}"


def origin(url: str) -> str:
    """Scheme, host and port."""
    return f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"


def redirect_target(exchange: Exchange) -> str | None:
    """Where an answer leads, or None. Raises Rejected for what cannot be read."""
    location = next((value for name, value in exchange.headers if name.lower() == "location"), "")
    if exchange.status not in REDIRECTS or not location.strip():
        return None
    # header bytes beyond ASCII are UTF-8 in the wild, whatever RFC 9110 says
    readable = location.encode("latin-1", "replace").decode("utf-8", "replace").strip()
    try:
        return fetchable(urljoin(exchange.url, readable))
    except ValueError as error:
        raise Rejected("redirects", f"{exchange.url}: redirects to {readable!r}") from error


def retry_after(exchange: Exchange) -> float | None:
    """Seconds that Retry-After asks for, in either of its forms (RFC 9110, 10.2.3), or None.

    A date is measured on the server's own clock where it says what that is.
    """
    value = exchange.header("retry-after").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), _MONTH)
    at = _http_date(value)
    if at is None:
        return None
    now = _http_date(exchange.header("date")) or datetime.now(UTC)
    return min(max(0.0, (at - now).total_seconds()), _MONTH)


def _http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def is_sendable(value: str) -> bool:
    """Validators come from the server: what cannot stand in a request header is not sent back."""
    return value.isascii() and value.isprintable()
