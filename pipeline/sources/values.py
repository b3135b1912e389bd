"""What one value of a source file may be, and what to say when it is not.

A reader takes the key's name, its node and `report`, and returns the node's value. Where the value is wrong it reports,
and returns what is at hand: once anything was reported, no Source is made of the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import yaml

from pipeline.sources.selectors import compile_selector, gives_elements
from pipeline.text import slug_pattern

Report = Callable[[yaml.Node, str], None]
Reader = Callable[[str, yaml.Node, Report], Any]
#: What PyYAML puts before the name of a YAML type (str, int, null …).
TAG = "tag:yaml.org,2002:"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w-]+(\.[\w-]+)*)\.?(:\d{1,5})?", re.IGNORECASE)


def suggest(word: str, known: tuple[str, ...]) -> str:
    """``; did you mean 'x'?`` or, where nothing is near, ``; known: a, b, c``."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(sorted(known))}"


def read_many(reader: Reader, key: str, node: yaml.Node, report: Report) -> tuple[Any, ...]:
    """A list, or one value in the place of a list of one."""
    if isinstance(node, yaml.MappingNode):
        report(node, f"'{key}' must be a list, not a mapping")
        return ()
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    values = tuple(reader(key, item, report) for item in items)
    given = [value for value in values if value]
    if len(set(given)) < len(given):
        report(node, f"'{key}' names one thing twice; keep one")
    return values


def _plain(types: tuple[str, ...], wanted: str, key: str, node: yaml.Node, report: Report) -> Any:
    """The value of a scalar of one of the YAML types, or None after a report."""
    kind = node.tag.removeprefix(TAG)
    if not isinstance(node, yaml.ScalarNode) or kind not in types:
        found = f"{node.value!r}" if isinstance(node, yaml.ScalarNode) else "a list or mapping"
        quote = "; put it in quotes" if "str" in types and isinstance(node, yaml.ScalarNode) else ""
        report(node, f"'{key}' must be {wanted}, not {found}{f' (YAML reads {kind} there)' if quote else ''}{quote}")
        return None
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, OverflowError, yaml.YAMLError) as error:
        report(node, f"'{key}' must be {wanted}, not {node.value!r} ({error})")
        return None


def read_text(key: str, node: yaml.Node, report: Report) -> str:
    value = _plain(("str",), "text", key, node, report)
    if value is None:
        return ""
    if not value.strip():
        report(node, f"'{key}' is empty; give it a value or take the line out")
    return str(value).strip()


def read_flag(key: str, node: yaml.Node, report: Report) -> bool:
    return bool(_plain(("bool",), "true or false", key, node, report))


def read_whole(least: int, key: str, node: yaml.Node, report: Report) -> int:
    value = _plain(("int",), f"a whole number from {least} up", key, node, report)
    if value is not None and value < least:
        report(node, f"'{key}' must be a whole number from {least} up, not {value}")
    return value or 0


def read_delay(key: str, node: yaml.Node, report: Report) -> float:
    value = _plain(("int", "float"), "a number of seconds", key, node, report)
    if value is not None and not (math.isfinite(value) and 0 <= value <= 3600):
        report(node, f"'{key}' must be between 0 and 3600 seconds, not {node.value}")
    return float(value or 0)


def read_day(key: str, node: yaml.Node, report: Report) -> date | None:
    """``never`` (None) or the day on which somebody asked the endpoint and looked at the answer."""
    if node.value == "never":
        return None
    value = _plain(("timestamp",), "never or a date like 2026-11-24", key, node, report)
    if isinstance(value, datetime):
        report(node, f"'{key}' must be never or a date without a time")
    return value if isinstance(value, date) else None


def read_choice(allowed: tuple[str, ...], what: str, key: str, node: yaml.Node, report: Report) -> str:
    value = read_text(key, node, report)
    if value and value not in allowed:
        report(node, f"unknown {what} '{value}'{suggest(value, allowed)}")
    return value


def read_id(key: str, node: yaml.Node, report: Report) -> str:
    value = read_text(key, node, report)
    if value and not slug_pattern().fullmatch(value):
        report(node, f"'{key}' must be lower-case letters, digits, '-' and '_' (at most 63), not '{value}'")
    return value


def read_url(key: str, node: yaml.Node, report: Report) -> str:
    value = read_text(key, node, report)
    problem = url_problem(value) if value else None
    if problem:
        report(node, f"'{key}' is not a usable URL ('{value}'): {problem}")
    return value


def url_problem(url: str) -> str | None:
    """Why a URL cannot be an endpoint or a homepage, with the remedy; None when it can."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return f"{error}; correct it"
    if parts.scheme not in ("http", "https"):
        return "write it in full, with https:// (or http://) before the host"
    if re.search(r"\s", url):
        return "it holds a blank; encode it as %20"
    if parts.username or parts.password:
        return "it holds a user name or password; take them out"
    if parts.fragment:
        return "take out what follows '#', servers never see it"
    return None if _HOST.fullmatch(parts.netloc) else "its host is not a host name"


def read_host(key: str, node: yaml.Node, report: Report) -> str:
    value = read_text(key, node, report)
    if value and not _HOST.fullmatch(value):
        report(node, f"'{key}' must be host names alone, like 'example.org' or 'example.org:8080', not '{value}'")
    return value


def read_regex(key: str, node: yaml.Node, report: Report) -> str:
    value = read_text(key, node, report)
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        report(node, f"'{key}' is not a regular expression ('{value}'): {error}; escape literal characters with '\\'")
    return value


def read_selector(elements: bool, key: str, node: yaml.Node, report: Report) -> str:
    value = read_text(key, node, report)
    if not value:
        return value
    try:
        compile_selector(value)
    except ValueError as error:
        report(node, f"'{key}' is not a selector ('{value}'): {' '.join(str(error).split())}")
    else:
        if elements and not gives_elements(value):
            report(node, f"'{key}' must select elements, and '{value}' gives text; name the element itself")
    return value


def read_timezone(key: str, node: yaml.Node, report: Report) -> str:
    value = read_text(key, node, report)
    try:
        ZoneInfo(value or "UTC")
    except (KeyError, ValueError, OSError):
        near = get_close_matches(value, available_timezones(), n=1, cutoff=0.6)
        hint = f"did you mean '{near[0]}'?" if near else "use a name like 'Europe/Istanbul'"
        report(node, f"unknown timezone '{value}'; {hint}")
    return value


@cache
def _names(part: str) -> dict[str, str]:
    """Codes by lower-case English name, from CLDR: ``turkey`` and ``türkiye`` → TR, ``turkish`` → tr."""
    from babel import Locale  # half of this module's import time, and not needed to list sources

    locale = Locale("en")
    codes = getattr(locale, part).items()
    return {name.lower(): code for code, name in codes if code.isalpha() or part == "languages"}


def read_code(part: str, what: str, aliases: Mapping[str, str], key: str, node: yaml.Node, report: Report) -> str:
    value = read_text(key, node, report)
    names = _names(part)
    if value and value not in names.values():
        changed = (value.lower(), value.upper())
        near = names.get(value.lower()) or aliases.get(value.lower())
        near = near or next((code for code in changed if code in names.values()), None)
        report(node, f"unknown {what} '{value}'" + (f"; did you mean '{near}'?" if near else "; use its ISO code"))
    return value
