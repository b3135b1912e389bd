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
_NOBODY = ""


def acquire(
    connection: Connection,
    name: str,
    holder: str,
    now: datetime,
    term: timedelta = TERM,
    rest: timedelta = timedelta(0),
) -> datetime | None:
    """Take or renew a lease. The instant from which its use is allowed (a lane's delay), or None: another has it.

    A holder of this machine that is no longer running loses its lease at once; one elsewhere when the term ends. Nobody
    knows when such a holder used it last, so its use is allowed only after `rest`.
    """
    row = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
    if row is None:
        return _insert(connection, name, holder, now, term)
    left_behind = row.holder not in (_NOBODY, holder)
    if left_behind and row.expires_at > now and is_alive(row.holder):
        connection.execute(update(leases).where(leases.c.name == name).values(wanted_at=now))
        return None
    ready_at: datetime = max(row.ready_at, now + rest if left_behind else now)
    values = {"holder": holder, "expires_at": now + term, "ready_at": ready_at}
    connection.execute(update(leases).where(leases.c.name == name).values(**values))
    return ready_at


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
        .values(holder=_NOBODY, expires_at=now, ready_at=ready_at or now)
    )


def is_wanted(connection: Connection, name: str, since: datetime) -> bool:
    """True when another asked for this lease after `since` and did not get it."""
    wanted = connection.scalar(select(leases.c.wanted_at).where(leases.c.name == name))
    return wanted is not None and wanted >= since


def is_held(connection: Connection, name: str, now: datetime) -> bool:
    """True while a living holder has this lease."""
    row = connection.execute(select(leases).where(leases.c.name == name)).first()
    return row is not None and row.holder != _NOBODY and row.expires_at > now and is_alive(row.holder)
