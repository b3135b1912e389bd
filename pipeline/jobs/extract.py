"""One page to one article, for a person who wants to see what extraction makes of it."""

from __future__ import annotations

import asyncio
import mimetypes
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from pipeline.errors import ConfigurationError, Unavailable
from pipeline.extract.html import explained, extract
from pipeline.extract.template import Template
from pipeline.fetch.archive import read_page
from pipeline.fetch.browser import manner_of
from pipeline.fetch.client import Client
from pipeline.fetch.lanes import Lanes
from pipeline.fetch.spool import Spool
from pipeline.jobs.templates import read_stored
from pipeline.models import Page, Request, Source, dump
from pipeline.settings import Settings
from pipeline.sources.scope import is_own_host
from pipeline.store.database import open_store
from pipeline.urls import canonical


def read(
    page: Page, sources: Sequence[Source], now: datetime, settings: Settings, *, explain: bool = False
) -> dict[str, object]:
    """The article on a page as JSON types, read as a crawl would, with the templates that were learned of its source;
    with `explain`, also what was removed and where each field came from. Raises Rejected."""
    source = source_for(page.url, sources)
    known = _templates_of(source, settings)
    answer: dict[str, object] = dump(extract(page, source, now=now, templates=known).article)
    if explain:
        answer["explain"] = {"source": source.id, **explained(page, source, now=now, templates=known)}
    return answer


def _templates_of(source: Source, settings: Settings) -> Sequence[Template]:
    """The source's templates; none where nothing was crawled yet, or the state is away: a page can be read alone."""
    if not settings.has_state:
        return ()
    try:
        store = open_store(settings.state_url)
    except Unavailable:
        return ()
    try:
        return read_stored(store, source.id)
    finally:
        store.close()


def source_for(url: str, sources: Sequence[Source]) -> Source:
    """The catalogue's source that a URL belongs to, else a nameless one without rules."""
    known = next((source for source in sources if is_own_host(source, url)), None)
    parts = urlsplit(url)
    return known or Source(
        id="page", name=parts.hostname or "page", homepage=f"{parts.scheme}://{parts.netloc}", endpoints=()
    )


def from_file(path: Path, url: str | None, content_type: str | None) -> Page:
    """A page from a file. Raises ConfigurationError when it cannot be read."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    kind = content_type or mimetypes.guess_type(path.name.removesuffix(".gz"))[0] or "text/html"
    return Page(url=url or f"http://localhost/{quote(path.name)}", body=body, content_type=kind)


def from_web(url: str, settings: Settings, sources: Sequence[Source] = ()) -> Page:
    """A page from the web, under all the rules of a crawl (robots.txt, guard, lanes, the pace of its source and the
    browser that it may need); nothing of it is kept.

    Raises Rejected and Unavailable, ConfigurationError for what is no web address.
    """
    address = canonical(url)
    if address is None:
        raise ConfigurationError(f"{url}: neither a file nor a web address")
    return asyncio.run(_fetch(address, settings, source_for(address, sources)))


async def _fetch(url: str, settings: Settings, source: Source) -> Page:
    store = open_store(settings.state_url)
    try:
        with tempfile.TemporaryDirectory(prefix="mecmua-") as folder:
            spool = Spool(Path(folder), "page", settings.agent)
            async with Client(settings, Lanes(store), lambda: datetime.now(UTC)) as client:
                response = await client.get(Request(url), spool, delay=source.crawl_delay, manner=manner_of(source))
            if response.record is None or response.status != 200:
                raise Unavailable(f"{url}: HTTP {response.status}")
            page = read_page(response.record, Path(folder), folder)
            return Page(response.final_url, page.body, page.content_type, page.status, page.headers, page.fetched_at)
    finally:
        store.close()
