"""Translations: which articles are one text in two languages. Decided by addresses and by what texts of any language
have in common; wrong pairs are worse than missing ones, so what is claimed twice or contradicted is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import log
from statistics import StatisticsError, correlation

from sqlalchemy import Connection, select

from pipeline.jobs.language_forms import LanguageForm, language_form, page_key
from pipeline.models import Article, Candidate
from pipeline.store import articles as article_store
from pipeline.store import translations, urls
from pipeline.store.schema import articles
from pipeline.text import fold

#: What says that two articles are translations, the strongest first.
BASES = ("hreflang", "path", "pdf", "id", "image", "author")
#: Names and figures in common: so many, and this share of the shorter list. Over the demonstration site's articles no
#: two of different languages that are not translations reach either with more than two names in common.
_COMMON = 3
_COMMON_SHARE = 0.25
#: Paragraphs that correspond: so many, of lengths that rise and fall together, none more than by this (as a natural
#: logarithm) longer or shorter than the whole (Gale and Church 1993). One in a hundred unrelated pairs of that site has
#: that too, so it counts only beside something else in common.
_PARAGRAPHS = 5
_LENGTHS_ALIKE = 0.85
_STRETCH = 0.4
_NEAR_DAYS = 31
_CANDIDATES = 40
_SENTENCE = re.compile(r"(?<=[.!?:;…“”\"»])\s+|\n")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as translations are looked for: with its id and its source's, and what a sitemap calls its forms in
    other languages (hreflang, URL)."""

    id: str
    source: str
    article: Article
    listed: tuple[tuple[str, str], ...] = ()

    @property
    def alternates(self) -> tuple[tuple[str, str], ...]:
        """What page and sitemap name as its forms: hreflang and URL."""
        return (*self.article.alternates.items(), *self.listed)


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """How sure a pair is; the greater is the better."""

    strength: int  # the stronger basis has the greater
    kinship: float
    basis: str


def siblings(entry: Entry, others: Sequence[Entry]) -> dict[str, str]:
    """The translations of an article among others: id → basis, at most one a language.

    A pair is believed when neither side has a better partner in the other's language, and no other claims it as well.
    """
    found: dict[str, tuple[Evidence, str]] = {}
    for other in others:
        evidence = evidence_of(entry, other)
        if evidence is None or _has_rival(other, entry, others, evidence):
            continue
        language = _language(other.article)
        if language in found and found[language][0] == evidence:
            found[language] = (evidence, "")  # two as good as each other: neither
        elif language not in found or evidence > found[language][0]:
            found[language] = (evidence, other.id)
    return {identity: evidence.basis for evidence, identity in found.values() if identity}


def _has_rival(other: Entry, entry: Entry, pool: Sequence[Entry], evidence: Evidence) -> bool:
    """Whether a third article in `entry`'s language has as good a claim on `other`, and is no copy of `entry`."""
    for third in pool:
        if third.id in (entry.id, other.id) or _language(third.article) != _language(entry.article):
            continue
        claim = evidence_of(third, other)
        if claim and claim >= evidence and third.article.content_hash != entry.article.content_hash:
            return True
    return False


def evidence_of(one: Entry, other: Entry) -> Evidence | None:
    """What says that two articles are translations of each other, or None. Symmetric."""
    first, second = _language(one.article), _language(other.article)
    if one.id == other.id or first == second or "und" in (first, second):
        return None
    kinship = kinship_of(one.article, other.article)
    basis = next((basis for basis in BASES if _HOLDS[basis](one, other, kinship)), None)
    return Evidence(len(BASES) - BASES.index(basis), kinship, basis) if basis else None


def kinship_of(one: Article, other: Article) -> float:
    """0 to 1: the share of names and figures in common, or of paragraphs whose lengths rise and fall together; below
    what unrelated articles reach it is 0."""
    first, second = _landmarks(one.text), _landmarks(other.text)
    common = len(first & second)
    share = common / max(min(len(first), len(second)), 1)
    named = share if common >= _COMMON and share >= _COMMON_SHARE else 0.0
    return max(named, _alike_in_shape(one.text, other.text))


def clues(entry: Entry) -> list[str]:
    """What a translation may share with an article; looking them up finds it."""
    article = entry.article
    form = language_form(article.url)
    return [
        *(f"page {page_key(url)}" for url in (article.url, *(url for _, url in entry.alternates))),
        f"path {form.site}/{form.rest}",
        *(f"id {form.site} {number}" for number in sorted(form.numbers)),
        *(f"file {url}" for url in article.pdfs),
        *([f"file {article.image}"] if article.image else []),
        *(f"people {entry.source} {fold(name)} {article.published_day}" for name in article.authors),
    ]


def relate(connection: Connection, source: str, candidates: Sequence[Candidate], now: datetime) -> None:
    """Take down what a sitemap newly says of articles that are known already, and look for their translations."""
    told = urls.told_anew(connection, candidates)
    if told:
        urls.name(connection, source, [one for one in candidates if one.alternates], now)
        look_again(connection, told, now)


def look_again(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Look for the translations of known articles of which something new is said; what changes is indexed again."""
    changed = [identity for entry in _load(connection, ids) for identity in refresh(connection, entry)]
    article_store.mark_pending(connection, changed, now)


def refresh(connection: Connection, entry: Entry, *, fresh: bool = False) -> tuple[str, ...]:
    """Look for the translations of an article whose text or addresses are new. Returns the articles that gained or lost
    one; the caller marks them pending for the index. Runs in the caller's transaction, may run twice. `fresh`: the
    article was added in this transaction, so it has none yet."""
    others = _load(connection, translations.file(connection, entry.id, clues(entry))[:_CANDIDATES])
    found = siblings(entry, others)
    if fresh and not found:
        return ()
    changed = {*_release(connection, entry, others, found), *translations.settle(connection, entry.id, found)}
    return tuple(sorted(changed))


def _release(connection: Connection, entry: Entry, others: Sequence[Entry], found: dict[str, str]) -> Iterator[str]:
    """An article has one translation a language: who was a partner's until now, and is no copy, is let go."""
    language = _language(entry.article)
    copies = {other.id for other in others if other.article.content_hash == entry.article.content_hash}
    for partner in found:
        held = translations.pairs(connection, partner)
        rivals = {
            one.id
            for one in _load(connection, sorted(held.keys() - copies - {entry.id}))
            if _language(one.article) == language
        }
        yield from translations.settle(connection, partner, {k: held[k] for k in held.keys() - rivals})


def _load(connection: Connection, ids: Sequence[str]) -> list[Entry]:
    """The newest revisions of articles that are not merged into others, in the order of their ids."""
    query = select(articles.c.id, articles.c.source).where(articles.c.id.in_(ids), articles.c.merged_into.is_(None))
    rows = connection.execute(query.order_by(articles.c.id)).all() if ids else []
    revisions = [(row.id, row.source, article_store.current(connection, row.id)) for row in rows]
    listed = urls.alternates(connection, [row.id for row in rows])
    return [
        Entry(identity, source, revision.article, listed.get(identity, ()))
        for identity, source, revision in revisions
        if revision
    ]


# --- the bases -------------------------------------------------------------------------------------------------------


def _by_hreflang(one: Entry, other: Entry, kinship: float) -> bool:
    """One names the other, and the other does not name a third in its place."""
    forth, back = _names(one, other), _names(other, one)
    return True in (forth, back) and False not in (forth, back)


def _names(one: Entry, other: Entry) -> bool | None:
    """Whether an article, or its sitemap, names another as its form in the other's language; None when neither names
    any."""
    named = [url for code, url in one.alternates if code.partition("-")[0] == _language(other.article)]
    if not named:
        return None
    own = {page_key(url) for url in (other.article.url, other.article.canonical_url) if url}
    return any(page_key(url) in own for url in named)


def _by_path(one: Entry, other: Entry, kinship: float) -> bool:
    """One address but for its language. A bare number may be another record there, so it needs more."""
    first, second = _forms(one.article, other.article)
    if not _are_forms(one.article, other.article) or first.rest != second.rest:
        return False
    return first.is_telling or bool(first.numbers and (kinship or _days_apart(one.article, other.article) <= 1))


def _by_id(one: Entry, other: Entry, kinship: float) -> bool:
    """One record number under two languages, with kindred texts of about the same time."""
    first, second = _forms(one.article, other.article)
    shared = first.numbers & second.numbers
    near = _days_apart(one.article, other.article) <= _NEAR_DAYS
    return _are_forms(one.article, other.article) and bool(shared) and near and kinship > 0


def _by_pdf(one: Entry, other: Entry, kinship: float) -> bool:
    """One PDF on both pages, about the same time."""
    shared = set(one.article.pdfs) & set(other.article.pdfs)
    return bool(shared) and (kinship > 0 or _days_apart(one.article, other.article) <= _NEAR_DAYS)


def _by_image(one: Entry, other: Entry, kinship: float) -> bool:
    shared = one.article.image is not None and one.article.image == other.article.image
    return shared and kinship > 0 and _days_apart(one.article, other.article) <= _NEAR_DAYS


def _by_author(one: Entry, other: Entry, kinship: float) -> bool:
    """The same people, source and day, with kindred texts."""
    people = [{fold(name) for name in entry.article.authors} for entry in (one, other)]
    return (
        one.source == other.source
        and people[0] == people[1] != set()
        and (kinship > 0 and _days_apart(one.article, other.article) == 0)
    )


_HOLDS = {
    "hreflang": _by_hreflang,
    "path": _by_path,
    "pdf": _by_pdf,
    "id": _by_id,
    "image": _by_image,
    "author": _by_author,
}


def _forms(one: Article, other: Article) -> tuple[LanguageForm, LanguageForm]:
    return language_form(one.url), language_form(other.url)


def _are_forms(one: Article, other: Article) -> bool:
    """Two addresses of one site that differ in the language they name, each true to its text."""
    first, second = _forms(one, other)
    true = first.marker in ("", _language(one)) and second.marker in ("", _language(other))
    return true and first.site == second.site and first.marker != second.marker


def _days_apart(one: Article, other: Article) -> int:
    """Days between two dates; for unknown ones more than any limit."""
    if one.published_day is None or other.published_day is None:
        return 10**6
    return abs((one.published_day - other.published_day).days)


def _language(article: Article) -> str:
    return article.language.partition("-")[0]


@lru_cache(maxsize=64)
def _landmarks(text: str) -> frozenset[str]:
    """What stays the same in a translation: figures, and words that are capital within a sentence."""
    found = {
        fold(word) for sentence in _SENTENCE.split(text) for word in _WORD.findall(sentence)[1:] if word[0].isupper()
    }
    return frozenset(word for word in {*found, *re.findall(r"[0-9]+", text)} if len(word) > 1)


def _alike_in_shape(one: str, other: str) -> float:
    first, second = ([len(line) for line in text.split("\n")] for text in (one, other))
    if len(first) != len(second) or len(first) < _PARAGRAPHS:
        return 0.0
    whole = log(sum(second) / sum(first))
    # twenty letters more on both sides, for a heading may well be half as long again
    if any(abs(log((there + 20) / (here + 20)) - whole) > _STRETCH for here, there in zip(first, second, strict=True)):
        return 0.0
    try:
        likeness = correlation(first, second)
    except StatisticsError:  # paragraphs of one length have no shape
        return 0.0
    return likeness if likeness >= _LENGTHS_ALIKE else 0.0
