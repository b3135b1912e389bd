"""Counts beside the hits: by source, country, language and the rest, and over time.

Counts are of documents, those with the same text included; the total above the hits counts such as one. A facet leaves
out what was picked in it, so that the other values still show what picking them too would find.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.search.filters import FACETS, Clause, Filters

#: Values of one facet that a page shows; `FacetCount.others` counts the documents with further ones.
MOST_VALUES = 25
#: Bars of the histogram at most; the engine picks days, months or years accordingly.
BARS = 60


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value: as filters take it, as a reader sees it, how many documents have it, whether it is picked."""

    value: str
    label: str
    count: int
    selected: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The value as JSON types."""
        return {"value": self.value, "label": self.label, "count": self.count, "selected": self.selected}


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet with its values, the most frequent first (years: the latest); ``others`` counts what is not shown."""

    name: str
    values: tuple[FacetValue, ...]
    others: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The facet as JSON types."""
        return {"name": self.name, "values": [value.to_dict() for value in self.values], "others": self.others}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the histogram: its first day (ISO date) and how many documents are in it."""

    day: str
    count: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Documents over time; ``interval`` is the width of a bar in the engine's words (1d, 7d, 1M, 1y, 5y …)."""

    interval: str
    bars: tuple[Bar, ...]

    def to_dict(self) -> dict[str, Any]:
        """The histogram as JSON types."""
        return {"interval": self.interval, "bars": [{"day": bar.day, "count": bar.count} for bar in self.bars]}


def aggregations(names: Iterable[str], filters: Filters, *, histogram: bool = False) -> dict[str, Clause]:
    """The aggregations of these facets, each under what was picked in the others."""
    picked = filters.picked()
    asked = {name: _counted(name) for name in FACETS if name in set(names)}
    found = {
        f"facet_{name}": _under([clause for other, clause in picked.items() if other != name], {name: body})
        for name, body in asked.items()
    }
    if histogram:
        bars = {"auto_date_histogram": {"field": "published_day", "buckets": BARS, "format": "yyyy-MM-dd"}}
        found["histogram"] = _under(list(picked.values()), {"histogram": bars})
    return found


def _under(clauses: Sequence[Clause], inner: dict[str, Clause]) -> Clause:
    """Aggregations over what the clauses leave; the same shape without any."""
    narrowed = {"bool": {"filter": list(clauses)}} if clauses else {"match_all": {}}
    return {"filter": narrowed, "aggregations": inner}


def _counted(name: str) -> Clause:
    if name == "pdf":
        return {"filter": {"exists": {"field": FACETS["pdf"]}}}
    if name == "year":
        years = {"field": FACETS["year"], "calendar_interval": "year", "format": "yyyy", "min_doc_count": 1}
        return {"date_histogram": {**years, "order": {"_key": "desc"}}}
    body: Clause = {"terms": {"field": FACETS[name], "size": MOST_VALUES}}
    if name == "source":  # a source's id says little to a reader
        body["aggregations"] = {"label": {"terms": {"field": "source_name.keyword", "size": 1}}}
    return body


def read(answer: Mapping[str, Any], filters: Filters) -> tuple[Facet, ...]:
    """The facets in an answer's aggregations."""
    chosen = filters.values()
    return tuple(
        _facet(name, answer[f"facet_{name}"], frozenset(chosen[name])) for name in FACETS if f"facet_{name}" in answer
    )


def _facet(name: str, answer: Mapping[str, Any], chosen: frozenset[str]) -> Facet:
    counted = answer[name]
    if name == "pdf":
        there, all_of_them = int(counted["doc_count"]), int(answer["doc_count"])
        counts = (("true", there), ("false", all_of_them - there))
        return Facet(name, tuple(FacetValue(key, key, count, key in chosen) for key, count in counts if count))
    values = [_value(bucket, chosen) for bucket in counted["buckets"]]
    missing = [FacetValue(key, key, 0, True) for key in sorted(chosen - {value.value for value in values})]
    return Facet(name, (*values, *missing), int(counted.get("sum_other_doc_count", 0)))


def _value(bucket: Mapping[str, Any], chosen: frozenset[str]) -> FacetValue:
    value = str(bucket.get("key_as_string", bucket["key"]))
    labels = bucket.get("label", {}).get("buckets", ())
    return FacetValue(value, str(labels[0]["key"]) if labels else value, int(bucket["doc_count"]), value in chosen)


def read_histogram(answer: Mapping[str, Any]) -> Histogram | None:
    """The histogram in an answer's aggregations, or None where none was asked for."""
    if "histogram" not in answer:
        return None
    found = answer["histogram"]["histogram"]
    bars = tuple(Bar(str(bucket["key_as_string"]), int(bucket["doc_count"])) for bucket in found["buckets"])
    return Histogram(str(found["interval"]), bars)
