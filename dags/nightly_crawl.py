"""The nightly crawl: one task per source, each alone in its failure; digests of what is new; a gate at the end.

The DAG is thin: what a task does is one call into `pipeline.jobs`, and what goes through XCom is ids and counts.
Settings come from the environment (MECMUA_…), as on the command line.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, get_current_context, task
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule

#: Made at start-up (docker/, `mecmua demo`): a missing pool leaves tasks in "scheduled" for ever, silently.
POOL = "mecmua"
ARTICLES = Asset("mecmua://articles")
#: What an error class says its catcher must do (pipeline/errors.py), for the scheduler.
RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule("pipeline.errors.ConfigurationError", RetryAction.FAIL, reason="a setting or source file is wrong"),
        RetryRule("pipeline.errors.ExpectationFailed", RetryAction.FAIL, reason="the source yielded too little"),
        RetryRule("pipeline.errors.Unavailable", RetryAction.RETRY, timedelta(minutes=15), reason="try later"),
    ]
)


@dag(
    dag_id="nightly_crawl",
    schedule=CronTriggerTimetable("0 2 * * *", timezone="Europe/Istanbul"),
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Istanbul"),
    catchup=False,
    max_active_runs=1,
    tags=["mecmua"],
    doc_md=__doc__,
    params={
        "sources": Param([], type="array", items={"type": "string"}, description="Source ids; empty: all."),
        "since": Param(None, type=["null", "string"], format="date", description="Published or modified on or after."),
        "limit": Param(None, type=["null", "integer"], minimum=1, description="At most so many articles per source."),
    },
)
def nightly_crawl() -> None:
    """Crawl every source of the catalogue; see the module's text."""

    @task(retry_policy=RETRIES)
    def choose() -> list[str]:
        """The ids of the sources to crawl; all YAML files are validated here, before anything is fetched."""
        from pipeline.jobs.nightly import source_ids

        return source_ids(get_current_context()["params"]["sources"])

    @task(pool=POOL, retries=2, retry_policy=RETRIES, map_index_template="{{ source }}")
    def crawl_source(source: str) -> dict[str, Any]:
        """One source, from discovery to the index; what it yielded, as counts."""
        from pipeline.jobs.nightly import crawl_source as run

        context = get_current_context()
        context["source"] = source  # type: ignore[typeddict-unknown-key]  # map_index_template renders from it
        return run(source, since=context["params"]["since"], limit=context["params"]["limit"])

    @task(trigger_rule="all_done")
    def alert(results: Any) -> int:
        """Send what is new to saved searches, beside the gate: one failed source must not silence the others' news."""
        from pipeline.jobs.nightly import send_alerts

        return send_alerts()

    @task(trigger_rule="all_done")
    def gate(sources: list[str], results: Any) -> dict[str, int]:
        """Fail when a source failed, so that no green run hides it; else the counts of the night."""
        from pipeline.jobs.nightly import judge_night

        return judge_night(sources, [result for result in results if result])

    @task(outlets=[ARTICLES])
    def publish(counts: dict[str, int]) -> dict[str, int]:
        """Tell whoever waits for the asset; reached only through the gate."""
        return counts

    sources = choose()
    results = crawl_source.expand(source=sources)
    alert(results)
    publish(gate(sources, results))  # type: ignore[arg-type]  # XComArg: its value to be


nightly_crawl()
