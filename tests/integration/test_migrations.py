"""Migrations run forward on a database of the first version that holds data, and nothing in it is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, create_engine, func, select

from pipeline.models import Article, Pointer, pack
from pipeline.store import articles, database, endpoints, forgotten, leases, quarantine, rollouts, urls
from pipeline.store.database import newest_version, open_store
from pipeline.store.schema import metadata
from pipeline.urls import article_id

pytestmark = pytest.mark.integration
MIGRATIONS = Path(database.__file__).parent / "migrations"
AT = "2026-03-01T02:00:00.000000Z"
SEEN = datetime(2026, 3, 1, 2, tzinfo=UTC)
URL = "https://ornek.example/yazi"
ARTICLE = Article(
    url=URL,
    title="Başlık",
    text="Gövde metni.\nİkinci paragraf.",
    authors=("Ayşe Demir",),
    published=datetime(2016, 8, 16, 10, tzinfo=timezone(timedelta(hours=3))),
    published_day=date(2016, 8, 16),
    language="tr",
    content_hash="h" * 64,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


def upgrade(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def first_version(url: str) -> dict[str, int]:
    """A database as the first version left it, with rows in every table; how many each holds."""
    engine = create_engine(url)
    with engine.begin() as connection:
        upgrade(connection, "0001")
    counts = _fill(engine)
    engine.dispose()
    return counts


def _fill(engine: Engine) -> dict[str, int]:
    tables = MetaData()
    tables.reflect(engine)
    name = article_id(URL)
    pointer = {"page_file": "s-20260301T020000Z-00000000.warc.gz", "page_offset": 7, "page_id": "<urn:uuid:1>"}
    article: dict[str, Any] = {
        "id": name, "source": "s", "url": URL, "cluster_id": name, "content_hash": "h" * 64, "revision": 2,
        "indexed_revision": 2, "changed_at": AT, "first_seen": AT, "last_seen": AT, "published_day": "2016-08-16",
    }  # fmt: skip
    revision = {
        "article_id": name, "seen_at": AT, "fetched_at": AT, "http_status": 200, "content_hash": "h" * 64,
        "extractor_version": 1, "template_version": 0, "article": pack(ARTICLE), **pointer,
    }  # fmt: skip
    found = {
        "key": name, "url": URL, "source": "s", "article_id": name, "found_in": ["feed:x"], "first_seen": AT,
        "last_seen": AT, "due_at": AT, "truncated": False, "failures": 0, "outcome": "new", "fetched_at": AT,
        "read_at": AT, **pointer,
    }  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {
        "articles": [article],
        "revisions": [{**revision, "number": 1}, {**revision, "number": 2}],
        "urls": [found],
        "endpoints": [{"source": "s", "url": "feed:x", "complete": True, "etag": '"1"', "newest": AT, **pointer}],
        "facts": [{"name": "index", "value": "articles/articles-v1-20260301t020000000000"}],
        "leases": [{"name": "source:s", "holder": "far:1:1", "expires_at": AT, "ready_at": AT}],
        "quarantine": [
            {"id": "q", "source": "s", "url": URL, "stage": "fetch", "reason": "r", "detail": "d", "at": AT, "times": 3}
        ],
        "runs": [{"id": "r", "started": AT, "finished": AT, "report": {"run_id": "r"}}],
    }
    with engine.begin() as connection:
        for table, values in rows.items():
            connection.execute(tables.tables[table].insert(), values)
    return {table: len(values) for table, values in rows.items()}


def test_a_database_of_the_first_version_is_brought_up_to_date(database_url: str) -> None:
    counts = first_version(database_url)
    store = open_store(database_url)
    with store.read() as connection:
        head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
        assert MigrationContext.configure(connection).get_current_revision() == head == newest_version()
        for table, count in counts.items():
            assert connection.scalar(select(func.count()).select_from(metadata.tables[table])) == count, table
        name = article_id(URL)
        revision = articles.current(connection, name)
        assert revision is not None and revision.number == 2 and revision.article == ARTICLE
        assert revision.record == Pointer("s-20260301T020000Z-00000000.warc.gz", 7, "<urn:uuid:1>")
        known = articles.known(connection, {}, name)
        assert known is not None and known.url == URL and known.first_seen == SEEN and known.removed_at is None
        row = urls.get(connection, [name])[name]
        assert row.page == revision.record and row.found_in == ("feed:x",) and not row.unread
        state = endpoints.get(connection, "s")["feed:x"]
        assert state.complete and state.validators is not None and state.validators.etag == '"1"'
        assert rollouts.expected_index(connection) == "articles/articles-v1-20260301t020000000000"
        assert rollouts.count_outbox(connection) == 0, "a migration alone sends nothing anew"
        assert quarantine.listing(connection)[0].times == 3
        assert not leases.is_held(connection, "source:s", SEEN), "it ended when it was to end"
        assert forgotten.listing(connection) == []
    store.close()


def test_the_new_tables_work_on_an_old_database(database_url: str) -> None:
    first_version(database_url)
    store = open_store(database_url)
    with store.transaction() as connection:
        articles.revise(connection, article_id(URL), ARTICLE, articles.Sight(None, SEEN, 200), SEEN)
        rollouts.begin(connection, "articles-v1-2", "articles", None, ["s"], SEEN)
        forgotten.add(connection, "s", {article_id(URL): URL}, "asked", SEEN)
    with store.read() as connection:
        assert rollouts.pending(connection, "articles-v1-2", 10) == [article_id(URL)]
        assert rollouts.count_outbox(connection) == 1
        assert forgotten.is_forgotten(connection, [URL, URL + "/"]) == {URL, URL + "/"}
    store.close()


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    first_version(database_url)
    for _ in range(2):
        open_store(database_url).close()
    store = open_store(database_url)
    with store.read() as connection:
        assert articles.count(connection) == 1
    store.close()
