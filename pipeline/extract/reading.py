"""All that the parts of a page give, read in the one order that works: metadata and links first, then pruning, then
the body."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from lxml import etree
from lxml.html import HtmlElement

from pipeline.extract import documents, headline, markup, when, who
from pipeline.extract.body import paragraphs_of
from pipeline.extract.date_grammar import LABEL_WORDS, weekday_names
from pipeline.extract.dates import date_spans, find_dates
from pipeline.extract.links import Links, read_links
from pipeline.extract.people import is_credit, is_labelled, split_byline, without_furniture
from pipeline.extract.places import Places, is_pager
from pipeline.extract.prune import prune, silence
from pipeline.extract.standfirst import standfirst_of
from pipeline.extract.structured import Structured
from pipeline.extract.survey import Survey
from pipeline.extract.template import Applied, Template, fitting
from pipeline.extract.trimming import trimmed
from pipeline.models import Source
from pipeline.sources.selectors import compile_selector
from pipeline.text import fold

#: A line about a text is no longer; one that says a date has less beside it.
_LONGEST_LINE, _LONGEST_DATE = 120, 80
#: The line above a headline is no longer, and so many elements before it at most.
_LONGEST_KICKER, _KICKER_REACH = 30, 8
_LINE_WORDS = LABEL_WORDS | weekday_names() | {"sayi", "cilt", "issue", "volume", "vol", "no"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A parsed page with all that its parts gave; ``removed`` says what was taken out and why."""

    url: str
    survey: Survey
    said: Structured
    title: headline.Title
    standfirst: str | None
    dates: when.When
    claims: tuple[who.Claim, ...]
    links: Links
    embedded: tuple[str, ...]  # PDFs that the page shows in a frame, or names as itself in another form
    paragraphs: tuple[str, ...]
    body_basis: str
    removed: tuple[str, ...]
    has_pager: bool
    template: Template | None = None  # that the page was read with


def read(
    tree: HtmlElement,
    said: Structured,
    url: str,
    source: Source,
    *,
    now: datetime | None,
    templates: Sequence[Template] = (),
) -> Reading:
    """Read a page; `tree` is spent. A source's rules win over what its pages say, and of its templates the
    newest that fits fills in."""
    rules = source.extraction
    marked = [element for selector in rules.body for element in select(tree, selector)]
    unwanted = [element for selector in rules.prune for element in select(tree, selector)]
    titles, dated, authors = (_texts(tree, selectors) for selectors in (rules.title, rules.date, rules.author))
    embedded = documents.embedded(tree, said, url)
    silence(tree)
    survey = Survey(tree)
    places = Places(survey)
    applied = fitting(templates, survey)
    sites = site_names(source, said)
    title = _title(places, said, applied, titles, [*sites, *headline.brand_names(places, url)])
    american = applied is not None and applied.template.month_first
    dates = when.when(
        places, said, title.number, timezone=source.timezone, now=now, chosen=dated, url=url, month_first=american
    )
    if dates.published is None and applied is not None:
        dates = _dates_at_spots(applied, dates, source, now)
    claims = tuple(_claims(places, said, title.number, applied, authors, sites))
    links = read_links(places, said, url)
    has_pager = any(is_pager(name) for name in survey.names)
    under = standfirst_of(places, title)
    about = _lines_about(places, title.number)
    heading = _headline_and_kicker(survey, title.number)
    removed = prune(survey, url, unwanted, applied.furniture() if applied else (), about)
    standfirst = under[1] if under and not survey.is_gone(under[0]) else None
    if marked:
        lines = [line for part in marked for line in markup.lines_of(part)]
        paragraphs, basis = trimmed(lines, title.text), "rule"
    else:
        paragraphs, basis = paragraphs_of(survey, url, title.text, applied.body() if applied else None)
    printed = {fold(text) for texts, basis in claims if basis in ("byline", "template", "printed") for text in texts}
    paragraphs = trimmed(_without_byline(paragraphs, {*printed, *heading}), title.text)
    return Reading(
        url,
        survey,
        said,
        title,
        standfirst,
        dates,
        claims,
        links,
        embedded,
        tuple(paragraphs),
        basis,
        tuple(removed),
        has_pager,
        applied.template if applied else None,
    )


def site_names(source: Source, said: Structured) -> list[str]:
    """What the source is called, by its catalogue entry and by itself."""
    return [name for name in (source.name, source.id, headline.site_name(said)) if name]


def select(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a source's CSS selector or XPath expression finds; the catalogue has checked its syntax."""
    try:
        found = compile_selector(selector)(tree)
    except etree.XPathError:
        return []
    return [element for element in found if isinstance(element, HtmlElement)] if isinstance(found, list) else []


def _texts(tree: HtmlElement, selectors: Sequence[str]) -> list[str]:
    elements = [element for selector in selectors for element in select(tree, selector)]
    return [text for element in elements if (text := element.get("datetime") or markup.text_of(element))]


def _title(
    places: Places, said: Structured, applied: Applied | None, ruled: Sequence[str], sites: Sequence[str]
) -> headline.Title:
    common = applied.template.common_titles if applied else ()
    found = headline.title_of(places, said, frozenset(common), sites)
    if ruled:
        return replace(found, text=ruled[0], basis="rule")
    if applied is not None and found.basis in (None, "title"):
        for number in applied.at(applied.template.title):
            text = markup.text_of(places.survey.elements[number])
            if text and fold(text) not in common:
                return headline.Title(text, "template", number)
    return found


def _dates_at_spots(applied: Applied, dates: when.When, source: Source, now: datetime | None) -> when.When:
    for text in applied.texts(applied.template.date):
        for found in find_dates(text, timezone=source.timezone, now=now, month_first=applied.template.month_first):
            if found.role != "modified":
                return when.When(found.stamp, dates.modified, "template")
    return dates


def _claims(
    places: Places,
    said: Structured,
    headline_number: int | None,
    applied: Applied | None,
    ruled: Sequence[str],
    sites: Sequence[str],
) -> Iterator[who.Claim]:
    """Who is named, most trustworthy first: the source's rule, the page's data, its marked bylines, the line where the
    template says that bylines stand, other lines; last the one uploader of all pages."""
    if ruled:
        yield ruled, "rule"
    found = who.claims_of(places, said, headline_number)
    if applied is None:
        yield from who.until_named(found, sites)
        return
    claims = list(found)
    uploaders = frozenset(applied.template.uploaders)
    late = [claim for claim in claims if claim[1] in ("json-ld", "meta") and _names_only(claim[0], uploaders)]
    yield from (claim for claim in claims if claim[1] in ("json-ld", "meta", "byline") and claim not in late)
    yield from (([text], "template") for text in applied.texts(applied.template.byline))
    yield from (claim for claim in claims if claim[1] not in ("json-ld", "meta", "byline"))
    yield from late


def _lines_about(places: Places, headline: int | None) -> list[int]:
    """The lines between headline and text that are called a byline or a date."""
    survey, chosen = places.survey, list[int]()
    for number in places.window(headline):
        name = survey.names[number]
        if name == " " or headline is None or number <= headline or not 0 < survey.size(number) <= _LONGEST_LINE:
            continue
        if who.is_author_class(name) or (when.is_date_class(name) and survey.size(number) <= _LONGEST_DATE):
            chosen.append(number)
    return chosen


def _headline_and_kicker(survey: Survey, headline: int | None) -> set[str]:
    """The headline (folded), and the short line above it that says what the text is ("Analysis")."""
    if headline is None:
        return set()
    above = range(max(headline - _KICKER_REACH, 0), headline)
    blocks = (n for n in above if survey.ends[n] <= headline and 2 < survey.size(n) <= _LONGEST_KICKER)
    return {fold(markup.text_of(survey.elements[number])) for number in (headline, *blocks)}


def _without_byline(lines: Sequence[str], printed: Collection[str]) -> Sequence[str]:
    """A text without the lines on top, or below a standfirst, that say when or by whom it was written and nothing else.
    Of names alone those go that are `printed` (folded) as bylines; others may be headings, as dates alone may below."""
    start = 0
    while start < min(4, len(lines) - 1) and (fold(lines[start]) in printed or _is_byline(lines[start])):
        start += 1
    first, rest = lines[start : start + 1], lines[start + 1 :]
    while len(rest) > 1 and (fold(rest[0]) in printed or (_is_byline(rest[0]) and split_byline(rest[0]).byline)):
        rest = rest[1:]
    return [*first, *rest]


def _is_byline(line: str) -> bool:
    if len(line) > _LONGEST_LINE:
        return False
    spans = date_spans(line)
    if line[-1] in ".!?:" and sum(end - start for start, end in spans) < 0.6 * len(line):
        return False
    if len(line) > 4 and any(char.isdigit() for char in line) and not without_furniture(line):
        return True  # dates and counts; "Giriş" and "2016" are headings
    if not spans:
        return is_credit(line) or (is_labelled(line) and bool(split_byline(line).authors))
    rest = " ".join(line[end:start] for (_, end), (start, _) in pairwise([(0, 0), *spans, (len(line), 0)]))
    words = [
        word
        for word in fold(rest).split()
        if word.strip(":.,;|-()") not in _LINE_WORDS and re.search(r"[^\W\d_]", word)
    ]
    byline = split_byline(line)
    names = byline.authors or byline.organisations
    return not words or (bool(names) and len(words) <= 4 + 2 * sum(len(name.split()) for name in names))


def _names_only(texts: Iterable[str], names: frozenset[str]) -> bool:
    return all(fold(text) in names for text in texts)
