"""What a page says of itself for machines: JSON-LD (with its graph), meta tags, microdata."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from pipeline.text import fold, tidy

_MAX_JSON = 2_000_000
#: What is left of an entity that a site escaped twice ("Akdeniz&amp;#x27;de"); "&copy=1" is an address's.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
_ARTICLE_TYPES = frozenset(
    "article newsarticle blogposting scholarlyarticle report techarticle opinionnewsarticle analysisnewsarticle "
    "reportagenewsarticle backgroundnewsarticle reviewnewsarticle advertisercontentarticle satiricalarticle "
    "liveblogposting socialmediaposting publicationissue creativework interview".split()
)
_LISTING_TYPES = frozenset("collectionpage searchresultspage profilepage".split())
_STATIC_TYPES = frozenset("aboutpage contactpage".split())
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_CONTROL = re.compile(r"[\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Structured:
    """Structured data of one page. ``meta``: name, property or itemprop (lower case) → contents in page order."""

    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    articles: tuple[Mapping[str, Any], ...] = ()  # JSON-LD nodes of an article type
    types: frozenset[str] = frozenset()  # all JSON-LD types, lower case
    by_id: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def first(self, *names: str) -> str | None:
        """The first non-empty content of these meta names, in their order."""
        return next((value for name in names for value in self.meta.get(name, ()) if value), None)

    def all(self, *names: str) -> tuple[str, ...]:
        """All contents of these meta names, without repetition."""
        return tuple(dict.fromkeys(value for name in names for value in self.meta.get(name, ()) if value))

    def ld(self, *keys: str) -> Iterator[Any]:
        """Values of these keys in the page's article nodes, lists flattened, ``@id`` references followed, and texts
        without the entities that some sites write into them."""
        for node in self.articles:
            for key in keys:
                for value in _flat(node.get(key)):
                    reference = value.get("@id") if isinstance(value, dict) and len(value) <= 2 else None
                    found = self.by_id.get(reference, value) if isinstance(reference, str) else value
                    yield html.unescape(found) if isinstance(found, str) else found

    def ld_text(self, *keys: str) -> str | None:
        """The first such value that is a text."""
        return next((tidy(value) for value in self.ld(*keys) if isinstance(value, str) and value.strip()), None)

    @property
    def is_listing(self) -> bool:
        """True when the page calls itself a list and no article."""
        return bool(self.types & _LISTING_TYPES) and not self.articles

    @property
    def is_article(self) -> bool:
        """True when the page calls itself an article."""
        return bool(self.articles) or self.first("og:type") == "article"

    @property
    def is_static(self) -> bool:
        """True when the page says that it is about its site, and no article."""
        return bool(self.types & _STATIC_TYPES) and not self.articles


def read(tree: HtmlElement) -> Structured:
    """All structured data of a page; malformed parts are passed over."""
    nodes = [node for script in tree.iter("script") for node in _nodes(script)]
    kinds = [_types(node) for node in nodes]
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    articles = [node for node, kind in zip(nodes, kinds, strict=True) if kind & _ARTICLE_TYPES]
    meta = _meta(tree)
    titles = [*meta.get("og:title", ()), *(title.text or "" for title in tree.iter("title"))]
    return Structured(meta, tuple(_of_one_page(articles, titles)), frozenset().union(*kinds), by_id)


def _of_one_page(articles: list[dict[str, Any]], titles: list[str]) -> list[dict[str, Any]]:
    """The nodes that speak of one article: the one of the page's title, else the first, for a page can list others."""
    if len(articles) < 2:
        return articles
    headlines = [tidy(html.unescape(str(node.get("headline") or node.get("name") or ""))) for node in articles]
    whole = fold(" | ".join(titles))
    own = next((headline for headline in headlines if headline and fold(headline) in whole), headlines[0])
    return [node for node, headline in zip(articles, headlines, strict=True) if headline in ("", own)]


def _meta(tree: HtmlElement) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = tidy(_ENTITY.sub(lambda entity: html.unescape(entity[0]), element.get("content") or ""))
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (element.get(attribute) or "").strip().lower()
            if name and content:
                found.setdefault(name, []).append(content)
    return {name: tuple(values) for name, values in found.items()}


def _nodes(script: HtmlElement) -> Iterator[dict[str, Any]]:
    if "ld+json" not in (script.get("type") or "").lower() or not script.text or len(script.text) > _MAX_JSON:
        return
    yield from _walk(_loads(script.text), 0)


def _loads(text: str) -> Any:
    bare = text.strip().removeprefix("<![CDATA[").removesuffix("]]>").removeprefix("<!--").removesuffix("-->").strip()
    for attempt in (bare, _TRAILING_COMMA.sub(r"\1", _CONTROL.sub(" ", bare)).rstrip(";")):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _walk(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Nodes of a document: top level, ``@graph``, and what pages nest (mainEntity), not every inner object."""
    if depth > 4:
        return
    if isinstance(value, list):
        for item in value[:200]:
            yield from _walk(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _walk(value.get(key), depth + 1)


def _types(node: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(kind.rpartition("/")[2].lower() for kind in _flat(node.get("@type")) if isinstance(kind, str))


def _flat(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
