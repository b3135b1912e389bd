"""Data views (index patterns): what searches and panels read, and how its fields are shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.kibana.objects import View, compact, saved_object, view_id
from pipeline.models import Outcome


@dataclass(frozen=True, slots=True)
class _Scope:
    """A data view's name behind the alias, what it reads behind the alias, and its time field."""

    name: str
    reads: str
    time: str | None


VIEWS: dict[View, _Scope] = {
    "dated": _Scope("", "", "published"),
    "undated": _Scope(", with undated ones", "", None),
    "runs": _Scope(", nightly runs", "-runs", "started"),
    "sources": _Scope(", sources now", "-runs", None),
}
Format = dict[str, Any]
_LINK: Format = {"id": "url", "params": {"type": "a"}}
#: A day has no time of day. Kibana shows it in the browser's zone: right from Greenwich eastwards.
_DAY: Format = {"id": "date", "params": {"pattern": "YYYY-MM-DD"}}
_COUNT: Format = {"id": "number", "params": {"pattern": "0,0"}}
_PERCENT: Format = {"id": "percent", "params": {"pattern": "0%"}}
_ARTICLES = {
    **dict.fromkeys(("url", "canonical_url", "aliases", "found_in", "image", "pdf.url"), _LINK),
    "published_day": _DAY,
    "word_count": _COUNT,
    "language_confidence": _PERCENT,
}


def _lasting(precision: int) -> Format:
    return {
        "id": "duration",
        "params": {
            "inputFormat": "seconds",
            "outputFormat": "asSeconds",
            "outputPrecision": precision,
            "showSuffix": True,
        },
    }


_RUNS = {
    "newest": _DAY,
    "seconds": _lasting(1),
    **dict.fromkeys(("latency.median", "latency.p95", "latency.longest"), _lasting(2)),
    "bytes": {"id": "bytes", "params": {"pattern": "0,0.[0]b"}},
    **dict.fromkeys(("requests", "failures", *(f"outcomes.{outcome}" for outcome in Outcome)), _COUNT),
}
#: Fields that lead to the search page where it has an address: the article as Mecmua has it, and its archived copy.
#: ``_id`` holds the same as ``id``; it is there to carry the second link.
PAGE_LINKS = ("id", "_id")
_PAGE_LABELS = {"id": "In Mecmua", "_id": "Archived copy"}


def data_views(index: str, page: str | None) -> Iterator[dict[str, Any]]:
    """All data views of an alias. ``page`` is the address of the search page, without a slash at its end."""
    for view, scope in VIEWS.items():
        of_articles = not scope.reads
        formats = {**_ARTICLES, **(_page_links(page) if page else {})} if of_articles else _RUNS
        labels = _PAGE_LABELS if of_articles and page else {}
        yield saved_object(
            "index-pattern",
            view_id(index, view),
            {
                "title": f"{index}{scope.reads}",
                "name": f"Mecmua: {index}{scope.name}",
                # the alias appears with the first crawl, which may come after the installation
                "allowNoIndex": True,
                "fieldFormatMap": compact(formats),
                "fieldAttrs": compact({name: {"customLabel": label} for name, label in labels.items()}),
                "fields": "[]",
                "sourceFilters": "[]",
                **({"timeFieldName": scope.time} if scope.time else {}),
            },
        )


def _page_links(page: str) -> dict[str, Format]:
    document = f"{page}/doc/{{{{value}}}}"
    return {
        # an export as CSV carries labels: this one keeps the id
        "id": {"id": "url", "params": {"type": "a", "urlTemplate": document, "labelTemplate": "{{value}}"}},
        "_id": {
            "id": "url",
            "params": {"type": "a", "urlTemplate": f"{document}/archived", "labelTemplate": "archived copy"},
        },
    }
