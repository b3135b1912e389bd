"""Who wrote a page: persons and organisations with their basis; what cannot be a name is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import pairwise
from typing import Any

from lxml.html import HtmlElement

from pipeline.extract.dates import date_spans
from pipeline.extract.given_names import looks_like_a_name
from pipeline.extract.markup import text_of
from pipeline.extract.name_vocabulary import AMBIGUOUS_WORDS
from pipeline.extract.names import has_title
from pipeline.extract.people import Byline, closing_signature, is_labelled, split_byline, split_bylines
from pipeline.extract.places import Places, is_author_box, is_term_link
from pipeline.extract.structured import Structured
from pipeline.extract.survey import Survey
from pipeline.text import fold

_META = tuple(
    "author article:author dc.creator dcterms.creator citation_author parsely-author sailthru.author "
    "og:article:author byl authors".split()
)
_LABELS = re.compile(r"(?:written by|yazan|yazar|author|by)$", re.IGNORECASE)
_AUTHOR_CLASS = re.compile(
    r"(?:^|[\s_-])(?:author|authors|byline|by-line|yazar|yazarlar|writer|vcard|posted-by|entry-author|post-author|submitted|username|createdby|documentauthor)(?:$|[\s_-])|"
    r"(?:lbl|lit|ltr|lnk|hl|hyp|txt)_?(?:yazar|author|writer)"  # ASP.NET
)
_AUTHOR_LINK = re.compile(
    r"/(?:authors?|yazar|yazarlar|uzman|uzmanlar|experts?|people|contributors?)/[^/?#]|[?&]author=\d|"
    r"(?:^|/)(?:yazar|author|uzman)\w*\.(?:aspx?|php)\?",
    re.IGNORECASE,
)
_TAGS = frozenset("a span div p address li h2 h3 h4 h5 h6 strong em i b cite td ul small dd".split())
_NAME_TAGS = frozenset("a h2 h3 h4 h5 h6 strong b span".split())
#: A line of bylines is no longer; what is, lists a house's writers.
_LONGEST_LINE = 300
#: What machines are told of a page; many systems name there the first of several writers alone.
_DATA = frozenset(("rest", "json-ld", "meta"))
_LINES = frozenset("tr dd p div span font li td h2 h3 h4 h5 strong b em i small a".split())


@dataclass(frozen=True, slots=True)
class Who:
    """Writers of a page. ``basis``: rest, rule, json-ld, meta, byline, template, printed, author-box or signature."""

    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    byline: str | None = None
    basis: str | None = None


Claim = tuple[Sequence[str], str]


def who(claims: Iterable[Claim], paragraphs: Sequence[str], site_names: Sequence[str], title: str = "") -> Who:
    """The writers that these claims and the text's ends name.

    A person wins over an institution, whoever says so: an uploader's or institution's byline gives way to a name that
    is printed, and both to a signature that closes the text. Institutions are named beside a person only where the
    same line names both, and the site itself never is.
    """
    sites = {fold(name) for name in site_names}
    named: list[tuple[Byline, str]] = []
    language = "tr" if _has_dotless_i(paragraphs) else None
    split = (
        (split_bylines(map(_once, texts), site_names=site_names, language=language), basis) for texts, basis in claims
    )
    for byline, basis in split:
        if byline.authors:
            byline, basis = _in_full(byline, basis, split)
            others = tuple(name for name in byline.organisations if fold(name) not in sites)
            return Who(byline.authors, others, byline.byline, basis)
        named.append((byline, basis))
    printed = next((byline.byline for byline, _ in named if byline.byline), None)
    signature = closing_signature(paragraphs)
    if signature or (signature := _opening(paragraphs, title, site_names)):
        return Who((signature,), _organisations(named), printed, "signature")
    found = next(((byline, basis) for byline, basis in named if byline.organisations), None)
    return Who((), found[0].organisations, printed, found[1]) if found else Who(byline=printed)


def _in_full(byline: Byline, basis: str, others: Iterable[tuple[Byline, str]]) -> tuple[Byline, str]:
    """What a page's data name, or the marked byline that begins with these names and goes on: Ghost's "author" is the
    first of several, as is WordPress's beside a plugin for co-authors."""
    if basis not in _DATA:
        return byline, basis
    first = list(map(fold, byline.authors))
    longer = (
        (other, where)
        for other, where in others
        if where == "byline"
        and len(other.authors) > len(first)
        and list(map(fold, other.authors[: len(first)])) == first
    )
    return next(longer, (byline, basis))


def _has_dotless_i(paragraphs: Sequence[str]) -> bool:
    """True for a text in a language whose capital I is ı (Turkish has one in 20 letters): names in it are spelt so."""
    text = "".join(paragraphs)[:2000]
    return text.count("ı") * 100 > len(text)


def _opening(paragraphs: Sequence[str], title: str, site_names: Sequence[str]) -> str | None:
    """The name that opens a text on a line of its own, as old sites print it; a heading of its text that is about a
    person says more, and so does a title that has the name."""
    line = paragraphs[0] if len(paragraphs) > 2 else ""
    if not 5 <= len(line) <= 60 or line[-1] in ".!?:" or fold(line) in fold(title):
        return None
    byline = split_byline(line, site_names=site_names)
    words = fold(byline.authors[0]).split() if len(byline.authors) == 1 else []
    is_name = has_title(line) or (looks_like_a_name(words) and words[0] not in AMBIGUOUS_WORDS)
    is_name = is_name or (line.isupper() and _is_no_topic(words, paragraphs[1:]))
    return byline.authors[0] if 2 <= len(words) <= 4 and is_name and not byline.organisations else None


def _is_no_topic(words: Sequence[str], paragraphs: Sequence[str]) -> bool:
    """True when a text has none of these words in small letters: a heading in capitals has what its text is about."""
    small = {fold(word)[:5] for line in paragraphs for word in line.split() if word[:1].islower()}
    return not any(word[:5] in small for word in words)


def _once(text: str) -> str:
    """A byline that a template prints twice in a row ("Hasan Oktay Hasan Oktay"), once."""
    words = text.split()
    half = len(words) // 2
    return " ".join(words[:half]) if half and words[:half] == words[half:] else text


def _organisations(named: Iterable[tuple[Byline, str]]) -> tuple[str, ...]:
    return next((byline.organisations for byline, _ in named if byline.organisations), ())


def claims_of(places: Places, structured: Structured, headline: int | None) -> Iterator[Claim]:
    """Texts that name a page's writers, most trustworthy first, each with its basis; to be read before pruning."""
    names = [name for value in structured.ld("author", "creator") for name in _ld_names(value)]
    if names:
        yield names, "json-ld"
    metas = [value for value in structured.all(*_META) if not value.startswith(("http://", "https://", "/"))]
    if metas:
        yield metas, "meta"
    labelled = _labelled(structured)
    if labelled:
        yield [labelled], "meta"
    yield from _bylines(places, headline)


def is_signed(claims: Iterable[Claim]) -> bool:
    """True when a page states who wrote it, in its data or a marked byline; names that it only prints do not count."""
    stated = (claim for claim in claims if claim[1] in ("rule", "json-ld", "meta", "byline", "template"))
    named = (split_bylines(texts) for texts, _ in stated)
    return any(byline.authors or byline.organisations for byline in named)


def until_named(claims: Iterable[Claim], site_names: Sequence[str]) -> Iterator[Claim]:
    """Claims up to the first that names a person, for `who` reads no further; where that is the page's data, the marked
    bylines too, which may name more."""
    is_named = False
    for claim in claims:
        if is_named and claim[1] not in _DATA and claim[1] != "byline":
            return
        yield claim
        if not is_named and split_bylines(map(_once, claim[0]), site_names=site_names).authors:
            is_named = True
            if claim[1] not in _DATA:
                return


def _ld_names(value: Any) -> Iterator[str]:
    if isinstance(value, str) and not value.startswith(("http://", "https://")):
        yield value
    elif isinstance(value, dict):
        names = value.get("name")
        listed = names if isinstance(names, list) else [names]
        yield from (unescape(name) for name in listed if isinstance(name, str))


def _labelled(structured: Structured) -> str | None:
    """Yoast's and Slack's pair twitter:label1 "Yazan", twitter:data1 "Ayşe Demir"."""
    for number in ("1", "2"):
        label = structured.first(f"twitter:label{number}")
        if label and _LABELS.search(label):
            return structured.first(f"twitter:data{number}")
    return None


@lru_cache(maxsize=8192)
def is_author_class(name: str) -> bool:
    """True for a line that is called a byline."""
    return bool(_AUTHOR_CLASS.search(name))


def _bylines(places: Places, headline: int | None) -> Iterator[Claim]:
    """Marked names first (rel=author, itemprop, links to a writer's page), then short lines that are classed as a
    byline, then what is printed beside the headline, then the box that introduces the writer."""
    survey = places.survey
    marked, classed, boxed = [], [], []
    boxes = bytearray(len(survey.elements))
    for number, name in enumerate(survey.names):
        if name != " " and is_author_box(name):
            boxes[number : survey.ends[number]] = b"\x01" * (survey.ends[number] - number)
    for number, element in enumerate(survey.elements):
        size = survey.size(number)
        if element.tag not in _TAGS or not 3 <= size <= 300:
            continue
        if boxes[number] and element.tag in _NAME_TAGS and size <= 60:
            boxed.append(number)
        elif places.elsewhere(number):
            continue
        elif survey.properties.get(number) in ("author", "creator") or _is_marked(element):
            marked.append(number)
        elif size <= 160 and survey.names[number] != " " and is_author_class(survey.names[number]):
            classed.append(number)
    for group in (*_side_by_side(places, marked), *_side_by_side(places, classed)):
        yield [_name_in(survey.elements[number]) for number in group], "byline"
    yield from (([text], "printed") for text in _beside(places, headline))
    yield from (([text_of(survey.elements[number])], "author-box") for number in boxed[:6])


def _side_by_side(places: Places, numbers: Sequence[int]) -> Iterator[list[int]]:
    """Marked names in groups: those that follow each other in one short line or list were written by together."""
    survey, group = places.survey, list[int]()
    for number in numbers:
        if group and not _are_neighbours(survey, group[-1], number):
            yield group
            group = []
        group.append(number)
    if group:
        yield group


def _are_neighbours(survey: Survey, one: int, other: int) -> bool:
    """True for siblings, and for the only children of siblings, in a box that says little else."""
    if other < survey.ends[one] or survey.elements[one].tag != survey.elements[other].tag:
        return False
    for up in range(2):
        one, other = (one, other) if not up else (survey.parents[one], survey.parents[other])
        if one == other or min(one, other) < 0:
            return False
        parent = survey.parents[one]
        if parent == survey.parents[other]:
            return survey.size(parent) <= _LONGEST_LINE
    return False


def _is_marked(element: HtmlElement) -> bool:
    if "author" in (element.get("rel") or "").lower().split():
        return True
    return element.tag == "a" and bool(_AUTHOR_LINK.search(element.get("href") or ""))


def _beside(places: Places, headline: int | None) -> Iterator[str]:
    """Short lines around the headline that look like a name, label one or have one beside a date; anything may stand
    there."""
    survey = places.survey
    for number in places.window(headline):
        element = survey.elements[number]
        is_line = element.tag in _LINES and len(element) <= 8 and 5 <= survey.size(number) <= 120
        text = _without_terms(element) if is_line and not places.elsewhere(number) else ""
        if text and element.tag in ("tr", "dd"):
            text = _with_label(element, text)
        if text:
            words = fold(text).split()
            is_name = looks_like_a_name(words[:2]) and words[0] not in AMBIGUOUS_WORDS and text[-1] not in ".!?…"
            if is_name or is_labelled(text) or (date_spans(text) and _is_signed(text)):
                yield text


def _with_label(element: HtmlElement, text: str) -> str:
    """The text of a row whose first cell is a label, or of a ``dd`` with its ``dt``."""
    if element.tag == "tr":
        return re.sub(r"\s*\|[\s:]*", ": ", text, count=1)
    label = element.getprevious()
    return f"{text_of(label).rstrip(' :')}: {text}" if label is not None and label.tag == "dt" else text


def _is_signed(text: str) -> bool:
    """True for a dated line with somebody's name in it, or that of an institution and of nobody else."""
    byline = split_byline(text)
    if not byline.authors:
        return bool(byline.organisations)
    return all(looks_like_a_name(fold(name).split()) for name in byline.authors)


def _without_terms(element: HtmlElement) -> str:
    """A line without its links to terms' pages: İpek Yolu is a tag and sounds like a name."""
    text = text_of(element)
    for link in [element] if element.tag == "a" else element.findall(".//a"):
        if is_term_link(link):
            text = text.replace(text_of(link), "|", 1)
    return text.strip(" |,")


def _name_in(element: HtmlElement) -> str:
    name = element.find(".//*[@itemprop='name']")
    return text_of(name) if name is not None else _with_commas(element)


def _with_commas(element: HtmlElement) -> str:
    """The text of a byline, with commas between persons that only their tags keep apart (Plone's badges)."""
    text, pieces = text_of(element), [text_of(child) for child in element]
    for one, other in pairwise(pieces):
        if f"{one} {other}" in text and all(_is_one_person(piece) for piece in (one, other)):
            text = text.replace(f"{one} {other}", f"{one}, {other}", 1)
    return text


def _is_one_person(text: str) -> bool:
    byline = split_byline(text)
    return len(text.split()) > 1 and len(byline.authors) == 1 and not byline.organisations
