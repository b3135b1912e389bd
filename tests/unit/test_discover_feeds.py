"""Feeds of every kind and state: what they name, how their archives are paged, what they are not."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import discover
from pipeline.discover import Ask, Found, Step, Watermark, feeds, feeds_in, read, start
from pipeline.models import Endpoint, Page, Source

URL = "https://example.org/feed/"
ENDPOINT = Endpoint("feed", URL, kind="analysis")
UNKNOWN = Watermark()
SOURCE = Source("example", "Example", "https://example.org/", (ENDPOINT,))
KNOWN = Watermark(complete=True)


def item(slug: str, date: str = "Wed, 02 Oct 2024 13:00:00 +0300", extra: str = "") -> str:
    return f"<item><title>Yazı {slug}</title><link>https://example.org/{slug}/</link><pubDate>{date}</pubDate>{extra}</item>"


def rss(*items: str, head: str = "", generator: str = "") -> bytes:
    made_by = f"<generator>{generator}</generator>" if generator else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><title>Kurum</title>'
        f"<link>https://example.org/</link>{made_by}{head}{''.join(items)}</channel></rss>"
    ).encode()


def wordpress(*slugs: str) -> bytes:
    return rss(*(item(slug) for slug in slugs), generator="https://wordpress.org/?v=6.5")


def ask(
    body: bytes,
    known: Watermark = UNKNOWN,
    number: int = 1,
    *,
    after: str = "",
    url: str = URL,
    content_type: str = "application/rss+xml",
    status: int = 200,
    known_urls: frozenset[str] = frozenset(),
    since: datetime | None = None,
    endpoint: Endpoint = ENDPOINT,
) -> Found:
    page = Page(url, body, content_type, status)
    request = Ask(url, "feed", number, after)
    return read(endpoint, SOURCE, request, page, None, known, known_urls=known_urls, since=since)


def urls(found: Found) -> list[str]:
    return [candidate.url for candidate in found.candidates]


def test_it_starts_with_the_feed_itself() -> None:
    assert start(ENDPOINT, Watermark()) == (Ask(URL, "feed"),)


def test_the_zero_time_of_a_feed_is_no_date() -> None:
    """Hugo writes it for an undated page; stored, it would stop every later run."""
    zero = item("tarihsiz", "Mon, 01 Jan 0001 00:00:00 +0000")
    epoch = item("sifir", "Thu, 01 Jan 1970 00:00:00 +0000")
    found = ask(rss(zero, epoch, item("bir")))
    assert [candidate.published is None for candidate in found.candidates] == [True, True, False]


def test_rss_items_become_candidates() -> None:
    found = ask(rss(item("bir"), item("iki", "Thu, 03 Oct 2024 01:30:00 +0300")))
    assert found.problem is None
    assert found.final
    first, second = found.candidates
    assert first.url == "https://example.org/bir/"
    assert first.title == "Yazı bir"
    assert first.published == datetime(2024, 10, 2, 10, 0, tzinfo=UTC)
    assert first.modified is None
    assert first.kind == "analysis"
    assert first.found_in == (f"feed:{URL}",)
    assert second.published == datetime(2024, 10, 2, 22, 30, tzinfo=UTC)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes; a worker hands it back this way


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/en/"><title>House</title>
<entry><title type="html">&lt;b&gt;One&lt;/b&gt; &amp;amp; two</title><id>urn:1</id>
<link rel="enclosure" href="https://example.org/a.mp3"/><link rel="alternate" type="text/html" href="one"/>
<published>2024-05-01T10:00:00+03:00</published><updated>2024-05-02T10:00:00Z</updated><content>long</content></entry>
<entry><title>Only updated</title><id>https://example.org/two</id><updated>2024-05-02T10:00:00Z</updated></entry></feed>"""


def test_atom_entries_keep_both_dates_and_resolve_against_their_base() -> None:
    found = ask(ATOM.encode(), content_type="text/plain")
    assert urls(found) == ["https://example.org/en/one", "https://example.org/two"]
    assert found.candidates[0].published == datetime(2024, 5, 1, 7, 0, tzinfo=UTC)
    assert found.candidates[0].modified == datetime(2024, 5, 2, 10, 0, tzinfo=UTC)
    assert found.candidates[1].published is None
    assert found.candidates[1].modified == datetime(2024, 5, 2, 10, 0, tzinfo=UTC)


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://example.org/"><title>K</title></channel>
<item rdf:about="https://example.org/a"><title>A</title><link>https://example.org/a</link><dc:date>2024-05-01</dc:date></item>
</rdf:RDF>"""
RSS_091 = "<rss version='0.91'><channel><title>K</title><item><title>A</title><link>/a</link></item></channel></rss>"
JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "K", "next_url": "?page=2", "items": [
{"id": "1", "url": "/a", "title": "A", "date_published": "2024-05-01T10:00:00+03:00"}, {"id": "no link"}, 7]}"""


@pytest.mark.parametrize("body", [RDF, RSS_091, JSON_FEED])
def test_older_and_newer_formats_are_read(body: str) -> None:
    found = ask(body.encode())
    assert urls(found)[0] == "https://example.org/a"
    assert found.candidates[0].title == "A"


def test_json_feeds_name_their_next_page() -> None:
    assert [following.url for following in ask(JSON_FEED.encode()).asks] == ["https://example.org/feed/?page=2"]


def test_the_original_link_wins_over_a_proxy_and_a_permalink_stands_for_a_missing_link() -> None:
    proxied = (
        "<item><title>A</title><link>https://feeds.example.net/~r/1</link>"
        "<feedburner:origLink>https://example.org/asil?utm_source=rss</feedburner:origLink></item>"
    )
    permalink = "<item><title>B</title><guid>https://example.org/b</guid></item>"
    opaque = '<item><title>C</title><guid isPermaLink="false">42</guid></item>'
    assert urls(ask(rss(proxied, permalink, opaque))) == ["https://example.org/asil", "https://example.org/b"]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("<link>https://example.org/haber.php?id=12&kat=3</link>", "https://example.org/haber.php?id=12&kat=3"),
        ("<link>https://example.org/haber.php?id=12&amp;amp;kat=3</link>", "https://example.org/haber.php?id=12&kat=3"),
        ("<link><![CDATA[ https://example.org/?p=1&l=2 ]]></link>", "https://example.org/?l=2&p=1"),
        ("<link/><guid isPermaLink='true'>https://example.org/a</guid>", "https://example.org/a"),
        ("<link> </link><guid isPermaLink='false'>https://example.org/a</guid>", "https://example.org/a"),
        ("<link>www.example.org/a</link>", "https://www.example.org/a"),
        ("<link>yazi/1</link>", "https://example.org/yazi/1"),
        ("<link xml:base='https://example.org/tr/'>1</link>", "https://example.org/tr/1"),
        ("<enclosure url='https://example.org/a.pdf' type='application/pdf'/>", "https://example.org/a.pdf"),
    ],
)
def test_links_of_every_kind(link: str, expected: str) -> None:
    assert urls(ask(rss(f"<item><title>Bir & iki</title>{link}</item>"), url="https://feeds.example.net/x")) == [
        expected
    ]


def test_a_base_of_its_own_and_items_of_rdf_without_links() -> None:
    drupal = rss("<item><link>node/1</link></item>").replace(b"<rss ", b'<rss xml:base="https://example.org/tr/" ')
    assert urls(ask(drupal)) == ["https://example.org/tr/node/1"]
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/>'
        '<item rdf:about="https://example.org/a"><title>A</title></item></rdf:RDF>'
    )
    assert urls(ask(rdf.encode())) == ["https://example.org/a"]


@pytest.mark.parametrize(
    "date", ["Çar, 02 Eki 2024 13:00:00 +0300", "02.10.2024 10:00", "2 Ekim 2024 Çarşamba 10:00", "2024-10-02T10:00Z"]
)
def test_dates_as_sites_write_them(date: str) -> None:
    assert ask(rss(item("bir", date))).candidates[0].published == datetime(2024, 10, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"\n\n  " + rss(item("bir")),
        b"<br />\n<b>Warning</b>: something in <b>/srv/x.php</b> on line <b>3</b><br />\n" + rss(item("bir")),
        b"\xef\xbb\xbf" + rss(item("bir")),
        rss(item("bir")).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        rss(item("bir")).replace(b"</channel></rss>", b""),
        rss(item("bir"), "<item><title>&nbsp;Kopuk & bozuk</title><link>https://example.org/iki/"),
        rss(item("bir")).replace("Yazı".encode(), b"Yaz\x0b\x00&uuml;&hellip;&LT;x&nosuch;"),
        rss(item("bir")).replace(b'xmlns:atom="http://www.w3.org/2005/Atom"', b"").replace(b"<link>", b"<x:y/><link>"),
        b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        + rss(item("bir"), "<item>&b;&b;</item>")[39:],
    ],
    ids=["blanks", "php", "bom", "utf16", "cut", "unclosed", "control", "prefix", "entities"],
)
def test_broken_feeds_are_mended(body: bytes) -> None:
    found = ask(body, content_type="text/html; charset=iso-8859-9")
    assert found.problem is None
    assert urls(found)[0] == "https://example.org/bir/"


def test_a_turkish_code_page_is_read_as_such() -> None:
    body = rss(item("bir")).decode().replace("UTF-8", "ISO-8859-9").replace("Yazı", "Dışişleri “ağı”").encode("cp1254")
    assert ask(body).candidates[0].title == "Dışişleri “ağı” bir"
    undeclared = body.replace(b' encoding="ISO-8859-9"', b"")
    assert ask(undeclared, content_type="text/xml; charset=windows-1254").candidates[0].title == "Dışişleri “ağı” bir"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"<!doctype html><html><head><title>x</title></head><body>hello</body></html>",
            "a web page instead of a feed",
        ),
        (b"<html><body><rss></rss></body></html>", "a web page instead of a feed"),
        (b"", "no feed"),
        (b"\x00\x01\x02", "no feed"),
        (b"{}", "no feed"),
        (b"/etc/passwd", "no feed"),
        (rss(), "holds no items"),
        (rss("<item><title>x</title></item>"), "items without a link"),
        (rss("<item><link>https://example.org/a/#comment-3</link></item>"), "feed of the comments"),
    ],
)
def test_what_is_no_feed_is_said(body: bytes, message: str) -> None:
    found = ask(body)
    assert found.candidates == ()
    assert not found.final
    assert message in (found.problem or "")


@pytest.mark.parametrize(
    ("status", "word"), [(401, "login"), (403, "refuses"), (404, "exist"), (410, "gone"), (500, "500")]
)
def test_refusals_are_said(status: int, word: str) -> None:
    assert word in (ask(b"", status=status).problem or "")


def test_a_first_crawl_pages_through_a_wordpress_archive() -> None:
    first = ask(wordpress("a", "b"))
    assert [(following.url, following.page) for following in first.asks] == [(URL + "?paged=2", 2)]
    second = ask(wordpress("c", "d"), number=2, after=first.asks[0].after, url=first.asks[0].url)
    assert [following.url for following in second.asks] == [URL + "?paged=3"]
    assert ask(b"", number=3, status=404) == Found()


def test_a_first_crawl_that_was_cut_goes_on_over_known_pages() -> None:
    known = frozenset({"https://example.org/a/", "https://example.org/b/"})
    assert ask(wordpress("a", "b"), known_urls=known).asks


def test_paging_ends_where_a_page_repeats() -> None:
    first = ask(wordpress("a", "b"))
    again = ask(wordpress("a", "b"), number=2, after=first.asks[0].after, url=first.asks[0].url)
    assert again == Found()


def test_later_runs_page_on_only_while_all_is_new() -> None:
    one_known = frozenset({"http://www.example.org/b"})
    assert not ask(wordpress("a", "b"), KNOWN, known_urls=one_known).asks
    gap = ask(wordpress("a", "b"), KNOWN, known_urls=frozenset({"https://example.org/z/"}))
    assert [following.page for following in gap.asks] == [2]


def test_other_feeds_are_paged_by_their_own_links_alone() -> None:
    assert not ask(rss(item("a"))).asks
    linked = rss(item("a"), head='<atom:link rel="prev-archive" href="/feed/2023.xml"/>')
    assert [following.url for following in ask(linked).asks] == ["https://example.org/feed/2023.xml"]


def test_paging_ends_before_since_which_is_not_complete_and_at_the_limit() -> None:
    old = ask(wordpress("a", "b"), since=datetime(2025, 1, 1, tzinfo=UTC))
    assert (old.asks, old.final, len(old.candidates)) == ((), False, 2)
    limited = ask(wordpress("a"), number=3, endpoint=replace(ENDPOINT, max_pages=3))
    assert (limited.asks, limited.final) == ((), True), "later nights need not go as far again"


def test_a_surprise_in_a_parser_costs_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def surprise(step: Step) -> Found:
        raise RuntimeError("unheard of")

    monkeypatch.setitem(discover._READ, "feed", surprise)
    found = ask(b"")
    assert not found.final
    assert "RuntimeError: unheard of" in (found.problem or "")


def test_a_page_names_its_feeds() -> None:
    body = """<html><head><base href="https://other.example/">
    <link rel="alternate" type="application/rss+xml" title="Yorumlar" href="/comments/feed/">
    <link rel="alternate" type="application/rss+xml; charset=UTF-8" href="/feed/">
    <link rel="ALTERNATE" type="application/atom+xml" href="atom.xml">
    <link rel="alternate" hreflang="en" href="/en/"></head>
    <body><a href="/en/rss">RSS</a><a href="/rss-nedir">?</a></body></html>"""
    assert feeds_in(body.encode(), "https://example.org/tr/") == (
        "https://example.org/feed/",
        "https://example.org/tr/atom.xml",
        "https://example.org/en/rss",
    )
    assert feeds_in(b"", URL) == ()


_fragments = st.sampled_from(
    [
        wordpress("a", "b"),
        ATOM.encode(),
        RDF.encode(),
        JSON_FEED.encode(),
        b"<rss>",
        b"<item>",
        b"]]>",
        b"<![CDATA[",
        b"&x;",
        b"<feed",
        b"\xff\xfe",
        b"\x00",
        b"<link>http://[</link>",
        b'<?xml version="1.0" encoding="idna"?>',
        b"</channel>",
    ]
)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.one_of(_fragments, st.binary(max_size=40)), max_size=6), st.integers(0, 400), st.integers(1, 2))
def test_no_bytes_raise(pieces: list[bytes], cut: int, number: int) -> None:
    body = b"".join(pieces)
    page = Page(URL, body[: max(0, len(body) - cut)], "text/xml; charset=rot13")
    feeds.read(Step(ENDPOINT, SOURCE, Ask(URL, "feed", number), page))
    feeds_in(page.body, URL)
