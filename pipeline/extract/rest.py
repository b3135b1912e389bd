"""A WordPress REST answer (wp/v2) as an article's fields: what the site itself says wins over what its page shows."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipeline.errors import Rejected
from pipeline.extract import documents, markup
from pipeline.extract.prune import prune, silence
from pipeline.extract.survey import Survey
from pipeline.extract.trimming import trimmed
from pipeline.text import tidy


@dataclass(frozen=True, slots=True)
class Post:
    """The fields of one post that REST states; dates as WordPress writes them (ISO 8601, ``date`` in site time)."""

    title: str
    paragraphs: tuple[str, ...]
    authors: tuple[str, ...]
    date: str | None
    date_gmt: str | None
    modified_gmt: str | None
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    excerpt: str | None
    image: str | None
    link: str
    protected: bool
    pdfs: tuple[str, ...] = ()  # that its content links
    embedded: tuple[str, ...] = ()  # that its content shows in frames


@lru_cache(maxsize=4)
def _posts(body: bytes) -> Mapping[int, Mapping[str, Any]]:
    """All posts of one answer by id; kept for the next post of the same answer, which follows at once."""
    try:
        answer = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise Rejected("unparsable", f"REST answer is no JSON: {error}") from error
    items = answer if isinstance(answer, list) else [answer]
    return {item["id"]: item for item in items if isinstance(item, dict) and isinstance(item.get("id"), int)}


def read_post(body: bytes, post_id: int, url: str) -> Post | None:
    """One post of an archived REST answer, or None when it is not in it. Raises Rejected (unparsable)."""
    post = _posts(body).get(post_id)
    if post is None:
        return None
    content = _dict(post.get("content"))
    title = _plain(_rendered(post.get("title")))
    pdfs, embedded = _pdfs(_rendered(content), url)
    return Post(
        title=title,
        paragraphs=tuple(_paragraphs(_rendered(content), url, title)),
        authors=tuple(name for name in (_text(author.get("name")) for author in _embedded(post, "author")) if name),
        date=_string(post.get("date")),
        date_gmt=_string(post.get("date_gmt")),
        modified_gmt=_string(post.get("modified_gmt")),
        categories=_terms(post, "category"),
        tags=_terms(post, "post_tag"),
        excerpt=_plain(_rendered(post.get("excerpt"))) or None,
        image=next((_string(media.get("source_url")) for media in _embedded(post, "wp:featuredmedia")), None),
        link=_string(post.get("link")) or url,
        protected=content.get("protected") is True,
        pdfs=pdfs,
        embedded=embedded,
    )


def _pdfs(rendered: str, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The PDFs that a post's content links, and those that it shows in frames."""
    if ".pdf" not in rendered.lower():
        return (), ()
    content = markup.fragment(rendered)
    return documents.linked(content, url), documents.framed(content, url)


def _paragraphs(rendered: str, url: str, title: str) -> list[str]:
    if not rendered.strip():
        return []
    content = markup.fragment(rendered)
    silence(content)
    prune(Survey(content), url)
    return trimmed(markup.lines_of(content), title)


def _plain(fragment: str) -> str:
    return markup.text_of(markup.fragment(fragment)) if "<" in fragment else tidy(html.unescape(fragment))


def _text(value: Any) -> str:
    return tidy(html.unescape(value)) if isinstance(value, str) else ""


def _rendered(value: Any) -> str:
    return str(_dict(value).get("rendered") or "")


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _embedded(post: Mapping[str, Any], relation: str) -> list[Mapping[str, Any]]:
    found = _dict(post.get("_embedded")).get(relation)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _terms(post: Mapping[str, Any], taxonomy: str) -> tuple[str, ...]:
    groups = _dict(post.get("_embedded")).get("wp:term")
    terms = [term for group in groups if isinstance(group, list) for term in group] if isinstance(groups, list) else []
    named = [_text(term.get("name")) for term in terms if isinstance(term, dict) and term.get("taxonomy") == taxonomy]
    return tuple(dict.fromkeys(name for name in named if name))
