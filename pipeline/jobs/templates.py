"""Learn a source's template from a sample of its archived pages, before the first of them is read, and again when its
layout changes.

The sample is chosen by URL hash, so that neither the order of arrival nor a crash decides what is learned. While every
page comes with its REST post nothing is learned: REST says what a page only shows. Older templates are kept: a page
that was archived in an older layout is read with the template of that time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from pipeline.extract import documents, template
from pipeline.extract.template import FEWEST, Template
from pipeline.jobs import clusters
from pipeline.jobs.ledger import Ledger
from pipeline.jobs.pages import Pages, twins_last
from pipeline.jobs.workers import Archive, LearnTask, Workers
from pipeline.models import Extraction, Revision, Source, pack, replace, unpack
from pipeline.store import articles, attachments, templates, urls
from pipeline.store.database import Store
from pipeline.store.urls import UrlRow
from pipeline.urls import is_pdf

#: A template of fewer pages is learned anew when the source has so many times as many.
_GROWTH = 3
#: A layout is looked at on so many pages a night; so many layouts of a source are remembered.
_LOOKED_AT, _LAYOUTS = 8, 5


async def templates_of(
    source: Source,
    rows: Sequence[UrlRow],
    pages: Pages,
    ledger: Ledger,
    workers: Workers,
    archive: Archive,
    now: datetime,
) -> tuple[Template, ...]:
    """The templates to read these rows with, newest first: the stored ones, and one learned now where there was none,
    where the source has grown, or where its layout changed. The pages of its sample are fetched first, unless this run
    only reads the archive; give no more rows than it may fetch.

    What was read alone, or with a template of fewer pages, is read again with the new one. () when there are too few.
    """
    known = await asyncio.to_thread(read_stored, ledger.store, source.id)
    due = [row for row in twins_last(rows)[0] if row.rest is None and not is_pdf(row.url)]
    bare = {row.url: row for row in due if pages.fetches or row.page}
    learning = _Learning(source, bare, pages, ledger, workers, archive, now)
    if not bare:
        return known
    return await (learning.renewed(known) if known and _says_something(known[0]) else learning.first(known))


def _says_something(known: Template) -> bool:
    return bool(known.body or known.title or known.furniture)


class _Learning:
    """What one run learns of one source. ``bare``: the pages due in it, and to be had, that no REST post comes with, by
    URL."""

    def __init__(
        self,
        source: Source,
        bare: Mapping[str, UrlRow],
        pages: Pages,
        ledger: Ledger,
        workers: Workers,
        archive: Archive,
        now: datetime,
    ) -> None:
        self.source = source
        self.bare = bare
        self.pages = pages
        self.ledger = ledger
        self.workers = workers
        self.archive = archive
        self.now = now

    async def first(self, known: tuple[Template, ...]) -> tuple[Template, ...]:
        """With a template learned from all that is archived or due, where that is enough."""
        candidates = {row.url: row for row in (*self.bare.values(), *await self._archived())}
        without_rest = sum(row.rest is None for row in candidates.values())
        enough = max(FEWEST, known[0].pages * _GROWTH) if known else FEWEST
        if without_rest < FEWEST or len(candidates) < enough or (known and known[0].pages >= template.SAMPLE):
            return known
        chosen = template.sample(candidates)
        await self.pages.fetch([candidates[url] for url in chosen if candidates[url].page is None])
        ready = await self._archived()
        learned = await self.workers.learn(self._task([row for row in ready if row.url in set(chosen)]))
        every = await self._with(learned, known)
        if every != known:
            await self._read_again([row for row in ready if row.rest is None and not row.unread], every)
        return every

    async def renewed(self, known: tuple[Template, ...]) -> tuple[Template, ...]:
        """With a template learned from what was archived since the newest one was, where that fits none of them."""
        since = await self.ledger.read(lambda c: templates.latest(c, self.source.id, 1)[0].learned_at)
        fresh = await self._fetched_since(since, _LOOKED_AT)
        if not any(row.unread for row in fresh):
            return known
        if not await self.workers.are_strangers(self._task(fresh[:_LOOKED_AT], known)):
            return known if known[0].pages >= template.SAMPLE else await self.first(known)
        fresh = await self._fetched_since(since, template.SAMPLE)
        learned = await self.workers.learn(self._task(fresh, known))
        every = await self._with(learned, known) if _says_something(learned) else known
        if every != known:
            await self._read_again([row for row in fresh if not row.unread], every)
        return every

    async def _fetched_since(self, since: datetime, size: int) -> list[UrlRow]:
        """The pages that came into the archive since then, newest first, after a sample of those due was fetched."""
        await self.pages.fetch([self.bare[url] for url in template.sample(self.bare, size)])
        every = [(row.fetched_at or since, row.key, row) for row in await self._archived() if row.rest is None]
        fresh = sorted((item for item in every if item[0] > since), key=lambda item: item[:2], reverse=True)
        return [row for _, _, row in fresh[: template.SAMPLE]]

    async def _archived(self) -> list[UrlRow]:
        rows = await self.ledger.read(lambda c: urls.archived(c, self.source.id))
        return [row for row in rows if not is_pdf(row.url)]

    def _task(self, rows: Sequence[UrlRow], known: tuple[Template, ...] = ()) -> LearnTask:
        pages = tuple((row.final_url or row.url, row.page) for row in rows if row.page)
        return LearnTask(self.source, self.archive, pages, known)

    async def _with(self, learned: Template, known: tuple[Template, ...]) -> tuple[Template, ...]:
        if learned.pages < FEWEST:
            return known
        version = await self.ledger.write(lambda c: templates.add(c, self.source.id, pack(learned), self.now))
        return (replace(learned, version=version), *known)[:_LAYOUTS]

    async def _read_again(self, rows: Sequence[UrlRow], every: tuple[Template, ...]) -> None:
        """Read again what was read while less was known of its layout: the same revision, for the page is the same."""
        for row in rows:
            known = await self.ledger.read(partial(articles.current, article=row.article_id or row.key))
            if known is None or known.record != row.page:
                continue
            task = replace(self.pages.task(row, None), templates=every, parts=known.article.part_records)
            result = await self.workers.read_page(replace(task, now=known.seen_at))
            found: Extraction | None = None if result.rejected else unpack(Extraction, result.extraction)
            if found and found.not_article is None and found.template != known.template_version:
                await self.ledger.write(partial(self._amend, known=known, found=found))

    def _amend(self, connection: Connection, known: Revision, found: Extraction) -> None:
        uploads = attachments.uploads(connection, known.article_id)
        article = documents.carried(found.article, known.article.attachments, uploads)
        article = replace(article, url=known.article.url)
        articles.reread(connection, known, article, found.template, self.now)
        clusters.cluster(connection, known.article_id, article, None, self.now)


def read_stored(store: Store, source: str) -> tuple[Template, ...]:
    """The templates that were learned for a source, newest first."""
    with store.read() as connection:
        found = templates.latest(connection, source, _LAYOUTS)
    return tuple(replace(unpack(Template, one.packed), version=one.version) for one in found)
