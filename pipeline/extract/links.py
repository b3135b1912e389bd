"""What a page links and files itself under: terms, its own addresses, translations, PDFs, further parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from lxml.html import HtmlElement

from pipeline.extract.markup import text_of
from pipeline.extract.places import Places
from pipeline.extract.structured import Structured
from pipeline.text import tidy
from pipeline.urls import is_pdf, resolve

_HEADLINES = frozenset(("h1", "h2"))
_PART_PARAMETERS = frozenset("page paged sayfa p pg start part showpage".split())
#: WordPress's and other systems' names for the links between the parts of one article.
_PARTS_BOX = re.compile(
    r"(?:^|[\s_-])(?:page-links|post-page-numbers|link-pages|wp-link-pages|multipage|article-pag\w*|post-pag\w*|pagination|"
    r"sayfalama|pagenavi|wp-pagenavi|pager)(?:$|[\s_-])"
)
#: Navigation that is no menu: it leads from this page to its neighbours and parents.
_NO_MENU = re.compile(
    r"breadcrumb|kirinti|pag(?:er|ination|enav|ing)|sayfalama|post-nav|nav-links|posts-nav|toc|icindekiler"
)
_MENU = re.compile(
    r"(?:^|[\s_-])(?:menu|nav|navbar|navigation|main-?menu|mega-?menu|topbar|top-bar|footer-?menu)(?:$|[\s_-])"
)
#: Menus call their pages by short names; what is longer is an article that a menu shows.
_LONGEST_ENTRY = 40
_MOST_PARTS = 50
_MAY_BE_PART = re.compile(r"/\d{1,2}/?$|[?&](?:page|paged|sayfa|p|pg|start|part|showpage)=\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Links:
    """Links of one page, absolute."""

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    canonical: str | None = None
    alternates: Mapping[str, str] = field(default_factory=dict)  # hreflang → URL
    image: str | None = None
    pdfs: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()  # those of them that the page offers for saving, with ``download``
    parts: tuple[str, ...] = ()
    in_menu: bool = False  # the page stands in its site's own menu


def read_links(places: Places, said: Structured, url: str) -> Links:
    """What a page links; to be read before anything is pruned."""
    anchors = [
        (number, element)
        for number, element in enumerate(places.survey.elements)
        if element.tag == "a" and element.get("href")
    ]
    terms = list(_terms(anchors))
    named = [(number, element) for number, element in enumerate(places.survey.elements) if element.tag == "link"]
    heads = [element for _, element in named]
    image = said.first("og:image", "og:image:url", "twitter:image")
    return Links(
        categories=_categories(said, [name for kind, name in terms if kind == "category"]),
        tags=_tags(said, [name for kind, name in terms if kind == "tag"]),
        canonical=_canonical(heads, url),
        alternates=_alternates(heads, url),
        image=resolve(url, image) if image else None,
        pdfs=_pdfs(places, anchors, url),
        offered=_pdfs(places, [pair for pair in anchors if pair[1].get("download") is not None], url),
        parts=_next_parts(places, [*named, *anchors], url),
        in_menu=_in_menu(places, anchors, url),
    )


def _in_menu(places: Places, anchors: list[tuple[int, HtmlElement]], url: str) -> bool:
    """True when the site's own menu leads to this page."""
    tail = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    spellings = {tail, unquote(tail)} - {""}
    near = ((number, link) for number, link in anchors if any(name in link.get("href") for name in spellings))
    return any(_is_entry(places, number, link, url) for number, link in near)


def _is_entry(places: Places, number: int, link: HtmlElement, url: str) -> bool:
    if not 0 < places.survey.size(number) <= _LONGEST_ENTRY or resolve(url, link.get("href") or "") != resolve(
        url, url
    ):
        return False
    survey, around = places.survey, list(places.survey.ancestors(number))
    names = [survey.names[parent] for parent in around if survey.elements[parent].tag not in ("html", "body")]
    if any(_NO_MENU.search(name) for name in names) or any(survey.elements[up].tag in _HEADLINES for up in around):
        return False
    return any(survey.elements[up].tag == "nav" for up in around) or any(_MENU.search(name) for name in names)


def _terms(anchors: list[tuple[int, HtmlElement]]) -> Iterator[tuple[str, str]]:
    """Names of terms linked with rel="tag"; WordPress marks categories "category tag"."""
    for _number, link in anchors:
        rel = (link.get("rel") or "").lower().split()
        if "tag" in rel and (name := text_of(link)):
            yield ("category" if "category" in rel else "tag"), name


def _categories(said: Structured, linked: list[str]) -> tuple[str, ...]:
    named = [tidy(value) for value in said.ld("articleSection") if isinstance(value, str)]
    return tuple(dict.fromkeys((*named, *said.all("article:section", "og:article:section"), *linked)))[:12]


def _tags(said: Structured, linked: list[str]) -> tuple[str, ...]:
    keywords = [value for value in said.ld("keywords") if isinstance(value, str)]
    split = [tidy(part) for value in keywords or said.all("news_keywords", "keywords") for part in value.split(",")]
    tags = [*said.all("article:tag", "og:article:tag"), *split, *linked]
    return tuple(dict.fromkeys(tag for tag in tags if 1 < len(tag) <= 80))[:40]


def _canonical(heads: list[HtmlElement], url: str) -> str | None:
    for link in heads:
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return resolve(url, link.get("href") or "")
    return None


def _alternates(heads: list[HtmlElement], url: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for link in heads:
        code = (link.get("hreflang") or "").lower()
        if code and code != "x-default" and "alternate" in (link.get("rel") or "").lower().split():
            target = resolve(url, link.get("href") or "")
            if target:
                found[code] = target
    return found


def _pdfs(places: Places, anchors: list[tuple[int, HtmlElement]], url: str) -> tuple[str, ...]:
    """PDFs that the article links; those in cards, menus and sidebars are other articles'."""
    named = (link.get("href") or "" for number, link in anchors if not places.elsewhere(number))
    targets = (resolve(url, href) for href in named if ".pdf" in href.lower())
    return tuple(dict.fromkeys(t for t in targets if t and is_pdf(t)))[:20]


# --- articles in parts -----------------------------------------------------------------------------------------------


def _next_parts(places: Places, links: list[tuple[int, HtmlElement]], url: str) -> tuple[str, ...]:
    """The URLs of an article's further pages (2, 3, …), as far as this one links them; () on a further page itself.

    A part lies under the article's own address: `/slug/2/` (WordPress), `/slug?page=2`. Only links in the page's own
    part navigation count, numbered ones, and rel=next.
    """
    own = _address(url)
    if own[1]:
        return ()
    found: dict[int, str] = {}
    for number, element in links:
        href = element.get("href")
        target = resolve(url, href) if href and _MAY_BE_PART.search(href) else None
        if not target:
            continue
        base, part = _address(target)
        if base == own[0] and 2 <= part <= _MOST_PARTS and _counts(places, number, element, part):
            found.setdefault(part, target)
    return tuple(found[part] for part in sorted(found))


def _counts(places: Places, number: int, element: HtmlElement, part: int) -> bool:
    names = places.survey.names
    if "next" in (element.get("rel") or "").lower().split():
        return True
    if any(_PARTS_BOX.search(names[parent]) for parent in (number, *places.survey.ancestors(number))):
        return not any("comment" in names[parent] for parent in places.survey.ancestors(number))
    return element.tag == "a" and text_of(element).strip(" []()") == str(part) and not places.elsewhere(number)


def _address(url: str) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], int]:
    """A URL without its part number, and that number (0 where it has none)."""
    pieces = urlsplit(url)
    query = parse_qsl(pieces.query, keep_blank_values=True)
    parts = [value for name, value in query if name.lower() in _PART_PARAMETERS and value.isdigit()]
    rest = tuple(sorted((name, value) for name, value in query if name.lower() not in _PART_PARAMETERS))
    path = pieces.path.rstrip("/")
    if parts and len(rest) == len(query) - 1:
        number = int(parts[0][:6])
        is_id = number > _MOST_PARTS  # ?p=1234 names an article
        return (pieces.netloc, path, tuple(sorted(query)) if is_id else rest), 0 if is_id else number
    head, _, tail = path.rpartition("/")
    if head and tail.isdigit() and len(tail) <= 2 and not re.search(r"/\d{4}(?:/\d\d?)?$", head):
        return (pieces.netloc, re.sub(r"/(?:page|sayfa|bolum)$", "", head), rest), int(tail)
    return (pieces.netloc, path, rest), 0
