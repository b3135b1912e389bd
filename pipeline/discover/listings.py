"""Listing pages: which links lead to articles, and which one to the next page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml import html

from pipeline.discover import sections
from pipeline.discover.addresses import is_slug, may_be_article
from pipeline.discover.documents import html_tree, local_name
from pipeline.discover.pagination import next_page
from pipeline.discover.values import Ask, Found, Step, Watermark, fingerprint, named_by, refusal, trouble, w3c_instant
from pipeline.models import Candidate, Endpoint
from pipeline.sources.scope import is_own_host
from pipeline.text import fold, tidy
from pipeline.urls import canonical, resolve

MAX_PAGES = 200
_MAX_LINKS = 5000  # of one page; a listing names dozens
_MAX_CARD = 100  # elements in the block of one article
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CHROME = frozenset(("nav", "footer", "aside", "form", "menu", "dialog", "noscript", "template"))
#: Class and id words of a page's frame. Whole words, since "entry-header" and "has-sidebar" frame nothing.
_FRAME = re.compile(
    r"(?:(?:site|main|top|page|global|primary|secondary|mobile|off-?canvas|mega)?[-_]?"
    r"(?:nav|navbar|navigation|menu|megamenu|footer|sidebar|breadcrumbs?|masthead|topbar|toolbar)(?:[-_]?\d+)?)"
    r"|(?:site|page|main|global|top)[-_]header|widget(?:[-_]area)?|pagination|pager|share|social(?:[-_]\w+)?|cookie[\w-]*"
    r"|comments?|tagcloud|tag-links|cat-links|related(?:[-_]\w+)?|login|search-form|lang(?:uage)?[-_]?(?:switch\w*|menu|nav)?"
    r"|contentinfo|complementary|portal(?:top|footer|-\w*nav\w*|-column-\w+|-breadcrumbs)|kirinti|dil-?secim\w*|ust-?menu|alt-?menu|yan-?menu",
    re.IGNORECASE,
)
_MENU = re.compile(
    r"(?:[\w-]+[-_])?(?:nav|navbar|navigation|menu|megamenu)(?:[-_](?:list|items?|main|primary|\d+))?", re.I
)
_TITLE = re.compile(r"(?:\w+[-_]+)*(?:title|headline|heading|baslik)(?:[-_]+\w+)*|summary|url", re.IGNORECASE)
_MORE = re.compile(
    r"(?:devam\w*(?: oku\w*)?|oku(?:mak icin.*)?|haberi oku|yaziyi oku|detay\w*|incele|goruntule"
    r"|read (?:more|on|article|the .*)|continue(?: reading.*)?|more|details?|view(?: more)?|full (?:text|article))\W*"
)


@dataclass(frozen=True, slots=True)
class _Link:
    url: str
    text: str
    score: int = 0
    shape: str = ""  # where it stands: the elements and classes around it
    published: datetime | None = None


def start(endpoint: Endpoint, known: Watermark, since: datetime | None) -> tuple[Ask, ...]:
    """The listing's first page."""
    return (Ask(endpoint.url, "listing"),)


def read(step: Step) -> Found:
    """The articles that a listing page links to, the page after it until known articles are met, sections at last."""
    page = step.page
    if page.status >= 400:
        ended = (step.ask.page > 1 or step.ask.depth > 0) and page.status in (401, 403, 404, 410)
        return Found() if ended else refusal(page, "the listing")
    tree = html_tree(page)
    if tree is None:
        return trouble(f"the listing {page.url} holds no HTML")
    try:
        candidates = _candidates(step, tree)
        following = next_page(tree, page.url, step.ask.page, step.endpoint.next)
    except ValueError as error:
        return trouble(f"{step.source.file or step.source.id}: endpoint {step.endpoint.url}: {error}")
    behind = () if following and not step.ask.depth else sections.behind(step, _links(step, tree), candidates)
    if not candidates:
        inner = step.ask.page > 1 or step.ask.depth > 0
        return Found(asks=behind) if inner else Found(asks=behind, problem=_nothing(step), final=bool(behind))
    found = _paged(step, candidates, following)
    found = replace(found, asks=(*found.asks, *behind))
    return replace(found, final=False) if page.truncated or sum(1 for _ in _anchors(tree)) == _MAX_LINKS else found


def _nothing(step: Step) -> str:
    if step.endpoint.article:
        return f"no link on {step.page.url} matches the article pattern {step.endpoint.article}"
    return f"no links to articles on {step.page.url}; give the endpoint an article pattern, or it needs a browser"


def _paged(step: Step, candidates: tuple[Candidate, ...], following: str | None) -> Found:
    mark = fingerprint(candidate.url for candidate in candidates)
    if mark == step.ask.after:
        return Found()  # the page repeats: the site answers every number
    known = step.known.complete and all(step.knows(candidate.url) for candidate in candidates)
    if following is None or known or following == step.ask.url:
        return Found(candidates)
    if step.too_deep(MAX_PAGES):
        return Found(candidates, final=False)
    onward = Ask(following, "listing", step.ask.page + 1, mark, depth=step.ask.depth)
    return Found(candidates, (onward,))


# --- links -----------------------------------------------------------------------------------------------------------


def _candidates(step: Step, tree: html.HtmlElement) -> tuple[Candidate, ...]:
    """Raises ValueError when the endpoint's article pattern is no regular expression."""
    pattern = step.endpoint.article
    try:
        chosen = _matching(step, tree, re.compile(pattern)) if pattern else _likely(step, tree)
    except re.error as error:
        raise ValueError(f"the article pattern {pattern!r} is no regular expression ({error})") from error
    merged: dict[str, _Link] = {}
    for link in chosen:
        text = "" if _MORE.fullmatch(fold(link.text)) else link.text
        before = merged.get(link.url, _Link(link.url, ""))
        merged[link.url] = _Link(
            link.url, max(before.text, text, key=len), published=before.published or link.published
        )
    named, kind = named_by(step.endpoint), step.endpoint.kind
    return tuple(Candidate(one.url, named, one.published, None, one.text or None, kind) for one in merged.values())


def _matching(step: Step, tree: html.HtmlElement, pattern: re.Pattern[str]) -> Iterator[_Link]:
    """The links whose URL, or whose path with query, the pattern is found in."""
    base = _base(step, tree)
    for anchor in _anchors(tree):
        url = resolve(base, anchor.get("href"))
        if url is None or url == canonical(step.page.url):
            continue
        parts = urlsplit(url)
        path = parts.path + ("?" + parts.query if parts.query else "")
        if pattern.search(url) or pattern.search(path):
            yield _Link(url, _text(anchor), published=_date(anchor))


def _likely(step: Step, tree: html.HtmlElement) -> Iterator[_Link]:
    """The links that look like articles' by where they stand and how they are spelled: see `_judged`."""
    base = _base(step, tree)
    itself = {canonical(url) for url in (step.page.url, step.source.homepage, step.endpoint.url)}
    links = []
    for anchor in _anchors(tree):
        url = resolve(base, anchor.get("href"))
        if (
            url
            and url not in itself
            and is_own_host(step.source, url)
            and may_be_article(url)
            and not _in_frame(anchor)
        ):
            links.append(_judged(url, anchor))
    rows = Counter(shape for _, shape in {(link.url, link.shape) for link in links})
    for link in links:
        if link.score and link.score + (rows[link.shape] > 1) >= 3:
            yield link


def _links(step: Step, tree: html.HtmlElement) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Every link of a page, with the question whether it stands in a menu."""
    base = _base(step, tree)
    for anchor in _anchors(tree):
        url = resolve(base, anchor.get("href"))
        if url is not None:
            yield url, partial(_in_menu, anchor)


def _judged(url: str, anchor: html.HtmlElement) -> _Link:
    """A link with points for what article links have: a heading (2), a slug, four words, an ``article`` around it.

    Three make an article; one of them may come from standing in a row of like blocks.
    """
    card = _card(anchor)
    heading = _heading(anchor, card)
    text = tidy(heading.text_content()) if heading is not None else _text(anchor)
    worded = len(text.split()) >= 4
    if heading is None and not worded and not _MORE.fullmatch(fold(text)):
        return _Link(url, text)
    in_article = any(local_name(above) == "article" for above in anchor.iterancestors())
    score = 2 * (heading is not None) + is_slug(url) + worded + in_article
    return _Link(url, text, score, _shape(anchor), _date(anchor))


def _card(anchor: html.HtmlElement) -> html.HtmlElement:
    """The largest block around a link, up to four elements above it, in which every link leads to the same place."""
    card, href = anchor, anchor.get("href")
    for above, _ in zip(anchor.iterancestors(), range(4), strict=False):
        others = [one.get("href", href) for one in islice(above.iter("a"), _MAX_CARD)]
        if local_name(above) in ("body", "main") or len(others) == _MAX_CARD or any(one != href for one in others):
            break
        card = above
    return card


def _heading(anchor: html.HtmlElement, card: html.HtmlElement) -> html.HtmlElement | None:
    """The heading that a link stands in or goes with, or the link itself where class or ``rel`` calls it a title."""
    for above, _ in zip(anchor.iterancestors(), range(3), strict=False):
        if local_name(above) in _HEADINGS:
            return above
    within = next(card.iter(*_HEADINGS), None)
    named = "bookmark" in (anchor.get("rel") or "").split() or any(
        _TITLE.fullmatch(word) for element in (anchor, anchor.getparent()) for word in _words(element)
    )
    return anchor if within is None and named and tidy(anchor.text_content()) else within


def _date(anchor: html.HtmlElement) -> datetime | None:
    """The first ``time`` element of the block around a link that is small and holds no more than one heading."""
    for above, _ in zip(anchor.iterancestors(), range(6), strict=False):
        inside = [(local_name(one), one) for one in islice(above.iter(), _MAX_CARD + 1)]
        if len(inside) > _MAX_CARD or sum(name in _HEADINGS for name, _ in inside) > 1:
            return None
        stamp = next((one.get("datetime") for name, one in inside if name == "time" and one.get("datetime")), None)
        if stamp:
            return w3c_instant(stamp)
    return None


def _in_frame(anchor: html.HtmlElement) -> bool:
    """Whether a link stands in a page's frame: menus, footers, sidebars; a header only outside of any article."""
    in_article = False
    for above in anchor.iterancestors():
        name = local_name(above)
        if name in ("html", "body"):
            return False
        in_article = in_article or name in ("article", "main")
        # a form may wrap a whole page, an aside may feature the newest article (Pelican's stock theme)
        if name in _CHROME and not (name in ("form", "aside") and in_article):
            return True
        if name == "header" and not in_article and _heads_page(above):
            return True
        if any(_frames(word) for word in _words(above)):
            return True
    return False


def _in_menu(anchor: html.HtmlElement) -> bool:
    """Whether a link stands in a menu: what names a site's sections, not its popular articles."""
    return any(
        local_name(above) in ("nav", "menu") or any(_MENU.fullmatch(word) for word in _words(above))
        for above in anchor.iterancestors()
        if local_name(above) not in ("html", "body")
    )


def _heads_page(header: html.HtmlElement) -> bool:
    """Whether a ``header`` element is the page's, not an article's."""
    return local_name(header.getparent()) == "body" or next(header.iter("nav"), None) is not None


@lru_cache(maxsize=4096)
def _frames(word: str) -> bool:
    return _FRAME.fullmatch(word) is not None


def _shape(anchor: html.HtmlElement) -> str:
    """The nearest five elements around a link with their classes' stems: alike for links in a row of like blocks."""
    steps = ["a"]
    for above in anchor.iterancestors():
        if len(steps) == 5 or local_name(above) in ("body", "html"):
            break
        steps.append(_step(above))
    return ">".join(steps)


def _step(element: html.HtmlElement) -> str:
    first = (element.get("class") or "").split()[:1]
    return local_name(element) + "." + re.sub(r"\d+", "#", first[0] if first else "")


def _words(element: html.HtmlElement) -> Iterable[str]:
    return f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"[:1000].split()


def _anchors(tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
    return islice((anchor for anchor in tree.iter("a") if anchor.get("href")), _MAX_LINKS)


def _base(step: Step, tree: html.HtmlElement) -> str:
    declared: Any = next((base.get("href") for base in tree.iter("base") if base.get("href")), None)
    return (resolve(step.page.url, declared) if declared else None) or step.page.url


def _text(anchor: html.HtmlElement) -> str:
    heading = next(anchor.iter(*_HEADINGS), None)
    text = tidy((heading if heading is not None else anchor).text_content())
    return text or tidy(anchor.get("title") or anchor.get("aria-label") or "")
