"""When a page was published and modified, each with its basis; unknown is null, never a guess from the prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml.html import HtmlElement

from pipeline.extract.dates import Stamp, find_dates, parse_date
from pipeline.extract.markup import classes, text_of
from pipeline.extract.structured import Structured

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "dc.date.created",
    "citation_publication_date",
    "citation_date",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "date",
    "og:published_time",
    "article:published",
    "datecreated",
)
_MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
)
_DATE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:date|tarih|published|posted-on|pubdate|publish-date|time|meta|byline|post-info|entry-info|post-details|info|dateline)(?:$|[\s_-])"
)
_NOT_HERE = re.compile(
    r"(?:^|[\s_-])(?:comment|comments|commentlist|yorum|related|ilgili|sidebar|widget|footer|recent|popular|card|teaser|event)"
)
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])(?:[/-](0?[1-9]|[12]\d|3[01]))?(?:/|-|$)")


@dataclass(frozen=True, slots=True)
class When:
    """Dates of a page; ``basis`` says where the published one was read."""

    published: Stamp | None = None
    modified: Stamp | None = None
    basis: str | None = None


def when(
    tree: HtmlElement, structured: Structured, *, timezone: str, now: datetime | None, chosen: Iterable[str] = ()
) -> When:
    """The dates of a page. `chosen` are texts that a source's own rules point at; they win."""
    published, basis = _first(_claims(tree, structured, chosen), timezone, now)
    modified, _ = _first(_modified(structured), timezone, now)
    printed, printed_modified = (None, None) if published and modified else _printed(tree, timezone, now)
    if published is None and printed is not None:
        published, basis = printed, "printed"
    return When(published, modified or printed_modified, basis)


def from_url(url: str, *, timezone: str) -> Stamp | None:
    """The date in a URL such as /2016/08/16/slug: a guess, for a slug may hold any number."""
    match = _URL_DATE.search(url)
    if match is None:
        return None
    year, month, day = match.group(1), match.group(2), match.group(3)
    text = f"{year}-{int(month):02}" + (f"-{int(day):02}" if day else "")
    return parse_date(text, timezone=timezone, now=None)


def _claims(tree: HtmlElement, structured: Structured, chosen: Iterable[str]) -> Iterator[tuple[str, str]]:
    yield from ((text, "rule") for text in chosen)
    yield from ((value, "json-ld") for value in structured.ld("datePublished", "dateCreated") if isinstance(value, str))
    yield from ((value, "meta") for value in structured.all(*_PUBLISHED))
    yield from ((value, "microdata") for value in _times(tree, marked=True))
    yield from ((value, "time") for value in _times(tree, marked=False))


def _modified(structured: Structured) -> Iterator[tuple[str, str]]:
    yield from ((value, "json-ld") for value in structured.ld("dateModified") if isinstance(value, str))
    yield from ((value, "meta") for value in structured.all(*_MODIFIED))


def _first(claims: Iterable[tuple[str, str]], timezone: str, now: datetime | None) -> tuple[Stamp | None, str | None]:
    for text, basis in claims:
        stamp = parse_date(text, timezone=timezone, now=now)
        if stamp is not None:
            return stamp, basis
    return None, None


def _times(tree: HtmlElement, *, marked: bool) -> Iterator[str]:
    """``<time datetime>`` of the article itself: marked as its publication, or else any in the text's frame."""
    for element in tree.iter("time", "abbr", "span", "meta"):
        name = f"{element.get('itemprop') or ''} {classes(element)}".lower()
        is_marked = "datepublished" in name or "published" in name.split() or element.get("pubdate") is not None
        if "updated" in name.split() and "published" not in name.split():
            continue
        if element.tag == "meta" or (element.tag != "time" and not is_marked) or is_marked is not marked:
            continue
        value = element.get("datetime") or element.get("title") or element.get("content") or text_of(element)
        if value and not _elsewhere(element):
            yield value.strip()


def _printed(tree: HtmlElement, timezone: str, now: datetime | None) -> tuple[Stamp | None, Stamp | None]:
    """Dates that the page prints near its headline, as (published, modified)."""
    published: Stamp | None = None
    modified: Stamp | None = None
    for line in _bylines(tree):
        for found in find_dates(line, timezone=timezone, now=now):
            if found.role == "modified":
                modified = modified or found.stamp
            elif published is None:
                published = found.stamp
        if published:
            break
    return published, modified


def _bylines(tree: HtmlElement) -> Iterator[str]:
    """Short lines that are classed as meta information, then those right behind the headline."""
    for element in tree.iter("div", "span", "p", "li", "small", "time", "a", "ul", "header", "td", "em", "i", "strong"):
        if _DATE_CLASS.search(classes(element)) and not _elsewhere(element):
            text = text_of(element)
            if 4 <= len(text) <= 200:
                yield text
    for heading in tree.iter("h1"):
        for element in heading.itersiblings():
            text = text_of(element)
            # a line about the article, not a sentence of it
            if 4 <= len(text) <= 100 and text[-1] not in ".!?…:;" and not _elsewhere(element):
                yield text


def _elsewhere(element: HtmlElement) -> bool:
    """True inside comments, cards, widgets, navigation: their dates are other texts'."""
    chain = (element, *element.iterancestors())
    inside = [node for node in chain if node.tag not in ("body", "html")]
    if any(node.tag in ("aside", "nav", "footer") or _NOT_HERE.search(classes(node)) for node in inside):
        return True
    # an article nested in another page element list is a card; the outermost article is the page's own
    articles = [node for node in inside if node.tag == "article"]
    return len(articles) > 1 or bool(articles and _is_one_of_many(articles[0]))


def _is_one_of_many(article: HtmlElement) -> bool:
    parent = article.getparent()
    return parent is not None and sum(child.tag == "article" for child in parent) > 1
