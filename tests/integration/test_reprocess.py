"""The archive read again into a version beside the live one, while a crawl writes and readers ask."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pipeline.errors import ExpectationFailed
from pipeline.index import rollout
from pipeline.jobs.reprocess import reprocess
from pipeline.jobs.rollback import rollback, status
from pipeline.models import Article
from pipeline.store import articles, rollouts
from pipeline.store.articles import Sight
from pipeline.store.schema import revisions as revisions_table
from tests.integration.archived import OLD, fill
from tests.integration.rebuilding import Home, allow, problems, rebuild_at_work
from tests.integration.runs import until

pytestmark = pytest.mark.integration
#: 20,000 pages take some ten minutes on two cores (``tests.bench.reprocess``); here it is a tenth of them.
PAGES = 2000
NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, engine_url: str, request: pytest.FixtureRequest) -> Iterator[Home]:
    name = f"re-{abs(hash(request.node.name)) % 10**8}"
    found = Home(tmp_path, engine_url, name)
    found.source()
    yield found
    found.close()


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
    others, and a reader who asks all the while. In full size: ``python -m tests.bench.reprocess``."""
    fill(home.settings, home.store, PAGES)
    home.index_all()
    allow(home, "words: 100\ncoverage: 1.0\n")
    done = rebuild_at_work(home, PAGES, 60, delay=0.3)
    assert problems(home, done) == []
    assert len(done.watch.milliseconds) > 10 and done.revised
