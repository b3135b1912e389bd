"""Listing pages as six kinds of sites make them: articles told from everything else, and the way to the next page."""

# ruff: noqa: E501 -- markup stands as sites send it
from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from pipeline.discover import Ask, Found, Step, Watermark, listings, read, start
from pipeline.discover.addresses import may_be_article
from pipeline.discover.pagination import next_page
from pipeline.models import Endpoint, Page, Source

URL = "https://example.org/yazilar/"
ENDPOINT = Endpoint("listing", URL)
SOURCE = Source("example", "Example", "https://example.org/", (ENDPOINT,))
UNKNOWN = Watermark()
KNOWN = Watermark(complete=True)

FRAME = """<!doctype html><html lang="tr"><head><meta charset="utf-8"><title>Yazılar</title></head><body class="has-sidebar">
<header class="site-header"><a href="/">Kurum</a><nav><ul><li><a href="/hakkimizda/">Hakkımızda</a></li>
<li><a href="/orta-dogu-ve-kuzey-afrika-programi/">Orta Doğu ve Kuzey Afrika Programı</a></li></ul></nav></header>
<div class="breadcrumb"><a href="/yazilar/genis-bir-baslik-burada/">Ana sayfa yazılar geniş bir başlık</a></div>
<div id="content">%s</div>
<aside class="sidebar"><h3>Popüler</h3><ul><li><a href="/cok-okunan-eski-bir-yazi.html">Çok okunan eski bir yazı</a></li>
<li><a href="/ikinci-cok-okunan-yazi.html">İkinci çok okunan bir yazı</a></li></ul></aside>
<div class="widget widget_recent_entries"><h2>Son</h2><a href="/son-yazilardan-biri-budur/">Son yazılardan biri budur</a></div>
<footer><h4><a href="/gizlilik-politikasi/">Gizlilik politikası metni buradadır</a></h4>
<a href="https://twitter.com/kurum/status/123456789">Bizi takip edin hemen şimdi</a></footer></body></html>"""

WORDPRESS = """<main><header class="page-header"><h1>Kategori: Kafkasya</h1></header>
<article class="post-7"><header class="entry-header"><h2 class="entry-title"><a href="/karabag.html" rel="bookmark">Karabağ</a>
</h2><span class="posted-on"><a href="/karabag.html"><time datetime="2024-05-01T10:00:00+03:00">1 Mayıs</time></a></span>
<span class="byline"><a href="/author/ali-veli-yazar/">Ali Veli ve Ayşe Fatma</a></span></header>
<p>Özet <a href="/karabag.html">Devamını oku</a></p>
<footer class="entry-footer"><span class="cat-links"><a href="/category/guney-kafkasya/">Güney Kafkasya yazıları burada</a></span>
<a href="/karabag.html#comments">3 yorum</a></footer></article>
<article class="post-8"><header class="entry-header"><h2><a href="/turkiye-ve-gurcistan.html">Türkiye ve Gürcistan</a></h2></header>
</article><nav class="navigation pagination"><a class="page-numbers" href="/yazilar/page/2/">2</a>
<a class="page-numbers" href="/yazilar/page/9/">9</a><a class="next page-numbers" href="/yazilar/page/2/">Sonraki »</a></nav></main>"""
CARDS = """<section class="grid">
<div class="card c1"><a class="cover" href="/en/pub/12"></a><div class="body"><h3>Energy</h3></div></div>
<div class="card c2"><a href="/en/pub/13"><img src="x.jpg"><h3>Water and conflict</h3><p>Long lead text of the card.</p></a></div>
<div class="card c3"><h3>Borders</h3><p>Lead</p><a href="/en/pub/14">Read more</a></div></section>
<ul class="pager"><li><a href="?page=1" title="Go to next page">Next ›</a></li><li><a href="?page=40">Last »</a></li></ul>"""
PLAIN_LIST = """<ul class="list"><li><a href="haber_detay.asp?id=101">Ermenistan ile normalleşme süreci üzerine notlar</a> 01.05.2024</li>
<li><a href="haber_detay.asp?id=102">Hazar havzasında enerji güvenliği</a></li>
<li><a href="haber_detay.asp?id=103">Tek kelime</a></li></ul>
<div><a href="?sayfa=1">1</a> <b>2</b> <a href="?sayfa=3">3</a> <a href="?sayfa=17">&raquo;</a></div>"""
PELICAN = """<section id="content"><ol id="posts-list"><li><article class="hentry"><header><h2 class="entry-title">
<a href="./first-post.html" rel="bookmark">First</a></h2></header></article></li><li><article class="hentry"><header><h2>
<a href="./second.html">Second post</a></h2></header></article></li></ol>
<p class="paginator">Page 1 / 4 <a href="./index2.html">&raquo;</a></p></section>"""
PLONE = """<article id="content"><div id="content-core"><div class="entries">
<article class="entry"><header><span class="summary"><a href="https://example.org/yazilar/a-b" class="state-published url">
Güney Kafkasya'da yeni denge</a></span></header></article>
<article class="entry"><header><span class="summary"><a href="https://example.org/yazilar/c" class="url">İkinci yazı adı budur</a>
</span></header></article></div><nav class="pagination"><ul><li class="next"><a href="?b_start:int=20">Next 20 items »</a></li></ul>
</nav></div></article>"""
TABLE = """<table><tr><td>1.5.2024</td><td><a href="/pdf/rapor-2024-05.pdf">Rapor: Kafkasya'nın enerji haritası</a></td></tr>
<tr><td>1.4.2024</td><td><a href="/pdf/rapor-2024-04.pdf">Rapor: Orta Asya'da su meselesi</a></td></tr></table>"""


def page_of(content: str, url: str = URL) -> Page:
    return Page(url, (FRAME % content).encode(), "text/html; charset=utf-8")


def ask(
    page: Page,
    known: Watermark = UNKNOWN,
    number: int = 1,
    *,
    after: str = "",
    known_urls: frozenset[str] = frozenset(),
    endpoint: Endpoint = ENDPOINT,
) -> Found:
    return read(endpoint, SOURCE, Ask(page.url, "listing", number, after), page, None, known, known_urls=known_urls)


def paths(found: Found) -> list[str]:
    return [one.url.removeprefix("https://example.org/") for one in found.candidates]


@pytest.mark.parametrize(
    ("content", "expected", "following"),
    [
        (WORDPRESS, ["karabag.html", "turkiye-ve-gurcistan.html"], "https://example.org/yazilar/page/2/"),
        (CARDS, ["en/pub/12", "en/pub/13", "en/pub/14"], "https://example.org/yazilar/?page=1"),
        (
            PLAIN_LIST,
            [f"yazilar/haber_detay.asp?id={number}" for number in (101, 102, 103)],
            None,
        ),
        (PELICAN, ["yazilar/first-post.html", "yazilar/second.html"], "https://example.org/yazilar/index2.html"),
        (PLONE, ["yazilar/a-b", "yazilar/c"], "https://example.org/yazilar/?b_start:int=20"),
        (TABLE, ["pdf/rapor-2024-05.pdf", "pdf/rapor-2024-04.pdf"], None),
    ],
    ids=["wordpress", "cards", "plain list", "pelican", "plone", "table"],
)
def test_articles_are_told_from_the_frame(content: str, expected: list[str], following: str | None) -> None:
    found = ask(page_of(content))
    assert found.problem is None
    assert paths(found) == expected
    if following:
        assert [one.url for one in found.asks] == [following]


def test_titles_come_from_headings_and_dates_from_time_elements() -> None:
    first, second = ask(page_of(WORDPRESS)).candidates
    assert (first.title, first.published) == ("Karabağ", datetime(2024, 5, 1, 7, tzinfo=UTC))
    assert (second.title, second.published) == ("Türkiye ve Gürcistan", None)
    assert first.found_in == (f"listing:{URL}",)
    assert [one.title for one in ask(page_of(CARDS)).candidates] == ["Energy", "Water and conflict", "Borders"]


@pytest.mark.parametrize("pattern", [r"^/orta-dogu", r"^https://example\.org/orta-dogu", r"programi/$"])
def test_a_pattern_decides_alone(pattern: str) -> None:
    found = ask(page_of(WORDPRESS), endpoint=replace(ENDPOINT, article=pattern))
    assert paths(found) == ["orta-dogu-ve-kuzey-afrika-programi/"]


def test_a_pattern_sees_the_query_and_may_match_other_hosts() -> None:
    endpoint = replace(ENDPOINT, article=r"\?id=\d+$|twitter\.com")
    assert len(ask(page_of(PLAIN_LIST), endpoint=endpoint).candidates) == 4


def test_a_broken_pattern_or_selector_is_said() -> None:
    for endpoint in (replace(ENDPOINT, article="("), replace(ENDPOINT, next="a[")):
        found = ask(page_of(WORDPRESS), endpoint=endpoint)
        assert URL in (found.problem or "")
        assert not found.final


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"\x00\xff", b"plain words", (FRAME % "<p>Yok</p>").encode()])
def test_a_page_without_articles_is_said(body: bytes) -> None:
    found = ask(Page(URL, body))
    assert found.problem
    assert found.final == bool(found.asks), "where a menu leads on, nothing is left unread"
    assert ask(Page(URL, body), number=4).asks == ()


def test_refusals_are_said_and_a_missing_later_page_is_the_end() -> None:
    assert "403" in (ask(Page(URL, b"", status=403)).problem or "")
    assert ask(Page(URL, b"", status=404), number=2) == Found()


def test_paging_goes_on_until_all_articles_are_known() -> None:
    everything = frozenset({"https://example.org/karabag.html", "http://www.example.org/turkiye-ve-gurcistan.html"})
    assert ask(page_of(WORDPRESS), KNOWN, known_urls=everything).asks == ()
    assert ask(page_of(WORDPRESS), KNOWN, known_urls=everything).final
    assert ask(page_of(WORDPRESS), UNKNOWN, known_urls=everything).asks, "a first crawl that was cut goes on"
    assert ask(page_of(WORDPRESS), KNOWN, known_urls=frozenset({"https://example.org/karabag.html"})).asks


def test_paging_ends_where_a_page_repeats_and_at_the_limit() -> None:
    first = ask(page_of(WORDPRESS))
    again = ask(page_of(WORDPRESS, first.asks[0].url), number=2, after=first.asks[0].after)
    assert again == Found()
    limited = ask(page_of(WORDPRESS), number=2, endpoint=replace(ENDPOINT, max_pages=2))
    assert (limited.asks, limited.final) == ((), True), "later nights need not go as far again"


@pytest.mark.parametrize(
    ("content", "number", "selector", "expected"),
    [
        ('<a href="?page=2">2</a><a href="?page=3">3</a>', 1, None, "?page=2"),
        ('<a href="?page=2">2</a><a href="?page=3">3</a>', 2, None, "?page=3"),
        ('<a href="?page=1">2</a><a href="?page=2">3</a>', 1, None, "?page=1"),
        ('<a href="/yazilar/sayfa/2/">2</a>', 1, None, "sayfa/2/"),
        ('<a href="?sayfa=2">İleri</a>', 1, None, "?sayfa=2"),
        ('<a href="?s=1">Önceki</a><a href="?s=3">Sonraki Sayfa &gt;</a>', 2, None, "?s=3"),
        ('<a href="page/2">« Daha eski yazılar</a>', 1, None, "page/2"),
        ('<a href="page/2">Older posts</a>', 1, None, "page/2"),
        ('<a href="?p=9">»</a><a href="?p=2">›</a>', 1, None, "?p=2"),
        ('<a href="?p=2">»</a>', 1, None, "?p=2"),
        ('<link rel="next" href="page/2/"><a href="?p=7">Next</a>', 1, None, "page/2/"),
        ('<a class="x" href="?z=2">weiter</a>', 1, "a.x", "?z=2"),
        ('<li class="n"><a href="?z=2">weiter</a></li>', 1, "li.n", "?z=2"),
        ('<a class="x" href="?z=2">weiter</a>', 1, "//a[@class='x']/@href", "?z=2"),
        ('<a href="?page=2">2</a>', 1, "a.next", None),
        ('<a href="#">Next</a><a class="next disabled" href="">Next</a>', 1, None, None),
        ('<a href="https://other.example/?page=2">Next</a>', 1, None, None),
        ('<a href="/2">2</a> yorum <a href="/next-generation-war">next</a>', 3, None, "../next-generation-war"),
        ('<a href="javascript:next()">Next</a>', 1, None, None),
    ],
)
def test_the_next_page(content: str, number: int, selector: str | None, expected: str | None) -> None:
    tree = html.document_fromstring(f"<html><body>{content}</body></html>")
    found = next_page(tree, URL, number, selector)
    wanted = {"../next-generation-war": "https://example.org/next-generation-war"}
    assert found == (wanted.get(expected, URL + expected) if expected else None)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("", False),
        ("kategori/turkiye/", False),
        ("en/tag/water/", False),
        ("yazar/ali-veli/", False),
        ("İletişim/", False),
        ("2024/05/", False),
        ("a.jpg", False),
        ("?cat=3", False),
        ("yazilar/?sayfa=2", False),
        ("page/3/", False),
        ("?p=123", True),
        ("2024/05/03/yazi/", True),
        ("rapor.pdf", True),
        ("tr/Analiz/KAFKASYA", True),
    ],
)
def test_addresses_that_cannot_be_articles(path: str, answer: bool) -> None:
    assert may_be_article("https://example.org/" + path) is answer


def test_a_huge_page_takes_seconds_at_most() -> None:
    rows = "".join(
        f'<li class="x{n}"><a href="/yazi-{n}-uzun-baslik">Uzun bir başlık numara {n}</a></li>' for n in range(20_000)
    )
    started = time.process_time()
    found = ask(page_of(f"<ul>{rows}</ul>"))
    assert 1000 < len(found.candidates) <= 5000
    assert not found.final
    assert time.process_time() - started < 10, "seconds of CPU; about 1 when it was written"


_pieces = st.sampled_from(
    [
        *(
            WORDPRESS,
            CARDS,
            PLONE,
            "<a href='http://['>x</a>",
            "<a href='?page=99999999999999999999'>2</a>",
            "<base href='::'>",
        ),
        *(
            "<header>",
            "<a>",
            "<h2>",
            "</body>",
            "<nav",
            "&#0;",
            "<time datetime='x'>",
            "<svg><a xlink:href='/x'/></svg>",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_pieces, st.text(max_size=30)), max_size=6), st.binary(max_size=20), st.integers(0, 300))
def test_no_bytes_raise(pieces: list[str], rubbish: bytes, cut: int) -> None:
    body = "".join(pieces).encode("utf-8", "replace") + rubbish
    page = Page(URL, body[: max(0, len(body) - cut)], "text/html; charset=undefined")
    step: Any = Step(ENDPOINT, SOURCE, Ask(URL, "listing"), page)
    listings.read(step)
    listings.read(replace(step, endpoint=replace(ENDPOINT, article="a", next="a")))


def test_it_starts_with_the_listing_itself() -> None:
    assert start(ENDPOINT, UNKNOWN) == (Ask(URL, "listing"),)


def test_an_article_featured_in_an_aside_is_one() -> None:
    body = '<aside id="featured"><article><h1><a href="/yeni-yazi.html">Yeni yazı</a></h1></article></aside>' + PELICAN
    assert next(one.url for one in ask(page_of(body)).candidates) == "https://example.org/yeni-yazi.html"
