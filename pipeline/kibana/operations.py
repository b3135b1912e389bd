"""The dashboard *Operations*: what the nights brought, which sources are silent, what was slow and what failed."""

from __future__ import annotations

from pipeline.kibana.dashboards import Dashboard, Row, Table
from pipeline.kibana.panels import Dates, Metric, Panel, Terms
from pipeline.kibana.searches import BY_SOURCE, FAILED, HEALTH_NOW, STILL_CRAWLED
from pipeline.models import Outcome

_NIGHT = Dates("started", "Night", "d")
_NEW = Metric("sum", "New", "outcomes.new")
_CHANGED = Metric("sum", "Changed", "outcomes.changed")
_NEWEST = Metric("max", "Newest article", "newest")
_REQUESTS = Metric("sum", "Requests", "requests")
_FAILURES = Metric("sum", "Failed requests", "failures")
_SECONDS = Metric("avg", "Time of a run", "seconds")


def _source(size: int, by: int = 1, *, ascending: bool = False) -> Terms:
    return Terms("source", "Source", size, by, ascending)


NUMBERS = Panel(
    "runs",
    "What came in during the chosen time",
    "metric",
    (_NEW, _CHANGED, Metric("cardinality", "Sources crawled", "source"), _REQUESTS, _FAILURES,
     Metric("sum", "Received", "bytes")),
    view="runs",
    query=BY_SOURCE,
)  # fmt: skip
FAILED_RUNS = Panel(
    "failed-runs", "Failures", "metric", (Metric("count", "Failed source runs"),), view="runs", query=FAILED
)
YIELD_BY_NIGHT = Panel(
    "yield-by-night",
    "New and changed articles by night",
    "histogram",
    (_NEW, _CHANGED),
    (_NIGHT,),
    view="runs",
    query=BY_SOURCE,
)
OUTCOMES_BY_NIGHT = Panel(
    "outcomes-by-night",
    "Outcomes by night",
    "histogram",
    tuple(Metric("sum", outcome.replace("_", " ").capitalize(), f"outcomes.{outcome}") for outcome in Outcome),
    (_NIGHT,),
    view="runs",
    query=BY_SOURCE,
    description="Every URL that was named or due, by what became of it.",
)
HEALTH = Panel(
    "health",
    "Sources by health",
    "pie",
    (Metric("count", "Sources"),),
    (Terms("health", "Health"),),
    view="sources",
    query=HEALTH_NOW,
    filters=(STILL_CRAWLED,),
    description="As of each source's last run, whatever time is chosen.",
)
YIELD = Panel(
    "yield",
    "Yield by source",
    "table",
    (
        _NEW,
        _CHANGED,
        Metric("sum", "Unchanged", "outcomes.unchanged"),
        Metric("sum", "Gone", "outcomes.gone"),
        Metric("sum", "Rejected", "outcomes.rejected"),
        Metric("sum", "Deferred", "outcomes.deferred"),
        _NEWEST,
        _REQUESTS,
    ),
    (_source(500),),
    view="runs",
    query=BY_SOURCE,
)
LEAST_NEW = Panel(
    "least-new",
    "Sources with the fewest new articles",
    "table",
    (_NEW, _NEWEST),
    (_source(100, ascending=True),),
    view="runs",
    query=BY_SOURCE,
    description="Of those crawled in the chosen time; the silent ones come first.",
)
LATENCY = Panel(
    "latency",
    "How fast sites answer, by night",
    "line",
    (
        Metric("avg", "Median, over all sources", "latency.median"),
        Metric("avg", "95 of 100 requests, over all sources", "latency.p95"),
    ),
    (_NIGHT,),
    view="runs",
    query=BY_SOURCE,
)
SLOWEST = Panel(
    "slowest",
    "Slowest sources",
    "table",
    (
        Metric("max", "95 of 100 requests", "latency.p95"),
        Metric("avg", "Median", "latency.median"),
        Metric("max", "Longest", "latency.longest"),
        _REQUESTS,
        _FAILURES,
        _SECONDS,
    ),
    (_source(100),),
    view="runs",
    query=BY_SOURCE,
)
DURATION = Panel(
    "duration",
    "Time of a run, by source",
    "horizontal_bar",
    (_SECONDS,),
    (_source(20),),
    view="runs",
    query=BY_SOURCE,
)
ERRORS = Panel(
    "errors",
    "Failed source runs by night, by kind of error",
    "histogram",
    (Metric("count", "Failed source runs"),),
    (_NIGHT, Terms("error_type", "Error")),
    view="runs",
    query=FAILED,
)

OPERATIONS = Dashboard(
    "operations",
    "Mecmua: Operations",
    "What the nights brought, which sources are silent, what was slow and what failed. Geceler ne getirdi, hangi "
    "kaynak susuyor, ne yavaş, ne başarısız.",
    since="now-30d/d",
    rows=(
        Row(7, ((NUMBERS, 39), (FAILED_RUNS, 9))),
        Row(14, ((YIELD_BY_NIGHT, 24), (OUTCOMES_BY_NIGHT, 24))),
        Row(16, ((Table("trouble", "Sources in trouble, and what to do"), 36), (HEALTH, 12))),
        Row(17, ((YIELD, 31), (LEAST_NEW, 17))),
        Row(14, ((ERRORS, 18), (Table("failed", "Failed source runs, the last one first"), 30))),
        Row(16, ((LATENCY, 24), (DURATION, 24))),
        Row(17, ((SLOWEST, 48),)),
    ),
)
