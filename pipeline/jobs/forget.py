"""Erasure: an article, or a whole source, leaves index, state and archive and is never fetched again.

The order makes every cut harmless: first the tombstones, which say what is to go and keep it from coming back; then the
index (what readers see), the archive, the state; the tombstones are closed last. A cut erasure goes on when it is asked
for again, or with `mecmua doctor --repair`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from sqlalchemy import Connection, select

from pipeline.errors import QueryError, Unavailable
from pipeline.fetch import erasure
from pipeline.fetch.erasure import Erased
from pipeline.fetch.spool import settle
from pipeline.index import rollout, writer
from pipeline.jobs import clusters, indexing, settling
from pipeline.jobs.holding import held
from pipeline.jobs.scrub import Doomed
from pipeline.models import Source, replace
from pipeline.settings import Settings
from pipeline.sources.scope import is_own_host
from pipeline.store import articles, attachments, erasing, forgotten, urls
from pipeline.store.database import Store, open_store
from pipeline.store.erasing import Traces
from pipeline.store.schema import articles as articles_table
from pipeline.store.schema import urls as urls_table
from pipeline.urls import article_id, canonical, twin_keys


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What an erasure took out. ``compacted`` False: SQLite's file was in use, so deleted rows may still be read in it
    until the next erasure or `VACUUM`."""

    target: str
    source: str
    articles: int
    documents: int
    records_dropped: int
    records_edited: int
    files_deleted: int = 0
    compacted: bool = True


def forget(settings: Settings, sources: Sequence[Source], target: str, reason: str, now: datetime) -> Forgotten:
    """Erase what a URL, an article's id or a source's id names; safe to repeat.

    Waits for a crawl of the same source to end. Raises QueryError when nothing goes by that name, Unavailable when
    engine or archive cannot be reached (what is left goes on later).
    """
    store = open_store(settings.state_url)
    try:
        with store.read() as connection:
            whole = _is_source(connection, sources, target)
            source = target if whole else _source_of(connection, sources, target)
        with held(store, f"source:{source}", what=f"work on {source}"):
            if whole:
                return _source(settings, store, source, reason, now)
            with store.read() as connection:
                found = _traces(connection, target)
            marks = {key: url for url in found.urls for key in (article_id(url), *_twins(url))}
            identity = found.ids[0] if found.ids else None
            store.write(lambda c: forgotten.add(c, source, marks, reason, now, article=identity))
            done = _erase(settings, store, source, target, found, tuple(marks), now)
            _show_again(settings, store, sources, source, now)
            return done
    finally:
        store.close()


def resume(settings: Settings, store: Store, now: datetime) -> list[Forgotten]:
    """Finish the erasures that were cut, and take out what endpoints brought into the archive again."""
    with store.read() as connection:
        waiting = forgotten.unfinished(connection)
    done = []
    for source in sorted({stone.source for stone in waiting}):
        stones = [stone for stone in waiting if stone.source == source]
        with held(store, f"source:{source}", what=f"work on {source}"):
            if any(stone.is_source for stone in stones):
                done.append(_source(settings, store, source, stones[0].reason, now))
                continue
            with store.read() as connection:
                ids = sorted({stone.article_id for stone in stones if stone.article_id})
                found = erasing.traces(connection, ids)
            keys = tuple(stone.key for stone in stones)
            done.append(_erase(settings, store, source, source, found, keys, now))
    return done


# --- what a name means -----------------------------------------------------------------------------------------------


def _is_source(connection: Connection, sources: Sequence[Source], target: str) -> bool:
    if any(source.id == target for source in sources):
        return True
    query = select(urls_table.c.key).where(urls_table.c.source == target).limit(1)
    return connection.scalar(query) is not None or forgotten.source(connection, target) is not None


def _source_of(connection: Connection, sources: Sequence[Source], target: str) -> str:
    found = _traces(connection, target)
    if found.ids:
        query = select(articles_table.c.source).where(articles_table.c.id == found.ids[0])
        if owner := connection.scalar(query):
            return str(owner)
    rows = urls.get(connection, [article_id(url) for url in found.urls])
    if rows:
        return next(iter(rows.values())).source
    known = [stone.source for stone in forgotten.listing(connection) if stone.key in map(article_id, found.urls)]
    owners = known or [source.id for source in sources for url in found.urls if is_own_host(source, url)]
    if not owners:
        raise QueryError(
            f"{target}: neither a source's id, nor an article's id or URL, nor an address of a known source"
        )
    return owners[0]


def _traces(connection: Connection, target: str) -> Traces:
    if articles.current(connection, target) is not None:
        return erasing.traces(connection, [target])
    url = canonical(target)
    if url is None:
        return Traces()
    identity = urls.article_of(connection, twin_keys(url))
    found = erasing.traces(connection, [identity]) if identity else Traces()
    rows = urls.get(connection, map(article_id, twin_keys(url))).values()  # of a PDF, which is no article
    further = [place for row in rows for place in (row.url, row.final_url) if place]
    return replace(found, urls=tuple(dict.fromkeys((url, *further, *found.urls))))


def _twins(url: str) -> tuple[str, ...]:
    return forgotten.keys_of(url)


# --- one article -----------------------------------------------------------------------------------------------------


def _erase(
    settings: Settings, store: Store, source: str, target: str, found: Traces, keys: tuple[str, ...], now: datetime
) -> Forgotten:
    client = indexing.search_client(settings)
    settling.settle(client, store)
    with store.read() as connection:  # articles that stay, without the PDFs that go
        owners = [owner for owner in attachments.of(connection, keys) if owner not in found.ids]
    documents = _from_index(client, settings.index, found.ids)
    _from_index(client, settings.index, owners)
    taken = _from_archive(settings, source, Doomed(frozenset(keys), found.posts, found.records), now)

    def remove(connection: Connection) -> None:
        for identity in found.ids:
            clusters.leave(connection, identity, now)
        erasing.strip(connection, keys, now)
        erasing.remove_articles(connection, found.ids, found.urls, keys)

    store.write(remove)
    _from_index(client, settings.index, found.ids)  # whoever wrote it in between did so before it left the state
    store.write(lambda connection: forgotten.finish(connection, keys, now))
    return Forgotten(
        target,
        source,
        len(found.ids),
        documents,
        taken.dropped,
        taken.edited,
        compacted=erasing.compact(store),
    )


def _show_again(settings: Settings, store: Store, sources: Sequence[Source], source: str, now: datetime) -> None:
    """Write the documents of articles that lost a PDF; should the engine be away now, the next crawl writes them."""
    with contextlib.suppress(Unavailable):
        target = indexing.open_target(settings, store, now)
        indexing.flush(store, target, {one.id: one for one in sources}, now, only=[source])
        indexing.make_searchable(target)


def _from_index(client: Elasticsearch, alias: str, ids: Sequence[str]) -> int:
    """Out of every version, also those kept for going back; the most that one of them held."""
    deleted = 0
    for version in rollout.versions(client, alias):
        gone = writer.delete(client, version.index, ids)
        deleted = max(deleted, gone)
        if gone:
            writer.refresh(client, version.index)
            # a deleted document stays in its segment until that is merged
            client.options(request_timeout=300).indices.forcemerge(index=version.index, only_expunge_deletes=True)
    return deleted


def _from_archive(settings: Settings, source: str, doomed: Doomed, now: datetime) -> Erased:
    settle(settings.spool, settings.archive)
    total = Erased()
    for name in erasure.files_of(source, settings.spool, settings.archive):
        total += erasure.erase(name, settings.spool, settings.archive, doomed.decide, now)
    return total


# --- a whole source --------------------------------------------------------------------------------------------------


def _source(settings: Settings, store: Store, source: str, reason: str, now: datetime) -> Forgotten:
    marks: dict[str, str | None] = {forgotten.source_key(source): None}
    store.write(lambda connection: forgotten.add(connection, source, marks, reason, now))
    with store.read() as connection:
        ids = erasing.ids_of(connection, source)
    client = indexing.search_client(settings)
    settling.settle(client, store)
    documents = 0
    for version in rollout.versions(client, settings.index):
        held_there = [*ids, *_ids_in(client, version.index, source)]
        documents = max(documents, _from_index(client, settings.index, list(dict.fromkeys(held_there))))
    settle(settings.spool, settings.archive)
    names = erasure.files_of(source, settings.spool, settings.archive)
    for name in names:
        erasure.delete(name, settings.spool, settings.archive)

    def remove(connection: Connection) -> None:
        for identity in ids:
            clusters.leave(connection, identity, now)
        erasing.remove_source(connection, source)
        forgotten.finish(connection, list(marks), now)

    store.write(remove)
    return Forgotten(source, source, len(ids), documents, 0, 0, len(names), compacted=erasing.compact(store))


def _ids_in(client: Elasticsearch, index: str, source: str) -> Iterator[str]:
    after: dict[str, Any] = {}
    while True:
        query = {"term": {"source": source}}
        answer = client.search(index=index, query=query, size=1000, sort=[{"id": "asc"}], source=False, **after)
        hits = answer["hits"]["hits"]
        yield from (hit["_id"] for hit in hits)
        if not hits:
            return
        after = {"search_after": hits[-1]["sort"]}
