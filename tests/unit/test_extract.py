"""Extraction of whole pages: the demonstration site's, the seed article's, and small pages that set one trap each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import demo
from pipeline.extract.html import Hints, extract
from pipeline.extract.rest import read_post
from pipeline.models import Extraction, Page, Source

SOURCE = Source(id="demo", name="KAAM", homepage="http://demo.example/", endpoints=())
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SEED = Path(__file__).parents[3] / "shared" / "seed"
ARTICLES = demo.articles()


def extracted(html: str, url: str = "http://demo.example/slug.html") -> Extraction:
    return extract(Page(url, html.encode(), "text/html; charset=utf-8"), SOURCE, now=NOW)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.slug)
def test_demonstration_article(article: demo.DemoArticle) -> None:
    found = extracted(demo.render(article, base_url="http://demo.example"), f"http://demo.example{article.path}")
    assert found.not_article is None
    read = found.article
    assert read.text.split("\n") == list(article.paragraphs)
    assert read.title == article.title
    assert read.authors == tuple(article.authors)
    assert read.organisations == tuple(article.organisations)
    assert read.published_day == article.published.date()
    assert set(read.categories) == set(article.categories)
    assert set(read.tags) == set(article.tags)
    assert set(read.languages) == set(article.languages)


@pytest.mark.corpus
def test_seed_article_in_the_demonstration_template() -> None:
    if not SEED.is_dir():
        pytest.skip("../shared/seed is not here")
    lines = next(SEED.glob("*.txt")).read_text(encoding="utf-8").split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("Russian Defense Minister"))
    end = lines.index("İlgili Yazılar")
    paragraphs = [line for line in lines[start:end] if line.strip()]
    page = demo.wrap(
        "Russia, Azerbaijan Discuss Military Cooperation",
        "Hasan Oktay",
        "2016-08-16",
        paragraphs,
        base_url="http://demo.example",
    )
    read = extracted(page).article
    assert read.text.split("\n") == paragraphs
    assert read.text.endswith("the Armenian-held enclave. Lusine Musayelian")
    assert read.language == "en"
    assert read.languages == ("en",)
    assert read.title == "Russia, Azerbaijan Discuss Military Cooperation"
    assert str(read.published_day) == "2016-08-16"
    for furniture in ("Anasayfa", "Hasan Oktay", "okuma süresi", "E-posta", "İlgili Yazılar", "Bir cevap yazın"):
        assert furniture not in read.text


WORDPRESS = "<link rel=stylesheet href='/wp-content/themes/x/style.css'>"


def page_of(body: str, head: str = "", title: str = "Bir Başlık", body_class: str = "") -> str:
    return (
        f"<html lang=tr><head><title>{title}</title>{head}</head>"
        f"<body class='{body_class}'><main><h1>{title}</h1>{body}</main></body></html>"
    )


PROSE = "".join(
    f"<p>{f'Bölgedeki gelişmeler {day} yakından izleniyor, taraflar görüşüyor. ' * 4}</p>"
    for day in ("bugün", "yarın", "hâlâ")
)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (
            page_of("<form class='post-password-form'><input type=password></form>", body_class="single"),
            "password_protected",
        ),
        (page_of(PROSE, WORDPRESS, body_class="archive category"), "listing"),
        (page_of(PROSE, body_class="page page-id-2"), "static_page"),
        (page_of("<p>Aradığınız sayfa bulunamadı.</p>", title="Sayfa bulunamadı"), "soft_404"),
        (page_of("<p>Bu içerik yalnızca üyelere açıktır, lütfen üye girişi yapınız.</p>"), "members_only"),
        (page_of(""), "no_text"),
    ],
)
def test_what_is_no_article_says_why(page: str, reason: str) -> None:
    found = extracted(page)
    assert found.not_article == reason
    assert "not_article" in found.article.quality_flags
    assert reason in found.article.quality_flags


def test_a_short_note_is_an_article() -> None:
    found = extracted(page_of("<p>Dışişleri Bakanı yarın Bakü'ye gidecek.</p>", body_class="single single-post"))
    assert found.not_article is None
    assert "short_body" in found.article.quality_flags


def test_noindex_in_meta_and_header() -> None:
    assert extracted(page_of(PROSE, "<meta name=robots content='noindex, follow'>")).noindex
    for value, expected in (("noindex", True), ("otherbot: noindex", False), ("mecmua: none", True), ("all", False)):
        page = Page("http://demo.example/a", page_of(PROSE).encode(), "text/html", headers=(("X-Robots-Tag", value),))
        assert extract(page, SOURCE, now=NOW).noindex is expected, value


def test_a_cut_og_title_gives_way_to_the_whole_headline() -> None:
    whole = "Güney Kafkasya'da yeni ulaşım hatları ve bölgesel güvenlik mimarisinin geleceği üzerine bir değerlendirme"
    head = f"<meta property='og:title' content=\"{whole[:70]}\">"
    html = page_of(PROSE, head, whole).replace(f"<title>{whole}", f"<title>{whole[:60]}… | Site")
    assert extracted(html).article.title == whole


def test_unknown_date_is_null_and_prose_gives_none() -> None:
    read = extracted(page_of(f"<p>Antlaşma 12 Ağustos 2016 tarihinde imzalandı.</p>{PROSE}")).article
    assert read.published is None
    assert read.published_day is None
    assert "no_date" in read.quality_flags


def test_utc_instant_shows_the_local_day() -> None:
    head = "<meta property='article:published_time' content='2016-08-15T21:30:00Z'>"
    read = extracted(page_of(PROSE, head)).article
    assert str(read.published_day) == "2016-08-16"
    assert read.published is not None
    assert read.published.isoformat() == "2016-08-16T00:30:00+03:00"


def test_windows_1254_page_labelled_latin_1() -> None:
    body = page_of("<p>Türkiye'nin dış politikası ışığında görüşmeler sürüyor; ağır şartlar değişmiş değil.</p>" * 3)
    page = Page("http://demo.example/a", body.encode("cp1254"), "text/html; charset=iso-8859-1")
    assert "ışığında görüşmeler" in extract(page, SOURCE, now=NOW).article.text


def test_comments_and_related_cards_stay_out() -> None:
    cards = "".join(
        f"<div class=kart><a href='/k{number}.html'><h3>Başka yazı {number}</h3></a><p>Kısa bir cümle.</p></div>"
        for number in range(4)
    )
    html = page_of(
        f"{PROSE}<section><h2>İlgili Yazılar</h2>{cards}</section><div id=comments><p>Harika yazı!</p></div>"
    )
    text = extracted(html).article.text
    assert "Başka yazı" not in text
    assert "Harika" not in text
    assert text.count("Bölgedeki gelişmeler") == 12


def test_rest_post_wins_over_the_page() -> None:
    answer = b"""[{"id": 7, "date": "2015-01-05T00:30:00", "date_gmt": "2015-01-04T22:30:00",
      "modified_gmt": "2015-02-01T10:00:00", "link": "http://demo.example/a.html", "status": "publish",
      "title": {"rendered": "Kars&#8217;ta k\\u0131\\u015f"},
      "content": {"rendered": "<p>Kars'ta k\\u0131\\u015f sert ge\\u00e7iyor.</p>", "protected": false},
      "_embedded": {"author": [{"name": "Ay\\u015fe Demir"}],
        "wp:term": [[{"taxonomy": "category", "name": "Analiz"}], [{"taxonomy": "post_tag", "name": "Kars"}]]}}]"""
    post = read_post(answer, 7, "http://demo.example/a.html")
    page = Page("http://demo.example/a.html", page_of(PROSE).encode(), "text/html")
    read = extract(page, SOURCE, now=NOW, hints=Hints(post=post)).article
    assert read.title == "Kars’ta kış"
    assert read.text == "Kars'ta kış sert geçiyor."
    assert read.authors == ("Ayşe Demir",)
    assert read.published is not None
    assert read.published.isoformat() == "2015-01-05T00:30:00+02:00"
    assert (str(read.published_day), read.date_basis, read.kind) == ("2015-01-05", "rest", "analysis")
    assert (read.categories, read.tags) == (("Analiz",), ("Kars",))
    assert read_post(answer, 8, "http://demo.example/b.html") is None


@pytest.mark.parametrize("label", ["iso-8859-9", "windows-1254", "iso-8859-1", "windows-1252"])
def test_utf_8_under_a_single_byte_label_is_read_as_utf_8(label: str) -> None:
    body = page_of("<p>Türkiye'nin dış politikası ışığında görüşmeler sürüyor; şartlar ağır.</p>" * 3)
    page = Page("http://demo.example/a", body.encode(), f"text/html; charset={label}")
    assert "ışığında görüşmeler" in extract(page, SOURCE, now=NOW).article.text
