"""The archive read again into a version beside the live one, while a crawl writes and readers ask."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import func, select

from pipeline.errors import ExpectationFailed
from pipeline.index import dialect, rollout, writer
from pipeline.jobs import indexing
from pipeline.jobs.reprocess import reprocess
from pipeline.jobs.rollback import rollback, status
from pipeline.models import Article, Source
from pipeline.settings import Settings
from pipeline.sources.registry import load_sources
from pipeline.store import articles, rollouts
from pipeline.store.articles import Sight
from pipeline.store.database import Store, open_store
from pipeline.store.schema import articles as articles_table
from pipeline.store.schema import revisions as revisions_table
from tests.integration.archived import OLD, SEEN, fill
from tests.integration.runs import Mecmua, source_file, until
from tests.integration.site import add_articles, serving

pytestmark = pytest.mark.integration
#: 20,000 pages take some ten minutes on two cores; the ordinary run does a tenth of it.
PAGES = int(os.environ.get("MECMUA_TEST_REPROCESS_PAGES", "2000"))
NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)


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


@pytest.fixture
def home(tmp_path: Path, engine_url: str, request: pytest.FixtureRequest) -> Iterator[Home]:
    name = f"re-{abs(hash(request.node.name)) % 10**8}"
    found = Home(tmp_path, engine_url, name)
    found.source()
    yield found
    found.close()


def allow(home: Home, text: str = "words: 100\n") -> None:
    """A gate for pages whose old text was made up: its length says nothing."""
    (home.settings.home / "gate.yaml").write_text(text)


def test_pages_are_read_again_under_the_same_revisions(home: Home) -> None:
    made = fill(home.settings, home.store, 30)
    before = home.index_all()
    allow(home)
    report = reprocess(home.settings, home.sources, [], NOW)
    assert (report.documents, report.read, report.promoted, report.previous) == (30, 30, True, before)
    assert rollout.current(home.client, home.settings.index) == report.index != before
    texts = home.texts()
    assert sorted(texts) == sorted(item.id for item in made)
    assert not [text for text in texts.values() if OLD in text]
    with home.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(revisions_table)) == 30
        revision = articles.current(connection, made[7].id)
        assert revision is not None and revision.number == 1 and revision.extractor_version > 0
        assert revision.article.title == "Bölgesel değerlendirme S7" and revision.record == made[7].record
        assert rollouts.count_outbox(connection) == 0
    shown = json.loads(home.mecmua.run("show", made[7].id, "--json", "--sources", str(home.catalogue)).stdout)
    assert shown["extractor"]["version"] == revision.extractor_version and shown["revision"] == 1


def test_a_gate_that_is_not_passed_changes_nothing(home: Home) -> None:
    fill(home.settings, home.store, 12)
    before = home.index_all()
    allow(home, "golden:\n- query: Eski\n  hits: 12\n")
    with pytest.raises(ExpectationFailed, match="query Eski: 12 → 0"):
        reprocess(home.settings, home.sources, [], NOW)
    assert rollout.current(home.client, home.settings.index) == before
    assert all(OLD in text for text in home.texts().values())
    with home.store.read() as connection:
        assert connection.scalar(select(func.min(revisions_table.c.extractor_version))) == 0
    forced = home.mecmua.run("index", "rollout", "--force", "--sources", str(home.catalogue), "--json")
    assert json.loads(forced.stdout)["promoted"]
    assert not [text for text in home.texts().values() if OLD in text]


def test_going_back_is_one_step_and_loses_nothing(home: Home) -> None:
    made = fill(home.settings, home.store, 20)
    before = home.index_all()
    allow(home)
    reprocess(home.settings, home.sources, [], NOW)
    later = Article(url=made[3].url, title="Sonra", text="sonra değişti", content_hash="h3")
    home.store.write(lambda c: articles.revise(c, made[3].id, later, Sight(made[3].record, NOW, 200), NOW))
    home.index_all()
    assert rollback(home.settings, home.sources, NOW) == before
    assert rollout.current(home.client, home.settings.index) == before
    texts = home.texts()
    assert len(texts) == 20
    assert texts.pop(made[3].id) == "sonra değişti", "what changed since is in the older version too"
    assert all(OLD in text for text in texts.values())
    with home.store.read() as connection:
        revision = articles.current(connection, made[5].id)
        assert revision is not None and OLD in revision.article.text and revision.extractor_version == 0
    again = reprocess(home.settings, home.sources, [], NOW + timedelta(days=1))
    assert again.promoted
    assert len(home.texts()) == 20
    live = [version for version in status(home.settings) if version.live]
    assert [(version.index, version.documents, version.pending) for version in live] == [(again.index, 20, 0)]
    assert len(rollout.versions(home.client, home.settings.index)) == 2, "the one that was given up is pruned"


def test_a_killed_build_goes_on_where_it_was(home: Home) -> None:
    count = 300
    fill(home.settings, home.store, count)
    home.index_all()
    allow(home)
    kills = 0
    for share in (0.25, 0.75):
        running = home.mecmua.start("reprocess", "--sources", str(home.catalogue))
        until(lambda share=share, running=running: running.poll() is not None or written(home) >= count * share, 120)
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            kills += 1
        running.communicate()
        assert len(home.texts()) == count
    done = written(home)
    assert kills >= 1
    report = home.mecmua.run("reprocess", "--sources", str(home.catalogue), "--json")
    assert json.loads(report.stdout)["documents"] == count
    assert done > 0
    texts = home.texts()
    assert len(texts) == count and not [text for text in texts.values() if OLD in text]
    assert sum(version.phase == "promoted" for version in status(home.settings)) == 1


def written(home: Home) -> int:
    with home.store.read() as connection:
        found = rollouts.unfinished(connection, home.settings.index)
        return sum(rollouts.documents(connection, found.version).values()) if found else 0


def test_only_named_sources_are_read_again(home: Home) -> None:
    home.source("other", "http://baska.example")
    fill(home.settings, home.store, 5)
    fill(home.settings, home.store, 5, source="other", base="http://baska.example")
    home.index_all()
    allow(home)
    report = reprocess(home.settings, home.sources, ["other"], NOW)
    assert (report.documents, report.read) == (10, 5)
    assert sum(OLD in text for text in home.texts().values()) == 5


def test_a_page_that_is_lost_keeps_its_stored_article(home: Home) -> None:
    made = fill(home.settings, home.store, 4)
    home.index_all()
    allow(home, "words: 100\nunread: 1.0\n")
    next(Path(home.settings.archive).rglob("*.warc.gz")).write_bytes(b"gone")
    report = reprocess(home.settings, home.sources, [], NOW)
    assert report.problems == {"archive": 4}
    assert sorted(home.texts()) == sorted(item.id for item in made)


def test_while_a_crawl_writes_nothing_is_missing_and_queries_are_answered(home: Home) -> None:
    """The whole of it: pages read again in one process, a crawl that adds articles and a writer that revises them in
    others, and a reader who asks all the while."""
    fill(home.settings, home.store, PAGES)
    home.index_all()
    allow(home, "words: 100\ncoverage: 1.0\n")
    watch = Watch(home)
    with serving() as site:
        crawled = add_articles(site, 60, delay=0.3)
        home.source("news", site.url)
        watch.start()
        crawl = home.mecmua.start("crawl", "news", "--sources", str(home.catalogue))
        build = home.mecmua.start("reprocess", "--sources", str(home.catalogue), "--json")
        revised = revise_until_done(home, lambda: build.poll() is not None)
        said, _ = build.communicate()
        assert build.returncode == 0, said
        crawl.communicate(timeout=300)
        assert crawl.returncode == 0
    home.mecmua.run("crawl", "news", "--stage", "index", "--sources", str(home.catalogue))
    watch.stop()
    assert watch.answers > 10 and watch.problems == []
    documents = {document["url"]: document for document in home.mecmua.documents()}
    assert len(documents) == PAGES + 60
    assert set(crawled) <= documents.keys(), "what was crawled meanwhile is in the new version"
    assert {documents[url]["revision"] for url in revised} == {2}
    assert all(documents[url]["text"] == "yeni hâli" for url in revised)
    untouched = [document for url, document in documents.items() if url not in revised]
    assert not [document["url"] for document in untouched if OLD in document["text"]]
    with home.store.read() as connection:
        assert rollouts.count_outbox(connection) == 0


def revise_until_done(home: Home, ended: object) -> set[str]:
    """Revise an article every 50 ms, as a crawl does, until the build has ended."""
    with home.store.read() as connection:
        query = select(articles_table.c.id, articles_table.c.url).where(articles_table.c.source == "site")
        rows = connection.execute(query.order_by(articles_table.c.id.desc())).all()
    target = indexing.open_target(home.settings, home.store, NOW)
    sources = {source.id: source for source in home.sources}
    revised: set[str] = set()
    for row in rows[: PAGES // 2]:
        if ended():  # type: ignore[operator]  # a callable
            break
        now = datetime.now(UTC)
        article = Article(url=row.url, title="Yeni", text="yeni hâli", content_hash=f"new-{row.id}", word_count=2)
        home.store.write(
            lambda c, row=row, article=article, now=now: articles.revise(c, row.id, article, Sight(None, now, 200), now)
        )
        revised.add(row.url)
        if len(revised) % 10 == 0:
            assert indexing.flush(home.store, target, sources, now, only=["site"]).error is None
        time.sleep(0.05)
    assert indexing.flush(home.store, target, sources, NOW, only=["site"]).error is None
    writer.refresh(home.client, home.settings.index)
    return revised


class Watch:
    """Asks the alias all the time: it must answer, name one index, and never show fewer documents than before."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._client = dialect.connect(home.settings, home.mecmua.engine_url)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.answers = 0
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
                count = self._client.count(index=self._home.settings.index)["count"]
                hits = self._client.search(index=self._home.settings.index, q="değerlendirme OR yazi OR başlık", size=1)
            except Exception as error:
                self.problems.append(repr(error))
                continue
            self.answers += 1
            if count < PAGES:
                self.problems.append(f"{count} documents")
            if not hits["hits"]["hits"]:
                self.problems.append("no hits")
