"""Pages as many systems lay them out, each with what a reader would say of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.extract.html import extract
from pipeline.models import Article, Page, Source

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOURCE = Source(id="site", name="Karadeniz İncelemeleri", homepage="http://site.example/", endpoints=())
PROSE = (
    "Bölgedeki enerji hatları yıllardır tartışılıyor ve taraflar yeni bir anlaşma arıyor.",
    "Uzmanlara göre ulaştırma koridorları önümüzdeki on yılda bölge ticaretinin yönünü belirleyecek.",
    "Ankara ile komşu başkentler arasındaki görüşmeler bahar aylarında yeniden başlayacak, yetkililer umutlu.",
)
TEXT = "".join(f"<p>{line}</p>" for line in PROSE)


def article(body: str, head: str = "<title>Enerji Hatları</title>", url: str = "http://site.example/enerji") -> Article:
    html = f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"
    return extract(Page(url, html.encode()), SOURCE, now=NOW).article


# --- titles ----------------------------------------------------------------------------------------------------------


def test_an_h1_that_leads_to_the_front_page_names_the_site() -> None:
    """Pelican's stock theme "simple": the site's name above all, the title in an h2."""
    body = "<header><h1><a href='/'>Doğu Enstitüsü</a></h1></header><main><article><header><h2><a href='/enerji'>"
    body += f"Enerji Hatları</a></h2></header>{TEXT}</article></main>"
    found = article(body, "<title>Doğu Enstitüsü - Enerji Hatları</title>")
    assert (found.title, found.title_basis) == ("Enerji Hatları", "h1")
    assert found.text == "\n".join(PROSE)


def test_the_catalogue_names_the_site_too() -> None:
    body = f"<div><h1>Karadeniz İncelemeleri</h1></div><h2>Enerji Hatları</h2>{TEXT}"
    assert article(body, "<title>Karadeniz İncelemeleri - Enerji Hatları</title>").title == "Enerji Hatları"


def test_a_part_of_a_title_that_only_resembles_the_sites_name_stays() -> None:
    assert article(TEXT, "<title>İncelemeleri - Enerji Hatları</title>").title == "İncelemeleri - Enerji Hatları"


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("<address class='vcard author'>By <a class=fn href='/author/a'>Ayşe Kılıç</a>\n"
         "<a class=fn href='/author/m'>Mehmet Öztürk</a></address>", ("Ayşe Kılıç", "Mehmet Öztürk")),
        ("<ul><li><a rel=author href=/a>Ayşe Kılıç</a></li><li><a rel=author href=/m>Mehmet Öztürk</a></li></ul>",
         ("Ayşe Kılıç", "Mehmet Öztürk")),
        ("<div><span class=author>Ayşe Kılıç</span> <span class=author>Mehmet Öztürk</span></div>",
         ("Ayşe Kılıç", "Mehmet Öztürk")),
        ("<span itemprop=author><a href='/author/a'>Ayşe Kılıç</a></span>", ("Ayşe Kılıç",)),
    ],
)  # fmt: skip
def test_names_side_by_side_wrote_together(byline: str, expected: tuple[str, ...]) -> None:
    assert article(f"<h1>Enerji Hatları</h1>{byline}<div class=entry-content>{TEXT}</div>").authors == expected


def test_a_term_that_sounds_like_a_name_is_no_author() -> None:
    byline = "<footer class=post-info><address class=author>By <a href='/author/e'>Editör</a></address>"
    byline += "<p>tags: <a href='/tag/ipek-yolu.html'>İpek Yolu</a></p></footer>"
    found = article(f"<article><h1>Enerji Hatları</h1><div class=entry-content>{byline}{TEXT}</div></article>")
    assert (found.authors, found.organisations) == ((), ("Editör",))


# --- what pages hold by accident -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["&#1;", "&#x1f;", "&#31", "&#0008;", "&#xFFFE;", "\x02", "\x0b", "\uffff"])
def test_a_control_character_where_something_is_taken_out(sign: str) -> None:
    found = article(f"<article><h1>Enerji</h1><div class=entry-content>{TEXT}<nav>x</nav>{sign} Son.</div></article>")
    assert found.text.startswith(PROSE[0])


def test_references_that_are_no_control_characters_stay() -> None:
    assert "AÇ1" in article(f"<article><p>{PROSE[0]} &#65;&#199;&#x31; {PROSE[1]}</p></article>").text


def test_a_picture_from_a_wordpress_site_makes_no_wordpress() -> None:
    picture = "<img src='https://blog.example/wp-content/uploads/fork.png'>"
    for source, reason in ((picture, None), (picture.replace("https://blog.example", ""), "listing")):
        html = f"<html><body class=home>{source}<article><h1>Enerji</h1>{TEXT}</article></body></html>"
        assert extract(Page("http://site.example/enerji", html.encode()), SOURCE, now=NOW).not_article == reason
