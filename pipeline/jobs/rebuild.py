"""Write the documents of an index version that it does not hold as the state has them now, from pages read again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from elasticsearch import Elasticsearch
from sqlalchemy import Connection, select

from pipeline.errors import Unavailable
from pipeline.extract import documents
from pipeline.extract.template import Template
from pipeline.index import schema, writer
from pipeline.jobs import progress
from pipeline.jobs.pages import is_listed
from pipeline.jobs.workers import Archive, PageTask, PdfTask, Workers
from pipeline.models import (
    EXTRACTOR_VERSION,
    Article,
    Attachment,
    Extraction,
    Known,
    Revision,
    Source,
    pack,
    replace,
    unpack,
)
from pipeline.store import articles, attachments, rollouts, urls
from pipeline.store.database import Store
from pipeline.store.rollouts import Rebuilt, Rollout
from pipeline.store.schema import articles as articles_table
from pipeline.store.urls import UrlRow

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Site:
    """What every pass works with."""

    store: Store
    client: Elasticsearch
    sources: Mapping[str, Source]
    archive: Archive
    now: datetime
    report: progress.Report
    templates: Mapping[str, tuple[Template, ...]] = field(default_factory=dict)  # by source, newest first


@dataclass(frozen=True, slots=True)
class _Item:
    """An article as the state has it now, with what this version holds of it."""

    known: Known
    revision: Revision
    changed_at: datetime
    row: UrlRow | None
    held: Rebuilt | None
    uploads: frozenset[str]  # keys of its PDFs that its page need not link


@dataclass(frozen=True, slots=True)
class _Reading:
    """What becomes of an article in this version. ``article`` None: the stored one stands."""

    item: _Item
    article: Article | None = None
    problem: str | None = None
    template: int = 0


class Pass:
    """One pass: pages are read in worker processes while the batch before is written."""

    def __init__(self, site: Site, building: Rollout, workers: Workers) -> None:
        self._site = site
        self._building = building
        self._siteers = workers
        self._again = frozenset(building.sources) & site.sources.keys()

    async def run(self) -> int:
        """How many documents were written. Raises Unavailable."""
        after, done = "", 0
        total = await self._read(lambda c: rollouts.count_pending(c, self._building.version))
        writing: asyncio.Task[None] | None = None
        try:
            while ids := await self._read(partial(self._pending, after=after)):
                after = ids[-1]
                items = await self._read(partial(self._items, ids=ids))
                readings = list(await asyncio.gather(*map(self._reading, items)))
                if writing:
                    await writing
                writing = asyncio.create_task(asyncio.to_thread(self._write, readings))
                done += len(ids)
                self._site.report(self._building.version, "documents", done, max(total, done))
        finally:
            if writing:
                await writing
        return done

    def _pending(self, connection: Connection, after: str) -> list[str]:
        return rollouts.pending(connection, self._building.version, _BATCH, after=after)

    async def _read(self, action: Callable[[Connection], Any]) -> Any:
        return await asyncio.to_thread(self._read_now, action)

    def _read_now(self, action: Callable[[Connection], Any]) -> Any:
        with self._site.store.read() as connection:
            return action(connection)

    def _items(self, connection: Connection, ids: Sequence[str]) -> list[_Item]:
        found = (self._item(connection, identity) for identity in ids)
        return [item for item in found if item]

    def _item(self, connection: Connection, identity: str) -> _Item | None:
        changed_at = connection.scalar(select(articles_table.c.changed_at).where(articles_table.c.id == identity))
        known = articles.known(connection, self._site.sources, identity)
        revision = articles.current(connection, identity)
        if changed_at is None or known is None or revision is None:
            return None
        row = urls.read_from(connection, identity, revision.record)
        held_now = rollouts.written(connection, self._building.version, identity)
        return _Item(known, revision, changed_at, row, held_now, attachments.uploads(connection, identity))

    async def _reading(self, item: _Item) -> _Reading:
        """Read an article's page again where that is wanted and was not done yet."""
        held_now = item.held
        if held_now and held_now.number == item.revision.number and not (held_now.problem or "").startswith("index:"):
            if held_now.applied or held_now.article is None:
                return _Reading(item, None, held_now.problem)
            held_article: Article = unpack(Article, held_now.article)
            if _records(held_article) >= _records(item.revision.article):  # else a PDF came meanwhile
                return _Reading(item, held_article, template=held_now.template_version or 0)
        if item.known.source not in self._again or item.revision.record is None:
            return _Reading(item)
        if item.row is not None and _is_awaited(item.row):
            return _Reading(item)  # the next crawl reads its page; a change of it must become a revision
        return await self._read_again(item)

    async def _read_again(self, item: _Item) -> _Reading:
        try:
            result = await self._siteers.read_page(self._task(item))
        except Unavailable as error:
            return _Reading(item, problem=f"archive: {error}")
        if result.rejected:
            return _Reading(item, problem=f"{result.rejected}: {result.detail}")
        extraction: Extraction = unpack(Extraction, result.extraction)
        if extraction.not_article:
            return _Reading(item, problem=f"{extraction.not_article}: it was an article when it was read first")
        article = documents.carried(extraction.article, item.revision.article.attachments, item.uploads)
        whole = replace(await self._pdfs_again(article), url=item.revision.article.url)
        return _Reading(item, whole, template=extraction.template)

    async def _pdfs_again(self, article: Article) -> Article:
        """The article with its PDFs read again, each by itself; one that cannot be read stays as it was."""
        for held in article.attachments:
            if held.record is None or not held.pages:
                continue
            try:
                result = await self._siteers.read_pdf(PdfTask(held.url, self._site.archive, held.record))
            except Unavailable:
                continue
            if not result.rejected:
                found: Attachment = unpack(Attachment, result.attachment)
                truncated = {"truncated"} & set(held.flags)  # known when it was fetched
                flags = tuple(sorted({*found.flags, *truncated}))
                article = documents.with_attachment(article, replace(found, flags=flags, problem=held.problem))
        return article

    def _task(self, item: _Item) -> PageTask:
        row, revision = item.row, item.revision
        rest = row.rest if row else None
        alone = rest is not None and rest.record == revision.record  # a post whose page was never fetched
        return PageTask(
            url=revision.article.url,
            source=self._site.sources[item.known.source],
            archive=self._site.archive,
            record=None if alone else revision.record,
            rest=rest,
            now=revision.seen_at,  # not today: what a page says must not depend on when it is read again
            published=row.published_hint if row else None,
            kind=row.kind_hint if row else None,  # type: ignore[arg-type]  # the column only ever held a Kind
            listed=row is not None and is_listed(self._site.sources[item.known.source], row.found_in),
            truncated=row.truncated if row and row.page == revision.record else False,
            templates=self._site.templates.get(item.known.source, ()),
            parts=revision.article.part_records,
        )

    # --- writing, in a thread ----------------------------------------------------------------------------------------

    def _write(self, readings: Sequence[_Reading]) -> None:
        """Documents first, then their rows: a row is the engine's word. Raises Unavailable."""
        documents = [schema.document(one.item.known, self._revised(one), self._site.now) for one in readings]
        result = writer.write(self._site.client, self._building.version, documents)
        if result.error:
            raise result.error
        refused = {
            rejection.id: f"{rollouts.REFUSED}{rejection.reason}: {rejection.detail}" for rejection in result.rejected
        }
        rows = [_row(one, self._revised(one), refused.get(one.item.known.id)) for one in readings]
        gone = self._site.store.write(lambda c: rollouts.record(c, self._building.version, rows))
        if gone:  # erased or merged while they were on their way
            writer.delete(self._site.client, self._building.version, gone)

    def _revised(self, reading: _Reading) -> Revision:
        revision, article = reading.item.revision, reading.article
        if article is None:
            return revision
        return replace(
            revision,
            article=article,
            content_hash=article.content_hash,
            extractor_version=EXTRACTOR_VERSION,
            template_version=reading.template,
        )


def _records(article: Article) -> set[str]:
    """The records that an article's PDFs were read from."""
    return {each.record.record_id for each in article.attachments if each.record}


def _is_awaited(row: UrlRow) -> bool:
    """True when fetched bytes, or a post that its site changed, wait for the next crawl."""
    changed = row.modified_hint is not None and (row.modified_read is None or row.modified_hint > row.modified_read)
    return row.unread or (row.rest is not None and changed)


def _row(reading: _Reading, revised: Revision, refused: str | None) -> Rebuilt:
    article = reading.article
    return Rebuilt(
        article_id=reading.item.known.id,
        number=revised.number,
        changed_at=reading.item.changed_at,
        problem=refused or reading.problem,
        content_hash=article.content_hash if article else None,
        extractor_version=revised.extractor_version if article else None,
        template_version=revised.template_version if article else None,
        article=pack(article) if article else None,
    )
