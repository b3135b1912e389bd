"""The state under several processes at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import os
import pkgutil
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

import pipeline.store
from pipeline.fetch import lanes
from pipeline.fetch.lanes import Lanes
from pipeline.models import Article, Candidate, Outcome, Response, Source, replace
from pipeline.store import articles, crawled, leases, urls
from pipeline.store.articles import Sight
from pipeline.store.database import Store, open_store
from pipeline.store.schema import articles as articles_table
from pipeline.store.schema import metadata, revisions
from pipeline.text import content_hash
from pipeline.urls import article_id

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PROCESSES, EACH = 8, 40


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


def write_articles(url: str, process: int) -> None:
    """What a crawl does: open (and migrate) the state, then name, add and revise."""
    store = open_store(url)
    for number in range(EACH):
        page = f"https://example.org/{process}/{number}"
        article = Article(url=page, title=f"T{number}", text="bir iki üç", content_hash=content_hash("T", str(number)))
        sight = Sight(None, NOW, 200)
        store.write(partial(urls.name, source="s", candidates=[Candidate(page, ("feed:x",))], now=NOW))
        identity = article_id(page)
        store.write(partial(articles.add, article_id=identity, source="s", article=article, sight=sight, now=NOW))
        store.write(partial(articles.revise, article_id=identity, article=article, sight=sight, now=NOW))
    store.close()


def test_eight_processes_write_at_once(database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_articles, args=(database_url, number)) for number in range(PROCESSES)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * PROCESSES
    store = open_store(database_url)
    with store.read() as connection:
        assert articles.count(connection) == PROCESSES * EACH
        assert connection.scalar(select(func.count()).select_from(revisions)) == 2 * PROCESSES * EACH
        assert {row.revision for row in connection.execute(select(articles_table.c.revision))} == {2}
    store.close()


def test_the_migrated_schema_is_the_one_the_code_uses(database_url: str) -> None:
    for module in pkgutil.iter_modules(pipeline.store.__path__):  # some tables stand in the module that uses them
        importlib.import_module(f"pipeline.store.{module.name}")
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    store = open_store(database_url)
    with store.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    store.close()
    assert differences == []


def take(store: Store, name: str, holder: str, now: datetime) -> datetime | None:
    return store.write(lambda connection: leases.acquire(connection, name, holder, now))


def test_a_lease_has_one_holder_and_ends_by_itself(database_url: str) -> None:
    store = open_store(database_url)
    assert take(store, "host:x", "far:1:1", NOW) == NOW
    assert take(store, "host:x", "far:2:1", NOW) is None
    assert take(store, "host:x", "far:1:1", NOW + timedelta(seconds=30)) is not None
    later = NOW + timedelta(seconds=91)
    assert take(store, "host:x", "far:2:1", later) == later
    ready = later + timedelta(seconds=7)
    store.write(lambda connection: leases.release(connection, "host:x", "far:2:1", later, ready))
    assert take(store, "host:x", "far:1:1", later) == ready
    store.close()


def test_a_dead_holder_of_this_machine_loses_its_lease_at_once(database_url: str) -> None:
    store = open_store(database_url)
    gone = f"{os.uname().nodename}:999999:1"
    assert take(store, "source:x", gone, NOW) == NOW
    assert take(store, "source:x", "far:2:1", NOW) == NOW
    store.close()


def test_who_is_slow_to_ask_again_gets_a_lane_that_is_given_back_for_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "KEEP", 0.0)  # look for others at every turn
    store = open_store(database_url)

    async def turns() -> datetime | None:
        mine = Lanes(store)
        async with mine.turn("x", 0):
            assert take(store, "host:x", "far:2:1", datetime.now(UTC)) is None
        async with asyncio.TaskGroup() as group:
            again = group.create_task(one_turn(mine))
            await asyncio.sleep(1)  # a machine with much to do
            got = take(store, "host:x", "far:2:1", datetime.now(UTC))
            now = datetime.now(UTC)
            store.write(lambda connection: leases.release(connection, "host:x", "far:2:1", now))
            await again
        await mine.release_all()
        return got

    async def one_turn(mine: Lanes) -> None:
        async with mine.turn("x", 0):
            pass

    assert asyncio.run(turns()) is not None
    store.close()


def test_a_page_that_was_read_stays_read_where_the_clock_was_set_back(database_url: str) -> None:
    store = open_store(database_url)
    url = "https://example.org/1"
    key = article_id(url)
    store.write(lambda c: urls.name(c, "s", [Candidate(url, ("feed:x",))], NOW))
    response = Response(url, url, 200, (), None, NOW + timedelta(seconds=5))
    store.write(lambda c: urls.note_fetched(c, key, response))
    with store.read() as connection:
        assert urls.get(connection, [key])[key].unread
    store.write(lambda c: urls.note_outcome(c, key, Outcome.NEW, now=NOW, due_at=None))
    with store.read() as connection:
        assert not urls.get(connection, [key])[key].unread
        assert urls.due(connection, "s", NOW) == []
    store.close()


def test_the_first_of_years_is_read_back(database_url: str) -> None:
    """It came from feeds of undated pages, and a state that held it could not be read again."""
    store = open_store(database_url)
    first, url = datetime(1, 1, 1, tzinfo=UTC), "https://example.org/1"
    store.write(lambda c: urls.name(c, "s", [Candidate(url, ("feed:x",), published=first)], NOW))
    read = []
    for _ in range(2):
        with store.read() as connection:
            read.append(urls.get(connection, [article_id(url)])[article_id(url)].published_hint)
        store.write(lambda c: c.execute(text("UPDATE urls SET published_hint = '1-01-01T00:00:00.000000Z'")))
    assert read == [first, first]
    store.close()


def test_a_source_keeps_its_name_where_the_catalogue_lacks_it(database_url: str) -> None:
    source = Source("ornek", "Örnek Enstitüsü", "https://ornek.example/", (), country="TR")
    store = open_store(database_url)
    try:
        for name in ("Örnek Merkezi", "Örnek Enstitüsü"):  # the newer name counts
            store.write(lambda c, name=name: crawled.remember(c, [replace(source, name=name)]))
        article = Article("https://ornek.example/1", "Başlık", "Metin")
        sight = Sight(None, NOW, 200)
        store.write(lambda c: articles.add(c, "a1", "ornek", article, sight, NOW))
        with store.read() as connection:
            (pending,) = articles.pending(connection, {}, 10)
            renamed = articles.known(connection, {"ornek": replace(source, name="Yeni Ad")}, "a1")
        assert (pending.known.source_name, pending.known.source_country) == ("Örnek Enstitüsü", "TR")
        assert renamed is not None
        assert renamed.source_name == "Yeni Ad"
    finally:
        store.close()
