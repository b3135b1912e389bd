"""Versioned indexes behind one alias: ``<alias>-v<schema>-<stamp>``. Build beside, check, move the alias.

Readers and dashboards know the alias only. Every move of it is one call that the engine does as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from pipeline.errors import ConfigurationError, MecmuaError, Unavailable
from pipeline.index import dialect, schema

_PHYSICAL = re.compile(r"(?P<alias>.+)-v(?P<schema>\d+)-(?P<stamp>\d{8}t\d{12})")


@dataclass(frozen=True, slots=True)
class Version:
    """One physical index of an alias; ``current`` is the one that the alias names."""

    index: str
    schema: int
    stamp: str
    current: bool


def is_physical(index: str) -> bool:
    """Whether a name is that of a physical index, not of an alias."""
    return _PHYSICAL.fullmatch(index) is not None


def physical_name(alias: str, now: datetime) -> str:
    """The name that an index of this schema gets when it is made ``now``."""
    return f"{alias}-v{schema.SCHEMA}-{now.astimezone(UTC):%Y%m%dt%H%M%S%f}"


def ensure_index(
    client: Elasticsearch,
    alias: str,
    now: datetime,
    *,
    synonyms: Callable[[], Sequence[str]] | None = None,
    shards: int = 1,
) -> str:
    """The physical index behind the alias; makes both where there is none yet, with the rules that ``synonyms`` gives
    (None: the glossary that ships) and so many shards.

    Safe when many processes call it at once: index and alias are made in one call, and the engine allows an alias one
    write index, so all but one are refused and find the winner's. Raises ConfigurationError when the alias belongs to
    another schema version or a plain index has its name, Unavailable when the engine is away.
    """
    found = current(client, alias)
    if found:
        return _of_this_schema(found, alias)
    try:
        rules = synonyms() if synonyms else None
        create(client, physical_name(alias, now), alias=alias, synonyms=rules, shards=shards)
    except (ApiError, Unavailable):
        # The loser is refused with 400 or, for a second write index, 500.
        if not (found := current(client, alias)):
            raise
    found = found or current(client, alias)
    if not found:  # it was told, and takes longer than anybody waits for it
        raise Unavailable(f"search engine: the index {alias!r} is still being made.")
    return _of_this_schema(found, alias)


def create(
    client: Elasticsearch,
    index: str,
    *,
    alias: str | None = None,
    synonyms: Sequence[str] | None = None,
    shards: int = 1,
) -> str:
    """Makes an empty article index, behind the alias where one is given, with the glossary's rules (None: those that
    ship) and so many shards, which cannot be changed later. Returns its name."""
    aliases = {alias: {"is_write_index": True}} if alias else {}
    body = schema.index_body(synonyms, shards)
    client.indices.create(index=index, **body, aliases=aliases, timeout=dialect.SHARD_TIMEOUT)
    return index


def current(client: Elasticsearch, alias: str) -> str | None:
    """The physical index that the alias names, or None where there is no such alias.

    Raises ConfigurationError when the name is taken by a plain index or the alias has no single write index.
    """
    try:
        found = client.indices.get_alias(name=alias).body
    except NotFoundError:
        if client.indices.exists(index=alias):
            raise ConfigurationError(
                f"search engine: {alias!r} is an index, not an alias. Rename or delete it, or set MECMUA_INDEX."
            ) from None
        return None
    writable = [name for name, held in found.items() if held["aliases"][alias].get("is_write_index")]
    if len(found) == 1:
        return str(next(iter(found)))
    if len(writable) == 1:
        return str(writable[0])
    raise ConfigurationError(
        f"search engine: alias {alias!r} names {', '.join(sorted(found))}; it must name one index."
    )


def is_outdated(client: Elasticsearch, alias: str) -> bool:
    """Whether the alias stands on an index of another schema than this Mecmua's. Raises as `current`."""
    index = current(client, alias)
    return index is not None and not _fits(index)


def _fits(index: str) -> bool:
    match = _PHYSICAL.fullmatch(index)
    return match is not None and int(match["schema"]) == schema.SCHEMA


def _of_this_schema(index: str, alias: str) -> str:
    if _fits(index):
        return index
    raise ConfigurationError(
        f"search engine: {alias!r} stands on {index}, this Mecmua writes schema {schema.SCHEMA}. "
        "Build a new version with `mecmua reprocess` (or `mecmua index rollout`), or set MECMUA_INDEX."
    )


def versions(client: Elasticsearch, alias: str) -> list[Version]:
    """Every physical index of the alias, oldest first."""
    now_current = current(client, alias)
    names = client.indices.get(index=f"{alias}-v*", expand_wildcards="open", allow_no_indices=True).body
    matches = (match for name in names if (match := _PHYSICAL.fullmatch(name)) and match["alias"] == alias)
    found = (Version(match[0], int(match["schema"]), match["stamp"], match[0] == now_current) for match in matches)
    return sorted(found, key=lambda version: version.stamp)


def promote(client: Elasticsearch, alias: str, index: str) -> str | None:
    """Moves the alias to ``index`` in one step. Returns the index that it named before, or None."""
    before = current(client, alias)
    actions: list[dict[str, dict[str, object]]] = [
        {"remove": {"index": old, "alias": alias}} for old in _holders(client, alias) if old != index
    ]
    actions.append({"add": {"index": index, "alias": alias, "is_write_index": True}})
    try:
        client.indices.update_aliases(actions=actions)
    except (BadRequestError, NotFoundError) as error:
        raise MecmuaError(f"search engine: alias {alias!r} cannot move to {index}: {error.message}") from error
    return before


def _holders(client: Elasticsearch, alias: str) -> list[str]:
    try:
        return sorted(client.indices.get_alias(name=alias).body)
    except NotFoundError:
        return []


def rollback(client: Elasticsearch, alias: str) -> str:
    """Moves the alias to the version made before the current one and returns its name.

    Raises MecmuaError when there is none, so nothing moves.
    """
    older: list[str] = []
    for version in versions(client, alias):
        if version.current:
            break
        older.append(version.index)
    else:
        older = []
    if not older:
        raise MecmuaError(f"search engine: {alias!r} has no earlier version to go back to.")
    promote(client, alias, older[-1])
    return older[-1]


def prune(client: Elasticsearch, alias: str, *, keep: int = 1) -> list[str]:
    """Deletes versions older than the current one but the newest ``keep`` of them. Returns the deleted names.

    The current version and whatever is being built beside it are never touched.
    """
    found = versions(client, alias)
    position = next((place for place, version in enumerate(found) if version.current), 0)
    doomed = [version.index for version in found[: max(0, position - keep)]]
    for index in doomed:
        client.indices.delete(index=index)
    return doomed
