"""How near readings come to what a seeded site was given: the same figures for every content system."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.extract.html import extract
from pipeline.extract.parts import joined
from pipeline.extract.template import Template, learn, sample
from pipeline.models import Page, Source
from tests.bench import scoring
from tests.integration.seed.writing import Writing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Figures:
    """One template's figures, each a share of its posts."""

    posts: int
    body: float
    title: float
    names: float
    day: float
    language: float
    with_comments: int  # bodies that hold a reader's comment


def fetch(url: str) -> Page:
    """A page as its server sends it."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return Page(url, answer.read(), answer.headers.get("Content-Type", "text/html"), answer.status)


def read(posts: Mapping[str, Writing], source: Source, get: Callable[[str], Page] = fetch) -> tuple[Figures, Figures]:
    """The figures of Mecmua, with the template that its first crawl would learn, and of bare trafilatura."""
    pages = {url: get(url) for url in posts}
    template = learn((pages[url] for url in sample(pages)), source)
    writings = list(posts.values())
    ours = figures(writings, [_ours(pages[url], source, template, get) for url in posts])
    return ours, figures(writings, [scoring.bare(pages[url]) for url in posts])


def _ours(page: Page, source: Source, template: Template, get: Callable[[str], Page]) -> scoring.Reading:
    """Mecmua's reading of a post, its further pages included."""
    first = extract(page, source, now=NOW, templates=[template])
    rest = [extract(get(url), source, now=NOW, templates=[template]) for url in first.parts]
    return scoring.reading_of(joined([first, *rest]).article)


def figures(writings: Sequence[Writing], readings: Sequence[scoring.Reading]) -> Figures:
    """How near the readings of some posts come to what the posts say."""
    pairs = list(zip(writings, readings, strict=True))
    return Figures(
        len(pairs),
        scoring.mean(scoring.f1(found.text, post.text) for post, found in pairs),
        scoring.mean(scoring.same_title(found.title, post.title) for post, found in pairs),
        scoring.mean(scoring.same_names(found.names, (*post.authors, *post.organisations)) for post, found in pairs),
        scoring.mean(found.day == post.day for post, found in pairs),
        scoring.mean(found.language == post.language for post, found in pairs),
        sum(scoring.contains_any(f"{found.text}\n{found.comments}", _comments(post)) for post, found in pairs),
    )


def _comments(post: Writing) -> Iterator[str]:
    """What readers said and the post does not say itself: the seeded sentences are few."""
    return (comment.text for comment in post.comments if not scoring.contains_any(post.text, [comment.text]))
