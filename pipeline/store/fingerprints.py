"""Fingerprints of the articles' texts, and an index that finds near ones without comparing all pairs.

Each fingerprint files its smallest hashes as anchors. Two texts that share a good part of their shingles share some of
them (of a copy shortened to three fifths with 5 % of its words changed every second one), so that looking up 24 finds
it. What many texts share, a legal notice or a template, would make such a lookup long and hide the copy among the many:
an anchor is filed at most `FILED` times, a text that has such anchors files later ones, and a lookup follows those that
fewest texts have. So it reads at most 24 × 32 rows, however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, text

from pipeline.models import Fingerprint
from pipeline.store.schema import anchors, articles, fingerprints

ANCHORS = 24
FILED = 32
#: Candidates from this estimated likeness on are worth the reading of their texts: a near copy shares 0.55 of the
#: smaller text's shingles or more, and the estimate's standard error is about 0.08.
WORTH_READING = 0.35
#: How many sketches a lookup compares, those with the most and rarest anchors in common.
_COMPARED = 32
_LOCK = 7_231_164  # PostgreSQL advisory lock, see `lock`
# built once: an IN of 64 hashes costs more to put together than to answer
_AMONG = anchors.c.hash.in_(bindparam("hashes", expanding=True))
_COUNT = select(anchors.c.hash, func.count()).where(_AMONG).group_by(anchors.c.hash)
_FIND = select(anchors.c.hash, anchors.c.number).where(_AMONG)
_ADD = fingerprints.insert().returning(fingerprints.c.number)


def lock(connection: Connection) -> None:
    """Let one transaction at a time look up and file, until it ends: of two copies that arrive at the same moment the
    second must see the first. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def add(connection: Connection, article_id: str, fingerprint: Fingerprint) -> dict[int, int]:
    """File an article's fingerprint, in place of an earlier one. An empty text's is kept, but found by nothing.

    Returns how many other texts have filed each of its hashes, as `neighbours` wants to know.
    """
    remove(connection, article_id)
    row = {"article_id": article_id, "version": fingerprint.version, "words": fingerprint.words}
    shape = {"shingles": fingerprint.shingles, "sketch": fingerprint.sketch}
    number = connection.scalar(_ADD, {**row, **shape})
    holders = _holders(connection, fingerprint)
    free = [value for value in _signed(fingerprint) if holders.get(value, 0) < FILED]
    if rows := [{"hash": value, "number": number} for value in free[:ANCHORS]]:
        connection.execute(anchors.insert(), rows)
    return holders


def get(connection: Connection, article_id: str) -> Fingerprint | None:
    """The fingerprint of an article, or None."""
    row = connection.execute(select(fingerprints).where(fingerprints.c.article_id == article_id)).first()
    return _fingerprint(row) if row else None


def remove(connection: Connection, article_id: str) -> None:
    """Forget an article's fingerprint; nothing happens where there is none."""
    row = connection.execute(select(fingerprints).where(fingerprints.c.article_id == article_id)).first()
    if row is None:
        return
    hashes = _signed(_fingerprint(row))
    connection.execute(delete(anchors).where(anchors.c.hash.in_(hashes), anchors.c.number == row.number))
    connection.execute(delete(fingerprints).where(fingerprints.c.number == row.number))


def neighbours(
    connection: Connection, fingerprint: Fingerprint, limit: int = 10, holders: dict[int, int] | None = None
) -> list[tuple[str, float]]:
    """The likeliest near texts: up to `limit` article ids with their estimated similarity, most similar first.

    An article that is filed itself is among its own neighbours. `holders` spares a query: what `add` returned.
    """
    numbers = _candidates(connection, _holders(connection, fingerprint) if holders is None else holders)
    rows = connection.execute(select(fingerprints).where(fingerprints.c.number.in_(numbers))) if numbers else ()
    filed = [(str(row.article_id), _fingerprint(row)) for row in rows]
    found = [(one, fingerprint.similarity(other)) for one, other in filed if other.version == fingerprint.version]
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    return [pair for pair in found if pair[1] >= WORTH_READING][:limit]


def missing(connection: Connection, version: int, limit: int) -> list[str]:
    """Up to `limit` articles without a fingerprint of this version, by id: those of an older database."""
    joined = articles.outerjoin(
        fingerprints, (fingerprints.c.article_id == articles.c.id) & (fingerprints.c.version == version)
    )
    lacking = fingerprints.c.number.is_(None) & articles.c.merged_into.is_(None)
    query = select(articles.c.id).select_from(joined).where(lacking).order_by(articles.c.id).limit(limit)
    return list(connection.scalars(query))


def _candidates(connection: Connection, holders: dict[int, int]) -> list[int]:
    """The numbers of the fingerprints with the most and rarest anchors in common."""
    rarest = sorted(holders, key=lambda value: (holders[value], value))[:ANCHORS]
    weights: defaultdict[int, float] = defaultdict(float)
    for value, number in connection.execute(_FIND, {"hashes": rarest}) if rarest else ():
        weights[number] += 1 / holders[value]
    return sorted(weights, key=lambda number: (-weights[number], number))[:_COMPARED]


def _holders(connection: Connection, fingerprint: Fingerprint) -> dict[int, int]:
    """How many texts have filed each of these hashes; none has those that are absent."""
    hashes = _signed(fingerprint)
    return {row[0]: row[1] for row in connection.execute(_COUNT, {"hashes": hashes})} if hashes else {}


def _fingerprint(row: Row[Any]) -> Fingerprint:
    return Fingerprint(row.version, row.words, row.shingles, row.sketch)


def _signed(fingerprint: Fingerprint) -> list[int]:
    """The hashes as the signed 64-bit integers that both databases hold, smallest first."""
    return [value - (1 << 63) for value in fingerprint.hashes]
