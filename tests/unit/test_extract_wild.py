"""Wild bytes and markup: a page is read or rejected, and never anything else."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import Rejected
from pipeline.extract.html import extract
from pipeline.extract.template import learn
from pipeline.models import Page, Source
from pipeline.text import without_attribute_bombs

SOURCE = Source(id="site", name="Merkez", homepage="http://site.example/", endpoints=())
TAGS = (
    "html head body main article section div p h1 h2 ul li table tr td form nav aside footer figure blockquote a span "
    "time script style title meta link br svg template noscript iframe font center"
).split()
ATTRIBUTES = (
    "", " class=entry-content", " class='comments'", " class='post-1 hentry'", " id=x", " href='/a/2/'", " href='http://['",
    " rel='author tag next'", " itemprop=articleBody", " itemprop=datePublished datetime=9999-99-99",
    " property=og:title content='İ…'",
    " type=application/ld+json", " role=banner", " style='display:none'", " class=\"\u0000\ud7ff\"",
    " name=robots content=none",
)  # fmt: skip
BROKEN_DATA = '{"@graph":[{"@type":["Article"],"author":[[],1,{"name":[2]}]}]}'
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(("31 Şubat 2016", "KASIM", BROKEN_DATA, "Sonuç", "&#0;&bogus;", "]]>", "<!--", "9" * 20)),
)
PIECES = st.one_of(
    st.builds(lambda tag, more: f"<{tag}{more}>", st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES)),
    st.builds(lambda tag: f"</{tag}>", st.sampled_from(TAGS)),
    TEXTS,
)
MARKUP = st.lists(PIECES, max_size=60).map("".join)
WILD = settings(max_examples=100, deadline=timedelta(seconds=60), suppress_health_check=[HealthCheck.too_slow])


def read(body: bytes, content_type: str = "text/html", url: str = "http://site.example/a.html") -> None:
    page = Page(url, body, content_type)
    try:
        found = extract(page, SOURCE)
    except Rejected:
        return
    assert found.article.url == url
    assert "\x00" not in found.article.text


@WILD
@given(MARKUP, st.sampled_from(("text/html", "text/html; charset=utf-16", "text/html; charset=bogus", "")))
def test_wild_markup(markup: str, content_type: str) -> None:
    read(markup.encode("utf-8", "surrogatepass"), content_type)


@WILD
@given(st.binary(max_size=2000))
def test_wild_bytes(body: bytes) -> None:
    read(body)


@settings(WILD, max_examples=20)
@given(st.lists(MARKUP, min_size=6, max_size=8))
def test_wild_pages_are_learned_from(pages: list[str]) -> None:
    learn([Page(f"http://site.example/{n}", page.encode("utf-8", "replace")) for n, page in enumerate(pages)], SOURCE)


def test_deep_and_wide_trees_end() -> None:
    read(b"<div>" * 5000 + b"text" + b"</div>" * 5000)
    read(b"<p>" + b"<a href=/x>y</a> " * 20000)
    read(b"<div class=card><a href=/x><h3>t</h3></a></div>" * 3000)


def test_an_attribute_bomb_is_read_without_its_attributes() -> None:
    bomb = "".join(f' a{number}="x>"' if number % 2 else f" b{number}=y" for number in range(20_000))
    page = Page("http://site.example/a.html", f"<body><p{bomb.replace('>', '')} class=c>Metin</p></body>".encode())
    assert "a1=" not in without_attribute_bombs(page.body.decode())
    assert extract(page, SOURCE).article.text == "Metin"


def test_long_tags_with_few_attributes_stay_whole() -> None:
    image = f'<img src="data:image/png;base64,{"A" * 50_000}" alt="{"bir iki " * 3_000}">'
    assert without_attribute_bombs(image) == image
