"""The links of a page, and which of them lead to articles: by where they stand, and by what they have in common."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import html

from pipeline.discover.addresses import is_numbered, is_slug
from pipeline.discover.documents import local_name
from pipeline.discover.frames import words_of
from pipeline.discover.values import w3c_instant
from pipeline.text import fold, tidy
from pipeline.urls import resolve

MAX_LINKS = 5000  # of one page; a listing names dozens
_MAX_CARD = 100  # elements in the block of one article
_MAX_WRAPPER = 12  # elements in what holds a link alone
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_TITLE = re.compile(r"(?:\w+[-_]+)*(?:title|headline|heading|baslik)(?:[-_]+\w+)*|summary|url", re.IGNORECASE)
_ARTICLE = re.compile(
    r"hentry|h-entry|post-outer|type-post|(?:blog|news)-?(?:post|item)|haber(?:-?(?:item|kutu))?", re.I
)
_MORE = re.compile(
    r"(?:devam\w*(?: oku\w*)?|oku(?:mak icin.*)?|haberi oku|yaziyi oku|detay\w*|incele|goruntule"
    r"|read (?:more|on|article|the .*)|continue(?: reading.*)?|more|details?|view(?: more)?|full (?:text|article)"
    r"|weiterlesen|mehr)\W*"
)
_DAY = re.compile(
    r"\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d\b|\b(?:19|20)\d\d-\d\d-\d\d\b"
    r"|\b\d{1,2}\.? [a-z]{3,9}\.?,? (?:19|20)\d\d\b|\b[a-z]{3,9}\.? \d{1,2},? (?:19|20)\d\d\b"
)
_DATED = re.compile(r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])/")
#: Where elements that are no links say where a click leads.
_CARRIERS = ("data-href", "data-url", "data-link", "data-permalink")
_CLICK = re.compile(r"(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\(|window\.open\()\s*['\"]([^'\"]+)['\"]")
#: Of a row of like links so many must look like articles by themselves for all to be taken for such.
_KIN = 0.25


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may lead to an article. ``points``: what it has of what article links have; ``shape``: the elements
    and classes around it; ``family``: its address but for what tells one article from another."""

    url: str
    text: str
    points: int = 0
    shape: str = ""
    family: str = ""
    is_like_records: bool = False  # a number in its address, or a date beside it
    is_picture: bool = False
    published: datetime | None = None


def unveil(tree: html.HtmlElement) -> None:
    """Make plain links of what leads somewhere by script alone: ``data-href``, ``onclick="location.href='…'"``."""
    for element in list(islice(tree.iter(), 100_000)):
        if isinstance(element.tag, str) and element.attrib and not _leads_on(element):
            target = _clicked(element)
            if target and not any(_leads_on(inner) for inner in islice(element.iter("a"), 50)):
                element.tag = "a"
                element.set("href", target)


def _leads_on(element: html.HtmlElement) -> bool:
    href = (element.get("href") or "").strip().lower()
    return (
        local_name(element) in ("a", "link", "area", "base")
        and bool(href)
        and not href.startswith(("#", "javascript:"))
    )


def _clicked(element: html.HtmlElement) -> str | None:
    if local_name(element) in ("button", "input", "form", "img", "video", "source", "html", "body"):
        return None  # what they load is no page; buttons that load more are for paging
    carried = next((value for name in _CARRIERS if (value := (element.get(name) or "").strip())), "")
    if carried.startswith(("/", "http://", "https://", "./", "?")) or re.match(
        r"[\w-]+\.(?:php|html?|aspx?)\b", carried
    ):
        return carried
    clicked = _CLICK.search(element.get("onclick") or "")
    return clicked[1] if clicked else None


def anchors(tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """The links of a page, in order, so many."""
    return islice((anchor for anchor in tree.iter("a") if anchor.get("href")), MAX_LINKS)


def choices(tree: html.HtmlElement) -> Iterator[tuple[html.HtmlElement, str]]:
    """The options of a page's selections that are addresses, as lists of months often are."""
    named = ((option, (option.get("value") or "").strip()) for option in islice(tree.iter("option"), MAX_LINKS))
    return ((option, value) for option, value in named if value.startswith(("/", "http://", "https://")))


def base_of(tree: html.HtmlElement, url: str) -> str:
    """What a page's relative links are relative to."""
    declared: Any = next((base.get("href") for base in tree.iter("base") if base.get("href")), None)
    return (resolve(url, declared) if declared else None) or url


def text_of(anchor: html.HtmlElement) -> str:
    """What a link says: its heading or text, what it is labelled, what its picture shows; nothing for "read on"."""
    heading = next(anchor.iter(*_HEADINGS), None)
    said = tidy((heading if heading is not None else anchor).text_content())
    pictured = next((one.get("alt") for one in anchor.iter("img") if one.get("alt")), None)
    text = said or tidy(anchor.get("title") or anchor.get("aria-label") or pictured or "")
    return "" if _MORE.fullmatch(fold(text)) else text


def date_near(anchor: html.HtmlElement) -> datetime | None:
    """The first ``time`` element of the block around a link that is small and holds no more than one heading."""
    for above, _ in zip(anchor.iterancestors(), range(6), strict=False):
        inside = [(local_name(one), one) for one in islice(above.iter(), _MAX_CARD + 1)]
        if len(inside) > _MAX_CARD or sum(name in _HEADINGS for name, _ in inside) > 1:
            return None
        stamp = next((one.get("datetime") for name, one in inside if name == "time" and one.get("datetime")), None)
        if stamp:
            return w3c_instant(stamp)
    return None


# --- judging ---------------------------------------------------------------------------------------------------------


def judged(url: str, anchor: html.HtmlElement) -> Link:
    """A link with points for what article links have: a title (2), a slug or number, a date in the address, four words,
    an article around it. Three make an article; one may come from standing in a row (see `chosen`)."""
    card = _card(anchor)
    title = _title(anchor, card)
    text = text_of(title) if title is not None else text_of(anchor)
    worded = len(text.split()) >= 4 or _is_strong(anchor)
    points = 0
    if title is not None or worded:
        points = (
            2 * (title is not None) + (is_slug(url) or _DATED.search(url) is not None) + worded + _in_article(anchor)
        )
    is_picture = next(anchor.iter("img"), None) is not None and not tidy(anchor.text_content())
    return Link(
        url,
        text,
        points,
        _shape(anchor) if text or is_picture else "",
        family_of(url),
        is_numbered(url) or _DAY.search(fold(tidy(card.text_content()[:600]))) is not None,
        is_picture,
        date_near(anchor),
    )


def chosen(links: Sequence[Link]) -> Iterator[Link]:
    """The links that look like articles' by themselves, and those that stand in one row with them."""
    rows: defaultdict[str, set[str]] = defaultdict(set)
    kin: defaultdict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in links:
        rows[link.shape].add(link.url)
        kin[link.shape, link.family].append(link)
    sure = {link.url for link in links if link.points and link.points + (len(rows[link.shape]) > 1) >= 3}
    wanted = set(sure)
    for (shape, _), members in kin.items():
        if shape and _are_articles(members, sure):
            wanted |= {link.url for link in members}
    yield from (link for link in links if link.url in wanted)


def _are_articles(row: Sequence[Link], sure: set[str]) -> bool:
    """Whether the links of one row and family are articles': enough of them by themselves; or three and more, most with
    numbers or dates as records have, or with slugs for pictures that say nothing."""
    every = {link.url: link for link in row}
    alone = sum(url in sure for url in every) / len(every)
    if alone >= _KIN:
        return True
    several = len(every) >= 3
    records = sum(link.is_like_records for link in every.values()) / len(every)
    pictures = sum(link.is_picture and is_slug(url) for url, link in every.items()) / len(every)
    return several and max(records, pictures) >= 0.75


def family_of(url: str) -> str:
    """An address with its last segment, its numbers and the values of its query left open."""
    parts = urlsplit(url)
    folder, _, last = parts.path.rstrip("/").rpartition("/")
    ending = re.sub(r"^.*?(?=\.\w{2,5}$)|^[^.]*$", "", last)
    names = ",".join(sorted(name for name, _ in parse_qsl(parts.query, keep_blank_values=True)))
    # with a query the file is a program: it tells articles from the rest
    kept = f"{folder}/{last}" if names and re.search(r"\.\w{2,5}$", last) else f"{folder}/*{ending}"
    return f"{parts.netloc}{re.sub(r'[0-9]+', '#', kept)}?{names}"


def _card(anchor: html.HtmlElement) -> html.HtmlElement:
    """The largest block around a link, up to four elements above it, in which every link leads to the same place."""
    card, href = anchor, anchor.get("href")
    for above, _ in zip(anchor.iterancestors(), range(4), strict=False):
        others = [one.get("href", href) for one in islice(above.iter("a"), _MAX_CARD)]
        if local_name(above) in ("body", "main") or len(others) == _MAX_CARD or any(one != href for one in others):
            break
        card = above
    return card


def _title(anchor: html.HtmlElement, card: html.HtmlElement) -> html.HtmlElement | None:
    """The heading that a link stands in or goes with, or what class or ``rel`` calls a title: the link itself, what
    holds nothing else, or a part of it."""
    for above, _ in zip(anchor.iterancestors(), range(3), strict=False):
        if local_name(above) in _HEADINGS:
            return above
    within = next(card.iter(*_HEADINGS), None)
    if within is not None:
        return within
    if "bookmark" in (anchor.get("rel") or "").split() or any(_is_title(one) for one in _wrappers(anchor)):
        return anchor if text_of(anchor) else None
    return next((one for one in islice(anchor.iterdescendants(), 20) if _is_title(one) and text_of(one)), None)


def _wrappers(anchor: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """A link, its parent, and the next two around it while they say nothing else."""
    yield anchor
    said = tidy(anchor.text_content())
    for number, above in zip(range(3), anchor.iterancestors(), strict=False):
        is_small = number == 0 or sum(1 for _ in islice(above.iter(), _MAX_WRAPPER)) < _MAX_WRAPPER
        if local_name(above) in ("body", "main") or not is_small or (number and tidy(above.text_content()) != said):
            return
        yield above


def _is_title(element: html.HtmlElement) -> bool:
    if not isinstance(element.tag, str):
        return False
    return any(_TITLE.fullmatch(word) for word in (*words_of(element), element.get("data-testid") or ""))


def _is_strong(anchor: html.HtmlElement) -> bool:
    return local_name(anchor.getparent()) in ("strong", "b") and bool(text_of(anchor))


def _in_article(anchor: html.HtmlElement) -> bool:
    return any(
        local_name(above) == "article" or any(_ARTICLE.fullmatch(word) for word in words_of(above))
        for above in islice(anchor.iterancestors(), 8)
    )


def _shape(anchor: html.HtmlElement) -> str:
    """The nearest five elements around a link with their classes' stems: alike for links in a row of like blocks."""
    steps = ["a"]
    for above in anchor.iterancestors():
        if len(steps) == 5 or local_name(above) in ("body", "html"):
            break
        steps.append(_step(above))
    return ">".join(steps)


def _step(element: html.HtmlElement) -> str:
    first = (element.get("class") or "").split()[:1]
    return local_name(element) + "." + re.sub(r"\d+", "#", first[0] if first else "")


def merged(links: Iterable[Link]) -> list[Link]:
    """One link a URL: the longest text, the first date."""
    found: dict[str, Link] = {}
    for link in links:
        before = found.get(link.url, Link(link.url, ""))
        found[link.url] = Link(
            link.url, max(before.text, link.text, key=len), published=before.published or link.published
        )
    return list(found.values())
