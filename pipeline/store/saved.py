"""Searches that readers saved on the page. What a definition may say, `pipeline.jobs.alert_rules` knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, String, Table, delete, select

from pipeline.store.schema import Instant, metadata

saved = Table(
    "saved_searches",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
)


def add(connection: Connection, name: str, definition: Mapping[str, Any], now: datetime) -> None:
    """Keep a search under a name that no other has."""
    connection.execute(saved.insert().values(name=name, definition=dict(definition), created_at=now))


def definitions(connection: Connection) -> list[dict[str, Any]]:
    """Every saved search, the newest first."""
    query = select(saved.c.definition).order_by(saved.c.created_at.desc(), saved.c.name)
    return [dict(definition) for definition in connection.scalars(query)]


def remove(connection: Connection, name: str) -> bool:
    """Forget a search; False where there is none of that name."""
    return bool(connection.execute(delete(saved).where(saved.c.name == name)).rowcount)
