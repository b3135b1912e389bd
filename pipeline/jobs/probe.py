"""What an endpoint really gives: items, dates, scope, a sample of its articles; for a person who judges it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.discover.home import read_home, type_of
from pipeline.errors import ConfigurationError, Rejected, Unavailable
from pipeline.fetch.robots import Robots
from pipeline.jobs.extract import source_for
from pipeline.jobs.visit import Measured, Sampled, Visit, visiting
from pipeline.models import Candidate, Endpoint, EndpointType, Page, Source
from pipeline.settings import Settings
from pipeline.sources.scope import is_own_host
from pipeline.urls import article_id, canonical

#: Pages of the sample; five tell a feed of articles from one of press clippings, and cost ten polite seconds.
SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Example:
    """One page of the sample, as a person wants to see it. ``reason``: why it is no article, or could not be had."""

    url: str
    title: str = ""
    published_day: str | None = None
    language: str = "und"
    words: int = 0
    authors: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """An endpoint's measurements. Shares are 0 to 1, None where there was nothing to measure."""

    url: str
    type: EndpointType
    status: int
    content_type: str
    items: int
    newest: datetime | None
    own_hosts: float | None
    articles: float | None
    pdfs: int
    languages: dict[str, int]
    robots: str  # allowed, disallowed, or unreachable (then nothing may be fetched)
    crawl_delay: float
    sitemaps: tuple[str, ...]  # that robots.txt names
    cms: str | None
    feeds: tuple[str, ...]  # that the page names, or the home page where the address is a feed or the like
    more: int  # further requests that a crawl would make
    problem: str | None
    examples: tuple[Example, ...]


def probe(settings: Settings, url: str, sources: Sequence[Source] = ()) -> Probe:
    """Ask a feed, sitemap, API or page once or a few times and look at five of its articles; nothing is kept.

    `sources`: the catalogue, whose rules hold for its hosts. Raises ConfigurationError for what is no web address,
    Unavailable and Rejected where the address itself cannot be had.
    """
    address = canonical(url)
    if address is None:
        raise ConfigurationError(f"{url}: is no web address; give one that begins with https://")
    return asyncio.run(_probe(settings, address, sources))


async def _probe(settings: Settings, url: str, sources: Sequence[Source]) -> Probe:
    async with visiting(settings) as visit:
        source = source_for(url, sources)
        rules = await visit.robots(url)
        page, _record = await visit.page(url, source)
        endpoint = Endpoint(type_of(page), _root(url) if type_of(page) == "wordpress" else url)
        measured = await visit.measure(endpoint, source)
        sampled = [await visit.sample(one, source) for one in chosen(measured.candidates, source)]
        front = page if endpoint.type == "listing" else await _front(visit, source)
        return _told(url, page, front, rules, measured, sampled, source)


async def _front(visit: Visit, source: Source) -> Page:
    """The home page, which says what the site runs on; an empty one where it cannot be had."""
    try:
        page, _record = await visit.page(source.homepage, source)
    except (Unavailable, Rejected):
        return Page(source.homepage, b"")
    return page


def chosen(candidates: Sequence[Candidate], source: Source, count: int = SAMPLE) -> list[Candidate]:
    """A sample by URL hash, so that a second look sees the same pages; own hosts only."""
    own = [candidate for candidate in candidates if is_own_host(source, candidate.url)]
    return sorted(own, key=lambda candidate: article_id(candidate.url))[:count]


def example(sampled: Sampled) -> Example:
    """A page of the sample as a person wants to see it."""
    if sampled.extraction is None:
        return Example(sampled.url, reason=sampled.reason)
    article = sampled.extraction.article
    day = article.published_day.isoformat() if article.published_day else None
    return Example(
        sampled.url, article.title, day, article.language, article.word_count, article.authors, sampled.reason
    )


def newest(candidates: Sequence[Candidate]) -> datetime | None:
    """The latest date that an endpoint gives."""
    dates = [date for one in candidates if (date := one.published or one.modified)]
    return max(dates, default=None)


def _told(
    url: str,
    page: Page,
    front: Page,
    rules: Robots | None,
    measured: Measured,
    sampled: list[Sampled],
    source: Source,
) -> Probe:
    home = read_home(front)
    items = measured.candidates
    languages = Counter(one.extraction.article.language for one in sampled if one.extraction and one.is_article)
    return Probe(
        url=url,
        type=measured.endpoint.type,
        status=page.status,
        content_type=page.content_type,
        items=len(items),
        newest=newest(items),
        own_hosts=_share([is_own_host(source, one.url) for one in items]),
        articles=_share([one.is_article for one in sampled]),
        pdfs=sum(one.url.lower().partition("?")[0].endswith(".pdf") for one in items),
        languages=dict(languages),
        robots="unreachable" if rules is None else ("allowed" if rules.allows(url) else "disallowed"),
        crawl_delay=rules.delay if rules else 0.0,
        sitemaps=rules.sitemaps if rules else (),
        cms=home.cms,
        feeds=home.feeds,
        more=measured.more,
        problem=measured.problem,
        examples=tuple(map(example, sampled)),
    )


def _share(claims: list[bool]) -> float | None:
    return round(sum(claims) / len(claims), 3) if claims else None


def _root(url: str) -> str:
    """The site's root of an address of its API."""
    return url.partition("/wp-json")[0].partition("?rest_route=")[0].rstrip("/") + "/"
