"""Pages as more systems lay them out: what they print around a text, above it and below it, and where names stop."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from pipeline.extract.html import extract
from pipeline.extract.template import learn
from pipeline.models import Article, Page, Source

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOURCE = Source(id="kram", name="Karadeniz Araştırmaları", homepage="http://site.example/", endpoints=())
PROSE = (
    "Bölgedeki enerji hatları yıllardır tartışılıyor ve taraflar yeni bir anlaşma arıyor.",
    "Uzmanlara göre ulaştırma koridorları önümüzdeki on yılda bölge ticaretinin yönünü belirleyecek.",
    "Ankara ile komşu başkentler arasındaki görüşmeler bahar aylarında yeniden başlayacak, yetkililer umutlu.",
    "Boru hattının kapasitesi son yıllarda iki katına çıkarıldı ve yeni pompa istasyonları hizmete girdi.",
)
TEXT = "".join(f"<p>{line}</p>" for line in PROSE)
H1 = "<h1>Enerji Hatları</h1>"
AYSE, DAY = ("Ayşe Demir",), date(2016, 8, 12)


def article(body: str, *, title: str = "Enerji Hatları", url: str = "http://site.example/enerji") -> Article:
    html = f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head><body>{body}</body></html>"
    return extract(Page(url, html.encode()), SOURCE, now=NOW).article


CARDS = "".join(
    f"<div class=y><a href=/{n}><h3>Başka Yazı {n}</h3></a><span>Mehmet Öztürk</span><span>0{n}.02.2020</span></div>"
    for n in (1, 2, 3)
)
SYSTEMS = {
    "k2": f"""<div class=itemView><div class=itemHeader><span class=itemDateCreated>Cuma, 12 Ağustos 2016 10:20</span>
        <h2 class=itemTitle>Enerji Hatları</h2><span class=itemAuthor>Yazan <a rel=author href=/u>Ayşe Demir</a></span>
        </div><div class=itemBody><div class=itemIntroText><p>{PROSE[0]}</p></div><div class=itemFullText>
        {TEXT.partition("</p>")[2]}</div><span class=itemHits>Okunma <b>1542</b> defa</span></div></div>""",
    "papermod": f"""<article><header>{H1}<div class=post-meta><span>12 Ağustos 2016</span>&nbsp;·&nbsp;7 dk&nbsp;·&nbsp;
        1400 kelime&nbsp;·&nbsp;Ayşe Demir&nbsp;|&nbsp;<a href=/e>Suggest Changes</a></div></header>
        <div class=post-content>{TEXT}</div></article>""",
    "drupal 7": f"""<div class=node><h1>Enerji Hatları</h1><div class='meta submitted'><span property='dc:date
        dc:created' content='2016-08-12T10:20:00+03:00'>Submitted by <span class=username>Ayşe Demir</span> on Fri,
        08/12/2016 - 10:20</span></div><div class=field-name-body>{TEXT}</div></div>""",
    "print view": f"""<article>{H1}<span>Posted By <cite>Ayşe Demir</cite> On 12 August 2016 @ 10:20 In Analiz |
        <a href=#c>No Comments</a></span><div class=entry-content>{TEXT}</div></article>""",
    "elementor": f"""<div class=elementor-widget-wrap><div class=elementor-widget>{H1}</div><div class=elementor-widget>
        <p>Ayşe Demir | 12 Ağustos 2016</p>{TEXT}</div><div class=elementor-widget>
        <a class=elementor-button href=/r.pdf>Raporu indir</a></div></div>""",
    "avada": f"""<h1>Enerji Hatları</h1><div class=post-content>{TEXT}</div><div class=fusion-meta-info>By <span
        class=vcard><a rel=author href=/author/a>Ayşe Demir</a></span>|<span class='updated
        hidden'>2016-08-21T10:20:00+03:00</span><span>12 Ağustos 2016</span></div>""",
    "plone": f"""<article><header>{H1}<section id=section-byline><span class=label-by-author>by
        <span class=badge>Ayşe Demir</span> —</span> <span class=documentPublished><span>yayımlanmış</span>
        <span>12.08.2016</span>,</span> <span class=documentModified><span>son değişiklik:</span>
        <span>30.11.2016</span></span></section></header><div id=content-core><div id=parent-fieldname-text>{TEXT}</div>
        </div></article>""",
    "docusaurus": f"""<a href=#m class=skipToContent_x>Ana içeriğe geç</a><main><article><header>{H1}<div><time
        datetime=2016-08-12T07:20:00Z>12 Ağustos 2016</time> · 2 dakikalık okuma</div><div class=avatar__name><a
        href=/blog/authors/a>Ayşe Demir</a></div></header><div id=__blog-post-container class=markdown>{TEXT}</div>
        </article></main>""",
    "portal": f"""<main>{H1}<p class=spot>Bölgede enerji yollarının geleceği üzerine bir değerlendirme yazısı bu.</p>
        <div>Röportaj: Ayşe Demir | 12 Ağustos 2016 | 1.542 okunma</div><div class=govde>{TEXT}</div></main>""",
    "casual": f"""<h1>Enerji Hatları</h1><div class=yazar><b>Ayşe Demir</b><br>Kafkasya Uzmanı</div><div class=tarih>
        12 AĞUSTOS 2016 CUMA</div><p>Fotoğraf: Mehmet Öztürk</p>{TEXT}<p>Yazdır | Arkadaşına Gönder | 1.542 okunma</p>
        """,
}  # fmt: skip


@pytest.mark.parametrize("body", SYSTEMS.values(), ids=SYSTEMS)
def test_a_system_prints_title_writer_day_and_text(body: str) -> None:
    found = article(body)
    assert (found.title, found.authors, found.published_day) == ("Enerji Hatları", AYSE, DAY)
    assert found.text.split("\n")[("spot" in body) :] == list(PROSE)


def test_writers_that_only_tags_keep_apart_are_several() -> None:
    names = " ".join(f"<span class=badge>{name}</span>" for name in ("Ayşe Demir", "Mehmet Öztürk", "Ayşe Nur Kaya"))
    assert article(f"{H1}<div class=byline>by {names}</div>{TEXT}").authors == (
        "Ayşe Demir",
        "Mehmet Öztürk",
        "Ayşe Nur Kaya",
    )
    one = "<div class=byline>by <span>Ayşe</span> <span>Demir</span></div>"
    assert article(f"{H1}{one}{TEXT}").authors == AYSE


def test_a_page_that_tells_its_last_change_alone_has_no_day() -> None:
    change = "<div>son değişiklik: <span>12.08.2016</span></div>"
    assert article(f"{H1}{change}{TEXT}").published_day is None
    assert article(f"{H1}<span>12.08.2016</span>{change}{TEXT}").published_day == DAY


def test_a_month_in_the_headline_is_no_day() -> None:
    title = "Ayın Özeti: Ağustos 2016"
    found = article(f"<div><span>{title}</span></div><h1>{title}</h1><p>02.09.2016</p>{TEXT}", title=title)
    assert found.published_day == date(2016, 9, 2)
    assert article(f"<div><span>{title}</span></div><h1>{title}</h1>{TEXT}", title=title).published_day is None


LEAD = "Boğazlar üzerine süren tartışma yeni bir döneme giriyor."


@pytest.mark.parametrize(
    "lead",
    [
        f"<p class='lead documentDescription'>{LEAD}</p>",  # Plone
        f"<h2 class='haber-spot'>{LEAD}</h2><span class=date>02.09.2016</span>",
        f"<div class='article__subtitle'><p>{LEAD}</p></div>",
    ],
)
def test_lines_between_headline_and_text_are_the_subtitle(lead: str) -> None:
    assert article(f"{H1}{lead}<div class=article-body>{TEXT}</div>").subtitle == LEAD


@pytest.mark.parametrize(
    "page",
    [
        f"{H1}<div class=article-body><p class=lead>{LEAD}</p>{TEXT}</div>",  # the text has it
        f"{H1}<p class=lead><a href=/b>{LEAD}</a></p><div class=article-body>{TEXT}</div>",
        f"{H1}<p class=meta>{LEAD}</p><div class=article-body>{TEXT}</div>",  # nobody calls it so
        f"{H1}<p class=lead>Analiz</p><div class=article-body>{TEXT}</div>",
        f"{H1}<p class=lead>***** “Enerji hatları” *****</p><div class=article-body>{TEXT}</div>",  # the title again
        f"<p class=lead>{LEAD}</p>{H1}<div class=article-body>{TEXT}</div>",  # the site's motto
        f"{H1}<div class=article-body>{TEXT}</div><div class=related><p class=lead>{LEAD}</p></div>",
    ],
)
def test_other_lines_are_no_subtitle(page: str) -> None:
    assert article(page).subtitle is None


def test_a_declared_title_that_was_escaped_twice() -> None:
    meta = "<meta property=og:title content='Akdeniz&amp;#x27;de Enerji &amp;amp; Hatlar'>"
    assert article(f"{meta}<h1>Akdeniz'de Enerji &amp; Hatlar</h1>{TEXT}").title == "Akdeniz'de Enerji & Hatlar"


def blogger(number: int) -> Page:
    lines = "".join(f"<p>{chr(97 + number) * 7} {chr(65 + part) * 9} {line}</p>" for part, line in enumerate(PROSE))
    body = f"""<header><h1 class=title><a href='http://site.example/'>Karadeniz Araştırmaları</a></h1></header>
        <div class=main-outer><div class='widget Blog'><div class=date-outer><h2 class=date-header>12 Ağustos 2016 Cuma
        </h2><div class='post hentry'><h3 class='post-title entry-title'>Yazı {chr(97 + number) * 3}</h3>
        <div class='post-body entry-content'>{lines}</div><div class=post-footer><span class='post-author vcard'>
        Gönderen <span class=fn>Ayşe Demir</span></span></div></div></div></div></div>"""
    title = f"Karadeniz Araştırmaları: Yazı {chr(97 + number) * 3}"
    html = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    return Page(f"http://site.example/y{number}", html.encode())


def test_a_page_whose_parts_are_all_called_widgets() -> None:
    pages = [blogger(number) for number in range(8)]
    template = learn(pages, SOURCE)
    for templates in ((), (template,)):
        found = extract(pages[3], SOURCE, now=NOW, templates=templates).article
        assert (found.title, found.authors, found.published_day) == ("Yazı ddd", AYSE, DAY)
        assert [line[-20:] for line in found.text.split("\n")] == [line[-20:] for line in PROSE]


def test_a_bold_line_is_the_title_where_only_the_site_is_named() -> None:
    rows = "<font size=4><b>Enerji Hatları</b></font>", "<font size=1>Ayşe Demir<br>12 Ağustos 2016</font>", TEXT
    table = "".join(f"<tr><td>{row}</td></tr>" for row in rows)
    body = f"<table><tr><td><a href=/>Ana sayfa</a></td><td><table>{table}</table></td></tr></table>"
    found = article(body, title="Karadeniz Araştırmaları")
    assert (found.title, found.title_basis, found.authors, found.published_day) == ("Enerji Hatları", "bold", AYSE, DAY)
    assert found.text.split("\n") == list(PROSE)


COMMENT = "<div><div class=k><b>Selim Korkmaz</b> <i>12.05.2019</i><p>Güzel olmuş.</p></div></div>"
NOBODY = {
    "cards": f"<article>{H1}{TEXT}</article><section>{CARDS}</section>",
    "commenter": f"<article>{H1}{TEXT}</article>{COMMENT}",
    "topic": f"<div>{H1}<div>Yapay Zeka</div>{TEXT}</div>",
    "translator": f"<div>{H1}<p>Çeviren: Ayşe Demir</p>{TEXT}</div>",
    "note": f"<div>{H1}{TEXT}<ol><li>Ahmet Yıldız, Enerji Tarihi, s. 5.</li></ol></div>",
}


@pytest.mark.parametrize("body", NOBODY.values(), ids=NOBODY)
def test_nobody_wrote_it_and_no_day_is_known(body: str) -> None:
    found = article(f"<main>{body}</main>")
    assert (found.authors, found.published_day) == ((), None)
    assert "\n".join(PROSE) in found.text


FURNITURE = {
    "contents": "<h3>İçindekiler</h3><ul><li><a href=#a>Giriş</a></li><li><a href=#b>Sonuç</a></li></ul>",
    "terms": "<p>Etiketler: <a href=/etiket/a>enerji</a>, <a href=/etiket/b>boru hattı</a></p>",
    "button": "<a class='btn btn-primary' href=/r.pdf>Raporu İndir (PDF)</a>",
    "licence": "<div class=license-box><div>Enerji Hatları</div><div>Yazar</div><div>Ayşe Demir</div></div>",
}


@pytest.mark.parametrize("furniture", FURNITURE.values(), ids=FURNITURE)
def test_furniture_inside_the_text_goes(furniture: str) -> None:
    body = f"<main>{H1}<div class=entry-content><p>{PROSE[0]}</p>{furniture}{TEXT.partition('</p>')[2]}</div></main>"
    assert article(body).text.split("\n") == list(PROSE)


def test_lists_and_headings_between_paragraphs_stay_where_nothing_is_marked() -> None:
    parts = f"<h2>Arka Plan</h2><ul><li>{PROSE[1]}</li><li>{PROSE[2]}</li></ul><h2>Sonuç</h2>"
    body = f"<div class=c9><h1>Enerji Hatları</h1><div class=q7>{TEXT}{parts}{TEXT.replace('ve', 'ile')}</div></div>"
    text = article(body).text.split("\n")
    assert text[4:8] == ["Arka Plan", PROSE[1], PROSE[2], "Sonuç"]
    assert len(text) == 12


def test_a_source_that_is_only_a_link_stays_among_the_sources() -> None:
    notes = "<h2>Kaynakça</h2><p><a href='http://a.example/x'>http://a.example/x</a></p>"
    body = f"<div class=entry-content>{H1}{TEXT}{notes}</div>"
    assert article(body).text.split("\n")[-2:] == ["Kaynakça", "http://a.example/x"]


@pytest.mark.parametrize(
    ("printed", "url", "day"),
    [
        ("08/12/2016", "http://site.example/energy", date(2016, 12, 8)),
        ("08/12/2016", "http://site.example/2016/08/energy", DAY),
        ("08/12/2016</span><ul><li>Other 07/28/2016</li></ul><span>", "http://site.example/energy", DAY),
        ("Fri, 08/12/2016", "http://site.example/energy", DAY),
        ("12 августа 2016 г.", "http://site.example/e", DAY),
        ("12.08.16", "http://site.example/e", DAY),
        ("Sayı 12, Ağustos 2016", "http://site.example/e", date(2016, 8, 1)),
    ],
)
def test_a_date_that_may_be_read_in_two_ways(printed: str, url: str, day: date) -> None:
    assert article(f"<main>{H1}<span>{printed}</span>{TEXT}</main>", url=url).published_day == day


def test_american_dates_of_a_site_are_learned() -> None:
    def page(number: int) -> Page:
        lines = "".join(f"<p>{chr(97 + number) * 7} {chr(65 + part) * 9} {PROSE[part]}</p>" for part in range(4))
        body = f"<main><h1>Yazı {number}</h1><span class=date>08/{number + 9:02}/2016</span><div>{lines}</div></main>"
        return Page(f"http://site.example/y{number}", f"<html><body>{body}</body></html>".encode())

    template = learn(map(page, range(9)), SOURCE)
    assert template.month_first
    assert extract(page(1), SOURCE, now=NOW).article.published_day == date(2016, 10, 8)
    assert extract(page(1), SOURCE, now=NOW, templates=[template]).article.published_day == date(2016, 8, 10)


UNKNOWN = ("Ozgehan Uştuk", "Bahtıgül Kürşad", "Zvi Magen")
KNOWN = ("Ayşe Demir", "Mehmet Öztürk", "Zeynep Kırca", "Hasan Oktay", "Elif Kaya", "Murat Aslan")
PLACES = {
    "of one make": "<div class=t-1>Analiz</div><div class=t-2>NAME</div><div class=t-3>DAY</div><div>TEXT</div>",
    "in the text": "<div><p>NAME | DAY</p>TEXT</div>",
    "in a list": "<ul class=info><li>NAME</li><li>DAY</li><li>7 dk okuma</li></ul><div>TEXT</div>",
    "in a table": "<table><tr><td><b>NAME</b></td></tr><tr><td>DAY</td></tr></table><div>TEXT</div>",
}


@pytest.mark.parametrize("layout", PLACES.values(), ids=PLACES)
def test_a_name_that_nobody_knows_is_found_where_others_stand(layout: str) -> None:
    def page(number: int, name: str) -> Page:
        lines = "".join(f"<p>{chr(97 + number) * 7} {chr(65 + part) * 9} {PROSE[part]}</p>" for part in range(4))
        body = layout.replace("NAME", name).replace("DAY", f"{number + 1} Ağustos 2016").replace("TEXT", lines)
        html = f"<html><body><main><h1>Yazı {chr(97 + number)}</h1>{body}</main></body></html>"
        return Page(f"http://site.example/y{number}", html.encode())

    pages = [page(number, name) for number, name in enumerate((*KNOWN, *UNKNOWN))]
    template = learn(pages, SOURCE)
    for number, name in enumerate(UNKNOWN, len(KNOWN)):
        found = extract(pages[number], SOURCE, now=NOW, templates=[template]).article
        assert (found.authors, found.published_day) == ((name,), date(2016, 8, number + 1))
        assert found.text.split("\n")[0].endswith(PROSE[0])


def ld(*nodes: dict[str, object]) -> str:
    return f"<script type='application/ld+json'>{json.dumps(nodes)}</script>"


OTHER = {"@type": "Article", "headline": "Başka Yazı", "datePublished": "2020-01-01", "author": {"name": "Hasan Oktay"}}
OWN = {
    "@type": "Article",
    "headline": "Enerji Hatları",
    "datePublished": "2016-08-12",
    "author": {"name": "Ay&#351;e Demir"},
}
CLAIMS = {
    "the node of its title": ld(OTHER, OWN),
    "a list of others": ld({"@type": "ItemList"}) + "<p>Yazan: Ayşe Demir | 12 Ağustos 2016</p>",
    "updated first": """<b>Ayşe Demir</b><div><i>Güncelleme</i> <time>15.08.2016</time> <i>Yayın</i>
        <time>12.08.2016</time></div>""",
    "updated in front": """<b>Ayşe Demir</b><span>Güncelleme: <time datetime=2016-08-15>15 Ağustos</time></span>
        <time datetime=2016-08-12>12 Ağustos</time>""",
    "terms and details": "<dl><dt>Yazar</dt><dd>Ayşe Demir</dd><dt>Tarih</dt><dd>12 Ağustos 2016</dd></dl>",
    "cells": """<table><tr><td>Yazar</td><td>: Ayşe Demir</td></tr><tr><td>Tarih</td><td>: 12 Ağustos 2016</td></tr>
        </table>""",
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_what_a_page_says_of_itself(claim: str) -> None:
    page = f"<main>{H1}{claim}<div class=entry-content>{TEXT}</div></main>"
    html = f"<html><head><title>Enerji Hatları</title></head><body>{page}</body></html>"
    found = extract(Page("http://site.example/e", html.encode()), SOURCE, now=NOW)
    assert (found.not_article, found.article.authors, found.article.published_day) == (None, AYSE, DAY)


TITLES = {
    "Enerji Hatları | Analizler | Merkez": f"<nav><a href=/a>Analizler</a></nav><div>{TEXT}</div>",
    "Karadeniz Araştırmaları: Enerji Hatları": f"<div>{TEXT}</div>",
    "Yazı Detay": f"<div><h3>Enerji Hatları</h3><div>{TEXT}</div></div>",
    "Enerji Hatları - Karadeniz Araştırmaları": f"<h1>Analizler</h1><h2>Enerji Hatları</h2><div>{TEXT}</div>",
}


@pytest.mark.parametrize(("title", "body"), TITLES.items())
def test_a_title_without_site_section_or_what_programs_call_a_page(title: str, body: str) -> None:
    name = "<meta property=og:site_name content=Merkez>" if "Merkez" in title else ""
    assert article(f"{name}{body}", title=title).title == "Enerji Hatları"


def test_a_text_in_pieces_between_advertisements_is_whole() -> None:
    parts = [
        [f"{chr(97 + part) * 6} {chr(65 + line) * 6} {PROSE[line]}" for line in range(part % 2, 4)] for part in range(4)
    ]
    boxes = ("".join(f"<p>{line}</p>" for line in part) for part in parts)
    advertisement = "<div class=q3><p>Bu bir tanıtımdır, okumaya devam etmek için aşağı kaydırın.</p></div>"
    body = advertisement.join(f"<div class='q7 article__body'>{box}</div>" for box in boxes)
    cards = "".join(
        f"<div class='q7 article__body'><h3><a href=/{n}>Başka Yazı {n}</a></h3><p>{PROSE[n] * 3}</p></div>"
        for n in (1, 2)
    )
    found = article(f"<main><h1>Enerji Hatları</h1><div>{body}</div><section>{cards}</section></main>")
    assert found.text.split("\n") == [line for part in parts for line in part]
