"""The selectors of source files: CSS (Selectors Level 3, as cssselect translates it) or XPath 1.0."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from lxml import etree

#: XPath 1.0 (W3C, 16 November 1999), section 4, node types, and the operators that may stand before a bracket.
_FUNCTIONS = frozenset(
    re.findall(
        r"[\w-]+",
        "last position count id local-name namespace-uri name string concat starts-with contains substring-before "
        "substring-after substring string-length normalize-space translate boolean not true false lang number sum "
        "floor ceiling round comment text processing-instruction node and or div mod",
    )
)
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_CALL = re.compile(r"([\w:.-]+)\s*\(")
_EMPTY = etree.fromstring("<html><head/><body/></html>")


def is_xpath(selector: str) -> bool:
    """Whether a selector is read as XPath: it begins with ``/``, ``./``, ``(`` or a function that takes a path."""
    return selector.lstrip().startswith(("/", "./", "(", "string(", "concat(", "normalize-space("))


@cache
def compile_selector(selector: str) -> etree.XPath:
    """A selector ready to be called with an element: it gives a list of nodes, or a string from an XPath function.

    Raises ValueError that says what is wrong with it.
    """
    try:
        unknown = set(_CALL.findall(_LITERAL.sub("", selector))) - _FUNCTIONS if is_xpath(selector) else None
        expression = selector.strip() if is_xpath(selector) else HTMLTranslator().css_to_xpath(selector.strip())
        compiled = etree.XPath(expression)
        # an undeclared prefix shows only when the expression runs, an unknown function only where nodes reach it
        compiled(_EMPTY)
    except SelectorError as error:
        raise ValueError(f"{error} (read as CSS; an XPath begins with / or ./ or a bracket)") from error
    except etree.XPathError as error:
        raise ValueError(f"{error} (read as XPath)") from error
    if unknown:
        raise ValueError(f"no XPath function is called '{sorted(unknown)[0]}'")
    return compiled


def gives_elements(selector: str) -> bool:
    """Whether a valid selector can give elements, rather than a string, a number, attributes or text nodes."""
    result: Any = compile_selector(selector)(_EMPTY)
    last_step = selector.rstrip().rpartition("/")[2] if is_xpath(selector) else ""
    return isinstance(result, list) and not last_step.startswith("@") and not last_step.endswith("text()")
