"""How the sources that were crawled are called. A document carries its source's name and country, and may have to be
written by a run, or shown by a page, whose catalogue does not have that source."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.models import Source
from pipeline.store.schema import facts

_FACT = "sources"


@dataclass(frozen=True, slots=True)
class Called:
    """A source as documents name it; ``country`` is ISO 3166-1 alpha-2."""

    name: str
    country: str | None = None


def remember(connection: Connection, sources: Sequence[Source]) -> None:
    """Note how these sources are called now."""
    row = connection.execute(select(facts.c.value).where(facts.c.name == _FACT).with_for_update()).first()
    before = json.loads(row.value) if row else {}
    after = before | {source.id: [source.name, source.country] for source in sources}
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(facts.insert().values(name=_FACT, value=json.dumps(after)))
        except IntegrityError:  # another process was quicker
            remember(connection, sources)
    elif after != before:
        connection.execute(update(facts).where(facts.c.name == _FACT).values(value=json.dumps(after)))


def called(connection: Connection) -> dict[str, Called]:
    """How every source that was ever crawled is called, by id."""
    value = connection.scalar(select(facts.c.value).where(facts.c.name == _FACT))
    return {identity: Called(*parts) for identity, parts in json.loads(value).items()} if value else {}
