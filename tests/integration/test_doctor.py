"""What is broken in archive, state or index is said and put right; what is in order is left alone."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import delete, select, update

from pipeline.index import dialect, rollout, writer
from pipeline.models import Article, Pointer
from pipeline.settings import Settings
from pipeline.store import articles, leases, quarantine
from pipeline.store.articles import Sight
from pipeline.store.database import Store, open_store
from pipeline.store.schema import articles as articles_table
from pipeline.store.schema import revisions, urls
from tests.integration.runs import Mecmua, source_file
from tests.integration.site import Answer, Site, add_articles, serving

pytestmark = pytest.mark.integration
COUNT = 8


class Patient:
    """A crawled site with its installation."""

    def __init__(self, folder: Path, engine_url: str, name: str, site: Site) -> None:
        self.mecmua = Mecmua(folder / "home", engine_url, name)
        self.site = site
        self.urls = add_articles(site, COUNT)
        endpoints = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
        self.sources = source_file(folder / "sources", "site", site.url, endpoints)
        self.mecmua.crawl(self.sources)
        self.settings = Settings(home=folder / "home", elasticsearch_url=engine_url, index=name)
        self.store: Store = open_store(self.settings.state_url)
        self.client: Elasticsearch = dialect.connect(self.settings, engine_url)
        self.documents = {document["id"]: document for document in self.mecmua.documents()}

    @property
    def ids(self) -> list[str]:
        return sorted(self.documents)

    def doctor(self, *arguments: str, check: int) -> dict[str, dict[str, Any]]:
        """Findings by kind."""
        ended = self.mecmua.run("doctor", "--json", "--sources", str(self.sources), *arguments, check=check)
        return {finding["kind"]: finding for finding in json.loads(ended.stdout)["findings"]}

    def wrong(self, *arguments: str, check: int) -> list[str]:
        return [kind for kind, finding in self.doctor(*arguments, check=check).items() if finding["wrong"]]

    def close(self) -> None:
        self.store.close()
        self.client.close()


@pytest.fixture
def patient(tmp_path: Path, engine_url: str, request: pytest.FixtureRequest) -> Any:
    with serving() as site:
        found = Patient(tmp_path, engine_url, f"doctor-{abs(hash(request.node.name)) % 10**8}", site)
        yield found
        found.close()


def test_a_healthy_installation_is_left_alone(patient: Patient) -> None:
    assert patient.wrong(check=0) == []
    assert patient.wrong("--repair", check=0) == []
    assert {document["id"]: document for document in patient.mecmua.documents()} == patient.documents


def test_documents_that_are_lost_old_or_strange(patient: Patient) -> None:
    missing, old = patient.ids[:2]
    alias = patient.settings.index
    writer.delete(patient.client, alias, [missing])
    patient.client.index(index=alias, id=old, document={**patient.documents[old], "content_hash": "other"})
    stranger = {**patient.documents[old], "id": "f" * 20, "url": "http://nobody.example/"}
    patient.client.index(index=alias, id="f" * 20, document=stranger)
    writer.refresh(patient.client, alias)
    found = patient.doctor(check=1)
    assert found["missing_document"]["examples"] == [missing]
    assert found["older_document"]["examples"] == [old]
    assert found["unknown_document"]["examples"] == ["f" * 20]
    assert patient.doctor("--repair", check=0)["missing_document"]["repaired"]
    assert patient.wrong(check=0) == []
    after = {document["id"]: document for document in patient.mecmua.documents()}
    assert after.keys() == patient.documents.keys()
    assert after[old]["content_hash"] == patient.documents[old]["content_hash"]


def test_an_index_that_is_gone_fills_again(patient: Patient) -> None:
    patient.client.indices.delete(index=rollout.current(patient.client, patient.settings.index) or "")
    assert "alias" in patient.wrong(check=1)
    patient.doctor("--repair", check=0)
    assert sorted(document["id"] for document in patient.mecmua.documents()) == patient.ids


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_archive_is_fetched_again(patient: Patient, damage: str) -> None:
    file = next(Path(patient.settings.archive).rglob("*.warc.gz"))
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    found = patient.doctor(check=1)
    lost = found["lost_page"]["count"]
    assert lost == COUNT if damage == "missing" else 0 < lost < COUNT
    assert found["missing_record"]["count"] >= lost
    patient.doctor("--repair", check=0)
    asked = len(patient.site.paths())
    report = patient.mecmua.crawl(patient.sources)
    assert len(patient.site.paths()) > asked
    assert report["outcomes"] == {"unchanged": COUNT}, "no page changed, so there is no revision"
    patient.doctor("--repair", check=0)
    assert "lost_page" not in patient.doctor(check=0), "the pages that were fetched again are the revisions'"
    assert patient.mecmua.run("show", patient.ids[0], "--archived").stdout


def test_rot_within_a_large_record_is_found(patient: Patient) -> None:
    """The reader unpacks what comes before it, and says nothing of the rest."""
    page = patient.site.answers["/large.html"] = Answer(
        patient.site.answers[urlsplit(patient.urls[0]).path].body
        + b"".join(b"<!-- %d -->" % random.Random(n).getrandbits(64) for n in range(20_000))
    )
    assert len(page.body) > 300_000
    patient.site.answers["/sitemap.xml"] = Answer(
        f"<urlset><url><loc>{patient.site.url}/large.html</loc></url></urlset>".encode()
    )
    patient.mecmua.crawl(patient.sources)
    with patient.store.read() as connection:
        row = connection.execute(select(urls.c.page_file, urls.c.page_offset).where(urls.c.url.endswith("large.html")))
        name, offset = row.one()
    file = next(Path(patient.settings.archive).rglob(name))
    whole = file.read_bytes()
    rot = offset + 100_000
    file.write_bytes(whole[:rot] + bytes(200) + whole[rot + 200 :])
    assert patient.doctor(check=1)["missing_record"]["count"] == 1


def test_a_state_that_is_torn(patient: Patient) -> None:
    headless, lost = patient.ids[:2]
    gone = datetime.now(UTC) - timedelta(days=2)
    with patient.store.transaction() as connection:
        connection.execute(update(articles_table).where(articles_table.c.id == headless).values(revision=7))
        connection.execute(delete(articles_table).where(articles_table.c.id == lost))
        leases.acquire(connection, "source:gone", "elsewhere:1:1", gone)
    found = patient.doctor(check=1)
    assert found["article_without_revision"]["examples"] == [headless]
    assert found["url_without_article"]["count"] == 1
    assert found["revision_without_article"]["examples"] == [lost]
    assert found["stale_lease"]["examples"] == ["source:gone"]
    patient.doctor("--repair", check=0)
    with patient.store.transaction() as connection:
        connection.execute(delete(revisions).where(revisions.c.article_id == lost))
    patient.mecmua.crawl(patient.sources)
    assert patient.wrong(check=0) == []
    assert len(patient.mecmua.documents()) == COUNT


def test_an_engine_that_is_away_hides_nothing_else(patient: Patient) -> None:
    next(Path(patient.settings.archive).rglob("*.warc.gz")).unlink()
    away = Mecmua(patient.mecmua.home, "http://127.0.0.1:9", patient.settings.index)
    ended = away.run("doctor", "--json", "--sources", str(patient.sources), check=1)
    kinds = {finding["kind"] for finding in json.loads(ended.stdout)["findings"]}
    assert {"index", "missing_record"} <= kinds


def test_quarantined_items_are_tried_again(patient: Patient) -> None:
    now = datetime.now(UTC)
    identity = patient.ids[0]
    url = patient.documents[identity]["url"]
    put_aside: dict[str, Any] = {"reason": "x", "detail": "y", "now": now}
    with patient.store.transaction() as connection:
        for stage in ("fetch", "index"):
            quarantine.add(connection, "site", url, stage=stage, **put_aside)
    assert json.loads(patient.mecmua.run("quarantine", "retry", "nobody", "--json").stdout) == {"due": 0}
    assert json.loads(patient.mecmua.run("quarantine", "retry", "site", "--json").stdout) == {"due": 2}
    asked = patient.site.paths().count(url.removeprefix(patient.site.url))
    patient.mecmua.crawl(patient.sources)
    assert patient.site.paths().count(url.removeprefix(patient.site.url)) == asked + 1
    left = json.loads(patient.mecmua.run("quarantine", "list", "--json").stdout)
    assert [item["stage"] for item in left if item["stage"] == "index"] == []


def test_a_pointer_to_nowhere_is_found(patient: Patient) -> None:
    article = Article(url=patient.urls[0], title="x", text="y", content_hash="z")
    now = datetime.now(UTC)
    lost = Sight(Pointer("site-20200101T000000Z-00000000.warc.gz", 0, "<urn:uuid:0>"), now, 200)
    patient.store.write(lambda c: articles.revise(c, patient.ids[0], article, lost, now))
    assert patient.doctor(check=0)["lost_page"]["count"] == 1
