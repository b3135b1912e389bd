"""A physical index whose documents get another name: a note that survives a cut, and the rows that name it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from pipeline.store.schema import facts, rebuilt, rollouts

_FACT = "renaming"


@dataclass(frozen=True, slots=True)
class Renaming:
    """``before`` was cloned as ``after``. ``moved``: the state names ``after`` already, and the alias is to follow."""

    alias: str
    before: str
    after: str
    moved: bool = False


def pending(connection: Connection) -> Renaming | None:
    """The renaming under way, or cut; None mostly."""
    value = connection.scalar(select(facts.c.value).where(facts.c.name == _FACT))
    if value is None:
        return None
    alias, before, after, moved = value.split("/")
    return Renaming(alias, before, after, moved == "moved")


def begin(connection: Connection, renaming: Renaming) -> None:
    """Notes it, before anything is done to the index."""
    end(connection)
    connection.execute(facts.insert().values(name=_FACT, value=_value(renaming, moved=False)))


def move(connection: Connection, renaming: Renaming) -> None:
    """From now on the state knows these documents under the new name: what was acknowledged stays so, and versions can
    be gone back from as before."""
    before, after = renaming.before, renaming.after
    for column in (rollouts.c.version, rollouts.c.previous, rebuilt.c.version):
        connection.execute(update(column.table).where(column == before).values({column: after}))
    expected = {name: f"{renaming.alias}/{name}" for name in (before, after)}
    connection.execute(
        update(facts).where(facts.c.name == "index", facts.c.value == expected[before]).values(value=expected[after])
    )
    connection.execute(update(facts).where(facts.c.name == _FACT).values(value=_value(renaming, moved=True)))


def end(connection: Connection) -> None:
    """Done, or undone."""
    connection.execute(delete(facts).where(facts.c.name == _FACT))


def _value(renaming: Renaming, *, moved: bool) -> str:
    # an index's name has no slash
    return "/".join((renaming.alias, renaming.before, renaming.after, "moved" if moved else "cloning"))
