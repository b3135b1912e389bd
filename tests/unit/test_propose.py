"""What a home page tells, and what is guessed from addresses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.discover.home import read_home, type_of
from pipeline.jobs.propose import country_of, id_of, pattern_of
from pipeline.models import Page

URL = "https://www.ornek.org.tr/"
HOME = """<!doctype html><html lang="tr-TR"><head><meta name="generator" content="WordPress 6.4.2">
<title>Ana Sayfa - Örnek Araştırmalar Merkezi</title><link rel="https://api.w.org/" href="https://www.ornek.org.tr/wp-json/">
<link rel="alternate" type="application/rss+xml" href="/feed/"><link rel="alternate" hreflang="en" href="/en/"></head>
<body><a href="/en/">English</a> <a href="/ru/">Русский</a> <a href="/qq/">x</a></body></html>"""


def home_of(text: str, **headers: str) -> object:
    return read_home(Page(URL, text.encode(), headers=tuple(headers.items())))


def test_a_wordpress_says_all_of_itself() -> None:
    home = read_home(Page(URL, HOME.encode()))
    assert (home.cms, home.name) == ("WordPress", "Örnek Araştırmalar Merkezi")
    assert home.languages == ("tr", "en", "ru")
    assert home.feeds == ("https://www.ornek.org.tr/feed/",)
    assert home.api == URL


@pytest.mark.parametrize(
    ("markup", "system"),
    [
        ('<link href="/wp-content/themes/x/style.css">', "WordPress"),
        ('<meta content="Drupal 10 (https://www.drupal.org)" name="Generator" />', "Drupal"),
        ('<meta name="Generator" content="Drupal 10 (https://www.drupal.org)" />', "Drupal"),
        ('<img src="/sites/default/files/a.jpg">', "Drupal"),
        ('<script src="/_next/static/chunks/main.js"></script>', "Next.js"),
        ('<meta name="generator" content="Hugo 0.111.3">', "Hugo"),
        ('<meta name="generator" content="Pelican">', "Pelican"),
        ("<p>nothing</p>", None),
    ],
)
def test_systems_by_their_marks(markup: str, system: str | None) -> None:
    assert read_home(Page(URL, f"<html><head>{markup}</head></html>".encode())).cms == system


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "feed"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "feed"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "sitemap"),
        (b"\x1f\x8b\x08", "sitemap"),
        (b"https://www.ornek.org.tr/a\nhttps://www.ornek.org.tr/b", "sitemap"),
        (HOME.encode(), "listing"),
        (b"", "listing"),
    ],
)
def test_what_an_answer_looks_like(body: bytes, form: str) -> None:
    assert type_of(Page(URL, body)) == form


def test_an_address_of_the_api_is_wordpress() -> None:
    assert type_of(Page(URL + "wp-json/wp/v2/posts", b"[]")) == "wordpress"


@pytest.mark.parametrize(
    ("url", "name", "country"),
    [
        (URL, "ornek", "TR"),
        ("https://www.rusi.org.uk/", "rusi", "GB"),
        ("https://ipc.sabanciuniv.edu/", "sabanciuniv", None),
        ("https://ecfr.eu/", "ecfr", None),
        ("https://xn--rnek-4qa.org/", "xn--rnek-4qa", None),
        ("http://127.0.0.1:8000/", "127", None),
    ],
)
def test_ids_and_countries(url: str, name: str, country: str | None) -> None:
    assert id_of(url) == name
    assert country_of(url) == country


def test_patterns_are_what_nine_of_ten_share() -> None:
    root = "https://a.org"
    assert pattern_of([f"{root}/yazi-{n}.html" for n in range(9)] + [f"{root}/x"]) == r"/[^/]+\.html$"
    assert pattern_of([f"{root}/en/analysis/a{n}" for n in range(9)] + [f"{root}/about"]) == "/(en/analysis)/"
    assert pattern_of([f"{root}/{n}/a" for n in range(20)]) is None
    assert pattern_of([f"{root}/blog/a"] * 3) is None, "three prove nothing"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_raise(body: bytes) -> None:
    page = Page(URL, body)
    assert isinstance(read_home(page).name, str)
    assert type_of(page) in ("feed", "sitemap", "listing", "wordpress")
