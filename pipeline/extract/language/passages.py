"""What the detectors read: a text cut into passages of one script each, with the noise that misleads them taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.text import lower_turkish, tidy_paragraphs

#: A paragraph longer than this is read in windows that end with a sentence, so that a page without paragraphs
#: (one line of 5 kB) can still carry two languages.
WINDOW = 600
SAMPLES = 3
SAMPLE = 200
#: A second script inside a paragraph is a passage of its own from here on; less is names and citations.
OWN_PASSAGE_LETTERS = 25
OWN_PASSAGE_SHARE = 0.15
#: What is left of a paragraph without its quotations speaks for it when it has this many characters and this share.
OWN_WORDS = 60
OWN_NAMELESS = 80  # and without its names, which a short text needs more
OWN_WORDS_SHARE = 0.3

_NOISE = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+|\S+@\S+|\S+\.(?:com|org|net|gov|edu)\b\S*")
_HAS_NOISE = re.compile(r"://|www\.|[@#]|\.(?:com|org|net|gov|edu)\b")
_OPENING_QUOTE = re.compile('["“„«]')
_QUOTED = re.compile('“[^“”]{10,}[”"]|„[^„“”]{10,}[“”]|«[^«»]{10,}»|"[^"]{10,}"')
_NAMES = re.compile(r"(?<=[\w,;–-] )[A-ZÀ-ÖØ-ÞĞİŞƏ][\w’'.-]*")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_LOWER_WORD = re.compile(r"\b[a-zà-ÿ]{2,}\b")
_SENTENCE_END = re.compile(r"(?<=[.!?…։؟۔])[\"'’”»)]*\s+")
_LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u02af\u1e00-\u1eff\uff21-\uff5a"
_SCRIPTS = {
    "Latin": _LATIN,
    "Cyrillic": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff",
    "Armenian": "\u0530-\u058f\ufb13-\ufb17",
    "Georgian": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Hebrew": "\u0590-\u05ff\ufb1d-\ufb4f",
    "Thai": "\u0e00-\u0e7f",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "Kana": "\u3040-\u30ff\u31f0-\u31ff",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
}
_LETTERS_OF = {script: re.compile(f"[{letters}]+") for script, letters in _SCRIPTS.items()}
_FOREIGN_TO = {
    script: re.compile(f"[{''.join(other for name, other in _SCRIPTS.items() if name != script)}]+")
    for script in _SCRIPTS
}
#: Cyrillic letters that stand in Latin words for their look-alikes (Azerbaijani texts type ә for ə), mapped to Latin.
_LOOKALIKES = str.maketrans("әӘаеорсухАВЕКМНОРСТХіј", "əƏaeopcyxABEKMHOPCTXij")
#: Turkish (windows-1254) read as Western European (windows-1252); 113 of the corpus's 500 Turkish sentences.
_WESTERN_READ_AS_TURKISH = str.maketrans("ýÝþÞðÐ", "ıİşŞğĞ")
#: Letters beside which ý þ ð belong where they are: Icelandic, Faroese, Czech, Slovak, Turkmen, Vietnamese.
_OTHER_HOMES = re.compile("[áéíóúæäňžěčřůøåôđơưÁÉÍÓÚÆÄŇŽ]")
#: In Turkmen ý is a consonant and touches a vowel (aýal, ýok); in damaged Turkish it is the vowel ı.
_GLIDE = re.compile("[aeiouyöüäý]ý|ý[aeiouyöüäý]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, or a part of one, in one script. ``letters`` is its weight in the text."""

    text: str
    letters: int
    script: str


def passages(text: str) -> list[Passage]:
    """The passages of a text (paragraphs separated by line breaks) in its order; lines without letters give none."""
    return [
        passage for line in tidy_paragraphs(text).split("\n") for window in _windows(line) for passage in _read(window)
    ]


def without_names(text: str) -> str:
    """A Latin text without the capitalised words inside its sentences; as it is where they are most of it."""
    plain = _NAMES.sub(" ", text)
    return plain if len(plain) >= max(OWN_NAMELESS, OWN_WORDS_SHARE * len(text)) else text


def sample(parts: Sequence[Passage]) -> Passage:
    """Passages of one script as one: all of them while short, else the beginnings of a few, spread over the text.

    A beginning ends with a word. They say what the whole does and cost the same however long it is.
    """
    letters = sum(part.letters for part in parts)
    chosen = parts if letters <= SAMPLE * SAMPLES else [parts[i] for i in _spread(len(parts))]
    each = max(SAMPLE, SAMPLE * SAMPLES // len(chosen))
    return Passage(" ".join(beginning(part.text, each) for part in chosen), letters, parts[0].script)


def _spread(count: int) -> list[int]:
    """At most SAMPLES indexes of a list, at even distances."""
    return list(range(count)) if count <= SAMPLES else [i * count // SAMPLES for i in range(SAMPLES)]


def beginning(text: str, length: int) -> str:
    """At most so many characters of a text, ending with a word."""
    return text if len(text) <= length else text[:length].rpartition(" ")[0] or text[:length]


def _windows(line: str) -> Iterator[str]:
    """A line, or its parts of about WINDOW characters where it is longer than one and a half of them."""
    if len(line) <= WINDOW * 1.5:
        yield line
        return
    start = 0
    for end in (match.end() for match in _SENTENCE_END.finditer(line)):
        if end - start >= WINDOW and len(line) - end >= WINDOW // 2:
            yield line[start:end]
            start = end
    yield from _chunks(line[start:])


def _chunks(rest: str) -> Iterator[str]:
    """Cut without regard to sentences what has none for far too long (lists, verse, scripts without full stops)."""
    for start in range(0, len(rest), WINDOW * 4):
        yield rest[start : start + WINDOW * 4]


def _read(window: str) -> list[Passage]:
    """The passages of a window by what it says itself; they weigh as much as the whole of it."""
    own = _own_words(window)
    if own is window:
        return _by_script(window)
    weight = len(window) / len(own)
    return [replace(part, letters=round(part.letters * weight)) for part in _by_script(own)]


def _own_words(window: str) -> str:
    """A paragraph without what it quotes, unless the quotation is most of it."""
    if not _OPENING_QUOTE.search(window):
        return window
    own = _QUOTED.sub(" ", window)
    return own if len(own) >= max(OWN_WORDS, OWN_WORDS_SHARE * len(window)) else window


def _by_script(window: str) -> list[Passage]:
    line = " ".join(_NOISE.sub(" ", window).split()) if _HAS_NOISE.search(window) else window
    letters = _NOT_LETTERS.sub("", line)
    if letters.isascii():
        return [Passage(_calm(line, letters), len(letters), "Latin")] if letters else []
    counts = _count_scripts(letters)
    if not counts:
        return [Passage(line, len(letters), "other")]
    main = _main_script(counts)
    minimum = max(OWN_PASSAGE_LETTERS, OWN_PASSAGE_SHARE * len(letters))
    found = []
    for script, count in counts.items():
        part = _only(line, script, others=len(counts) > 1)
        if script == main or (count >= minimum and (script != "Latin" or len(_LOWER_WORD.findall(part)) >= 3)):
            found.append(Passage(_calm(part, letters), count, script))
    return found


def _main_script(counts: Mapping[str, int]) -> str:
    """The script of most letters, or another than Latin that has a third of them: names go from Latin into texts of
    other scripts (a sentence of Kazakh that lists game consoles), seldom the other way."""
    total = sum(counts.values())
    return max(counts, key=lambda script: (counts[script] * (1 if script == "Latin" else 2) / total, script))


def _count_scripts(letters: str) -> dict[str, int]:
    """Letters per script, without the scripts that do not occur. Kana makes the Han beside it Japanese."""
    counts: dict[str, int] = {}
    rest = letters
    for script, pattern in _LETTERS_OF.items():
        if not rest:
            break
        without = pattern.sub("", rest)
        if len(without) < len(rest):
            counts[script] = len(rest) - len(without)
        rest = without
    if "Kana" in counts:
        counts["Kana"] += counts.pop("Han", 0)
    return counts


def _only(line: str, script: str, *, others: bool) -> str:
    """The line without the letters of other scripts, which are names and citations in it."""
    if script == "Latin" and others:
        line = re.sub(r"\w+", lambda word: _latin_word(word.group()), line)
    return _FOREIGN_TO[script].sub("", line) if others and script != "Kana" else line


def _latin_word(word: str) -> str:
    return word.translate(_LOOKALIKES) if _LETTERS_OF["Latin"].search(word) else word


def _calm(line: str, letters: str) -> str:
    """Capitals lowered (İ→i, I→ı where there is an İ; English and unaccented capitals have none), ý þ ð repaired."""
    first = letters[:100]
    if sum(map(str.isupper, first)) > 0.6 * len(first):
        line = lower_turkish(line) if "İ" in line else line.lower()
    return repair(line.replace("i\u0307", "i"))


def repair(line: str) -> str:
    """Turkish whose ı ş ğ were decoded as ý þ ð, set right; other texts as they are."""
    certain = any(letter in line for letter in "þÞðÐ")
    if not (certain or "ý" in line or "Ý" in line) or _OTHER_HOMES.search(line):
        return line
    if not certain and _GLIDE.search(line):
        return line
    return line.translate(_WESTERN_READ_AS_TURKISH)
