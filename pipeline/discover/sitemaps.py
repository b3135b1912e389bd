"""Sitemaps (sitemaps.org 0.9): indexes, URL sets with news entries, plain text, gzip; read in one pass, bounded."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from urllib.parse import parse_qsl, unquote, urlsplit

from lxml import etree

from pipeline.discover import feeds
from pipeline.discover.addresses import is_no_article, sections_of
from pipeline.discover.documents import linked, looks_like_html, text_of, with_ampersands
from pipeline.discover.values import Ask, Found, Step, Watermark, named_by, refusal, trouble, w3c_instant
from pipeline.models import Candidate, Endpoint, Page
from pipeline.text import tidy
from pipeline.urls import canonical, resolve

MAX_DEPTH = 5  # indexes of indexes; the protocol allows one level
MAX_UNZIPPED = 100_000_000  # bytes; the protocol allows 50 MB a file
MAX_URLS = 250_000  # of one file; the protocol allows 50,000
MAX_ALTERNATES = 60  # of one URL; the European Union has 24 languages
_PIECE = 1 << 20
_DAY = timedelta(days=1)
_SHOUTED = re.compile(rb"<(?:URLSET|SITEMAPINDEX)[\s>]|<(?:URL|SITEMAP)>\s*<LOC>")
_TAG = re.compile(rb"</?[A-Za-z]+")
#: An address that is a sitemap's, whatever element names it.
_A_MAP = re.compile(r"/[\w.-]*sitemap[\w./-]*\.xml$|\.xml\.gz$", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(?:urlset|sitemapindex)[\s>/]", re.IGNORECASE)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)["']""")
_NOT_BYTES = (b"utf-16", b"utf-32", b"ucs-", b"iso-10646")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
#: Sub-sitemaps that by their names hold no articles: WordPress core, Yoast and Rank Math, All in One SEO, XML Sitemap
#: Generator, Jetpack, Ghost; and what Turkish sites call the same.
_NO_ARTICLES = re.compile(
    r"wp-sitemap-(?:taxonomies|users)-"
    r"|wp-sitemap-posts-(?:page|attachment|product|elementor_library|e-landing-page|e-floating-buttons|wp_\w+)-\d"
    r"|(?:^|[-_./])(?:\w*category|\w*categories|\w*kategori\w*|(?:\w+_)?tags?|etiket\w*|authors?|yazar(?:lar)?|users?"
    r"|pages?|sayfa(?:lar)?|attachments?|products?|\w*[-_]taxonom\w+|taxonom\w+|images?|resim\w*|videos?|elementor[\w-]*|local)"
    r"[-_]?sitemap[-_]?\d*(?:\.|$)"
    r"|sitemap[-_](?:\w*category|\w*categories|kategori\w*|tags?|etiket\w*|authors?|yazar(?:lar)?|users?|pages|sayfalar"
    r"|attachments?|products?|images?|videos?|tax-[\w-]+|pt-page-[\w-]+|pt-attachment-[\w-]+|archives|misc|taxonom\w+)"
    r"(?:[-_]?\d+)?(?:\.|$)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Entry:
    loc: str
    lastmod: datetime | None
    is_map: bool  # a <sitemap> of an index, not a <url>
    published: datetime | None = None
    title: str | None = None
    alternates: tuple[tuple[str, str], ...] = ()  # hreflang and URL of the same article in other languages


def start(endpoint: Endpoint, known: Watermark, since: datetime | None) -> tuple[Ask, ...]:
    """The sitemap itself, an index or not."""
    return (Ask(endpoint.url, "sitemap"),)


def read(step: Step) -> Found:
    """What a sitemap names: candidates, and of an index the sub-sitemaps worth asking, newest first."""
    page = step.page
    if page.status >= 400:
        return refusal(page, "the sitemap", part=step.ask.page > 1)
    body, whole = unzipped(page.body)
    page = replace(page, body=_sound(body, page))
    begin = _ROOT.search(page.body, 0, 65536)
    if begin is None:
        return _not_xml(replace(step, page=page))
    listed = list(islice(_entries(page.body, begin.start(), page.url), MAX_URLS + 1))
    found = _found(step, _without_empty_lastmods(listed[:MAX_URLS], page.fetched_at))
    return found if whole and not page.truncated and len(listed) <= MAX_URLS else replace(found, final=False)


def unzipped(body: bytes, limit: int = MAX_UNZIPPED) -> tuple[bytes, bool]:
    """A body without its gzip dress, and whether that is all of it: False when it is broken off or over the limit."""
    if not body.startswith(b"\x1f\x8b"):
        return body, True
    plain = bytearray()
    rest = body
    while rest.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(wbits=31)
        try:
            while not member.eof and rest and len(plain) <= limit:
                plain += member.decompress(rest, _PIECE)
                rest = member.unconsumed_tail
        except zlib.error:
            return bytes(plain[:limit]), False
        if not member.eof:
            return bytes(plain[:limit]), False
        rest = member.unused_data
    return bytes(plain), True


def _sound(body: bytes, page: Page) -> bytes:
    """A sitemap that the parser reads as it was meant: in single bytes, its ampersands escaped, its tags small."""
    if body[:2] in _WIDE:
        body = text_of(replace(page, body=body)).encode()
    if _SHOUTED.search(body, 0, 65536):
        body = _TAG.sub(lambda tag: tag[0].lower(), body)
    return with_ampersands(body)


# --- reading ---------------------------------------------------------------------------------------------------------


def _entries(body: bytes, begin: int, base: str) -> Iterator[_Entry]:
    """The entries of a sitemap, one after the other; elements that were read are let go, broken XML is mended.

    Reading begins at the root element: no DTD before it, no entities declared.
    """
    declared = _DECLARED.search(body[:begin])
    # what says UTF-16 in single bytes is not
    said = declared[1].decode() if declared and not declared[1].lower().startswith(_NOT_BYTES) else "utf-8"
    encoding = "windows-1254" if said.lower() == "utf-8" and not _is_utf8(body) else said
    stream = io.BytesIO(body)
    stream.seek(begin)
    try:
        elements = etree.iterparse(
            stream,
            events=("end",),
            tag=("{*}url", "{*}sitemap"),
            encoding=encoding,
            recover=True,
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        for _, element in elements:
            entry = _entry(element, base)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            if entry is not None:
                yield entry
    except (etree.LxmlError, LookupError, ValueError):
        # what was read until here stands; an unknown encoding gives nothing at all
        return


def _entry(element: etree._Element, base: str) -> _Entry | None:
    """An entry by the elements of its own namespace: ``image:loc`` and ``video:…`` are other things."""
    name: str = element.tag
    space = name[: name.rfind("}") + 1]
    loc = linked((element.findtext(space + "loc") or "").strip())
    url = canonical(loc) if loc[:4].lower() == "http" else (resolve(base, loc) if loc else None)
    if url is None:
        return None
    stamp = element.findtext(space + "lastmod")
    lastmod = w3c_instant(stamp) if stamp else None
    published = title = None
    for child in element:
        if isinstance(child.tag, str) and child.tag.endswith("}news"):
            day, heading = child.findtext("{*}publication_date"), child.findtext("{*}title")
            published, title = w3c_instant(day) if day else None, tidy(heading or "") or None
    is_map = name.endswith("sitemap") or _A_MAP.search(urlsplit(url).path) is not None
    return _Entry(url, lastmod, is_map, published, title, tuple(_alternates(element, base)))


def _alternates(element: etree._Element, base: str) -> Iterator[tuple[str, str]]:
    """What ``xhtml:link rel=alternate hreflang`` names (Google's extension of the protocol)."""
    for child in islice(element.iterchildren("{*}link"), MAX_ALTERNATES):
        code, href = (child.get("hreflang") or "").strip().lower(), child.get("href")
        url = resolve(base, href) if code and href else None
        if url is not None:
            yield code.replace("_", "-"), url


def _with_alternates(entries: Iterable[_Entry]) -> Iterator[_Entry]:
    """Each entry, and its other languages' URLs, which some sites name nowhere else: with the same alternates, since
    what one names as the other's form is a claim about both."""
    for entry in entries:
        yield entry
        for _, url in entry.alternates:
            if url != entry.loc:
                yield _Entry(url, None, False, alternates=entry.alternates)


def _without_empty_lastmods(entries: list[_Entry], read_at: datetime | None) -> list[_Entry]:
    """The entries without lastmod where ten or more all bear the same one, of today: that is when the file was made."""
    stamps = [entry.lastmod for entry in entries if entry.lastmod]
    if len(stamps) < 10 or max(stamps) - min(stamps) > timedelta(seconds=1) or _before(stamps[0], read_at):
        return entries
    return [replace(entry, lastmod=None) for entry in entries]


def _not_xml(step: Step) -> Found:
    page = step.page
    text = text_of(page)
    every = (line.strip() for line in text.splitlines()[:MAX_URLS])
    lines = [url for line in every if line[:4].lower() == "http" and (url := canonical(line))]
    if lines and "<" not in text[:1024]:
        return _found(step, [_Entry(url, None, False) for url in lines])
    feed = feeds.parse(page, step.endpoint)
    if feed is not None and feed.items:
        return Found(feed.items)  # a feed may stand for a sitemap, says the protocol
    kind = "a web page instead of a sitemap" if looks_like_html(text) else "something that is no sitemap"
    return trouble(f"{page.url} gives {kind}; look for the sitemap named in robots.txt")


# --- judging ---------------------------------------------------------------------------------------------------------


def _found(step: Step, entries: list[_Entry]) -> Found:
    named = named_by(step.endpoint)
    listed: dict[str, _Entry] = {}
    for entry in _with_alternates(entries):
        if not entry.is_map:
            listed[entry.loc] = _joined(listed.get(entry.loc), entry)
    pattern = re.compile(step.endpoint.article) if step.endpoint.article else None
    sections = sections_of(listed)
    candidates = tuple(
        Candidate(
            entry.loc,
            named,
            entry.published,
            entry.lastmod,
            entry.title,
            step.endpoint.kind,
            alternates=tuple(pair for pair in entry.alternates if pair[1] != entry.loc and pair[0] != "x-default"),
        )
        for entry in listed.values()
        if (pattern.search(entry.loc) if pattern else not is_no_article(entry.loc) and entry.loc not in sections)
    )
    maps = list({entry.loc: entry for entry in entries if entry.is_map and entry.loc != step.ask.url}.values())
    if not listed and not maps:
        # a part may be empty: a news sitemap is, two days after the last article
        return Found() if step.ask.page > 1 else trouble(f"the sitemap {step.page.url} names no URLs")
    if maps and step.ask.page >= MAX_DEPTH:
        nested = f"the sitemap {step.page.url} lies {MAX_DEPTH} indexes deep and names more of them"
        return Found(candidates, problem=nested, final=False)
    recent = [entry for entry in maps if not _before(entry.lastmod, step.since)]
    asks = tuple(_asks(step, recent))
    return Found(candidates, asks, final=len(recent) == len(maps))


def _joined(before: _Entry | None, entry: _Entry) -> _Entry:
    """What two namings of one URL say together."""
    if before is None:
        return entry
    return replace(
        before,
        lastmod=entry.lastmod or before.lastmod,
        published=before.published or entry.published,
        title=before.title or entry.title,
        alternates=tuple(dict.fromkeys((*before.alternates, *entry.alternates)))[:MAX_ALTERNATES],
    )


def _asks(step: Step, maps: list[_Entry]) -> Iterator[Ask]:
    """The sub-sitemaps to ask: none that by its name holds no articles, none untouched since the last run."""
    wanted = [entry for entry in maps if not _NO_ARTICLES.search(_name(entry.loc))] or maps
    depth = step.ask.page + 1
    news = step.known.newest if step.known.complete else None
    dated = sorted((entry for entry in wanted if entry.lastmod), key=_lastmod, reverse=True)
    for entry in dated:
        if not _before(entry.lastmod, news):
            yield Ask(entry.loc, "sitemap", depth)
    for group in _series(entry.loc for entry in wanted if not entry.lastmod):
        for position, loc in enumerate(group):
            # the newest articles are in the last part, or where the site counts the other way in the first
            inner = 0 < position < len(group) - 1
            yield Ask(loc, "sitemap", depth, patient=inner and step.known.complete)


def _series(locs: Iterable[str]) -> list[list[str]]:
    """Numbered parts (``sitemap3.xml``, ``?page=3``, ``2024-05``) together, the highest number first."""
    ordered = sorted(locs, key=_stem)
    return [sorted(group, key=_numbers, reverse=True) for _, group in groupby(ordered, key=_stem)]


def _stem(loc: str) -> str:
    return _NUMBERS.sub("#", loc)


def _numbers(loc: str) -> list[int]:
    return [int(number[:18]) for number in _NUMBERS.findall(loc)]


def _name(loc: str) -> str:
    """A part's file name; for WordPress without pretty permalinks (?sitemap=posts&sitemap-subtype=page) what it would
    be with them."""
    parts = urlsplit(loc)
    said = dict(parse_qsl(parts.query))
    if "sitemap" in said and not parts.path.strip("/"):
        return f"wp-sitemap-{said['sitemap']}-{said.get('sitemap-subtype', '')}-{said.get('paged', '1')}.xml"
    return unquote(parts.path.rstrip("/").rpartition("/")[2])


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(body) - 3  # cut within a letter
    return True


def _lastmod(entry: _Entry) -> datetime:
    return entry.lastmod or datetime.min.replace(tzinfo=UTC)


def _before(lastmod: datetime | None, mark: datetime | None) -> bool:
    """Whether something dated is older than a mark, with a day between them: many dates are days, many zones wrong."""
    return lastmod is not None and mark is not None and lastmod + _DAY < mark
