"""The pages over a made-up library: what is escaped, linked, refused, and said in which language."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from lxml import etree, html

from pipeline import web
from pipeline.errors import ConfigurationError, QueryError, Unavailable
from pipeline.jobs.health import SourceHealth
from pipeline.models import Page, Source
from pipeline.search.discover import Completion, Suggestion
from pipeline.search.facets import Bar, Facet, FacetValue, Histogram
from pipeline.search.highlight import CLOSE, OPEN
from pipeline.search.results import Hit, Results
from pipeline.search.syntax import parse
from pipeline.settings import Settings
from pipeline.web.asked import Asked
from pipeline.web.library import Library, NoSuchDocument, Other, Shown
from pipeline.web.wording import WORDS, spoken
from tests.documents import make

EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)">"\'><svg/onload=alert(3)>'
DAY = date(2024, 3, 9)


def hit(identity: str = "doc1", **changes: Any) -> Hit:
    values: dict[str, Any] = {
        "id": identity, "url": "https://ornek.example/a", "title": "Doğu Akdeniz", "language": "tr", "source": "ornek",
        "published": "2024-03-09T10:00:00+03:00", "score": 1.5, "source_name": "Örnek", "kind": "article",
        "published_day": "2024-03-09", "excerpt": "Bir özet.", "authors": ("Ayşe Demir",),
        "highlights": {"title": [f"Doğu {OPEN}Akdeniz{CLOSE}"], "text": [f"… {OPEN}Akdeniz'de{CLOSE} gaz"]},
    }  # fmt: skip
    return Hit(**{**values, **changes})


EVIL_HIT = hit(
    "evil", url="javascript:alert(1)", title=EVIL, source=EVIL, source_name=EVIL, authors=(EVIL,), tags=(EVIL,),
    excerpt=EVIL, kind=EVIL, language="tr", also=({"id": "x", "url": EVIL, "source": EVIL, "source_name": EVIL},),
    highlights={name: [f"{EVIL}{OPEN}{EVIL}{CLOSE}"] for name in ("title", "text", "tags")},
)  # fmt: skip


class Shelf(Library):
    """A library without engine, state or archive; ``failure`` is raised by every search."""

    failure: Exception | None = None
    hits: tuple[Hit, ...] = (hit(), EVIL_HIT)
    total = 2
    bars: tuple[Bar, ...] = (Bar("2024-02-01", 1), Bar("2024-03-01", 3))
    body = Page("https://ornek.example/a", b"<html><link rel=preconnect href=//evil.example><p>eski</p>", "text/html")
    shown = Shown(
        make("doc1", EVIL, f"Birinci paragraf.\n{EVIL}", day=DAY, authors=(EVIL,), tags=(EVIL,), pdfs=(EVIL,),
             found_in=("javascript:alert(9)", EVIL), language="tr", source_name=EVIL, quality_flags=(EVIL,)),
        [{"revision": 1, "seen_at": "2024-03-10T02:00:00+00:00", "content_hash": "a" * 40}],
        duplicates=(Other("dup1", EVIL, "https://x.example/", EVIL, "tr"),),
        translations=(Other("tra1", "Eastern Mediterranean", "https://x.example/", "X", "en"),),
    )  # fmt: skip

    @property
    def catalogue(self) -> tuple[Source, ...]:  # type: ignore[override]  # a property in place of a cached one
        return (Source("ornek", EVIL, "https://ornek.example/", ()),)

    def search(self, asked: Asked, **_: Any) -> Results:
        if self.failure:
            raise self.failure
        parse(asked.q)
        _ = asked.filters
        values = (FacetValue(EVIL, EVIL, 3), FacetValue("ornek", "Örnek", 2, "ornek" in asked.source))
        return Results(self.total, self.hits, (Facet("source", values),), Histogram("1M", self.bars))

    def suggestion(self, asked: Asked, total: int) -> Suggestion | None:
        return Suggestion(EVIL, ((asked.q, EVIL),)) if asked.q == "mispelled" else None

    def complete(self, kind: Any, typed: str) -> list[Completion]:
        return [Completion("a", typed, 1)]

    def similar(self, identity: str) -> tuple[Hit, ...]:
        return self.hits

    def document(self, identity: str, number: int | None = None) -> Shown:
        if identity != "doc1" or (number or 1) > 1:
            raise NoSuchDocument(f"{identity}: no article has this id")
        return self.shown

    def difference(self, identity: str, first: int, second: int) -> list[str]:
        return ["--- a", "+++ b", "@@ -1 +1 @@", f"-{EVIL}", f"+{EVIL} yeni", " aynı"]

    def archived(self, identity: str, number: int | None = None) -> Page:
        return self.body

    def health(self, now: datetime) -> tuple[SourceHealth, ...]:
        assert now.tzinfo is UTC
        return (SourceHealth("ornek", "silent", DAY, "2024-03-10T02:00:00+00:00", EVIL, EVIL),)

    def reports(self) -> list[dict[str, Any]]:
        return [{"sources": [{"id": "ornek", "outcomes": {"new": 3}, "error": EVIL}]}, {"sources": []}]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(Settings())


@pytest.fixture
def client(shelf: Shelf) -> Iterator[TestClient]:
    with TestClient(web.create_app(Settings(), shelf)) as client:
        yield client


def running(markup: str) -> list[str]:
    """What a browser would run or fetch of a page, beside its own script and style sheet: nothing, in a sound one."""
    found = []
    for node in html.fromstring(markup).iter(etree.Element):
        if node.tag in ("script", "img", "object", "embed", "style") and not node.get("src", "").startswith("/static/"):
            found.append(str(node.tag))
        for name, value in node.attrib.items():
            if name.startswith("on") or name == "style" or str(value).strip().lower().startswith("javascript:"):
                found.append(f"{node.tag} {name}")
    return found


def test_running_sees_what_runs() -> None:
    assert len(running(f"<p>{EVIL}<a href=' javascript:x'>")) >= 4


@pytest.mark.parametrize("path", ["/?q=mispelled", "/doc/doc1", "/doc/doc1@1", "/doc/doc1/diff/1/2", "/sources"])
def test_hostile_document_is_text(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "&lt;script&gt;" in answer.text
    assert running(answer.text) == []
    assert len(answer.content) < 100_000


def test_hostile_query_is_text(client: TestClient) -> None:
    answer = client.get("/", params={"q": EVIL, "source": EVIL, "ui": "en"})
    assert answer.status_code == 200
    assert running(answer.text) == []
    assert running(client.get("/", params={"q": EVIL, "since": EVIL}).text) == []
    assert running(client.get("/<script>alert(1)</script>").text) == []


@pytest.mark.parametrize("path", ["/", "/doc/doc1", "/nowhere", "/api/search", "/static/mecmua.css", "/feed.atom"])
def test_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/?q=x", "/doc/doc1", "/sources", "/doc/doc1/diff/1/2", "/doc/none"])
def test_no_asset_from_outside_and_nothing_inline(client: TestClient, path: str) -> None:
    page = client.get(path).text
    assert all(url.startswith("/static/") for url in re.findall(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)="
               r'"([^"]*)"', page) if not url.startswith(("/feed.atom", "/doc/")))  # fmt: skip
    assert not re.search(r"<style|\sstyle=|<script(?! src=)", page)


def test_archived_copy_is_sandboxed(client: TestClient, shelf: Shelf) -> None:
    answer = client.get("/doc/doc1/archived")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "allow-scripts" not in policy
    assert "<link" not in answer.text
    assert "eski" in answer.text
    assert re.search(r'<iframe sandbox [^>]*src="/doc/doc1/archived"', client.get("/doc/doc1").text)


@pytest.mark.parametrize(
    ("content_type", "served", "saved"),
    [
        ("text/html; charset=windows-1254", "text/html; charset=windows-1254", False),
        ("TEXT/HTML", "text/html; charset=utf-8", False),
        ("application/json", "text/plain; charset=utf-8", False),
        ("image/svg+xml", "application/octet-stream", True),
        ("application/pdf", "application/pdf", True),
        ("text/html; charset=\"x\r\nSet-Cookie: a=b\"", "text/html; charset=x", False),
    ],
)  # fmt: skip
def test_archived_types(client: TestClient, shelf: Shelf, content_type: str, served: str, saved: bool) -> None:
    shelf.body = Page("https://ornek.example/a", b"<svg onload=alert(1)>", content_type)
    headers = client.get("/doc/doc1/archived").headers
    assert headers["content-type"].lower() == served
    assert ("content-disposition" in headers) is saved
    assert "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (QueryError("The query has 5000 characters; at most 4000 are read."), 400),
        (Unavailable("search engine: no answer", retry_after=7.0), 503),
        (ConfigurationError("there is no index yet"), 503),
    ],
)
def test_errors_are_pages_and_json(
    client: TestClient, shelf: Shelf, failure: Exception, status: int, accept: str
) -> None:
    shelf.failure = failure
    page, answer = client.get("/?q=x&ui=en", headers={"accept": accept}), client.get("/api/search?q=x")
    assert (page.status_code, answer.status_code) == (status, status)
    assert str(failure) in page.text
    assert answer.json() == {"detail": str(failure)}
    if isinstance(failure, Unavailable):
        assert page.headers["retry-after"] == answer.headers["retry-after"] == "7"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?since=yesterday", 400), ("/?page=0", 400), ("/?page=1001", 400), ("/?sort=worst", 400), ("/?year=x", 400),
        ("/?q=kind:poem", 400), ("/doc/none", 404), ("/doc/doc1@2", 404), ("/doc/doc1@99999999999999999999", 400),
        ("/doc/doc1@x", 400), ("/nowhere", 404), ("/doc/doc1/cite/word", 404), ("/api/doc/none", 404),
        ("/api/complete/colour", 400), ("/doc/%00", 400), ("/doc/..%2f..%2fetc", 404),
    ],
)  # fmt: skip
def test_wrong_addresses(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    kind = "application/json" if path.startswith("/api/") else "text/html; charset=utf-8"
    assert answer.headers["content-type"] == kind


def test_language_of_the_interface(client: TestClient) -> None:
    turkish = client.get("/", headers={"accept-language": "de, tr-TR;q=0.8, en;q=0.5"})
    assert '<html lang="tr">' in turkish.text
    assert "Süzgeçler" in turkish.text
    assert '<html lang="en">' in client.get("/", headers={"accept-language": "de"}).text
    assert "9 Mart 2024" in client.get("/doc/doc1?ui=tr").text
    assert "9 Mart 2024" in client.get("/doc/doc1").text, "the choice is remembered"
    assert "9 March 2024" in client.get("/doc/doc1?ui=en").text


@pytest.mark.parametrize(
    ("asked", "cookie", "accepted", "expected"),
    [
        ("tr", "en", "en", "tr"), ("xx", "tr", "en", "tr"), (None, None, "en;q=0.1,tr", "tr"),
        (None, None, "tr;q=0, en", "en"), (None, None, "tr;q=nonsense", "en"), (None, None, None, "en"),
        (None, None, "," * 5000, "en"),
    ],
)  # fmt: skip
def test_spoken(asked: str | None, cookie: str | None, accepted: str | None, expected: str) -> None:
    assert spoken(asked, cookie, accepted) == expected


def test_words_have_both_languages_with_the_same_gaps() -> None:
    assert all(turkish and english and turkish.count("{}") == english.count("{}")
               for turkish, english in WORDS.values())  # fmt: skip


def test_feed(client: TestClient) -> None:
    answer = client.get("/feed.atom", params={"q": f"gaz \x01 {EVIL}"})
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.content)  # noqa: S314  # our own
    atom = "{http://www.w3.org/2005/Atom}"
    entries = root.findall(f"{atom}entry")
    assert len(entries) == 2
    assert entries[0].findtext(f"{atom}updated") == "2024-03-09T07:00:00+00:00"
    assert entries[0].find(f"{atom}link").attrib["href"] == "http://testserver/doc/doc1"  # type: ignore[union-attr]
    assert "<script>" in (entries[1].findtext(f"{atom}title") or ""), "as text"
    assert len({entry.findtext(f"{atom}id") for entry in entries}) == 2


def test_citations(client: TestClient) -> None:
    ris = client.get("/doc/doc1/cite/ris")
    assert ris.text.startswith("TY  - ")
    assert 'filename="doc1.ris"' in ris.headers["content-disposition"]
    assert json.loads(client.get("/doc/doc1/cite/csl-json?revision=1").text)[0]["id"] == "doc1"
    assert client.get("/doc/doc1/cite/bibtex").text.startswith("@")
    assert client.get("/doc/doc1/cite/plain").status_code == 200


def test_api(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    assert set(schema["paths"]) == {
        "/api/search", "/api/facets", "/api/suggest", "/api/complete/{kind}", "/api/export/{format_name}",
        "/api/doc/{identity}", "/api/doc/{identity}/similar",
    }  # fmt: skip
    asked = [set(one["get"]["responses"]) for one in schema["paths"].values()]
    assert all("400" in one and "422" not in one for one in asked)
    names = {parameter["name"] for parameter in schema["paths"]["/api/search"]["get"]["parameters"]}
    assert {"q", "source", "language", "since", "until", "page", "sort"} <= names
    found = client.get("/api/search?q=x&source=ornek").json()
    assert found["total"] == 2
    assert found["facets"][0]["values"][1]["selected"]
    assert running(found["hits"][1]["highlights"]["text"][0]) == []
    assert client.get("/api/facets").json()[0]["name"] == "source"
    assert client.get("/api/doc/doc1").json()["revisions"][0]["revision"] == 1
    assert client.get("/api/complete/author?typed=ay").json()[0]["label"] == "ay"


def test_what_was_asked_stays_in_the_links(client: TestClient, shelf: Shelf) -> None:
    shelf.total = 90
    page = client.get("/?q=gaz+%26+su&source=ornek&source=x&page=2&removed=true").text
    assert 'rel="next" href="/?q=gaz+%26+su&amp;source=ornek&amp;source=x&amp;removed=true&amp;page=3"' in page
    assert 'rel="prev" href="/?q=gaz+%26+su&amp;source=ornek&amp;source=x&amp;removed=true"' in page
    assert "since=2024-02-01&amp;until=2024-02-29" in page, "a bar of the histogram narrows to its days"


def test_nothing_found_is_a_page(client: TestClient, shelf: Shelf) -> None:
    shelf.hits, shelf.total, shelf.bars = (), 0, ()
    answer = client.get("/?q=x&ui=en")
    assert answer.status_code == 200
    assert "No article was found." in answer.text


def test_empty_form_asks_for_everything(client: TestClient) -> None:
    assert client.get("/?q=&since=&until=&sort=").status_code == 200


def test_fuzz_never_gives_500(client: TestClient) -> None:
    rng = random.Random(7)
    alphabet = "abçığ \"'()*?:~-+|&=<>%\x00\x01\ud7ff\U0001f600\\/[]{}^AND OR NOT title: before: 2016 İI\u202e\ue000"
    names = ["q", "since", "until", "page", "sort", "source", "year", "pdf", "language", "ui", "removed", "kind"]
    for _ in range(120):
        params = [(rng.choice(names), "".join(rng.choices(alphabet, k=rng.randint(0, 30)))) for _ in range(3)]
        for path in ("/", "/feed.atom", "/api/search"):
            assert client.get(path, params=params).status_code in (200, 400), (path, params)
