"""Precision and recall of near-duplicate detection, on pairs made from real articles of the corpus beside the project.

    python -m tests.bench.fingerprint_pairs [--every N] [--seeds N] [--show]

Each positive is a text and a copy of it as sites make them; each negative two texts that share something and are not
one. A pair counts as joined when the fingerprints lead to the other text and the texts then pass the decision, as in a
crawl. ``--every 4`` takes every fourth text (the unit test's quality gate does), ``--show`` prints what went wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.demo.article import articles
from pipeline.extract.fingerprint import SHORT_WORDS, fingerprint, measure, same_text, similarity
from pipeline.models import Article, Fingerprint
from pipeline.store.fingerprints import ANCHORS, WORTH_READING
from pipeline.text import tokens

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
#: SHA-256 over the texts that pairs are made of, by which the floors below were measured.
CORPUS_DIGEST = "113009e20783ddf85d9e2b2c830fbb6db096ed24eeb6caa6d1127671190433df"
PRECISION_FLOOR = 0.995
RECALL_FLOOR = 0.98
LANGUAGES = ("tr", "en", "az", "ru", "de", "fr", "ar", "hy", "ka", "kk", "fa")
_SENTENCES_A_TEXT = 25
_BYLINES = (
    "Haber Merkezi - Ankara. Bu analiz ilk olarak ortak yayın ağımızda yer almıştır.",
    "By our correspondent in Brussels. Updated at 14:35. Reading time: 7 minutes. Share this article.",
    "Dr. Ayşe Yılmaz, Uluslararası İlişkiler Bölümü. 7 dk okuma süresi. Paylaş: Facebook Twitter WhatsApp Telegram",
    "This commentary first appeared elsewhere and is republished with the kind permission of its author and editors.",
)
_CLOSINGS = (
    "Bu yazıda yer alan görüşler yazara aittir ve kurumumuzun görüşlerini yansıtmak zorunda değildir. İzinsiz "
    "alıntılanamaz. Kaynak gösterilerek kısmen yayımlanabilir. Bültenimize abone olmak için tıklayınız.",
    "The author is a senior fellow at the institute. The opinions expressed here are the author's own. Sign up for our "
    "newsletter to receive our analyses every week, and follow us on social media.",
    "Anahtar kelimeler: dış politika, güvenlik, enerji. Yorumlar kapalıdır.",
)


_TITLES = ("Karadeniz'de yeni denge arayışı", "Water politics of Central Asia", "Enerji koridorları üzerine notlar")


@dataclass(frozen=True, slots=True)
class Text:
    """One real text, with blocks (paragraphs or sentences) separated by line breaks."""

    name: str
    title: str
    blocks: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.blocks)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, and whether they are one. ``kind`` says how the pair was made."""

    kind: str
    same: bool
    name: str
    one: Article
    other: Article
    one_source: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """How many pairs of a kind there are, and how many were joined."""

    kind: str
    same: bool
    pairs: int
    joined: int


# --- texts -----------------------------------------------------------------------------------------------------------


def texts(corpus: Path = CORPUS) -> list[Text]:
    """All texts of the corpus that are long enough for a near copy: articles whole, sentences 25 at a time."""
    found = [*_benchmark(corpus / "benchmark"), *_publishers(corpus / "publishers"), *_sentences(corpus / "languages")]
    return [text for text in found if len(tokens(text.text)) >= 2 * SHORT_WORDS]


def digest(found: Sequence[Text]) -> str:
    """The fingerprint of the corpus: other texts need their own floors."""
    total = hashlib.sha256()
    for text in found:
        total.update(f"{text.name}\0{text.title}\0{text.text}\0".encode())
    return total.hexdigest()


def _benchmark(folder: Path) -> Iterator[Text]:
    for name, gold in sorted(json.loads((folder / "ground-truth.json").read_text("utf-8")).items()):
        yield Text(name[:12], "", _blocks(gold["articleBody"]))


def _publishers(folder: Path) -> Iterator[Text]:
    for file in sorted(folder.glob("*/*.json")):
        if file.name == "meta.json":
            continue
        for version, gold in sorted(json.loads(file.read_text("utf-8")).items()):
            sections = (gold.get("body") or {}).get("sections", [])
            blocks = [block for section in sections for block in (*section["headline"], *section["paragraphs"])]
            yield Text(f"{file.stem} {version}", gold.get("title") or "", tuple(blocks))


def _sentences(folder: Path) -> Iterator[Text]:
    for code in LANGUAGES:
        lines = [line for line in (folder / f"{code}.txt").read_text("utf-8").split("\n") if line.strip()]
        for start in range(0, len(lines) - _SENTENCES_A_TEXT + 1, _SENTENCES_A_TEXT):
            yield Text(f"{code} {start}", "", tuple(lines[start : start + _SENTENCES_A_TEXT]))


def _blocks(text: str) -> tuple[str, ...]:
    lines = tuple(line.strip() for line in text.split("\n") if line.strip())
    return lines if len(lines) > 3 else tuple(re.split(r"(?<=[.!?]) +", " ".join(lines)))


# --- copies ----------------------------------------------------------------------------------------------------------


def edited(text: str, share: float, draw: random.Random, vocabulary: Sequence[str]) -> str:
    """A share of the words replaced, dropped or doubled by another."""
    return "\n".join(
        " ".join(_edit(word, share, draw, vocabulary) for word in line.split()) for line in text.split("\n")
    )


def _edit(word: str, share: float, draw: random.Random, vocabulary: Sequence[str]) -> str:
    if draw.random() >= share:
        return word
    return draw.choice((draw.choice(vocabulary), "", f"{word} {draw.choice(vocabulary)}"))


def head(text: str, share: float) -> str:
    """The first share of the words."""
    words = text.split(" ")
    return " ".join(words[: round(len(words) * share)])


def thinned(text: Text, share: float, draw: random.Random) -> str:
    """Blocks left out here and there, until about this share of the words is left."""
    blocks = list(text.blocks)
    total = len(tokens(text.text))
    for block in draw.sample(blocks, len(blocks)):
        if len(tokens("\n".join(b for b in blocks if b is not block))) < share * total:
            continue
        blocks = [b for b in blocks if b is not block]
    return "\n".join(blocks)


def dressed(text: str, draw: random.Random) -> str:
    """With a byline before and closing notes behind, as a syndicating site adds them."""
    return f"{draw.choice(_BYLINES)}\n{text}\n{draw.choice(_CLOSINGS)}"


def shuffled(text: Text, draw: random.Random) -> str:
    return "\n".join(draw.sample(text.blocks, len(text.blocks)))


def positives(text: Text, draw: random.Random, vocabulary: Sequence[str]) -> Iterator[Pair]:
    """Copies of one text, as sites make them."""
    whole, title = text.text, text.title or head(text.text, 8 / len(text.text.split(" ")))
    copies = {
        "edited 5 %": edited(whole, 0.05, draw, vocabulary),
        "edited 8 %": edited(whole, 0.08, draw, vocabulary),
        "shortened, end": head(whole, draw.uniform(0.6, 0.9)),
        "shortened, blocks": thinned(text, draw.uniform(0.6, 0.9), draw),
        "shortened, edited 5 %": edited(head(whole, draw.uniform(0.65, 0.9)), 0.05, draw, vocabulary),
        "bylines": dressed(whole, draw),
        "bylines, edited 5 %": edited(dressed(whole, draw), 0.05, draw, vocabulary),
        "bylines, shortened": dressed(head(whole, draw.uniform(0.65, 0.9)), draw),
        "reordered": shuffled(text, draw),
        "capitals": whole.upper(),
    }
    original = _article(title, whole)
    for kind, copy in copies.items():
        yield Pair(kind, True, text.name, original, _article(title, copy), one_source=draw.random() < 0.5)
    twice = [_article(title, dressed(whole, draw)) for _ in range(2)]
    yield Pair("two bylines", True, text.name, *twice)
    renamed = draw.choice(_TITLES)
    yield Pair("retitled", True, text.name, original, _article(renamed, edited(whole, 0.02, draw, vocabulary)), True)
    yield Pair("retitled, bylines", True, text.name, original, _article(renamed, dressed(whole, draw)))


def _article(title: str, text: str) -> Article:
    return Article(url="https://ornek.example/yazi", title=title, text=text)


# --- what is not one -------------------------------------------------------------------------------------------------


def negatives(text: Text, other: Text, third: Text, draw: random.Random) -> Iterator[Pair]:
    """Pairs that share an opening, a notice, a quotation, a template, or nothing. Where titles are not said to matter
    there are none, so that the words alone decide."""
    one, two, notice = (each.text.split(" ") for each in (text, other, third))
    opening, rest, own = one[:150], draw.randint(60, 400), draw.randint(60, 300)
    made: dict[str, tuple[Sequence[str], Sequence[str]]] = {
        "unrelated": (one, two),
        "same notice": _with_notice(one, two, own, notice[: draw.randint(60, 200)]),
        "quotation": (one, [*two, *one[: len(one) * 3 // 10]]),
        "excerpt": (one, one[: len(one) // 4]),
    }
    if len(one) >= 210 and len(two) >= 60:
        made["same opening"] = one, [*opening, *two[:rest]]
        made["same opening, cut"] = one[: 150 + rest], [*opening, *two[:rest]]
    name = f"{text.name} / {other.name}"
    for kind, (first, second) in made.items():
        yield Pair(kind, False, name, _article("", " ".join(first)), _article("", " ".join(second)))
    mostly = _with_notice(one, two, draw.randint(25, 60), notice[: draw.randint(100, 300)])
    titled = [_article(title, " ".join(words)) for title, words in zip(draw.sample(_TITLES, 2), mostly, strict=True)]
    yield Pair("mostly notice, titled", False, name, *titled, one_source=True)
    bulletin = [_article(_TITLES[0], _bulletin(one, draw)) for _ in range(2)]
    yield Pair("bulletin", False, name, *bulletin, one_source=True)


def _with_notice(
    one: Sequence[str], two: Sequence[str], own: int, notice: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    return [*one[:own], *notice], [*two[:own], *notice]


def _bulletin(words: Sequence[str], draw: random.Random) -> str:
    """Every fifteenth word is a figure of the day."""
    return " ".join(str(draw.randint(100, 99_999)) if n % 15 == 7 else word for n, word in enumerate(words[:300]))


def translations() -> Iterator[Pair]:
    """The demonstration site's articles and their translations."""
    by_slug = {article.slug: article for article in articles()}
    for article in by_slug.values():
        if other := by_slug.get(article.translation or ""):
            one, two = (_article(each.title, each.text) for each in (article, other))
            yield Pair("translation", False, article.slug, one, two, one_source=True)


def pairs(found: Sequence[Text], *, every: int = 1, seeds: int = 1) -> Iterator[Pair]:
    """All pairs, the same every time."""
    for seed in range(seeds):
        for number in range(seed % every, len(found), every):
            text, draw = found[number], random.Random(f"{seed} {found[number].name}")
            kin = [other for other in found if other.name[:8] != text.name[:8] and _family(other) == _family(text)]
            other, third = draw.sample(kin if len(kin) > 1 else found, 2)
            yield from positives(text, draw, other.text.split())
            yield from negatives(text, other, third, draw)
    yield from translations()


def _family(text: Text) -> str:
    """Texts of one language stay together; articles are mostly English."""
    code = text.name.split(" ")[0]
    return code if code in LANGUAGES else "articles"


# --- judging ---------------------------------------------------------------------------------------------------------


def is_found(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether looking for one text leads to the other: through an anchor of it, and with enough likeness to be read."""
    anchors = set(one.hashes) & set(other.hashes[:ANCHORS])
    return bool(anchors) and similarity(one, other) >= WORTH_READING


def is_joined(pair: Pair) -> bool:
    found = is_found(_fingerprint(pair.one), _fingerprint(pair.other))
    return found and same_text(pair.one, pair.other, one_source=pair.one_source)


def _fingerprint(article: Article) -> Fingerprint:
    return fingerprint(article.title, article.text)


def scores(made: Sequence[Pair]) -> list[Score]:
    """Per kind, how many were joined."""
    table: dict[tuple[str, bool], list[bool]] = {}
    for pair in made:
        table.setdefault((pair.kind, pair.same), []).append(is_joined(pair))
    return [Score(kind, same, len(answers), sum(answers)) for (kind, same), answers in table.items()]


def precision(found: Sequence[Score]) -> float:
    """Of the joined pairs, the share that is one text."""
    return sum(s.joined for s in found if s.same) / max(sum(s.joined for s in found), 1)


def recall(found: Sequence[Score]) -> float:
    """Of the pairs that are one text, the share that was joined."""
    return sum(s.joined for s in found if s.same) / max(sum(s.pairs for s in found if s.same), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    found = texts()
    made = list(pairs(found, every=options.every, seeds=options.seeds))
    table = scores(made)
    print(f"{len(found)} texts, digest {digest(found)}")
    for score in table:
        truth, share = "one" if score.same else "two", score.joined / score.pairs
        print(f"{score.kind:24}{truth:5}{score.pairs:6} pairs{share:8.4f} joined")
    print(f"precision {precision(table):.4f}, recall {recall(table):.4f}")
    if options.show:
        show(made)


def show(made: Sequence[Pair]) -> None:
    """Each wrong answer with its figures."""
    for pair in made:
        if is_joined(pair) != pair.same:
            likeness = similarity(_fingerprint(pair.one), _fingerprint(pair.other))
            shorter, longer = sorted((tokens(pair.one.text), tokens(pair.other.text)), key=len)
            print(pair.kind, pair.name, f"{likeness:.2f}", measure(shorter, longer))


if __name__ == "__main__":
    main()
