"""A real WordPress, its pages read beside its posts: three stock themes, and a magazine's that prints much around."""

from __future__ import annotations

import shutil
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.extract.html import extract
from pipeline.extract.parts import joined
from pipeline.extract.template import Template, learn, sample
from pipeline.models import Page, Source
from tests.bench import scoring
from tests.integration.wordpress import THEMES, Post, WordPress, wordpress

MAGAZINE = "magazine"
EVERY_THEME = (*THEMES, MAGAZINE)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_PLUGIN = Path(__file__).parents[1] / "integration" / "seed" / "magazine.php"


@dataclass(frozen=True, slots=True)
class Figures:
    """One theme's figures, each a share of its posts."""

    theme: str
    posts: int
    body: float
    title: float
    names: float
    day: float
    language: float
    with_comments: int  # bodies that hold a reader's comment
    wrong_days: int  # dates that are stated and wrong


def source_of(site: WordPress) -> Source:
    """The site as its catalogue entry would say it."""
    return Source(id="bam", name="Bölge Araştırmaları Merkezi", homepage=f"{site.url}/", endpoints=())


@contextmanager
def dressed(site: WordPress, theme: str) -> Iterator[None]:
    """The site in one of `EVERY_THEME`."""
    plugin = site.folder / "site/wp-content/mu-plugins/magazine.php"
    site.switch_theme(THEMES[0] if theme == MAGAZINE else theme)
    if theme == MAGAZINE:
        shutil.copyfile(_PLUGIN, plugin)
    try:
        yield
    finally:
        plugin.unlink(missing_ok=True)


def fetch(url: str) -> Page:
    """A page as its server sends it."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return Page(url, answer.read(), answer.headers.get("Content-Type", "text/html"), answer.status)


def template_of(site: WordPress, pages: dict[str, Page]) -> Template:
    """What Mecmua learns on its first crawl of the site."""
    return learn((pages[url] for url in sample(pages)), source_of(site))


def ours(site: WordPress, page: Page, template: Template | None) -> scoring.Reading:
    """Mecmua's reading of a post, its further pages included."""
    source = source_of(site)
    first = extract(page, source, now=NOW, template=template)
    rest = [extract(fetch(url), source, now=NOW, template=template) for url in first.parts]
    return scoring.reading_of(joined([first, *rest]).article)


def figures(theme: str, posts: Sequence[Post], readings: Sequence[scoring.Reading]) -> Figures:
    """How near the readings of some posts come to what the posts say."""
    pairs = list(zip(posts, readings, strict=True))
    return Figures(
        theme,
        len(pairs),
        scoring.mean(scoring.f1(found.text, post.text) for post, found in pairs),
        scoring.mean(scoring.same_title(found.title, post.title) for post, found in pairs),
        scoring.mean(scoring.same_names(found.names, (*post.authors, *post.organisations)) for post, found in pairs),
        scoring.mean(found.day == post.day for post, found in pairs),
        scoring.mean(found.language == post.language for post, found in pairs),
        sum(scoring.contains_any(f"{found.text}\n{found.comments}", _comments(post)) for post, found in pairs),
        sum(found.day not in (None, post.day) for post, found in pairs),
    )


def _comments(post: Post) -> list[str]:
    """What readers said and the post does not say itself: the seeded sentences are few."""
    return [comment.text for comment in post.comments if not scoring.contains_any(post.text, [comment.text])]


@contextmanager
def closed_site() -> Iterator[WordPress]:
    """The seeded site with REST answering 401."""
    with wordpress(rest=False) as site:
        yield site
