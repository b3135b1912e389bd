"""Index versions under construction: how far each is, and what the state must do when documents go to another one.

A version's documents are its rows in ``rebuilt``. An article is in step with a version when its row there carries the
article's present revision and ``changed_at``; everything else is still to be written, so a build that was cut finds
its place, and what a crawl changes meanwhile is found, by the same query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, case, delete, exists, func, not_, select, update

from pipeline.models import Article, unpack
from pipeline.store.schema import articles, facts, rebuilt, revisions, rollouts

Phase = Literal["building", "promoting", "switching", "promoted", "failed", "rolled_back", "abandoned"]
#: A version in one of these is not ready yet. promoting: the gate was passed, the state takes over the newly read
#: articles; switching: documents go to it, the alias is about to move.
UNFINISHED: tuple[Phase, ...] = ("building", "promoting", "switching")


@dataclass(frozen=True, slots=True)
class Rollout:
    """One index version and how far it is. ``sources``: ids whose pages are read again for it."""

    version: str  # the physical index
    alias: str
    previous: str | None
    sources: tuple[str, ...]
    phase: Phase
    started: datetime
    finished: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One document of a version. ``article``: packed, as it was newly read; None: the stored one stands."""

    article_id: str
    number: int
    changed_at: datetime
    problem: str | None = None
    content_hash: str | None = None
    extractor_version: int | None = None
    template_version: int | None = None
    article: bytes | None = None
    applied: bool = False  # the state has taken it over; `article` is then what it had before


def lease_name(alias: str) -> str:
    """The lease of whoever builds or moves versions of an alias."""
    return f"rollout:{alias}"


def begin(
    connection: Connection, index: str, alias: str, previous: str | None, sources: Sequence[str], now: datetime
) -> Rollout:
    """Note that a version is being built."""
    row = {"version": index, "alias": alias, "previous": previous, "sources": list(sources)}
    connection.execute(rollouts.insert().values(**row, phase="building", started=now))
    return Rollout(index, alias, previous, tuple(sources), "building", now)


def history(connection: Connection, alias: str) -> list[Rollout]:
    """All versions that were built beside another, oldest first."""
    query = select(rollouts).where(rollouts.c.alias == alias).order_by(rollouts.c.started, rollouts.c.version)
    return [
        Rollout(row.version, row.alias, row.previous, tuple(row.sources), row.phase, row.started, row.finished)
        for row in connection.execute(query)
    ]


def unfinished(connection: Connection, alias: str, *, failed: bool = False) -> Rollout | None:
    """The version that is being built, or None. With `failed` the newest may also be one that did not pass its gate."""
    known = history(connection, alias)
    if failed and known and known[-1].phase == "failed":
        return known[-1]
    return next((item for item in known if item.phase in UNFINISHED), None)


def set_phase(connection: Connection, index: str, phase: Phase, now: datetime) -> None:
    """Note how far a version is."""
    finished = None if phase in UNFINISHED else now
    connection.execute(update(rollouts).where(rollouts.c.version == index).values(phase=phase, finished=finished))


def widen(connection: Connection, index: str, sources: Sequence[str]) -> None:
    """These sources are to be read again as well: what was taken over from the state for them is to be done anew."""
    ids = select(articles.c.id).where(articles.c.source.in_(sources))
    connection.execute(delete(rebuilt).where(rebuilt.c.version == index, rebuilt.c.article_id.in_(ids)))
    before = connection.scalar(select(rollouts.c.sources).where(rollouts.c.version == index)) or []
    wider = sorted({*before, *sources})
    connection.execute(update(rollouts).where(rollouts.c.version == index).values(sources=wider))


def drop(connection: Connection, index: str) -> None:
    """Forget the documents of a version that is gone; its line in the history stays."""
    connection.execute(delete(rebuilt).where(rebuilt.c.version == index))


# --- the version's outbox --------------------------------------------------------------------------------------------


def _in_step(index: str) -> ColumnElement[bool]:
    return exists().where(
        rebuilt.c.version == index,
        rebuilt.c.article_id == articles.c.id,
        rebuilt.c.number == articles.c.revision,
        rebuilt.c.changed_at == articles.c.changed_at,
    )


def pending(connection: Connection, index: str, limit: int, *, after: str = "") -> list[str]:
    """Up to `limit` articles that this version does not hold as they are now, by id behind `after`."""
    query = select(articles.c.id).where(articles.c.id > after, articles.c.merged_into.is_(None), not_(_in_step(index)))
    return list(connection.scalars(query.order_by(articles.c.id).limit(limit)))


def count_pending(connection: Connection, index: str) -> int:
    """How many articles this version does not hold as they are now."""
    query = select(func.count()).select_from(articles)
    return int(connection.scalar(query.where(articles.c.merged_into.is_(None), not_(_in_step(index)))) or 0)


def count_outbox(connection: Connection) -> int:
    """How many articles the live version has not acknowledged."""
    query = select(func.count()).select_from(articles).where(articles.c.indexed_revision < articles.c.revision)
    return int(connection.scalar(query.where(articles.c.merged_into.is_(None))) or 0)


def written(connection: Connection, index: str, article_id: str) -> Rebuilt | None:
    """What this version holds of an article, or None."""
    row = connection.execute(
        select(rebuilt).where(rebuilt.c.version == index, rebuilt.c.article_id == article_id)
    ).first()
    if row is None:
        return None
    return Rebuilt(
        row.article_id,
        row.number,
        row.changed_at,
        row.problem,
        row.content_hash,
        row.extractor_version,
        row.template_version,
        row.article,
        row.applied,
    )


def record(connection: Connection, index: str, rows: Sequence[Rebuilt]) -> list[str]:
    """Note what the engine acknowledged for a version; the ids among them that the state no longer holds."""
    ids = [row.article_id for row in rows]
    here = (rebuilt.c.version == index) & rebuilt.c.article_id.in_(ids)
    present = articles.c.id.in_(ids) & articles.c.merged_into.is_(None)
    still = set(connection.scalars(select(articles.c.id).where(present)))
    query = select(rebuilt.c.article_id, rebuilt.c.number).where(here, rebuilt.c.applied)
    applied = {row.article_id: row.number for row in connection.execute(query)}
    fresh = []
    for row in rows:
        if row.article is None and applied.get(row.article_id) == row.number:  # that row holds what the state had
            same = (rebuilt.c.version == index) & (rebuilt.c.article_id == row.article_id)
            connection.execute(update(rebuilt).where(same).values(changed_at=row.changed_at))
        elif row.article_id in still:
            fresh.append(row)
    replaced = [row.article_id for row in fresh]
    connection.execute(delete(rebuilt).where(rebuilt.c.version == index, rebuilt.c.article_id.in_(replaced)))
    if fresh:
        connection.execute(rebuilt.insert(), [_values(index, row) for row in fresh])
    return [identity for identity in ids if identity not in still]


def _values(index: str, row: Rebuilt) -> dict[str, Any]:
    return {
        "version": index,
        "article_id": row.article_id,
        "number": row.number,
        "changed_at": row.changed_at,
        "behind": False,
        "applied": False,
        "problem": row.problem,
        "content_hash": row.content_hash,
        "extractor_version": row.extractor_version,
        "template_version": row.template_version,
        "article": row.article,
    }


#: How the problem of a document that the engine refused begins; all others are of reading its page.
REFUSED = "index:"


def problems(connection: Connection, index: str) -> dict[str, int]:
    """How many pages could not be read again and how many documents were refused, by reason."""
    counts: dict[str, int] = {}
    query = select(rebuilt.c.problem).where(rebuilt.c.version == index, rebuilt.c.problem.is_not(None))
    for problem in connection.scalars(query):
        reason = ":".join(problem.split(":")[:2]) if problem.startswith(REFUSED) else problem.partition(":")[0]
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def documents(connection: Connection, index: str) -> dict[str, int]:
    """How many documents of each source a version holds by the engine's word."""
    joined = rebuilt.join(articles, and_(articles.c.id == rebuilt.c.article_id, articles.c.merged_into.is_(None)))
    held = (rebuilt.c.version == index) & (rebuilt.c.problem.is_(None) | not_(rebuilt.c.problem.startswith(REFUSED)))
    query = select(articles.c.source, func.count()).select_from(joined).where(held).group_by(articles.c.source)
    return {source: int(count) for source, count in connection.execute(query)}


def count_read(connection: Connection, index: str) -> int:
    """How many of a version's documents come from pages that were read again for it."""
    query = select(func.count()).where(rebuilt.c.version == index, rebuilt.c.article.is_not(None))
    return int(connection.scalar(query) or 0)


# --- taking over and going back --------------------------------------------------------------------------------------


def swap(connection: Connection, index: str, *, back: bool, limit: int) -> dict[str, bool]:
    """Let newly read articles and the stored ones change places, up to `limit` of them; their ids, and whether the text
    became another.

    The state takes over what was read for this version or, with `back`, gets again what it had. Only an article's
    present revision is touched, and its number stays: a new extractor makes no revision.
    """
    stored = [revisions.c[name].label(f"stored_{name}") for name in _READING]
    query = (
        select(rebuilt, articles.c.changed_at.label("article_changed_at"), *stored)
        .join(articles, and_(articles.c.id == rebuilt.c.article_id, articles.c.revision == rebuilt.c.number))
        .join(revisions, and_(revisions.c.article_id == articles.c.id, revisions.c.number == rebuilt.c.number))
        .where(rebuilt.c.version == index, rebuilt.c.article.is_not(None), rebuilt.c.applied == back)
        .order_by(rebuilt.c.article_id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    for row in rows:
        _exchange(connection, row, back=back)
    return {row.article_id: row.content_hash != row.stored_content_hash for row in rows}


#: What one reading of a page gave.
_READING = ("article", "content_hash", "extractor_version", "template_version")


def _exchange(connection: Connection, row: Any, *, back: bool) -> None:
    """A new changed_at for the article, so that no document in flight, made before the exchange, is its last word; a
    version that was in step stays so."""
    article: Article = unpack(Article, row.article)
    day = article.published_day.isoformat() if article.published_day else None
    later = row.article_changed_at + timedelta(microseconds=1)
    connection.execute(
        update(revisions)
        .where(revisions.c.article_id == row.article_id, revisions.c.number == row.number)
        .values({name: getattr(row, name) for name in _READING})
    )
    connection.execute(
        update(articles)
        .where(articles.c.id == row.article_id)
        .values(content_hash=row.content_hash, published_day=day, changed_at=later)
    )
    connection.execute(
        update(rebuilt)
        .where(rebuilt.c.version == row.version, rebuilt.c.article_id == row.article_id)
        .values(
            applied=not back,
            changed_at=later if row.changed_at == row.article_changed_at else row.changed_at,
            **{name: getattr(row, f"stored_{name}") for name in _READING},
        )
    )


def switch(connection: Connection, index: str, identity: str) -> None:
    """From now on documents go to this version: what it holds as it is now counts as acknowledged, the rest is pending.

    The row of the fact is taken first, so that an acknowledgement for the version before is either seen here or
    refused (`expected_index`).
    """
    set_expected(connection, identity)
    in_step = _in_step(index)
    behind = exists().where(articles.c.id == rebuilt.c.article_id, articles.c.indexed_revision < articles.c.revision)
    connection.execute(update(rebuilt).where(rebuilt.c.version == index).values(behind=behind))
    _translate(connection, in_step)


def go_back(connection: Connection, index: str, identity: str) -> None:
    """From now on documents go to the version before `index` again: what changed since the switch is pending for it."""
    set_expected(connection, identity)
    behind = exists().where(rebuilt.c.version == index, rebuilt.c.article_id == articles.c.id, rebuilt.c.behind)
    _translate(connection, and_(_in_step(index), not_(behind)))


def _translate(connection: Connection, held: ColumnElement[bool]) -> None:
    """Merged articles become pending too: their documents are to be deleted where there are any."""
    acknowledged = case((articles.c.merged_into.is_not(None), 0), (held, articles.c.revision), else_=0)
    connection.execute(update(articles).values(indexed_revision=acknowledged))


def expected_index(connection: Connection, *, keep: bool = False) -> str | None:
    """Which index documents go to (``alias/index``), or None before the first. With `keep` it stays so until the
    transaction ends."""
    query = select(facts.c.value).where(facts.c.name == "index")
    return connection.scalar(query.with_for_update(read=True) if keep else query)


def set_expected(connection: Connection, identity: str) -> None:
    """Tell the state which index documents go to, without judging what that index holds."""
    if not connection.execute(update(facts).where(facts.c.name == "index").values(value=identity)).rowcount:
        connection.execute(facts.insert().values(name="index", value=identity))
