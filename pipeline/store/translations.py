"""Which articles are each other's translation, and the clues by which an article finds its translations.

Pairs are kept in both directions. Clues are hashes of what a translation may share (an address, a PDF, author and day).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, or_, select

from pipeline.store.schema import clues, translations

#: A clue that more articles have says nothing: the site's logo, a brochure that every page links, a broken hreflang.
TELLING = 12
_IN_CHUNK = 400  # bound parameters per statement; SQLite takes 999 in its oldest builds
_COUNT = (
    select(clues.c.clue, func.count())
    .where(clues.c.clue.in_(bindparam("clues", expanding=True)))
    .group_by(clues.c.clue)
)


def of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The ids of the translations of articles, in order, by id."""
    found: dict[str, list[str]] = {identity: [] for identity in ids}
    columns = select(translations.c.article_id, translations.c.other_id)
    for start in range(0, len(ids), _IN_CHUNK):
        query = columns.where(translations.c.article_id.in_(ids[start : start + _IN_CHUNK]))
        for identity, other in connection.execute(query):
            found[identity].append(other)
    return {identity: tuple(sorted(others)) for identity, others in found.items()}


def pairs(connection: Connection, article_id: str) -> dict[str, str]:
    """The translations of an article, with the basis of each."""
    query = select(translations.c.other_id, translations.c.basis).where(translations.c.article_id == article_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def settle(connection: Connection, article_id: str, found: Mapping[str, str]) -> tuple[str, ...]:
    """Make `found` (other article → basis) the translations of an article, in both directions. Returns the articles
    that gained or lost one, in order: their documents are to be written again."""
    before = pairs(connection, article_id)
    for other in before.keys() - found.keys():
        connection.execute(delete(translations).where(_between(article_id, other)))
    for other, basis in found.items():
        if before.get(other) != basis:
            connection.execute(delete(translations).where(_between(article_id, other)))
            both = [(article_id, other), (other, article_id)]
            rows = [{"article_id": one, "other_id": two, "basis": basis} for one, two in both]
            connection.execute(translations.insert(), rows)
    differing = before.keys() ^ found.keys()
    return tuple(sorted({article_id, *differing})) if differing else ()


def forget(connection: Connection, article_id: str) -> tuple[str, ...]:
    """Remove an article's translations and clues; the other articles that lost one."""
    changed = settle(connection, article_id, {})
    connection.execute(delete(clues).where(clues.c.article_id == article_id))
    return tuple(other for other in changed if other != article_id)


def file(connection: Connection, article_id: str, found: Iterable[str]) -> list[str]:
    """File an article's clues in place of its earlier ones; the other articles that share a telling one, in order.

    A clue that too many have is not filed again.
    """
    connection.execute(delete(clues).where(clues.c.article_id == article_id))
    wanted = _hashes(found)
    holders = _holders(connection, wanted)  # others, for its own are gone
    rows = [{"clue": clue, "article_id": article_id} for clue in wanted if holders.get(clue, 0) <= TELLING]
    telling = [clue for clue, count in holders.items() if count < TELLING]
    sharing = select(clues.c.article_id).where(clues.c.clue.in_(telling)).distinct()
    others = sorted(connection.scalars(sharing)) if telling else []
    if rows:
        connection.execute(clues.insert(), rows)
    return others


def _holders(connection: Connection, wanted: list[int]) -> dict[int, int]:
    return {row[0]: row[1] for row in connection.execute(_COUNT, {"clues": wanted})} if wanted else {}


def _hashes(found: Iterable[str]) -> list[int]:
    digests = (hashlib.sha256(clue.encode()).digest()[:8] for clue in dict.fromkeys(found))
    return [int.from_bytes(digest, "little", signed=True) for digest in digests]


def _between(one: str, other: str) -> ColumnElement[bool]:
    first = (translations.c.article_id == one) & (translations.c.other_id == other)
    second = (translations.c.article_id == other) & (translations.c.other_id == one)
    return or_(first, second)
