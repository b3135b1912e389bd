"""Runs and their reports."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from pipeline.models import RunReport
from pipeline.store.schema import runs


def begin(connection: Connection, now: datetime) -> str:
    """A new run's id: its start and a random part, so that runs sort by time."""
    run_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    connection.execute(runs.insert().values(id=run_id, started=now))
    return run_id


def finish(connection: Connection, report: RunReport, now: datetime) -> None:
    """Keep a run's report."""
    connection.execute(update(runs).where(runs.c.id == report.run_id).values(finished=now, report=report.to_dict()))


def latest(connection: Connection, limit: int = 30) -> list[dict[str, Any]]:
    """The newest reports, newest first."""
    query = select(runs.c.report).where(runs.c.report.is_not(None)).order_by(runs.c.started.desc()).limit(limit)
    return [dict(report) for report in connection.scalars(query)]
