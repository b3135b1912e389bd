"""HTML trees: parsing, the text of a block."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html
from lxml.html import HtmlElement

from pipeline.errors import Rejected
from pipeline.text import tidy, without_attribute_bombs

MAX_CHARACTERS = 12_000_000
_PARSER = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_SILENT = frozenset("script style noscript template iframe object embed svg math button select textarea input".split())
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
#: Control characters, written out or as references: libxml2 reads them and then refuses to write them.
_SPACED = bytes(32 if code in {*range(1, 32)} - {9, 10, 13} else code for code in range(256))
_NO_CHARACTER = re.compile(b"\xef\xbf[\xbe\xbf]")
_REFERENCE = re.compile(  # without IGNORECASE, which costs the fast search for its first characters
    r"&#(?:0*(?:[1-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])|"
    r"[xX]0*(?:[1-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[efEF])(?![0-9a-fA-F]));?"
)


def parse(text: str) -> HtmlElement:
    """The tree of a page. Raises Rejected (unparsable) when there is none, (too_large) when it is too much."""
    if len(text) > MAX_CHARACTERS:
        raise Rejected("too_large", f"{len(text):,} characters of HTML")
    try:
        sound = without_attribute_bombs(_REFERENCE.sub(" ", _DECLARATION.sub("", text)))
        written = sound.encode("utf-8", "replace").translate(_SPACED)
        tree = html.document_fromstring(_NO_CHARACTER.sub(b" ", written), parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise Rejected("unparsable", f"no HTML in it: {error}") from error
    return tree


def fragment(text: str) -> HtmlElement:
    """An HTML fragment in a ``div``. Raises Rejected (unparsable, too_large)."""
    tree = parse(f"<html><body><div>{text}</div></body></html>")
    found = tree.find(".//div")
    if found is None:
        raise Rejected("unparsable", "no HTML in it")
    return found


def text_of(element: HtmlElement) -> str:
    """The visible text of an element on one line; blocks are told apart by a space."""
    return tidy(" ".join(_pieces(element)))


def lines_of(element: HtmlElement) -> list[str]:
    """The visible text of an element, a block a line: paragraphs, headings, list items, table rows (cells
    between bars), ``br`` breaks."""
    lines = (tidy(line).strip("| ") for line in "".join(_pieces(element)).split("\n"))
    return [line for line in lines if line]


def _pieces(element: HtmlElement) -> Iterator[str]:
    stack: list[tuple[HtmlElement, bool]] = [(element, False)]
    while stack:
        node, leaving = stack.pop()
        if leaving:
            if node.tag in _BLOCKS and node.tag not in ("td", "th"):
                yield "\n"
            if node is not element and node.tail:
                yield node.tail.replace("\n", " ")
            continue
        if not isinstance(node.tag, str) or node.tag in _SILENT:
            if node is not element and node.tail:
                yield node.tail.replace("\n", " ")
            continue
        if node.tag == "br" or (node.tag in _BLOCKS and node.tag not in ("td", "th")):
            yield "\n"
        elif node.tag in ("td", "th"):
            yield " | " if node.getprevious() is not None else " "
        if node.text:
            yield node.text.replace("\n", " ")
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node))
