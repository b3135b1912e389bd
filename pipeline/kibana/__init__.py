"""What analysts and operators see in Kibana or OpenSearch Dashboards, kept as data and installed by their API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.kibana.client import import_objects
from pipeline.kibana.dashboards import dashboard
from pipeline.kibana.library import LIBRARY
from pipeline.kibana.objects import to_ndjson
from pipeline.kibana.operations import OPERATIONS
from pipeline.kibana.panels import visualization
from pipeline.kibana.searches import saved_searches
from pipeline.kibana.views import data_views
from pipeline.settings import Settings

DASHBOARDS = (LIBRARY, OPERATIONS)
_KINDS = {"index-pattern": "data view", "search": "saved search", "visualization": "panel", "dashboard": "dashboard"}


def saved_objects(index: str, page: str | None = None) -> tuple[dict[str, Any], ...]:
    """Everything for an alias: data views, saved searches, panels, dashboards; what is named comes before what names
    it. ``page`` is the address of the search page, where there is one that readers can open."""
    panels = (visualization(index, panel) for shown in DASHBOARDS for panel in shown.panels)
    dashboards = (dashboard(index, shown) for shown in DASHBOARDS)
    return (*data_views(index, page), *saved_searches(index, page), *panels, *dashboards)


def install(settings: Settings) -> list[str]:
    """Give Kibana its data views, searches and dashboards for the alias, over those of an earlier call; says which.

    Raises ConfigurationError where settings or rights are wrong, and Unavailable where trying later may help.
    """
    objects = saved_objects(settings.index, settings.serve_url)
    import_objects(settings, to_ndjson(objects))
    return list(_told(objects))


def _told(objects: tuple[dict[str, Any], ...]) -> Iterator[str]:
    for each in objects:
        if each["type"] != "visualization":
            attributes = each["attributes"]
            yield f"{_KINDS[each['type']]} '{attributes.get('name') or attributes['title']}'"
    yield f"{sum(each['type'] == 'visualization' for each in objects)} panels"


__all__ = ["DASHBOARDS", "install", "saved_objects", "to_ndjson"]
