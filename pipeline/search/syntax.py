"""What a reader types, taken apart: words, "phrases", -without, OR, and fields such as author: or after:.

Forgiving by intent: an open quotation mark ends with the query, lone operators and unknown prefixes are words or
nothing. Only what cannot mean anything is an error (``kind:poem``, ``after:yesterday``), and so is a text without end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.errors import QueryError
from pipeline.models import KINDS
from pipeline.text import APOSTROPHES, fold

#: Each word asks eighteen fields, and engines take 1,024 clauses in all.
MAX_WORDS = 50
MAX_LENGTH = 4000
FIELDS = ("title", "author", "source", "lang", "kind", "tag", "before", "after")

_STOP = """
a an and are as at by for from in is it its of on or that the this to was were will with
ama bir bu cok da daha de diye en gibi hem icin ile ise ki kadar mi mu nasil ne neden o olan olarak sonra su ve veya ya
"""
#: Words that nearly every text of their language has: they weigh in the ranking, but are not required.
STOP_WORDS = frozenset(_STOP.split())

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
# A quotation mark opens a phrase only where a word could begin, so that 5" and Ba"kü do no harm.
_TOKEN = re.compile(r'(?P<minus>-)?(?:(?P<field>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]\S*))')
_WORD = re.compile(rf"[\w{APOSTROPHES}]+")
_FIELD_APART = re.compile(rf"(?<!\S)(-?(?:{'|'.join(FIELDS)})):(?:\s+|$)", re.IGNORECASE)
_BRACKETS = re.compile(r"(?<!\S)(-?)[(\[{]+|[)\]}]+(?!\S)")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_EDGES = "()[]{}.,;!?…*~^|&+<>/\\=" + APOSTROPHES


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase. ``field`` is one of FIELDS or None; ``day`` is set for before and after only."""

    text: str
    field: str | None = None
    phrase: bool = False
    negated: bool = False
    prefix: bool = False
    optional: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """All groups must hold; of a group, one alternative (OR binds closer than the space between words)."""

    groups: tuple[tuple[Term, ...], ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(term for group in self.groups for term in group)


def parse(text: str) -> Query:
    """The query as a value; empty when the text has nothing to search for. Raises QueryError with what to change."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"The query has {len(text)} characters; at most {MAX_LENGTH} are read.")
    groups: list[tuple[Term, ...]] = []
    joined = False
    for item in _items(_clean(text)):
        if item is None:
            joined = True
        elif joined and groups:
            groups[-1] = (*groups[-1], item)
            joined = False
        else:
            groups.append((item,))
            joined = False
    query = Query(_with_optional(groups))
    words = sum(1 if term.phrase else len(_WORD.findall(term.text)) for term in query.terms)
    if words > MAX_WORDS:
        raise QueryError(f"The query has {words} words; at most {MAX_WORDS} are searched at once.")
    return query


def _clean(text: str) -> str:
    """NFC, quotation marks of all countries to one, no control characters, nothing that is no Unicode."""
    sound = text.encode("utf-8", "replace").decode("utf-8")
    visible = "".join(" " if unicodedata.category(char) in ("Cc", "Cf") else char for char in sound)
    bare = _BRACKETS.sub(r"\1", unicodedata.normalize("NFC", visible).translate(_QUOTES)).strip()
    return _FIELD_APART.sub(lambda match: f"{match[1]}:" if match.end() < len(bare) else "", bare)


def _items(text: str) -> Iterator[Term | None]:
    """Terms in order, None for OR."""
    for match in _TOKEN.finditer(text):
        if match["word"] in ("OR", "||", "|") and not match["minus"] and not match["field"]:
            yield None
        elif match["word"] in ("AND", "&&") and not match["field"]:
            continue
        elif term := _term(match):
            yield term


def _term(match: re.Match[str]) -> Term | None:
    field, word, phrase = match["field"], match["word"], match["phrase"]
    name = field.lower() if field else None
    negated = match["minus"] is not None
    if field and name not in FIELDS:
        name = None
        word, phrase = (f"{field}:{word}", None) if word else (word, phrase)
    text = " ".join((phrase or "").split()) if phrase is not None else _trimmed(word or "")
    if not any(char.isalnum() for char in text):
        return None
    if name in ("before", "after"):
        return Term(text, name, negated=negated, day=first_day(text))
    if name == "kind" and text.lower() not in KINDS:
        raise QueryError(f"There is no kind {text!r}. Kinds are {', '.join(KINDS)}.")
    prefix = phrase is None and (word or "").rstrip(")],.;").endswith("*") and len(text) > 2
    return Term(text, name, phrase is not None, negated, prefix)


def _trimmed(word: str) -> str:
    return word if word.startswith(("http://", "https://")) else word.strip(_EDGES)


def _with_optional(groups: list[tuple[Term, ...]]) -> tuple[tuple[Term, ...], ...]:
    """Stop words become optional, unless nothing else is asked for."""
    marked = tuple((_optional(group[0]),) if len(group) == 1 else group for group in groups)
    required = [term for group in marked for term in group if not term.optional and not term.negated]
    return marked if required else tuple(groups)


def _optional(term: Term) -> Term:
    plain = not (term.field or term.phrase or term.negated or term.prefix)
    return Term(term.text, optional=True) if plain and fold(term.text) in STOP_WORDS else term


def first_day(text: str) -> date:
    """The day a date means, or the first of its year or month. Raises QueryError for anything else.

    Read are 2016, 2016-08, 2016-08-14 and, as Turkish readers write it, 14.08.2016.
    """
    try:
        if match := _DATE.fullmatch(text):
            year, month, day = match.groups(default="1")
            return date(int(year), int(month), int(day))
        if match := _DAY_FIRST.fullmatch(text):
            day, month, year = match.groups()
            return date(int(year), int(month), int(day))
    except ValueError:
        pass
    raise QueryError(f"{text!r} is no date. Write 2016, 2016-08, 2016-08-14 or 14.08.2016.")


def last_day(text: str) -> date:
    """The last day that a date, month or year (as `first_day` reads them) includes."""
    first = first_day(text)
    parts = 3 if "." in text else text.count("-") + 1
    if parts == 1:
        return date(first.year, 12, 31)
    if parts == 2:
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first
