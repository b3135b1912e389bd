"""The index against the state: the alias, and every document with its revision."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from elasticsearch import Elasticsearch
from sqlalchemy import Connection, select, update

from pipeline.errors import ConfigurationError, Unavailable
from pipeline.index import rollout, schema, writer
from pipeline.jobs import indexing
from pipeline.jobs.findings import REPAIR, Finding, found
from pipeline.jobs.indexing import Target
from pipeline.models import Source
from pipeline.settings import Settings
from pipeline.store import rollouts
from pipeline.store.database import Store
from pipeline.store.schema import articles

_PAGE = 2000
#: How often, and how many seconds apart, a document is sent that the engine still holds for deleted.
_TRIES, _TICK = 20, 0.3
_FIELDS = ("revision", "content_hash", "removed_at", "cluster_id", "url")


def audit(
    settings: Settings, store: Store, sources: Sequence[Source], now: datetime, *, repair: bool
) -> tuple[list[Finding], dict[str, int]]:
    """What is wrong with the index. Raises Unavailable when the engine is away."""
    client = indexing.search_client(settings)
    try:
        live = rollout.current(client, settings.index)
    except ConfigurationError as error:
        return found("alias", "problem with the alias", [str(error)], "see the message"), {}
    findings = _alias(settings, store, client, live)
    if live is None or not _is_ours(live):
        if not repair:
            return findings, {}
        live = None
    if repair and live is None and not findings_of_schema(findings):
        live = indexing.open_target(settings, store, now).index
        findings = [_mended(finding) for finding in findings]
    if live is None:
        return findings, {}
    return _documents(settings, store, sources, client, live, now, findings, repair=repair)


def findings_of_schema(findings: Sequence[Finding]) -> bool:
    """True when the live version is of another schema: only a rollout can mend that."""
    return any(finding.kind == "schema" for finding in findings)


def _mended(finding: Finding) -> Finding:
    return finding if finding.kind != "alias" else Finding(**{**_fields(finding), "repaired": True})


def _fields(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in Finding.__dataclass_fields__}


def _is_ours(index: str) -> bool:
    return f"-v{schema.SCHEMA}-" in index


def _alias(settings: Settings, store: Store, client: Elasticsearch, live: str | None) -> list[Finding]:
    with store.read() as connection:
        expected = rollouts.expected_index(connection)
        waiting = rollouts.unfinished(connection, settings.index)
        known = {item.version for item in rollouts.history(connection, settings.index)}
    findings: list[Finding] = []
    if live is None:
        findings += found(
            "alias", "alias names no index", [settings.index], f"{REPAIR} or the next crawl fills a new one"
        )
    elif not _is_ours(live):
        findings += found("schema", "version is of another schema than this Mecmua writes", [live], "mecmua reprocess")
    elif expected not in (None, f"{settings.index}/{live}") and waiting is None:
        findings += found(
            "other_index",
            "version is live that the state does not expect; all documents are sent to it",
            [f"{live}, expected {expected}"],
            "the next crawl does it",
        )
    if waiting:
        shown = [f"{waiting.version} ({waiting.phase})"]
        findings += found("rollout", "rollout is unfinished", shown, "mecmua reprocess goes on", wrong=False)
    strange = [
        version.index
        for version in rollout.versions(client, settings.index)
        if not version.current and version.index not in known and live and version.index > live
    ]
    return findings + found(
        "version", "versions nobody builds lie beside the live one", strange, "delete them", wrong=False
    )


# --- documents -------------------------------------------------------------------------------------------------------


def _documents(
    settings: Settings,
    store: Store,
    sources: Sequence[Source],
    client: Elasticsearch,
    live: str,
    now: datetime,
    findings: list[Finding],
    *,
    repair: bool,
) -> tuple[list[Finding], dict[str, int]]:
    writer.refresh(client, live)
    there = dict(_held(client, live))
    with store.read() as connection:
        wanted, pending = _expected(connection)
    suspects = sorted(
        name for name, row in wanted.items() if name not in pending and _differs(there.get(name), row) is not None
    )
    missing, older = _confirmed(store, client, live, suspects)
    unknown = [name for name in sorted(there.keys() - wanted.keys()) if not _is_known(store, name)]
    if repair:
        _mend(settings, store, sources, client, live, now, [*missing, *older], unknown)
    findings = [
        *findings,
        *found("missing_document", "articles have no document", missing, REPAIR, repaired=repair),
        *found("older_document", "documents are not as the state has them", older, REPAIR, repaired=repair),
        *found("unknown_document", "documents belong to no article", unknown, REPAIR, repaired=repair),
        *found(
            "pending", "articles wait to be indexed", sorted(pending), "the next crawl", wrong=False, repaired=repair
        ),
    ]
    return findings, {"documents": len(there)}


def _held(client: Elasticsearch, index: str) -> Iterator[tuple[str, dict[str, Any]]]:
    after: dict[str, Any] = {}
    while True:
        answer = client.search(
            index=index,
            query={"match_all": {}},
            size=_PAGE,
            sort=[{"id": "asc"}],
            source_includes=list(_FIELDS),
            track_total_hits=False,
            **after,
        )
        hits = answer["hits"]["hits"]
        yield from ((hit["_id"], hit["_source"]) for hit in hits)
        if not hits:
            return
        after = {"search_after": hits[-1]["sort"]}


def _expected(connection: Connection) -> tuple[dict[str, Any], set[str]]:
    columns = (
        articles.c.id,
        articles.c.url,
        articles.c.revision,
        articles.c.content_hash,
        articles.c.cluster_id,
        articles.c.removed_at,
        articles.c.indexed_revision,
    )
    rows = connection.execute(select(*columns).where(articles.c.merged_into.is_(None))).all()
    return {row.id: row for row in rows}, {row.id for row in rows if row.indexed_revision < row.revision}


def _differs(document: Mapping[str, Any] | None, row: Any) -> str | None:
    if document is None:
        return "missing"
    same = (
        document.get("revision") == row.revision
        and document.get("content_hash") == row.content_hash
        and document.get("cluster_id") == row.cluster_id
        and document.get("url") == row.url
        and (document.get("removed_at") is None) == (row.removed_at is None)
    )
    return None if same else "older"


def _confirmed(store: Store, client: Elasticsearch, live: str, suspects: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those that still differ when state and engine are asked again, by id: a crawl may be at work."""
    missing: list[str] = []
    older: list[str] = []
    for start in range(0, len(suspects), 400):
        chunk = list(suspects[start : start + 400])
        answer = client.mget(index=live, ids=chunk, source_includes=list(_FIELDS))["docs"]
        there = {hit["_id"]: hit["_source"] for hit in answer if hit.get("found")}
        with store.read() as connection:
            wanted, pending = _expected(connection)
        for name in chunk:
            said = _differs(there.get(name), wanted[name]) if name in wanted and name not in pending else None
            if said:
                (missing if said == "missing" else older).append(name)
    return missing, older


def _is_known(store: Store, name: str) -> bool:
    with store.read() as connection:
        query = select(articles.c.id).where(articles.c.id == name)
        merged = select(articles.c.merged_into).where(articles.c.id == name, articles.c.indexed_revision != -1)
        if connection.scalar(merged) is not None:
            return True  # its document leaves with the next flush
        return connection.scalar(query.where(articles.c.merged_into.is_(None))) is not None


@contextmanager
def _forgetful(client: Elasticsearch, live: str) -> Iterator[None]:
    """The engine remembers the version of a deleted document for a minute and refuses a lower one; not in here
    (`index.gc_deletes`)."""
    client.indices.put_settings(index=live, settings={"index.gc_deletes": "0s"})
    try:
        yield
    finally:
        client.indices.put_settings(index=live, settings={"index.gc_deletes": None})


def _mend(
    settings: Settings,
    store: Store,
    sources: Sequence[Source],
    client: Elasticsearch,
    live: str,
    now: datetime,
    again: Sequence[str],
    unknown: Sequence[str],
) -> None:
    """What differs is deleted (the engine would take a restored, older revision for stale) and sent anew, until it is
    there: the engine's clock for forgetting deletions ticks a few times a second."""
    target = Target(client, settings.index, live)
    known = {source.id: source for source in sources}
    with _forgetful(client, live):
        writer.delete(client, live, [*again, *unknown])
        left = list(again)
        for _ in range(_TRIES):
            writer.refresh(client, live)
            store.write(partial(_wake, ids=left))
            flushed = indexing.flush(store, target, known, now)
            if flushed.error:
                raise flushed.error
            left = [name for name in _absent(client, live, left) if name not in flushed.rejected]
            if not left:
                break
            time.sleep(_TICK)
    indexing.make_searchable(target)
    if left:
        raise Unavailable(
            f"search engine: {len(left)} documents are not taken back yet; run `mecmua doctor --repair` again"
        )


def _wake(connection: Connection, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), 400):
        chunk = articles.c.id.in_(ids[start : start + 400])
        connection.execute(update(articles).where(chunk).values(indexed_revision=0))


def _absent(client: Elasticsearch, live: str, ids: Sequence[str]) -> list[str]:
    """Those of these documents that the index does not hold."""
    found: list[str] = []
    for start in range(0, len(ids), 500):
        answer = client.mget(index=live, ids=list(ids[start : start + 500]), source=False)
        found += [document["_id"] for document in answer["docs"] if not document.get("found")]
    return found
