"""Dashboards: panels in rows. A row is as wide as the grid, so that nothing overlaps and nothing is left over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.kibana.objects import MADE_BY, Type, compact, identity, reference, saved_object
from pipeline.kibana.panels import Panel, panel_id

#: Columns of the grid; a row of it is 20 pixels high.
COLUMNS = 48
#: As Kibana 7.10 marks its panels.
_PANEL_VERSION = "7.10.0"


@dataclass(frozen=True, slots=True)
class Table:
    """A saved search that stands in a dashboard."""

    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side, each with its width in columns; ``height`` in rows of the grid."""

    height: int
    cells: tuple[tuple[Panel | Table, int], ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Rows from top to bottom, and the time that is chosen when it is opened."""

    slug: str
    title: str
    description: str
    since: str
    rows: tuple[Row, ...]

    @property
    def panels(self) -> Iterator[Panel]:
        """Its charts and tables, without the saved searches."""
        return (cell for row in self.rows for cell, _width in row.cells if isinstance(cell, Panel))


def dashboard(index: str, shown: Dashboard) -> dict[str, Any]:
    """The saved object of a dashboard."""
    panels: list[dict[str, Any]] = []
    references, top = [], 0
    for row in shown.rows:
        left = 0
        for cell, width in row.cells:
            number = len(panels)
            grid = {"x": left, "y": top, "w": width, "h": row.height, "i": str(number)}
            panels.append(_placed(cell, grid))
            references.append(reference(*_target(index, cell), f"panel_{number}"))
            left += width
        top += row.height
    attributes = {
        "title": shown.title,
        "description": f"{shown.description} {MADE_BY}",
        "panelsJSON": compact(panels),
        "optionsJSON": compact({"useMargins": True, "hidePanelTitles": False}),
        "timeRestore": True,
        "timeFrom": shown.since,
        "timeTo": "now",
        "refreshInterval": {"pause": True, "value": 0},
        "version": 1,
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": compact({"query": {"query": "", "language": "kuery"}, "filter": []})
        },
    }
    return saved_object("dashboard", identity(index, "dashboard", shown.slug), attributes, references)


def _placed(cell: Panel | Table, grid: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": _PANEL_VERSION,
        "gridData": grid,
        "panelIndex": grid["i"],
        "embeddableConfig": {},
        "title": cell.title,
        "panelRefName": f"panel_{grid['i']}",
    }


def _target(index: str, cell: Panel | Table) -> tuple[Type, str]:
    if isinstance(cell, Panel):
        return "visualization", panel_id(index, cell)
    return "search", identity(index, "search", cell.slug)
