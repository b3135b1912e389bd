"""The way from one page of a listing to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml import html

from pipeline.sources.selectors import compile_selector
from pipeline.text import fold, tidy
from pipeline.urls import canonical, host_of, resolve

#: What a link to the following (older) page says, folded. A bare "önceki" leads back; "»" may lead to the last page.
_THINGS = r"(?: (?:yazi|haber|icerik|gonderi|kayit|sonuc|analiz|rapor|yayin|makale|duyuru)\w*)?"
_NEXT_WORDS = re.compile(
    rf"(?:sonraki(?: \d+)?(?: sayfa\w*|{_THINGS})|ileri|next(?: page| \d+)?(?: posts?| entries| items| results)?"
    rf"|older(?: posts?| entries| articles| news| stories)?|(?:daha )?eski{_THINGS}"
    r"|onceki (?:yazilar|gonderiler|haberler|icerikler|kayitlar)|next \d+/\d+|siradaki(?: sayfa)?)"
)
#: What a button says that loads the following articles into the page.
_MORE_WORDS = re.compile(
    rf"(?:daha fazla{_THINGS}(?: goster\w*| yukle\w*| gor\w*)?|daha fazlasi\w*(?: \w+)?|devamini (?:yukle|goster)\w*"
    r"|diger (?:yazi|haber|icerik)\w*|(?:load|show|view|see) more(?: \w+)?"
    r"|more (?:posts|articles|results|stories|news))"
)
_MORE_CLASS = re.compile(
    r"(?:[\w-]+[-_])?(?:load-?_?more|show-?more|infinite(?:[-_]?scroll)?|daha-?fazla)(?:[-_][\w-]+)?"
)
#: Where elements that load more say from where; the first ones say it whatever the element is called.
_NEXT_DATA = ("data-next-page", "data-next-url", "data-next-href", "data-nextpage", "data-next", "data-load-more-url")
_MORE_DATA = (
    "data-url",
    "data-href",
    "data-link",
    "data-ajax-url",
    "data-action",
    "data-src",
    "data-endpoint",
    "hx-get",
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
_COUNTED = re.compile(
    r"((?:page|sayfa|paged|pg|pn|pageindex|pagenumber|currentpage|p|s)(?:%5[bB]|%5[dD]|[=/_-])*)(\d{1,5})(?!\d)",
    re.IGNORECASE,
)


def next_page(
    tree: html.HtmlElement, url: str, number: int, selector: str | None, base: str | None = None
) -> str | None:
    """The canonical URL of the page after this one, or None on the last.

    A selector decides alone; else ``rel=next``, a link or button that says so, the page number after ``number`` (1 for
    the first page read), and an arrow that may skip pages, in this order. ``base``: what relative links are relative
    to, where that is not ``url``. Raises ValueError for a selector that is none.
    """
    candidates = _selected(tree, selector) if selector else _told(tree, number)
    here = canonical(url)
    for reference in candidates:
        target = resolve(base or url, reference)
        if target and target != here and _house(target) == _house(url):
            return target
    return None


def counted_on(url: str, number: int) -> str | None:
    """The URL of the page after the ``number``-th where its own carries that number, or the one before as systems that
    count from 0 do; None where it does not."""
    for shown in (number, number - 1):
        found = [match for match in _COUNTED.finditer(url) if int(match[2]) == shown]
        if found:
            last = found[-1]
            return f"{url[: last.start(2)]}{shown + 1}{url[last.end(2) :]}"
    return None


def _house(url: str) -> str:
    return host_of(url).removeprefix("www.")


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
    ranked.setdefault(1, []).extend(_loaded(tree))
    for rank in sorted(ranked):
        yield from ranked[rank]


def _loaded(tree: html.HtmlElement) -> Iterator[str]:
    """What buttons and marks for endless scrolling load."""
    for element in islice(tree.iter(), 100_000):
        if isinstance(element.tag, str) and element.attrib:
            yield from _places(element, _NEXT_DATA)
            named = list(_places(element, _MORE_DATA))
            yield from named if named and _loads_more(element) else ()


def _places(element: html.HtmlElement, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = (element.get(name) or "").strip()
        if value.startswith(("/", "?", "http://", "https://")):
            yield value


def _loads_more(element: html.HtmlElement) -> bool:
    if element.tag not in ("a", "button", "div", "span", "input", "section", "ul"):
        return False
    if any(_MORE_CLASS.fullmatch(word) for word in _classes(element)):
        return True
    said = tidy(element.text_content()[:80]) if element.tag in ("a", "button", "span", "div") else ""
    return bool(_MORE_WORDS.fullmatch(fold(said or element.get("value") or "")))


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
    if any(
        _NEXT_WORDS.fullmatch(said) or _MORE_WORDS.fullmatch(said) for said in (plain, _ARROWS_AROUND.sub("", label))
    ):
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
