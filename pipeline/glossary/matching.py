"""Which words of a query are a name in the glossary, in inflected Turkish too, and what else they are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice

from pipeline.glossary.entries import MAX_WORDS, Entry, Name
from pipeline.text import APOSTROPHES, fold

#: An abbreviation or a short name (AB, Şam, Çin) is looked for letter by letter: folded, it would be another word.
SHORT = 4
#: A query of many names asks each of these for each of them; beyond, the likeliest are gone anyway.
MAX_NAMES = 8
# Folded Turkish suffixes as they follow a name without an apostrophe (akdenizdeki, rusyanin), and English plurals.
_SUFFIX = (
    "l[ae]r|li[k]?|lu[k]?|s[iu]z|[iu]?nc[iu]|s?[iu]|n?[iu]n|[yn][iu]|[yn]?[ae]|n?[dt][ae]n?|y?l[ae]|ki|[dt][iu]r|s"
)
_SUFFIXES = re.compile(rf"(?:{_SUFFIX}){{1,4}}")
_POSSESSIVE = re.compile("s?[iu]")
# mali (Mali) + ye is maliye (finance): a short name takes its suffixes behind an apostrophe only.
_SHORTEST_STEM = 5
_LONGEST_SUFFIX = 9
_SOFTENED = {"g": "k", "b": "p", "d": "t"}  # güvenliği is güvenlik
_PIECES = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Words ``start`` to ``stop`` (excluded) of a query are a name; ``names`` are the other names of the thing."""

    start: int
    stop: int
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Glossary:
    """Entries, and by folded words what they name."""

    entries: tuple[Entry, ...]
    by_words: dict[Words, tuple[int, ...]]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Glossary:
        """A glossary of these entries; an entry that is there twice counts once."""
        kept = tuple(dict.fromkeys(entries))
        found: dict[Words, list[int]] = {}
        for number, entry in enumerate(kept):
            for words in (words for name in entry.names for words in _keys(name)):
                numbers = found.setdefault(words, [])
                if number not in numbers:
                    numbers.append(number)
        return cls(kept, {words: tuple(numbers) for words, numbers in found.items() if words})

    def spans(self, typed: Sequence[str]) -> list[Span]:
        """The names among words in order, the longest first wherever several begin, none overlapping another."""
        spans: list[Span] = []
        position = 0
        while position < len(typed):
            span = self._longest(typed, position)
            if span:
                spans.append(span)
            position = span.stop if span else position + 1
        return spans

    def _longest(self, typed: Sequence[str], start: int) -> Span | None:
        for stop in range(min(len(typed), start + MAX_WORDS), start, -1):
            if names := self.others(typed[start:stop]):
                return Span(start, stop, names)
        return None

    def others(self, typed: Sequence[str]) -> tuple[Name, ...]:
        """The other names of the thing that these words name, all of them together; empty where they name nothing.

        Without those that hold a shorter one: wherever *Republic of Turkey* stands, *Turkey* does.
        """
        said = " ".join(typed)
        found: dict[str, Name] = {}
        shorter: set[Words] = set()
        for words in _readings(typed):
            for number in self.by_words.get(words, ()):
                entry = self.entries[number]
                if not _is_meant(entry, words, said):
                    continue
                # a name that was typed with a suffix is a further way to say it: "politikanın" for "politika"
                bare = words == tuple(fold(said).split())
                shorter |= {words} if bare else set()
                for name in entry.names:
                    if not name.caps and not (bare and words in _keys(name)):
                        found.setdefault(fold(name.text), name)  # Türkiye before Türkiyə: it has stems
            if found:
                break
        shorter |= {_keys(name)[0] for name in found.values() if len(name.text) > SHORT}
        apart = (name for name in found.values() if not any(_holds(_keys(name)[0], words) for words in shorter))
        return tuple(islice(apart, MAX_NAMES))

    def rules(self) -> list[str]:
        """Synonym rules in Solr's format. Names meant in capitals only are left out: analysis has no capitals."""
        rules = []
        for entry in self.entries:
            texts = {_words(name.text): name.text for name in entry.names if not name.caps}
            if len(texts) > 1:
                rules.append(", ".join(_escaped(text) for text in texts.values()))
        return list(dict.fromkeys(rules))

    def words(self) -> frozenset[str]:
        """Every folded word of every name, for spelling suggestions."""
        return frozenset(word for words in self.by_words for word in words)


def _holds(words: Words, others: Words) -> bool:
    """True for words among which the others stand side by side, and more."""
    size = len(others)
    return len(words) > size and any(words[at : at + size] == others for at in range(len(words) - size + 1))


def _is_meant(entry: Entry, words: Words, said: str) -> bool:
    """Whether the words may stand for the entry: always, unless they are a name for capitals typed otherwise."""
    if any(not name.caps and words in _keys(name) for name in entry.names):
        return True
    bare = said.translate(dict.fromkeys(map(ord, APOSTROPHES), "'")).split("'")[0]
    return bare == bare.upper()


def _words(text: str) -> Words:
    """The words of a name as they are compared: folded, joined over apostrophes (Kur'an is kuran)."""
    return tuple(piece.replace("'", "") for piece in _PIECES.findall(fold(text)))


@cache
def _keys(name: Name) -> tuple[Words, ...]:
    """What a name is found under, its own words first. Enerji koridoru is enerji koridorları in the plural: its
    possessive ending goes."""
    words = _words(name.text)
    if name.language != "tr" or len(words) < 2:
        return (words,)
    return (words, *((*words[:-1], stem) for stem in _stems(words[-1], _POSSESSIVE)))


def _readings(typed: Sequence[str]) -> Iterator[Words]:
    """As typed, then with the last word's suffixes off: behind an apostrophe, else as far as they can be suffixes."""
    pieces = [piece for word in typed for piece in _PIECES.findall(fold(word))]
    if not pieces:
        return
    head = tuple(piece.split("'")[0] for piece in pieces[:-1])
    last = pieces[-1]
    joined = tuple(piece.replace("'", "") for piece in pieces)
    candidates = [joined, (*head, last.split("'")[0])]
    candidates += [(*head, stem) for stem in _stems(last.split("'")[0])]
    yield from (words for words, _ in groupby(candidates))


def _stems(word: str, suffixes: re.Pattern[str] = _SUFFIXES) -> Iterator[str]:
    """What a folded word may be without its suffixes, longest first."""
    for cut in range(len(word) - 1, max(_SHORTEST_STEM, len(word) - _LONGEST_SUFFIX) - 1, -1):
        if suffixes.fullmatch(word, cut):
            yield word[:cut]
            if hard := _SOFTENED.get(word[cut - 1]):
                yield word[: cut - 1] + hard


def _escaped(text: str) -> str:
    return re.sub(r"([,\\=>#])", r"\\\1", text)
