"""Where text stands on a PDF's pages: rows, running headers and footers, columns in reading order. Pure geometry.

Coordinates are PDF's own: points, y grows upwards. The height of a fragment is that of its font's box (about 1.3 times
the font size), so it serves as the size of the type, whatever matrix the page scales it with.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, product
from statistics import median

from pipeline.text import fold

#: A text column holds at least so many rows with so many characters; narrower ones are tables, read row by row.
COLUMN_ROWS, COLUMN_CHARACTERS = 4, 12
#: Rows at either edge of a page among which running lines are sought, and how far those may wander (points).
EDGE_ROWS, WANDERING = 3, 8.0
LONGEST_RUNNING = 120
#: A chapter's running header comes again within so many pages; a heading that comes back later is none.
NEAR_PAGES = 8
#: A page with more pieces of text is a chart or an attack, and gets no columns.
MOST_FRAGMENTS = 3_000
_NUMBER = re.compile(r"\d{1,4}")
_ROMAN = re.compile(r"\W*([ivxlc]{1,7})\W*")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_DEEPEST = 3  # columns within columns


@dataclass(frozen=True, slots=True)
class Fragment:
    """Text that stands together on one line, with its box; `rtl` where most of its letters run from the right,
    `cells` where wide gaps part it as in a table's row."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    rtl: bool = False
    cells: bool = False

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


Row = tuple[Fragment, ...]


def rows_of(fragments: Iterable[Fragment]) -> list[Row]:
    """Fragments that stand on one line together, from the top of the page down; each row in reading order."""
    rows: list[list[Fragment]] = []
    tallest: Fragment | None = None
    for fragment in sorted(fragments, key=lambda each: (-each.middle, each.left)):
        if tallest and _on_one_line(tallest, fragment):
            rows[-1].append(fragment)
            tallest = max(tallest, fragment, key=lambda each: each.height)
        else:
            rows.append([fragment])
            tallest = fragment
    return [_in_order(row) for row in rows]


def _on_one_line(one: Fragment, other: Fragment) -> bool:
    overlap = min(one.top, other.top) - max(one.bottom, other.bottom)
    return overlap >= 0.5 * min(one.height, other.height)


def _in_order(row: Sequence[Fragment]) -> Row:
    from_right = 2 * sum(len(each.text) for each in row if each.rtl) > sum(len(each.text) for each in row)
    return tuple(sorted(row, key=lambda each: -each.right if from_right else each.left))


def line_of(row: Row) -> Fragment:
    """A row as one fragment, its parts joined; its height is that of most of its characters."""
    text, cells = row[0].text, False
    for before, after in pairwise(row):
        gap = max(after.left - before.right, before.left - after.right)
        text += f" {after.text}" if gap > 0.12 * after.height else after.text
        cells = cells or gap > 1.5 * after.height
    main = max(row, key=lambda each: len(each.text))
    left, right = min(each.left for each in row), max(each.right for each in row)
    return Fragment(text, left, main.bottom, right, main.top, main.rtl, cells)


# --- running headers and footers -------------------------------------------------------------------------------------


def without_running_lines(pages: Sequence[Sequence[Row]]) -> tuple[list[list[Row]], list[list[Row]]]:
    """Pages without their running headers, footers and page numbers, and what was taken off each page.

    A row at a page's edge is running when the same text stands at the same height on three pages (of two or three
    pages: on two) not far from each other, its numbers being equal or growing with the pages, so that "Table 1" and
    "Table 7" are kept. An outermost row that begins or ends with such a growing number is running whatever its
    words, for those change from chapter to chapter.
    """
    needed = 2 if len(pages) <= 3 else 3
    seen: dict[tuple[str, ...], list[tuple[int, float]]] = defaultdict(list)
    edges = [list(_edge_rows(rows, number)) for number, rows in enumerate(pages)]
    for number, places in enumerate(edges):
        for _, row, forms in places:
            for form in forms:
                seen[form].append((number, line_of(row).middle))
    kept: list[list[Row]] = []
    taken: list[list[Row]] = []
    for number, rows in enumerate(pages):
        running = {
            place
            for place, row, forms in edges[number]
            if any(_near(seen[form], number, line_of(row).middle) >= needed for form in forms)
        }
        kept.append([row for place, row in enumerate(rows) if place not in running])
        taken.append([row for place, row in enumerate(rows) if place in running])
    return kept, taken


def _edge_rows(rows: Sequence[Row], page: int) -> Iterator[tuple[int, Row, list[tuple[str, ...]]]]:
    """The rows near a page's edges, each with its place and what it would be the same as on other pages."""
    for place, row in enumerate(rows):
        if place < EDGE_ROWS or place >= len(rows) - EDGE_ROWS:
            yield place, row, _forms(row, page, outermost=place in (0, len(rows) - 1))


def _near(seen: Sequence[tuple[int, float]], page: int, height: float) -> int:
    """On how many pages about this one a row stands at this height."""
    return len({other for other, at in seen if abs(other - page) <= NEAR_PAGES and abs(at - height) <= WANDERING})


def _forms(row: Row, page: int, *, outermost: bool) -> list[tuple[str, ...]]:
    """What stands for a row: its words, with each number as it is or as its distance from the page's."""
    text = fold(" ".join(fragment.text for fragment in row))
    roman = _ROMAN.fullmatch(text)
    if roman:
        text = text.replace(roman[1], str(_roman(roman[1])))
    words, numbers = _NUMBER.split(text), [int(number) for number in _NUMBER.findall(text)]
    forms: list[tuple[str, ...]] = []
    if outermost and numbers and len(text) <= LONGEST_RUNNING:
        forms += [("", f"+{numbers[0] - page}")] if text[0].isdigit() else []
        forms += [("", f"+{numbers[-1] - page}")] if text[-1].isdigit() else []
    if len(numbers) > 2:
        return [*forms, (text,)]
    readings = product(*((f"={number}", f"+{number - page}") for number in numbers))
    return [*forms, *(("|".join(words), *reading) for reading in readings)]


def _roman(text: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in text]
    return sum(-one if one < other else one for one, other in pairwise([*values, 0]))


# --- columns ---------------------------------------------------------------------------------------------------------


def columns(rows: Sequence[Row], depth: int = 0) -> list[list[Fragment]]:
    """A page's lines in reading order, as runs: each run is a column, or what stands between columns.

    Lines across the gutter (a title, a wide table) part the page into bands; in each, the left column is read before
    the right one, or the right one first where the text runs from the right.
    """
    fragments = [fragment for row in rows for fragment in row]
    gutter = _gutter(fragments) if depth < _DEEPEST else None
    if gutter is None:
        return [[line_of(row) for row in rows]] if rows else []
    runs: list[list[Fragment]] = []
    wide: list[Row] = []
    for band in _bands(rows, gutter):
        left = [row for row in (tuple(f for f in row if f.right <= gutter) for row in band) if row]
        right = [row for row in (tuple(f for f in row if f.left >= gutter) for row in band) if row]
        if any(_spans(fragment, gutter) for row in band for fragment in row) or not (left and right):
            wide.extend(band)
            continue
        if wide:
            runs.append([line_of(row) for row in wide])
            wide = []
        sides = (right, left) if _from_right(fragments) else (left, right)
        runs.extend(run for side in sides for run in columns(rows_of(f for row in side for f in row), depth + 1))
    return [*runs, [line_of(row) for row in wide]] if wide else runs


def _from_right(fragments: Sequence[Fragment]) -> bool:
    return 2 * sum(each.rtl for each in fragments) > len(fragments)


def _spans(fragment: Fragment, gutter: float) -> bool:
    return fragment.left < gutter < fragment.right


def _bands(rows: Sequence[Row], gutter: float) -> Iterator[list[Row]]:
    for _, band in groupby(rows, key=lambda row: any(_spans(fragment, gutter) for fragment in row)):
        yield list(band)


def _gutter(fragments: Sequence[Fragment]) -> float | None:
    """Where a right-hand column begins: at a left edge that many lines share, with full lines on both sides."""
    if not 2 * COLUMN_ROWS <= len(fragments) <= MOST_FRAGMENTS:
        return None
    start, end = min(each.left for each in fragments), max(each.right for each in fragments)
    shared: dict[int, list[float]] = defaultdict(list)
    for fragment in fragments:
        if start + 0.15 * (end - start) < fragment.left < start + 0.85 * (end - start):
            shared[round(fragment.left / 4)].append(fragment.left)
    places = sorted((len(lefts), min(lefts) - 1.0) for lefts in shared.values() if len(lefts) >= COLUMN_ROWS)
    scored = [(_columns_at(fragments, place), place) for _, place in places[-6:]]
    score, place = max(scored, default=(0, 0.0))
    return place if score >= COLUMN_ROWS else None


def _columns_at(fragments: Sequence[Fragment], gutter: float) -> int:
    """How many rows stand in the emptier of the two columns that a gutter makes; 0 where either is no text column."""
    left = [each for each in fragments if each.right <= gutter]
    right = [each for each in fragments if each.left >= gutter]
    if not left or not right or not (_is_text_column(left) and _is_text_column(right)):
        return 0
    beside = [each for each in left if any(_on_one_line(each, other) or _abreast(each, other) for other in right)]
    return min(len(beside), len(right))


def _abreast(one: Fragment, other: Fragment) -> bool:
    return abs(one.middle - other.middle) < max(one.height, other.height)


def _is_text_column(fragments: Sequence[Fragment]) -> bool:
    rows = [line_of(row) for row in rows_of(fragments)]
    width = max(row.right for row in rows) - min(row.left for row in rows)
    if len(rows) < COLUMN_ROWS or median(len(row.text) for row in rows) < COLUMN_CHARACTERS:
        return False
    return median(row.right - row.left for row in rows) >= 0.5 * width


def body_height(lines: Iterable[Fragment]) -> float:
    """The height of the type that most of the text is set in; 0.0 without text."""
    counts: dict[float, int] = defaultdict(int)
    for line in lines:
        counts[round(line.height * 2) / 2] += len(line.text)
    return max(counts, key=lambda height: counts[height], default=0.0)


def foot_last(runs: Sequence[Sequence[Fragment]], body: float) -> tuple[list[list[Fragment]], list[Fragment]]:
    """Runs without the footnotes at their ends, and the footnotes in order, for they belong to the end of the page."""
    kept: list[list[Fragment]] = []
    notes: list[Fragment] = []
    for run in runs:
        start = len(run)
        while start and run[start - 1].height <= 0.92 * body:
            start -= 1
        first = next((place for place in range(start, len(run)) if _is_note(run[place].text)), len(run))
        kept.append(list(run[:first]))
        notes.extend(run[first:])
    return [run for run in kept if run], notes


_NOTE = re.compile(r"(?:\[?\d{1,3}\]?|[*†‡]{1,3})[.)]?\s*\S")


def _is_note(text: str) -> bool:
    return bool(_NOTE.match(text))
