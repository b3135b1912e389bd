"""When a page was published and modified, each with its basis; unknown is null, never a guess from the prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from pipeline.extract.dates import Stamp, find_dates, parse_date
from pipeline.extract.markup import text_of
from pipeline.extract.places import Places
from pipeline.extract.structured import Structured
from pipeline.extract.survey import plain_name

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
    r"(?:^|[\s_-])(?:dates?|tarih|tarihi|published|posted|posted-on|pubdate|publish-date|time|meta|byline|post-info|entry-info|"
    r"post-details|info|dateline|documentbyline|submitted|created|createdate|create)(?:$|[\s_-])"
)
_TIME_TAGS = frozenset(("time", "abbr", "span", "div", "p"))
_LINE_TAGS = frozenset("div span p li small time a ul header td em i strong b dd font h2 h3 h4 h5 h6 abbr".split())
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])(?:[/-](0?[1-9]|[12]\d|3[01]))?(?:/|-|$)")


@dataclass(frozen=True, slots=True)
class When:
    """Dates of a page; ``basis`` says where the published one was read."""

    published: Stamp | None = None
    modified: Stamp | None = None
    basis: str | None = None


def when(
    places: Places,
    structured: Structured,
    headline: int | None,
    *,
    timezone: str,
    now: datetime | None,
    chosen: Iterable[str] = (),
) -> When:
    """The dates of a page. `chosen` are texts that a source's own rules point at; they win."""
    published, basis = _first(_claims(places, structured, chosen), timezone, now)
    modified, _ = _first(_modified(structured), timezone, now)
    printed, printed_modified = (None, None) if published and modified else _printed(places, headline, timezone, now)
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


def _claims(places: Places, structured: Structured, chosen: Iterable[str]) -> Iterator[tuple[str, str]]:
    yield from ((text, "rule") for text in chosen)
    yield from ((value, "json-ld") for value in structured.ld("datePublished", "dateCreated") if isinstance(value, str))
    yield from ((value, "meta") for value in structured.all(*_PUBLISHED))
    yield from ((value, "microdata") for value in _times(places, marked=True))
    yield from ((value, "time") for value in _times(places, marked=False))


def _modified(structured: Structured) -> Iterator[tuple[str, str]]:
    yield from ((value, "json-ld") for value in structured.ld("dateModified") if isinstance(value, str))
    yield from ((value, "meta") for value in structured.all(*_MODIFIED))


def _first(claims: Iterable[tuple[str, str]], timezone: str, now: datetime | None) -> tuple[Stamp | None, str | None]:
    for text, basis in claims:
        stamp = parse_date(text, timezone=timezone, now=now)
        if stamp is not None:
            return stamp, basis
    return None, None


def _times(places: Places, *, marked: bool) -> Iterator[str]:
    """``<time datetime>`` of the article itself: marked as its publication, or else any in the text's frame."""
    for number, element in enumerate(places.survey.elements):
        if element.tag not in _TIME_TAGS:
            continue
        name = f"{element.get('itemprop') or ''} {places.survey.names[number]}".lower()
        is_marked = "datepublished" in name or "published" in name.split() or element.get("pubdate") is not None
        is_marked = is_marked or "dt-published" in name.split()
        if ("updated" in name.split() or "datemodified" in name) and "published" not in name:
            continue
        if element.tag == "meta" or (element.tag != "time" and not is_marked) or is_marked is not marked:
            continue
        value = element.get("datetime") or element.get("title") or element.get("content") or text_of(element)
        if value and not places.elsewhere(number):
            yield value.strip()


def _printed(
    places: Places, headline: int | None, timezone: str, now: datetime | None
) -> tuple[Stamp | None, Stamp | None]:
    """Dates that the page prints near its headline, as (published, modified)."""
    published: Stamp | None = None
    modified: Stamp | None = None
    for line in _bylines(places, headline):
        for found in find_dates(line, timezone=timezone, now=now):
            if found.role == "modified":
                modified = modified or found.stamp
            elif published is None:
                published = found.stamp
        if published:
            break
    return published, modified


@lru_cache(maxsize=8192)
def _is_date_class(name: str) -> bool:
    return bool(_DATE_CLASS.search(plain_name(name)))


def _bylines(places: Places, headline: int | None) -> Iterator[str]:
    """Lines that are classed as meta information beside the headline, lines without a class there, then classed ones
    anywhere: a line about the article, not a sentence of it."""
    survey = places.survey
    window = places.window(headline)
    near = [number for number in window if _is_line(places, number)]
    classed = [number for number in near if survey.names[number] != " " and _is_date_class(survey.names[number])]
    yield from (text_of(survey.elements[number]) for number in classed)
    for number in near:
        text = text_of(survey.elements[number])
        if len(text) <= 100 and text[-1:] not in tuple(".!?…:;"):
            yield text
    for number, name in enumerate(survey.names):
        if number not in window and name != " " and _is_date_class(name) and _is_line(places, number):
            yield text_of(survey.elements[number])


def _is_line(places: Places, number: int) -> bool:
    element = places.survey.elements[number]
    return element.tag in _LINE_TAGS and 4 <= places.survey.size(number) <= 200 and not places.elsewhere(number)
