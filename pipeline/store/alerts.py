"""What saved searches have found and sent: matches, digests and their deliveries.

A digest and its deliveries are written in the transaction that notes its matches (an outbox): what was found is either
not noted, and found again, or will be sent. A delivery is noted after it was sent, so a kill in between sends it again,
under the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Index, Integer, String, Table, Text, delete, func, select, update

from pipeline.store.schema import Instant, metadata

_BATCH = 500  # bound variables of one statement; SQLite takes 32,766 in all

alert_searches = Table(
    "alert_searches",
    metadata,
    Column("alert", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),  # of query and filters: other ones begin anew
    Column("mark", Instant),  # indexed_at of the newest match; null without any
)

# Documents rather than clusters: a cluster takes another id when an earlier copy of its text turns up.
alert_matches = Table(
    "alert_matches",
    metadata,
    Column("alert", String(64), primary_key=True),
    Column("document_id", String(20), primary_key=True),
    Column("cluster_id", String(20), nullable=False),
    Index("ix_alert_matches_alert_cluster_id", "alert", "cluster_id"),
)

alert_digests = Table(
    "alert_digests",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("number", Integer, nullable=False),  # of this alert, from 1: the order to send in
    Column("alert", String(64), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("entries", JSON, nullable=False),
)

alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("digest_id", String(20), primary_key=True),
    Column("channel", String(80), primary_key=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("tried_at", Instant),
    Column("error", Text),
    Column("delivered_at", Instant, index=True),
)


@dataclass(frozen=True, slots=True)
class Digest:
    """New clusters of one alert, as they are sent: ``entries`` are plain JSON, and stay as they were when found."""

    id: str
    number: int
    alert: str
    created_at: datetime
    entries: tuple[Mapping[str, Any], ...]


def progress(connection: Connection, alert: str, fingerprint: str) -> tuple[bool, datetime | None]:
    """Whether this very search was noted before, and up to which ``indexed_at``; None where it never matched."""
    row = connection.execute(select(alert_searches).where(alert_searches.c.alert == alert)).first()
    return (True, row.mark) if row and row.fingerprint == fingerprint else (False, None)


def known_documents(connection: Connection, alert: str, documents: Collection[str]) -> dict[str, str]:
    """Of these documents those already noted for this alert, with the cluster they were noted in."""
    return _pick(connection, alert, alert_matches.c.document_id, documents)


def known_clusters(connection: Connection, alert: str, clusters: Collection[str]) -> set[str]:
    """Of these clusters those of which a document is noted for this alert."""
    return set(_pick(connection, alert, alert_matches.c.cluster_id, clusters).values())


def _pick(connection: Connection, alert: str, column: Any, values: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for batch in _batches(sorted(values)):
        query = select(alert_matches.c.document_id, alert_matches.c.cluster_id)
        rows = connection.execute(query.where(alert_matches.c.alert == alert, column.in_(batch)))
        found.update({row.document_id: row.cluster_id for row in rows})
    return found


def note_matches(connection: Connection, alert: str, matches: Mapping[str, str]) -> None:
    """Note documents with their clusters; a document noted before takes its new cluster. Safe to repeat."""
    before = known_documents(connection, alert, matches.keys())
    fresh = [
        {"alert": alert, "document_id": document, "cluster_id": cluster}
        for document, cluster in matches.items()
        if document not in before
    ]
    for rows in _batches(fresh):
        connection.execute(alert_matches.insert(), list(rows))
    for document, cluster in matches.items():
        if before.get(document, cluster) != cluster:
            own = (alert_matches.c.alert == alert, alert_matches.c.document_id == document)
            connection.execute(update(alert_matches).where(*own).values(cluster_id=cluster))


def note_search(connection: Connection, alert: str, fingerprint: str, mark: datetime | None) -> None:
    """Note up to when a search has been noted."""
    values = {"fingerprint": fingerprint, "mark": mark}
    if not connection.execute(update(alert_searches).where(alert_searches.c.alert == alert).values(**values)).rowcount:
        connection.execute(alert_searches.insert().values(alert=alert, **values))


def add_digest(
    connection: Connection, alert: str, entries: Sequence[Mapping[str, Any]], channels: Iterable[str], now: datetime
) -> Digest:
    """Keep a digest and what it must still be delivered to."""
    last = connection.scalar(select(func.max(alert_digests.c.number)).where(alert_digests.c.alert == alert))
    number = (last or 0) + 1
    identity = hashlib.sha256(f"{alert} {number} {now.isoformat()}".encode()).hexdigest()[:20]
    digest = Digest(identity, number, alert, now, tuple(entries))
    connection.execute(
        alert_digests.insert().values(
            id=identity, number=number, alert=alert, created_at=now, entries=[dict(entry) for entry in entries]
        )
    )
    for channel in channels:
        connection.execute(alert_deliveries.insert().values(digest_id=identity, channel=channel, attempts=0))
    return digest


def pending(connection: Connection, alert: str) -> list[tuple[Digest, str]]:
    """What is still to be delivered, oldest first: the digest and the channel's key."""
    query = (
        select(alert_digests, alert_deliveries.c.channel)
        .join(alert_deliveries, alert_deliveries.c.digest_id == alert_digests.c.id)
        .where(alert_digests.c.alert == alert, alert_deliveries.c.delivered_at.is_(None))
        .order_by(alert_digests.c.number, alert_deliveries.c.channel)
    )
    return [(_digest(row), row.channel) for row in connection.execute(query)]


def recent(connection: Connection, alert: str, limit: int) -> list[Digest]:
    """The last digests of an alert, newest first."""
    query = select(alert_digests).where(alert_digests.c.alert == alert)
    rows = connection.execute(query.order_by(alert_digests.c.number.desc()).limit(limit))
    return [_digest(row) for row in rows]


def note_delivered(connection: Connection, digest: str, channel: str, now: datetime) -> None:
    """A delivery arrived."""
    _note(connection, digest, channel, now, delivered_at=now, error=None)


def note_failed(connection: Connection, digest: str, channel: str, error: str, now: datetime) -> None:
    """A delivery did not arrive; it stays pending."""
    _note(connection, digest, channel, now, error=error[:2000])


def _note(connection: Connection, digest: str, channel: str, now: datetime, **values: Any) -> None:
    own = (alert_deliveries.c.digest_id == digest, alert_deliveries.c.channel == channel)
    attempts = alert_deliveries.c.attempts + 1
    connection.execute(update(alert_deliveries).where(*own).values(attempts=attempts, tried_at=now, **values))


def problems(connection: Connection, alert: str) -> dict[str, str]:
    """Why deliveries of an alert wait: the last error, by the channel's key."""
    query = (
        select(alert_deliveries.c.channel, alert_deliveries.c.error)
        .join(alert_digests, alert_deliveries.c.digest_id == alert_digests.c.id)
        .where(alert_digests.c.alert == alert, alert_deliveries.c.delivered_at.is_(None))
        .where(alert_deliveries.c.error.is_not(None))
    )
    return {row.channel: row.error for row in connection.execute(query)}


def forget(connection: Connection, alert: str) -> None:
    """Forget everything of an alert."""
    digests = select(alert_digests.c.id).where(alert_digests.c.alert == alert)
    connection.execute(delete(alert_deliveries).where(alert_deliveries.c.digest_id.in_(digests)))
    for table in (alert_digests, alert_matches, alert_searches):
        connection.execute(delete(table).where(table.c.alert == alert))


def prune(connection: Connection, before: datetime) -> None:
    """Forget digests of before an instant that reached all their channels; matches stay, so nothing comes twice."""
    waiting = select(alert_deliveries.c.digest_id).where(alert_deliveries.c.delivered_at.is_(None))
    old = select(alert_digests.c.id).where(alert_digests.c.created_at < before, alert_digests.c.id.not_in(waiting))
    ids = list(connection.scalars(old))
    for batch in _batches(ids):
        connection.execute(delete(alert_deliveries).where(alert_deliveries.c.digest_id.in_(batch)))
        connection.execute(delete(alert_digests).where(alert_digests.c.id.in_(batch)))


def _digest(row: Any) -> Digest:
    return Digest(row.id, row.number, row.alert, row.created_at, tuple(row.entries))


def _batches(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))
