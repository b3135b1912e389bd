"""What is an article and what is none, on pages as the common systems make them; a short article is one."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.extract.html import Hints, extract
from pipeline.extract.template import learn
from pipeline.models import Extraction, Page, Source

SOURCE = Source(id="site", name="Merkez", homepage="http://site.example/", endpoints=())
LINE = "Bölgedeki gelişmeler yakından izleniyor ve taraflar her gün yeniden görüşüyor. "
PROSE = f"<p>{LINE * 4}</p>"
VIEWS = "".join(
    f"<div class=row-v><h3><a href='/n/{n}'>Haber başlığı {n}</a></h3><p>{LINE}</p></div>" for n in range(10)
)
POSTS = "".join(f"<article><h2><a href='/p/{n}/'>Post {n} title</a></h2><p>{LINE}</p></article>" for n in range(8))
DATED_POST = f"<article><h2><a href='/p/van/'>Van'dan</a></h2><time>2016-08-12</time><p>{LINE * 4}</p></article>"
RELATED = "".join(f"<h3><a href='/n/{n}'>Başka haber başlığı {n}</a></h3>" for n in range(9))


def extracted(
    body: str, path: str = "/haber/x-y", title: str = "", body_class: str = "", hints: Hints | None = None
) -> Extraction:
    html = f"<html><head><title>{title}</title></head><body class='{body_class}'>{body}</body></html>"
    page = Page(f"http://site.example{path}", html.encode(), "text/html; charset=utf-8")
    return extract(page, SOURCE, hints=hints)


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (f"<main><h1>Haberler</h1>{VIEWS}<nav class=pager><a href='?page=1'>2</a></nav></main>", "/h", "listing"),
        (f"<main><h1>Posts</h1>{POSTS}</main>", "/posts/", "listing"),
        (f"<main><h1>“göç” etiketi</h1>{DATED_POST}</main>", "/blog/etiketler/goc", "listing"),
        (f"<main><h1>“göç” etiketi</h1>{DATED_POST * 2}</main>", "/x/goc", "listing"),
        ("<a href=#m>Ana içeriğe geç</a><main><h1>Arşiv</h1><ul><li><a href=/a>Yazı</a></ul></main>", "/b", "no_text"),
        ("<h1>Oops!</h1><p>The page you are looking for could not be found.</p>", "/a/b", "soft_404"),
        ("<h1>404</h1><p>Üzgünüz, aradığınız sayfa bulunamadı.</p>", "/a/b", "soft_404"),
        ("<h1>Çerez</h1><p>Sitemiz çerez kullanır. Kabul ediniz. Cookie ayarları.</p>", "/a/b", "cookie_wall"),
        ("<h1>Üye Girişi</h1><form><p>Ad</p><input type=password></form>", "/hesap", "password_protected"),
        (f"<h1>Rapor</h1><p>{LINE}</p><p>Bu içeriğin devamı üyelere açıktır.</p>", "/a/b", "members_only"),
        (f"<h1>İletişim</h1><p>{LINE}</p>", "/tr/iletisim", "static_page"),
    ],
)  # fmt: skip
def test_no_article(body: str, path: str, reason: str) -> None:
    assert extracted(body, path).not_article == reason


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Bakan Bakü'ye gidecek</h1><p>Dışişleri Bakanı yarın Bakü'ye gidecek.</p>",
        "<h1>Çerez yasası</h1><p>Meclis çerez kullanımını düzenleyen yasayı kabul etti. Cookie rızası zorunlu.</p>",
        f"<h1>404. madde ve anayasa değişikliği</h1>{PROSE}",
        f"<div><form><input type=password></form></div><h1>Kısa not</h1><p>{LINE}</p>",
        f"<h1>Kısa not</h1><article><p>{LINE * 2}</p></article><div>{RELATED}</div>",
        f"<h1>Kısa not</h1><p>{LINE * 8}</p>{DATED_POST}",
        f"<h1>Merkez</h1><article><h2><a href=/haber/x-y#a>Kısa not</a></h2><p>{LINE * 4}</p></article>",
    ],
)
def test_a_short_article_is_one(body: str) -> None:
    assert extracted(body).not_article is None


MENU = "<nav class=navbar><ul><li><a href='/ilkeler'>İlkeler</a></li><li><a href='/haber/'>Haberler</a></li></ul></nav>"
LONG = ">Karadeniz havzasında enerji ve ulaştırma hatları"
DATED = "<time datetime=2012-05-03>03.05.2012</time>"
ABOUT = '<script type=\'application/ld+json\'>{"@type": "AboutPage", "name": "Biz"}</script>'


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (f"{MENU}<h1>İlkeler</h1>{PROSE}", "/ilkeler", "static_page"),
        (f"{MENU}<h1>İlkeler</h1>{DATED}{PROSE}", "/ilkeler", None),
        (f"{MENU}<h1>İlkeler</h1><a rel=author href=/a>Ayşe Kaya</a>{PROSE}", "/ilkeler", None),
        (f"{MENU.replace('navbar', 'breadcrumb')}<h1>İlkeler</h1>{PROSE}", "/ilkeler", None),
        (f"{MENU.replace('>İlkeler', LONG)}<h1>İlkeler</h1>{PROSE}", "/ilkeler", None),
        (f"<h1>Yayın İlkeleri</h1>{PROSE}", "/tr/yayin-ilkeleri/", "static_page"),
        (f"<h1>Yayın İlkeleri</h1>{DATED}{PROSE}", "/tr/yayin-ilkeleri/", None),
        (f"<h1>Ofislerimiz</h1>{PROSE}", "/pages/ofis.html", "static_page"),
        (f"{ABOUT}<h1>Biz</h1>{PROSE}", "/biz", "static_page"),
        (f"<h1>Karadeniz'in geleceği</h1>{PROSE}", "/karadenizin-gelecegi", None),
    ],
)  # fmt: skip
def test_a_page_about_the_site_is_no_article_and_an_undated_article_is(
    body: str, path: str, reason: str | None
) -> None:
    assert extracted(body, path).not_article == reason


DOSSIER = "".join(f"<p>{part}. bölümde {LINE * 5}</p>" for part in range(5))
HOUSE = "<p>Merkezimiz 2004 yılında kuruldu ve yayınlarımız on dilde okunuyor.</p>"


@pytest.mark.parametrize(
    ("body", "path", "listed", "reason"),
    [
        (f"{MENU}<h1>İlkeler</h1>{DOSSIER}", "/ilkeler", False, None),
        (f"{MENU}<h1>İlkeler</h1>{HOUSE}{DOSSIER}", "/ilkeler", False, "static_page"),
        (f"{MENU}<h1>İlkeler</h1>{PROSE}", "/ilkeler", True, None),
        (f"{MENU.replace('/ilk', '/goc/2012/ilk')}<h1>İlkeler</h1>{PROSE}", "/goc/2012/ilkeler", False, None),
        (f"<h1>Ofislerimiz</h1>{DOSSIER}", "/pages/ofis.html", False, None),
        (f"<h1>Yayın İlkeleri</h1>{DOSSIER}", "/tr/yayin-ilkeleri/", False, "static_page"),
        (f"<h1>Yayın İlkeleri</h1>{PROSE}", "/tr/yayin-ilkeleri/", True, None),
        (f"<h1>Karadeniz</h1>{PROSE}", "/yazar/ayse-kaya/karadenizde-yeni-denge-arayislari", False, None),
        (f"<h1>Ayşe Kaya</h1>{PROSE}", "/yazar/ayse-kaya", False, "listing"),
        (f"<h1>Arşiv</h1>{PROSE}", "/arsiv/2016/08", False, "listing"),
        (f"<h1>Karadeniz</h1>{DATED}{PROSE}", "/arsiv/haber/123", False, None),
        (f"<h1>Karadeniz</h1>{PROSE}", "/konu/karadeniz", False, "listing"),
        (f"<h1>Haftanın haberleri</h1>{VIEWS.replace('/n/', 'https://x.example/')}", "/haftadan", False, None),
        (f"<h1>Oy hakkı</h1><p>{LINE}Üye girişi yapan ülkeler. Please log in to comment.</p>", "/a/b", False, None),
    ],
)  # fmt: skip
def test_a_page_with_much_to_say_or_listed_among_articles_is_one(
    body: str, path: str, listed: bool, reason: str | None
) -> None:
    assert extracted(body, path, hints=Hints(listed=listed)).not_article == reason


@pytest.mark.parametrize(("habits", "reason"), [(("dated", "signed"), "static_page"), (("dated",), None)])
def test_what_lacks_all_that_a_sites_articles_have_is_none(habits: tuple[str, ...], reason: str | None) -> None:
    def page(number: int, byline: str) -> Page:
        text = "".join(f"<p>{chr(97 + number % 26) * 9} {chr(65 + part) * 9} {LINE}</p>" for part in range(4))
        html = f"<html><body><main><h1>Yazı {number}</h1>{byline}<div class=mz-ic>{text}</div></main></body></html>"
        return Page(f"http://site.example/y{number}", html.encode())

    writer = "<span class=author>Ayşe Kaya</span>" if "signed" in habits else ""
    template = learn((page(number, DATED + writer) for number in range(12)), SOURCE)
    assert template.habits == habits
    assert extract(page(30, ""), SOURCE, templates=[template]).not_article == reason
    assert extract(page(30, DATED), SOURCE, templates=[template]).not_article is None


SYSTEMS = {
    "joomla": """<div class=item-page><h2 itemprop=headline>Yazı</h2><dl class=article-info>
        <dd class=createdby>Yazan: <span itemprop=name>Ayşe Kaya</span></dd>
        <dd><time datetime='2012-05-03T10:00:00+03:00' itemprop=datePublished>03 Mayıs 2012</time></dd></dl>
        <div itemprop=articleBody>PROSE</div></div>""",
    "hugo": """<main><article class=post><h1 class=post-title>Yazı</h1><div class=post-meta><span>May 3, 2012</span>
        · <span>3 min</span> · <span>Ayşe Kaya</span></div><div class=post-content>PROSE</div></article></main>""",
    "pelican": """<article><h1 class=entry-title>Yazı</h1><div class=entry-content><footer class=post-info>
        <abbr class=published title='2012-05-03T10:00:00+03:00'>Per 03 Mayıs 2012</abbr><address class='vcard author'>
        By <a class='url fn' href='/author/ayse-kaya.html'>Ayşe Kaya</a></address></footer>PROSE</div></article>""",
    "plone": """<h1 class=documentFirstHeading>Yazı</h1><div class=documentByLine><span class=documentAuthor>by
        <a href='/author/x'>Ayşe Kaya</a></span> — <span class=documentPublished>published 03.05.2012 10:20</span></div>
        <div id=content-core>PROSE</div>""",
    "elementor": """<div class='elementor-widget elementor-widget-theme-post-title'><h1>Yazı</h1></div>
        <div class='elementor-widget elementor-widget-post-info'><ul><li itemprop=author><a href='/author/a'>Ayşe Kaya
        </a></li><li itemprop=datePublished>Mayıs 3, 2012</li></ul></div>
        <div class='elementor-widget elementor-widget-text-editor'><div class=elementor-widget-container>PROSE</div>
        </div>""",
}


@pytest.mark.parametrize("markup", SYSTEMS.values(), ids=SYSTEMS)
def test_other_systems(markup: str) -> None:
    read = extracted(markup.replace("PROSE", PROSE), title="Yazı").article
    assert (read.title, read.authors, read.published_day) == ("Yazı", ("Ayşe Kaya",), date(2012, 5, 3))
    assert read.text == (LINE * 4).strip()
