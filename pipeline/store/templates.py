"""Templates: what a source's pages have in common, version by version; the newest that fits a page is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from pipeline.store.schema import templates


@dataclass(frozen=True, slots=True)
class Stored:
    """A template as it is kept."""

    version: int
    learned_at: datetime
    packed: bytes


def latest(connection: Connection, source: str, limit: int) -> Sequence[Stored]:
    """The newest templates of a source, newest first."""
    query = select(templates).where(templates.c.source == source).order_by(templates.c.version.desc()).limit(limit)
    return [Stored(row.version, row.learned_at, row.template) for row in connection.execute(query)]


def add(connection: Connection, source: str, packed: bytes, now: datetime) -> int:
    """Keep a further template; its version, counted from 1."""
    newest = connection.scalar(select(func.max(templates.c.version)).where(templates.c.source == source))
    version = int(newest or 0) + 1
    connection.execute(templates.insert().values(source=source, version=version, learned_at=now, template=packed))
    return version
