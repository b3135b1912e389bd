"""The body: the one container that holds the article where a page marks it, else what trafilatura finds.

Both ends give the same thing, paragraphs in order: headings, list items, quotes and table rows a line each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from pipeline.extract.markup import lines_of, text_of
from pipeline.text import fold, tidy

#: How content systems and schema.org mark the article's own text, most specific first.
_CONTAINERS = (
    "//*[@itemprop='articleBody']",
    "//*[contains(concat(' ',normalize-space(@class),' '),' entry-content ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' wp-block-post-content ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' post-content ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' single-content ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' article-body ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' article-content ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' article__body ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' field--name-body ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' td-post-content ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' post-body ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' e-content ')]",
)
_COMPILED = tuple(etree.XPath(path) for path in _CONTAINERS)
#: Lines that are furniture when they stand alone at either end of a body, folded.
_FURNITURE = re.compile(
    r"\d+ ?(?:dk|dakika|min|minute)s?\.? (?:okuma(?: suresi)?|read)|(?:okuma suresi|reading time)\W.{0,20}|"
    r"(?:ilgili|benzer|son|diger) (?:yazi|haber|icerik|makale)lar|bir (?:cevap|yorum) (?:yazin|birakin)\W*|"
    r"leave a (?:reply|comment)|e-?posta (?:hesabiniz|adresiniz) yayimlanmayacak.*|"
    r"your email address will not be published.*|(?:etiketler|tags|kategoriler?|category|filed under)\s*:.*|"
    r"paylas\w*\s*:?|share(?: this)?(?: (?:on|via|with) .{1,20})?\s*:?|bu (?:yaziyi|haberi|icerigi) paylas.*|"
    r"(?:facebook|twitter|whatsapp|linkedin|telegram|e-posta|email|print|yazdir|x)(?:'?(?:ta|te|da|de) paylas)?|"
    r"\d+(?: \d+)?|\d+ (?:goruntulenme|okunma|views?|yorum|comments?)|(?:goruntulenme|okunma|views)\s*:?\s*\d+|"
    r"(?:yorum|comment)(?:lar|s)?(?: \d+)?|devamini oku\W*|read more\W*|related (?:posts|articles)|advertisement|"
    r"reklam"
)
_SENTENCE_END = re.compile(r"[.!?…:;”\"')\]]$")


def paragraphs_of(tree: HtmlElement, url: str, title: str) -> tuple[list[str], str]:
    """The article's paragraphs in a pruned tree, and how they were found (``container`` or ``trafilatura``)."""
    container = _container(tree)
    if container is not None:
        lines = lines_of(container)
        if lines:
            return trimmed(lines, title), "container"
    return trimmed(_trafilatura(tree, url), title), "trafilatura"


def _container(tree: HtmlElement) -> HtmlElement | None:
    """The marked container, when one is clearly it: of several (cards can be marked alike) the one with most text must
    hold nearly all of theirs."""
    for find in _COMPILED:
        found = [element for element in find(tree) if element.tag not in ("meta", "body", "html")]
        outer = [element for element in found if not any(parent in found for parent in element.iterancestors())]
        sizes = sorted(((len(text_of(element)), index) for index, element in enumerate(outer)), reverse=True)
        if sizes and sizes[0][0] >= 40 and sizes[0][0] >= 0.8 * sum(size for size, _ in sizes):
            return outer[sizes[0][1]]
    return None


def _trafilatura(tree: HtmlElement, url: str) -> list[str]:
    # the tree is ours to spend, but trafilatura copies it because it is not a string; comments were pruned already
    options = Extractor(output_format="python", comments=False, tables=True, url=url or None)
    document = trafilatura.bare_extraction(tree, url=url or None, options=options)
    body = getattr(document, "body", None)
    return list(_blocks(body)) if body is not None else []


def _blocks(body: etree._Element) -> Iterator[str]:
    """trafilatura's body, a block a line: p, head, quote, code; each item and row of lists and tables."""
    for element in body:
        if element.tag in ("list", "quote", "table") and len(element):
            yield from _inner(element)
        else:
            yield from _lines(element)
        if element.tail and element.tail.strip():
            yield tidy(element.tail)


def _inner(element: etree._Element) -> Iterator[str]:
    if element.text and element.text.strip():
        yield tidy(element.text)
    for child in element:
        if child.tag == "row":
            yield tidy(" | ".join("".join(cell.itertext()) for cell in child))
        elif child.tag in ("list", "quote", "table") and len(child):
            yield from _inner(child)
        else:
            yield from _lines(child)
        if child.tail and child.tail.strip():
            yield tidy(child.tail)


def _lines(element: etree._Element) -> Iterator[str]:
    for line_break in element.iter("lb"):
        line_break.tail = f"\n{line_break.tail or ''}"
    for line in "".join(element.itertext()).split("\n"):
        if line.strip():
            yield tidy(line)


def trimmed(lines: Sequence[str], title: str) -> list[str]:
    """Lines without the furniture at their ends, without the title on top, and without a line given twice in a row."""
    kept = [line for index, line in enumerate(lines) if line and (index == 0 or line != lines[index - 1])]
    while kept and (_is_furniture(kept[-1])):
        kept.pop()
    while kept and (_is_furniture(kept[0]) or (title and fold(kept[0]) == fold(title))):
        kept.pop(0)
    return kept


def _is_furniture(line: str) -> bool:
    return len(line) < 160 and bool(_FURNITURE.fullmatch(fold(line).strip(" :*|·•-–—")))


def excerpt_of(paragraphs: Sequence[str], length: int = 300) -> str | None:
    """The first paragraph that is a sentence, cut at a word."""
    first = next((line for line in paragraphs if len(line) > 80 and _SENTENCE_END.search(line)), None)
    chosen = first or next(iter(paragraphs), None)
    if not chosen or len(chosen) <= length:
        return chosen
    return f"{chosen[:length].rpartition(' ')[0]} …"
