"""Run reports in the engine, for dashboards (``<alias>-runs``).

``scope`` says what a document is: ``run`` a whole run, ``source`` one source in it, and ``health`` how a source does
now, which the next run writes over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from pipeline import models
from pipeline.errors import MecmuaError
from pipeline.index import schema
from pipeline.models import RunReport, SourceHealth, SourceReport


def runs_index(alias: str) -> str:
    """The name of the index that holds the run reports beside the articles' alias."""
    return f"{alias}-runs"


def ensure_runs(client: Elasticsearch, alias: str) -> str:
    """Makes the run-report index where it is missing and adds the fields that it lacks; returns its name.

    Reports have no versions: their fields only ever grow. Many processes may call it at once.
    """
    name, body = runs_index(alias), schema.runs_body()
    if client.indices.exists(index=name):
        client.indices.put_mapping(index=name, properties=body["mappings"]["properties"])
        return name
    with contextlib.suppress(BadRequestError):  # another process was faster
        client.indices.create(index=name, **body)
    return name


def write_report(client: Elasticsearch, alias: str, report: RunReport, health: Iterable[SourceHealth] = ()) -> None:
    """Writes a run's report, and how its sources do; the same run written again replaces it.

    Raises Unavailable when the engine is away, MecmuaError when it refuses the report.
    """
    name = ensure_runs(client, alias)
    operations: list[dict[str, Any]] = []
    for identity, body in (*report_documents(report), *health_documents(report, health)):
        operations += [{"index": {"_id": identity}}, body]
    answer = client.bulk(index=name, operations=operations, refresh=True)
    if answer["errors"]:
        first = next(item["index"]["error"] for item in answer["items"] if "error" in item["index"])
        raise MecmuaError(f"search engine: run report {report.run_id} is refused: {first.get('reason')}.")


def report_documents(report: RunReport) -> list[tuple[str, dict[str, Any]]]:
    """The (id, document) pairs of a report: the run first, then its sources."""
    run = {"run_id": report.run_id, "started": report.started.isoformat()}
    whole = {**run, "scope": "run", "seconds": report.seconds, "outcomes": report.outcomes, "report": report.to_dict()}
    return [
        (report.run_id, whole),
        *((f"{report.run_id}:{source.id}", run | _part(source)) for source in report.sources),
    ]


def _part(source: SourceReport) -> dict[str, Any]:
    plain = models.dump(source)
    name = plain.pop("id")
    return {**plain, "scope": "source", "source": name}


def health_documents(report: RunReport, health: Iterable[SourceHealth]) -> list[tuple[str, dict[str, Any]]]:
    """The (id, document) pairs that say how sources do; a source has one, whichever run wrote it."""
    run = {"run_id": report.run_id, "started": report.started.isoformat(), "scope": "health"}
    return [
        (
            f"health:{one.id}",
            {
                **run,
                "source": one.id,
                "health": one.state,
                "newest": one.newest.isoformat() if one.newest else None,
                "evidence": one.evidence,
                "advice": one.advice,
            },
        )
        for one in health
    ]
