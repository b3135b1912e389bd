"""A rollout of archived pages and those who are at work meanwhile: a writer who revises, a reader who asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from elasticsearch import Elasticsearch
from sqlalchemy import select

from pipeline.index import dialect, rollout, writer
from pipeline.jobs import indexing
from pipeline.models import Article, Source
from pipeline.settings import Settings
from pipeline.sources.registry import load_sources
from pipeline.store import articles, rollouts
from pipeline.store.articles import Sight
from pipeline.store.database import Store, open_store
from pipeline.store.schema import articles as articles_table
from tests.integration.archived import OLD, SEEN
from tests.integration.runs import Mecmua, source_file
from tests.integration.site import add_articles, serving


class Home:
    """One installation with an archive and an index of its own."""

    def __init__(self, folder: Path, engine_url: str, name: str) -> None:
        self.mecmua = Mecmua(folder / "home", engine_url, name)
        self.settings = Settings(home=folder / "home", elasticsearch_url=engine_url, index=name, workers=2)
        self.catalogue = folder / "sources"
        self.store: Store = open_store(self.settings.state_url)
        self.client: Elasticsearch = dialect.connect(self.settings, engine_url)

    def source(self, name: str = "site", url: str = "http://ornek.example") -> Path:
        return source_file(self.catalogue, name, url, [{"type": "sitemap", "url": f"{url}/sitemap.xml"}])

    @property
    def sources(self) -> tuple[Source, ...]:
        return load_sources(self.catalogue)

    def index_all(self) -> str:
        """Write what is pending to the live version; its name."""
        target = indexing.open_target(self.settings, self.store, SEEN)
        assert indexing.flush(self.store, target, {s.id: s for s in self.sources}, SEEN).error is None
        indexing.make_searchable(target)
        return target.index

    def texts(self) -> dict[str, str]:
        return {document["id"]: document["text"] for document in self.mecmua.documents()}

    def close(self) -> None:
        self.store.close()
        for version in rollout.versions(self.client, self.settings.index):
            self.client.indices.delete(index=version.index)
        self.client.close()


def allow(home: Home, text: str = "words: 100\n") -> None:
    """A gate for pages whose old text was made up: its length says nothing."""
    (home.settings.home / "gate.yaml").write_text(text)


@dataclass(frozen=True)
class Done:
    """A rollout that was built while others were at work."""

    pages: int
    crawled: tuple[str, ...]
    revised: frozenset[str]
    seconds: float
    watch: Watch


def rebuild_at_work(home: Home, pages: int, news: int, *, delay: float) -> Done:
    """Read `pages` archived pages again in one process while another crawls `news` new ones (`delay` seconds each),
    this one revises an article every 50 ms, and a thread of it asks. AssertionError where one of them fails."""
    watch = Watch(home, pages)
    with serving() as site:
        crawled = add_articles(site, news, delay=delay)
        home.source("news", site.url)
        watch.start()
        crawl = home.mecmua.start("crawl", "news", "--sources", str(home.catalogue))
        began = time.monotonic()
        build = home.mecmua.start("reprocess", "--sources", str(home.catalogue), "--json")
        revised = _revise(home, lambda: build.poll() is not None, pages // 2)
        seconds = time.monotonic() - began
        said, _ = build.communicate()
        assert build.returncode == 0, said
        crawl.communicate(timeout=600)
        assert crawl.returncode == 0
    home.mecmua.run("crawl", "news", "--stage", "index", "--sources", str(home.catalogue))
    watch.stop()
    return Done(pages, tuple(crawled), frozenset(revised), seconds, watch)


def problems(home: Home, done: Done) -> list[str]:
    """What is not as it must be afterwards: a document missing or too many, a change lost, an old text left."""
    documents = {document["url"]: document for document in home.mecmua.documents()}
    found = [*done.watch.problems]
    found += [f"{len(documents)} documents"] if len(documents) != done.pages + len(done.crawled) else []
    found += [f"missing: {url}" for url in (*done.crawled, *done.revised) if url not in documents]
    for url, document in documents.items():
        wanted = (2, "yeni hâli") if url in done.revised else (1, document["text"])
        if (document["revision"], document["text"]) != wanted or OLD in document["text"]:
            found.append(f"{url}: revision {document['revision']}, {document['text'][:60]}")
    with home.store.read() as connection:
        waiting = rollouts.count_outbox(connection)
    return [*found, *([f"{waiting} articles wait"] if waiting else [])]


def _revise(home: Home, has_ended: Callable[[], bool], most: int) -> set[str]:
    """Revise an article every 50 ms, as a crawl does, until the build has ended."""
    with home.store.read() as connection:
        query = select(articles_table.c.id, articles_table.c.url).where(articles_table.c.source == "site")
        rows = connection.execute(query.order_by(articles_table.c.id.desc()).limit(most)).all()
    target = indexing.open_target(home.settings, home.store, SEEN)
    sources = {source.id: source for source in home.sources}
    revised: set[str] = set()
    for row in rows:
        if has_ended():
            break
        now = datetime.now(UTC)
        article = Article(url=row.url, title="Yeni", text="yeni hâli", content_hash=f"new-{row.id}", word_count=2)
        sight = Sight(None, now, 200)
        home.store.write(partial(articles.revise, article_id=row.id, article=article, sight=sight, now=now))
        revised.add(row.url)
        if len(revised) % 10 == 0:
            assert indexing.flush(home.store, target, sources, now, only=["site"]).error is None
        time.sleep(0.05)
    while not has_ended():
        time.sleep(0.05)
    assert indexing.flush(home.store, target, sources, datetime.now(UTC), only=["site"]).error is None
    writer.refresh(home.client, home.settings.index)
    return revised


class Watch:
    """Asks the alias all the time: it must name one index, answer, and never show fewer documents than `pages`."""

    def __init__(self, home: Home, pages: int) -> None:
        self._index = home.settings.index
        self._pages = pages
        self._client = dialect.connect(home.settings, home.mecmua.engine_url)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.milliseconds: list[float] = []
        self.problems: list[str] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._ended.wait(0.05):
            try:
                named = self._client.indices.get_alias(name=self._index)
                count = self._client.count(index=self._index)["count"]
                began = time.perf_counter()
                hits = self._client.search(index=self._index, q="değerlendirme OR yazi OR başlık", size=1)
                self.milliseconds.append((time.perf_counter() - began) * 1000)
            except Exception as error:
                self.problems.append(repr(error))
                continue
            if count < self._pages:
                self.problems.append(f"{count} documents")
            if len(named) != 1 or not hits["hits"]["hits"]:
                self.problems.append(f"the alias names {list(named)}, {len(hits['hits']['hits'])} hits")
