"""Templates: what a source's pages have in common, version by version; the newest is used."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from pipeline.store.schema import templates


def latest(connection: Connection, source: str) -> tuple[int, bytes] | None:
    """The newest template of a source, as (version, packed value), or None."""
    query = select(templates.c.version, templates.c.template).where(templates.c.source == source)
    row: Any = connection.execute(query.order_by(templates.c.version.desc()).limit(1)).first()
    return (row.version, row.template) if row else None


def add(connection: Connection, source: str, packed: bytes, now: datetime) -> int:
    """Keep a further template; its version, counted from 1."""
    newest = connection.scalar(select(func.max(templates.c.version)).where(templates.c.source == source))
    version = int(newest or 0) + 1
    connection.execute(templates.insert().values(source=source, version=version, learned_at=now, template=packed))
    return version
