"""Pure steps: an endpoint's answer in, candidates and the next requests out.

The job drives: it fetches what `start` asks for, hands each answer to `read`, and fetches what that asks for in turn.
For a full look at an endpoint that was complete before (weekly, where a site says nothing of its changes) it passes an
empty `Watermark`.
"""

from __future__ import annotations

from datetime import datetime

from pipeline.discover import feeds, listings, sections, sitemaps, wordpress
from pipeline.discover.feeds import feeds_in
from pipeline.discover.values import Ask, Found, Role, Step, Watermark, trouble
from pipeline.discover.wordpress import fallbacks
from pipeline.models import Endpoint, Page, Pointer, Source

_START = {
    "feed": feeds.start,
    "sitemap": sitemaps.start,
    "wordpress": wordpress.start,
    "listing": listings.start,
}
_READ = {
    "feed": feeds.read,
    "sitemap": sitemaps.read,
    "types": wordpress.read,
    "posts": wordpress.read,
    "media": wordpress.read,
    "listing": listings.read,
}


def start(endpoint: Endpoint, known: Watermark, *, since: datetime | None = None) -> tuple[Ask, ...]:
    """The first requests of an endpoint."""
    return _START[endpoint.type](endpoint, known, since)


def budget(endpoint: Endpoint) -> int:
    """How many pages of a site's sections may be asked in one run, when a listing leads to them."""
    return endpoint.max_pages or sections.BUDGET


def read(
    endpoint: Endpoint,
    source: Source,
    ask: Ask,
    page: Page,
    record: Pointer | None,
    known: Watermark,
    *,
    known_urls: frozenset[str] = frozenset(),
    since: datetime | None = None,
) -> Found:
    """What the answer to one request gave, whatever its bytes: this never raises for what came from outside."""
    step = Step(endpoint, source, ask, page, record, known, known_urls, since)
    try:
        return _READ[ask.role](step)
    except Exception as error:  # a parser's surprise must cost one answer, not the source; the message keeps it visible
        return trouble(f"{page.url} could not be read as {ask.role}: {type(error).__name__}: {error}")


__all__ = ["Ask", "Found", "Role", "Step", "Watermark", "budget", "fallbacks", "feeds_in", "read", "start"]
