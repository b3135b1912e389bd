"""The state against itself: articles and revisions, leases, schema, the database file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, select, text, update

from pipeline.jobs.findings import REPAIR, Finding, found
from pipeline.store.database import Store, is_alive
from pipeline.store.schema import articles, leases, revisions, runs, urls

#: A lease that ended so long ago was left by a dead holder; younger ones may be a lane's that is between two requests.
_STALE = timedelta(hours=1)


def audit(store: Store, now: datetime, *, repair: bool) -> tuple[list[Finding], dict[str, int]]:
    """What is wrong in the state."""
    with store.read() as connection:
        parts = {
            "headless": _headless(connection),
            "orphans": _orphans(connection),
            "pointless": _pointless(connection),
            "stale": _stale(connection),
        }
        cut = list(connection.scalars(select(runs.c.id).where(runs.c.finished.is_(None))))
        damage = _damage(connection)
        sizes = {
            "articles": int(connection.scalar(select(func.count()).select_from(articles)) or 0),
            "revisions": int(connection.scalar(select(func.count()).select_from(revisions)) or 0),
            "URLs": int(connection.scalar(select(func.count()).select_from(urls)) or 0),
        }
    if repair:
        store.write(lambda connection: _mend(connection, parts, now))
    return [*_findings(parts, repair=repair), *_notes(cut, damage)], sizes


def _findings(parts: dict[str, list[str]], *, repair: bool) -> list[Finding]:
    return [
        *found(
            "article_without_revision",
            "articles name a revision that is missing",
            parts["headless"],
            f"{REPAIR}: the newest one there counts, or the page is fetched again",
            repaired=repair,
        ),
        *found(
            "revision_without_article",
            "revisions belong to no article",
            parts["orphans"],
            "restore the state from a backup; their URLs are fetched again by the next crawl",
            wrong=False,
        ),
        *found(
            "url_without_article",
            "URLs lead to an article that is missing",
            parts["pointless"],
            f"{REPAIR}: they are fetched again by the next crawl",
            repaired=repair,
        ),
        *found(
            "stale_lease",
            "leases were left behind by processes that died",
            parts["stale"],
            f"nothing: they have ended; {REPAIR} clears them away",
            wrong=False,
            repaired=repair,
        ),
    ]


def _notes(cut: list[str], damage: list[str]) -> list[Finding]:
    return [
        *found("cut_run", "runs were cut or are at work", cut, "nothing: the next run goes on", wrong=False),
        *found(
            "damaged_state",
            "problems are reported by the database itself",
            damage,
            "stop everything and restore the state from a backup (docs/operations.md)",
        ),
    ]


def _headless(connection: Connection) -> list[str]:
    there = select(revisions.c.article_id).where(
        revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision
    )
    return list(connection.scalars(select(articles.c.id).where(~there.exists()).order_by(articles.c.id)))


def _orphans(connection: Connection) -> list[str]:
    there = select(articles.c.id).where(articles.c.id == revisions.c.article_id)
    query = select(revisions.c.article_id).where(~there.exists()).distinct().order_by(revisions.c.article_id)
    return list(connection.scalars(query))


def _pointless(connection: Connection) -> list[str]:
    there = select(articles.c.id).where(articles.c.id == urls.c.article_id)
    query = select(urls.c.url).where(urls.c.article_id.is_not(None), ~there.exists())
    return list(connection.scalars(query.order_by(urls.c.url)))


def _stale(connection: Connection) -> list[str]:
    now = datetime.now(UTC)  # leases are kept in real time, whatever --now says
    rows = connection.execute(select(leases.c.name, leases.c.holder, leases.c.expires_at)).all()
    gone = [row for row in rows if row.expires_at < now - _STALE or (row.holder and not is_alive(row.holder))]
    return sorted(row.name for row in gone)


def _damage(connection: Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        return []  # PostgreSQL's checksums are its own to verify (pg_amcheck)
    said = list(connection.scalars(text("PRAGMA quick_check(20)")))
    return [] if said == ["ok"] else [str(line) for line in said]


def _mend(connection: Connection, parts: dict[str, list[str]], now: datetime) -> None:
    for identity in parts["headless"]:
        newest = connection.scalar(select(func.max(revisions.c.number)).where(revisions.c.article_id == identity))
        if newest:
            values = {"revision": newest, "indexed_revision": 0, "changed_at": now}
            connection.execute(update(articles).where(articles.c.id == identity).values(**values))
        else:
            connection.execute(delete(articles).where(articles.c.id == identity))
            _look_again(connection, urls.c.article_id == identity, now)
    for url in parts["pointless"]:
        _look_again(connection, urls.c.url == url, now)
    for name in parts["stale"]:
        connection.execute(delete(leases).where(leases.c.name == name))


def _look_again(connection: Connection, where: object, now: datetime) -> None:
    values = {"article_id": None, "due_at": now, "fetched_at": None, "etag": None, "last_modified": None}
    connection.execute(update(urls).where(where).values(**values, payload_digest=None))  # type: ignore[arg-type]  # a clause
