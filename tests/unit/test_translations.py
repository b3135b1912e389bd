"""Translations are found by what two languages share; a claim that is contradicted or made twice is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from pipeline.demo.article import articles as demo_articles
from pipeline.jobs import translations
from pipeline.jobs.language_forms import language_form, page_key
from pipeline.jobs.translations import Entry, clues, evidence_of, siblings
from pipeline.models import Article, Candidate, Outcome, replace
from pipeline.store import articles as article_store
from pipeline.store import translations as pairs
from pipeline.store import urls
from pipeline.store.articles import Sight
from pipeline.store.database import Store, open_store
from pipeline.text import content_hash
from pipeline.urls import article_id

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
HOST = "https://www.ornek.example"
TURKISH = (
    "Dün Ankara görüşmelerinde Putin ile Aliyev bir araya geldi.\nKaradeniz ve TANAP için 2,5 milyar ayrıldı.\n"
    "Taraflar Tiflis ve Bakü hattını, 1.250 kilometreyi, konuştu."
)
ENGLISH = (
    "Yesterday in Ankara, Putin met with Aliyev for talks.\nSome 2.5 billion goes to the Black Sea and to TANAP.\n"
    "The parties discussed the line from Tbilisi to Baku, 1,250 kilometres long."
)
UNRELATED = "Something else was said in Paris by Mr Macron.\nNobody answered.\nThe 17 members left."


def entry(identity: str, url: str, language: str, **more: Any) -> Entry:
    text = more.pop("text", TURKISH if language == "tr" else ENGLISH)
    day = more.pop("day", date(2026, 2, 10))
    source = more.pop("source", "ornek")
    values = {"url": HOST + url if url.startswith("/") else url, "text": text, "language": language}
    return Entry(identity, source, Article(**values, published_day=day, content_hash=content_hash("", text), **more))


def basis(one: Entry, other: Entry) -> str | None:
    forth, back = evidence_of(one, other), evidence_of(other, one)
    assert forth == back, "evidence depends on the direction"
    return forth.basis if forth else None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/tr/yeni-denge-arayisi", "/en/yeni-denge-arayisi"),
        ("/yeni-denge-arayisi.html", "/en/yeni-denge-arayisi.html"),
        ("/yeni-denge-arayisi", "https://en.ornek.example/yeni-denge-arayisi/"[:-1]),
        ("/yeni-denge-arayisi?lang=tr", "/yeni-denge-arayisi?lang=en"),
        ("/2026/02/yeni-denge-arayisi_tr.html", "/2026/02/yeni-denge-arayisi_en.html"),
        ("/turkce/analiz/yeni-denge-arayisi", "/english/analiz/yeni-denge-arayisi"),
    ],
)
def test_one_address_in_two_languages(one: str, other: str) -> None:
    pair = entry("a", one, "tr"), entry("b", other, "en", text=UNRELATED)
    assert basis(*pair) == "path"
    assert set(clues(pair[0])) & set(clues(pair[1]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/tr/yeni-denge-arayisi", "/en/another-title-here"),
        ("/tr/yeni-denge-arayisi", "https://www.baska.example/en/yeni-denge-arayisi"),
        ("/yeni-denge-arayisi", "/yeni-denge-arayisi?id=2"),
        ("/en/yeni-denge-arayisi", "/tr/yeni-denge-arayisi"),  # each names the other's language
        ("/tr/haber/4711", "/en/haber/4711"),  # a bare number, months apart
        ("/tr/haber", "/en/haber"),
    ],
)
def test_addresses_that_prove_nothing(one: str, other: str) -> None:
    pair = entry("a", one, "tr"), entry("b", other, "en", text=UNRELATED, day=date(2025, 6, 1))
    assert basis(*pair) is None


def test_a_record_number_needs_kindred_texts() -> None:
    one, other = entry("a", "/tr/haber/4711/yeni-denge", "tr"), entry("b", "/en/news/4711/new-balance", "en")
    assert basis(one, other) == "id"
    assert basis(one, replace(other, article=replace(other.article, text=UNRELATED))) is None
    assert basis(one, replace(other, article=replace(other.article, published_day=date(2024, 1, 1)))) is None
    assert basis(entry("a", "/tr/2026/bir-yazi", "tr"), entry("b", "/en/2026/one-article", "en")) is None, "a year"


def test_hreflang_is_believed_unless_the_other_side_contradicts() -> None:
    one = entry("a", "/yazi", "tr", alternates={"tr": f"{HOST}/yazi", "en-us": "http://ornek.example/article/"})
    other = entry("b", "/article", "en", text=UNRELATED)
    assert basis(one, other) == "hreflang"
    assert set(clues(one)) & set(clues(other))
    elsewhere = replace(other, article=replace(other.article, alternates={"tr": f"{HOST}/baska-yazi"}))
    assert basis(one, elsewhere) is None
    assert basis(one, replace(other, article=replace(other.article, language="ru"))) is None, "not what hreflang says"


def test_a_shared_pdf_image_or_people_and_day() -> None:
    pdf = {"pdfs": (f"{HOST}/rapor.pdf",)}
    assert basis(entry("a", "/a", "tr", **pdf), entry("b", "/b", "en", **pdf, text=UNRELATED)) == "pdf"
    old = entry("b", "/b", "en", **pdf, text=UNRELATED, day=date(2020, 1, 1))
    assert basis(entry("a", "/a", "tr", **pdf), old) is None
    image = {"image": f"{HOST}/harita.jpg"}
    assert basis(entry("a", "/a", "tr", **image), entry("b", "/b", "en", **image)) == "image"
    assert basis(entry("a", "/a", "tr", **image), entry("b", "/b", "en", **image, text=UNRELATED)) is None
    one = entry("a", "/a", "tr", authors=("Ayşe Şahin",))
    assert basis(one, entry("b", "/b", "en", authors=("Ayse Sahin",))) == "author"
    assert basis(one, entry("b", "/b", "en", authors=("Ayse Sahin",), text=UNRELATED)) is None
    assert basis(one, entry("b", "/b", "en", authors=("Ayse Sahin",), day=date(2026, 2, 11))) is None
    assert basis(one, entry("b", "/b", "en", authors=("Ayse Sahin",), source="baska")) is None
    assert basis(entry("a", "/a", "tr", day=None), entry("b", "/b", "en", day=None)) is None


def test_one_language_or_an_unknown_one_is_no_translation() -> None:
    one = entry("a", "/tr/yeni-denge-arayisi", "tr")
    assert basis(one, entry("b", "/en/yeni-denge-arayisi", "tr")) is None
    assert basis(one, entry("b", "/en/yeni-denge-arayisi", "und")) is None
    assert basis(one, one) is None


def test_the_best_partner_wins_and_a_draw_has_none() -> None:
    people = {"authors": ("Ayşe Şahin",)}
    one = entry("a", "/tr/yeni-denge-arayisi", "tr", **people)
    by_path = entry("b", "/en/yeni-denge-arayisi", "en", **people)
    by_author = entry("c", "/en/another-title", "en", **people)
    assert siblings(one, [by_author, by_path]) == {"b": "path"}
    assert siblings(by_author, [one, by_path]) == {"a": "author"}  # refresh lets the weaker go
    russian = entry("d", "/ru/yeni-denge-arayisi", "ru")
    assert siblings(one, [by_path, russian]) == {"b": "path", "d": "path"}
    twin = replace(by_author, id="e", article=replace(by_author.article, url=f"{HOST}/en/third-title"))
    assert siblings(one, [by_author, twin]) == {}


def test_a_page_that_all_name_as_their_translation_is_nobodys() -> None:
    hub = {"alternates": {"en": f"{HOST}/english-page"}}
    first = entry("a", "/bir", "tr", **hub, text="Bir metin.")
    second = entry("b", "/iki", "tr", **hub, text="Başka bir metin.")
    target = entry("c", "/english-page", "en", text=UNRELATED)
    assert siblings(first, [target]) == {"c": "hreflang"}
    assert siblings(first, [second, target]) == {}


def test_the_demonstration_sites_pair_is_found_and_no_other() -> None:
    entries = [
        Entry(a.slug, "demo", Article(url=f"{HOST}{a.path}", text=a.text, language=a.language, authors=a.authors,
                                      published_day=a.published.date()))
        for a in demo_articles()
        if a.text
    ]  # fmt: skip
    expected = {a.slug: {a.translation: "author"} for a in demo_articles() if a.translation}
    found = {one.id: siblings(one, [other for other in entries if other.id != one.id]) for one in entries}
    assert {identity: partners for identity, partners in found.items() if partners} == expected


def test_addresses_without_their_language() -> None:
    form = language_form(f"{HOST}/en/2026/02/haber-4711/yeni-denge.html?dil=en&id=5")
    assert (form.site, form.rest, form.marker) == ("ornek.example", "2026/02/haber-4711/yeni-denge.html?id=5", "en")
    assert form.numbers == {"4711"}
    assert page_key("http://ornek.example/yazi/") == page_key("https://www.ornek.example/yazi") != page_key(HOST)


# --- the state -------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    yield opened
    opened.close()


def record(store: Store, one: Entry) -> tuple[str, ...]:
    def action(connection: Connection) -> tuple[str, ...]:
        if article_store.current(connection, one.id):
            article_store.revise(connection, one.id, one.article, Sight(None, NOW, 200), NOW)
        else:
            article_store.add(connection, one.id, one.source, one.article, Sight(None, NOW, 200), NOW)
        return translations.refresh(connection, one)

    return store.write(action)


def of(store: Store, identity: str) -> tuple[str, ...]:
    with store.read() as connection:
        return pairs.of(connection, [identity])[identity]


def test_pairs_are_found_whichever_comes_first_and_kept_in_both_directions(store: Store) -> None:
    one = entry("a", "/yazi", "tr", alternates={"en": f"{HOST}/article"})
    assert record(store, one) == ()
    assert record(store, entry("b", "/article", "en")) == ("a", "b")
    assert (of(store, "a"), of(store, "b")) == (("b",), ("a",))
    assert record(store, one) == (), "a second time changes nothing"
    assert record(store, entry("c", "/other", "en", text=UNRELATED)) == ()


def test_what_a_sitemap_names_makes_a_pair_also_later(store: Store) -> None:
    def name(path: str, *forms: tuple[str, str]) -> Candidate:
        return Candidate(HOST + path, ("sitemap:x",), alternates=tuple((code, HOST + url) for code, url in forms))

    def see(*candidates: Candidate) -> None:
        store.write(lambda c: translations.relate(c, "ornek", candidates, NOW))
        store.write(lambda c: urls.name(c, "ornek", candidates, NOW))

    def read(identity: str, path: str, language: str) -> None:
        record(store, entry(identity, path, language, text=f"{identity} {UNRELATED}"))
        store.write(
            lambda c: urls.note_outcome(c, article_id(HOST + path), Outcome.NEW, now=NOW, due_at=None, article=identity)
        )
        store.write(lambda c: translations.look_again(c, [identity], NOW))

    see(name("/yazi", ("en", "/article")), name("/article"), name("/baska"), name("/other"))
    read("a", "/yazi", "tr")
    read("b", "/article", "en")
    assert (of(store, "a"), of(store, "b")) == (("b",), ("a",)), "known before the pages were read"
    read("c", "/baska", "tr")
    read("d", "/other", "en")
    assert of(store, "c") == ()
    see(name("/other", ("tr", "/baska")))
    assert (of(store, "c"), of(store, "d")) == (("d",), ("c",)), "the sitemap says so afterwards"
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM translations WHERE basis = 'hreflang'")).scalar() == 4
        assert connection.execute(text("SELECT indexed_revision FROM articles WHERE id = 'c'")).scalar() == 0
        assert urls.told_anew(connection, [name("/other", ("tr", "/baska"))]) == []


def test_a_better_partner_takes_the_place(store: Store) -> None:
    people = {"authors": ("Ayşe Şahin",)}
    record(store, entry("a", "/tr/yeni-denge-arayisi", "tr", **people))
    assert record(store, entry("c", "/en/another-title", "en", text=f"{ENGLISH} Etc.", **people)) == ("a", "c")
    assert record(store, entry("b", "/en/yeni-denge-arayisi", "en", **people)) == ("a", "b", "c")
    assert (of(store, "a"), of(store, "b"), of(store, "c")) == (("b",), ("a",), ())


def test_a_revision_that_speaks_against_it_ends_a_pair_and_erasure_too(store: Store) -> None:
    record(store, entry("a", "/tr/yeni-denge-arayisi", "tr"))
    record(store, entry("b", "/en/yeni-denge-arayisi", "en"))
    assert record(store, entry("b", "/en/yeni-denge-arayisi", "tr")) == ("a", "b")
    assert of(store, "a") == ()
    record(store, entry("b", "/en/yeni-denge-arayisi", "en"))
    assert store.write(lambda connection: pairs.forget(connection, "b")) == ("a",)
    assert (of(store, "a"), of(store, "b")) == ((), ())


def test_what_every_page_shares_leads_nowhere(store: Store) -> None:
    logo = {"image": f"{HOST}/logo.png"}
    for number in range(pairs.TELLING + 8):
        record(store, entry(f"t{number}", f"/yazi-{number}", "tr", **logo, text=f"{TURKISH} {number}"))
    assert record(store, entry("e", "/article", "en", **logo)) == ()
    assert (
        store.write(lambda connection: pairs.file(connection, "e", clues(entry("e", "/article", "en", **logo)))) == []
    )
