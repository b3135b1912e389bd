"""A ready YAML for a source nobody has written down yet, from its home page alone, with two articles for the eye."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import yaml

from pipeline.discover.addresses import may_be_article
from pipeline.discover.home import Home, read_home
from pipeline.errors import ConfigurationError, Unavailable
from pipeline.jobs.probe import Example, chosen, example, newest
from pipeline.jobs.visit import Measured, Visit, visiting
from pipeline.models import Candidate, Endpoint, Page, Source, replace
from pipeline.settings import Settings
from pipeline.sources.registry import load_sources
from pipeline.text import fold
from pipeline.urls import canonical

#: Where feeds and sitemaps usually lie, asked only when neither page nor robots.txt names any.
_FEEDS = ("/feed/", "/rss.xml", "/rss", "/feed.xml", "/atom.xml", "/index.xml", "/?format=feed&type=rss")
_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml", "/sitemap.xml.gz", "/sitemap-index.xml")
#: An endpoint whose newest item is older than this is not called verified: it may be a feed that died.
_RECENT = timedelta(days=365)
_COUNTRIES = {"uk": "GB"}
_ZONES = dict(
    pair.split(":")
    for pair in (
        "TR:Europe/Istanbul AZ:Asia/Baku AM:Asia/Yerevan GE:Asia/Tbilisi RU:Europe/Moscow UA:Europe/Kyiv"
        " KZ:Asia/Almaty GB:Europe/London DE:Europe/Berlin FR:Europe/Paris IT:Europe/Rome ES:Europe/Madrid"
        " PL:Europe/Warsaw BE:Europe/Brussels NL:Europe/Amsterdam SE:Europe/Stockholm FI:Europe/Helsinki"
        " US:America/New_York"
    ).split()
)
_GENERIC = frozenset("com org net edu gov int info eu io co institute online center foundation".split())
_WORDPRESS_DENY = (r"/(category|kategori|tag|etiket|author|yazar)/", r"/feed/?$", r"\?(replytocom|share|s)=")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A source file as text, valid as it stands, and two of its articles."""

    id: str
    yaml: str
    examples: tuple[Example, ...]
    cms: str | None


def propose(settings: Settings, homepage: str, *, now: datetime) -> Proposal:
    """Look at a home page, robots.txt and the endpoints they name, and write what was found as a source file.

    Raises ConfigurationError for what is no web address or holds no endpoint, Unavailable and Rejected where the home
    page cannot be had.
    """
    address = canonical(homepage)
    if address is None:
        raise ConfigurationError(f"{homepage}: is no web address; give one that begins with https://")
    return asyncio.run(_propose(settings, address, now))


async def _propose(settings: Settings, homepage: str, now: datetime) -> Proposal:
    async with visiting(settings) as visit:
        page, _record = await visit.page(homepage)
        if page.status != 200:
            raise Unavailable(f"{homepage}: HTTP {page.status}; is it the home page?")
        home, source = read_home(page), _nameless(page.url)
        measured = await _endpoints(visit, page, home, source)
        if not measured:
            source = replace(source, render=True)
            measured = await _in_browser(visit, page, source)
        if not measured:
            raise ConfigurationError(
                f"{homepage}: names no feed or sitemap, and no links on it look like articles', in a browser neither. "
                "Give the page that lists them."
            )
        candidates = list({one.url: one for found in measured for one in found.candidates}.values())
        sampled = [await visit.sample(one, source) for one in chosen(_likely(candidates), source, 2)]
        rules = await visit.robots(page.url)
    pace = max(2.0, rules.delay) if rules else 2.0
    text = _yaml(page, home, measured, candidates, pace, now, render=source.render)
    _check(text)
    return Proposal(id_of(page.url), text, tuple(map(example, sampled)), home.cms)


def _nameless(url: str) -> Source:
    return Source("proposal", "proposal", url, ())


def _likely(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in candidates if may_be_article(one.url)] or list(candidates)


# --- endpoints -------------------------------------------------------------------------------------------------------


async def _endpoints(visit: Visit, page: Page, home: Home, source: Source) -> list[Measured]:
    """The endpoints that answer with items: those the site names, else those at the usual places. Feeds alone name the
    newest articles alone, and often not the reports; so does no endpoint: then the front page leads to the rest."""
    sound = []
    for named, usual in await _offers(visit, page, home):
        found = await _answering(visit, named, source)
        sound += found or (await _answering(visit, usual, source, first=True))
    if all(found.endpoint.type == "feed" for found in sound):
        sound += await _answering(visit, [Endpoint("listing", page.url, origin="its home page")], source)
    return sound


async def _in_browser(visit: Visit, page: Page, source: Source) -> list[Measured]:
    """The home page as a list that its scripts make. Raises ConfigurationError where there is no browser."""
    try:
        return await _answering(visit, [Endpoint("listing", page.url, origin="its home page")], source)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{page.url}: names no feed or sitemap, and no links on it look like articles'. Perhaps only a browser can "
            f"read it: {error}"
        ) from error


async def _offers(visit: Visit, page: Page, home: Home) -> list[tuple[list[Endpoint], list[Endpoint]]]:
    """For each sort of endpoint what the site names, and what to try where it names none."""
    asked = "answered when `mecmua sources new` tried the usual places"
    rules = await visit.robots(page.url)
    root = home.api or (page.url if home.cms == "WordPress" else None)
    apis = [Endpoint("wordpress", root, origin="named in its home page's head" if home.api else asked)] if root else []
    return [
        (apis, []),
        (
            [Endpoint("feed", url, origin="linked on its home page") for url in home.feeds[:4]],
            [Endpoint("feed", urljoin(page.url, path), origin=asked) for path in _FEEDS],
        ),
        (
            [Endpoint("sitemap", url, origin="named in robots.txt") for url in (rules.sitemaps if rules else ())[:3]],
            [Endpoint("sitemap", urljoin(page.url, path), origin=asked) for path in _SITEMAPS],
        ),
    ]


async def _answering(
    visit: Visit, endpoints: Iterable[Endpoint], source: Source, *, first: bool = False
) -> list[Measured]:
    sound: list[Measured] = []
    for endpoint in endpoints:
        found = await visit.measure(endpoint, source)
        if found.candidates:
            sound.append(found)
            if first:
                break
    return sound


# --- the file --------------------------------------------------------------------------------------------------------


def id_of(url: str) -> str:
    """An id from a host name: its most telling label."""
    labels = [label for label in (urlsplit(url).hostname or "source").split(".") if label != "www"]
    own = [label for label in labels[:-1] if label not in _GENERIC] or labels[:1]
    return re.sub(r"[^a-z0-9_-]", "-", max(own, key=len)).strip("-") or "source"


def country_of(url: str) -> str | None:
    """A guess by top-level domain; None for a generic one."""
    last = (urlsplit(url).hostname or "").rpartition(".")[2]
    return _COUNTRIES.get(last, last.upper()) if len(last) == 2 and last.isalpha() and last not in _GENERIC else None


def pattern_of(urls: Sequence[str]) -> str | None:
    """A regular expression that nine of ten of these URLs match and that is worth something: a common ending such as
    ``.html``, or one or two first folders. None where they have nothing in common."""
    paths = [urlsplit(url).path for url in urls]
    if len(paths) < 5:
        return None
    endings = Counter(ending[0] for path in paths if (ending := re.search(r"\.\w{3,5}$", path)))
    suffix, count = next(iter(endings.most_common(1)), ("", 0))
    if count >= 0.9 * len(paths):
        return rf"/[^/]+{re.escape(suffix)}$"
    folders = Counter(match[1] for path in paths if (match := re.match(r"^/((?:[a-z]{2}/)?[^/]+)/[^/]", path)))
    common = [folder for folder, _count in folders.most_common(2)]
    if common and sum(folders[folder] for folder in common) >= 0.9 * len(paths):
        return f"/({'|'.join(re.escape(folder) for folder in common)})/"
    return None


def _yaml(
    page: Page,
    home: Home,
    measured: Sequence[Measured],
    candidates: Sequence[Candidate],
    pace: float,
    now: datetime,
    *,
    render: bool = False,
) -> str:
    country = country_of(page.url)
    fed = [one.url for found in measured if found.endpoint.type != "sitemap" for one in found.candidates]
    pattern = pattern_of(fed or [one.url for one in candidates])
    system = home.cms or "a system that does not say its name"
    lines = [
        f"# Proposed by `mecmua sources new` on {now:%Y-%m-%d}; runs on {system}.",
        "# Look at kind, scope and languages before you keep it.",
        f"id: {_scalar(id_of(page.url))}",
        f"name: {_scalar(home.name)}",
        f"homepage: {page.url}",
        *([f"country: {_scalar(country)}"] if country else ["# country: TR   (its domain does not say)"]),
        *([f"languages: [{', '.join(map(_scalar, home.languages))}]"] if home.languages else ["# languages: [tr, en]"]),
        f"timezone: {_ZONES.get(country or '', 'Europe/Istanbul')}",
        "status: active",
        f"crawl_delay: {pace:g}",
        *(["render: true   # its pages are empty without a browser"] if render else []),
    ]
    if home.cms and fold(home.cms) == "wordpress":
        lines += ["deny:", *(f"  - '{rule}'" for rule in _WORDPRESS_DENY)]
    lines += ["endpoints:"]
    for found in measured:
        lines += _endpoint_lines(found, pattern, now)
    return "\n".join(lines) + "\n"


def _endpoint_lines(found: Measured, pattern: str | None, now: datetime) -> list[str]:
    endpoint, latest = found.endpoint, newest(found.candidates)
    recent = latest is not None and now - latest < _RECENT
    lines = [f"  - type: {endpoint.type}", f"    url: {endpoint.url}"]
    if pattern and endpoint.type in ("listing", "sitemap"):
        quoted = pattern.replace("'", "''")
        # left for a person to switch on: a pattern that is wrong loses articles in silence, and a listing with one is
        # read by itself, without the sections of its site
        lines.append(f"    # article: '{quoted}'")
    seen = f"{len(found.candidates)} items" + (f", newest {latest:%Y-%m-%d}" if latest else ", no dates")
    lines.append(f"    verified: {now:%Y-%m-%d}" if recent else "    verified: never")
    lines.append(f"    from: {_scalar(f'{endpoint.origin}; {seen}')}")
    return lines


def _scalar(text: str) -> str:
    """The text as YAML reads it back: bare where that is safe ("NO" and "127" are not), else quoted."""
    is_plain = re.fullmatch(r"[\w ;,.'`/()–-]+", text) is not None and not text.startswith(("'", "`", "-"))
    try:
        return text if is_plain and yaml.safe_load(text) == text else json.dumps(text, ensure_ascii=False)
    except yaml.YAMLError:
        return json.dumps(text, ensure_ascii=False)


def _check(text: str) -> None:
    """Raises ConfigurationError where the text is no valid source file: what is proposed must load."""
    with tempfile.TemporaryDirectory(prefix="mecmua-") as folder:
        file = Path(folder) / "proposal.yaml"
        file.write_text(text, encoding="utf-8")
        load_sources(file)
