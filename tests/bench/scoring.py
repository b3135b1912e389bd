"""How near a reading comes to the gold: the same measure for Mecmua and for bare trafilatura."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import trafilatura

from pipeline.extract.html import extract
from pipeline.extract.template import Template
from pipeline.models import Article, Page, Source
from pipeline.text import fold, tokens


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader program says of a page."""

    text: str
    title: str
    names: tuple[str, ...]  # persons and institutions
    day: date | None
    language: str = "und"
    comments: str = ""  # what it takes for readers' comments, which `trafilatura.extract` prints below the body


def ours(page: Page, source: Source, template: Template | None = None, now: datetime | None = None) -> Reading:
    """Mecmua's reading of a page."""
    return reading_of(extract(page, source, now=now, templates=[template] if template else []).article)


def reading_of(article: Article) -> Reading:
    """An article as the scorer compares it."""
    names = (*article.authors, *article.organisations)
    return Reading(article.text, article.title, names, article.published_day, article.language)


def bare(page: Page) -> Reading:
    """Bare trafilatura's reading with default settings, metadata included. Its body is taken without its comments,
    which is the better figure for it."""
    document = trafilatura.bare_extraction(page.body, url=page.url, with_metadata=True)
    if document is None:
        return Reading("", "", (), None)
    names = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    day = date.fromisoformat(document.date[:10]) if document.date else None
    return Reading(document.text or "", document.title or "", names, day, comments=document.comments or "")


def f1(found: str, gold: str) -> float:
    """Token F1 of two texts as bags of folded words; two empty texts agree."""
    one, other = Counter(tokens(found)), Counter(tokens(gold))
    common = (one & other).total()
    total = one.total() + other.total()
    return 2 * common / total if total else 1.0


def same_title(found: str, gold: str) -> bool:
    """True when both have the same words."""
    return tokens(found) == tokens(gold)


def same_names(found: Iterable[str], gold: Iterable[str]) -> bool:
    """True when both name the same people and institutions, in any order."""
    return {" ".join(tokens(name)) for name in found} == {" ".join(tokens(name)) for name in gold}


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean, 0 of nothing."""
    kept = list(values)
    return sum(kept) / len(kept) if kept else 0.0


def contains_any(text: str, snippets: Iterable[str]) -> bool:
    """True when one of these texts stands in another, case and accents aside."""
    folded = fold(text)
    return any(fold(snippet) in folded for snippet in snippets)
