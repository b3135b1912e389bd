"""What the state tells of all sources at once, for judging how they do: rhythm, endpoints, last reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from pipeline.store.schema import articles, endpoints, runs


@dataclass(frozen=True, slots=True)
class EndpointSight:
    """The last answer to one request of a source's discovery."""

    url: str
    status: int | None
    problem: str | None
    checked_at: datetime | None
    worked: bool = True  # it once gave an answer that could be read


def published_days(connection: Connection, sources: Sequence[str], since: date) -> dict[str, Counter[date]]:
    """How many articles each source published on each day since a day; those that are gone count, for they were."""
    day, source = articles.c.published_day, articles.c.source
    query = select(source, day, func.count()).where(source.in_(sources), day >= since.isoformat())
    query = query.group_by(source, day)
    found: dict[str, Counter[date]] = {}
    for name, published, count in connection.execute(query):
        found.setdefault(name, Counter())[date.fromisoformat(published)] += count
    return found


def newest_days(connection: Connection, sources: Sequence[str]) -> dict[str, date]:
    """The newest day on which each source published."""
    source = articles.c.source
    query = select(source, func.max(articles.c.published_day)).where(source.in_(sources)).group_by(source)
    return {source: date.fromisoformat(day) for source, day in connection.execute(query) if day}


def endpoint_sights(connection: Connection, sources: Sequence[str]) -> dict[str, dict[str, EndpointSight]]:
    """The last answers to each source's requests of discovery, by URL."""
    found: dict[str, dict[str, EndpointSight]] = {}
    e = endpoints.c
    query = select(e.source, e.url, e.http_status, e.problem, e.checked_at, e.page_file).where(e.source.in_(sources))
    for source, url, status, problem, checked_at, file in connection.execute(query):
        found.setdefault(source, {})[url] = EndpointSight(url, status, problem, checked_at, file is not None)
    return found


def reports_since(connection: Connection, since: datetime) -> list[dict[str, Any]]:
    """The reports of runs that began since then, the newest first."""
    query = select(runs.c.report).where(runs.c.report.is_not(None), runs.c.started >= since)
    return [dict(report) for report in connection.scalars(query.order_by(runs.c.started.desc()))]


def by_source(reports: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Each source's parts of reports, in their order, each with the start of its run."""
    found: dict[str, list[dict[str, Any]]] = {}
    for report in reports:
        for source in report.get("sources", ()):
            found.setdefault(source["id"], []).append({**source, "started": report["started"]})
    return found
