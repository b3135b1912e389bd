"""What the nightly DAG's tasks call: ids and counts in and out, errors by class, so that retries know what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from pipeline.errors import ConfigurationError, ExpectationFailed, MecmuaError, Unavailable
from pipeline.jobs.alerts import run_alerts
from pipeline.jobs.crawl import Wanted, crawl
from pipeline.models import SourceReport
from pipeline.settings import load_settings
from pipeline.sources.registry import load_sources, select


def source_ids(names: Iterable[str] = ()) -> list[str]:
    """The ids of the sources to crawl; names that are none raise ConfigurationError, and so does a broken YAML file."""
    return [source.id for source in select(load_sources(load_settings().sources), names)]


def crawl_source(name: str, *, since: str | None = None, limit: int | None = None) -> dict[str, Any]:
    """Crawl one source; its report as plain counts.

    Raises ExpectationFailed (do not retry), Unavailable (retry later), ConfigurationError (mend it first).
    """
    settings = load_settings()
    catalogue = load_sources(settings.sources)
    chosen = select(catalogue, [name])
    start = datetime.combine(date.fromisoformat(since), time(), UTC) if since else None
    result = crawl(settings, chosen, Wanted(start, limit), catalogue=catalogue)
    report = result.sources[0]
    if report.error:
        raise error_of(report)
    return {"id": report.id, "outcomes": dict(report.outcomes), "newest": report.newest, "seconds": report.seconds}


def send_alerts() -> int:
    """Send what is new to the saved searches; how many deliveries were made. What fails is logged and tried again."""
    deliveries = run_alerts(load_settings(), datetime.now(UTC))
    return sum(delivery.error is None for delivery in deliveries)


def error_of(report: SourceReport) -> MecmuaError:
    """The error of a failed source as an exception of its class."""
    kinds = {kind.__name__: kind for kind in (ConfigurationError, ExpectationFailed)}
    return kinds.get(report.error_type or "", Unavailable)(report.error or report.id)


def judge_night(sources: Sequence[str], results: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The night's outcomes in all. Raises ExpectationFailed naming every source that gave no result."""
    missing = sorted(set(sources) - {result["id"] for result in results})
    if missing:
        raise ExpectationFailed(
            f"{len(missing)} of {len(sources)} sources failed: {', '.join(missing)}. "
            "Their own task logs say why; clear a task to rerun that source alone."
        )
    total: Counter[str] = Counter()
    for result in results:
        total.update(result["outcomes"])
    return dict(total)
