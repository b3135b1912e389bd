"""Erasure: nothing of a forgotten article is left in index, state or archive, all others are as they were."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pipeline.fetch.archive import read_page, read_record
from pipeline.fetch.erasure import _padded
from pipeline.fetch.spool import Spool, settle
from pipeline.jobs import forget as job
from pipeline.jobs.doctor import examine
from pipeline.models import Article, Candidate, RestItem
from pipeline.settings import Settings
from pipeline.sources.registry import load_sources
from pipeline.store import articles, forgotten, urls
from pipeline.store.articles import Sight
from pipeline.store.database import open_store
from pipeline.store.schema import metadata
from pipeline.urls import article_id
from tests.integration.archived import SEEN, exchange, fill
from tests.integration.runs import Mecmua, source_file
from tests.integration.site import Answer, Site, add_articles, serving

pytestmark = pytest.mark.integration
DOOMED = "yazi-3"
NOW = SEEN + timedelta(days=1)


def everything_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All bytes under a folder, WARC files unpacked."""
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            yield str(path), gzip.decompress(content) if path.name.endswith(".gz") else content


def feed(site: Site, count: int) -> None:
    items = "".join(
        f"<item><title>Başlık {number}</title><link>{site.url}/yazi-{number}.html</link>"
        f"<description>özet-{number}-sonu</description></item>"
        for number in range(count)
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
    site.answers["/feed"] = Answer(body.encode(), headers={"Content-Type": "application/rss+xml"})


@pytest.fixture
def mecmua(tmp_path: Path, engine_url: str, request: pytest.FixtureRequest) -> Mecmua:
    return Mecmua(tmp_path / "home", engine_url, f"forget-{abs(hash(request.node.name)) % 10**8}")


def sources_of(mecmua: Mecmua, site: Site) -> Path:
    endpoints = [
        {"type": "sitemap", "url": f"{site.url}/sitemap.xml"},
        {"type": "feed", "url": f"{site.url}/feed"},
    ]
    return source_file(mecmua.home.parent / "sources", "site", site.url, endpoints)


def test_an_article_is_gone_everywhere_and_stays_away(mecmua: Mecmua) -> None:
    with serving() as site:
        add_articles(site, 8)
        feed(site, 8)
        sources = sources_of(mecmua, site)
        mecmua.crawl(sources)
        doomed = f"{site.url}/{DOOMED}.html"
        before = {document["id"]: document for document in mecmua.documents()}
        pages = {name: mecmua.run("show", name, "--archived").stdout for name in before if name != article_id(doomed)}
        assert any(DOOMED.encode() in content for _, content in everything_in(mecmua.home))
        ended = mecmua.run("forget", doomed, "--reason", "the author asked", "--sources", str(sources), "--json")
        done = json.loads(ended.stdout)
        assert (done["articles"], done["documents"]) == (1, 1)
        assert done["records_dropped"] >= 2 and done["records_edited"] == 2, "page and request; feed and sitemap"
        for path, content in everything_in(mecmua.home):
            for mark in (f"{DOOMED}.html", "özet-3-sonu", "değerlendirme 3<"):
                assert mark.encode() not in content, f"{mark} in {path}"
        after = {document["id"]: document for document in mecmua.documents()}
        assert after == {name: document for name, document in before.items() if name != article_id(doomed)}
        assert {name: mecmua.run("show", name, "--archived").stdout for name in after} == pages
        asked = site.paths().count(f"/{DOOMED}.html")
        report = mecmua.crawl(sources)
        assert site.paths().count(f"/{DOOMED}.html") == asked, "it is not fetched again"
        assert report["outcomes"] == {"unchanged": 7}, "the answers held are those that were edited"
        assert len(mecmua.documents()) == 7
        feed_answer = site.answers["/feed"]
        assert isinstance(feed_answer, Answer)
        feed_answer.body += b"<!-- changed -->"
        assert mecmua.crawl(sources)["outcomes"] == {"unchanged": 7, "disallowed": 1}
        mecmua.run("doctor", "--sources", str(sources), check=1)
        mecmua.run("doctor", "--repair", "--sources", str(sources), check=0)
        assert not any("özet-3-sonu".encode() in content for _, content in everything_in(mecmua.home))
        store = open_store(f"sqlite:///{mecmua.home / 'state.db'}")
        with store.read() as connection:
            stones = forgotten.listing(connection)
            assert {stone.reason for stone in stones} == {"the author asked"}
            assert all(stone.finished_at and stone.url is None for stone in stones)
            assert forgotten.is_forgotten(connection, [doomed, f"{site.url}/yazi-4.html"]) == {doomed}
        store.close()


def test_no_other_address_brings_an_erased_article_back(mecmua: Mecmua) -> None:
    with serving() as site:
        add_articles(site, 5)
        feed(site, 5)
        sources = sources_of(mecmua, site)
        mecmua.crawl(sources)
        doomed = f"{site.url}/{DOOMED}.html"
        mecmua.run("forget", doomed, "--reason", "a court", "--sources", str(sources))
        page = site.answers[f"/{DOOMED}.html"]
        assert isinstance(page, Answer)
        assert f'rel="canonical" href="{doomed}"'.encode() in page.body
        site.answers["/ayna.html"] = page  # the same page, naming the erased address as its own
        site.answers["/tasindi.html"] = Answer(status=301, headers={"Location": f"/{DOOMED}.html"})
        more = "".join(f"<url><loc>{site.url}/{name}.html</loc></url>" for name in ("ayna", "tasindi"))
        listing = site.answers["/sitemap.xml"]
        assert isinstance(listing, Answer)
        listing.body = listing.body.replace(b"</urlset>", f"{more}</urlset>".encode())
        asked = site.paths().count(f"/{DOOMED}.html")
        outcomes = mecmua.crawl(sources)["outcomes"]
        assert site.paths().count("/tasindi.html") == 1
        assert site.paths().count("/ayna.html") == 1
        assert site.paths().count(f"/{DOOMED}.html") == asked, "the redirect is not followed"
        assert "new" not in outcomes
        assert len(mecmua.documents()) == 4


def test_a_source_is_gone_and_others_stay(mecmua: Mecmua) -> None:
    settings = Settings(home=mecmua.home, elasticsearch_url=mecmua.engine_url, index=mecmua.index)
    folder = mecmua.home.parent / "sources"
    for name, host in (("site", "ornek"), ("other", "baska")):
        source_file(folder, name, f"http://{host}.example", [{"type": "sitemap", "url": f"http://{host}.example/s"}])
    store = open_store(settings.state_url)
    fill(settings, store, 5)
    fill(settings, store, 5, source="other", base="http://baska.example")
    mecmua.run("crawl", "--stage", "index", "--sources", str(folder))
    mecmua.run("forget", "site", "--reason", "a court", "--sources", str(folder))
    assert {document["source"] for document in mecmua.documents()} == {"other"}
    for path, content in everything_in(mecmua.home):
        assert b"http://ornek.example/yazi-" not in content, path
    with store.read() as connection:
        for table in metadata.tables.values():
            if "source" in table.c and table.name != "forgotten":
                query = select(func.count()).select_from(table).where(table.c.source == "site")
                assert connection.scalar(query) == 0, table.name
        assert articles.count(connection, "other") == 5
    named = store.write(lambda c: urls.name(c, "site", [Candidate("http://ornek.example/yeni")], NOW))
    assert named == []
    ended = mecmua.run("crawl", "site", "--sources", str(folder), check=1)
    assert "site: it was erased on" in ended.stdout and "a court" in ended.stdout
    store.close()


def rest_answer(numbers: range) -> bytes:
    posts = [
        {"id": number, "link": f"http://ornek.example/yazi-{number}.html", "content": {"rendered": f"gövde-{number}."}}
        for number in numbers
    ]
    return json.dumps(posts).encode()


def test_a_rest_list_loses_one_post_and_pointers_stay_true(tmp_path: Path, engine_url: str) -> None:
    settings = Settings(home=tmp_path / "home", elasticsearch_url=engine_url, index="forget-rest")
    source_file(
        tmp_path / "sources", "site", "http://ornek.example", [{"type": "wordpress", "url": "http://ornek.example"}]
    )
    store = open_store(settings.state_url)
    spool = Spool(settings.spool, "site", "mecmua/test")
    address = "http://ornek.example/wp-json/wp/v2/posts?page=1"
    record = spool.write(exchange(address, rest_answer(range(100)), "application/json"))
    part = spool.write(exchange("http://ornek.example/yazi-3.html?sayfa=2", b"<p>ikinci sayfa-3.</p>"))
    spool.close()
    settle(settings.spool, settings.archive)
    made = fill(settings, store, 100)
    longer = Article(url=made[3].url, title="x", text="y", content_hash="z", part_records=(part,))
    store.write(lambda c: articles.revise(c, made[3].id, longer, Sight(made[3].record, SEEN, 200), SEEN))
    candidates = [Candidate(item.url, ("wordpress:x",), rest=RestItem(record, n)) for n, item in enumerate(made)]
    store.write(lambda c: urls.name(c, "site", candidates, SEEN))
    before = {item.record: read_record(item.record, settings.spool, settings.archive) for item in made}
    done = job.forget(settings, load_sources(tmp_path / "sources"), made[3].url, "asked", NOW)
    assert (done.articles, done.records_edited) == (1, 1)
    posts = json.loads(read_page(record, settings.spool, settings.archive).body)
    assert [post["id"] for post in posts] == [number for number in range(100) if number != 3]
    for item in made[:3] + made[4:]:
        assert read_record(item.record, settings.spool, settings.archive) == before[item.record]
    marks = ("gövde-3.", "ikinci sayfa-3.")
    assert not any(mark.encode() in content for _, content in everything_in(settings.home) for mark in marks)
    store.close()


def test_a_cut_erasure_goes_on(tmp_path: Path, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home", elasticsearch_url=engine_url, index="forget-cut")
    source_file(
        tmp_path / "sources", "site", "http://ornek.example", [{"type": "sitemap", "url": "http://ornek.example/s"}]
    )
    sources = load_sources(tmp_path / "sources")
    store = open_store(settings.state_url)
    made = fill(settings, store, 6)
    for point in ("_from_index", "_from_archive"):
        with monkeypatch.context() as patch, pytest.raises(RuntimeError):
            patch.setattr(job, point, cut)
            job.forget(settings, sources, made[2].url, "asked", NOW)
        with store.read() as connection:
            assert forgotten.unfinished(connection)
            assert forgotten.is_forgotten(connection, [made[2].url])
    report = examine(settings, sources, NOW, repair=True)
    assert [finding.kind for finding in report.findings if finding.kind == "erasure"] == ["erasure"]
    assert not any(f"{made[2].url[-11:]}".encode() in content for _, content in everything_in(settings.home))
    assert read_record(made[3].record, settings.spool, settings.archive).url == made[3].url
    store.close()


def cut(*_: object) -> None:
    raise RuntimeError("killed")


@pytest.mark.parametrize("length", [120, 121, 500, 100_000])
def test_a_padded_member_is_gzip_of_exactly_that_length(length: int) -> None:
    member = _padded(b"content " * 8, length)
    assert member is not None and len(member) == length
    assert gzip.decompress(member + gzip.compress(b"next")) == b"content " * 8 + b"next"
