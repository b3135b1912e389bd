"""Give quarantined items another try."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from pipeline.store import quarantine
from pipeline.store.database import Store
from pipeline.store.quarantine import Quarantined
from pipeline.store.schema import articles, urls


def retry(store: Store, source: str | None, now: datetime) -> int:
    """Make every quarantined item of a source (or of all) due or pending again; how many. They leave the quarantine
    when they succeed."""

    def wake(connection: Connection) -> int:
        items = quarantine.listing(connection, source)
        return sum(_wake(connection, item, now) for item in items)

    return store.write(wake)


def _wake(connection: Connection, item: Quarantined, now: datetime) -> int:
    if item.stage == "index":
        pending = update(articles).where(articles.c.url == item.url, articles.c.source == item.source)
        return connection.execute(pending.values(indexed_revision=0, changed_at=now)).rowcount
    values = {"due_at": now, "failures": 0}
    if item.stage == "extract":  # its bytes are in the archive and are read again without the network
        values["read_at"] = None
    return connection.execute(update(urls).where(urls.c.url == item.url).values(**values)).rowcount
