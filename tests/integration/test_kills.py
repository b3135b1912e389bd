"""A run that is killed (-9) at thirty random moments and then let finish leaves what an undisturbed one leaves.

Four nights of one small site, on SQLite and on PostgreSQL: articles, a copy, PDFs, a page in three parts, a redirect,
refusals; then changes, removals, a move, new pages. The moments are drawn as requests that the site has seen, bytes in
the archive, rows in the state and time; set MECMUA_TEST_SEED to repeat those of a run that failed.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from json import loads
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from elasticsearch.helpers import scan
from sqlalchemy import func, select
from warcio.archiveiterator import ArchiveIterator

from pipeline.fetch.archive import digest_of, read_record
from pipeline.index import rollout
from pipeline.jobs.doctor import examine
from pipeline.jobs.indexing import search_client
from pipeline.models import dump
from pipeline.settings import Settings
from pipeline.sources.registry import load_sources
from pipeline.store import articles, rollouts, urls
from pipeline.store.database import Store, open_store
from pipeline.store.schema import articles as articles_table
from pipeline.store.schema import leases, quarantine, revisions
from pipeline.store.schema import urls as urls_table
from tests.integration import warm
from tests.integration.runs import Mecmua, source_file
from tests.integration.site import Answer, Site, serving
from tests.integration.town import Town, pdf
from tests.integration.warm import Run

pytestmark = pytest.mark.integration
NIGHT = datetime(2026, 5, 1, 2, tzinfo=UTC)
#: So many kills in each night; the first has most to do.
KILLS = (14, 8, 4, 4)
SEED = int(os.environ.get("MECMUA_TEST_SEED") or random.randrange(10**6))
#: What is an instant, or leads to a record: two runs differ in these alone.
INSTANTS = {"first_seen", "last_seen", "fetched_at", "indexed_at", "archive"}


# --- the site --------------------------------------------------------------------------------------------------------


def change(town: Town, night: int) -> None:
    """The site as it is in a night."""
    if night == 0:
        _open(town)
    if night == 1:
        for number in (1, 2, 3):
            town.article(f"yazi-{number}", edition=2)
        for number in range(30, 36):
            town.article(f"yazi-{number}")
        town.article("kopya", of="yazi-4", day="2026-04-30")
        town.put("/rapor.pdf", pdf("The report speaks of lighthouses now, and of the harbours that they guard."))
        town.site.answers["/yazi-5.html"] = Answer(b"gone", 410)
        town.site.answers["/yazi-6.html"] = Answer(b"", 301, {"Location": "/yeni-adres.html"})
        town.article("yeni-adres", of="yazi-6")
    if night == 3:
        town.article("yazi-7", edition=3)
        town.article("yazi-5")  # was gone for two nights, and is back


def _open(town: Town) -> None:
    town.site.answers.clear()
    town.listed.clear()
    for number in range(30):
        town.article(f"yazi-{number}")
    town.article("rapor", "/rapor.pdf")
    town.article("iki-belge", "/rapor.pdf", "/ek.pdf")
    town.put("/rapor.pdf", pdf("The report speaks of gasworks and of the turbines that were ordered."), listed=False)
    town.put("/ek.pdf", pdf("An annex on quarries, and on what is broken out of them by whom."), listed=False)
    town.put("/yalniz.pdf", pdf("A bulletin that no page links speaks of the orchards of the north. " * 8, "It ends."))
    for path, answer in {
        "/yasak.html": Answer(b"no", 403),
        "/yok.html": Answer(b"no", 404),
        "/gizli.html": Answer(b'<html><head><meta name="robots" content="noindex"></head><body><p>x</p></body></html>'),
        "/eski.html": Answer(b"", 302, {"Location": "/yazi-8.html"}),
    }.items():
        town.listed.append(path)
        town.site.answers[path] = answer
    town.article("uzun", parts=3)


# --- what a night leaves ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Left:
    """Everything that must be the same."""

    documents: dict[str, dict[str, Any]]
    articles: dict[str, tuple[Any, ...]]
    revisions: dict[tuple[str, int], tuple[Any, ...]]
    urls: dict[str, tuple[Any, ...]]
    quarantine: set[tuple[str, str, str, int]]
    payloads: set[tuple[str, str]]
    outcomes: dict[str, int] = field(default_factory=dict)


class Home:
    """One installation on one database."""

    def __init__(self, folder: Path, engine_url: str, index: str, site: Site, database: str | None = None) -> None:
        self.site = site
        self.folder = folder
        extra = {"MECMUA_WORKERS": "2"} | ({"MECMUA_DATABASE_URL": database} if database else {})
        self.mecmua = Mecmua(folder / "home", engine_url, index, extra)
        self.settings = Settings(
            home=folder / "home", elasticsearch_url=engine_url, index=index, workers=2, database_url=database
        )
        endpoints = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
        self.sources = source_file(folder / "sources", "kurum", site.url, endpoints)
        self.store: Store = open_store(self.settings.state_url)
        self.began: dict[int, float] = {}

    def start(self, night: int) -> Run:
        """A run of a night; its clock goes on from the night's runs before it."""
        began = self.began.setdefault(night, time.monotonic())
        now = NIGHT + timedelta(days=night, seconds=time.monotonic() - began)
        sources, report = str(self.sources), str(self.report)
        arguments = ["crawl", "--sources", sources, "--now", now.isoformat(), "--report", report]
        return warm.start(arguments, self.mecmua.environment, Path(mkdtemp(dir=self.folder)))

    @property
    def report(self) -> Path:
        return self.folder / "report.json"

    def finish(self, night: int) -> Left:
        """Let a night end, and take down what it left."""
        run = self.start(night)
        assert run.exit_code() == 0, run.printed("err")[-3000:]
        outcomes: dict[str, int] = loads(self.report.read_text())["outcomes"]
        found = {name: count for name, count in outcomes.items() if name not in ("new", "changed", "unchanged")}
        found["article"] = sum(outcomes.get(name, 0) for name in ("new", "changed", "unchanged"))
        return self._left(dict(sorted(found.items())))

    def _left(self, outcomes: dict[str, int]) -> Left:
        client = search_client(self.settings)
        hits = [hit["_source"] for hit in scan(client, index=self.settings.index, query={"query": {"match_all": {}}})]
        client.close()
        with self.store.read() as connection:
            rows = [urls.row_of(row) for row in connection.execute(select(urls_table))]
            past = {
                (one.article_id, one.number): (one.content_hash, one.http_status, one.template_version, _plain(one))
                for row in connection.execute(select(articles_table.c.id))
                for one in articles.history(connection, row.id)
            }
            state = {
                row.id: (
                    row.url,
                    row.cluster_id,
                    row.revision,
                    row.merged_into,
                    row.removed_at is None,
                    row.gone_nights,
                )
                for row in connection.execute(select(articles_table))
            }
            aside = {(row.url, row.stage, row.reason, row.times) for row in connection.execute(select(quarantine))}
            assert rollouts.count_outbox(connection) == 0
            held = [row.name for row in connection.execute(select(leases)) if row.holder]
            assert held == [], "no lease is left"
            for row in rows:
                if row.page:
                    read_record(row.page, self.settings.spool, self.settings.archive)
        return Left(
            documents={hit["id"]: _without_instants(hit) for hit in hits},
            articles=state,
            revisions=past,
            urls={
                row.url: (row.outcome, row.reason, row.article_id, row.found_in, row.http_status, row.final_url,
                          row.payload_digest, row.failures, row.unread, row.due_at is None)
                for row in rows
            },
            quarantine=aside,
            payloads=self._payloads(),
            outcomes=outcomes,
        )  # fmt: skip

    def _payloads(self) -> set[tuple[str, str]]:
        """What the archive holds, every file read from end to end: (URL, digest of the bytes)."""
        assert not list(self.settings.spool.glob("*")), "the spool is empty"
        found = set()
        for path in Path(self.settings.archive).rglob("*.warc.gz"):
            with path.open("rb") as file:
                for record in ArchiveIterator(file):
                    body = record.raw_stream.read()
                    assert not record.raw_stream.limit, f"{path} was cut"
                    if record.rec_type == "response":
                        assert digest_of(body) == record.rec_headers.get_header("WARC-Payload-Digest")
                        found.add((record.rec_headers.get_header("WARC-Target-URI"), digest_of(body)))
        return found

    # --- how far a run is --------------------------------------------------------------------------------------------

    def requests(self) -> int:
        return len(self.site.log)

    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.settings.home.rglob("*.warc.gz") if path.exists())

    def rows(self) -> int:
        """What the state has been told: revisions, pages read, documents acknowledged."""
        told = select(func.count()).select_from(urls_table).where(urls_table.c.read_at.is_not(None))
        sent = select(func.count()).select_from(articles_table).where(articles_table.c.indexed_revision > 0)
        with self.store.read() as connection:
            return sum(
                connection.scalar(query) or 0 for query in (told, sent, select(func.count()).select_from(revisions))
            )

    def close(self) -> None:
        client = search_client(self.settings)
        for version in rollout.versions(client, self.settings.index):
            client.indices.delete(index=version.index)
        client.close()
        self.store.close()


def _plain(revision: Any) -> dict[str, Any]:
    """A revision's article but for the records that it was read from."""
    plain: dict[str, Any] = dump(revision.article)
    plain["part_records"] = len(plain["part_records"])
    plain["attachments"] = [{**each, "record": bool(each["record"])} for each in plain["attachments"]]
    return plain


def _without_instants(document: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in document.items() if name not in INSTANTS}
    return {**kept, "removed_at": document["removed_at"] is None}


def differences(found: Left, wanted: Left) -> list[str]:
    """What differs, for a message that can be read."""
    lines = []
    for part in fields(Left):
        one, other = getattr(found, part.name), getattr(wanted, part.name)
        if isinstance(one, set):
            lines += [f"{part.name}: {sorted(one - other)} instead of {sorted(other - one)}"] if one != other else []
            continue
        keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
        lines += [f"{part.name} {key}: {_unlike(one.get(key), other.get(key))}" for key in keys]
    return lines


def _unlike(one: Any, other: Any) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        return "; ".join(f"{key}: {_unlike(one.get(key), other.get(key))}" for key in one if one[key] != other.get(key))
    if isinstance(one, tuple) and isinstance(other, tuple):
        return "; ".join(_unlike(*pair) for pair in zip(one, other, strict=True) if pair[0] != pair[1])
    return f"{one!r} instead of {other!r}"


# --- the test --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with serving() as site:
        yield Town(site)


@pytest.fixture(scope="module")
def undisturbed(
    town: Town, engine_url: str, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Left, int, int, int]]:
    """What each night leaves when nothing happens, and how many requests, bytes and rows it takes."""
    home = Home(tmp_path_factory.mktemp("undisturbed"), engine_url, "kills-none", town.site)
    nights = []
    for night in range(len(KILLS)):
        change(town, night)
        before = home.requests(), home.bytes(), home.rows()
        left = home.finish(night)
        nights.append((left, home.requests() - before[0], home.bytes() - before[1], home.rows() - before[2]))
    home.close()
    return nights


@pytest.fixture(params=["sqlite", "postgresql"])
def home(
    request: pytest.FixtureRequest, town: Town, engine_url: str, tmp_path: Path, undisturbed: list[Any]
) -> Iterator[Home]:
    database = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    found = Home(tmp_path, engine_url, f"kills-{request.param}", town.site, database)
    yield found
    found.close()


def test_thirty_kills_change_nothing(home: Home, town: Town, undisturbed: list[tuple[Left, int, int, int]]) -> None:
    draw = random.Random(SEED)
    print(f"MECMUA_TEST_SEED={SEED}")
    for night, wanted in enumerate(KILLS):
        change(town, night)
        reference, *sizes = undisturbed[night]
        start = home.requests(), home.bytes(), home.rows()
        for left in range(wanted, 0, -1):
            moment = _moment(draw, home, start, sizes, left)
            while not _is_killed(home.start(night), moment):
                moment = _after(draw.uniform(0, 0.3))  # it was done before: there was less to do than was thought
        found = home.finish(night)
        assert found == reference, f"night {night}, MECMUA_TEST_SEED={SEED}: {differences(found, reference)}"
    found = examine(home.settings, load_sources(home.sources), NIGHT + timedelta(days=9))
    assert found.healthy, found.to_dict()


def _is_killed(run: Run, moment: Callable[[], bool]) -> bool:
    """Kill a run when the moment has come; False when it ended by itself before."""
    while not moment() and not run.has_ended():
        time.sleep(0.002)
    run.kill()
    return run.exit_code() == -signal.SIGKILL


def _after(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until


def _moment(
    draw: random.Random, home: Home, start: tuple[int, int, int], sizes: list[int], left: int
) -> Callable[[], bool]:
    """Whether the moment has come: after some of what is left to do, however that is measured, or after some time."""
    kind = draw.randrange(4)
    share = draw.random() * 2 / (left + 1)
    if kind == 3:
        return _after(draw.uniform(0, 1.5))
    measure = (home.requests, home.bytes, home.rows)[kind]
    now = measure()
    rest = max(start[kind] + sizes[kind] - now, sizes[kind] // 10, 1)
    until_then, latest = now + max(1, round(rest * share)), time.monotonic() + 2
    return lambda: measure() >= until_then or time.monotonic() >= latest
