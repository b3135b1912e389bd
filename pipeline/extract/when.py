"""When a page was published and modified, each with its basis; unknown is null, never a guess from the prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from lxml.html import HtmlElement

from pipeline.extract.date_grammar import EITHER_WAY
from pipeline.extract.dates import Stamp, date_spans, find_dates, parse_date, role_of
from pipeline.extract.markup import text_of
from pipeline.extract.places import Places
from pipeline.extract.structured import Structured
from pipeline.extract.survey import plain_name
from pipeline.text import fold

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
    r"post-details|info|dateline|documentbyline|documentpublished|submitted|created|createdate|create)(?:$|[\s_-])|"
    r"(?:lbl|lit|ltr|txt)_?(?:tarih|date)"  # ASP.NET
)
#: What RDFa calls the date of an article (Drupal).
_RDFA = frozenset("dc:created dc:date dcterms:created schema:datecreated schema:datepublished datepublished".split())
#: Elements that say when a page was last changed, for readers or for machines.
_CHANGED = frozenset(
    "updated modified last-updated last-modified date-modified entry-modified documentmodified guncelleme".split()
)
_SLASHED = re.compile(r"(?<![0-9/])([0-9]{1,2})/([0-9]{1,2})/(?:19|20)[0-9]{2}(?![0-9])")
_TIME_TAGS = frozenset(("time", "abbr", "span", "div", "p"))
_LINE_TAGS = frozenset("div span p li small time a ul header td em i strong b dd font h2 h3 h4 h5 h6 abbr".split())
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])(?:[/-](0?[1-9]|[12]\d|3[01]))?(?:/|-|$)")


@dataclass(frozen=True, slots=True)
class When:
    """Dates of a page; ``basis`` says where the published one was read, ``text`` what it was read from."""

    published: Stamp | None = None
    modified: Stamp | None = None
    basis: str | None = None
    text: str = ""


def when(
    places: Places,
    structured: Structured,
    headline: int | None,
    *,
    timezone: str,
    now: datetime | None,
    chosen: Iterable[str] = (),
    url: str = "",
    month_first: bool = False,
) -> When:
    """The dates of a page. `chosen` are texts that a source's own rules point at; they win. 08/12/2016 is the 8th of
    December unless `month_first`, the URL or other dates of the page say otherwise."""
    found = _first(_claims(places, structured, chosen), timezone, now, month_first=month_first)
    modified = _first(_modified(structured), timezone, now, month_first=month_first).published
    if found.published is None or modified is None:
        printed = _printed(places, headline, timezone, now, month_first=month_first)
        modified = modified or printed.modified
        found = printed if found.published is None else found
    if not month_first and EITHER_WAY.search(found.text) and _is_american(places, found.published, url):
        return when(places, structured, headline, timezone=timezone, now=now, chosen=chosen, month_first=True)
    return replace(found, modified=modified)


def is_american(text: str) -> bool | None:
    """Whether a text has dates with the month first (08/25/2016), or with the day (25/08/2016); None for neither."""
    pairs = [(int(first), int(second)) for first, second in _SLASHED.findall(text)]
    month_first = any(first <= 12 < second for first, second in pairs)
    day_first = any(second <= 12 < first for first, second in pairs)
    return month_first if month_first is not day_first else None


def _is_american(places: Places, published: Stamp | None, url: str) -> bool:
    """True when a date that may be read either way is an American one: the URL has its month, or else all dates of the
    page that can be read in one way only begin with the month."""
    named = from_url(url, timezone="UTC")
    if named and published and named.day.year == published.day.year and named.day.month != published.day.month:
        return named.day.month == published.day.day
    pieces = (piece for element in places.survey.elements for piece in (element.text, element.tail))
    return not named and is_american("\n".join(piece for piece in pieces if piece and "/" in piece)) is True


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


def _first(claims: Iterable[tuple[str, str]], timezone: str, now: datetime | None, *, month_first: bool) -> When:
    for text, basis in claims:
        stamp = parse_date(text, timezone=timezone, now=now, month_first=month_first)
        if stamp is not None:
            return When(stamp, None, basis, text)
    return When()


def _times(places: Places, *, marked: bool) -> Iterator[str]:
    """``<time datetime>`` of the article itself: marked as its publication, or else any in the text's frame."""
    names, properties = places.survey.names, places.survey.properties
    for number, element in enumerate(places.survey.elements):
        tag = element.tag
        if tag not in _TIME_TAGS or (tag != "time" and not marked):
            continue
        name, rdfa = f"{properties.get(number, '')} {names[number]}", element.get("property")
        if tag != "time" and name == "  " and not rdfa:
            continue
        tokens = name.split()
        is_marked = "datepublished" in name or "published" in tokens or "dt-published" in tokens
        is_marked = is_marked or element.get("pubdate") is not None
        is_marked = is_marked or bool(rdfa and not _RDFA.isdisjoint(rdfa.lower().split()))
        if ("updated" in tokens or "datemodified" in name) and "published" not in name:
            continue
        if is_marked is not marked or (not marked and role_of(_before(element)) == "modified"):
            continue
        value = element.get("datetime") or element.get("content") or element.get("title") or text_of(element)
        if value and not places.elsewhere(number):
            yield value.strip()


def _before(element: HtmlElement) -> str:
    """What is printed right before an element, folded: its label."""
    previous, parent = element.getprevious(), element.getparent()
    text = parent.text if previous is None and parent is not None else previous.tail if previous is not None else ""
    if not (text or "").strip() and previous is not None:
        text = text_of(previous)
        text = "" if any(map(str.isdigit, text)) else text  # with a date of its own it labels that
    return fold((text or "")[-60:])


def _printed(places: Places, headline: int | None, timezone: str, now: datetime | None, *, month_first: bool) -> When:
    """Dates that the page prints near its headline. That of a change is the same date inside of its line, where its
    label does not stand."""
    survey, changes = places.survey, list[range]()
    modified: Stamp | None = None
    for number in _bylines(places, headline):
        text = _said_of_this(places, number, headline, timezone)
        changed = _changed_in(places, number)
        for found in find_dates(text, timezone=timezone, now=now, month_first=month_first):
            said = text[found.start : found.end]
            if found.role == "modified" or any(said in one for one in changed):
                modified = modified or found.stamp
                changes.append(survey.inside(number))
                changed = [one.replace(said, "", 1) for one in changed]
            elif not (found.stamp == modified and _is_in(changes, number)):
                return When(found.stamp, modified, "printed", text)
        short = parse_date(text, timezone=timezone, now=now, month_first=month_first) if len(text) <= 12 else None
        # 12.08.16, which may be anything inside of a line
        if short is not None and not (short == modified and _is_in(changes, number)):
            return When(short, modified, "printed", text)
    return When(modified=modified)


def _said_of_this(places: Places, number: int, headline: int | None, timezone: str) -> str:
    """A line without titles that have a date in them ("Ayın Özeti: Şubat 2026"): the page's own, and those of other
    texts, which are links that say more than when."""
    survey = places.survey
    text = text_of(survey.elements[number])
    if not date_spans(text):
        return text
    around = [up for up in (number, *survey.ancestors(number)) if survey.elements[up].tag == "a" or up == headline]
    inside = [each for each in survey.inside(number) if survey.elements[each].tag == "a" or each == headline]
    own = () if headline is None else (headline,)  # which a breadcrumb repeats
    for title in dict.fromkeys((*around, *inside, *own)):
        said = text_of(survey.elements[title])
        if date_spans(said) and not _is_date(said) and parse_date(said, timezone=timezone, now=None) is None:
            if title in around and not _is_date(text):
                return ""
            text = text.replace(said, " ", 1)
    return text


def _is_in(ranges: Iterable[range], number: int) -> bool:
    return any(number in each for each in ranges)


def _changed_in(places: Places, number: int) -> list[str]:
    """What those parts of an element say that are named after the page's last change."""
    survey = places.survey
    inside = (each for each in survey.inside(number) if survey.names[each] != " ")
    named = ((each, survey.names[each].split()) for each in inside)
    chosen = (each for each, names in named if not _CHANGED.isdisjoint(names) and "published" not in names)
    return [text_of(survey.elements[each]) for each in chosen]


@lru_cache(maxsize=8192)
def is_date_class(name: str) -> bool:
    """True for a line that is called a date, or what is printed about a text."""
    return bool(_DATE_CLASS.search(plain_name(name)))


def _bylines(places: Places, headline: int | None) -> Iterator[int]:
    """Lines that are classed as meta information beside the headline, lines without a class there, then classed ones
    anywhere: a line about the article, not a sentence of it."""
    survey = places.survey
    window = places.window(headline)
    near = [number for number in window if _is_line(places, number)]
    classed = [number for number in near if survey.names[number] != " " and is_date_class(survey.names[number])]
    yield from classed
    for number in near:
        text = text_of(survey.elements[number])
        if len(text) <= 100 and (text[-1:] not in tuple(".!?…:;") or _is_date(text)):
            yield number
    for number, name in enumerate(survey.names):
        if number not in window and name != " " and is_date_class(name) and _is_line(places, number):
            yield number


def _is_date(text: str) -> bool:
    """True for a line of which most is a date (12 августа 2016 г.)."""
    return sum(end - start for start, end in date_spans(text)) >= 0.6 * len(text)


def _is_line(places: Places, number: int) -> bool:
    element = places.survey.elements[number]
    return element.tag in _LINE_TAGS and 3 <= places.survey.size(number) <= 200 and not places.elsewhere(number)
