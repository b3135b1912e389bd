"""Fragments of a text with the words that matched, in their original spelling.

The engine marks each chain's matches on its own; here the marks of one fragment are laid over each other. Marks are two
private-use characters, which no text means anything by, until a caller turns them into its own: `as_html` escapes the
text first, so a fragment can stand in a page; `as_marked` is for terminals.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping

OPEN, CLOSE = "\ue000", "\ue001"
_MARKED = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_ANY_MARK = re.compile(f"[{OPEN}{CLOSE}]")


def merge(found: Mapping[str, Iterable[str]], *, limit: int = 3) -> dict[str, list[str]]:
    """Fragments by field (title, text …) from fragments by chain (title, title.tr …): same text, marks united.

    Fragments with most marks first, at most ``limit`` a field.
    """
    spans: dict[str, dict[str, set[tuple[int, int]]]] = {}
    for chain, fragments in found.items():
        field = spans.setdefault(chain.split(".")[0], {})
        for fragment in fragments:
            plain, marks = _taken_apart(fragment)
            field.setdefault(plain, set()).update(marks)
    return {name: _best(fragments, limit) for name, fragments in spans.items()}


def _best(fragments: Mapping[str, set[tuple[int, int]]], limit: int) -> list[str]:
    united = [(plain, _united(marks)) for plain, marks in fragments.items()]
    united.sort(key=lambda pair: -len(pair[1]))  # stable: the engine's order among equals
    return [_put_together(plain, marks) for plain, marks in united[:limit]]


def _taken_apart(fragment: str) -> tuple[str, set[tuple[int, int]]]:
    before, *parts = fragment.split(OPEN)
    plain, marks = before.replace(CLOSE, ""), set()
    for part in parts:
        marked, closed, after = part.partition(CLOSE)
        if closed:
            marks.add((len(plain), len(plain) + len(marked)))
        plain += marked + after.replace(CLOSE, "")
    return plain, marks


def _united(marks: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def _put_together(plain: str, marks: Iterable[tuple[int, int]]) -> str:
    parts, end = [], 0
    for start, stop in marks:
        parts += [plain[end:start], OPEN, plain[start:stop], CLOSE]
        end = stop
    return "".join([*parts, plain[end:]])


def as_html(fragment: str) -> str:
    """The fragment as HTML: text escaped, matches in <mark>."""
    return _MARKED.sub(r"<mark>\1</mark>", html.escape(fragment, quote=False)).translate(
        {ord(OPEN): "", ord(CLOSE): ""}
    )


def as_marked(fragment: str, before: str = "", after: str = "") -> str:
    """The fragment as it stands in the text, matches between ``before`` and ``after``."""
    return _ANY_MARK.sub("", _MARKED.sub(lambda match: f"{before}{match[1]}{after}", fragment))
