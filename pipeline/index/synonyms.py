"""The glossary's rules into a living index, while searches go on being answered.

Rules lie in the index's settings, which only a closed index lets go of, and a closed index answers nothing. So the
index is cloned (its files are linked, not copied), the clone is closed, changed and opened, and the alias moves to it.
Writing stops meanwhile, for seconds: writers are told to wait, as for a full disk, and what they could not write stays
pending. Works on Elasticsearch and OpenSearch alike; the synonyms API is Elasticsearch's only, and files of synonyms
would have to lie on every node. `pipeline.jobs.terms` takes the steps and survives being cut between them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError

from pipeline.errors import ConfigurationError, MecmuaError
from pipeline.index.analysis import glossary_filter

#: A clone links files where the file system can and copies them elsewhere: minutes for a very large index.
_TIMEOUT = "30m"
_REQUEST_TIMEOUT = 1830.0
#: Seconds that searches under way on an index get before it goes; the engine ends each after ten by itself.
_LONGEST_SEARCH = 12.0
_BLOCKED: dict[str, Any] = {"index.blocks.write": True}
_FREE: dict[str, Any] = {"index.blocks.write": None}


def in_force(client: Elasticsearch, index: str) -> tuple[str, ...]:
    """The rules that an index searches with; empty where it knows of no glossary."""
    try:
        settings = client.indices.get_settings(index=index, flat_settings=False).body
    except NotFoundError as error:
        raise ConfigurationError(f"search engine: there is no index {index!r}.") from error
    filters = next(iter(settings.values()))["settings"]["index"].get("analysis", {}).get("filter", {})
    return tuple(filters.get("glossary", {}).get("synonyms", ()))


def clone(client: Elasticsearch, before: str, after: str, rules: Sequence[str]) -> None:
    """Makes ``after``: the documents of ``before``, which takes no writes from here on, searched with these rules.

    Raises MecmuaError where the engine refuses a rule, Unavailable when it is away; `release` undoes what was done.
    """
    client.indices.put_settings(index=before, settings=_BLOCKED)
    patient = client.options(request_timeout=_REQUEST_TIMEOUT)
    # The block is copied with the other settings, and taken off here.
    patient.indices.clone(index=before, target=after, settings=_FREE, timeout=_TIMEOUT)
    _wait(client, after)
    change(client, after, rules)


def change(client: Elasticsearch, index: str, rules: Sequence[str]) -> None:
    """Gives an index that nobody searches or writes these rules; it answers nothing for a moment."""
    client.indices.close(index=index)
    try:
        client.indices.put_settings(index=index, settings={"index.analysis.filter.glossary": glossary_filter(rules)})
    except ApiError as error:
        raise MecmuaError(f"search engine: the glossary is refused: {error.message}.") from error
    finally:
        client.indices.open(index=index)
    _wait(client, index)


def _wait(client: Elasticsearch, index: str) -> None:
    patient = client.options(request_timeout=_REQUEST_TIMEOUT)
    patient.cluster.health(index=index, wait_for_status="yellow", timeout=_TIMEOUT)


def release(client: Elasticsearch, before: str, after: str) -> None:
    """Undoes `clone`: the clone goes, and ``before`` takes writes again. May be repeated."""
    client.indices.delete(index=after, ignore_unavailable=True)
    if client.indices.exists(index=before):
        client.indices.put_settings(index=before, settings=_FREE)


def retire(client: Elasticsearch, index: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Deletes an index that the alias has left, once the searches under way on it are through. May be repeated."""
    deadline = time.monotonic() + _LONGEST_SEARCH
    while _searches(client, index) and time.monotonic() < deadline:
        sleep(0.05)
    client.indices.delete(index=index, ignore_unavailable=True)


def _searches(client: Elasticsearch, index: str) -> int:
    try:
        counts = client.indices.stats(index=index, metric="search")["_all"]["total"]["search"]
    except NotFoundError:
        return 0
    return int(counts["query_current"]) + int(counts["fetch_current"])
