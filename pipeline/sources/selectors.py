"""The selectors of source files: CSS (Selectors Level 3, as cssselect translates it) or XPath 1.0."""

from __future__ import annotations

from functools import cache
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from lxml import etree  # type: ignore[import-untyped]  # no stubs among our tools; every use here is checked by tests

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
        expression = selector.strip() if is_xpath(selector) else HTMLTranslator().css_to_xpath(selector.strip())
        compiled = etree.XPath(expression)
        # unknown functions and prefixes show only when an expression runs
        compiled(_EMPTY)
    except SelectorError as error:
        raise ValueError(f"{error} (read as CSS; an XPath begins with / or ./ or a bracket)") from error
    except etree.XPathError as error:
        raise ValueError(f"{error} (read as XPath)") from error
    return compiled


def gives_elements(selector: str) -> bool:
    """Whether a valid selector can give elements, rather than a string, a number, attributes or text nodes."""
    result: Any = compile_selector(selector)(_EMPTY)
    last_step = selector.rstrip().rpartition("/")[2] if is_xpath(selector) else ""
    return isinstance(result, list) and not last_step.startswith("@") and not last_step.endswith("text()")
