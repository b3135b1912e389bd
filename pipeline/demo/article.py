"""The demonstration site's articles: what their files say, as frozen values that a test can compare with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from pipeline.demo.markup import to_html, to_paragraphs
from pipeline.models import Kind

#: ``standard``: the site as it is. ``revised``: the next day, with one article corrected, one taken down, one new.
#: ``closed``: every address answers 503.
Variant = Literal["standard", "revised", "closed"]
#: ``draft`` is served nowhere; ``protected`` asks for a password; ``noindex`` asks to be left out; ``later`` is public
#: in the revised variant only.
Visibility = Literal["public", "draft", "protected", "noindex", "later"]


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """One article and the truth about it: what a perfect extraction of its page would give."""

    slug: str
    title: str
    language: str
    languages: tuple[str, ...]
    authors: tuple[str, ...]  # persons, without academic titles
    organisations: tuple[str, ...]
    byline: str  # as printed
    published: datetime  # with the offset its site had on that day
    modified: datetime
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    kind: Kind
    paragraphs: tuple[str, ...]
    html: str
    date_printed_only: bool = False  # no article:published_time: the page shows "16 Ağustos 2016" and nothing else
    visibility: Visibility = "public"
    former_slug: str | None = None  # answers with a redirect to this article
    tracked_in_feed: bool = False  # the feed's link carries ?utm_source=rss
    translation: str | None = None  # slug of the same article in another language
    taken_down: bool = False  # gone in the revised variant
    correction: tuple[datetime, str] | None = None  # in the revised variant: when, and the paragraph added

    @property
    def path(self) -> str:
        """Where the site serves it, from the root."""
        return f"/{self.slug}.html"

    @property
    def text(self) -> str:
        """The body, one line per paragraph."""
        return "\n".join(self.paragraphs)

    @property
    def views(self) -> int:
        """How often the page says it was read."""
        return 40 + draw(self.slug, "views") % 2400


@dataclass(frozen=True, slots=True)
class Edition:
    """The articles of one variant, newest first: what a crawl must find, and what it must not."""

    articles: tuple[DemoArticle, ...]
    withheld: tuple[DemoArticle, ...] = ()  # draft, protected and noindex
    gone: tuple[DemoArticle, ...] = ()


def articles(variant: Variant = "standard") -> tuple[DemoArticle, ...]:
    """The public articles of a variant, newest first: exactly what a complete crawl indexes."""
    return edition(variant).articles


@cache
def edition(variant: Variant = "standard") -> Edition:
    """Every article of a variant, sorted by what may be seen of it."""
    written = _written()
    withheld = tuple(a for a in written if a.visibility in ("draft", "protected", "noindex"))
    if variant != "revised":
        return Edition(tuple(a for a in written if a.visibility == "public"), withheld)
    public = tuple(_corrected(a) for a in written if a.visibility in ("public", "later") and not a.taken_down)
    return Edition(public, withheld, tuple(a for a in written if a.taken_down))


def draw(*parts: str) -> int:
    """A number that looks random and is always the same for the same words."""
    return int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:4])


def parse(slug: str, content: str) -> DemoArticle:
    """An article from its file: YAML between two ``---`` lines, then the body in `pipeline.demo.markup`."""
    _, front, body = content.split("---\n", 2)
    facts: dict[str, Any] = yaml.safe_load(front)
    language = str(facts.get("language", "tr"))
    authors, organisations = tuple(facts.get("authors", ())), tuple(facts.get("organisations", ()))
    published = datetime.fromisoformat(facts["published"])
    return DemoArticle(
        slug=slug,
        title=facts["title"],
        language=language,
        languages=tuple(facts.get("languages", (language,))),
        authors=authors,
        organisations=organisations,
        byline=facts.get("byline") or " ve ".join(authors or organisations),
        published=published,
        modified=datetime.fromisoformat(facts["modified"]) if "modified" in facts else published,
        categories=tuple(facts["categories"]),
        tags=tuple(facts.get("tags", ())),
        kind=facts.get("kind", "article"),
        paragraphs=to_paragraphs(body),
        html=to_html(body),
        date_printed_only=bool(facts.get("date_printed_only")),
        visibility=facts.get("visibility", "public"),
        former_slug=facts.get("former_slug"),
        tracked_in_feed=bool(facts.get("tracked_in_feed")),
        translation=facts.get("translation"),
        taken_down=bool(facts.get("taken_down")),
        correction=_correction(facts.get("correction")),
    )


def _correction(facts: dict[str, str] | None) -> tuple[datetime, str] | None:
    return (datetime.fromisoformat(facts["at"]), facts["paragraph"]) if facts else None


def _corrected(article: DemoArticle) -> DemoArticle:
    if article.correction is None:
        return article
    at, added = article.correction
    paragraphs, html = (*article.paragraphs, *to_paragraphs(added)), f"{article.html}\n{to_html(added)}"
    return replace(article, modified=at, paragraphs=paragraphs, html=html)


@cache
def _written() -> tuple[DemoArticle, ...]:
    folder = files("pipeline.demo") / "articles"
    found = [f for f in folder.iterdir() if f.name.endswith(".md")]
    parsed = [parse(f.name.removesuffix(".md"), f.read_text(encoding="utf-8")) for f in found]
    return tuple(sorted(parsed, key=lambda a: (a.published, a.slug), reverse=True))
