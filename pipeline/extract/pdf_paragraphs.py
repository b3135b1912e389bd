"""Lines of a PDF to paragraphs: where one ends, how words broken at line ends are mended, which letters were meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from statistics import median

from pipeline.extract.pdf_layout import Fragment, body_height

#: What ends a sentence, with quotes, brackets and note numbers behind it.
_CLOSED = re.compile(r"[.!?…:;؟۔։][\"'”’»)\]]*(?:\[\d{1,3}\])*$")
_BULLET = re.compile(r"[•●▪■◦‣○➢✓❖]|[-–—*]\s|\(?(?:\d{1,2}|[a-zçğıöşü])[.)]\s")
#: A line of a table of contents: dots up to the page's number.
_LEADERS = re.compile(r"(?:\. ?|…|_|·){4,}\s*[\divxlc]+$", re.IGNORECASE)
#: pdfium writes U+0002 (older versions U+FFFE) for a hyphen that ends a line.
_HYPHENS = "\x02\ufffe\u00ad\u2010-"
_HYPHENED = re.compile(rf"[^\W_][{_HYPHENS}]+$")
LONGEST_WORD = 80
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
#: First parts of English compounds that are rarely the first syllables of one word.
_COMPOUND = frozenset("self well long short high low non vis multi cross half ill counter".split())
#: Ligatures and Arabic presentation forms, which search engines would index as letters of their own.
_COMPATIBILITY = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb50-\ufdff\ufe70-\ufefc\u2000-\u200a\u00a0\u202f]+")
#: TeX's older fonts print the accent and the letter apart: "¸s" for ş, "˘g" for ğ, "˙I" for İ, "¨u" for ü.
_SPACING_ACCENT = re.compile(r"¸ ?[sScC]|˘ ?[gGaA]|˙ ?I|¨ ?[aouAOU]")
_COMBINING = {"¸": "\u0327", "˘": "\u0306", "˙": "\u0307", "¨": "\u0308"}
_ICELANDIC = str.maketrans("ýþðÝÞÐ", "ışğİŞĞ")
_BULLETS = str.maketrans(dict.fromkeys("\uf0b7\uf0a7\uf0d8\uf076\uf0fc", "•"))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a page, with the lines it was made of; `note` for a footnote."""

    lines: tuple[Fragment, ...]
    note: bool = False

    @property
    def height(self) -> float:
        return self.lines[0].height


@dataclass(frozen=True, slots=True)
class Measure:
    """How a document is set: the height of its body's type, and its line pitch as a multiple of that."""

    body: float
    pitch: float


def measure(runs: Iterable[Sequence[Fragment]]) -> Measure:
    """The usual type and line pitch of these runs."""
    runs = list(runs)
    steps = [
        (above.bottom - below.bottom) / below.height
        for run in runs
        for above, below in pairwise(run)
        if below.height > 0 and _same_size(above, below, 0.05) and above.bottom > below.bottom
    ]
    return Measure(body_height(chain.from_iterable(runs)), median(steps) if steps else 1.0)


def paragraphs(run: Sequence[Fragment], measured: Measure, *, note: bool = False) -> list[Paragraph]:
    """The paragraphs of one column, told by spacing, indent, type, and lines that end before they had to."""
    if not run:
        return []
    rights = sorted(line.right for line in run)
    margin = rights[min(len(rights) - 1, int(len(rights) * 0.9))]
    groups: list[list[Fragment]] = [[run[0]]]
    for above, below in pairwise(run):
        if _begins(above, below, measured, margin, note=note):
            groups.append([below])
        else:
            groups[-1].append(below)
    return [Paragraph(tuple(group), note) for group in groups]


def _begins(above: Fragment, below: Fragment, measured: Measure, margin: float, *, note: bool) -> bool:
    step = above.bottom - below.bottom
    running_on = below.text[:1].islower() and not _is_closed(above.text)
    if step <= 0 or step > 1.4 * max(measured.pitch, 0.8) * max(above.height, below.height):
        return True
    if not _same_size(above, below, 0.25 if running_on else 0.12):
        return True
    if _LEADERS.search(above.text[-LONGEST_WORD:]) or (above.cells and below.cells):
        return True
    if _HYPHENED.search(above.text[-8:]) or running_on:
        return False
    if note and re.match(r"\[?\d{1,3}\]?\s*\S", below.text) and _is_closed(above.text):
        return True
    if _BULLET.match(below.text) and (_is_closed(above.text) or not below.text[0].isalnum()):
        return True
    if above.height > 1.15 * measured.body:
        return False  # a title in several lines, broken for looks
    return _had_room(above, below, margin) or (_is_closed(above.text) and _is_indented(above, below))


def _same_size(one: Fragment, other: Fragment, tolerance: float) -> bool:
    return abs(one.height - other.height) <= tolerance * max(one.height, other.height)


def _is_closed(text: str) -> bool:
    return bool(_CLOSED.search(text[-LONGEST_WORD:]))


def _had_room(above: Fragment, below: Fragment, margin: float) -> bool:
    """Whether the next word would have fitted on the line above, which so was ended on purpose."""
    word = len(below.text.split(" ", 1)[0]) + 1
    width = word * (below.right - below.left) / max(len(below.text), 1)
    # lines from the right end at the left, where no margin was measured
    return not below.rtl and margin - above.right > width + 0.7 * below.height


def _is_indented(above: Fragment, below: Fragment) -> bool:
    inset = above.right - below.right if below.rtl else below.left - above.left
    return 0.4 * below.height < inset < 6 * below.height


def continues(before: Paragraph, after: Paragraph, margin: float) -> bool:
    """Whether a paragraph goes on at the top of the next column or page."""
    last, first = before.lines[-1], after.lines[0]
    if before.note or after.note or not _same_size(last, first, 0.12) or _BULLET.match(first.text):
        return False
    if _HYPHENED.search(last.text[-8:]):
        return True
    return not _is_closed(last.text) and (first.text[:1].islower() or (len(before.lines) > 1 and last.right >= margin))


# --- words -----------------------------------------------------------------------------------------------------------


def vocabulary(lines: Iterable[str]) -> frozenset[str]:
    """The words of a document in lower case, hyphenated ones whole, to tell what a word broken at a line end was."""
    return frozenset(word.lower() for line in lines for word in _WORD.findall(line))


def joined(lines: Sequence[str], known: Collection[str]) -> str:
    """Lines as one text, words broken at line ends mended.

    A hyphen goes when small letters go on behind it, unless the document has the word with its hyphen elsewhere (and
    not without), or its first part is a number or usual before a hyphen (self-, long-). Before a capital or a number
    the hyphen stays.
    """
    pieces: list[str] = []
    for line in lines:
        if pieces and _HYPHENED.search(pieces[-1][-8:]):
            pieces[-1] = _mended(pieces[-1], line, known)
        else:
            pieces.append(line)
    return _as_meant(" ".join(pieces).strip())


def _mended(text: str, line: str, known: Collection[str]) -> str:
    soft = text[-1] == "\u00ad"
    text = text.rstrip(_HYPHENS)
    first = (_WORD.findall(text[-LONGEST_WORD:]) or [""])[-1]
    second = match[0] if (match := _WORD.match(line[:LONGEST_WORD])) else ""
    return f"{text}{line}" if _is_one_word(first, second, known, soft=soft) else f"{text}-{line}"


def _is_one_word(first: str, second: str, known: Collection[str], *, soft: bool) -> bool:
    if not second or (first and first[-1].isdigit()):
        return False
    if not second[0].islower():
        return len(first) > 1 and first.isupper() and second.isupper()
    one, other = first.lower(), second.lower()
    if f"{one}{other}" in known or soft:
        return True
    return f"{one}-{other}" not in known and not (one in _COMPOUND and len(other) >= 4)


def _as_meant(text: str) -> str:
    """Hyphens that pdfium marked inside a line, as they look."""
    return re.sub("[\x02\ufffe]", "-", text).replace("\u00ad", "")


# --- letters ---------------------------------------------------------------------------------------------------------


def normalised(text: str) -> str:
    """NFC, ligatures as letters, accents on their letters, bullets as bullets, half surrogates mended."""
    if text.isascii():
        return text
    if any("\ud800" <= char <= "\udfff" for char in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _COMPATIBILITY.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text.translate(_BULLETS))
    text = _SPACING_ACCENT.sub(lambda match: match[0][-1] + _COMBINING[match[0][0]], text)
    return unicodedata.normalize("NFC", text)


def is_mislabelled_turkish(words: Iterable[str]) -> bool:
    """Whether ı, ş and ğ come as ý, þ and ð: old fonts made for windows-1254 that say Latin-1."""
    counts = dict.fromkeys("ýþðışğ", 0)
    for word in words:
        for char in word.lower():
            if char in counts:
                counts[char] += 1
    wrong = counts["ý"] + counts["þ"] + counts["ð"]
    return wrong >= 5 and min(counts["ý"], counts["þ"]) > 0 and wrong > 10 * (counts["ı"] + counts["ş"] + counts["ğ"])


def relabelled(text: str) -> str:
    """Text of `is_mislabelled_turkish` with its Turkish letters."""
    return text.translate(_ICELANDIC)
