"""What every saved object has: an id that comes from the alias, a version that both servers can read, references.

The shapes are those that Kibana 7.10 wrote, the common ancestor. Kibana 8.8 and newer reads ``typeMigrationVersion``
and brings an object up to date from there; OpenSearch Dashboards ignores it, runs its own migrations, which find
nothing to do, and refuses attributes that came later. So one set of objects serves both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.settings import VERSION

Type = Literal["index-pattern", "search", "visualization", "dashboard"]
#: The articles by their date; the same without a time field, as a time filter hides what has no date; the nights; how
#: each source does now.
View = Literal["dated", "undated", "runs", "sources"]

#: Where Kibana's migrations begin. A data view would lose ``allowNoIndex`` to an older one.
_SINCE: Mapping[Type, str] = {
    "index-pattern": "8.0.0",
    "search": "8.0.0",
    "visualization": "7.10.0",
    "dashboard": "7.10.0",
}
_SOURCE = "kibanaSavedObjectMeta.searchSourceJSON"
#: Stands in every description, so that whoever changes an object knows that the change will not last.
MADE_BY = (
    f"Made by Mecmua {VERSION}; `mecmua dashboards install` writes over changes, so save your own under another name."
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter under a search bar, in the engine's query language."""

    label: str
    query: Mapping[str, Any]


def identity(index: str, kind: str, slug: str = "") -> str:
    """An id: the same for the same alias, so that a second installation writes over the first, and two aliases in one
    Kibana do not meet."""
    return "-".join(part for part in ("mecmua", index, kind, slug) if part)


def view_id(index: str, view: View) -> str:
    """The id of a data view."""
    return identity(index, "" if view == "dated" else view)


def saved_object(
    kind: Type, identifier: str, attributes: Mapping[str, Any], references: Iterable[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """One line of the import file, as a dictionary."""
    return {
        "type": kind,
        "id": identifier,
        "attributes": dict(attributes),
        "references": [dict(each) for each in references],
        "coreMigrationVersion": "8.8.0",
        "typeMigrationVersion": _SINCE[kind],
    }


def reference(kind: Type, identifier: str, name: str) -> dict[str, str]:
    """How one object names another."""
    return {"type": kind, "id": identifier, "name": name}


def searching(
    index: str, view: View, query: str, filters: Iterable[Filter] = (), **more: Any
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """What a search or a panel reads: the attribute that says so, and the references that it needs.

    ``query`` is KQL, and written so that Lucene's syntax reads the same in it (capital operators, no comparison):
    that is how the tests run it.
    """
    named = [(_filter(number, each), f"{_SOURCE}.filter[{number}].meta.index") for number, each in enumerate(filters)]
    source = {
        "query": {"query": query, "language": "kuery"},
        "filter": [each for each, _name in named],
        "indexRefName": f"{_SOURCE}.index",
        **more,
    }
    names = (f"{_SOURCE}.index", *(name for _each, name in named))
    references = [reference("index-pattern", view_id(index, view), name) for name in names]
    return {"searchSourceJSON": compact(source)}, references


def _filter(number: int, held: Filter) -> dict[str, Any]:
    meta = {
        "alias": held.label,
        "type": "custom",
        "key": "query",
        "value": compact(held.query),
        "disabled": False,
        "negate": False,
        "indexRefName": f"{_SOURCE}.filter[{number}].meta.index",
    }
    return {"meta": meta, "query": dict(held.query), "$state": {"store": "appState"}}


def compact(value: Any) -> str:
    """JSON as it stands inside an attribute."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def to_ndjson(objects: Iterable[Mapping[str, Any]]) -> bytes:
    """One object a line, in UTF-8: the file format of export and import."""
    return b"".join(compact(each).encode() + b"\n" for each in objects)
