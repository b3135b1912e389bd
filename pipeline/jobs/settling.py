"""The end of a change to the index that another process began: whoever opens the index first finishes or undoes it."""

from __future__ import annotations

from datetime import UTC, datetime

from elasticsearch import Elasticsearch

from pipeline.index import rollout, synonyms
from pipeline.store import leases, renaming, rollouts
from pipeline.store.database import Store


def settle(client: Elasticsearch, store: Store) -> None:
    """`end`, unless the process that began is alive. Raises Unavailable when the engine is away."""
    with store.read() as connection:
        step = renaming.pending(connection)
        at_work = step and leases.is_held(connection, rollouts.lease_name(step.alias), datetime.now(UTC))
    if step and not at_work:
        end(client, store)


def end(client: Elasticsearch, store: Store) -> None:
    """Finishes the renaming that the state notes: forward where the state names the new index, else back. For the
    holder of the rollouts' lease; may be repeated."""
    with store.read() as connection:
        step = renaming.pending(connection)
    if step is None:
        return
    if step.moved:
        rollout.promote(client, step.alias, step.after)
        synonyms.retire(client, step.before)
    else:
        synonyms.release(client, step.before, step.after)
    store.write(renaming.end)
