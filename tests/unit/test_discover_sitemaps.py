"""Sitemaps: indexes, sets, text, gzip; which parts are asked, and what is left alone."""

from __future__ import annotations

import gzip
import re
import time
import tracemalloc
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.discover import Ask, Found, Step, Watermark, read, sitemaps, start
from pipeline.discover.values import w3c_instant
from pipeline.models import Endpoint, Page, Source

URL = "https://example.org/sitemap.xml"
ENDPOINT = Endpoint("sitemap", URL)
UNKNOWN = Watermark()
SOURCE = Source("example", "Example", "https://example.org/", (ENDPOINT,))
NOW = datetime(2024, 6, 1, 3, 0, tzinfo=UTC)
SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def index(*parts: tuple[str, str | None]) -> bytes:
    entries = "".join(
        f"<sitemap><loc>https://example.org/{name}</loc>{f'<lastmod>{mod}</lastmod>' if mod else ''}</sitemap>"
        for name, mod in parts
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="{SPACE}">{entries}</sitemapindex>'.encode()


def urlset(*entries: str, attributes: str = f'xmlns="{SPACE}"') -> bytes:
    return f'<?xml version="1.0"?>\n<urlset {attributes}>{"".join(entries)}</urlset>'.encode()


def url(path: str, lastmod: str = "", more: str = "") -> str:
    stamp = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<url>\n<loc> https://example.org/{path} </loc>{stamp}{more}</url>"


def ask(
    body: bytes,
    known: Watermark = UNKNOWN,
    depth: int = 1,
    *,
    status: int = 200,
    since: datetime | None = None,
    truncated: bool = False,
) -> Found:
    page = Page(URL, body, "application/xml", status, fetched_at=NOW, truncated=truncated)
    return read(ENDPOINT, SOURCE, Ask(URL, "sitemap", depth), page, None, known, since=since)


def names(found: Found) -> list[str]:
    return [one.url.removeprefix("https://example.org/") for one in found.asks]


def paths(found: Found) -> list[str]:
    return [one.url.removeprefix("https://example.org/") for one in found.candidates]


def test_it_starts_with_the_sitemap_itself() -> None:
    assert start(ENDPOINT, Watermark()) == (Ask(URL, "sitemap"),)


def test_urls_become_candidates_with_their_lastmod() -> None:
    found = ask(urlset(url("a", "2024-05-01"), url("b", "2024-05-01T10:00:00+03:00"), url("c"), url("a")))
    assert paths(found) == ["a", "b", "c"]
    assert [one.modified for one in found.candidates] == [
        datetime(2024, 5, 1, tzinfo=UTC),
        datetime(2024, 5, 1, 7, tzinfo=UTC),
        None,
    ]
    assert found.candidates[0].found_in == (f"sitemap:{URL}",)
    assert found.final
    assert found.problem is None


def test_images_and_videos_are_not_articles_and_news_gives_dates_and_titles() -> None:
    spaces = (
        f'xmlns="{SPACE}" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    )
    more = (
        "<image:image><image:loc>https://example.org/a.jpg</image:loc></image:image>"
        "<news:news><news:publication><news:name>K</news:name><news:language>tr</news:language></news:publication>"
        "<news:publication_date>2024-05-30T08:00:00+03:00</news:publication_date><news:title>Dağlık  Karabağ"
        '</news:title></news:news><xhtml:link rel="alternate" hreflang="en" href="https://example.org/en/a"/>'
    )
    found = ask(urlset(url("a", "", more), attributes=spaces))
    assert paths(found) == ["a", "en/a"], "an article's other languages are articles too"
    assert found.candidates[0].title == "Dağlık Karabağ"
    assert found.candidates[0].published == datetime(2024, 5, 30, 5, tzinfo=UTC)


def test_alternates_are_kept_as_pairs_from_whichever_side_names_them() -> None:
    spaces = f'xmlns="{SPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href="https://example.org/{path}"/>'
        for code, path in (("tr", "yazi"), ("en_GB", "article"), ("x-default", "yazi"))
    )
    bare = links.replace("article", "other").replace("yazi", "baska")
    found = ask(
        urlset(
            url("article", "2024-05-01"), url("yazi", "2024-05-02", links), url("baska", "", bare), attributes=spaces
        )
    )
    told = {one.url.removeprefix("https://example.org/"): one for one in found.candidates}
    pairs = {path: dict(one.alternates) for path, one in told.items()}
    base = "https://example.org/"
    assert pairs == {
        "article": {"tr": base + "yazi"},
        "yazi": {"en-gb": base + "article"},
        "baska": {"en-gb": base + "other"},
        "other": {"tr": base + "baska"},
    }
    assert told["article"].modified == datetime(2024, 5, 1, tzinfo=UTC), "its own entry's date stays"


@pytest.mark.parametrize(
    "body",
    [
        b"\n  " + urlset(url("a")),
        b"<?php warning ?>\n" + urlset(url("a")),
        urlset(url("a"), attributes=""),
        urlset(url("a"), attributes='xmlns="https://www.google.com/schemas/sitemap/0.84"'),
        urlset(url("a")).replace(b"<urlset", b"<s:urlset").replace(b"</urlset", b"</s:urlset"),
        urlset(url("a"), "<url><loc>https://example.org/?a=1&b=2</loc></url>"),
        urlset(url("a"), "<url><loc>https://example.org/b</loc>")[:-9],
        urlset(url("a"), "<url><image:image><image:loc>x</image:loc></image:image></url>"),
        b'<?xml version="1.0" encoding="utf-16"?>'.decode().encode("utf-16")
        + urlset(url("a"))[22:].decode().encode("utf-16-le"),
        b"\xef\xbb\xbf" + urlset(url("a")),
        gzip.compress(urlset(url("a"))),
        gzip.compress(urlset(url("a"))[:50]) + gzip.compress(urlset(url("a"))[50:]),
        b'<!DOCTYPE x [<!ENTITY b "b">]>' + urlset(url("a"), "<url><loc>&b;</loc></url>")[21:],
        b"https://example.org/a\r\nnot a url\r\n",
        urlset(url("a")).replace(b"https://example.org/a", b"/a"),
    ],
    ids=[
        *(
            "blanks",
            "instruction",
            "no namespace",
            "old namespace",
            "prefix",
            "ampersand",
            "cut",
            "undeclared",
            "utf16",
        ),
        *("bom", "gzip", "two members", "entities", "text", "relative"),
    ],
)
def test_unusual_sitemaps_are_read(body: bytes) -> None:
    found = ask(body)
    assert found.problem is None
    assert paths(found)[0] == "a"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html><body>Sayfa yok</body></html>", "a web page instead of a sitemap"),
        (b"", "no sitemap"),
        (b"\x1f\x8b\x08garbage", "no sitemap"),
        (urlset(), "names no URLs"),
        (b"just words", "no sitemap"),
    ],
)
def test_what_is_no_sitemap_is_said(body: bytes, message: str) -> None:
    found = ask(body)
    assert message in (found.problem or "")
    assert not found.final


def test_a_missing_part_is_reported_but_does_not_hold_up_the_rest() -> None:
    assert not ask(b"", status=404).final
    part = ask(b"", depth=2, status=404)
    assert part.final
    assert part.problem
    assert not ask(b"", depth=2, status=503).final


def test_a_gzip_bomb_is_read_to_its_limit_in_little_memory() -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    tracemalloc.start()
    plain, whole = sitemaps.unzipped(bomb, limit=2_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(plain), whole) == (2_000_000, False)
    assert peak < 12_000_000


def test_what_was_cut_gives_what_it_has_and_is_not_complete() -> None:
    body = gzip.compress(urlset(*(url(f"yazi-{number}") for number in range(500))))
    found = ask(body[:-600])
    assert 0 < len(found.candidates) < 500
    assert not found.final
    assert not ask(urlset(url("a")), truncated=True).final


def test_an_index_asks_for_its_parts_newest_first() -> None:
    found = ask(index(("a.xml", "2024-01-01"), ("b.xml", "2024-05-01"), ("c.xml", None)))
    assert names(found) == ["b.xml", "a.xml", "c.xml"]
    assert [one.page for one in found.asks] == [2, 2, 2]
    assert not any(one.patient for one in found.asks)


SKIPPED = [
    *("wp-sitemap-taxonomies-category-1.xml", "wp-sitemap-users-1.xml", "wp-sitemap-posts-page-1.xml"),
    *("wp-sitemap-posts-attachment-1.xml", "category-sitemap.xml", "post_tag-sitemap2.xml", "author-sitemap.xml"),
    *("page-sitemap.xml", "rapor_kategorisi-sitemap.xml", "publication_category-sitemap.xml", "sitemap-tags.xml"),
    *("elementor-hf-sitemap.xml", "image-sitemap-1.xml", "video-sitemap.xml", "sitemap-pt-page-2024-05.xml"),
    *(
        "sitemap-tax-category.xml",
        "sitemap-misc.xml",
        "sitemap-authors.xml",
        "sitemap-pages.xml",
        "etiketler-sitemap.xml",
    ),
]
ASKED = [
    *("post-sitemap.xml", "post-sitemap12.xml", "wp-sitemap-posts-post-1.xml", "wp-sitemap-posts-rapor-1.xml"),
    *(
        "analiz-sitemap.xml",
        "publication-sitemap.xml",
        "sitemap-pt-post-2024-05.xml",
        "sitemap.xml?page=2",
        "sitemap-1.xml",
    ),
    *("news-sitemap.xml", "sitemap-posts.xml", "yayinlar-sitemap.xml", "sitemap-2024.xml", "sitemap/tr.xml"),
]


@pytest.mark.parametrize("name", SKIPPED)
def test_parts_without_articles_are_not_asked(name: str) -> None:
    assert names(ask(index((name, None), ("other.xml", None)))) == ["other.xml"]
    assert names(ask(index((name, None)))) == [name], "unless there is nothing else"


@pytest.mark.parametrize("name", ASKED)
def test_parts_with_articles_are_asked(name: str) -> None:
    assert name in names(ask(index((name, None), ("other.xml", None))))


def test_parts_untouched_since_the_last_run_are_not_asked() -> None:
    body = index(("a.xml", "2024-01-01"), ("b.xml", "2024-05-09T13:00Z"), ("c.xml", "2024-05-10"), ("d.xml", None))
    known = Watermark(complete=True, newest=datetime(2024, 5, 10, 12, tzinfo=UTC))
    assert names(ask(body, known)) == ["c.xml", "b.xml", "d.xml"]
    assert ask(body, known).final
    unfinished = Watermark(complete=False, newest=known.newest)
    assert len(ask(body, unfinished).asks) == 4


def test_parts_from_before_since_are_not_asked_and_the_sitemap_is_not_complete() -> None:
    found = ask(index(("a.xml", "2024-01-01"), ("b.xml", "2024-05-10")), since=datetime(2024, 5, 1, tzinfo=UTC))
    assert names(found) == ["b.xml"]
    assert not found.final


def test_numbered_parts_without_dates_may_wait_but_for_the_ends() -> None:
    parts = [(f"post-sitemap{number}.xml", None) for number in (1, 2, 3, 10)] + [("rapor-sitemap.xml", None)]
    first = ask(index(*parts))
    assert names(first)[0] == "post-sitemap10.xml"
    assert not any(one.patient for one in first.asks)
    later = ask(index(*parts), Watermark(complete=True))
    waiting = [one.url.rpartition("/")[2] for one in later.asks if one.patient]
    assert waiting == ["post-sitemap3.xml", "post-sitemap2.xml"]


def test_a_lastmod_that_is_always_today_says_nothing() -> None:
    today = urlset(*(url(f"a{number}", "2024-06-01T02:59:58Z") for number in range(12)))
    assert {one.modified for one in ask(today).candidates} == {None}
    imported = urlset(*(url(f"a{number}", "2020-01-01") for number in range(12)))
    assert {one.modified for one in ask(imported).candidates} == {datetime(2020, 1, 1, tzinfo=UTC)}
    real = urlset(*(url(f"a{number}", f"2024-06-01T02:{number}:00Z") for number in range(10, 22)))
    assert None not in {one.modified for one in ask(real).candidates}


@pytest.mark.parametrize(
    "loc",
    [
        "https://example.org/haber.php?id=12&kat=3",
        "https://example.org/haber.php?id=12&amp;kat=3",
        "<![CDATA[https://example.org/haber.php?id=12&kat=3]]>",
        "<!-- a & b -->\n https://example.org/haber.php?kat=3&id=12#x\n",
        "//example.org/haber.php?id=12&kat=3",
    ],
)
def test_addresses_with_ampersands(loc: str) -> None:
    found = ask(urlset(f"<url><loc>{loc}</loc></url>", "<url><loc>https://example.org/?b=1&c=2</loc></url>"))
    assert paths(found) == ["haber.php?id=12&kat=3", "?b=1&c=2"]


def test_capitals_code_pages_and_missing_schemes() -> None:
    shouted = urlset(url("A/b", "2024-05-01")).replace(b"url", b"URL").replace(b"loc>", b"LOC>")
    assert [one.url for one in ask(shouted.replace(b"lastmod", b"LASTMOD")).candidates] == ["https://example.org/A/b"]
    assert paths(ask(urlset(url("ş")).decode().encode("cp1254"))) == ["%C5%9F"]
    assert ask(urlset("<url><loc>www.example.org/a</loc></url>")).candidates[0].url == "https://www.example.org/a"


def test_an_index_may_look_like_a_set_and_a_part_may_be_empty() -> None:
    assert names(ask(urlset(url("post-sitemap1.xml"), url("sitemap/x.xml.gz"), url("posts_sitemap.xml.gz")))) == [
        "post-sitemap1.xml",
        "posts_sitemap.xml.gz",
        "sitemap/x.xml.gz",
    ]
    assert ask(urlset()).problem
    assert ask(urlset(), depth=2) == Found(), "as news sitemaps are, two days after the last article"


def test_wordpress_without_pretty_permalinks() -> None:
    parts = [f"?sitemap={part}&amp;paged=1" for part in ("posts&amp;sitemap-subtype=post", "users")]
    parts += [f"?sitemap={part}&amp;paged=1" for part in ("taxonomies&amp;sitemap-subtype=category",)]
    parts += [
        "?sitemap=posts&amp;sitemap-subtype=page&amp;paged=1",
        "?sitemap=posts&amp;sitemap-subtype=rapor&amp;paged=1",
    ]
    asked = names(ask(index(*((part, None) for part in parts))))
    assert sorted(re.findall(r"subtype=(\w+)", " ".join(asked))) == ["post", "rapor"]
    every = ("?p=12", "?rapor=su", "?page_id=3", "?cat=3", "?author=1", "?tag=su", "?p=13&amp;lang=tr")
    assert paths(ask(urlset(*map(url, every)))) == ["?p=12", "?rapor=su", "?page_id=3", "?lang=tr&p=13"]


def test_drupals_terms_and_users_are_passed_over() -> None:
    assert paths(ask(urlset(*map(url, ("tr/node/1", "tr/taxonomy/term/14", "user/1", "pt-br/node/2"))))) == [
        "tr/node/1",
        "pt-br/node/2",
    ]


def test_indexes_do_not_nest_for_ever() -> None:
    assert ask(index(("a.xml", None)), depth=4).asks
    deep = ask(index(("a.xml", None)), depth=5)
    assert deep.asks == ()
    assert "5 indexes deep" in (deep.problem or "")
    assert names(ask(index(("sitemap.xml", None), ("b.xml", None)))) == ["b.xml"], "an index that names itself"


def test_a_feed_may_stand_for_a_sitemap() -> None:
    body = b"<rss version='2.0'><channel><item><link>https://example.org/a</link></item></channel></rss>"
    assert paths(ask(body)) == ["a"]


def test_fifty_thousand_urls_take_a_second_or_two() -> None:
    body = urlset(*(url(f"2024/yazi-{number}/", f"2024-05-{number % 28 + 1:02}") for number in range(50_000)))
    started = time.process_time()
    found = ask(body)
    assert len(found.candidates) == 50_000
    assert time.process_time() - started < 4, "seconds of CPU; 0.6 when it was written"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-05", datetime(2024, 5, 1, tzinfo=UTC)),
        (" 2024-05-01 ", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01T10:00Z", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("2024-05-01T10:00:00.123+03:00", datetime(2024, 5, 1, 7, 0, 0, 123000, tzinfo=UTC)),
        ("2024-05-01 10:00:00 +0300", datetime(2024, 5, 1, 7, tzinfo=UTC)),
        ("Wed, 01 May 2024 10:00:00 +0300", datetime(2024, 5, 1, 7, tzinfo=UTC)),
        ("01.05.2024", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024/5/1", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01T24:00:00Z", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01T7:05:00 03:00", datetime(2024, 5, 1, 4, 5, tzinfo=UTC)),
        ("2024-05-01T10:00:00+03:00[Europe/Istanbul]", datetime(2024, 5, 1, 7, tzinfo=UTC)),
        ("12 Ağustos 2023 Cumartesi", datetime(2023, 8, 12, tzinfo=UTC)),
        ("May 1, 2024", datetime(2024, 5, 1, tzinfo=UTC)),
        ("10:00", None),
        ("Mayıs", None),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("-0001-11-30T00:00:00+00:00", None),
        ("dün", None),
    ],
)
def test_dates_are_read_in_every_usual_form(text: str, expected: datetime | None) -> None:
    assert w3c_instant(text) == expected


def _broken(pieces: Iterable[bytes], cut: int) -> bytes:
    body = b"".join(pieces)
    return body[: max(0, len(body) - cut)]


_fragments = st.sampled_from(
    [
        urlset(url("a", "2024")),
        index(("a.xml", "x")),
        gzip.compress(urlset(url("a"))),
        b"<urlset>",
        b"<url><loc>",
        b"\x1f\x8b",
        b"\xff\xfe",
        b'<?xml version="1.0" encoding="no-such"?>',
        b"<sitemap/>",
        b"]]>",
        b"&x;",
        b"https://example.org/\n",
    ]
)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.one_of(_fragments, st.binary(max_size=40)), max_size=6), st.integers(0, 200))
def test_no_bytes_raise(pieces: list[bytes], cut: int) -> None:
    page = Page(URL, _broken(pieces, cut), "text/xml")
    sitemaps.read(Step(ENDPOINT, SOURCE, Ask(URL, "sitemap"), page))


def test_front_pages_terms_and_sections_are_passed_over() -> None:
    listed = ["", "tr/", "tag/enerji.html", "author/ayse-yildirim/", "archives.html", "index7.html", "logo.png"]
    listed += ["blog/tags/enerji/", "tr/yazilar/yazar/ayse-yildirim", "blog/authors"]
    articles = [f"tr/analizler/yazi-ve-baslik-{number}" for number in range(5)]
    articles += ["archives/1234", "haber/kategori/enerji/boru-hatti"]
    report = ["rapor/sinir-asan-sular-raporu", *(f"rapor/sinir-asan-sular-raporu/bolum-{n}" for n in range(6))]
    found = ask(urlset(*(url(path) for path in [*listed, "tr/analizler/", *articles, *report, "kategori/a/b"])))
    assert paths(found) == [*articles, *report, "kategori/a/b"], "a report with chapters is no section"


def test_an_article_pattern_decides_alone() -> None:
    endpoint = replace(ENDPOINT, article=r"/en/tag/")
    page = Page(URL, urlset(url("en/tag/x"), url("en/yazi-bir")), "application/xml")
    found = read(endpoint, SOURCE, Ask(URL, "sitemap"), page, None, UNKNOWN)
    assert paths(found) == ["en/tag/x"]


def test_the_year_1_is_no_date_and_a_zone_no_year() -> None:
    assert w3c_instant("Mon, 01 Jan 0001 00:00:00 +0000") is None
    assert w3c_instant("0001-01-01T00:00:00Z") is None
    assert w3c_instant("Fri, 14 Aug 2026 09:00:00 +0001") is not None
    assert w3c_instant("2026-08-14T09:00:00.0001Z") is not None
