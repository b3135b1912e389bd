"""What a citation says, taken from a search document: one frozen value that every citation format is written from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from pipeline.text import fold, tidy

CitationType = Literal["report", "news", "interview", "web"]
#: A calendar date as far as it is known: (year, month, day), (year, month), (year,) or ().
DateParts = tuple[int, ...]

_TYPES: dict[str, CitationType] = {"report": "report", "news": "news", "interview": "interview"}
_PARTS = {"year": 1, "month": 2, "day": 3, "second": 3}
#: Lower-case words between given and family name (CSL: non-dropping particle, BibTeX: von part).
_PARTICLES = frozenset(
    "af al av bin bint da das de del della den der di do dos du el ibn la le ten ter van vom von zu zum zur".split()
)
#: Arabic articles are part of the family name in Turkish spelling, capital or not: "Beşar El Esad".
_ARTICLES = frozenset(("al", "el"))
_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))
#: Folded words of bylines that name a desk, not who wrote: nothing to cite.
_DESKS = frozenset("admin editor editoru editorden editors yonetici haber merkezi news desk staff redaksiyon".split())
#: Hex digits of the document's id at the end of a key: with author, year and title before them, chance does not repeat.
_KEY_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Name:
    """An author. An institution, or a person with one name, has only ``literal``; others have the parts."""

    literal: str = ""
    given: str = ""
    particle: str = ""
    family: str = ""
    suffix: str = ""

    @property
    def shown(self) -> str:
        """The name in reading order: given particle family suffix."""
        parts = (self.given, self.particle, self.family, self.suffix)
        return self.literal or " ".join(part for part in parts if part)

    @property
    def sorting(self) -> str:
        """What the name is filed under: the family name without its particle, or the whole."""
        return self.family or self.literal


@dataclass(frozen=True, slots=True)
class Citation:
    """One document as reference lists know it. Texts are single lines without controls, unknown ones ``""``."""

    id: str
    key: str  # for \cite: unique, and the same in every export while author, year and title stay
    type: CitationType
    title: str
    authors: tuple[Name, ...]
    issued: DateParts
    accessed: DateParts
    publisher: str  # the source: site, think tank, newspaper
    language: str  # ISO 639-1 code, "" when undetermined
    url: str
    abstract: str
    keywords: tuple[str, ...]


def citation(document: Mapping[str, Any]) -> Citation:
    """The citation of a search document, as `pipeline.index.schema.document` makes them.

    Persons are the authors; without any, the organisations that signed (desks such as "Editör" apart) are. The site
    itself is the publisher, never an author that nobody named.
    """
    names = authors(document)
    issued = date_parts(document.get("published_day"), document.get("published_precision"))
    title = one_line(document.get("title"))
    source = one_line(document.get("source_name")) or one_line(document.get("source"))
    language = one_line(document.get("language"))
    return Citation(
        id=one_line(document.get("id")),
        key=_key(names[0].sorting if names else source, issued, title, one_line(document.get("id"))),
        type=_TYPES.get(document.get("kind") or "", "web"),
        title=title,
        authors=names,
        issued=issued,
        accessed=_day_of(document.get("fetched_at")),
        publisher=source,
        language="" if language == "und" else language,
        url=web_address(document.get("url")),
        abstract=one_line(document.get("excerpt")),
        keywords=_lines(document.get("tags")),
    )


def authors(document: Mapping[str, Any]) -> tuple[Name, ...]:
    """The document's persons as split names; without persons its organisations as literal ones."""
    persons = tuple(person(name) for name in _named(document.get("authors")))
    if persons:
        return persons
    return tuple(Name(literal=name) for name in _named(document.get("organisations")) if not _is_desk(name))


def person(name: str) -> Name:
    """A person's name in parts, from reading order or from ``Family, Given, Jr.``

    The last word is the family name, with the particles or the Arabic article before it: right for Turkish names as
    the civil register writes them; of a double surname without hyphen only the second part, which cannot be known.
    """
    family, *rest = [part.strip() for part in name.split(",") if part.strip()] or [""]
    if rest and _plain(rest[0]) not in _SUFFIXES:
        suffix = rest.pop() if len(rest) > 1 and _plain(rest[-1]) in _SUFFIXES else ""
        return replace(_with_particle(" ".join(rest), family.split()), suffix=suffix)
    words = name.replace(",", " ").split()
    suffix = words.pop() if len(words) > 2 and _plain(words[-1]) in _SUFFIXES else ""
    if len(words) < 2:
        return Name(literal=" ".join((*words, suffix)).strip())
    start = len(words) - 1
    while start > 1 and _joins_family(words[start - 1]):
        start -= 1
    return replace(_with_particle(" ".join(words[:start]), words[start:]), suffix=suffix)


def date_parts(day: str | None, precision: str | None) -> DateParts:
    """``published_day`` cut to what its precision knows; () without a date."""
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", day or "")
    return tuple(int(part) for part in found.groups()[: _PARTS.get(precision or "day", 3)]) if found else ()


def iso(parts: DateParts) -> str:
    """``2016-08-16``, ``2016-08``, ``2016`` or ``""``."""
    return "-".join(f"{part:0{2 if place else 4}d}" for place, part in enumerate(parts))


def one_line(value: object) -> str:
    """Any value as one line that every format and encoding can hold: no controls, no surrogates, blanks single."""
    text = "" if value is None else str(value)
    return tidy(_UNREADABLE.sub("", _LINE_ENDS.sub(" ", text)))


# Controls and separators end lines in some reader or other; surrogates and noncharacters, which broken pages hold,
# cannot be encoded, or not in XML.
_LINE_ENDS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_UNREADABLE = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def web_address(value: object) -> str:
    """A URL without what would end it in some format: blanks, quotes, braces and backslashes percent-encoded."""
    return re.sub(
        r"[\s{}\\\"<>|^`]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), one_line(value)
    )


def _key(author: str, issued: DateParts, title: str, identity: str) -> str:
    words = [word for word in _slug(title).split("-") if word][:3]
    parts = (_slug(author)[:24].strip("-"), str(issued[0]) if issued else "nd", "-".join(words)[:40].strip("-"))
    return "-".join(part for part in (*parts, _slug(identity)[:_KEY_DIGITS]) if part)


def _slug(text: str) -> str:
    """ASCII letters and digits, folded; what has no such letters (Cyrillic, Arabic) leaves nothing."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", fold(text))).strip("-")


def _with_particle(given: str, family: list[str]) -> Name:
    count = next((place for place, word in enumerate(family) if word not in _PARTICLES), len(family) - 1)
    count = min(count, len(family) - 1)
    return Name(given=given, particle=" ".join(family[:count]), family=" ".join(family[count:]))


def _joins_family(word: str) -> bool:
    return word in _PARTICLES or fold(word) in _ARTICLES


def _plain(word: str) -> str:
    return fold(word).strip(".")


def _is_desk(name: str) -> bool:
    return set(fold(name).split()) <= _DESKS


def _named(values: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(line for line in _lines(values) if any(char.isalpha() for char in line))


def _lines(values: Iterable[object] | None) -> tuple[str, ...]:
    cleaned = (one_line(value) for value in values or ())
    return tuple(dict.fromkeys(line for line in cleaned if line))


def _day_of(instant: str | None) -> DateParts:
    """The UTC day of an ISO instant."""
    if not instant:
        return ()
    day = datetime.fromisoformat(instant).astimezone(UTC).date()
    return (day.year, day.month, day.day)
