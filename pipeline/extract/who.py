"""Who wrote a page: persons and organisations with their basis; what cannot be a name is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from pipeline.extract.markup import classes, text_of
from pipeline.extract.people import Byline, closing_signature, split_bylines
from pipeline.extract.structured import Structured

_META = tuple(
    "author article:author dc.creator dcterms.creator citation_author parsely-author sailthru.author "
    "og:article:author byl authors".split()
)
_LABELS = re.compile(r"(?:written by|yazan|yazar|author|by)$", re.IGNORECASE)
_AUTHOR_CLASS = re.compile(
    r"(?:^|[\s_-])(?:author|authors|byline|by-line|yazar|yazarlar|writer|vcard|posted-by|entry-author|post-author)(?:$|[\s_-])"
)
_NOT_HERE = re.compile(
    r"(?:^|[\s_-])(?:comment|comments|commentlist|yorum|related|ilgili|sidebar|widget|footer|recent|popular|card|teaser|"
    r"share|social|menu|author-(?:box|bio|info|description)|about-author)"
)


@dataclass(frozen=True, slots=True)
class Who:
    """Writers of a page. ``basis``: rest, rule, json-ld, meta, byline or signature; None when nobody is named."""

    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    byline: str | None = None
    basis: str | None = None


Claim = tuple[Sequence[str], str]


def who(claims: Sequence[Claim], paragraphs: Sequence[str], site_names: Sequence[str]) -> Who:
    """The writers that these claims and the text's end name.

    A person wins over an institution, whoever says so: an uploader's or institution's byline gives way to a name that
    is printed, and both to a signature that closes the text.
    """
    named = [(split_bylines(map(_once, texts), site_names=site_names), basis) for texts, basis in claims]
    printed = next((byline.byline for byline, _ in named if byline.byline), None)
    for byline, basis in named:
        if byline.authors:
            return Who(byline.authors, _organisations(named), byline.byline, basis)
    signature = closing_signature(paragraphs)
    if signature:
        return Who((signature,), _organisations(named), printed, "signature")
    found = next(((byline, basis) for byline, basis in named if byline.organisations), None)
    return Who((), found[0].organisations, printed, found[1]) if found else Who(byline=printed)


def _once(text: str) -> str:
    """A byline that a template prints twice in a row ("Hasan Oktay Hasan Oktay"), once."""
    words = text.split()
    half = len(words) // 2
    return " ".join(words[:half]) if half and words[:half] == words[half:] else text


def _organisations(named: Iterable[tuple[Byline, str]]) -> tuple[str, ...]:
    return next((byline.organisations for byline, _ in named if byline.organisations), ())


def claims_of(tree: HtmlElement, structured: Structured) -> Iterator[Claim]:
    """Texts that name a page's writers, most trustworthy first, each with its basis; to be read before pruning."""
    names = [name for value in structured.ld("author", "creator") for name in _ld_names(value)]
    if names:
        yield names, "json-ld"
    metas = [value for value in structured.all(*_META) if not value.startswith(("http://", "https://", "/"))]
    if metas:
        yield metas, "meta"
    labelled = _labelled(structured)
    if labelled:
        yield [labelled], "meta"
    yield from (([text], "byline") for text in _bylines(tree))


def _ld_names(value: Any) -> Iterator[str]:
    if isinstance(value, str) and not value.startswith(("http://", "https://")):
        yield value
    elif isinstance(value, dict):
        names = value.get("name")
        yield from (name for name in (names if isinstance(names, list) else [names]) if isinstance(name, str))


def _labelled(structured: Structured) -> str | None:
    """Yoast's and Slack's pair twitter:label1 "Yazan", twitter:data1 "Ayşe Demir"."""
    for number in ("1", "2"):
        label = structured.first(f"twitter:label{number}")
        if label and _LABELS.search(label):
            return structured.first(f"twitter:data{number}")
    return None


def _bylines(tree: HtmlElement) -> Iterator[str]:
    """Marked names first (rel=author, itemprop, vcard), then short lines that are classed as a byline."""
    marked = [*tree.iter("a", "span", "div", "p", "address", "li", "h2", "h3", "h4", "h5", "strong", "em", "i")]
    for element in marked:
        rel = (element.get("rel") or "").lower().split()
        if ("author" in rel or element.get("itemprop") in ("author", "creator")) and not _elsewhere(element):
            yield _name_in(element)
    for element in marked:
        if _AUTHOR_CLASS.search(classes(element)) and not _elsewhere(element):
            text = _name_in(element)
            if 3 <= len(text) <= 160:
                yield text


def _name_in(element: HtmlElement) -> str:
    name = element.find(".//*[@itemprop='name']")
    return text_of(name if name is not None else element)


def _elsewhere(element: HtmlElement) -> bool:
    chain = [node for node in (element, *element.iterancestors()) if node.tag not in ("body", "html")]
    if any(node.tag in ("aside", "nav", "footer") or _NOT_HERE.search(classes(node)) for node in chain):
        return True
    article = next((node for node in chain if node.tag == "article"), None)
    parent = article.getparent() if article is not None else None
    return parent is not None and sum(child.tag == "article" for child in parent) > 1
