"""Feeds: RSS 0.9 to 2.0, RDF, Atom and JSON Feed, their paged archives, and how a page names its feeds."""

from __future__ import annotations

import html
import html.entities
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser
from lxml import etree

from pipeline.discover.documents import html_tree, linked, local_name, looks_like_html, text_of, xml_tree
from pipeline.discover.values import (
    Ask,
    Found,
    Step,
    Watermark,
    all_older,
    fingerprint,
    instant,
    named_by,
    refusal,
    trouble,
    w3c_instant,
)
from pipeline.models import Candidate, Endpoint, Page
from pipeline.text import tidy
from pipeline.urls import canonical, is_pdf, resolve

#: Marks a feed that a page named: a page there in its stead is not followed again.
_NAMED = "named by a page"
MAX_NAMED = 5
MAX_PAGES = 500  # of an archive: 5,000 posts at WordPress's ten a page
_ROOT = re.compile(r"<(?:[A-Za-z][\w.-]*:)?(?:rss|feed|rdf)[\s>/]", re.IGNORECASE)
_NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
#: What of an item is read; bodies and the rest go before the slow part, the feed parser.
_ITEM_PARTS = frozenset(
    (
        "title",
        "link",
        "guid",
        "id",
        "pubdate",
        "published",
        "updated",
        "modified",
        "issued",
        "created",
        "date",
        "origlink",
        "enclosure",
    )
)
_COMMENTS_PATH = re.compile(r"/comments/feed\b|[?&]feed=comments-|/feed/comments\b", re.IGNORECASE)
_FEED_TYPES = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/rss+xml")
)
_FEED_PATH = re.compile(r"/(?:feed|rss|atom)(?:/|\.xml|\.php|\.aspx)?$|\.(?:rss|atom|rdf)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Feed:
    items: tuple[Candidate, ...]
    size: int  # items it held, with or without a link
    next: str | None = None  # RFC 5005: the next page, or the archive before this one
    paged: bool = False  # WordPress: ?paged=N
    comments: bool = False


def start(endpoint: Endpoint, known: Watermark, since: datetime | None) -> tuple[Ask, ...]:
    """The feed itself."""
    return (Ask(endpoint.url, "feed"),)


def read(step: Step) -> Found:
    """The articles a feed names, and the next page of its archive: on a first crawl, later while a page is all new."""
    page = step.page
    if page.status >= 400:
        # WordPress answers 404 behind the last page of its archive
        ended = step.ask.page > 1 and page.status in (404, 410)
        return Found() if ended else refusal(page, "the feed")
    feed = parse(page, step.endpoint)
    if feed is None:
        return Found() if step.ask.page > 1 else _no_feed(step)
    if feed.comments:
        return trouble(f"{page.url} is the feed of the comments, not of the articles")
    if not feed.items:
        return _empty(step, feed)
    return _paged(step, feed)


def _no_feed(step: Step) -> Found:
    """The feeds that a page names, where the address is a page's and not a feed's."""
    page, is_page = step.page, looks_like_html(text_of(step.page))
    here = {canonical(page.url), step.ask.url}
    named = [url for url in feeds_in(page.body, page.url) if url not in here] if is_page else []
    if named and step.ask.after != _NAMED:
        return Found(asks=tuple(Ask(url, "feed", after=_NAMED) for url in named[:MAX_NAMED]))
    kind = "a web page instead of a feed" if is_page else "something that is no feed"
    return trouble(f"{page.url} gives {kind}; look for the feed's present address")


def feeds_in(body: bytes, base: str) -> tuple[str, ...]:
    """The feeds that a page names (``rel=alternate``, then plain links that end like one), comments' feeds left out."""
    tree = html_tree(Page(base, body))
    if tree is None:
        return ()
    named = [
        link.get("href")
        for link in tree.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").partition(";")[0].strip().lower() in _FEED_TYPES
    ]
    linked = [a.get("href") for a in tree.iter("a") if _FEED_PATH.search((a.get("href") or "").strip())]
    urls = (resolve(base, href) for href in (*named, *linked) if href)
    return tuple(dict.fromkeys(url for url in urls if url and not _COMMENTS_PATH.search(url)))


def parse(page: Page, endpoint: Endpoint) -> _Feed | None:
    """A feed's items and paging, or None when the page is no feed. Broken XML is mended, rubbish before it skipped."""
    text = text_of(page)
    if text.lstrip()[:1] == "{":
        return _json_feed(text, page, endpoint)
    slim = _slim(text)
    return _xml_feed(slim, page, endpoint) if slim is not None else None


# --- XML -------------------------------------------------------------------------------------------------------------


def _slim(text: str) -> bytes | None:
    """The feed's XML, well-formed, in UTF-8 and without item bodies; None where there is no feed.

    What comes before the root element is cut off, and with it any DTD: so no entity is ever declared.
    """
    begin = _ROOT.search(text, 0, 65536)
    if begin is None or "<html" in text[: begin.start()].lower():
        return None
    tree = xml_tree(_NAMED_ENTITY.sub(_character, text[begin.start() :]))
    if tree is None:
        return None
    for item in tree.iter("{*}item", "{*}entry"):
        for part in list(item):
            if local_name(part).rpartition(":")[2] not in _ITEM_PARTS:
                item.remove(part)
            elif local_name(part) == "link" and part.text:
                part.text = linked(part.text.strip())
    site = (tree.findtext("{*}channel/{*}link") or "").strip()
    if site.lower().startswith(("http://", "https://")) and not any(_XML_BASE in one.attrib for one in (tree, *tree)):
        # relative links are the site's: the feed may lie elsewhere
        tree.set(_XML_BASE, site)
    slim: bytes = etree.tostring(tree, encoding="utf-8")
    return slim


def _character(match: re.Match[str]) -> str:
    if match[1] in _XML_ENTITIES:
        return match[0]
    # escaped again: "&LT;" is HTML's too
    return html.escape(html.entities.html5.get(f"{match[1]};", ""))


def _xml_feed(slim: bytes, page: Page, endpoint: Endpoint) -> _Feed | None:
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": page.url}
    try:
        # a stream, never bytes: feedparser would open those as a file name or an address
        read = feedparser.parse(
            io.BytesIO(slim), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # feedparser's own parsers raise whatever broken input makes them raise
        return None
    if not read.entries and not read.version:
        return None
    links = [_link(entry, page.url) for entry in read.entries]
    spelled = zip((canonical(link) for link in links), read.entries, strict=True)
    items = [
        _candidate(url, tidy(str(entry.get("title", ""))), _published(entry), _modified(entry), endpoint)
        for url, entry in spelled
        if url is not None
    ]
    comments = bool(_COMMENTS_PATH.search(page.url)) or (bool(links) and all("#comment" in link for link in links))
    return _Feed(tuple(items), len(read.entries), _next_link(read.feed, page.url), _is_wordpress(read.feed), comments)


def _link(entry: Any, base: str) -> str:
    """An item's page: FeedBurner's original link, the alternate link, an id that is an address, or its PDF."""
    files = [one.get("href") for one in entry.get("enclosures", ()) if is_pdf(str(one.get("href")))]
    for value in (entry.get("feedburner_origlink"), entry.get("link"), entry.get("id"), *files):
        if isinstance(value, str) and value.strip():
            url = value.strip()
            if value is entry.get("id") and not url.lower().startswith(("http://", "https://")):
                continue
            return url if "#comment" in url else resolve(base, url) or ""
    return ""


def _published(entry: Any) -> datetime | None:
    # dict.get: FeedParserDict.get would give one date for the other
    read = instant(dict.get(entry, "published_parsed")) or instant(dict.get(entry, "created_parsed"))
    return read or _iso(dict.get(entry, "published"))


def _modified(entry: Any) -> datetime | None:
    return instant(dict.get(entry, "updated_parsed")) or _iso(dict.get(entry, "updated"))


def _candidate(
    url: str,
    title: str,
    published: datetime | None,
    modified: datetime | None,
    endpoint: Endpoint,
) -> Candidate:
    return Candidate(url, named_by(endpoint), published, modified, title or None, endpoint.kind)


def _next_link(feed: Any, base: str) -> str | None:
    links = {link.get("rel"): link.get("href") for link in feed.get("links", ()) if link.get("href")}
    target = links.get("next") or links.get("prev-archive")
    return resolve(base, target) if target else None


def _is_wordpress(feed: Any) -> bool:
    return "wordpress" in str(feed.get("generator", "")).lower()


# --- JSON Feed (jsonfeed.org, version 1.1) ---------------------------------------------------------------------------


def _json_feed(text: str, page: Page, endpoint: Endpoint) -> _Feed | None:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(plain, dict) or "jsonfeed.org" not in str(plain.get("version")):
        return None
    listed = plain.get("items")
    entries = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    items = [
        _candidate(
            url,
            tidy(str(item.get("title") or "")),
            _iso(item.get("date_published")),
            _iso(item.get("date_modified")),
            endpoint,
        )
        for item in entries
        if (url := _address(item, page.url)) is not None
    ]
    following = plain.get("next_url")
    return _Feed(tuple(items), len(entries), resolve(page.url, following) if isinstance(following, str) else None)


def _address(item: dict[str, Any], base: str) -> str | None:
    url, identity = item.get("url"), str(item.get("id") or "")
    if isinstance(url, str) and url.strip():
        return resolve(base, linked(url.strip()))
    return resolve(base, identity) if identity.startswith(("http://", "https://", "/")) else None


def _iso(value: object) -> datetime | None:
    return w3c_instant(value) if isinstance(value, str) else None


# --- paging ----------------------------------------------------------------------------------------------------------


def _empty(step: Step, feed: _Feed) -> Found:
    if step.ask.page > 1:
        return Found()
    what = "no items" if not feed.size else "items without a link to the web"
    return trouble(f"the feed {step.page.url} holds {what}")


def _paged(step: Step, feed: _Feed) -> Found:
    """Whether to go on: on a first crawl until the archive ends or repeats itself, later while all of a page is new."""
    candidates = _unique(feed.items)
    mark = fingerprint(candidate.url for candidate in candidates)
    if mark == step.ask.after:
        return Found()
    following = feed.next or (_with_page(step.ask.url, step.ask.page + 1) if feed.paged else None)
    if following is None or (step.known.complete and any(step.knows(candidate.url) for candidate in candidates)):
        return Found(candidates)
    if step.too_deep(MAX_PAGES):
        return Found(candidates)  # what lies beyond is never wanted, so later nights may stop where articles are known
    if all_older(candidates, step.since):
        return Found(candidates, final=False)
    return Found(candidates, (Ask(following, "feed", step.ask.page + 1, mark),))


def _unique(items: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple({item.url: item for item in reversed(tuple(items))}.values())[::-1]


def _with_page(url: str, number: int) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(number))])))
