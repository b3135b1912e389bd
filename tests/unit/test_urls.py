"""Canonical URLs: one spelling a page, never one spelling for two."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.urls import article_id, canonical, host_of, resolve, twin_keys

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

UNCHANGED = [
    "http://127.0.0.1:8080/slug.html",
    "https://kafkassam.com/turkiye-ve-kafkasya.html",
    "https://example.org/2024/05/03/a-slug/",
    "https://example.org/2024/05/03/a-slug",
    "https://example.org/?p=123",
    "https://example.org/index.php",
    "https://m.example.org/haber/1",
    "https://example.org/haber.asp?ID=12&dil=tr",
    "https://example.org/amp/",
    "https://example.org/print",
    "https://example.org/guitar/amp/",
    "https://example.org/a?source=kurum",
    "https://example.org/a?ref=12",
    "https://example.org/a?s=karabag",
    "https://example.org/a?nb=3&share=12",
    "https://example.org/index.php?/haber/12&lang=tr",
    "https://web.archive.org/web/2020/http://example.org/a",
    "https://[2001:db8::1]:8443/a",
    "https://example.org/a%2Fb",
    "https://example.org/t%C3%BCrkiye",
]

FOLDED = [
    ("HTTPS://Example.ORG", "https://example.org/"),
    ("https://example.org:443/a", "https://example.org/a"),
    ("https://example.org:443", "https://example.org/"),
    ("http://example.org:80/a", "http://example.org/a"),
    ("https://example.org./a", "https://example.org/a"),
    ("  https://example.org/a\n", "https://example.org/a"),
    ("https://example.org/a/./b/../c//d", "https://example.org/a/c/d"),
    ("https://example.org/../../a", "https://example.org/a"),
    ("https://example.org/a/..", "https://example.org/"),
    ("https://example.org/%2e%2e/a", "https://example.org/a"),
    ("https://example.org/a#comment-12", "https://example.org/a"),
    ("https://example.org/#!/a", "https://example.org/"),
    ("https://example.org/a?", "https://example.org/a"),
    ("https://example.org\\a\\b", "https://example.org/a/b"),
    ("https://türkiye.org/", "https://xn--trkiye-3ya.org/"),
    ("https://example.org/türkiye", "https://example.org/t%C3%BCrkiye"),
    ("https://example.org/t%c3%bcrkiye", "https://example.org/t%C3%BCrkiye"),
    ("https://example.org/%7Eali/%61", "https://example.org/~ali/a"),
    ("https://example.org/100%", "https://example.org/100%25"),
    ("https://example.org/a b?q=c d", "https://example.org/a%20b?q=c%20d"),
    ("https://example.org/a?utm_source=x&utm%5Fmedium=y&fbclid=1&id=2", "https://example.org/a?id=2"),
    ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
    ("https://example.org/?p=1&#038;lang=en", "https://example.org/?lang=en&p=1"),
    ("https://example.org/?a=1&amp;amp;b=2", "https://example.org/?a=1&b=2"),
    ("https://example.org/a?ref=twitter&source=rss", "https://example.org/a"),
    ("https://example.org/a;jsessionid=0A1B?x=1", "https://example.org/a?x=1"),
    ("https://example.org/a?PHPSESSID=ab12&x=1", "https://example.org/a?x=1"),
    ("https://example.org/a?sid=0123456789abcdef0123456789abcdef", "https://example.org/a"),
    ("https://example.org/(S(abcdefghij0123456789abcd))/a.aspx", "https://example.org/a.aspx"),
    ("https://example.org/a-slug/amp/", "https://example.org/a-slug/"),
    ("https://example.org/a-slug/amp", "https://example.org/a-slug"),
    ("https://example.org/slug.amp.html", "https://example.org/slug.html"),
    ("https://example.org/slug.amp", "https://example.org/slug"),
    ("https://example.org/a?amp=1", "https://example.org/a"),
    ("https://example.org/a?amp", "https://example.org/a"),
    ("https://example.org/a-slug/print/", "https://example.org/a-slug/"),
    ("https://example.org/a?tmpl=component&print=1&id=3", "https://example.org/a?id=3"),
    ("https://example.org/a/?replytocom=7#respond", "https://example.org/a/"),
    ("https://example.org/a-slug/comment-page-2/#comments", "https://example.org/a-slug/"),
    ("https://example.org/a/?share=facebook&nb=1", "https://example.org/a/"),
]

REFUSED = [
    "",
    "mailto:ali@example.org",
    "javascript:void(0)",
    "ftp://example.org/a",
    "//example.org/a",
    "/a",
    "https://",
    "https:///a",
    "https://user:secret@example.org/",
    "https://example.org:99999/",
    "https://example.org:port/",
    "https://[::1/",
    "https://exa mple.org/",
    "https://example..org/",
    "https://-/",
    "https://example.org/" + "a" * 5000,
]


@pytest.mark.parametrize("url", UNCHANGED)
def test_plain_urls_stay_as_they_are(url: str) -> None:
    assert canonical(url) == url


@pytest.mark.parametrize(("url", "expected"), FOLDED)
def test_spellings_of_one_page_are_one(url: str, expected: str) -> None:
    assert canonical(url) == expected


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_web_address_is_none(url: str) -> None:
    assert canonical(url) is None


_TOKENS = r"""
/ // /./ /../ : ? & &amp; &#038; amp; = # % %2e %41 %c3%bc \ ; ;jsessionid=1 /amp /print/ .amp .html utm_source=x amp=1
a-b :80 http:// @ ü /comment-page-1 (S(abcdefghij0123456789abcd)) share=x nb=1 [ ] ( ) , +
"""
_pieces = st.one_of(st.text(max_size=8), st.sampled_from(["\ud800", " ", *_TOKENS.split()]))
_urls = st.builds(
    lambda scheme, host, tail: scheme + host + "".join(tail),
    st.sampled_from(["http://", "https://", "HTTP://", ""]),
    st.sampled_from(["example.org", "EXAMPLE.org.", "türkiye.org", "127.0.0.1", "[::1]", "a_b.c", "İstanbul.org", ""]),
    st.lists(_pieces, max_size=12),
)


@settings(max_examples=1500, deadline=None)
@given(_urls)
@example("http://example.org/a-b/amp/amp/print")
@example("http://example.org/?amp;b=2&a=1")
@example("http://example.org:443/amp")
def test_canonical_is_idempotent(url: str) -> None:
    once = canonical(url)
    if once is not None:
        assert canonical(once) == once
        assert once.isascii()
        assert host_of(once)
        assert once in twin_keys(once)


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
def test_links_never_raise(base: str, reference: str) -> None:
    resolve(base, reference)
    host_of(reference)


@pytest.mark.parametrize(
    ("base", "reference", "expected"),
    [
        ("https://example.org/liste/2", "../a-b.html", "https://example.org/a-b.html"),
        ("https://example.org/liste", " ?page=3 ", "https://example.org/liste?page=3"),
        ("https://example.org/liste", "//cdn.example.org/x", "https://cdn.example.org/x"),
        ("https://example.org/liste", "mailto:a@example.org", None),
        ("https://example.org/liste", "http://[", None),
    ],
)
def test_links_are_resolved_against_their_page(base: str, reference: str, expected: str | None) -> None:
    assert resolve(base, reference) == expected


def test_twins_are_the_usual_other_forms() -> None:
    twins = twin_keys("https://example.org/a?id=1")
    assert twins[0] == "https://example.org/a?id=1"
    assert set(twins) >= {
        "http://www.example.org/a/?id=1",
        "http://example.org/a?id=1",
        "https://www.example.org/a?id=1",
    }
    assert len(twins) == 8
    assert twin_keys("http://127.0.0.1:8080/slug.html") == (
        "http://127.0.0.1:8080/slug.html",
        "https://127.0.0.1:8080/slug.html",
    )


def test_ids_are_the_first_twenty_digits_of_sha256() -> None:
    # printf %s https://example.org/ | sha256sum
    assert article_id("https://example.org/") == "8198d1bac40a1033653a"


def test_hosts_are_plain_names() -> None:
    assert host_of("https://WWW.Türkiye.org:8443/a") == "www.xn--trkiye-3ya.org"
    assert host_of("nonsense") == ""


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the third-party corpus beside the project (../shared/corpus)")
def test_articles_of_the_corpus_stay_apart() -> None:
    urls = {entry["url"] for entry in json.loads((CORPUS / "benchmark/ground-truth.json").read_text()).values()}
    for meta in CORPUS.glob("publishers/*/meta.json"):
        urls |= {page["url"] for page in json.loads(meta.read_text()).values()}
    spelled = {canonical(url) for url in urls}
    assert len(urls) > 100
    assert None not in spelled
    assert len(spelled) == len(urls)
    keys = [frozenset(twin_keys(url)) for url in spelled if url]
    assert len(frozenset().union(*keys)) == sum(map(len, keys)), "no two articles share an alias form"


def test_a_url_takes_microseconds() -> None:
    started = time.perf_counter()
    for number in range(5000):
        canonical(f"https://example.org/2024/05/yaz%C4%B1-{number}/?utm_source=x&id={number}")
    assert time.perf_counter() - started < 1.0, "200 µs each is ten times what it should take"
