"""The way from one page of a listing to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import html

from pipeline.sources.selectors import compile_selector
from pipeline.text import fold, tidy
from pipeline.urls import canonical, host_of, resolve

#: What a link to the following (older) page says, folded. A bare "önceki" leads back; "»" may lead to the last page.
_NEXT_WORDS = re.compile(
    r"(?:sonraki(?: sayfa\w*| yazilar| haberler)?|ileri|next(?: page| posts?| entries)?"
    r"|older(?: posts?| entries| articles)?"
    r"|(?:daha )?eski(?: yazi\w*| gonderi\w*| haber\w*| icerik\w*)?|onceki (?:yazilar|gonderiler|haberler|icerikler)"
    r"|daha fazla(?: goster| yukle)?|load more|show more|more (?:posts|articles|results))"
)
_ARROWS_AROUND = re.compile(r"^[\s«‹←<]+|[\s»›→>…]+$")
_ONE_ON = frozenset("› > → ⟩ ▶".split())
_MAYBE_LAST = frozenset("» >> ›› ⟫".split())
_NEXT_CLASS = re.compile(
    r"(?:[\w-]+[-_])?next(?:[-_](?:page|posts?|link))?(?:postslink)?|nextpostslink|pager__item--next"
)
_NUMBER_LABEL = re.compile(r"(?:sayfa|page|pg\.?|p\.?|s\.?)?\s*(\d{1,5})(?:\.? sayfa)?")
_PAGE_LIKE = re.compile(
    r"/(?:page|sayfa|pg|p|s)[/-]?\d+|[?&](?:page|sayfa|paged|pg|pn|p|s|start|offset|limitstart|b_start(?::int|%3Aint)|no|sf)=\d+"
    r"|(?:[-_/]|index|page|sayfa)\d+(?:\.\w+)?/?$",
    re.IGNORECASE,
)


def next_page(tree: html.HtmlElement, url: str, number: int, selector: str | None) -> str | None:
    """The canonical URL of the page after this one, or None on the last.

    A selector decides alone; else ``rel=next``, a link that says so, the page number after ``number`` (1 for the first
    page read), and an arrow that may skip pages, in this order. Raises ValueError for a selector that is none.
    """
    candidates = _selected(tree, selector) if selector else _told(tree, number)
    here = canonical(url)
    for reference in candidates:
        target = resolve(url, reference)
        if target and target != here and host_of(target) == host_of(url):
            return target
    return None


def _selected(tree: html.HtmlElement, selector: str) -> Iterator[str]:
    chosen: Any = compile_selector(selector)(tree)
    for one in chosen if isinstance(chosen, list) else [chosen]:
        if isinstance(one, str):
            yield str(one)
        elif hasattr(one, "get"):
            inner = one if one.get("href") else next((a for a in one.iter("a") if a.get("href")), None)
            if inner is not None:
                yield inner.get("href")


def _told(tree: html.HtmlElement, number: int) -> Iterator[str]:
    """What may lead on, the surest first."""
    ranked: dict[int, list[str]] = {}
    for element in tree.iter("link", "a"):
        href = (element.get("href") or "").strip()
        if href and not href.startswith("#"):
            rank = _rank(element, href, number)
            if rank is not None:
                ranked.setdefault(rank, []).append(href)
    for rank in sorted(ranked):
        yield from ranked[rank]


def _rank(element: html.HtmlElement, href: str, number: int) -> int | None:
    if "next" in (element.get("rel") or "").lower().split():
        return 0
    if element.tag == "link":
        return None
    text = tidy(element.text_content())
    if len(text) > 40:
        return None
    plain = fold(_ARROWS_AROUND.sub("", text))
    label = fold(tidy(element.get("aria-label") or element.get("title") or ""))
    if _NEXT_WORDS.fullmatch(plain) or _NEXT_WORDS.fullmatch(_ARROWS_AROUND.sub("", label)):
        return 1
    if text in _ONE_ON or any(_NEXT_CLASS.fullmatch(word) for word in _classes(element)):
        return 2 if _PAGE_LIKE.search(href) else None
    numbered = _NUMBER_LABEL.fullmatch(plain)
    if numbered and int(numbered[1]) == number + 1 and _PAGE_LIKE.search(href):
        return 3
    return 4 if text in _MAYBE_LAST and _PAGE_LIKE.search(href) else None


def _classes(element: html.HtmlElement) -> list[str]:
    """The class words of a link and of the item that holds it."""
    above = element.getparent()
    item = above.get("class") or "" if above is not None and above.tag in ("li", "span", "div") else ""
    return f"{element.get('class') or ''} {item}"[:400].lower().split()
