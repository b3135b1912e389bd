"""The glossary to work in the index that is searched: what ships and the user's own terms, for Kibana too.

Each step may be the last one before a cut. `settle` ends or undoes what was begun, and every job that opens the index
calls it; while this job is at work it holds the rollouts' lease, so nothing settles behind its back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from elasticsearch import Elasticsearch

from pipeline import glossary
from pipeline.errors import ConfigurationError, Unavailable
from pipeline.index import rollout, schema, synonyms
from pipeline.jobs import indexing
from pipeline.jobs.holding import held
from pipeline.jobs.settling import end
from pipeline.settings import Settings
from pipeline.store import renaming, rollouts
from pipeline.store.database import Store, open_store
from pipeline.store.renaming import Renaming


@dataclass(frozen=True, slots=True)
class Applied:
    """``rules`` synonym rules are at work in ``index``, ``own`` of them from the user's file. ``changed`` is False
    where they were so before."""

    index: str
    rules: int
    own: int
    changed: bool


def apply(settings: Settings, now: datetime) -> Applied:
    """Puts the glossary (`pipeline.glossary.load`) to work in the index behind the alias, and in its other versions.

    Searches are answered all the while, by the old rules and then by the new ones; writing waits some seconds. Raises
    ConfigurationError where the file has a mistake or there is no index, Unavailable when the engine is away or another
    rollout runs; nothing has changed then.
    """
    rules = glossary.load(settings.home).rules()
    own = len(set(rules) - set(glossary.shipped().rules()))
    store = open_store(settings.state_url)
    try:
        with held(store, rollouts.lease_name(settings.index), what=f"a rollout of {settings.index!r}", wait=False):
            client = indexing.search_client(settings)
            index, changed = _apply(client, store, settings.index, rules, now)
    finally:
        store.close()
    return Applied(index, len(rules), own, changed)


def _apply(client: Elasticsearch, store: Store, alias: str, rules: Sequence[str], now: datetime) -> tuple[str, bool]:
    end(client, store)
    live = rollout.current(client, alias)
    if not live:
        raise ConfigurationError(
            f"search engine: there is no index {alias!r} yet. `mecmua crawl` makes it, with your terms."
        )
    with store.read() as connection:
        unfinished = rollouts.unfinished(connection, alias)
    if unfinished and unfinished.phase != "building":
        raise Unavailable(f"{unfinished.version} is about to go live; run `mecmua index rollout` first.")
    changed = synonyms.in_force(client, live) != tuple(rules)
    if changed:
        live = _replace(client, store, Renaming(alias, live, rollout.physical_name(alias, now)), rules)
    _change_others(client, alias, rules)
    return live, changed


def _replace(client: Elasticsearch, store: Store, step: Renaming, rules: Sequence[str]) -> str:
    """The live index becomes another with the same documents."""
    store.write(lambda connection: renaming.begin(connection, step))
    try:
        synonyms.clone(client, step.before, step.after, rules)
        store.write(lambda connection: renaming.move(connection, step))
    finally:
        end(client, store)
    return step.after


def _change_others(client: Elasticsearch, alias: str, rules: Sequence[str]) -> None:
    """Versions kept for going back and one being built: nobody searches them, so they change where they are."""
    for version in rollout.versions(client, alias):
        if version.current or version.schema != schema.SCHEMA:
            continue
        if synonyms.in_force(client, version.index) != tuple(rules):
            synonyms.change(client, version.index, rules)
