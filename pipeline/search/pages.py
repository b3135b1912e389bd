"""On which page of which PDF a fragment stands. Pure.

A document holds the pages of all its PDFs as one list of strings, with the number of pages of each; an article that is
a PDF itself has its text in one piece, with the places where pages begin.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from pipeline.search import highlight
from pipeline.search.results import PageMatch

#: What the engine puts between the values of a field when it marks them.
_BETWEEN_VALUES = "\u2029"
_SHOWN = 3


def matches(found: Mapping[str, Any]) -> tuple[PageMatch, ...]:
    """The marked fragments of one hit of the engine (its ``_source`` and ``highlight``) with their pages, in the order
    of pages; a fragment over a page's end counts for the page on which its first mark stands."""
    document, marked = found["_source"], highlight.merge(found.get("highlight", {}), limit=_SHOWN)
    pdf = document.get("pdf") or {}
    inside = [_in_list(pdf, part) for fragment in marked.get("pdf", ()) for part in _parts(fragment)]
    itself = [_in_text(document, fragment) for fragment in marked.get("text", ())] if pdf.get("starts") else []
    located = {(match.pdf, match.page, match.fragment): match for match in (*inside, *itself) if match}
    return tuple(located[key] for key in sorted(located))[:_SHOWN]


def _parts(fragment: str) -> Iterator[str]:
    """The parts of a fragment that lie on different pages, those with marks."""
    yield from (part for part in fragment.split(_BETWEEN_VALUES) if highlight.OPEN in part)


def _in_list(pdf: Mapping[str, Any], fragment: str) -> PageMatch | None:
    plain = highlight.as_marked(fragment).strip()
    index = next((place for place, text in enumerate(pdf.get("text") or ()) if plain in text), None)
    if index is None:
        return None
    number, page = _place(index, [count or 0 for count in pdf.get("pages") or ()])
    return PageMatch(pdf["url"][number], number + 1, page, fragment)


def _place(index: int, counts: Sequence[int]) -> tuple[int, int]:
    """The number of the PDF, from 0, and the page in it, from 1, of a place in the list of all pages."""
    ends = list(accumulate(counts))
    number = bisect_right(ends, index)
    return number, index - (ends[number - 1] if number else 0) + 1


def _in_text(document: Mapping[str, Any], fragment: str) -> PageMatch | None:
    pdf, plain = document["pdf"], highlight.as_marked(fragment)
    place = str(document.get("text") or "").find(plain)
    if place < 0:
        return None
    page = bisect_right(pdf["starts"], place + max(fragment.find(highlight.OPEN), 0))
    return PageMatch(pdf["url"][0], 1, page, fragment)
