"""The glossary's rules into a living index, while searches go on being answered.

Rules lie in the index's settings, which only a closed index lets go of, and a closed index answers nothing. So the
index is cloned (its files are linked, not copied), the clone is closed, changed and opened, and the alias moves to it.
Writing stops meanwhile, for seconds: writers are told to wait, as for a full disk, and what they could not write stays
pending. Works on Elasticsearch and OpenSearch alike; the synonyms API is Elasticsearch's only, and files of synonyms
would have to lie on every node.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from elasticsearch import ApiError, Elasticsearch, NotFoundError

from pipeline.errors import ConfigurationError, MecmuaError
from pipeline.index import rollout
from pipeline.index.analysis import glossary_filter

#: A clone links files where the file system can and copies them elsewhere: minutes for a very large index.
_TIMEOUT = "30m"
_REQUEST_TIMEOUT = 1830.0
_BLOCKED = {"index.blocks.write": True}
_FREE = {"index.blocks.write": None}


def apply(client: Elasticsearch, alias: str, rules: Sequence[str], now: datetime) -> str | None:
    """Puts glossary rules (`pipeline.glossary.Glossary.rules`) to work in the index behind the alias.

    Returns the new physical index, or None where these very rules are at work already. The index before is deleted.
    When anything fails, the alias stays where it was, writing is allowed again and the clone goes. Raises
    ConfigurationError where there is no index or a rule is refused, Unavailable when the engine is away.
    """
    before = rollout.current(client, alias)
    if not before:
        raise ConfigurationError(f"search engine: there is no index {alias!r} yet. Run `mecmua crawl` first.")
    if in_force(client, before) == tuple(rules):
        return None
    after = rollout.physical_name(alias, now)
    try:
        _clone(client, before, after)
        _change(client, after, rules)
        rollout.promote(client, alias, after)
    except BaseException:
        _undo(client, before, after)
        raise
    client.indices.delete(index=before, ignore_unavailable=True)
    return after


def in_force(client: Elasticsearch, index: str) -> tuple[str, ...]:
    """The rules that an index searches with; empty where it knows of no glossary."""
    try:
        settings = client.indices.get_settings(index=index, flat_settings=False).body
    except NotFoundError as error:
        raise ConfigurationError(f"search engine: there is no index {index!r}.") from error
    filters = next(iter(settings.values()))["settings"]["index"].get("analysis", {}).get("filter", {})
    return tuple(filters.get("glossary", {}).get("synonyms", ()))


def _clone(client: Elasticsearch, before: str, after: str) -> None:
    client.indices.put_settings(index=before, settings=_BLOCKED)
    patient = client.options(request_timeout=_REQUEST_TIMEOUT)
    # The block is copied with the other settings, and taken off here.
    patient.indices.clone(index=before, target=after, settings=_FREE, timeout=_TIMEOUT)
    patient.cluster.health(index=after, wait_for_status="yellow", timeout=_TIMEOUT)


def _change(client: Elasticsearch, index: str, rules: Sequence[str]) -> None:
    client.indices.close(index=index)
    try:
        client.indices.put_settings(index=index, settings={"index.analysis.filter.glossary": glossary_filter(rules)})
    except ApiError as error:
        raise MecmuaError(f"search engine: the glossary is refused: {error.message}.") from error
    client.indices.open(index=index)
    client.options(request_timeout=_REQUEST_TIMEOUT).cluster.health(
        index=index, wait_for_status="yellow", timeout=_TIMEOUT
    )


def _undo(client: Elasticsearch, before: str, after: str) -> None:
    """Back to the index before. Its alias never left it, unless promoting had already succeeded."""
    client.indices.put_settings(index=before, settings=_FREE)
    client.indices.delete(index=after, ignore_unavailable=True)
