"""Go back to the index version before the live one, and say how the versions stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from elasticsearch import Elasticsearch
from sqlalchemy import Connection

from pipeline.errors import MecmuaError
from pipeline.index import rollout, writer
from pipeline.jobs import indexing
from pipeline.jobs.holding import held
from pipeline.jobs.indexing import Target
from pipeline.jobs.reprocess import take
from pipeline.jobs.settling import end
from pipeline.models import Source
from pipeline.settings import Settings
from pipeline.store import articles, rollouts
from pipeline.store.database import Store, open_store
from pipeline.store.rollouts import Rollout


def rollback(settings: Settings, sources: Sequence[Source], now: datetime) -> str:
    """Give up the version that is being built or, where none is, go back to the one before the live one; the name of
    the version that is live now.

    The state takes back the articles that it had, the alias moves in one step, and what changed since is written to
    the version that is live again. Raises MecmuaError when there is no earlier version.
    """
    store = open_store(settings.state_url)
    try:
        with held(store, rollouts.lease_name(settings.index), what=f"a rollout of {settings.index!r}", wait=False):
            return _back(settings, store, {source.id: source for source in sources}, now)
    finally:
        store.close()


def _back(settings: Settings, store: Store, sources: Mapping[str, Source], now: datetime) -> str:
    client, alias = indexing.search_client(settings), settings.index
    end(client, store)
    live = rollout.current(client, alias)
    with store.read() as connection:
        known = rollouts.history(connection, alias)
    building = next((item for item in known if item.phase in rollouts.UNFINISHED), None)
    there = {version.index for version in rollout.versions(client, alias)}
    undone = building or next((item for item in known if item.version == live and item.phase == "promoted"), None)
    before = undone.previous if undone else None
    if undone is None or before is None or before not in there:
        if building:
            raise MecmuaError(f"{alias!r}: {building.version} is the first version; there is none to go back to.")
        before = rollout.rollback(client, alias)  # of an older Mecmua: nobody noted what it holds, so all is pending
        store.write(lambda connection: articles.expect_index(connection, f"{alias}/{before}"))
    else:
        _undo(client, store, undone, before, now)
    target = Target(client, alias, before)
    flushed = indexing.flush(store, target, sources, now)
    if flushed.error:
        raise flushed.error
    indexing.make_searchable(target)
    return before


def _undo(client: Elasticsearch, store: Store, undone: Rollout, before: str, now: datetime) -> None:
    """Readers first: the alias moves, then the state follows. Every step may be repeated."""
    if rollout.current(client, undone.alias) != before:
        rollout.promote(client, undone.alias, before)
    take(store, undone.version, now, back=True)

    def settle(connection: Connection) -> None:
        if undone.phase in ("switching", "promoted"):
            rollouts.go_back(connection, undone.version, f"{undone.alias}/{before}")
        rollouts.set_phase(connection, undone.version, "rolled_back", now)
        rollouts.drop(connection, undone.version)

    store.write(settle)


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """One physical index: how many documents it holds, and how far it is (``live`` or the rollout's phase)."""

    index: str
    live: bool
    phase: str
    documents: int
    pending: int


def status(settings: Settings) -> list[VersionStatus]:
    """Every version of the alias, oldest first; ``pending``: articles that it does not hold as they are now."""
    store = open_store(settings.state_url)
    try:
        client = indexing.search_client(settings)
        with store.read() as connection:
            phases = {item.version: item.phase for item in rollouts.history(connection, settings.index)}
            return [
                _status(client, connection, version, phases) for version in rollout.versions(client, settings.index)
            ]
    finally:
        store.close()


def _status(
    client: Elasticsearch, connection: Connection, version: rollout.Version, phases: Mapping[str, str]
) -> VersionStatus:
    phase = phases.get(version.index, "")
    pending = 0
    if version.current:
        pending = rollouts.count_outbox(connection)
    elif phase in rollouts.UNFINISHED:
        pending = rollouts.count_pending(connection, version.index)
    return VersionStatus(version.index, version.current, phase, writer.count(client, version.index), pending)
