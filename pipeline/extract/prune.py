"""What is no part of an article on any site: taken out of the tree before the body is looked for.

Three kinds of evidence: what an element is called (class, id, role), what heading it stands under, and that it is one
of several sibling cards that lead to other pages. A site's own template adds to this; a page alone must do without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from pipeline.extract.furniture import LONGEST_HEADING, announces_furniture, counts_readers, is_button, rank_of
from pipeline.extract.markup import text_of
from pipeline.extract.places import is_share_link, is_term_link
from pipeline.extract.survey import Survey
from pipeline.text import fold

_NAVIGATION_ROLES = frozenset("navigation banner contentinfo search complementary dialog alertdialog".split())
_SILENT = ("script", "style", "noscript", "template", "iframe", "svg", "canvas", "object", "audio", "video")
_TAGS_OUT = frozenset("nav form dialog menu button select figcaption footer aside figure".split())
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HEADING_LIKE = frozenset(("strong", "legend", "div", "span", "p", "b"))
_FRAMES = frozenset(("html", "body", "main", "article", *_HEADINGS))
#: A list of links has so much of its text in them, or less where it says little beside them ("Etiketler: …, …").
_ALL_LINKS, _LONGEST_LABEL = 0.6, 20
#: What stands beside a link to the text before or after this one, folded and without its arrows.
_NEIGHBOUR = re.compile(
    r"(?:previous|prev|next|older|newer|onceki|sonraki)(?: (?:posts?|article|story|entry|yazi|haber|makale|icerik))?"
)
_ARROWS = " ←→⟵⟶«»‹›<>:|·-–—\ufe0e"
_LONGEST_CELL, _LONG_PARAGRAPH = 1500, 60
_TABLE_PARTS = frozenset(("tbody", "thead", "tfoot", "tr", "td", "th", "caption", "colgroup"))


def silence(tree: HtmlElement) -> None:
    """Take out what never speaks (scripts, styles, frames), in place; structured data must have been read before."""
    etree.strip_elements(tree, *_SILENT, with_tail=False)


def prune(
    survey: Survey,
    url: str,
    unwanted: Iterable[HtmlElement] = (),
    furniture: Iterable[int] = (),
    about: Iterable[int] = (),
) -> list[str]:
    """Take boilerplate out of a surveyed tree, in place; what was removed, for explanations.

    `unwanted` are elements that a source's own rules name, `furniture` the numbers of those that its template does,
    `about` those of lines that say who wrote the text, and when.
    """
    _unlay_tables(survey)
    notes: list[str] = []
    chosen = (survey.numbers[element] for element in unwanted if element in survey.numbers)
    for why, found in (
        ("rule", chosen),
        ("template", furniture),
        ("tag", _tagged(survey)),
        ("byline", about),
        ("name", _named(survey)),
        ("heading", _headed(survey)),
        ("links", _link_lists(survey)),
        ("neighbour", _neighbours(survey)),
        ("cards", _cards(survey, url)),
    ):
        for number in found:
            if not survey.is_gone(number) and survey.parents[number] >= 0:
                notes.append(f"{why}: {_label(survey, number)}")
                survey.remove(number)
    survey.carry_out()
    return notes


def _label(survey: Survey, number: int) -> str:
    element = survey.elements[number]
    return f"{element.tag}.{(element.get('class') or element.get('id') or '').strip().replace(' ', '.')}"


def _unlay_tables(survey: Survey) -> None:
    """Make boxes of tables that lay a page out instead of showing figures: those of one column, with a headline, with
    other tables or with a page's worth of text in one cell."""
    for number, element in enumerate(survey.elements):
        if element.tag == "table" and _lays_out(survey, number):
            for inside in survey.inside(number):
                owner = survey.elements[inside]
                if owner.tag in _TABLE_PARTS and _table_of(survey, inside) == number:
                    owner.tag = "div"
            element.tag = "div"


def _table_of(survey: Survey, number: int) -> int:
    return next(parent for parent in survey.ancestors(number) if survey.elements[parent].tag == "table")


def _lays_out(survey: Survey, number: int) -> bool:
    rows = [survey.elements[inside] for inside in survey.inside(number) if survey.elements[inside].tag == "tr"]
    if rows and all(len(row) == 1 for row in rows):
        return True
    for inside in range(number + 1, survey.ends[number]):
        tag = survey.elements[inside].tag
        if tag in ("h1", "table") or (
            tag == "td" and (survey.says[inside] > _LONGEST_CELL or _is_text(survey, inside))
        ):
            return True
    return False


def _is_text(survey: Survey, cell: int) -> bool:
    """True for a cell that holds a text: three paragraphs or more, some of them long."""
    said = [survey.says[inside] for inside in survey.inside(cell) if survey.elements[inside].tag == "p"]
    return len(said) >= 3 and sum(size > _LONG_PARAGRAPH for size in said) >= 2


def _tagged(survey: Survey) -> Iterator[int]:
    """Tags that hold no text of an article; a form or footer around the whole page (ASP.NET) becomes a plain box."""
    for number, element in enumerate(survey.elements):
        if element.tag in _TAGS_OUT:
            if element.tag == "footer" and survey.elements[survey.parents[number]].tag == "blockquote":
                continue  # who said it
            if element.tag in ("form", "footer", "aside") and _is_the_page(survey, number):
                element.tag = "div"
            elif element.tag != "figure" or _is_picture(survey, number):
                yield number


def _is_picture(survey: Survey, number: int) -> bool:
    """False for a figure that frames words: a table, a pull quote, code."""
    within = survey.inside(number)
    return not any(survey.elements[inside].tag in ("table", "blockquote", "pre", "ul", "ol") for inside in within)


def _is_the_page(survey: Survey, number: int) -> bool:
    """True for a form, footer or aside that is the page's frame; a footer beside the article is none, however short
    that is."""
    is_below = survey.elements[number].tag == "footer" and _article_outside(survey, number)
    return _holds_the_page(survey, number) and not is_below


def _article_outside(survey: Survey, number: int) -> bool:
    end = survey.ends[number]
    return any(
        element.tag in ("article", "main", "h1") and survey.size(other) and not other < number < survey.ends[other]
        for other, element in enumerate(survey.elements)
        if not number <= other < end
    )


def _holds_the_page(survey: Survey, number: int) -> bool:
    """True when more than a third of the page's own text stands in an element, or its headline with some text."""
    says = survey.says[number]
    if says * 3 > survey.says[0]:
        return True
    return says > 400 and any(survey.elements[within].tag == "h1" for within in survey.inside(number))


def _named(survey: Survey) -> Iterator[int]:
    """Elements whose class, id or role says that they are furniture."""
    kinds = {name: rank_of(name) for name in set(survey.names)}
    kinds |= dict.fromkeys(_names_of_most_text(survey, kinds), 0)
    for number, name in enumerate(survey.names):
        element = survey.elements[number]
        if name == " " or element.tag in _FRAMES or survey.is_gone(number):
            continue
        kind = kinds[name] or (1 if _is_set_apart(element) else 0)
        if kind and not _is_the_article(survey, number, whatever_size=kind == 2):
            yield number


def _names_of_most_text(survey: Survey, kinds: Mapping[str, int]) -> set[str]:
    """Names that elements with half of the page's text share: each paragraph of a text can be called "paywall"."""
    said: dict[str, int] = {}
    for number, name in enumerate(survey.names):
        if kinds[name] == 1 and survey.elements[number].tag in ("p", "div", "span"):
            said[name] = said.get(name, 0) + survey.says[number]
    return {name for name, size in said.items() if size * 2 > survey.says[0]}


def _is_set_apart(element: HtmlElement) -> bool:
    if (element.get("role") or "").lower() in _NAVIGATION_ROLES:
        return True
    style = element.get("style")
    return style is not None and "display:none" in style.replace(" ", "").lower()


def _is_the_article(survey: Survey, number: int, *, whatever_size: bool) -> bool:
    """True when an element that is called furniture is the page's frame after all: it holds most of the text, and for
    names that are nearly always right the headline or the article too."""
    if survey.says[number] * 2 <= survey.says[0]:
        return False
    if not whatever_size:
        return True
    return any(survey.elements[within].tag in ("h1", "article", "main") for within in survey.inside(number))


def _headed(survey: Survey) -> Iterator[int]:
    """Boxes that begin with a heading such as "İlgili Yazılar", or that heading and what follows it."""
    for number, element in enumerate(survey.elements):
        is_heading = element.tag in _HEADINGS
        if not (is_heading or element.tag in _HEADING_LIKE) or not 2 < survey.size(number) <= LONGEST_HEADING:
            continue
        if not is_heading and (len(element) > 1 or (len(element) and element[0].tag in _HEADING_LIKE)):
            continue  # what is inside is looked at itself
        if not survey.is_gone(number) and announces_furniture(text_of(element)):
            yield from _box_of(survey, number)


def _box_of(survey: Survey, heading: int) -> list[int]:
    """The largest box around a heading that holds nothing before it and little text of its own; else the heading with
    the lists and cards that follow it."""
    box, limit = heading, max(200, survey.says[0] // 5)
    if counts_readers(text_of(survey.elements[heading])):
        limit = survey.says[0]  # readers' comments can be longer than a short article
    for parent in survey.ancestors(heading):
        tag = survey.elements[parent].tag
        if tag in ("body", "html", "main", "article") or survey.says[parent] > limit:
            break
        if _text_before(survey, parent, heading):
            break
        box = parent
    return [box] if box != heading else [heading, *_link_blocks_behind(survey, heading)]


def _text_before(survey: Survey, parent: int, heading: int) -> bool:
    element = survey.elements[heading]
    while element is not survey.elements[parent]:
        for sibling in element.itersiblings(preceding=True):
            number = survey.numbers.get(sibling)
            if (number is not None and survey.size(number)) or (sibling.tail or "").strip():
                return True
        above = element.getparent()
        if above is None or (above.text or "").strip():
            return True
        element = above
    return False


def _link_blocks_behind(survey: Survey, heading: int) -> Iterator[int]:
    for sibling in survey.elements[heading].itersiblings():
        number = survey.numbers.get(sibling)
        if number is None or survey.is_gone(number):
            continue
        linked = survey.linked(number)
        if sibling.tag in _HEADINGS or (sibling.tag == "p" and linked < 0.5):
            return
        if linked >= 0.5 or (survey.links[number] and survey.size(number) < 600):
            yield number


def _link_lists(survey: Survey) -> Iterator[int]:
    """Boxes, lists and lines of nothing but links to tags and categories, to services that pass the page on, or to
    places on this page (its contents), with a label or without; and links that are buttons, or signs that lead about
    this page (↩ behind a footnote, ¶)."""
    for number, element in enumerate(survey.elements):
        if element.tag != "a" or survey.is_gone(number):
            continue
        is_named_button = survey.names[number] != " " and is_button(survey.names[number])
        if is_named_button or (_leads_here(element) and _is_sign(text_of(element))):
            yield number
            continue
        leads = next((leads for leads in (is_term_link, is_share_link, _leads_here) if leads(element)), None)
        if leads is None:
            continue
        box = number
        for parent in survey.ancestors(number):
            few_words = survey.says[parent] <= _LONGEST_LABEL and survey.linked(parent) >= _ALL_LINKS / 2
            if survey.elements[parent].tag in _FRAMES or not (few_words or survey.linked(parent) >= _ALL_LINKS):
                break
            box = parent
        links = list(survey.elements[box].iter("a"))
        if box != number and all(map(leads, links)) and (leads is not _leads_here or len(links) > 1):
            yield box


def _neighbours(survey: Survey) -> Iterator[int]:
    """Boxes and list items that lead to the text before or after this one: its title as a link, and the word alone."""
    for number, element in enumerate(survey.elements):
        is_labelled = element.tag in ("li", "p", "div") and 0 < survey.says[number] <= _LONGEST_LABEL
        if not is_labelled or not survey.links[number] or survey.is_gone(number):
            continue
        links = list(element.iter("a"))
        text, link = fold(text_of(element)), fold(text_of(links[0])) if links else ""
        if len(links) == 1 and link and _NEIGHBOUR.fullmatch(text.replace(link, "", 1).strip(_ARROWS)):
            yield number


def _is_sign(text: str) -> bool:
    """True for a text without letters and digits."""
    return bool(text) and not any(map(str.isalnum, text))


def _leads_here(link: HtmlElement) -> bool:
    return (link.get("href") or "").startswith("#")


def _cards(survey: Survey, url: str) -> Iterator[int]:
    """Runs of three or more sibling boxes of one make, each of which leads to one other page and says little more."""
    for parent, element in enumerate(survey.elements):
        if len(element) < 3 or element.tag not in ("div", "section", "ul", "ol", "aside", "main", "article"):
            continue
        if survey.links[parent] < 30 or survey.is_gone(parent):
            continue
        groups: dict[tuple[str, str], list[int]] = {}
        for child in survey.children(parent):
            tag = survey.elements[child].tag
            if tag in ("div", "li", "article", "section", "a") and not survey.is_gone(child):
                groups.setdefault((tag, make(survey.names[child])), []).append(child)
        for (tag, kind), group in groups.items():
            if len(group) >= 3 and (kind or tag == "article"):
                cards = [child for child in group if _is_card(survey, child, url)]
                if len(cards) >= 3 and len(cards) * 4 >= len(group) * 3:
                    yield from cards


@lru_cache(maxsize=8192)
def make(name: str) -> str:
    """The class tokens of a name without the numbers that make each card unique."""
    return " ".join(sorted({re.sub(r"\d+", "#", token) for token in name.split()}))


def _is_card(survey: Survey, number: int, url: str) -> bool:
    if not survey.links[number] or survey.size(number) > 600 or survey.says[number] > 450:
        return False
    within = survey.elements[number : survey.ends[number]]
    is_headed = any(element.tag in _HEADINGS or element.tag == "img" for element in within) or any(
        "title" in name for name in survey.names[number : survey.ends[number]]
    )
    if not is_headed:
        return False
    hrefs = {element.get("href") or "" for element in within if element.tag == "a"}
    return 1 <= len({target for href in hrefs if (target := _target(url, href))}) <= 4


def _target(url: str, href: str) -> str | None:
    """The other page that a link leads to."""
    try:
        target = urlsplit(urljoin(url, href))
    except ValueError:
        return None
    here = urlsplit(url)
    same_page = (target.netloc, target.path, target.query) == (here.netloc, here.path, here.query)
    return f"{target.path}?{target.query}" if target.scheme in ("http", "https") and not same_page else None
