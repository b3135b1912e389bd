"""Pages as many systems lay them out, each with what a reader would say of it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

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
MORE = (
    "Boru hattının kapasitesi son yıllarda iki katına çıkarıldı ve yeni pompa istasyonları hizmete girdi.",
    "Limanlardaki yığılma azaldıkça taşıma süreleri kısalıyor, sigorta giderleri de buna göre düşüyor.",
)
TEXT, END = ("".join(f"<p>{line}</p>" for line in lines) for lines in (PROSE, MORE))


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


@pytest.mark.parametrize("title", ["STRATEJİK BAKIŞ | Enerji Hatları", "Enerji Hatları - Bakış"])
def test_a_page_of_tables_prints_which_part_of_its_title_is_the_articles(title: str) -> None:
    line = "<font size=4><b>Enerji Hatları</b></font><br><font size=1>Hasan Oktay Hasan Oktay - 03.05.2009</font>"
    menu = "<td width=200><a href=1.asp>Anasayfa</a><br><a href=2.asp>Hakkımızda</a></td>"
    body = f"<table width=900><tr>{menu}<td>{line}<br><br>{'<br><br>'.join((*PROSE, *MORE))}</td></tr></table>"
    found = article(body, f"<title>{title}</title>")
    assert (found.title, found.authors) == ("Enerji Hatları", ("Hasan Oktay",))
    assert found.published_day == date(2009, 5, 3)
    assert found.text == "\n".join((*PROSE, *MORE))


def test_a_sites_name_printed_above_a_text_without_a_headline_is_no_title() -> None:
    body = f"<div><b>Doğu Enstitüsü Bülteni</b></div>{TEXT}"
    assert article(body, "<title>Doğu Enstitüsü Bülteni - Enerji Yolları</title>").title != "Doğu Enstitüsü Bülteni"


def test_what_a_text_is_stands_above_its_headline_and_not_in_it() -> None:
    head = "<div class=a1><p class=k1>Analysis</p><h1>Enerji Hatları</h1><p>Koridor limandan neden önemli</p></div>"
    found = article(f"<div class=b1>{head}<div class=b2>{TEXT}{END}</div></div>")
    assert found.text.split("\n") == ["Koridor limandan neden önemli", *PROSE, *MORE]


# --- people ----------------------------------------------------------------------------------------------------------


def test_a_weekday_behind_a_date_is_no_part_of_a_byline() -> None:
    found = article(f"<h1>Enerji Hatları</h1><p class=byline>Söyleşi: Elif Şahin, 3 Ara 2020 Perşembe</p>{TEXT}")
    assert (found.authors, found.byline) == (("Elif Şahin",), "Söyleşi: Elif Şahin")
    assert found.published_day == date(2020, 12, 3)


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


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (("Ayşe Kılıç", "Mehmet Öztürk"), ("Ayşe Kılıç", "Mehmet Öztürk")),
        (("Ayşe Kılıç",), ("Ayşe Kılıç",)),
        (("Mehmet Öztürk", "Ayşe Kılıç"), ("Ayşe Kılıç",)),  # somebody else's line, or a list of the house's writers
    ],
)
def test_a_marked_byline_goes_on_where_the_pages_data_name_the_first_writer(
    printed: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    data = {"@type": "Article", "author": {"@type": "Person", "name": "Ayşe Kılıç"}}
    head = f"<title>Enerji Hatları</title><script type='application/ld+json'>{json.dumps(data)}</script>"
    links = ", ".join(f"<a href='/author/{number}/'>{name}</a>" for number, name in enumerate(printed))
    byline = f"<h4 class=gh-article-author-name>{links}</h4>"
    found = article(f"<h1>Enerji Hatları</h1>{byline}<div class=entry-content>{TEXT}</div>", head)
    assert found.authors == expected


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


# --- where the text begins and ends ----------------------------------------------------------------------------------

HEADER = "<header><a href=/>Merkez</a><nav><ul><li><a href=/h>Haberler</a></li></ul></nav></header>"
FOOTER = "<footer><p>© 2026 Merkez. Tüm hakları saklıdır.</p><p>Adres: Atatürk Bulvarı No: 5 Ankara</p></footer>"
H1 = "<h1>Enerji Hatları</h1>"
DAY = date(2016, 8, 12)
BREAKS = "<br><br>".join((*PROSE, *MORE))
JOOMLA = f"""<table><tr><td class=contentheading>Enerji Hatları</td></tr></table><table><tr><td><span class=small>Yazar
    Ayşe Yılmaz</span></td></tr><tr><td class=createdate>Cuma, 12 Ağustos 2016 14:30</td></tr><tr><td>{TEXT}</td></tr>
    <tr><td class=modifydate>Son Güncelleme (Pazartesi, 15 Ağustos 2016 09:10)</td></tr></table>"""
TYPO3 = f"""<div class=news-single><div class=article itemscope itemtype='http://schema.org/Article'><div class=header>
    <h3 itemprop=headline>Enerji Hatları</h3></div><div class=footer><time datetime=2016-08-12>12.08.16</time><span>Von
    <span itemprop=author>Ayşe Yılmaz</span></span></div><div itemprop=articleBody>{TEXT}</div></div></div>"""
AMP = f"""<article class=amp-wp-article><header><h1 class=amp-wp-title>Enerji Hatları</h1><div class='amp-wp-meta
    amp-wp-byline'><span class=amp-wp-author>Ayşe Yılmaz</span></div><div class='amp-wp-meta amp-wp-posted-on'><time
    datetime='2016-08-12T11:30:00+00:00'>10 yıl ago</time></div></header><div class=amp-wp-article-content>{TEXT}</div>
    <footer class=amp-wp-article-footer><div>Categories: <a href=/c>Analiz</a></div></footer></article>"""
SHAPES = {
    "old joomla": (JOOMLA, ("Ayşe Yılmaz",), DAY),
    "typo3": (TYPO3, ("Ayşe Yılmaz",), DAY),
    "amp": (AMP, ("Ayşe Yılmaz",), DAY),
    "divs": (f"<div>Enerji Hatları</div><div>12 Ağustos 2016</div>{TEXT.replace('p>', 'div>')}", (), DAY),
    "many": (f"{H1}<div class=yazarlar>Prof. Dr. Ayşe YILMAZ, Doç. Dr. Mehmet Öztürk ve Arş. Gör. Zeynep KIRCA</div>"
             f"<div>Ağu 12, 2016</div>{TEXT}", ("Ayşe Yılmaz", "Mehmet Öztürk", "Zeynep Kırca"), DAY),
    "two dates": (f"{H1}<p>Giriş: 12.08.2016 14:30 | Güncelleme: 15.08.2016 09:10</p>{TEXT}", (), DAY),
    "updated": (f"<h1>Enerji Hatları</h1><span>Güncelleme: 15 Ağustos 2016</span>{TEXT}", (), None),
    "month": (f"<h1>Enerji Hatları</h1><p class=sayi>KASIM 2023</p>{TEXT}", (), date(2023, 11, 1)),
    "neighbours": (f"<div><a href=/o>Ayın Özeti: Şubat 2016</a> | <a href=/n>Bülten, 3 Mart 2016</a></div>{H1}{TEXT}",
                   (), None),
    "dated link": (f"{H1}<a href=/enerji>Yayın tarihi: 12 Ağustos 2016</a>{TEXT}", (), DAY),
    "ago": (f"<h1>Enerji Hatları</h1><span class=time>3 gün önce</span>{TEXT}", (), date(2026, 11, 21)),
}  # fmt: skip


@pytest.mark.parametrize(("body", "authors", "day"), SHAPES.values(), ids=SHAPES)
def test_a_shape_that_sites_have(body: str, authors: tuple[str, ...], day: date | None) -> None:
    found = article(HEADER + body + FOOTER, "<title>Enerji Hatları</title>")
    assert (found.title, found.authors, found.published_day) == ("Enerji Hatları", authors, day)
    assert found.text == "\n".join(PROSE)


def test_text_cut_by_line_breaks_under_a_title_in_bold() -> None:
    body = (
        "<table><tr><td width=160><a href=/a>Anasayfa</a></td><td><b>Enerji Hatları</b><br><font size=1>Ayşe Yılmaz, "
    )
    found = article(f"{body}12.08.2016</font><br><br>{BREAKS}</td></tr></table>")
    assert (found.authors, found.published_day) == (("Ayşe Yılmaz",), DAY)
    assert found.text.split("\n") == [*PROSE, *MORE]


def test_a_month_in_a_title_is_what_the_text_is_about() -> None:
    for line in ("<h1>Ayın Özeti: Şubat 2016</h1>", "<span class=title>Ayın Özeti: Şubat 2016</span>"):
        found = article(
            f"<div><div><a href=/>Merkez</a> / {line}</div>{TEXT}</div>", "<title>Ayın Özeti: Şubat 2016</title>"
        )
        assert (found.title, found.published_day) == ("Ayın Özeti: Şubat 2016", None)


def test_a_very_short_article_does_not_take_the_footer_in() -> None:
    found = article(f"{HEADER}<article><h1>Enerji Hatları</h1><p>Boru hattı bugün açıldı.</p></article>{FOOTER}")
    assert found.text == "Boru hattı bugün açıldı."
    assert "short_body" in found.quality_flags


def test_an_institution_signs_with_the_date() -> None:
    line = "<p>Stratejik Araştırmalar Merkezi | 12 Ağustos 2016</p>"
    found = article(f"{HEADER}<div><h1>Enerji Hatları</h1>{line}{TEXT}</div>{FOOTER}")
    assert (found.authors, found.organisations) == ((), ("Stratejik Araştırmalar Merkezi",))
    assert (found.published_day, found.text) == (DAY, "\n".join(PROSE))


def test_a_signature_above_the_date_that_closes_a_text() -> None:
    end = "<p style='text-align:right'><b>Dr. Ayşe YILMAZ</b></p><p>12.08.2016</p>"
    found = article(f"{HEADER}<div class=detay><h1>Enerji Hatları</h1>{TEXT}{end}</div>{FOOTER}")
    assert (found.authors, found.author_basis) == (("Ayşe Yılmaz",), "signature")
    assert "Dr. Ayşe YILMAZ" in found.text


def test_footnotes_tables_and_quotes_stand_in_order() -> None:
    table = "<table><caption>Tablo 1</caption><tr><th>Hat</th><th>Pay</th></tr><tr><td>BTC</td><td>50</td></tr></table>"
    quote = "<blockquote><p>Bu hat barış getirecek.</p></blockquote>"
    notes = "<h3>Dipnotlar</h3><ol><li>Ahmet Yıldız, Enerji Tarihi, s. 5.</li><li>Aynı eser.</li></ol>"
    found = article(f"{HEADER}<div class=icerik><h1>Enerji</h1>{TEXT}{table}{quote}{END}{notes}</div>{FOOTER}")
    behind = ["Tablo 1", "Hat | Pay", "BTC | 50", "Bu hat barış getirecek.", *MORE]
    notes_read = ["Dipnotlar", "Ahmet Yıldız, Enerji Tarihi, s. 5.", "Aynı eser."]
    assert found.text.split("\n") == [*PROSE, *behind, *notes_read]


def test_signs_that_lead_back_from_a_footnote_or_to_a_heading_are_no_text() -> None:
    heading = "<h2 id=hat>Hatlar <a class=headerlink href=#hat>¶</a></h2>"
    note = "<ol><li id=fn1><p>Enerji Tarihi, s. 5. <a href=#fnref1>↩\ufe0e</a></p></li></ol>"
    text = f"<p>{PROSE[0]}<sup><a href=#fn1>[1]</a></sup></p>{heading}{TEXT}{note}"
    found = article(f"<h1>Enerji</h1><div class=entry-content>{text}</div>")
    assert found.text.split("\n") == [f"{PROSE[0]}[1]", "Hatlar", *PROSE, "Enerji Tarihi, s. 5."]


def test_counted_comments_go_however_long_and_a_kind_called_yorum_stays() -> None:
    comments = "".join(
        f"<div class=oge><b>Okur {n}</b><p>Çok yerinde tespitler, yazara teşekkürler.</p></div>" for n in range(9)
    )
    short = f"<div class=detay>{H1}<p>{PROSE[0]}</p></div>"
    assert article(f"{HEADER}<div>{short}<div class=okur><h4>9 yorum</h4>{comments}</div></div>").text == PROSE[0]
    assert article(f"{HEADER}<div>{H1}<div class=govde><h4>Yorum</h4>{TEXT}</div></div>").text.endswith(
        "\n".join(PROSE)
    )


@pytest.mark.parametrize("label", ["Share this post: ", "Bu yazıyı paylaş: "])
def test_a_line_of_links_that_pass_the_page_on_is_no_text(label: str) -> None:
    """A plain paragraph in the text's own box: neither a class nor a heading says what it is."""
    tweet, mail = "https://twitter.com/intent/tweet?url=u&text=t", "mailto:?subject=s&body=u"
    line = f"<p>{label}<a href='{tweet}'>X</a> · <a href='https://www.linkedin.com/shareArticle?url=u'>LinkedIn</a>"
    found = article(f"{H1}<div class=entry-content>{TEXT}{END}{line} · <a href='{mail}'>E-mail</a></p></div>")
    assert found.text.split("\n") == [*PROSE, *MORE]


def test_sentences_that_can_be_passed_on_or_name_a_service_are_text() -> None:
    tweet = "https://twitter.com/intent/tweet?text=t"
    named = f"<p>Kampanya <a href='{tweet}'>Twitter</a> üzerinden bahar aylarında yürütüldü.</p>"
    written = "<p>Yazışma adresi: <a href='mailto:a@site.example'>a@site.example</a></p>"
    found = article(f"<h1>Enerji</h1><div class=entry-content>{TEXT}{named}{written}{END}</div>")
    assert "Kampanya Twitter üzerinden" in found.text and "a@site.example" in found.text


def test_an_abstract_in_a_box_of_its_own_above_the_text_belongs_to_it() -> None:
    summary = "Bu çalışma, Hazar havzasındaki hatların fiyatını ve komşuların beklentisini inceliyor."
    box = f"<div class=abstract><h2>Özet</h2><p>{summary}</p></div>"
    cards = (
        "<div class=kart><div class=abstract><p>Başka bir raporun özeti, başka bir konuyu anlatıyor.</p></div></div>"
    )
    text = f"<div class=post-content>{TEXT}{END}</div>"
    found = article(f"{HEADER}{cards}<article>{H1}{box}{text}</article>{cards}{FOOTER}")
    assert found.text.split("\n") == ["Özet", summary, *PROSE, *MORE]
    twice = f"<div class=post-content><p>{summary}</p>{TEXT}{END}</div>"
    assert article(f"<article>{H1}{box}{twice}</article>").text.split("\n") == [summary, *PROSE, *MORE]


@pytest.mark.parametrize("labels", [("← Previous", "Next →"), ("Önceki yazı:", "Sonraki yazı:")])
def test_links_to_the_texts_before_and_after_are_no_text_whatever_they_are_called(labels: tuple[str, str]) -> None:
    items = "".join(f"<li>{label}<br><a href=/y{n}>Limanların geleceği</a></li>" for n, label in enumerate(labels))
    told = "<ul><li>Next came the <a href=/l>harbours</a>.</li><li>Sonraki adım <a href=/k>koridordur</a>.</li></ul>"
    found = article(f"{H1}<div class=entry-content>{TEXT}{told}{END}<ul>{items}</ul></div>")
    assert found.text.split("\n") == [*PROSE, "Next came the harbours.", "Sonraki adım koridordur.", *MORE]
