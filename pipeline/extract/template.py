"""What a source's pages have in common: their furniture, and where title, byline, date and body stand.

Learned once from a sample of archived pages, kept as a value, and given to `extract`, which stays pure: results depend
neither on order nor on timing. A text that repeats only on near-identical pages (mirrors, syndication) is no template,
and neither is one that stands in the body as its paragraphs do (a legal note at the end of each article).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.errors import Rejected
from pipeline.extract import charset, headline, markup, structured, when, who
from pipeline.extract.dates import find_dates
from pipeline.extract.given_names import looks_like_a_name
from pipeline.extract.layout import blocks_of, box_of, is_within, paths_of
from pipeline.extract.people import split_byline
from pipeline.extract.places import Places
from pipeline.extract.prune import silence
from pipeline.extract.survey import Survey
from pipeline.models import Page, Source
from pipeline.text import fold

#: How many pages a template is learned from, and fewer than which say nothing.
SAMPLE, FEWEST = 80, 5
#: A text is the site's when so many unlike pages carry it.
_REPEATS = 3
#: A path is furniture when so much of what stands there repeats.
_FURNITURE = 0.6
#: A spot is where a field stands when it does so on this part of the pages.
_SUPPORT = 0.5
_LONG = 60
#: A byline or a date is no longer; of those at one path near the headline the first few are looked at.
_LONGEST_LINE, _PLACES = 100, 6
_NUMBER = re.compile(r"\d+")
#: Where a line stands: its path, and its place where several stand there.
_Line = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Spot:
    """A path in the layout and on how many of the sample's pages it was found so. Where several lines stand at a path,
    ``place`` is this one's among them."""

    path: str
    support: int
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """What one source's pages have in common. ``version`` is the store's count of its templates (0: not stored).

    ``furniture``: paths whose text repeats or leads to other articles. ``title``, ``byline``, ``date``, ``body``: where
    these stand, best first. ``common_titles``: folded headings and declared titles that many pages share.
    ``uploaders``: folded names that the metadata of all pages give while the pages print others. ``habits``: what
    nearly all articles have: ``dated``, ``signed``, ``declared`` (as articles, by their structured data).
    ``month_first``: dates are American.
    """

    source: str
    pages: int = 0
    version: int = 0
    furniture: tuple[Spot, ...] = ()
    title: tuple[Spot, ...] = ()
    byline: tuple[Spot, ...] = ()
    date: tuple[Spot, ...] = ()
    body: tuple[Spot, ...] = ()
    common_titles: tuple[str, ...] = ()
    uploaders: tuple[str, ...] = ()
    habits: tuple[str, ...] = ()
    month_first: bool = False


def sample(urls: Iterable[str], size: int = SAMPLE) -> list[str]:
    """The URLs to learn from: those with the lowest hashes, so that order and crashes do not matter."""
    return sorted(set(urls), key=lambda url: (hashlib.sha256(url.encode()).digest(), url))[:size]


def learn(pages: Iterable[Page], source: Source) -> Template:
    """The template of a source's article pages, empty where they are too few. Unparsable ones are passed over."""
    ordered = sorted(pages, key=lambda page: page.url)
    laid = [page for page in (_laid_out(page, source) for page in ordered) if page is not None]
    groups = _groups(laid)
    if len(set(groups)) < FEWEST:
        return Template(source.id, len(laid))
    repeated = _repeated_texts(laid, groups)
    body = _spots(Counter(path for page in laid if (path := _body_path(page, repeated))), len(laid))
    if not body:  # no page has prose of its own: bulletins of one text, whose paragraphs would pass for furniture
        return Template(source.id, len(laid))
    outer = [spot.path for spot in body[:1]]
    common = frozenset(_common_titles(laid))
    titles = [page.paths[page.title] for page in laid if page.title is not None and page.headline not in common]
    dates, bylines = _date_paths(laid, source, outer), _byline_paths(laid, source, outer)
    return Template(
        source.id,
        len(laid),
        furniture=tuple(_furniture(laid, groups, repeated, outer)),
        title=_spots(Counter(titles), len(laid)),
        byline=_line_spots(bylines, len(laid)),
        date=_line_spots(dates, len(laid)),
        body=body[:1],
        common_titles=tuple(sorted(common)),
        uploaders=tuple(_uploaders(laid, source, bool(bylines))),
        habits=tuple(_habits([page for page in laid if not body or body[0].path in page.paths])),
        month_first=when.is_american("\n".join(page.dated for page in laid)) is True,
    )


def strangers(templates: Sequence[Template], pages: Iterable[Page]) -> list[Page]:
    """The pages that none of these templates fits: where they are most of what was fetched, the layout has changed.
    Pages that cannot be parsed are nobody's."""
    surveyed = ((page, _surveyed(page)) for page in pages)
    return [page for page, survey in surveyed if survey is not None and fitting(templates, survey) is None]


def _surveyed(page: Page) -> Survey | None:
    try:
        tree = markup.parse(charset.decode(page.body, page.content_type).text)
    except Rejected:
        return None
    silence(tree)
    return Survey(tree)


# --- using it --------------------------------------------------------------------------------------------------------


def fitting(templates: Sequence[Template], survey: Survey) -> Applied | None:
    """The first of a source's templates (newest first) that knows where this page's body stands, else the first most of
    whose furniture is there; None where none fits, and the page is to be read alone."""
    if not any(template.pages for template in templates):
        return None
    paths = paths_of(survey)
    present = frozenset(paths)
    for knows in (_knows_body, _knows_furniture):
        for template in templates:
            if knows(template, present):
                return Applied(template, survey, paths)
    return None


def _knows_body(template: Template, present: Collection[str]) -> bool:
    return any(spot.path in present for spot in template.body or template.title)


def _knows_furniture(template: Template, present: Collection[str]) -> bool:
    steady = [spot for spot in template.furniture if spot.support >= _SUPPORT * template.pages]
    return bool(steady) and sum(spot.path in present for spot in steady) * 2 > len(steady)


@dataclass(frozen=True)
class Applied:
    """A template laid over one page."""

    template: Template
    survey: Survey
    paths: Sequence[str]

    @cached_property
    def _by_path(self) -> Mapping[str, list[int]]:
        wanted = {
            spot.path
            for part in (self.template.furniture, self.template.title, self.template.byline, self.template.date)
            for spot in part
        } | {spot.path for spot in self.template.body}
        found: dict[str, list[int]] = {}
        for number, path in enumerate(self.paths):
            if path in wanted:
                found.setdefault(path, []).append(number)
        return found

    def at(self, spots: Sequence[Spot]) -> Iterator[int]:
        """The elements of this page at these spots."""
        return (number for spot in spots for number in self._by_path.get(spot.path, ()))

    def texts(self, spots: Sequence[Spot]) -> list[str]:
        """What this page prints at these spots, where it prints one thing there."""
        return [text for spot in spots for number in self._line(spot) if (text := self._text(number))]

    def _line(self, spot: Spot) -> list[int]:
        found = self._by_path.get(spot.path, [])
        if spot.place is None:
            return found if len(found) == 1 else []
        return found[spot.place : spot.place + 1]

    def _text(self, number: int) -> str:
        return markup.text_of(self.survey.elements[number]) if self.survey.size(number) <= _LONGEST_LINE else ""

    def furniture(self) -> list[int]:
        """The elements to take out: never one that holds the body."""
        bodies = list(self.at(self.template.body))
        ends = self.survey.ends
        return [
            number
            for number in self.at(self.template.furniture)
            if not any(number <= body < ends[number] for body in bodies)
        ]

    def body(self) -> int | None:
        """The element that holds the body: the largest at its spot."""
        found = [number for number in self.at(self.template.body) if not self.survey.is_gone(number)]
        return max(found, key=self.survey.size, default=None)


# --- learning it -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Laid:
    """One page of the sample: its blocks with their texts and paths."""

    url: str
    survey: Survey
    places: Places
    said: structured.Structured
    paths: list[str]
    blocks: list[int]
    texts: list[str]
    title: int | None
    claims: list[who.Claim] = field(default_factory=list)
    habits: frozenset[str] = frozenset()
    dated: str = ""  # as the page prints it

    @property
    def headline(self) -> str:
        return "" if self.title is None else fold(markup.text_of(self.survey.elements[self.title]))


def _laid_out(page: Page, source: Source) -> _Laid | None:
    try:
        tree = markup.parse(charset.decode(page.body, page.content_type).text)
    except Rejected:
        return None
    said = structured.read(tree)
    silence(tree)
    survey = Survey(tree)
    places = Places(survey)
    sites = [source.name, *headline.brand_names(places, page.url)]
    title = headline.title_of(places, said, sites=sites)
    blocks = list(blocks_of(survey))
    texts = [_normal(markup.text_of(survey.elements[number])) for number in blocks]
    claims = list(who.claims_of(places, said, title.number))
    declared = [claim for claim in claims if claim[1] in ("json-ld", "meta")]
    dates = when.when(places, said, title.number, timezone=source.timezone, now=None)
    had = {"dated": dates.published is not None, "signed": who.is_signed(claims), "declared": said.is_article}
    habits = frozenset(name for name, has in had.items() if has)
    paths = paths_of(survey)
    return _Laid(page.url, survey, places, said, paths, blocks, texts, title.number, declared, habits, dates.text)


def _normal(text: str) -> str:
    """A text for comparing: folded, each number as one sign, however many digits it has."""
    return _NUMBER.sub("#", fold(text))


def _groups(pages: Sequence[_Laid]) -> list[int]:
    """For each page the number of the first page that it nearly equals: mirrors and syndicated copies are one."""
    common = Counter(text for page in pages for text in set(page.texts) if len(text) >= _LONG)
    every = [{text for text in page.texts if len(text) >= _LONG} for page in pages]
    own = [{text for text in texts if common[text] * 3 <= max(len(pages), 6)} for texts in every]
    groups: list[int] = []
    for number in range(len(pages)):
        # where copies are most of the sample nothing is a page's own, and the whole must be compared
        sets = own if own[number] else every
        alike = (other for other in range(number) if _alike(sets[number], sets[other]))
        groups.append(next((groups[other] for other in alike), number))
    return groups


def _alike(one: set[str], other: set[str]) -> bool:
    return bool(one) and len(one & other) * 2 >= max(len(one), len(other))


def _repeated_texts(pages: Sequence[_Laid], groups: Sequence[int]) -> set[str]:
    seen: dict[str, set[int]] = defaultdict(set)
    for page, group in zip(pages, groups, strict=True):
        for text in page.texts:
            seen[text].add(group)
    return {text for text, where in seen.items() if len(where) >= _REPEATS}


def _body_path(page: _Laid, repeated: Collection[str]) -> str | None:
    """The path of the smallest element around this page's own prose: the parents of long unlinked blocks that no other
    page has, the richest of them first."""
    survey = page.survey
    prose: Counter[int] = Counter()
    for number, text in zip(page.blocks, page.texts, strict=True):
        is_prose = len(text) >= _LONG and text not in repeated and survey.linked(number) < 0.3
        if is_prose and survey.parents[number] >= 0 and not page.places.elsewhere(number):
            prose[survey.parents[number]] += len(text)
    if not prose:
        return None
    richest = page.paths[prose.most_common(1)[0][0]]
    alike = [number for number in prose if page.paths[number] == richest]
    return page.paths[_around(survey, alike)]


def _around(survey: Survey, numbers: Sequence[int]) -> int:
    """The smallest element that holds all of these."""
    first, last = min(numbers), max(numbers)
    return next(number for number in (first, *survey.ancestors(first)) if survey.ends[number] > last)


def _spots(found: Counter[str], pages: int) -> tuple[Spot, ...]:
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Spot(path, support) for path, support in ranked[:3] if support >= _SUPPORT * pages)


def _line_spots(found: Counter[_Line], pages: int) -> tuple[Spot, ...]:
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or 0))
    chosen = [item for item in ranked[:3] if item[1] >= _SUPPORT * pages]
    return tuple(Spot(path, support, place) for (path, place), support in chosen)


@dataclass(slots=True)
class _Tally:
    """What stands at one path on all pages: how much of it repeats or is links, its boxes with their sizes, and those
    that lead elsewhere."""

    groups: set[int] = field(default_factory=set)
    repeated: int = 0
    linked: int = 0
    boxes: dict[tuple[int, int], int] = field(default_factory=dict)
    leading: set[tuple[int, int]] = field(default_factory=set)


def _furniture(
    pages: Sequence[_Laid], groups: Sequence[int], repeated: Collection[str], body: Sequence[str]
) -> Iterator[Spot]:
    """Paths of blocks and of boxes whose text repeats or leads elsewhere. In the body a box must be named, for its
    paragraphs and headings may repeat ("Sonuç", a legal note)."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for order, (page, group) in enumerate(zip(pages, groups, strict=True)):
        for number, text in zip(page.blocks, page.texts, strict=True):
            for path, unit in _units(page, number, body).items():
                tally = tallies[path]
                _count(tally, group, text, text in repeated, page.survey.linked(number))
                tally.boxes[order, unit] = page.survey.size(unit)
                if page.survey.links[unit] and not any(is_within(path, inner) for inner in body):
                    tally.leading.add((order, unit))
    chosen: set[str] = set()
    for path in sorted(tallies, key=len):
        tally = tallies[path]
        if len(tally.groups) >= _REPEATS and _is_furniture(tally) and not any(is_within(path, p) for p in chosen):
            chosen.add(path)
            yield Spot(path, len(tally.groups))


def _units(page: _Laid, number: int, body: Sequence[str]) -> dict[str, int]:
    """The paths that a block speaks for, each with its element: its own (outside of the body) and its box's, unless
    that holds the body."""
    box = box_of(page.survey, page.paths, number)
    is_inside = any(is_within(page.paths[number], inner) for inner in body)
    units = {page.paths[unit]: unit for unit in ((box,) if is_inside else (number, box))}
    return {path: unit for path, unit in units.items() if not _holds(path, body)}


def _holds(path: str, body: Sequence[str]) -> bool:
    return any(path == inner or is_within(inner, path) for inner in body)


def _count(tally: _Tally, group: int, text: str, is_repeated: bool, linked: float) -> None:
    tally.groups.add(group)
    tally.repeated += len(text) if is_repeated else 0
    tally.linked += len(text) if linked > 0.5 else 0


def _is_furniture(tally: _Tally) -> bool:
    """True for what repeats, for what is links, and for cards: several boxes a page that all lead elsewhere."""
    size = sum(tally.boxes.values())  # with what stands in boxes of their own inside
    if tally.repeated >= _FURNITURE * size or tally.linked >= 0.8 * size:
        return True
    cards, pages = len(tally.leading), len({order for order, _ in tally.boxes})
    return cards >= 2 * pages and cards >= 0.9 * len(tally.boxes)


def _lines(page: _Laid, body: Sequence[str]) -> Iterator[tuple[int, _Line]]:
    """Short blocks that are neither the body's nor of cards and comments, and alone at their path: of several there,
    one is a card's; and the first few at a path near the headline, each with its place among them."""
    every: dict[str, list[int]] = defaultdict(list)
    for number, path in enumerate(page.paths):
        every[path].append(number)
    near = page.places.window(page.title)
    for number in page.blocks:
        path = page.paths[number]
        if not 5 <= page.survey.size(number) <= _LONGEST_LINE or page.places.elsewhere(number):
            continue
        if len(every[path]) == 1:
            if _units(page, number, body):
                yield number, (path, None)
        elif number in near and (place := every[path].index(number)) < _PLACES:
            yield number, (path, place)


def _date_paths(pages: Sequence[_Laid], source: Source, body: Sequence[str]) -> Counter[_Line]:
    """Lines that are a date."""
    found: Counter[_Line] = Counter()
    for page in pages:
        lines = _lines(page, body)
        found.update(line for n, line in lines if _has_date(markup.text_of(page.survey.elements[n]), source))
    return found


def _has_date(text: str, source: Source) -> bool:
    return any(char.isdigit() for char in text) and bool(find_dates(text, timezone=source.timezone, now=None))


def _byline_paths(pages: Sequence[_Laid], source: Source, body: Sequence[str]) -> Counter[_Line]:
    """Lines that are a person's name, and not the same on all pages."""
    found: Counter[_Line] = Counter()
    names: dict[_Line, set[str]] = defaultdict(set)
    for page in pages:
        for number, line in _lines(page, body):
            person = _person(markup.text_of(page.survey.elements[number]), source)
            if person:
                found[line] += 1
                names[line].add(person)
    return Counter({line: count for line, count in found.items() if len(names[line]) >= 2})


def _person(text: str, source: Source) -> str | None:
    """The person of a line; without a label a name that is known."""
    names = [fold(name) for name in split_byline(text, site_names=(source.name, source.id)).authors]
    return names[0] if names and (":" in text or looks_like_a_name(names[0].split())) else None


def _common_titles(pages: Sequence[_Laid]) -> Iterator[str]:
    """Headings and declared titles that a third of the pages share: the site's name, a section's."""
    texts: Counter[str] = Counter()
    for page in pages:
        printed = {fold(markup.text_of(page.survey.elements[number])) for number in page.places.headlines}
        declared = {fold(value) for value in page.said.all("og:title", "twitter:title", "dc.title")}
        texts.update(printed | declared)
    return (text for text, count in texts.items() if text and count * 3 >= len(pages))


def _habits(pages: Sequence[_Laid]) -> Iterator[str]:
    """What nine in ten of these pages have."""
    found = Counter(habit for page in pages for habit in page.habits)
    yield from sorted(habit for habit, count in found.items() if count * 10 >= 9 * len(pages))


def _uploaders(pages: Sequence[_Laid], source: Source, has_bylines: bool) -> Iterator[str]:
    """Names that the metadata of nine pages in ten give, where the pages print others."""
    if not has_bylines:
        return
    names: Counter[str] = Counter()
    for page in pages:
        authors = (split_byline(text, site_names=(source.name,)).authors for claim in page.claims for text in claim[0])
        names.update({fold(author) for found in authors for author in found})
    yield from sorted(name for name, count in names.items() if count * 10 >= 9 * len(pages))
