"""Tombstones: what was erased on request and must never be fetched again.

A tombstone knows its URL by hash alone once the erasure is complete, for an address often spells the title.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from pipeline.errors import ConfigurationError
from pipeline.store.schema import forgotten
from pipeline.urls import article_id, canonical, twin_keys

_IN_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One erased URL, or a whole source (whose ``key`` is `source_key`)."""

    key: str
    source: str
    article_id: str | None
    url: str | None
    reason: str
    at: datetime
    finished_at: datetime | None
    seen_at: datetime | None

    @property
    def is_source(self) -> bool:
        return self.key == source_key(self.source)


def source_key(source: str) -> str:
    """The key under which a whole source is remembered."""
    return article_id(f"source:{source}")


def keys_of(url: str) -> tuple[str, ...]:
    """The keys under which a URL may be remembered: its own and those of its usual other spellings."""
    spelled = canonical(url) or url
    return tuple(article_id(form) for form in twin_keys(spelled))


def is_forgotten(connection: Connection, urls: Iterable[str]) -> set[str]:
    """Those of these URLs that must not be fetched again."""
    keys = {url: keys_of(url) for url in urls}
    wanted = list({key for forms in keys.values() for key in forms})
    erased: set[str] = set()
    for start in range(0, len(wanted), _IN_CHUNK):
        query = select(forgotten.c.key).where(forgotten.c.key.in_(wanted[start : start + _IN_CHUNK]))
        erased.update(connection.scalars(query))
    return {url for url, forms in keys.items() if not erased.isdisjoint(forms)}


def keys(connection: Connection, source: str) -> frozenset[str]:
    """The keys of all that was erased of a source: for a check at every redirect, where no query is at hand."""
    return frozenset(connection.scalars(select(forgotten.c.key).where(forgotten.c.source == source)))


def any_of(connection: Connection, source: str) -> bool:
    """Whether anything of a source was ever forgotten: spares the look-ups where nothing was."""
    return connection.scalar(select(forgotten.c.key).where(forgotten.c.source == source).limit(1)) is not None


def source(connection: Connection, name: str) -> Tombstone | None:
    """The tombstone of a whole source, or None."""
    row = connection.execute(select(forgotten).where(forgotten.c.key == source_key(name))).mappings().first()
    return Tombstone(**row) if row else None


def refuse(connection: Connection, name: str) -> None:
    """Raises ConfigurationError when a source was erased and must not be crawled."""
    stone = source(connection, name)
    if stone is not None:
        raise ConfigurationError(
            f"it was erased on {stone.at:%Y-%m-%d} ({stone.reason}), so it is not crawled. Take its YAML file out."
        )


def listing(connection: Connection, source: str | None = None) -> list[Tombstone]:
    """All tombstones, oldest first."""
    query = select(forgotten).order_by(forgotten.c.at, forgotten.c.key)
    rows = connection.execute(query.where(forgotten.c.source == source) if source else query)
    return [Tombstone(**row) for row in rows.mappings()]


def unfinished(connection: Connection) -> list[Tombstone]:
    """Erasures that were cut, or whose text came into the archive again with the answer of an endpoint."""
    query = select(forgotten).where(or_(forgotten.c.finished_at.is_(None), forgotten.c.seen_at.is_not(None)))
    return [Tombstone(**row) for row in connection.execute(query.order_by(forgotten.c.at)).mappings()]


def add(
    connection: Connection,
    source: str,
    urls: Mapping[str, str | None],
    reason: str,
    now: datetime,
    *,
    article: str | None = None,
) -> None:
    """Set a tombstone for each of these keys (with its URL, or None). One that stands keeps its date and reason."""
    for key, url in urls.items():
        again = update(forgotten).where(forgotten.c.key == key).values(finished_at=None, url=url)
        if connection.execute(again).rowcount:
            continue
        row = {"key": key, "url": url, "source": source, "article_id": article, "reason": reason, "at": now}
        connection.execute(forgotten.insert().values(**row))


def finish(connection: Connection, keys: Iterable[str], now: datetime) -> None:
    """The erasure is complete; only hashes stay."""
    wanted = list(keys)
    for start in range(0, len(wanted), _IN_CHUNK):
        chunk = forgotten.c.key.in_(wanted[start : start + _IN_CHUNK])
        connection.execute(update(forgotten).where(chunk).values(finished_at=now, url=None, seen_at=None))


def note_seen(connection: Connection, urls: Iterable[str], now: datetime) -> None:
    """An endpoint names these again; its archived answer may hold their text, which `mecmua doctor` then takes out."""
    keys = [key for url in urls for key in keys_of(url)]
    for start in range(0, len(keys), _IN_CHUNK):
        chunk = forgotten.c.key.in_(keys[start : start + _IN_CHUNK])
        connection.execute(update(forgotten).where(chunk).values(seen_at=now))
