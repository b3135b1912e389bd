"""Read the archive again into a new index version beside the live one, and move the alias when its gate is passed.

No network but the engine's. The newly read articles wait beside the stored ones until the gate is passed, so a version
that fails it changes nothing; then the state takes them over under the same revision numbers (only a change of the page
makes a revision; older revisions stay as they were read, with the extractor's version in them). Progress is one row per
document in the state: a build that was killed goes on by being run again, and what a crawl changes meanwhile is found
by the same query and written to the new version too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from sqlalchemy import Connection

from pipeline.errors import ExpectationFailed
from pipeline.index import rollout, schema, writer
from pipeline.jobs import attach, clusters, gate, indexing, progress
from pipeline.jobs.holding import held
from pipeline.jobs.indexing import Target
from pipeline.jobs.rebuild import Pass, Site
from pipeline.jobs.settling import end
from pipeline.jobs.templates import read_stored
from pipeline.jobs.workers import Archive, Workers
from pipeline.models import Source, replace
from pipeline.settings import Settings
from pipeline.store import articles, quarantine, rollouts
from pipeline.store.database import Store, open_store
from pipeline.store.rollouts import Rollout

_SWAP = 200
#: Passes over what changed meanwhile before the version is switched to; the rest is written right after.
_PASSES = 50


@dataclass(frozen=True, slots=True)
class ReprocessReport:
    """What a rollout did. ``read``: documents from pages read again; ``problems``: pages that could not be, by reason
    (their stored articles stand), and documents that the engine refused. ``index`` is live when ``promoted``."""

    index: str
    previous: str | None
    documents: int
    read: int
    problems: Mapping[str, int]
    promoted: bool
    checks: tuple[gate.Check, ...] = ()
    pruned: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "index": self.index,
            "previous": self.previous,
            "documents": self.documents,
            "read": self.read,
            "problems": dict(self.problems),
            "promoted": self.promoted,
            "failed_checks": [check.name for check in self.checks if not check.passed],
            "checks": [[check.name, check.before, check.after, check.passed, check.detail] for check in self.checks],
            "pruned": list(self.pruned),
        }


def reprocess(
    settings: Settings,
    sources: Sequence[Source],
    names: Sequence[str] | None,
    now: datetime,
    report: progress.Report = progress.silent,
    *,
    promote: bool = True,
    force: bool = False,
    keep: int = 1,
) -> ReprocessReport:
    """Build (or go on building) a version and promote it through its gate.

    `sources` is the whole catalogue; `names` are those whose pages are read again (empty: all of them; None: none, the
    documents are made from the stored articles). With `promote` False it is built and waits for `mecmua index
    rollout`; `force` promotes whatever the gate says; `keep` older versions stay for going back.

    Raises ExpectationFailed when the gate is not passed (what is live stays as it is), Unavailable when the engine or
    the archive's store is away or another rollout runs; all of them lose nothing and go on by being run again.
    """
    store = open_store(settings.state_url)
    try:
        with held(store, rollouts.lease_name(settings.index), what=f"a rollout of {settings.index!r}", wait=False):
            work = _Work(settings, store, {source.id: source for source in sources}, now, report)
            end(work.client, store)
            return work.run(names, promote=promote, force=force, keep=keep)
    finally:
        store.close()


class _Work:
    """One rollout in one process."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        sources: Mapping[str, Source],
        now: datetime,
        report: progress.Report,
    ) -> None:
        self.settings = settings
        self.store = store
        self.sources = sources
        self.now = now
        self.client: Elasticsearch = indexing.search_client(settings)
        known = {source: read_stored(store, source) for source in sources}
        self.site = Site(store, self.client, sources, Archive(settings.spool, settings.archive), now, report, known)
        self.rules = gate.load_rules(settings.home)

    def run(self, names: Sequence[str] | None, *, promote: bool, force: bool, keep: int) -> ReprocessReport:
        """All phases that are left."""
        building = self._begin(names)
        verdict = gate.Verdict()
        with Workers(self.settings.workers) as workers:
            self._write_all(building, workers)
            if building.phase == "building":
                if not promote:
                    return self._report(building, verdict, promoted=False)
                verdict = self._gate(building, workers, force=force)
                building = self._enter(building, "promoting")
            if building.phase == "promoting":
                take(self.store, building.version, self.now, back=False)
                self._write_all(building, workers)
                building = self._switch(building)
        self._move(building)
        return self._report(building, verdict, promoted=True, pruned=self._prune(keep))

    # --- begin -------------------------------------------------------------------------------------------------------

    def _begin(self, names: Sequence[str] | None) -> Rollout:
        """The version that is being built, or a new one."""
        wanted = [] if names is None else list(names) or list(self.sources)
        live = rollout.current(self.client, self.settings.index)
        with self.store.read() as connection:
            found = rollouts.unfinished(connection, self.settings.index, failed=names is None)
        if found and self._is_usable(found):
            if found.phase == "failed":
                return self._enter(found, "building")
            fresh = sorted(set(wanted) - set(found.sources))
            return self._widen(found, fresh) if fresh and found.phase == "building" else found
        if found:
            self._abandon(found)
        rules = indexing.synonym_rules(self.settings)
        name = rollout.physical_name(self.settings.index, self.now)
        index = rollout.create(self.client, name, synonyms=rules, shards=self.settings.index_shards)
        return self.store.write(
            lambda connection: rollouts.begin(connection, index, self.settings.index, live, wanted, self.now)
        )

    def _widen(self, found: Rollout, fresh: Sequence[str]) -> Rollout:
        self.store.write(lambda connection: rollouts.widen(connection, found.version, fresh))
        return replace(found, sources=tuple(sorted({*found.sources, *fresh})))

    def _is_usable(self, found: Rollout) -> bool:
        """False when the engine no longer has the index, or it is of another schema than this Mecmua writes."""
        version = next((item for item in self._versions() if item.index == found.version), None)
        return version is not None and version.schema == schema.SCHEMA

    def _versions(self) -> list[rollout.Version]:
        return rollout.versions(self.client, self.settings.index)

    def _abandon(self, found: Rollout) -> None:
        self._enter(found, "abandoned")
        self.store.write(lambda connection: rollouts.drop(connection, found.version))

    def _enter(self, building: Rollout, phase: rollouts.Phase) -> Rollout:
        self.store.write(lambda connection: rollouts.set_phase(connection, building.version, phase, self.now))
        return replace(building, phase=phase)

    # --- documents ---------------------------------------------------------------------------------------------------

    def _write_all(self, building: Rollout, workers: Workers) -> None:
        """Write what this version does not hold as it is now, until nothing is left or a crawl changes as fast as we
        write. Raises Unavailable."""
        for _ in range(_PASSES):
            if not asyncio.run(Pass(self.site, building, workers).run()):
                return

    def _gate(self, building: Rollout, workers: Workers, *, force: bool) -> gate.Verdict:
        """The verdict, twice where a crawl is at work: what it merged or removed in between looks like a loss."""
        for attempt in range(2):
            self._refresh(building)
            with self.store.read() as connection:
                live, built = rollout.current(self.client, self.settings.index), _built(connection, building)
            verdict = gate.judge(self.client, live, building.version, built, self.rules)
            if not verdict.failed or force:
                return verdict
            if not attempt:
                self._write_all(building, workers)
        self._enter(building, "failed")
        raise ExpectationFailed(_failure(building, verdict))

    def _refresh(self, building: Rollout) -> None:
        writer.refresh(self.client, building.version)
        if live := rollout.current(self.client, self.settings.index):
            writer.refresh(self.client, live)

    # --- promotion ---------------------------------------------------------------------------------------------------

    def _switch(self, building: Rollout) -> Rollout:
        """From here on crawls write to the new version: one short transaction."""

        def switch(connection: Connection) -> None:
            rollouts.switch(connection, building.version, f"{building.alias}/{building.version}")
            rollouts.set_phase(connection, building.version, "switching", self.now)

        self.store.write(switch)
        return replace(building, phase="switching")

    def _move(self, building: Rollout) -> None:
        """Write what changed in the last moment, make it searchable, then move the alias: no reader misses a document
        that the version before showed."""
        target = Target(self.client, building.alias, building.version)
        flushed = indexing.flush(self.store, target, self.sources, self.now)
        if flushed.error:
            raise flushed.error
        indexing.make_searchable(target)
        rollout.promote(self.client, building.alias, building.version)
        self._enter(building, "promoted")
        flushed = indexing.flush(self.store, target, self.sources, self.now)
        if flushed.error:
            raise flushed.error
        indexing.make_searchable(target)

    def _prune(self, keep: int) -> tuple[str, ...]:
        """Delete versions that are too old to go back to, and those that were given up."""
        with self.store.read() as connection:
            given_up = {
                item.version
                for item in rollouts.history(connection, self.settings.index)
                if item.phase in ("abandoned", "rolled_back", "failed")
            }
        doomed = [item.index for item in self._versions() if item.index in given_up and not item.current]
        for index in doomed:
            self.client.indices.delete(index=index)
        gone = (*doomed, *rollout.prune(self.client, self.settings.index, keep=keep))
        self.store.write(lambda connection: self._forget_versions(connection))
        return gone

    def _forget_versions(self, connection: Connection) -> None:
        """Rows of versions that nobody can go back from any more: where the version before is gone too."""
        there = {item.index for item in self._versions()}
        for item in rollouts.history(connection, self.settings.index):
            if item.version not in there or (item.phase == "promoted" and item.previous not in there):
                rollouts.drop(connection, item.version)

    def _report(
        self, building: Rollout, verdict: gate.Verdict, *, promoted: bool, pruned: tuple[str, ...] = ()
    ) -> ReprocessReport:
        with self.store.read() as connection:
            held_now = sum(rollouts.documents(connection, building.version).values())
            read = rollouts.count_read(connection, building.version)
            problems = rollouts.problems(connection, building.version)
        return ReprocessReport(
            building.version, building.previous, held_now, read, problems, promoted, verdict.checks, pruned
        )


def _built(connection: Connection, building: Rollout) -> gate.Built:
    problems = rollouts.problems(connection, building.version)
    refused = sum(count for reason, count in problems.items() if reason.startswith(rollouts.REFUSED))
    return gate.Built(
        documents=rollouts.documents(connection, building.version),
        refused=refused,
        refused_before=sum(item.stage == "index" for item in quarantine.listing(connection)),
        read=rollouts.count_read(connection, building.version),
        unread=sum(problems.values()) - refused,
    )


def _failure(building: Rollout, verdict: gate.Verdict) -> str:
    shown = "; ".join(
        f"{check.name}: {check.before:g} → {check.after:g}{' ' + check.detail if check.detail else ''}"
        for check in verdict.failed[:8]
    )
    more = f" and {len(verdict.failed) - 8} more" if len(verdict.failed) > 8 else ""
    return (
        f"{building.version} did not pass its gate, so {building.alias!r} stays as it is: {shown}{more}. "
        "`mecmua index rollout --force` promotes it all the same; `mecmua reprocess` builds another."
    )


def take(store: Store, version: str, now: datetime, *, back: bool) -> None:
    """The state takes over what was read for a version (or with `back` what it had before), in short transactions, and
    clusters anew what became another text. May be cut and repeated."""

    def some(connection: Connection) -> int:
        swapped = rollouts.swap(connection, version, back=back, limit=_SWAP)
        _cluster(connection, [identity for identity, changed in swapped.items() if changed], now)
        attach.resync(connection, list(swapped), now)
        return len(swapped)

    while store.write(some):
        pass


def _cluster(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    for identity in ids:
        revision = articles.current(connection, identity)
        if revision:
            clusters.cluster(connection, identity, revision.article, None, now)
