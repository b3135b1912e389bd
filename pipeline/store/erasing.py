"""Take articles, or a whole source, out of the state."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from pipeline.models import replace
from pipeline.store import articles as article_store
from pipeline.store import attachments
from pipeline.store import urls as url_store
from pipeline.store.database import Store
from pipeline.store.schema import articles, endpoints, media, metadata, quarantine, urls
from pipeline.store.schema import attachments as attachments_table
from pipeline.urls import article_id

_IN_CHUNK = 400
#: Columns by which a table's rows belong to an article.
_OWNERS = ("article_id", "other_id", "document_id")


@dataclass(frozen=True, slots=True)
class Traces:
    """Where state and archive hold something of some articles: their ids, URLs, numbers of WordPress posts, and the
    WARC records of their further pages."""

    ids: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    posts: frozenset[int] = frozenset()
    records: frozenset[str] = frozenset()


def traces(connection: Connection, ids: Sequence[str]) -> Traces:
    """All that belongs to these articles, and to those that were merged into them."""
    merged = connection.scalars(select(articles.c.id).where(articles.c.merged_into.in_(ids)))
    everything = tuple(dict.fromkeys((*ids, *merged)))
    rows = connection.execute(
        select(urls.c.url, urls.c.final_url, urls.c.rest_post).where(urls.c.article_id.in_(everything))
    ).all()
    named = [url for row in rows for url in (row.url, row.final_url) if url]
    now_at = connection.scalars(select(articles.c.url).where(articles.c.id.in_(everything)))
    past = [revision for one in everything for revision in article_store.history(connection, one)]
    pdfs = {url for revision in past for url in revision.article.pdfs}
    attached = [link.key for one in everything for link in attachments.of_article(connection, one)]
    rows_of_pdfs = [
        row
        for row in url_store.get(connection, (*attached, *map(article_id, pdfs))).values()
        if row.article_id in (None, *everything) and set(attachments.of(connection, [row.key])) <= set(everything)
    ]
    unknown = [url for url in pdfs if not url_store.get(connection, [article_id(url)])]
    own = [url for row in rows_of_pdfs for url in (row.url, row.final_url) if url] + unknown
    # first pages are found by their URLs: their record may be a REST list, which holds others' posts too
    parts = {part.record_id for revision in past for part in revision.article.part_records}
    kept = {row.url for row in rows_of_pdfs}
    parts |= {
        each.record.record_id
        for revision in past
        for each in revision.article.attachments
        if each.record and each.url in kept
    }
    return Traces(
        everything,
        tuple(dict.fromkeys((*named, *now_at, *sorted(own)))),
        frozenset(row.rest_post for row in rows if row.rest_post),
        frozenset(parts),
    )


def strip(connection: Connection, keys: Sequence[str], now: datetime) -> list[str]:
    """Take PDFs out of all revisions of the articles that they belong to; the ids of these, which are pending then."""
    owners = attachments.of(connection, keys)
    for identity in owners:
        for revision in article_store.history(connection, identity):
            article = revision.article
            left = tuple(each for each in article.attachments if article_id(each.url) not in keys)
            pdfs = tuple(url for url in article.pdfs if article_id(url) not in keys)
            stripped = replace(article, attachments=left, pdfs=pdfs)
            if stripped != article:
                article_store.amend(connection, identity, revision.number, stripped)
    article_store.mark_pending(connection, owners, now)
    return owners


def ids_of(connection: Connection, source: str) -> list[str]:
    """All articles of a source, merged ones too."""
    return list(connection.scalars(select(articles.c.id).where(articles.c.source == source)))


def remove_articles(connection: Connection, ids: Sequence[str], addresses: Sequence[str], keys: Sequence[str]) -> None:
    """Delete every row that belongs to these articles, or that names these URLs (``keys``: their keys)."""
    for chunk in _chunks(ids):
        for table in metadata.tables.values():
            for name in _OWNERS:
                if name in table.c and table.name != "forgotten":
                    connection.execute(delete(table).where(table.c[name].in_(chunk)))
        connection.execute(delete(articles).where(articles.c.id.in_(chunk)))
    for chunk in _chunks(keys):
        for table in (urls, attachments_table, media):
            connection.execute(delete(table).where(table.c.key.in_(chunk)))
    for chunk in _chunks(addresses):
        connection.execute(delete(quarantine).where(quarantine.c.url.in_(chunk)))
    _empty_digests(connection, set(ids))


def _empty_digests(connection: Connection, ids: set[str]) -> None:
    """Digests of saved searches hold titles: what is in them of erased articles goes too."""
    digests = metadata.tables.get("alert_digests")
    if digests is None:
        return
    for row in connection.execute(select(digests.c.id, digests.c.entries)).all():
        left = [entry for entry in row.entries if not (isinstance(entry, dict) and entry.get("id") in ids)]
        if len(left) != len(row.entries):
            connection.execute(update(digests).where(digests.c.id == row.id).values(entries=left))


def remove_source(connection: Connection, source: str) -> None:
    """Delete every row of a source but its tombstones."""
    remove_articles(connection, ids_of(connection, source), (), ())
    for table in (urls, endpoints, quarantine, articles, media):
        connection.execute(delete(table).where(table.c.source == source))


def compact(store: Store) -> bool:
    """Leave nothing readable of deleted rows in SQLite's file; False when others use it just now. PostgreSQL's
    autovacuum does the like."""
    if store.engine.dialect.name != "sqlite":
        return True
    raw = store.engine.raw_connection()  # SQLAlchemy's own would begin a transaction, in which VACUUM is refused
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        row = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.close()
        return not row[0]
    except sqlite3.Error:  # another process is at it
        return False
    finally:
        raw.close()


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _IN_CHUNK):
        yield values[start : start + _IN_CHUNK]
