"""The title: whole, without the site's name, never a comment form's or a card's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from pipeline.extract.markup import classes, text_of
from pipeline.extract.structured import Structured
from pipeline.text import fold, tidy, tokens

_SEPARATOR = re.compile(r"\s+[|–—\-»›·•:]+\s+|\s*[|»]\s*")
_TITLE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:entry|post|article|page|single|content|story|yazi|haber|makale)[\s_-]*(?:title|headline|baslik|header-title)(?:$|[\s_-])"
    r"|(?:^|\s)(?:headline|baslik)(?:$|\s)"
)
_ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])$")


def title_of(tree: HtmlElement, structured: Structured) -> tuple[str, str | None]:
    """The title and its basis: ``h1`` (the printed headline that the page's metadata confirm), ``json-ld``, ``og``,
    ``meta``, ``title``; an empty title has none.

    Metadata titles are often cut (at 70 characters, or with an ellipsis) and printed ones can be the site's name or a
    section's, so each is checked with the other.
    """
    claimed = _claims(tree, structured)
    best, best_score = "", 0.0
    for heading in _headings(tree):
        score = max((_agreement(heading, claim) for claim, _ in claimed), default=0.0)
        if score > best_score:
            best, best_score = heading, score
    if best_score >= 0.6:
        return best, "h1"
    if claimed:
        return claimed[0]
    single = list(dict.fromkeys(_headings(tree)))
    return (single[0], "h1") if single else ("", None)


def site_name(tree: HtmlElement, structured: Structured) -> str | None:
    """What the site calls itself: og:site_name, the publisher in JSON-LD, or application-name."""
    named = structured.first("og:site_name", "application-name")
    publisher = next((node.get("name") for node in structured.ld("publisher") if isinstance(node, dict)), None)
    return named or (publisher if isinstance(publisher, str) else None)


def _claims(tree: HtmlElement, structured: Structured) -> list[tuple[str, str]]:
    site = site_name(tree, structured)
    tag = tree.find(".//head/title")
    raw = [
        (structured.ld_text("headline", "name"), "json-ld"),
        (structured.first("og:title"), "og"),
        (structured.first("twitter:title", "dc.title", "dcterms.title", "citation_title", "parsely-title"), "meta"),
        (text_of(tag) if tag is not None else None, "title"),
    ]
    cleaned = [(without_site(tidy(claim), site), basis) for claim, basis in raw if claim]
    whole = [(claim, basis) for claim, basis in cleaned if claim and not _ELLIPSIS.search(claim)]
    return _longest_of_a_kind(whole) or [(_ELLIPSIS.sub("", claim), basis) for claim, basis in cleaned if claim]


def _longest_of_a_kind(claims: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A claim that another one merely continues was cut off: the longer one comes first."""
    if not claims:
        return []
    first = claims[0]
    for claim in claims[1:]:
        if len(first[0]) >= 40 and fold(claim[0]).startswith(fold(first[0])) and len(claim[0]) > len(first[0]):
            first = claim
    return [first, *(claim for claim in claims if claim is not first)]


def without_site(title: str, site: str | None) -> str:
    """A title without "… | Site"; without a known site name only a last part of few words goes that repeats nothing."""
    parts = _SEPARATOR.split(title)
    if len(parts) < 2:
        return title
    wanted = fold(site) if site else None
    for index in (-1, 0):
        part = fold(parts[index])
        if wanted and (part == wanted or (len(part) > 2 and (part in wanted or wanted in part))):
            cut = title.rfind(parts[-1]) if index == -1 else len(parts[0])
            rest = title[:cut] if index == -1 else title[cut:]
            return rest.strip(" |–—-»›·•:") or title
    return title


def _headings(tree: HtmlElement) -> Iterator[str]:
    """Printed headlines: every h1, and what is classed as an entry's title outside of lists of cards."""
    for element in tree.iter("h1", "h2", "h3", "div", "span", "p"):
        classed = element.get("itemprop") == "headline" or bool(_TITLE_CLASS.search(classes(element)))
        if element.tag != "h1" and not (classed and element.find("a") is None):
            continue
        text = text_of(element)
        if 2 < len(text) < 400:
            yield text


def _agreement(heading: str, claim: str) -> float:
    """How well a printed headline fits a claimed title (0–1); one that continues a cut claim fits well."""
    one, other = fold(heading), fold(claim)
    if one == other:
        return 1.0
    if len(other) >= 20 and one.startswith(other):
        return 0.95
    if len(one) >= 15 and other.startswith(one):
        return 0.9
    first, second = set(tokens(heading)), set(tokens(claim))
    return len(first & second) / max(len(first | second), 1)
