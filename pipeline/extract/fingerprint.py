"""Fingerprints of texts, and the decision whether two texts are one. Pure, and the same in every process and version.

A text is taken as the set of its shingles (runs of three folded words), hashed to 64 bits. The fingerprint keeps the
smallest 64 of them: a bottom-k sketch (Broder 1997, Cohen and Kaplan 2007), from which both resemblance and containment
can be estimated. MinHash alone tells resemblance, which a shortened copy lacks. The sketch finds candidates, then
`same_text` decides on the words themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

import numpy as np
import numpy.typing as npt

from pipeline.models import Fingerprint
from pipeline.text import tokens

#: Goes up when the same text would get another fingerprint; older ones are then made again.
VERSION = 1
SHINGLE_WORDS = 3
SKETCH_SIZE = 64
#: Below this a text is mostly its formula ("Raporun tamamı için tıklayınız"): only an exact copy is the same text.
SHORT_WORDS = 40
#: How much of the shorter text must lie in the longer one, and of the longer in the shorter. Measured
#: (tests/bench/fingerprint_pairs.py): with 5 % of its words changed a copy is covered to 0.93, with 10 % to 0.83.
_SHORTER_COVERED = 0.75
_LONGER_COVERED = 0.5
#: A passage that both texts replace by their own makes another text, where it is longer than bylines and closing notes:
#: this share of the shorter text, within these bounds in words.
_OWN_SHARE = 0.15
_OWN_LEAST, _OWN_MOST = 20, 60
#: Within one source unlike titles mean two articles with one template or notice, unless they hardly differ.
_HARDLY_COVERED = 0.9
_HARDLY_OWN = 20
#: Bulletins say the same with other figures: where each text has at least so many figures of its own, and they are at
#: least half of the words that it does not share, they are two.
_FIGURES = 5

Hashes = npt.NDArray[np.uint64]


class Writing(Protocol):
    """What has a title and a text: an Article."""

    @property
    def title(self) -> str: ...

    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two texts share: the words of each that lie in shingles of the other, and its longest passage of its own."""

    shorter_words: int
    longer_words: int
    shorter_covered: float
    longer_covered: float
    shorter_own: int
    longer_own: int


def fingerprint(title: str, text: str) -> Fingerprint:
    """The fingerprint of an article: about 0.5 ms for 5 kB. An empty text has an empty one, which equals nothing."""
    words = tokens(text)
    if len(words) < SHORT_WORDS:
        return Fingerprint(VERSION, len(words), 0, _exact(title, words) if words else b"")
    hashes = np.unique(_shingles(words))
    return Fingerprint(VERSION, len(words), len(hashes), hashes[:SKETCH_SIZE].astype("<u8").tobytes())


def similarity(one: Fingerprint, other: Fingerprint) -> float:
    """How much of the shorter text lies in the longer, 0 to 1: estimated (standard error about 0.08), exact for short
    texts, where it is 0 or 1."""
    return one.similarity(other)


def same_text(one: Writing, other: Writing, *, one_source: bool) -> bool:
    """True when one text equals the other or nearly: edited, shortened by up to two fifths, reordered, with bylines, an
    introduction or notes added.

    False for different texts with the same opening or notices, and for short ones that are not equal in title and
    words. `one_source`: both come from the same site, where templates and notices are shared; between sites a text is
    often given another title.
    """
    shorter, longer = sorted((tokens(one.text), tokens(other.text)), key=len)
    titles = tokens(one.title), tokens(other.title)
    if len(shorter) < SHORT_WORDS:
        return bool(shorter) and shorter == longer and titles[0] == titles[1]
    overlap = measure(shorter, longer)
    return is_one_text(overlap, suspicious=one_source and _differ(*titles)) and not _are_bulletins(shorter, longer)


def is_one_text(overlap: Overlap, *, suspicious: bool = False) -> bool:
    """The decision by figures alone; `suspicious`: the titles speak against it."""
    if overlap.shorter_covered < _SHORTER_COVERED or overlap.longer_covered < _LONGER_COVERED:
        return False
    own = min(overlap.shorter_own, overlap.longer_own)
    if suspicious and (own >= _HARDLY_OWN or overlap.shorter_covered < _HARDLY_COVERED):
        return False
    return own <= min(max(_OWN_SHARE * overlap.shorter_words, _OWN_LEAST), _OWN_MOST)


def measure(shorter: Sequence[str], longer: Sequence[str]) -> Overlap:
    """What two token lists share, whatever the order of their paragraphs."""
    first, second = _shingles(shorter), _shingles(longer)
    left, right = _covered(np.isin(first, second)), _covered(np.isin(second, first))
    return Overlap(
        len(shorter), len(longer), float(left.mean()), float(right.mean()), _longest_gap(left), _longest_gap(right)
    )


def _exact(title: str, words: Sequence[str]) -> bytes:
    whole = " ".join(tokens(title)) + "\n" + " ".join(words)
    return hashlib.sha256(whole.encode()).digest()[:8]


def _shingles(words: Sequence[str]) -> Hashes:
    """The hash of each run of three words, in order. Multiplication wraps around, as 64-bit hashes do."""
    codes = np.fromiter((crc32(word.encode()) for word in words), np.uint64, len(words))
    rolled = np.zeros(max(len(words) - SHINGLE_WORDS + 1, 0), np.uint64)
    for start in range(SHINGLE_WORDS):
        rolled = rolled * np.uint64(0x9E3779B97F4A7C15) + codes[start : start + len(rolled)]
    return _mixed(rolled)


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input reaches every bit of the hash."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _covered(found: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which words lie in at least one shingle that was found."""
    words = np.zeros(len(found) + SHINGLE_WORDS - 1, np.bool_)
    for start in range(SHINGLE_WORDS):
        words[start : start + len(found)] |= found
    return words


def _longest_gap(covered: npt.NDArray[np.bool_]) -> int:
    """The longest run of words that are not covered."""
    edges = np.flatnonzero(np.concatenate(([True], covered, [True])))
    return int(np.diff(edges).max()) - 1


def _differ(one: Sequence[str], other: Sequence[str]) -> bool:
    """True when two titles share less than half of the shorter one's words; unknown ones say nothing."""
    first, second = set(one), set(other)
    return bool(first and second) and 2 * len(first & second) < min(len(first), len(second))


def _are_bulletins(one: Sequence[str], other: Sequence[str]) -> bool:
    first, second = set(one), set(other)
    return _is_figures(first - second) and _is_figures(second - first)


def _is_figures(own: set[str]) -> bool:
    figures = sum(word.isdigit() for word in own)
    return figures >= _FIGURES and 2 * figures >= len(own)
