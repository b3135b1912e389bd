"""Learn a source's template from a sample of its archived pages, before the first of them is read.

The sample is chosen by URL hash, so that neither the order of arrival nor a crash decides what is learned. While every
page comes with its REST post nothing is learned: REST says what a page only shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from pipeline.extract import template
from pipeline.extract.template import FEWEST, Template
from pipeline.jobs.ledger import Ledger
from pipeline.jobs.pages import Pages
from pipeline.jobs.workers import Archive, LearnTask, Workers
from pipeline.models import Source, pack, replace, unpack
from pipeline.store import templates, urls
from pipeline.store.database import Store
from pipeline.store.urls import UrlRow
from pipeline.urls import is_pdf

#: A template of fewer pages is learned anew when the source has so many times as many.
_GROWTH = 3


async def template_of(
    source: Source,
    rows: Sequence[UrlRow],
    pages: Pages,
    ledger: Ledger,
    workers: Workers,
    archive: Archive,
    now: datetime,
) -> Template | None:
    """The template to read these rows with: the stored one, else one learned now, its sample fetched first.

    None when there are too few pages to learn from.
    """
    known = await stored(ledger, source)
    bare = [row for row in rows if row.rest is None and not is_pdf(row.url)]
    archived = [row for row in await ledger.read(lambda c: urls.archived(c, source.id)) if not is_pdf(row.url)]
    candidates = {row.url: row for row in (*bare, *archived)}
    enough = FEWEST if known is None else max(FEWEST, known.pages * _GROWTH)
    if len(bare) < FEWEST or len(candidates) < enough or (known and known.pages >= template.SAMPLE):
        return known
    sample = template.sample(candidates)
    await pages.fetch([candidates[url] for url in sample if candidates[url].page is None])
    chosen = set(sample)
    ready = [row for row in await ledger.read(lambda c: urls.archived(c, source.id)) if row.url in chosen]
    task = LearnTask(source, archive, tuple((row.final_url or row.url, row.page) for row in ready if row.page))
    learned = await workers.learn(task)
    if learned.pages < FEWEST:
        return known
    version = await ledger.write(lambda c: templates.add(c, source.id, pack(learned), now))
    return replace(learned, version=version)


async def stored(ledger: Ledger, source: Source) -> Template | None:
    """The newest template that was learned for a source."""
    return await asyncio.to_thread(read_stored, ledger.store, source.id)


def read_stored(store: Store, source: str) -> Template | None:
    """The newest template that was learned for a source."""
    with store.read() as connection:
        found = templates.latest(connection, source)
    if found is None:
        return None
    version, packed = found
    known: Template = unpack(Template, packed)
    return replace(known, version=version)
