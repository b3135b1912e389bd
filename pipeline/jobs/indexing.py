"""From the state to the index: what the engine has not acknowledged is sent, and only its word moves the mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from elasticsearch import Elasticsearch

from pipeline import engine, glossary
from pipeline.errors import ConfigurationError, Unavailable
from pipeline.index import dialect, rollout, schema, writer
from pipeline.jobs.settling import settle
from pipeline.models import Source, replace
from pipeline.settings import Settings
from pipeline.store import articles, leases, quarantine, rollouts
from pipeline.store.articles import Pending
from pipeline.store.database import Store

_BATCH = 500
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Target:
    """Where documents go: a client, the alias and the physical index behind it."""

    client: Elasticsearch
    alias: str
    index: str

    @property
    def identity(self) -> str:
        """How the state names it."""
        return f"{self.alias}/{self.index}"


@dataclass(frozen=True, slots=True)
class Flushed:
    """What one flush did. ``error`` ended it early; the rest stays pending."""

    written: int = 0
    rejected: tuple[str, ...] = ()
    error: Unavailable | None = None


def search_client(settings: Settings) -> Elasticsearch:
    """A client for the configured engine, else for the local node, which is started when it does not run.

    Raises Unavailable and ConfigurationError.
    """
    return dialect.connect(settings, settings.elasticsearch_url or engine.ensure_running(settings))


def synonym_rules(settings: Settings) -> list[str]:
    """The glossary's rules for a new index, with the user's own terms; a mistake in their file is logged and leaves
    them out, for it must not stop a crawl."""
    try:
        return glossary.load(settings.home).rules()
    except ConfigurationError as error:
        log.warning("your glossary is not used", error=str(error))
        return glossary.shipped().rules()


def open_target(settings: Settings, store: Store, now: datetime) -> Target:
    """The index that documents go to, made when it is absent. When it is another one than the state knows of, every
    article becomes pending: an index that was lost fills again by itself. Raises Unavailable and ConfigurationError."""
    client = search_client(settings)
    settle(client, store)
    index = _switching(client, settings.index, store, now) or rollout.ensure_index(
        client, settings.index, now, synonyms=partial(synonym_rules, settings), shards=settings.index_shards
    )

    def expect(connection: Any) -> str:
        waiting = rollouts.unfinished(connection, settings.index)
        if waiting and waiting.phase == "switching":
            return waiting.version
        articles.expect_index(connection, f"{settings.index}/{index}")
        return index

    return Target(client, settings.index, store.write(expect))


def _switching(client: Elasticsearch, alias: str, store: Store, now: datetime) -> str | None:
    """The version that documents go to already while the alias still names the one before, or None. Where the job that
    was about to move the alias died, it is moved here."""
    with store.read() as connection:
        waiting = rollouts.unfinished(connection, alias)
        at_work = waiting and leases.is_held(connection, rollouts.lease_name(alias), datetime.now(UTC))
    if waiting is None or waiting.phase != "switching":
        return None
    if not at_work:
        rollout.promote(client, alias, waiting.version)
        store.write(lambda connection: rollouts.set_phase(connection, waiting.version, "promoted", now))
    return waiting.version


def flush(
    store: Store,
    target: Target,
    sources: Mapping[str, Source],
    now: datetime,
    *,
    only: Sequence[str] | None = None,
    skip: frozenset[str] = frozenset(),
    patience: float | None = None,
) -> Flushed:
    """Send what is pending, of the sources in `only` or of all, without those in `skip`. An engine that is away for
    longer than `patience` (see `writer.write_chunks`) is the ``error``; raises MecmuaError where it refuses.

    Documents go to the index that the state names, which a rollout may have changed since `target` was opened.
    """
    total = Flushed()
    target = _followed(store, target)
    if gone := _withdraw(store, target, only):
        return Flushed(error=gone)
    after = ""
    while batch := _pending(store, sources, only, after):
        target = _followed(store, target)
        done = _send(store, target, [item for item in batch if item.known.id not in skip], now, patience)
        if done.error and _followed(store, target) != target:
            continue  # its documents have moved to another index: these go there
        after = batch[-1].known.id
        total = Flushed(total.written + done.written, total.rejected + done.rejected, done.error)
        if done.error:
            return total
    return total


def _withdraw(store: Store, target: Target, only: Sequence[str] | None) -> Unavailable | None:
    """Delete the documents of articles that were merged into others."""
    leaving = store.query(lambda connection: articles.leaving(connection, only))
    if not leaving:
        return None
    try:
        writer.delete(target.client, target.index, leaving)
    except Unavailable as error:
        return error

    def note(connection: Any) -> None:
        if rollouts.expected_index(connection, keep=True) == target.identity:
            articles.note_left(connection, leaving)

    store.write(note)
    return None


def _followed(store: Store, target: Target) -> Target:
    """The target that the state names now."""
    expected = store.query(lambda connection: rollouts.expected_index(connection)) or ""
    alias, _, index = expected.partition("/")
    return replace(target, index=index) if alias == target.alias and index else target


def _pending(store: Store, sources: Mapping[str, Source], only: Sequence[str] | None, after: str) -> list[Pending]:
    return store.query(lambda connection: articles.pending(connection, sources, _BATCH, only=only, after=after))


def _send(store: Store, target: Target, batch: Sequence[Pending], now: datetime, patience: float | None) -> Flushed:
    by_id = {item.known.id: item for item in batch}
    documents: list[dict[str, Any]] = [schema.document(item.known, item.revision, now) for item in batch]
    result = writer.write(target.client, target.index, documents, patience=patience)
    accepted = [by_id[identity] for identity, _revision in (*result.written, *result.stale)]

    def note(connection: Any) -> None:
        if rollouts.expected_index(connection, keep=True) != target.identity:
            return  # a rollout moved on: the new version needs them too, so they stay pending
        articles.acknowledge(connection, accepted)
        quarantine.release(connection, [item.known.url for item in accepted], "index")
        for rejection in result.rejected:
            known = by_id[rejection.id].known
            quarantine.add(
                connection,
                known.source,
                known.url,
                stage="index",
                reason=rejection.reason,
                detail=rejection.detail,
                now=now,
            )

    store.write(note)
    return Flushed(len(result.written), tuple(rejection.id for rejection in result.rejected), result.error)


def make_searchable(target: Target) -> None:
    """Refresh, so that what was written is found from now on. Raises Unavailable."""
    writer.refresh(target.client, target.index)
