"""Items that could not be used, each with its reason, until somebody looks or a later run succeeds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from pipeline.store.schema import quarantine


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One rejected item. ``stage`` is fetch, extract or index."""

    id: str
    source: str
    url: str
    stage: str
    reason: str
    detail: str
    at: datetime
    times: int


def add(connection: Connection, source: str, url: str, *, stage: str, reason: str, detail: str, now: datetime) -> None:
    """Put an item aside, or count that it failed again."""
    key = _key(url, stage)
    values = {"reason": reason[:64], "detail": detail[:2000], "at": now}
    again = update(quarantine).where(quarantine.c.id == key).values(times=quarantine.c.times + 1, **values)
    if not connection.execute(again).rowcount:
        connection.execute(quarantine.insert().values(id=key, source=source, url=url, stage=stage, times=1, **values))


def release(connection: Connection, urls: Sequence[str], *stages: str) -> None:
    """Take items out, because they worked at last."""
    keys = [_key(url, stage) for url in urls for stage in stages]
    for start in range(0, len(keys), 400):
        connection.execute(delete(quarantine).where(quarantine.c.id.in_(keys[start : start + 400])))


def listing(connection: Connection, source: str | None = None) -> list[Quarantined]:
    """What is set aside, newest first."""
    query = select(quarantine).order_by(quarantine.c.at.desc(), quarantine.c.id)
    rows = connection.execute(query.where(quarantine.c.source == source) if source else query)
    return [Quarantined(**row) for row in rows.mappings()]


def _key(url: str, stage: str) -> str:
    return hashlib.sha256(f"{stage} {url}".encode()).hexdigest()[:40]
