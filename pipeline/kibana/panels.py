"""Panels: charts and tables over aggregations, as the classic visualisations that both servers draw.

A panel says what is counted and how it is split; `visualization` turns it into a saved object. Parameters that are not
given here take the servers' defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.kibana.objects import MADE_BY, Filter, View, compact, identity, saved_object, searching

Kind = Literal["metric", "histogram", "horizontal_bar", "line", "pie", "table", "tagcloud"]
Agg = dict[str, Any]
#: What a kind of chart calls its first bucket, and the further ones.
_BUCKETS: Mapping[Kind, tuple[str, str]] = {
    "metric": ("group", "group"),
    "histogram": ("segment", "group"),
    "horizontal_bar": ("segment", "group"),
    "line": ("segment", "group"),
    "pie": ("segment", "segment"),
    "table": ("bucket", "bucket"),
    "tagcloud": ("segment", "segment"),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A number: of documents (``count``), or over the values of a field."""

    type: Literal["count", "sum", "avg", "min", "max", "cardinality"]
    label: str
    field: str | None = None

    @property
    def params(self) -> dict[str, Any]:
        """The aggregation's parameters."""
        return {**({"field": self.field} if self.field else {}), "customLabel": self.label}


@dataclass(frozen=True, slots=True)
class Terms:
    """One bucket for each of a field's most frequent values; ``by``: which of the panel's metrics, from 1, orders them.
    ``others``: whether the rest is one bucket more."""

    field: str
    label: str
    size: int = 10
    by: int = 1
    ascending: bool = False
    others: bool = False
    type: Literal["terms"] = "terms"

    @property
    def params(self) -> dict[str, Any]:
        """The aggregation's parameters."""
        return {
            "field": self.field,
            "size": self.size,
            "order": "asc" if self.ascending else "desc",
            "orderBy": str(self.by),
            "otherBucket": self.others,
            "otherBucketLabel": "Other",
            "missingBucket": False,
            "missingBucketLabel": "Missing",
            "customLabel": self.label,
        }


@dataclass(frozen=True, slots=True)
class Dates:
    """One bucket for each stretch of time; ``interval``: ``auto`` as the chosen time suggests, ``d`` a day."""

    field: str
    label: str
    interval: Literal["auto", "d"] = "auto"
    type: Literal["date_histogram"] = "date_histogram"

    @property
    def params(self) -> dict[str, Any]:
        """The aggregation's parameters."""
        return {
            "field": self.field,
            "interval": self.interval,
            "drop_partials": False,
            "min_doc_count": 1,
            "extended_bounds": {},
            "customLabel": self.label,
        }


@dataclass(frozen=True, slots=True)
class Queries:
    """One bucket for each of several queries (KQL), by its label."""

    queries: Mapping[str, str]
    type: Literal["filters"] = "filters"

    @property
    def params(self) -> dict[str, Any]:
        """The aggregation's parameters."""
        asked = self.queries.items()
        return {"filters": [{"input": {"query": query, "language": "kuery"}, "label": label} for label, query in asked]}


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart or table. ``query`` is KQL."""

    slug: str
    title: str
    kind: Kind
    metrics: tuple[Metric, ...]
    splits: tuple[Terms | Dates | Queries, ...] = ()
    view: View = "dated"
    query: str = ""
    filters: tuple[Filter, ...] = ()
    description: str = ""

    @property
    def aggs(self) -> list[Agg]:
        """Its aggregations: metrics first, so that they are numbered from 1, then the splits from the outside in."""
        first, further = _BUCKETS[self.kind]
        schemas = ["metric"] * len(self.metrics) + [first, *[further] * len(self.splits)]
        return [
            {"id": str(number), "enabled": True, "type": each.type, "schema": schema, "params": each.params}
            for number, (each, schema) in enumerate(zip((*self.metrics, *self.splits), schemas, strict=False), 1)
        ]


def visualization(index: str, panel: Panel) -> dict[str, Any]:
    """The saved object of a panel."""
    meta, references = searching(index, panel.view, panel.query, panel.filters)
    title = f"Mecmua: {panel.title}"
    state = {"title": title, "type": panel.kind, "params": _params(panel), "aggs": panel.aggs}
    attributes = {
        "title": title,
        "description": f"{panel.description} {MADE_BY}".strip(),
        "visState": compact(state),
        "uiStateJSON": "{}",
        "version": 1,
        "kibanaSavedObjectMeta": meta,
    }
    return saved_object("visualization", panel_id(index, panel), attributes, references)


def panel_id(index: str, panel: Panel) -> str:
    """The id of a panel's saved object."""
    return identity(index, "panel", panel.slug)


def _params(panel: Panel) -> dict[str, Any]:
    if panel.kind == "metric":
        return _NUMBERS
    if panel.kind == "pie":
        return _PIE
    if panel.kind == "table":
        return _TABLE
    if panel.kind == "tagcloud":
        return _CLOUD
    return _axes(panel.kind, panel.metrics, is_split=len(panel.splits) > 1)


_NUMBERS = {
    "type": "metric",
    "addTooltip": True,
    "addLegend": False,
    "metric": {
        "percentageMode": False,
        "useRanges": False,
        "colorSchema": "Green to Red",
        "metricColorMode": "None",
        "colorsRange": [{"from": 0, "to": 10_000}],
        "labels": {"show": True},
        "invertColors": False,
        "style": {"bgFill": "#000", "bgColor": False, "labelColor": False, "subText": "", "fontSize": 32},
    },
}
_PIE = {
    "type": "pie",
    "addTooltip": True,
    "addLegend": True,
    "legendPosition": "right",
    "isDonut": True,
    "labels": {"show": False, "values": True, "last_level": True, "truncate": 100},
}
_TABLE = {
    "perPage": 10,
    "showPartialRows": False,
    "showMetricsAtAllLevels": False,
    "showTotal": False,
    "totalFunc": "sum",
    "percentageCol": "",
}
_CLOUD = {"scale": "linear", "orientation": "single", "minFontSize": 14, "maxFontSize": 42, "showLabel": False}


def _axes(kind: Kind, metrics: Sequence[Metric], *, is_split: bool) -> dict[str, Any]:
    lying = kind == "horizontal_bar"
    drawn = "line" if kind == "line" else "histogram"
    category = {
        "id": "CategoryAxis-1",
        "type": "category",
        "position": "left" if lying else "bottom",
        "show": True,
        "style": {},
        "scale": {"type": "linear"},
        "labels": {"show": True, "rotate": 0, "filter": not lying, "truncate": 200},
        "title": {},
    }
    value = {
        "id": "ValueAxis-1",
        "name": "BottomAxis-1" if lying else "LeftAxis-1",
        "type": "value",
        "position": "bottom" if lying else "left",
        "show": True,
        "style": {},
        "scale": {"type": "linear", "mode": "normal"},
        "labels": {"show": True, "rotate": 0, "filter": True, "truncate": 100},
        "title": {"text": metrics[0].label if len(metrics) == 1 else ""},
    }
    series = [
        {
            "show": True,
            "type": drawn,
            "mode": "normal" if drawn == "line" else "stacked",
            "data": {"id": str(number), "label": metric.label},
            "valueAxis": "ValueAxis-1",
            "drawLinesBetweenPoints": True,
            "lineWidth": 2,
            "interpolate": "linear",
            "showCircles": True,
        }
        for number, metric in enumerate(metrics, 1)
    ]
    return {
        "type": drawn,
        "grid": {"categoryLines": False},
        "categoryAxes": [category],
        "valueAxes": [value],
        "seriesParams": series,
        "addTooltip": True,
        "addLegend": is_split or len(metrics) > 1,
        "legendPosition": "right",
        "times": [],
        "addTimeMarker": False,
        "labels": {"show": False},
        "thresholdLine": {"show": False, "value": 10, "width": 1, "style": "full", "color": "#E7664C"},
    }
