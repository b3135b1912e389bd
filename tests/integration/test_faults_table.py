"""The table of faults: what goes wrong around a crawl, what a user is told, and that nothing is lost.

Each row says how a fault begins and ends. Waits are scaled down; what they are in earnest stands in docs/operations.md,
which shows this table as a user sees it.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from json import dumps, loads
from pathlib import Path
from typing import Any

import pytest
import structlog
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan
from sqlalchemy import Table, select
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.fetch.archive import location
from pipeline.index import dialect, rollout, writer
from pipeline.jobs import sending
from pipeline.settings import Settings
from pipeline.store import database
from pipeline.store.database import open_store
from pipeline.store.schema import endpoints, urls
from tests.integration.faulty import DISLIKED, Fault, Faulty, faulty
from tests.integration.rig import require
from tests.integration.runs import source_file, until
from tests.integration.servers import Postgres, missing_for_postgres, postgres
from tests.integration.site import Answer, Site, add_articles, serving
from tests.integration.town import pdf

pytestmark = pytest.mark.integration
PAGES, OTHERS = 24, 6


@dataclass
class Rig:
    """An installation with two sources, before an engine with faults."""

    folder: Path
    engine: Faulty
    node: Elasticsearch
    site: Site
    other: Site
    index: str
    wanted: list[str] = field(default_factory=list)
    postgres: Postgres | None = None
    locked: sqlite3.Connection | None = None

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def crawl(self, *arguments: str) -> Any:
        return CliRunner().invoke(app, ["crawl", "--sources", str(self.folder / "sources"), *arguments])

    def documents(self) -> list[str]:
        self.node.indices.refresh(index=self.index)
        return sorted(hit["_source"]["url"] for hit in scan(self.node, index=self.index))

    def asked(self) -> int:
        return sum("/yazi-" in path for site in (self.site, self.other) for path in site.paths())

    @property
    def physical(self) -> str:
        live = rollout.current(self.node, self.index)
        assert live is not None
        return live


@pytest.fixture
def rig(
    tmp_path: Path, engine_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rig]:
    index = f"faults-{abs(hash(request.node.name)) % 10**8}"
    with faulty(engine_url) as engine, serving() as site, serving() as other:
        node = dialect.connect(Settings(home=tmp_path), engine_url)
        found = Rig(tmp_path, engine, node, site, other, index)
        found.wanted = sorted([*add_articles(site, PAGES, delay=0.05), *add_articles(other, OTHERS)])
        for name, one in (("site", site), ("other", other)):
            endpoints = [{"type": "sitemap", "url": f"{one.url}/sitemap.xml"}]
            source_file(tmp_path / "sources", name, one.url, endpoints)
        settings = {"HOME": str(found.home), "ELASTICSEARCH_URL": engine.url, "INDEX": index, "WORKERS": "2"}
        for name, value in {**settings, "ALLOW_PRIVATE_HOSTS": "127.0.0.1"}.items():
            monkeypatch.setenv(f"MECMUA_{name}", value)
        monkeypatch.setattr(sending, "ROUND_SECONDS", 0.1)
        monkeypatch.setattr(sending, "_LONGEST_PAUSE", 0.2)
        monkeypatch.setattr(dialect, "SHARD_TIMEOUT", "1s")
        handlers = list(logging.root.handlers)
        yield found
        structlog.reset_defaults()  # the command line set it up for a stream that is closed by now
        logging.root.handlers = handlers
        engine.become("none")
        for version in rollout.versions(node, index):
            node.indices.delete(index=version.index)
        node.close()


@contextmanager
def under_way(rig: Rig) -> Iterator[Future[Any]]:
    """A crawl in a thread, from when its first documents were sent."""
    with ThreadPoolExecutor(1) as thread:
        run = thread.submit(rig.crawl)
        until(lambda: rig.engine.asked > 0 or run.done(), 60)
        assert not run.done(), run.result().output
        yield run


def one_message(ended: Any, pattern: str, sources: str) -> None:
    """The exit code is 1, and one line says what happened, and to which sources."""
    assert ended.exit_code == 1, ended.output
    lines = [line for line in ended.stdout.splitlines() if re.match(r"✗ [\w, ]+: ", line)]
    assert len(lines) == 1 and re.match(f"✗ {sources}: .*{pattern}", lines[0]), ended.stdout
    assert "Traceback" not in ended.output


# --- the engine ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A fault of the engine: how it begins and ends, and what is said when it lasts to the end of a run. `before`: it
    is there from the beginning; `timeout`: seconds that a call may take."""

    name: str
    begin: Callable[[Rig], object]
    end: Callable[[Rig], object]
    says: str
    before: bool = False
    timeout: float = dialect.TIMEOUT


def told(fault: Fault) -> Callable[[Rig], object]:
    return lambda rig: rig.engine.become(fault)


def flood(blocked: bool) -> Callable[[Rig], object]:
    """What the engine does to its indexes when its disk passes the flood stage."""
    settings = {"index.blocks.read_only_allow_delete": blocked or None}
    return lambda rig: rig.node.indices.put_settings(index=rig.physical, settings=settings)


def lose_shard(rig: Rig) -> None:
    """The index is red: there is no node that may hold its only shard."""
    nowhere = {"index.routing.allocation.require._name": "nowhere"}
    rig.node.indices.put_index_template(
        name=rig.index, index_patterns=[f"{rig.index}-v*"], template={"settings": nowhere}
    )


def find_shard(rig: Rig) -> None:
    rig.node.indices.delete_index_template(name=rig.index)
    assert rig.node.cluster.health(index=rig.physical)["status"] == "red"
    rig.node.indices.put_settings(index=rig.physical, settings={"index.routing.allocation.require._name": None})


ENGINE = [
    Row("killed", told("down"), told("none"), r"gives no answer: .*(refused|closed).* Is it running\?"),
    Row("frozen", told("frozen"), told("none"), r"gives no answer: .*timed out", timeout=3),
    Row("429 for a while", told("429"), told("none"), r"429 es_rejected_execution_exception: rejected execution"),
    Row("503", told("503"), told("none"), r"503 cluster_manager_not_discovered_exception"),
    Row("disk full", flood(True), flood(False), r"disk usage exceeded flood-stage watermark"),
    Row(
        "red", lose_shard, find_shard, r"503 unavailable_shards_exception: .* primary shard is not active", before=True
    ),
]


@contextmanager
def troubled(rig: Rig, row: Row) -> Iterator[Future[Any]]:
    """A crawl under way before an engine that has this fault."""
    with pytest.MonkeyPatch.context() as short:
        short.setattr(dialect, "TIMEOUT", row.timeout)
        if row.before:
            row.begin(rig)
        with under_way(rig) as run:
            if not row.before:
                row.begin(rig)
            yield run


@pytest.mark.parametrize("row", ENGINE, ids=lambda row: row.name)
def test_an_engine_that_fails_to_the_end_loses_nothing(rig: Rig, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 2.0)
    with troubled(rig, row) as run:
        ended = run.result(120)
    one_message(ended, f"{row.says}.* Nothing is lost: what it did not take waits for the next run", "(other, )?site")
    asked = rig.asked()
    assert asked == PAGES + OTHERS, "everything is fetched all the same"
    row.end(rig)
    assert rig.crawl().exit_code == 0
    assert rig.documents() == rig.wanted
    assert rig.asked() == asked


@pytest.mark.parametrize("row", [*ENGINE, Row("slow", told("slow"), told("none"), "")], ids=lambda row: row.name)
def test_an_engine_that_comes_back_gets_the_rest_in_the_same_run(rig: Rig, row: Row) -> None:
    with troubled(rig, row) as run:
        enough = min(rig.asked() + 8, PAGES + OTHERS)
        until(lambda: rig.asked() >= enough, 60)
        time.sleep(0.5)
        row.end(rig)
        ended = run.result(120)
    assert ended.exit_code == 0, ended.output
    assert rig.documents() == rig.wanted
    assert "Traceback" not in ended.output


def test_an_engine_that_was_never_there_is_told_of_each_source_at_once(rig: Rig) -> None:
    rig.engine.become("down")
    one_message(rig.crawl(), r"gives no answer: .*refused", "other, site")
    rig.engine.become("none")
    assert rig.crawl("--stage", "index").exit_code == 0
    assert rig.documents() == rig.wanted
    assert rig.asked() == PAGES + OTHERS


def test_a_document_that_is_refused_stops_no_other(rig: Rig) -> None:
    page = rig.site.answers["/yazi-3.html"]
    assert isinstance(page, Answer)
    page.body = page.body.replace("Bölgesel değerlendirme 3".encode(), f"{DISLIKED} 3".encode())
    rig.engine.become("picky")
    assert rig.crawl().exit_code == 0
    refused = f"{rig.site.url}/yazi-3.html"
    assert rig.documents() == [url for url in rig.wanted if url != refused]
    aside = loads(CliRunner().invoke(app, ["quarantine", "list", "--json"]).stdout)
    assert [(item["url"], item["stage"], item["times"]) for item in aside] == [(refused, "index", 1)]
    assert "word_count" in aside[0]["detail"] and "many" in aside[0]["detail"]
    rig.engine.become("none")
    assert loads(CliRunner().invoke(app, ["quarantine", "retry", "--json"]).stdout) == {"due": 1}
    assert rig.crawl().exit_code == 0
    assert rig.documents() == rig.wanted
    assert loads(CliRunner().invoke(app, ["quarantine", "list", "--json"]).stdout) == []


# --- the database ----------------------------------------------------------------------------------------------------


def lock(rig: Rig) -> None:
    rig.locked = sqlite3.connect(rig.home / "state.db", check_same_thread=False, isolation_level=None, timeout=60)
    rig.locked.execute("BEGIN IMMEDIATE")


def unlock(rig: Rig) -> None:
    assert rig.locked is not None
    rig.locked.close()


def stop(rig: Rig) -> None:
    assert rig.postgres is not None
    rig.postgres.stop()


def start(rig: Rig) -> None:
    assert rig.postgres is not None
    rig.postgres.start()


@dataclass(frozen=True)
class DatabaseRow:
    """A fault of the database: how long it lasts, in seconds, and what is said when it outlasts the patience."""

    name: str
    kind: str
    begin: Callable[[Rig], object]
    end: Callable[[Rig], object]
    says: str
    seconds: float


DATABASE = [
    DatabaseRow("locked", "sqlite", lock, unlock, r"state\.db: database is locked\. Has another process", 1.5),
    DatabaseRow("restarted", "postgresql", stop, start, "", 0),
    DatabaseRow("gone for a while", "postgresql", stop, start, r"postgresql.*: .* Is it running", 1.5),
]


@pytest.fixture
def on_database(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Rig]]:
    """The rig on one kind of database; PostgreSQL is a cluster of its own, to be stopped and started."""
    with ExitStack() as stack:

        def use(kind: str) -> Rig:
            if kind == "postgresql":
                require(missing_for_postgres())
                rig.postgres = stack.enter_context(postgres())
                monkeypatch.setenv("MECMUA_DATABASE_URL", rig.postgres.create("faults"))
            return rig

        yield use


@pytest.mark.parametrize("row", DATABASE, ids=lambda row: row.name)
def test_a_database_that_is_away_for_a_while_is_waited_for(on_database: Callable[[str], Rig], row: DatabaseRow) -> None:
    rig = on_database(row.kind)
    with under_way(rig) as run:
        row.begin(rig)
        time.sleep(row.seconds)
        row.end(rig)
        ended = run.result(120)
    assert ended.exit_code == 0, ended.output
    assert rig.documents() == rig.wanted
    assert rig.asked() == PAGES + OTHERS


@pytest.mark.parametrize("row", [row for row in DATABASE if row.says], ids=lambda row: row.name)
def test_a_database_that_stays_away_ends_the_run_and_loses_nothing(
    on_database: Callable[[str], Rig], row: DatabaseRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = on_database(row.kind)
    with monkeypatch.context() as short:
        short.setattr(database, "PATIENCE", 0.5)
        short.setattr(database, "BUSY_SECONDS", 0.2)
        short.setattr(writer, "PATIENCE", 1.0)  # of the sender, which asks the state too
        with under_way(rig) as run:
            row.begin(rig)
            ended = run.result(120)
    assert ended.exit_code == 1, ended.output
    assert re.search(row.says, " ".join(ended.output.split())), ended.output
    assert "Traceback" not in ended.output
    row.end(rig)
    assert rig.crawl().exit_code == 0
    assert rig.documents() == rig.wanted


# --- disks and the archive -------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own, which is full soon; at the end what is on it moves to a larger one."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)
    try:
        yield
        kept = folder.with_name(f"{folder.name}.kept")
        shutil.copytree(folder, kept)
    finally:
        subprocess.run(["umount", folder], check=True)
    shutil.copytree(kept, folder, dirs_exist_ok=True)


def make_pages_big(rig: Rig) -> None:
    big = f"<!--{os.urandom(30_000).hex()}-->".encode()
    for path, answer in rig.site.answers.items():
        if path.startswith("/yazi-") and isinstance(answer, Answer):
            answer.body += big


@pytest.mark.parametrize(
    ("full", "says"),
    [
        ("spool", r"archive: cannot write to .*spool \(No space left on device\)\. Nothing was lost but this page"),
        (
            "archive",
            r"archive: site-.*\.warc\.gz cannot be stored at .*archive: .*No space left on device.* stays in the spool",
        ),
        ("", r"state database .*state\.db: .*full\. Nothing is lost; free space"),
    ],
    ids=["of the spool", "of the archive", "of the state"],
)
def test_a_full_disk_ends_the_run_and_loses_nothing(rig: Rig, full: str, says: str) -> None:
    make_pages_big(rig)
    with small_disk(rig.home / full, "500k"):
        ended = rig.crawl()
    assert ended.exit_code == 1, ended.output
    assert re.search(says, " ".join(ended.output.split())), ended.output
    assert "Traceback" not in ended.output
    assert rig.crawl().exit_code == 0
    assert rig.documents() == rig.wanted
    healthy(rig)


def healthy(rig: Rig) -> None:
    ended = CliRunner().invoke(app, ["doctor", "--sources", str(rig.folder / "sources")])
    assert ended.exit_code == 0, ended.output


def test_a_warc_that_was_cut_in_the_middle_is_noticed_and_its_pages_are_fetched_again(rig: Rig) -> None:
    assert rig.crawl("--stage", "fetch").exit_code == 0
    asked = rig.asked()
    assert asked == PAGES + OTHERS
    file = next((rig.home / "archive" / "site").rglob("*.warc.gz"))
    os.truncate(file, file.stat().st_size // 2)
    ended = rig.crawl()
    assert ended.exit_code == 0, ended.output
    assert ended.stderr.count("is missing or damaged") == rig.asked() - asked, "each that is asked for again is named"
    assert PAGES // 3 < rig.asked() - asked < PAGES * 2 // 3
    assert rig.documents() == rig.wanted
    healthy(rig)


@dataclass(frozen=True)
class Lost:
    """One kind of record: which column leads to it, whose address ends so, and how many runs bring it back."""

    name: str
    table: Table
    column: str
    address: str
    runs: int = 1


@pytest.mark.parametrize(
    "lost",
    [
        Lost("page", urls, "page", "/yazi-3.html"),
        Lost("PDF", urls, "page", "/rapor.pdf"),
        Lost("sitemap", endpoints, "page", "/sitemap.xml"),
        Lost("REST answer", urls, "rest", "/yazi-3.html", runs=2),  # its list is asked again by the next discovery
    ],
    ids=lambda lost: lost.name,
)
def test_a_damaged_record_is_named_and_fetched_again(rig: Rig, lost: Lost) -> None:
    rig.site.answers["/yazi-1.html"] = with_pdf(rig, "/yazi-1.html", "/rapor.pdf")
    rig.site.answers["/rapor.pdf"] = Answer(pdf("A report on gasworks."), headers={"Content-Type": "application/pdf"})
    if lost.column == "rest":
        rig.site.answers = Posts(rig.site)
        posts = [{"type": "wordpress", "url": rig.site.url}]
        source_file(rig.folder / "sources", "site", rig.site.url, posts)
    assert rig.crawl("--stage", "fetch").exit_code == 0
    if lost.name == "PDF":  # it is found by reading its page
        assert rig.crawl("--stage", "extract").exit_code == 0
        assert rig.crawl("--stage", "fetch").exit_code == 0
    damage(rig, lost)
    runs = []
    while not complete(rig):
        runs.append(rig.crawl())
        assert runs[-1].exit_code == 0 and len(runs) <= lost.runs, runs[-1].output
    assert len(runs) == lost.runs
    assert "asked for again" in runs[0].stderr and lost.address in runs[0].stderr
    healthy(rig)


class Posts(dict[str, Any]):
    """The pages of a site as WordPress's API lists them."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.answers)
        self._url = site.url

    def get(self, path: str, default: Any = None) -> Any:
        if path.startswith("/wp-json/wp/v2/types"):
            return self._json({"post": {"slug": "post", "rest_base": "posts", "rest_namespace": "wp/v2"}})
        if path.startswith("/wp-json/wp/v2/posts"):
            return self._json([] if "modified_after" in path else [self._post(number) for number in range(PAGES)])
        return super().get(path, default)

    def _json(self, plain: Any) -> Answer:
        return Answer(dumps(plain).encode(), headers={"Content-Type": "application/json"})

    def _post(self, number: int) -> dict[str, Any]:
        return {
            "id": number + 1,
            "date_gmt": "2025-03-01T07:00:00",
            "modified_gmt": "2025-03-01T07:00:00",
            "status": "publish",
            "type": "post",
            "link": f"{self._url}/yazi-{number}.html",
            "title": {"rendered": f"Bölgesel değerlendirme {number}"},
            "content": {"rendered": f"<p>{number}. yazının metni, bölgedeki {number} gelişmeyi ele alıyor.</p>" * 3},
        }


def with_pdf(rig: Rig, path: str, target: str) -> Answer:
    page = rig.site.answers[path]
    assert isinstance(page, Answer)
    body = page.body.decode()
    last = body.rindex("</p>", 0, body.index("yazının 3. paragrafı") + 400)
    return replace(page, body=f'{body[:last]} <a href="{target}">Raporun tamamı</a>{body[last:]}'.encode())


def damage(rig: Rig, lost: Lost) -> None:
    """Overwrite the middle of a record where it lies in the archive."""
    store = open_store(f"sqlite:///{rig.home / 'state.db'}")
    with store.read() as connection:
        file, offset = (lost.table.c[f"{lost.column}_{part}"] for part in ("file", "offset"))
        here = select(file, offset).where(lost.table.c.url == f"{rig.site.url}{lost.address}")
        name, start = connection.execute(here).one()
    store.close()
    path = Path(location(str(rig.home / "archive"), name))
    content = bytearray(path.read_bytes())
    content[start + 100 : start + 120] = bytes(20)
    path.write_bytes(content)


def complete(rig: Rig) -> bool:
    """Every article is in the index, and the PDF with its page."""
    if rollout.current(rig.node, rig.index) is None or rig.documents() != rig.wanted:
        return False
    found = rig.node.search(index=rig.index, query={"exists": {"field": "pdf.url"}})
    return bool(found["hits"]["hits"])
