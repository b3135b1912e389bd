"""Kibana's saved objects as plain data: data views over the alias and the run reports, and searches with their columns.

Their shape is what Kibana exports. Identifiers come from the alias, so a second import writes over the first and two
aliases in one Kibana do not meet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

#: The versions that Kibana 8.8 and newer put on exports of these two types; Kibana migrates from there by itself.
_VERSIONS = {"coreMigrationVersion": "8.8.0", "typeMigrationVersion": "8.0.0"}
_DATA_VIEW_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
#: Shown as links in tables.
_LINKS = ("url", "canonical_url")


#: The articles by their date; the same without a time field, as a time filter hides what has no date; the nights.
View = Literal["dated", "undated", "runs"]
_TIME_FIELDS: dict[View, str | None] = {"dated": "published", "undated": None, "runs": "started"}


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search by name: its query in Kibana's language (KQL), the columns, and the data view it reads."""

    slug: str
    title: str
    description: str
    query: str
    columns: tuple[str, ...] = ("published_day", "title", "source_name", "language", "text")
    view: View = "dated"
    sort: str = "published"


SEARCHES = (
    SavedSearch(
        "turkish-english",
        "Mecmua: Turkish and English",
        "Title, text, source and date of Turkish and English articles, newest first.",
        'language : ("tr" or "en") and not removed_at : *',
        ("published", "title", "source_name", "language", "text"),
    ),
    SavedSearch("all", "Mecmua: all articles", "Every dated article in any language, newest first.", ""),
    SavedSearch("tr", "Mecmua: Türkçe", "Türkçe yazılar, en yenisi başta.", 'language : "tr" and not removed_at : *'),
    SavedSearch("en", "Mecmua: English", "English articles, newest first.", 'language : "en" and not removed_at : *'),
    SavedSearch(
        "undated",
        "Mecmua: without a date",
        "Articles whose page names no date; a view with a time filter never shows them.",
        "not published : *",
        ("first_seen", "title", "source_name", "language", "url"),
        view="undated",
        sort="first_seen",
    ),
    SavedSearch(
        "removed",
        "Mecmua: removed",
        "Articles that their source has taken down since we saw them.",
        "removed_at : *",
        ("removed_at", "title", "source_name", "published_day", "url"),
        view="undated",
        sort="removed_at",
    ),
    SavedSearch(
        "nights",
        "Mecmua: nights by source",
        "What each nightly run did with each source, the last one first.",
        "scope : source",
        ("started", "source", "outcomes.new", "outcomes.changed", "outcomes.rejected", "newest", "seconds", "error"),
        view="runs",
        sort="started",
    ),
)


def saved_objects(index: str) -> tuple[dict[str, Any], ...]:
    """The data views and saved searches for an alias, data views first, as Kibana's import takes them."""
    return (*(_data_view(index, view) for view in _TIME_FIELDS), *(_search(index, search) for search in SEARCHES))


def to_ndjson(objects: Iterable[dict[str, Any]]) -> bytes:
    """One object a line, in UTF-8: the file format of Kibana's export and import."""
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in objects)


def _data_view_id(index: str, view: View) -> str:
    return f"mecmua-{index}" if view == "dated" else f"mecmua-{index}-{view}"


def _data_view(index: str, view: View) -> dict[str, Any]:
    suffix = {"dated": "", "undated": ", with undated ones", "runs": ", nightly runs"}[view]
    attributes: dict[str, Any] = {
        "title": f"{index}-runs" if view == "runs" else index,
        "name": f"Mecmua: {index}{suffix}",
        # the alias appears with the first crawl, which may come after the installation
        "allowNoIndex": True,
        "fieldFormatMap": json.dumps({field: {"id": "url"} for field in _LINKS}),
        "fields": "[]",
        "sourceFilters": "[]",
    }
    if _TIME_FIELDS[view]:
        attributes["timeFieldName"] = _TIME_FIELDS[view]
    return {
        "type": "index-pattern",
        "id": _data_view_id(index, view),
        "attributes": attributes,
        "references": [],
        **_VERSIONS,
    }


def _search(index: str, search: SavedSearch) -> dict[str, Any]:
    source = {
        "query": {"query": search.query, "language": "kuery"},
        "filter": [],
        "highlightAll": True,
        "version": True,
        "indexRefName": _DATA_VIEW_REFERENCE,
    }
    return {
        "type": "search",
        "id": f"mecmua-{index}-search-{search.slug}",
        "attributes": {
            "title": search.title,
            "description": search.description,
            "columns": list(search.columns),
            "sort": [[search.sort, "desc"]],
            "grid": {},
            "hideChart": False,
            "isTextBasedQuery": False,
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source, ensure_ascii=False)},
        },
        "references": [
            {"type": "index-pattern", "id": _data_view_id(index, search.view), "name": _DATA_VIEW_REFERENCE}
        ],
        **_VERSIONS,
    }
