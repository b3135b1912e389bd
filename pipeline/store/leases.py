"""Leases: who may do something alone, until when. They end by themselves when their holder dies.

Two kinds are taken: ``source:ID`` (one run at a time works on a source) and ``host:HOST`` (one polite lane per host,
shared by every process and machine that uses this state).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.store.database import is_alive
from pipeline.store.schema import leases

TERM = timedelta(seconds=60)


def acquire(connection: Connection, name: str, holder: str, now: datetime, term: timedelta = TERM) -> datetime | None:
    """Take or renew a lease. The instant from which its use is allowed (a lane's delay), or None: another has it.

    A holder of this machine that is no longer running loses its lease at once; one elsewhere when the term ends.
    """
    row = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
    if row is None:
        return _insert(connection, name, holder, now, term)
    if row.holder != holder and row.expires_at > now and is_alive(row.holder):
        connection.execute(update(leases).where(leases.c.name == name).values(wanted_at=now))
        return None
    connection.execute(update(leases).where(leases.c.name == name).values(holder=holder, expires_at=now + term))
    return row.ready_at if row.ready_at > now else now


def _insert(connection: Connection, name: str, holder: str, now: datetime, term: timedelta) -> datetime | None:
    try:
        with connection.begin_nested():
            connection.execute(leases.insert().values(name=name, holder=holder, expires_at=now + term, ready_at=now))
    except IntegrityError:  # another process was quicker
        return None
    return now


def release(connection: Connection, name: str, holder: str, now: datetime, ready_at: datetime | None = None) -> None:
    """Give a lease back; `ready_at` is the instant before which the next holder must not use it."""
    connection.execute(
        update(leases)
        .where(leases.c.name == name, leases.c.holder == holder)
        .values(expires_at=now, ready_at=ready_at or now)
    )


def is_wanted(connection: Connection, name: str, since: datetime) -> bool:
    """True when another asked for this lease after `since` and did not get it."""
    wanted = connection.scalar(select(leases.c.wanted_at).where(leases.c.name == name))
    return wanted is not None and wanted >= since


def holder_of(connection: Connection, name: str) -> str | None:
    """Who holds a lease, whether or not it has expired."""
    return connection.scalar(select(leases.c.holder).where(leases.c.name == name))


def is_held(connection: Connection, name: str, now: datetime) -> bool:
    """True while a living holder has this lease."""
    row = connection.execute(select(leases).where(leases.c.name == name)).first()
    return row is not None and row.expires_at > now and is_alive(row.holder)
