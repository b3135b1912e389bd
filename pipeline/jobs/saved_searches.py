"""Searches saved on the page: kept in the state, under the rules of the alerts' file; with channels they are alerts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import structlog

from pipeline.errors import ConfigurationError, MecmuaError, QueryError, Rejected
from pipeline.jobs.alert_rules import Alert, alert_of
from pipeline.search.cite_plain import Tongue
from pipeline.search.filters import Filters
from pipeline.store import alerts, saved
from pipeline.store.database import Store
from pipeline.text import fold

#: More would make each night's run long; a house has tens.
MOST_SAVED = 500
_MOST_TITLE = 200
_UNFIT = re.compile(r"[^a-z0-9]+")
log = structlog.get_logger()


def saved_searches(store: Store) -> tuple[Alert, ...]:
    """Those in the state, the newest first. Raises Unavailable. One that a later version cannot read is left out."""
    with store.read() as connection:
        definitions = saved.definitions(connection)
    found = []
    for definition in definitions:
        try:
            found.append(alert_of(definition))
        except MecmuaError as error:
            log.error("saved search cannot be read", name=definition.get("name"), error=str(error))
    return tuple(found)


def save(
    store: Store,
    title: str,
    query: str,
    filters: Filters,
    channels: Sequence[Any],
    tongue: Tongue,
    now: datetime,
    taken: Collection[str] = (),
) -> Alert:
    """Keep a search; channels are spelled as in the file. ``taken`` are further names that it must not get.

    Raises QueryError for whatever is wrong with it, Unavailable when the state is away.
    """
    clean = " ".join(title.split())[:_MOST_TITLE]

    def keep(connection: Any) -> Alert:
        kept = saved.definitions(connection)
        if len(kept) >= MOST_SAVED:
            raise QueryError(f"There are {MOST_SAVED} saved searches already; delete some.")
        name = _free(_slug(clean), {*taken, *(str(one["name"]) for one in kept)})
        item = {"name": name, "title": clean, "query": " ".join(query.split()), "filters": _plain(filters),
                "language": tongue, "channels": list(channels)}  # fmt: skip
        alert = _checked(item)
        saved.add(connection, name, item, now)
        return alert

    return store.write(keep)


def _checked(item: Mapping[str, Any]) -> Alert:
    try:
        return alert_of(item)
    except (ConfigurationError, Rejected) as error:  # here it is a reader who typed it
        raise QueryError(str(error)) from error


def forget_saved(store: Store, name: str) -> bool:
    """Forget a search with its digests and what it matched; False where there is none."""

    def drop(connection: Any) -> bool:
        if not saved.remove(connection, name):
            return False
        alerts.forget(connection, name)
        return True

    return store.write(drop)


def _slug(title: str) -> str:
    return _UNFIT.sub("-", fold(title)).strip("-")[:40].rstrip("-") or "search"


def _free(slug: str, taken: Collection[str]) -> str:
    return next(name for name in (slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def _plain(filters: Filters) -> dict[str, Any]:
    """What is set, as JSON types."""
    values = {name: value for name, value in asdict(filters).items() if value not in (None, (), False)}
    values |= {"pdf": False} if filters.pdf is False else {}
    return {
        name: list(value) if isinstance(value, tuple) else value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
