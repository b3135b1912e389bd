"""PDFs that articles link: fetched, archived, read and found with their page, over several nights of a small site."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from PIL import Image
from sqlalchemy import delete
from warcio.archiveiterator import ArchiveIterator

from pipeline.extract.pdf import read_pdf
from pipeline.jobs import forget, show
from pipeline.jobs.crawl import crawl
from pipeline.jobs.doctor import examine
from pipeline.jobs.indexing import search_client
from pipeline.jobs.reprocess import reprocess
from pipeline.models import Revision, RunReport, Source, replace
from pipeline.search import query
from pipeline.search.filters import Filters
from pipeline.settings import Settings
from pipeline.sources.registry import load_sources
from pipeline.store import articles
from pipeline.store.database import open_store
from pipeline.store.schema import attachments, facts, urls
from pipeline.urls import article_id
from tests.integration.runs import source_file
from tests.integration.site import Answer, Site, serving
from tests.integration.town import WORDS, Town, pdf

pytestmark = pytest.mark.integration
NIGHT = datetime(2026, 5, 1, 2, tzinfo=UTC)
ELSEWHERE = "https://baska.example/rapor-2019.pdf"


def scan() -> bytes:
    picture = io.BytesIO()
    Image.effect_noise((300, 400), 60).save(picture, "PNG")
    sheets = FPDF(format="A4")
    sheets.set_creation_date(datetime(2026, 1, 1, tzinfo=UTC))
    sheets.add_page()
    sheets.image(picture, 0, 0, 210, 297)
    return bytes(sheets.output())


FIRST = pdf(
    "The first page opens the report on the Zengezur corridor and names its authors and its purpose.",
    "The second page speaks of gasworks and of the turbines that were ordered for them in autumn.",
)
SECOND = pdf(
    "The first page opens the report on the Zengezur corridor and names its authors and its purpose.",
    "The second page now speaks of lighthouses and of the harbours that were dredged for them in spring.",
)


class Press:
    """A town's WordPress API: its posts, and the PDFs of its media library with what each was uploaded to."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.posts: dict[int, dict[str, Any]] = {}
        self.media: list[dict[str, Any]] = []
        town.site.otherwise = self.answer

    def answer(self, path: str) -> Answer:
        plain: Any = {
            "/wp-json/wp/v2/types": {"post": {"rest_base": "posts"}},
            "/wp-json/wp/v2/posts": list(self.posts.values()),
            "/wp-json/wp/v2/media": self.media,
        }.get(path.partition("?")[0])
        if plain is None:
            return Answer(b"not found", 404)
        return Answer(json.dumps(plain).encode(), headers={"Content-Type": "application/json", "X-WP-TotalPages": "1"})

    def post(self, number: int, name: str, changed: datetime, text: str) -> None:
        link, stamp = f"{self.town.site.url}/{name}/", changed.strftime("%Y-%m-%dT%H:%M:%S")
        content = f"<p>{text}</p>"
        self.posts[number] = {
            "id": number, "link": link, "type": "post", "status": "publish", "title": {"rendered": name},
            "content": {"rendered": content}, "date": "2026-04-28T10:00:00", "date_gmt": "2026-04-28T07:00:00",
            "modified_gmt": stamp,
        }  # fmt: skip
        html = f"<html><body><article><h1>{name}</h1><div class=entry-content>{content}</div></article></body></html>"
        self.town.site.answers[f"/{name}/"] = Answer(html.encode())

    def upload(self, name: str, body: bytes, *, to: int) -> None:
        path = f"/wp-content/uploads/{name}.pdf"
        self.town.put(path, body, listed=False)
        self.media.append({"source_url": f"{self.town.site.url}{path}", "post": to, "title": {"rendered": name}})


class Home:
    """One installation and its only source."""

    def __init__(self, folder: Path, engine_url: str, index: str, site: Site, *, rest: bool = False) -> None:
        self.settings = Settings(
            home=folder, elasticsearch_url=engine_url, index=index, allow_private_hosts=("127.0.0.1",), workers=1
        )
        endpoints = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
        endpoints = [{"type": "wordpress", "url": f"{site.url}/"}] if rest else endpoints
        self.sources: list[Source] = load_sources(source_file(folder / "sources", "kurum", site.url, endpoints))
        self.site = site

    def night(self, number: int) -> RunReport:
        self.site.log.clear()
        report = crawl(self.settings, self.sources, now=NIGHT + timedelta(days=number))
        assert report.sources[0].error is None
        return report

    def find(self, words: str, **how: object) -> query.Results:
        return query.search(search_client(self.settings), self.settings.index, words, filters=Filters(**how))  # type: ignore[arg-type]

    def newest(self, path: str) -> Revision:
        store = open_store(self.settings.state_url)
        try:
            with store.read() as connection:
                found = articles.current(connection, show.find(connection, f"{self.site.url}{path}"))
        finally:
            store.close()
        assert found is not None
        return found


@pytest.fixture
def town() -> Iterator[Town]:
    with serving() as site:
        yield Town(site)


@pytest.fixture
def home(tmp_path: Path, engine_url: str, town: Town, request: pytest.FixtureRequest) -> Home:
    index = f"pdf-{abs(hash(request.node.name)) % 10**8}"
    return Home(tmp_path / "home", engine_url, index, town.site)


def test_a_pdf_is_part_of_its_article_night_after_night(town: Town, home: Home) -> None:
    town.put("/rapor.pdf", FIRST)
    town.put(
        "/yalniz.pdf", pdf("A bulletin that no page links speaks of the quarries of the north. " * 8, "It ends here.")
    )
    town.article("rapor", "/rapor.pdf", ELSEWHERE)
    town.article("kayip", "/kayip.pdf")
    town.article("tarama", "/tarama.pdf")
    town.put("/tarama.pdf", scan(), listed=False)

    first = home.night(0)
    assert first.outcomes == {"new": 4, "duplicate": 1}, "three pages and the PDF that stands alone"
    hit = home.find("gasworks turbines").hits[0]
    assert (hit.url, hit.pages[0].page, hit.pages[0].url) == (
        f"{town.site.url}/rapor.html",
        2,
        f"{town.site.url}/rapor.pdf",
    )
    assert "PDF, page 2" in hit.to_dict()["highlights"]
    assert home.find("Zengezur koridoru gasworks").total == 1, "words of page and PDF together, across languages"
    own = home.find("quarries").hits[0]
    assert (own.url, own.pages[0].page) == (f"{town.site.url}/yalniz.pdf", 1)
    assert {one.url.rpartition("/")[2] for one in home.find("", pdf=True).hits} == {
        "rapor.html", "kayip.html", "tarama.html", "yalniz.pdf"
    }  # fmt: skip
    landing = home.newest("/rapor.html")
    assert landing.number == 1
    assert "gasworks" not in landing.article.text and landing.article.language == "tr"
    assert home.newest("/rapor.pdf").article_id == landing.article_id, "its address leads to its article"
    assert home.newest("/kayip.html").article.quality_flags == ("pdf_unavailable",)
    assert home.newest("/tarama.html").article.quality_flags == ("pdf_scan",)
    assert not any("baska" in path for path in town.site.paths())
    assert town.site.paths().count("/rapor.pdf") == 1

    town.put("/kayip.pdf", pdf("Found at last: the memorandum on the aqueduct."), listed=False)
    assert home.night(1).outcomes == {"unchanged": 4, "duplicate": 1}
    asked = {path: headers for _, path, headers in town.site.log}
    assert "if-none-match" in asked["/rapor.pdf"] and "/kayip.pdf" in asked
    assert home.newest("/rapor.html").number == 1
    found = home.newest("/kayip.html")
    assert (found.number, found.article.quality_flags) == (1, ()), "what comes late is no change of the page"
    assert home.find("aqueduct").hits[0].pages[0].label == "PDF, page 1"

    town.put("/rapor.pdf", SECOND)
    assert home.night(2).outcomes == {"changed": 1, "unchanged": 3, "duplicate": 1}
    changed = home.newest("/rapor.html")
    assert (changed.number, changed.content_hash, changed.record) == (2, landing.content_hash, landing.record)
    assert home.find("gasworks").total == 0 and home.find("lighthouses").hits[0].pages[0].page == 2
    store = open_store(home.settings.state_url)
    assert "lighthouses" in show.difference(store, landing.article_id, 1, 2)
    store.close()

    del town.site.answers["/rapor.pdf"]
    assert home.night(3).outcomes == {"unchanged": 4, "duplicate": 1}
    assert home.newest("/rapor.html").article.quality_flags == ("pdf_unavailable",), "its text is kept"
    assert home.find("lighthouses").total == 1
    assert examine(home.settings, home.sources, NIGHT).healthy

    reprocess(home.settings, home.sources, [], NIGHT + timedelta(days=4))
    again = home.newest("/rapor.html")
    assert (again.number, again.article.attachments) == (2, home.newest("/rapor.html").article.attachments)
    assert home.find("lighthouses").total == 1


def test_a_pdf_uploaded_to_a_post_stays_with_it_and_one_of_a_mere_page_is_an_article(
    tmp_path: Path, engine_url: str, town: Town
) -> None:
    press = Press(town)
    text = " ".join(random.Random("yazi").sample(WORDS, 80))
    press.post(7, "yazi", NIGHT, text)
    press.upload("rapor", FIRST, to=7)
    bulletin = pdf("A bulletin that only the page of all reports links speaks of the quarries. " * 8, "It ends here.")
    press.upload("bulten", bulletin, to=9)
    home = Home(tmp_path / "home", engine_url, "pdf-uploads", town.site, rest=True)

    def owners(words: str) -> list[str]:
        return [hit.url.removeprefix(town.site.url) for hit in home.find(words).hits]

    assert home.night(0).outcomes == {"new": 2}
    assert (owners("gasworks"), owners("quarries")) == (["/yazi/"], ["/wp-content/uploads/bulten.pdf"])
    press.post(7, "yazi", NIGHT + timedelta(hours=5), f"{text} yeniden")
    assert home.night(1).outcomes["changed"] == 1
    assert home.newest("/yazi/").number == 2
    assert owners("gasworks") == ["/yazi/"], "a page that never linked it does not lose it"
    reprocess(home.settings, home.sources, [], NIGHT + timedelta(days=2))
    assert owners("gasworks") == ["/yazi/"]


def test_a_pdf_that_was_an_article_becomes_an_attachment(town: Town, home: Home) -> None:
    town.put("/rapor.pdf", FIRST)
    assert home.night(0).outcomes == {"new": 1}
    alone = home.newest("/rapor.pdf")
    assert alone.article.page_starts
    town.article("rapor", "/rapor.pdf")
    town.put("/kayip.pdf", pdf("Found at last: the memorandum on the aqueduct."), listed=False)
    assert home.night(1).outcomes == {"new": 1, "duplicate": 1}
    hits = home.find("gasworks").hits
    assert [hit.url for hit in hits] == [f"{town.site.url}/rapor.html"]
    assert town.site.paths().count("/rapor.pdf") <= 1
    assert home.night(2).outcomes == {"unchanged": 1, "duplicate": 1}
    town.article("rapor")  # the link is taken off: the PDF is listed, and stands alone again
    assert home.night(3).outcomes == {"changed": 1, "unchanged": 1}
    assert {hit.url.rpartition("/")[2] for hit in home.find("gasworks").hits} == {"rapor.pdf"}


def test_articles_stored_before_get_their_pdfs_without_a_revision(town: Town, home: Home) -> None:
    town.article("rapor", "/rapor.pdf")
    town.put("/rapor.pdf", FIRST, listed=False)
    home.night(0)
    store = open_store(home.settings.state_url)
    before = home.newest("/rapor.html")
    with store.engine.begin() as connection:  # as an older Mecmua left it
        articles.amend(connection, before.article_id, 1, replace(before.article, attachments=()))
        connection.execute(delete(attachments))
        connection.execute(delete(facts).where(facts.c.name.like("attachments:%")))
        connection.execute(delete(urls).where(urls.c.key == article_id(f"{town.site.url}/rapor.pdf")))
    store.close()
    town.put("/kayip.pdf", pdf("Found at last: the memorandum on the aqueduct."), listed=False)
    assert home.night(1).outcomes == {"unchanged": 1}
    after = home.newest("/rapor.html")
    assert after.number == 1
    assert [len(one.pages) for one in after.article.attachments] == [2]
    assert home.find("gasworks").total == 1


def test_an_erased_article_takes_its_pdf_along_and_an_erased_pdf_leaves_its_article(town: Town, home: Home) -> None:
    town.article("rapor", "/rapor.pdf", "/ortak.pdf")
    town.article("ek", "/ek.pdf", "/ortak.pdf")
    for name, word in (("rapor", "gasworks"), ("ek", "quarries"), ("ortak", "aqueduct")):
        town.put(f"/{name}.pdf", pdf(f"This page speaks of {word} and of nothing else at all."), listed=False)
    home.night(0)
    now = NIGHT + timedelta(days=1)
    forget.forget(home.settings, home.sources, f"{town.site.url}/ek.pdf", "asked", now)
    assert home.find("quarries").total == 0 and home.find("aqueduct").total == 2
    assert [one.url.rpartition("/")[2] for one in home.newest("/ek.html").article.attachments] == ["ortak.pdf"]
    forget.forget(home.settings, home.sources, f"{town.site.url}/rapor.html", "asked", now)
    assert home.find("gasworks").total == 0 and home.find("aqueduct").total == 1, "the other article has it still"
    kept = {name for name in (b"gasworks", b"quarries") if any(name in body for body in _archived(home))}
    assert not kept
    town.put("/kayip.pdf", pdf("Found at last: the memorandum on the aqueduct."), listed=False)
    assert home.night(1).outcomes == {"unchanged": 1}
    assert not {"/ek.pdf", "/rapor.pdf"} & set(town.site.paths())
    assert examine(home.settings, home.sources, NIGHT).healthy


def _archived(home: Home) -> Iterator[bytes]:
    """The texts of all archived PDFs."""
    for path in (home.settings.home / "archive").rglob("*.warc.gz"):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                body = record.content_stream().read() if record.rec_type == "response" else b""
                if body.startswith(b"%PDF-"):
                    yield " ".join(read_pdf(body).paragraphs).encode()
