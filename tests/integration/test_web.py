"""The search page over a real engine, state and archive: what is stored is found, shown, cited and never run."""

from __future__ import annotations

import http.client
import random
import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from pipeline import web
from pipeline.errors import Unavailable
from pipeline.search.export import FORMATS
from pipeline.settings import Settings
from pipeline.web.asked import Asked
from pipeline.web.library import Library
from tests import fuzzed
from tests.documents import make
from tests.integration.library import ARTICLES, BASE, IDS, SCRIPTED, library, served
from tests.unit.test_web import running

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def settings(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with library(engine_url, tmp_path_factory.mktemp("web")) as settings:
        yield settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(web.create_app(settings)) as client:
        yield client


def links(page: str) -> list[str]:
    return re.findall(r'<h2[^>]*><a href="(/doc/[^"]+)"', page)


def test_search_shows_one_of_each_text_with_marks_facets_and_bars(client: TestClient) -> None:
    page = client.get("/?q=gorusmelerde&ui=tr").text
    assert len(links(page)) == 1
    assert "<mark>görüşmelerde</mark>" in page
    assert "Aynı metin:" in page
    assert f"/doc/{IDS['gaz']}" in page
    assert f"/doc/{IDS['gaz-kopya']}" in page
    everything = client.get("/").text
    assert len(links(everything)) == 3
    assert '<svg class="time"' in everything
    assert re.search(r'name="language" value="en"> <span>İngilizce</span> <span class="count">1<', everything)


def test_filters_and_dates_narrow(client: TestClient) -> None:
    assert links(client.get("/?language=en").text) == [f"/doc/{IDS['gas']}"]
    assert links(client.get("/?tag=energy&since=2030").text) == []
    assert len(links(client.get("/?until=2025-05-04&since=2025-05-04&language=tr").text)) == 2


def test_misspelled_query_has_a_suggestion(client: TestClient) -> None:
    assert re.search(r'class="mean">.*<a href="/\?q=g%C3%B6r%C3%BC%C5%9Fmelerde">', client.get("/?q=gorusmelrde").text)


@pytest.mark.parametrize("slug", ["gaz", "gas", "evil"])
def test_permalinks(client: TestClient, slug: str) -> None:
    for path in (f"/doc/{IDS[slug]}", f"/doc/{IDS[slug]}@1"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert running(answer.text) == []
    assert client.get(f"/doc/{IDS[slug]}@3").status_code == 404


def test_document_has_its_provenance_past_and_kin(client: TestClient) -> None:
    page = client.get(f"/doc/{IDS['gaz']}?ui=en").text
    for told in (f"{BASE}/feed/", "1 March 2026, 02:00 UTC", "Title: h1", ".warc.gz @ ", "Kıyıdaşlar gaz sahaları"):
        assert told in page
    assert IDS["gaz-kopya"] in page.split("With the same text")[1].split("</section>")[0]
    assert IDS["gas"] in page.split("Translations")[1].split("</section>")[0]
    old = client.get(f"/doc/{IDS['gas']}@1").text
    assert "earlier revision" in old
    assert "over the gas fields" in old
    assert "met again" not in old
    diff = client.get(f"/doc/{IDS['gas']}/diff/1/2").text
    assert "<ins>The coastal states met again.</ins>" in diff
    assert "<del>The coastal states met over the gas fields.</del>" in diff


def test_hostile_document_is_text_everywhere(client: TestClient) -> None:
    for path in ("/?q=zararl%C4%B1", "/?q=alert", "/?q=title:onerror", "/sources", f"/doc/{IDS['evil']}"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert running(answer.text) == [], path
    assert "Kötü" in client.get("/?q=zararl%C4%B1").text
    found = client.get("/api/search?q=alert").json()["hits"]
    assert found
    assert all(running(part) == [] for hit in found for parts in hit["highlights"].values() for part in parts)


def test_archived_copy_is_what_was_seen_and_cannot_act(client: TestClient) -> None:
    answer = client.get(f"/doc/{IDS['evil']}/archived")
    assert answer.content == SCRIPTED.replace(b"<link", b"<x-link")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert client.get(f"/doc/{IDS['evil']}/archived?revision=9").status_code == 404


def test_feed_is_newest_first(client: TestClient) -> None:
    root = ElementTree.fromstring(client.get("/feed.atom?q=alert+OR+gas").content)  # noqa: S314  # our own
    atom = "{http://www.w3.org/2005/Atom}"
    days = [entry.findtext(f"{atom}updated") for entry in root.findall(f"{atom}entry")]
    assert len(days) >= 2
    assert days == sorted(days, reverse=True, key=str)
    assert any("<script>" in (node.text or "") for node in root.iter(f"{atom}title"))


@pytest.mark.parametrize("name", FORMATS)
def test_export_has_all_that_a_search_finds(client: TestClient, name: str) -> None:
    answer = client.get(f"/api/export/{name}?q=gaz+OR+alert&language=tr&sort=oldest&page=7")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="mecmua.')
    assert all(ARTICLES[slug].url in answer.text for slug in ("gaz", "gaz-kopya", "evil"))
    assert ARTICLES["gas"].url not in answer.text
    assert client.get(f"/api/export/{name}?q=kind:poem").status_code == 400, "said before the file begins"
    assert client.get(f"/api/export/{name}?q=absentword").status_code == 200


def test_an_export_that_is_cut_off_is_seen_to_be(settings: Settings) -> None:
    class Failing(Library):
        def export(self, asked: Asked) -> Iterator[dict[str, Any]]:
            yield from (make(f"d{number}", "Gaz", "Metin") for number in range(500))
            raise Unavailable("search engine: away")

    with served(settings, Failing(settings)) as base:
        for encoding in ("identity", "gzip"):
            asked = urllib.request.Request(f"{base}/api/export/csv", headers={"Accept-Encoding": encoding})
            with urllib.request.urlopen(asked) as answer, pytest.raises(http.client.IncompleteRead):
                answer.read()


def test_api(client: TestClient) -> None:
    assert client.get("/api/openapi.json").json()["openapi"].startswith("3.")
    found = client.get("/api/search?q=gas&language=en").json()
    assert [hit["id"] for hit in found["hits"]] == [IDS["gas"]]
    assert client.get(f"/api/doc/{IDS['gas']}").json()["revision"] == 2
    assert client.get(f"/api/doc/{IDS['gas']}?revision=1").json()["revision"] == 1
    names = {facet["name"] for facet in client.get("/api/facets").json()}
    assert names == {"source", "country", "language", "kind", "author", "tag", "year", "pdf"}
    assert client.get("/api/complete/author?typed=ay").json()[0]["value"] == "Ayşe Demir"


def test_wrong_query_is_400_and_absent_engine_503(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    assert client.get("/?q=before:yesterday").status_code == 400
    assert client.get("/api/search?q=kind:poem").status_code == 400
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        away = settings.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{taken.getsockname()[1]}"})
        with TestClient(web.create_app(away)) as alone:
            assert alone.get("/?q=gaz").status_code == 503
            assert alone.get("/api/search?q=gaz").status_code == 503
            assert alone.get(f"/doc/{IDS['gaz']}").status_code == 200, "documents are read without the engine"
    unmade = settings.model_copy(update={"index": "never-made"})
    with TestClient(web.create_app(unmade)) as alone:
        assert alone.get("/?q=gaz").status_code == 503


def test_fuzzed_queries_never_give_500(client: TestClient) -> None:
    """Seven hundred of the ten thousand; three hundred are asked in test_search, the rest composed in unit tests."""
    answered = 0
    for seed in range(9300, 10_000):
        rng = random.Random(seed)
        params = {"q": fuzzed.query(seed)}
        if seed % 5 == 0:
            params[rng.choice(["source", "tag", "author", "since", "language"])] = fuzzed.query(-seed)
        path = rng.choice(["/", "/", "/api/search", "/api/suggest", "/api/export/csv", "/feed.atom", "/saved"])
        status = client.get(f"{path}?{urlencode(params, errors='surrogatepass')}").status_code
        assert status in (200, 400), (path, params)
        answered += status == 200
    assert answered > 300, "most rubbish is forgiven"


def test_served_on_loopback(settings: Settings) -> None:
    """The same application behind uvicorn, over a socket."""
    with served(settings) as base, urllib.request.urlopen(f"{base}/?q=gaz", timeout=30) as answer:
        assert b"<mark>" in answer.read()
