"""Bylines: who wrote an article, as persons and organisations, from the line that a page prints. Pure functions.

A wrong author is worse than none, so what does not look like a person or an institution is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Literal

from pipeline.extract.date_grammar import MODIFIED_WORDS, PUBLISHED_WORDS, weekday_names
from pipeline.extract.dates import date_spans, fold_with_origin
from pipeline.extract.given_names import looks_like_a_name
from pipeline.extract.name_vocabulary import (
    AUTHOR_LABELS,
    AUTHOR_NOUNS,
    CLOSING_LABELS,
    COMMENTER_ENDINGS,
    KNOWN_ORGANISATIONS,
    OTHER_LABELS,
    OTHER_NOUNS,
    PARTICLES,
    SOURCE_NOUNS,
    SUFFIXES,
    territories,
)
from pipeline.extract.names import (
    LONGEST_NAME,
    has_title,
    is_affiliation,
    is_prose,
    organisation_name,
    person_name,
)
from pipeline.text import fold, tidy

Credit = Literal["author", "source", "other"]
#: A byline is a line; what is longer is a biography or prose.
LONGEST_BYLINE, LONGEST_CREDIT = 300, 120
_EDGES = ' \t,;:|/\\•·*–—-_"“”«»‹›>…'


@dataclass(frozen=True, slots=True)
class Byline:
    """Who signed: persons without titles, institutions, and the line as printed (None where nobody signed)."""

    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    byline: str | None = None


def split_byline(text: str, *, site_names: Sequence[str] = (), language: str | None = None) -> Byline:
    """Persons and organisations of one byline; empty where it names neither.

    Labels, titles, affiliations, dates, counts, addresses and "View all posts" are taken off; translators, editors and
    photographers are not authors. Names all in capitals get title case, by Turkish rules where the name or ``language``
    ("tr", "az") asks for them. ``site_names`` are organisations whatever they look like.
    """
    if len(text) > LONGEST_BYLINE:
        return Byline()
    sites = frozenset(fold(tidy(name)) for name in site_names)
    if organisation := organisation_name(tidy(text), sites, exactly=True):
        return Byline((), (organisation,), tidy(text))
    readable = without_furniture(text)
    if is_prose(readable):
        return Byline()
    people: list[str] = []
    organisations: list[str] = []
    for credit, segment in _credits(readable):
        for part in _split(_STRONG, segment):
            authors, others = _signatures(part, sites, language)
            people += authors if credit == "author" else ()
            organisations += others if credit != "other" else ()
    printed = tidy(readable).strip(_EDGES) if people or organisations else None
    return Byline(_distinct(people), _distinct(organisations), printed)


def split_bylines(texts: Iterable[str], *, site_names: Sequence[str] = (), language: str | None = None) -> Byline:
    """`split_byline` of several lines (JSON-LD, repeated meta tags), each name once, the lines joined by commas."""
    lines = [split_byline(text, site_names=site_names, language=language) for text in texts]
    authors = chain.from_iterable(line.authors for line in lines)
    organisations = chain.from_iterable(line.organisations for line in lines)
    printed = _distinct(line.byline for line in lines if line.byline)
    return Byline(_distinct(authors), _distinct(organisations), ", ".join(printed) or None)


def closing_signature(paragraphs: Sequence[str]) -> str | None:
    """The writer's name that ends a text, without titles: "… the enclave. Lusine Musayelian", or a line of its own.

    None unless it stands after the end of a sentence and nothing follows it; never a sentence, place or institution.
    """
    texts = [text for text in map(tidy, paragraphs) if text]
    while len(texts) > 2 and _is_date(texts[-1]):  # below the signature
        texts.pop()
    if not texts:
        return None
    if len(texts) > 1 and len(texts[-1]) <= _LONGEST_SIGNATURE and _CLOSED.search(texts[-2]):
        return _signed_line(texts[-1]) or _signed_paragraph(texts[-1])
    return _signed_paragraph(texts[-1])


# --- furniture of pages around a byline -------------------------------------------------------------------------------

_FURNITURE = re.compile(
    r"\S+@\S+\.\w+|https?://\S*|www\.\S+|(?<!\w)@\w+"
    r"|(?<![\w.])[\w-]+\.(?:com|org|net|edu|gov|info|tv|co)(?:\.\w\w)?(?:/\S*)?(?!\w)"
    r"|(?:ortalama |tahmini )?okuma suresi\W*(?:[0-9]+\s?(?:dk|dakika))?|reading time\W*(?:[0-9]+\s?min\w*)?"
    r"|[0-9]+[\s-]?(?:dk|dakika\w*|min|mins|minutes?)\b\.?(?:\s(?:okuma|read|reading)\b)?(?:\s(?:suresi|time)\b)?"
    r"|[0-9][0-9.,]*\s?(?:k|b|bin|mn)?\s?(?:words?|kelime|sozcuk|yorum|comments?|goruntulenme|goruntuleme|okunma|izlenme|views?"
    r"|paylasim|shares?|kez okundu|kisi okudu|begeni|likes?)\b"
    r"|\b(?:okunma|goruntulenme|izlenme|hit|views?|comments?|yorum(?:lar)?)\s*:?\s*\(?[0-9][0-9.,]*\)?"
    r"|\b(?:yorum yok|yorum yapilmamis|no comments?"
    r"|leave a (?:comment|reply)|(?:bir )?yorum (?:yap|yaz|birak)(?:in)?)\b"
    r"|\bview all(?: posts| articles)?\b(?! by| posts| articles)"
    r"|\b(?:yazarin )?(?:tum|diger) (?:yazilari|makaleleri|yazilarini)(?: gor\w*)?\b"
    r"|\b(?:devamini oku|read more|takip et|follow us|printer friendly)\b"
    r"|\btarafindan(?:\s\w+(?:ildi|indi|undu|uldu|ndi|lendi|ilmis\w*))?(?!\w)"
    r"|(?<![\w.])[0-9]{1,2}:[0-9]{2}(?![0-9])(?:\s?[ap]\.?m\b\.?)?(?:\s(?:utc|gmt|[a-z]{1,3}t)\b(?:[+-][0-9:]+)?)?"
    r"|(?<![\w.-])[0-9][0-9.,]*(?![\w-])"
)
_FOOTNOTE = re.compile(r"(?<=[^\W\d_])[0-9¹²³⁰⁴-⁹*†‡]+(?![^\W\d_])")
#: Left over where a date was: "Published on …", "… tarihinde".
_BEFORE_DATES = MODIFIED_WORDS | PUBLISHED_WORDS | {"on", "at", "tarih", "tarihi", "last", "saat", "date", ""}
_AFTER_DATES = ("tarihinde", "on", "at")


def without_furniture(text: str) -> str:
    """The lines of a byline without dates, counts, addresses and buttons; what stood there becomes a line break."""
    lines = "\n".join(tidy(line) for line in text.splitlines())
    for find in (date_spans, _furniture_spans):
        for start, end in reversed(find(lines)):
            lines = f"{lines[:start]}\n{lines[end:]}"
    stripped = (_without_date_labels(line).strip(_EDGES) for line in _FOOTNOTE.sub("", lines).splitlines())
    return "\n".join(line for line in stripped if line)


def _furniture_spans(text: str) -> tuple[tuple[int, int], ...]:
    folded, origin = fold_with_origin(text)
    matches = (match for match in _FURNITURE.finditer(folded) if match[0] not in KNOWN_ORGANISATIONS)  # ntv.com.tr
    return tuple((origin[match.start()], origin[match.end()]) for match in matches)


def _without_date_labels(line: str) -> str:
    words = line.replace("|", " | ").split()
    if len(words) == 1 and fold(words[0]).strip(_EDGES) in weekday_names():
        return ""
    while words and fold(words[-1]).strip(_EDGES) in _BEFORE_DATES:
        words.pop()
    while words and fold(words[0]) in _AFTER_DATES:
        words.pop(0)
    return " ".join(words)


# --- credits: which part of the line names authors --------------------------------------------------------------------


def _any_label(labels: Iterable[tuple[str, ...]]) -> str:
    return "|".join(sorted((r"\s".join(map(re.escape, label)) for label in labels), key=len, reverse=True))


@cache
def _labels() -> re.Pattern[str]:
    """Labels with a verb ("written by") count anywhere, nouns ("Yazar") with a colon."""
    verbs = rf"(?P<other>{_any_label(OTHER_LABELS)})|(?P<author>{_any_label(AUTHOR_LABELS)})"
    nouns = (
        rf"(?P<other_noun>{_any_label(OTHER_NOUNS)})|(?P<source_noun>{_any_label(SOURCE_NOUNS)})"
        rf"|(?P<author_noun>{_any_label(AUTHOR_NOUNS)})"
    )
    return re.compile(rf"(?<!\w)(?:(?:{verbs})(?:\s*:|(?!\w))|(?:{nouns})(?:\s?\([a-z]+\))?\s*[:：])")


def is_labelled(text: str) -> bool:
    """True for a line that begins with what somebody did for a text ("Yazar: …", "Yazar …", "By …", "Çeviren: …")."""
    folded = fold(text)
    return bool(_labels().match(folded)) or folded.startswith(("yazar ", "author "))


def is_credit(text: str) -> bool:
    """True for a line that says what people did for a text, and names nothing but them."""
    if not is_labelled(text) or len(text) > LONGEST_CREDIT:
        return False
    named = [part for _, segment in _credits(without_furniture(text)) for part in _split(_STRONG, segment)]
    return bool(named) and all(any(_signatures(part, frozenset(), None)) for part in named)


def _credits(text: str) -> Iterator[tuple[Credit, str]]:
    """The pieces of a byline with what their label says they are; a piece without label is the author's."""
    text = _with_colons(text)
    folded, origin = fold_with_origin(text)
    credit: Credit = "author"
    position = 0
    for match in _labels().finditer(folded):
        yield credit, text[position : origin[match.start()]]
        credit = "author" if match["author"] or match["author_noun"] else "source" if match["source_noun"] else "other"
        position = origin[match.end()]
    yield credit, text[position:]


def _with_colons(text: str) -> str:
    """A noun alone on a line is the label of the next line."""
    nouns = AUTHOR_NOUNS | SOURCE_NOUNS | OTHER_NOUNS
    *lines, last = text.split("\n")
    return "\n".join([*(f"{line}:" if tuple(fold(line).split()) in nouns else line for line in lines), last])


# --- signatures: names and institutions of one piece ------------------------------------------------------------------

_STRONG = re.compile(r"[\n;|•·»›]|(?<=\s)/|/(?=\s)|(?<=[^\W\d_]{2})/(?=[^\W\d_]{2})")
_DASH = re.compile(r"\s[-–—]+(?=\s|$)|^[-–—]+\s|[–—]")
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_AND = re.compile(r"(?:^|\s+)(?:ve|and|&|ile|və|и|und|et|with|VE|AND|İLE|ILE|VƏ)\s+")


def _split(separator: re.Pattern[str], text: str) -> list[str]:
    return [part.strip(_EDGES) for part in separator.split(text) if part.strip(_EDGES)]


def _signatures(text: str, sites: frozenset[str], language: str | None) -> tuple[list[str], list[str]]:
    """Persons and organisations of a piece; an institution after a person's comma or dash is an affiliation."""
    ending = fold(text).rstrip(" :").split()[-2:]
    if tuple(ending) in COMMENTER_ENDINGS or tuple(ending[-1:]) in COMMENTER_ENDINGS:
        return [], []
    people: list[str] = []
    organisations: list[str] = []
    for joined, atom in _atoms(text, sites, language):
        if ":" in atom:  # a label that we do not know
            continue
        if person := person_name(atom, sites, language):
            people.append(person)
        elif (organisation := organisation_name(atom, sites)) and (joined or not people):
            organisations.append(organisation)
    return people, organisations


def _atoms(text: str, sites: frozenset[str], language: str | None) -> Iterator[tuple[bool, str]]:
    """The names of a piece, each with whether "and" (True) or a comma, dash or nothing (False) stands before it."""
    whole = tidy(_PARENTHESES.sub(" ", text)) or text.strip("()[] ")
    inverted = [_uninverted(part, sites, language) for part in _split(_AND, whole)]
    if all(inverted):
        yield from ((True, name) for names in inverted for name in names)
        return
    for dashed in _split(_DASH, whole):
        for piece in _uninverted(dashed, sites, language) or dashed.split(","):
            yield from _conjoined(piece.strip(_EDGES), sites, language)


def _conjoined(piece: str, sites: frozenset[str], language: str | None) -> Iterator[tuple[bool, str]]:
    """Both sides of "and", unless it stands inside an institution's name (Strateji ve Güvenlik Merkezi)."""
    parts = _split(_AND, piece)
    if len(parts) > 1 and organisation_name(piece, sites) and not any(person_name(p, sites, language) for p in parts):
        parts = [piece]
    begins = bool(_AND.match(piece))  # behind a comma: "…, and Tamar Beridze"
    yield from ((begins or position > 0, part) for position, part in enumerate(parts))


def _uninverted(text: str, sites: frozenset[str], language: str | None) -> list[str]:
    """Names of "Kaya, Mehmet, Demir, Ayşe" in reading order; [] where the commas mean something else."""
    pieces = [piece.strip(_EDGES) for piece in text.split(",")]
    pairs = list(zip(pieces[::2], pieces[1::2], strict=False))
    if len(pieces) % 2 or not all(_is_surname(surname) and _is_given(given) for surname, given in pairs):
        return []
    names = [_in_reading_order(surname, given) for surname, given in pairs]
    return names if all(person_name(name, sites, language) for name in names) else []


def _is_surname(text: str) -> bool:
    """One word, or more with particles (de Waal, Van Der Fort)."""
    return sum(1 for word in text.split() if fold(word) not in PARTICLES) == 1


def _is_given(text: str) -> bool:
    """One to three words without a title; an abbreviation that is no initial is a place's (AUBURN, Wash.)."""
    words = text.split()
    place = bool(words) and words[-1].endswith(".") and len(words[-1]) > 3
    return 1 <= len(words) <= 3 and not place and not has_title(text)


def _in_reading_order(surname: str, given: str) -> str:
    words = given.split()
    suffix = words.pop() if len(words) > 1 and fold(words[-1]).strip(".") in SUFFIXES else ""
    return f"{' '.join(words)} {surname} {suffix}".strip()


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, whatever its case and accents, in its first spelling."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(fold(name), name)
    return tuple(first.values())


# --- signatures that close a text -------------------------------------------------------------------------------------

_LONGEST_SIGNATURE, _LONGEST_TAIL = 120, 240
#: A shorter paragraph with a name in it is a heading or a caption.
_SHORTEST_PARAGRAPH = 40
_SENTENCE_END = re.compile(r"(?P<word>[^\s.!?…]+)[.!?…]+(?P<quote>[\"”’»)\]]*)\s+(?=[–—-]?\s?[^\W\d_])")
_CLOSED = re.compile(r"[.!?…][\"”’»)\]]*$")
_ABBREVIATIONS = frozenset(
    "st mr mrs ms dr prof doc gen col lt sen rep gov hon rev jr sr vs vb vd bkz cf no nr vol pp eds ed trans cev haz "
    "yay fig inc ltd co corp em yrd ars gor uzm av alb org amb etc ibid age agm ave md".split()
)


@cache
def _closing_label() -> re.Pattern[str]:
    return re.compile(rf"(?:{_any_label(CLOSING_LABELS)})(?:\s*:|(?!\w))")


def _is_date(line: str) -> bool:
    return len(line) <= 60 and any(end - start >= 0.6 * len(line) for start, end in date_spans(line))


def _signed_line(line: str) -> str | None:
    """The one person of a line that is only a name, with or without dash, label, title or affiliation."""
    told = has_title(line.strip(_EDGES)) or bool(_closing_label().match(fold(line)))
    if _CLOSED.search(line) or any(char.isdigit() for char in line) or (not told and _labels().match(fold(line))):
        return None
    signed = split_byline(line)
    if len(signed.authors) != 1 or signed.organisations:
        return None
    name = signed.authors[0]
    before, after = line.partition(name.split()[0])[0].strip(_EDGES), line.partition(name.split()[-1])[2].strip()
    alone = not after or (after[0] in ",(-–—" and is_affiliation(after))
    return name if alone and (told or (not before and _looks_signed(line, name))) else None


def _signed_paragraph(text: str) -> str | None:
    """The name after the last sentence of a paragraph."""
    tail = text[-_LONGEST_TAIL:]
    ends = [match for match in _SENTENCE_END.finditer(tail) if not _is_abbreviation(match)]
    if not ends or len(text) - len(tail) + ends[-1].end() < _SHORTEST_PARAGRAPH:
        return None
    line = tail[ends[-1].end() :]
    return _signed_line(line) if len(line) <= LONGEST_NAME and "," not in line else None


def _is_abbreviation(end: re.Match[str]) -> bool:
    """Whether a full stop ends a word and no sentence: Dr., St., J., U.S."""
    word = fold(end["word"]).strip("()[]\"'“”")
    return not end["quote"] and (word in _ABBREVIATIONS or (len(word) < 3 and not word.isdigit()))


def _looks_signed(line: str, name: str) -> bool:
    """Two to four words that a person is called by, no heading in capitals, no headline (Russia Warns Turkey)."""
    words = fold(name).split()
    return 2 <= len(words) <= 4 and not line.isupper() and looks_like_a_name(words) and territories().isdisjoint(words)
