"""Listings as content systems and hand-made sites mark them up: every article is found, and the page after it."""

# ruff: noqa: E501 -- markup stands as sites send it
from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pipeline.discover import Ask, Found, Watermark, read
from pipeline.models import Endpoint, Page, Source

HOME = "https://example.org/"
URL = HOME + "yazilar/"

FRAME = """<!doctype html><html lang="tr"><head><meta charset="utf-8"><title>Kurum</title>%(head)s</head><body>
<div id="header"><div class="logo"><a href="/"><img src="/logo.png" alt="Kurumun uzun adı burada durur"></a></div>
<ul class="menu"><li><a href="/kurumsal/hakkimizda">Hakkımızda</a></li><li><a href="/programlar/orta-dogu-calismalari-programi">Orta Doğu
Çalışmaları Programı</a></li></ul></div>
%(body)s
<div id="footer"><a href="/gizlilik-politikasi">Gizlilik politikası</a> <a href="https://x.com/kurum">X</a>
<a href="/kvkk-aydinlatma-metni">KVKK aydınlatma metni burada</a></div></body></html>"""

#: What each system sends, the paths of its articles, and the next page's.
SHAPES: dict[str, tuple[str, list[str], str | None]] = {
    "drupal 7 view": (
        """<div class="view view-haberler"><div class="view-content">
<div class="views-row views-row-1 views-row-odd"><div class="views-field views-field-title"><span class="field-content"><a href="/tr/node/1201">Suriye</a></span></div>
<div class="views-field views-field-created"><span class="field-content">12 Mart 2024</span></div></div>
<div class="views-row views-row-2 views-row-even"><div class="views-field views-field-title"><span class="field-content"><a href="/tr/node/1202">Enerji koridorları</a></span></div></div>
<div class="views-row views-row-3"><div class="views-field views-field-title"><span class="field-content"><a href="/tr/node/1203">Kafkasya'da yeni denge arayışı</a></span></div></div>
</div><h2 class="element-invisible">Sayfalar</h2><div class="item-list"><ul class="pager"><li class="pager-current first">1</li>
<li class="pager-item"><a title="2. sayfaya git" href="/yazilar?page=1">2</a></li><li class="pager-next"><a title="Sonraki sayfaya git" href="/yazilar?page=1">sonraki ›</a></li>
<li class="pager-last last"><a href="/yazilar?page=47">son »</a></li></ul></div></div>""",
        ["tr/node/1201", "tr/node/1202", "tr/node/1203"],
        "yazilar?page=1",
    ),
    "drupal 10 teasers": (
        """<main role="main"><div class="views-element-container"><div class="views-row"><article data-history-node-id="7" class="node node--type-article node--view-mode-teaser">
<h2 class="node__title"><a href="/tr/analiz/su" rel="bookmark"><span class="field field--name-title">Su</span></a></h2>
<div class="node__meta"><a href="/tr/uzman/ayse-demir-yilmaz" class="username">Ayşe Demir Yılmaz</a></div>
<ul class="links inline"><li class="node-readmore"><a href="/tr/analiz/su" rel="tag" title="Su">Devamı<span class="visually-hidden"> Su hakkında</span></a></li></ul>
<div class="field--name-field-tags"><a href="/tr/taxonomy/term/14" hreflang="tr">Sınır aşan sular politikası</a></div></article></div></div>
<nav class="pager"><ul><li class="pager__item pager__item--next"><a href="?page=%2C1" title="Go to next page" rel="next"><span>››</span></a></li></ul></nav></main>""",
        ["tr/analiz/su"],
        "yazilar/?page=%2C1",
    ),
    "joomla blog": (
        """<div class="blog" itemscope><div class="items-leading clearfix"><div class="leading-0" itemprop="blogPost"><div class="page-header">
<h2 itemprop="name"><a href="/index.php/haberler/12-secim" itemprop="url">Seçim</a></h2></div><p class="readmore"><a class="btn" href="/index.php/haberler/12-secim">Devamını oku...</a></p></div></div>
<div class="items-row cols-2 row-0"><div class="item column-1"><h2><a href="/index.php/haberler/13-butce">Bütçe</a></h2></div></div>
<div class="items-more"><h3>Diğer Makaleler ...</h3><ol class="nav nav-tabs nav-stacked"><li><a href="/index.php/haberler/9-orta-dogu-da-su-sorunu">Orta Doğu'da su sorunu</a></li></ol></div>
<div class="pagination"><p class="counter"> Sayfa 1 / 9 </p><ul class="pagination-list"><li><a title="Sonraki" href="/index.php/haberler?start=4" class="pagenav">Sonraki</a></li>
<li><a title="Son" href="/index.php/haberler?start=36" class="pagenav">Son</a></li></ul></div></div>""",
        ["index.php/haberler/12-secim", "index.php/haberler/13-butce", "index.php/haberler/9-orta-dogu-da-su-sorunu"],
        "index.php/haberler?start=4",
    ),
    "joomla table": (
        """<form action="/raporlar" method="post" name="adminForm" id="adminForm"><table class="category table table-striped"><tbody>
<tr class="cat-list-row0"><td class="list-title"><a href="/raporlar/44-su-raporu">Su raporu</a></td><td class="list-date">01 Mart 2024</td></tr>
<tr class="cat-list-row1"><td class="list-title"><a href="/raporlar/45-goc-raporu">Göç raporu</a></td></tr>
<tr class="cat-list-row0"><td class="list-title"><a href="/raporlar/46-avrupa-nin-yeni-guvenlik-mimarisi">Avrupa'nın yeni güvenlik mimarisi</a></td></tr></tbody></table>
<div class="pagination"><ul><li><a href="/raporlar?start=20">2</a></li></ul></div></form>""",
        ["raporlar/44-su-raporu", "raporlar/45-goc-raporu", "raporlar/46-avrupa-nin-yeni-guvenlik-mimarisi"],
        "raporlar?start=20",
    ),
    "ghost": (
        """<main id="site-main"><div class="post-feed"><article class="post-card post"><a class="post-card-image-link" href="/su-ve-guvenlik/"><img class="post-card-image" src="x.jpg" alt="" loading="lazy"></a>
<div class="post-card-content"><a class="post-card-content-link" href="/su-ve-guvenlik/"><header class="post-card-header"><div class="post-card-tags"><span>Analiz</span></div><h2 class="post-card-title">Su ve güvenlik</h2></header></a>
<footer class="post-card-meta"><time datetime="2024-03-12">12 Mar 2024</time></footer></div></article>
<article class="post-card post no-image"><div class="post-card-content"><a class="post-card-content-link" href="/goc/"><h2 class="post-card-title">Göç</h2></a></div></article></div>
<nav class="pagination"><a class="older-posts" href="/page/2/"><span aria-hidden="true">&larr;</span> Older Posts</a><span class="page-number">Page 1 of 9</span></nav></main>""",
        ["su-ve-guvenlik/", "goc/"],
        "page/2/",
    ),
    "ghost source": (
        """<main class="gh-main"><div class="gh-feed"><article class="gh-card post"><a class="gh-card-link" href="/secim/"><figure class="gh-card-image"><img src="a.jpg" alt="Seçim"></figure>
<div class="gh-card-wrapper"><h3 class="gh-card-title is-title">Seçim</h3><p class="gh-card-excerpt">Özet</p><footer class="gh-card-meta"><time class="gh-card-date" datetime="2024-05-01">1 May</time></footer></div></a></article></div></main>""",
        ["secim/"],
        None,
    ),
    "hugo papermod": (
        """<main class="main"><article class="first-entry"><header class="entry-header"><h2 class="entry-hint-parent">Su</h2></header><div class="entry-content"><p>Özet</p></div>
<footer class="entry-footer"><span title='2024-03-12'>12 Mart</span></footer><a class="entry-link" aria-label="post link to Su" href="https://example.org/posts/su/"></a></article>
<article class="post-entry"><header class="entry-header"><h2>Göç</h2></header><a class="entry-link" aria-label="post link to Göç" href="https://example.org/posts/goc/"></a></article>
<footer class="page-footer"><nav class="pagination"><a class="next" href="https://example.org/page/2/">Next&nbsp;2/4&nbsp;»</a></nav></footer></main>""",
        ["posts/su/", "posts/goc/"],
        "page/2/",
    ),
    "hugo archive": (
        """<main><div class="archive"><h2>2024</h2><ul class="archive-list"><li><span>12 Mart</span> <a href="/posts/suriye-krizi/">Suriye krizi</a></li>
<li><span>1 Mart</span> <a href="/posts/kafkasya/">Kafkasya</a></li><li><span>3 Ocak</span> <a href="/posts/enerji-guvenligi-ve-turkiye/">Enerji güvenliği ve Türkiye</a></li></ul></div></main>""",
        ["posts/suriye-krizi/", "posts/kafkasya/", "posts/enerji-guvenligi-ve-turkiye/"],
        None,
    ),
    "jekyll minima": (
        """<main class="page-content" aria-label="Content"><div class="wrapper"><ul class="post-list"><li><span class="post-meta">Mar 12, 2024</span><h3><a class="post-link" href="/analiz/2024/03/12/su.html">Su</a></h3></li>
<li><span class="post-meta">Mar 1, 2024</span><h3><a class="post-link" href="/analiz/2024/03/01/goc.html">Göç</a></h3></li></ul><p class="rss-subscribe">subscribe <a href="/feed.xml">via RSS</a></p>
<div class="pager"><ul class="pagination"><li><div class="current-page">1</div></li><li><a href="/page2/" class="next-page">2</a></li></ul></div></div></main>""",
        ["analiz/2024/03/12/su.html", "analiz/2024/03/01/goc.html"],
        "page2/",
    ),
    "typo3 news": (
        """<div class="news"><div class="news-list-view" id="news-container-5"><div class="article articletype-0 topnews" itemscope><div class="header"><h3><a itemprop="url" title="Su" href="/tr/haberler/detay/su"><span itemprop="headline">Su</span></a></h3></div>
<div class="teaser-text"><a class="more" title="Su" href="/tr/haberler/detay/su">weiterlesen</a></div></div>
<div class="article articletype-0"><div class="header"><h3><a href="/tr/haberler/detay?tx_news_pi1%5Baction%5D=detail&amp;tx_news_pi1%5Bnews%5D=12&amp;cHash=0123456789abcdef0123456789abcdef"><span>Göç</span></a></h3></div></div>
<ul class="f3-widget-paginator"><li class="current">1</li><li><a href="/tr/haberler?tx_news_pi1%5B%40widget_0%5D%5BcurrentPage%5D=2&amp;cHash=a">2</a></li>
<li class="last next"><a href="/tr/haberler?tx_news_pi1%5B%40widget_0%5D%5BcurrentPage%5D=2&amp;cHash=a">next</a></li></ul></div></div>""",
        [
            "tr/haberler/detay/su",
            "tr/haberler/detay?cHash=0123456789abcdef0123456789abcdef&tx_news_pi1%5Baction%5D=detail&tx_news_pi1%5Bnews%5D=12",
        ],
        "tr/haberler?cHash=a&tx_news_pi1%5B%40widget_0%5D%5BcurrentPage%5D=2",
    ),
    "plone search": (
        """<div id="search-results"><ol class="searchResults"><li><span class="summary"><a href="https://example.org/haberler/su" class="state-published">Su</a></span><div class="metadata"><span class="documentByLine">- <span>son değişiklik <span>12.03.2024</span></span></span></div></li>
<li><span class="summary"><a href="https://example.org/haberler/goc">Göç</a></span></li></ol>
<nav class="pagination"><ul><li class="active"><span>1</span></li><li><a href="https://example.org/@@search?b_start:int=10">2</a></li></ul></nav></div>""",
        ["haberler/su", "haberler/goc"],
        "@@search?b_start:int=10",
    ),
    "umbraco": (
        """<div class="container"><div class="row news-list"><div class="col-md-4"><a class="news-item" href="/tr/yayinlar/su-politikasi/"><img src="/media/x.jpg" alt=""><div class="news-item__body"><span class="news-item__date">12.03.2024</span><h4>Su politikası</h4></div></a></div>
<div class="col-md-4"><a class="news-item" href="/tr/yayinlar/goc/"><div class="news-item__body"><h4>Göç</h4></div></a></div></div>
<button class="btn load-more" data-url="/umbraco/surface/news/list?page=2">Daha fazla</button></div>""",
        ["tr/yayinlar/su-politikasi/", "tr/yayinlar/goc/"],
        "umbraco/surface/news/list?page=2",
    ),
    "asp.net webforms": (
        """<form method="post" action="./Haberler.aspx" id="aspnetForm"><input type="hidden" name="__VIEWSTATE" value="/wEP"><table><tr><td><a id="ctl00_rpt_ctl00_hl" href="HaberDetay.aspx?ID=1201&amp;kat=3">Türkiye ve Orta Asya ilişkileri üzerine</a></td></tr>
<tr><td><a id="ctl00_rpt_ctl01_hl" href="HaberDetay.aspx?ID=1202&amp;kat=3">Su</a></td></tr><tr><td><a href="HaberDetay.aspx?ID=1203&amp;kat=3">Enerji güvenliğinde yeni dönem başlıyor</a></td></tr>
<tr><td><a href="HaberDetay.aspx?ID=1204&amp;kat=3">Göç</a></td></tr><tr><td><a href="HaberDetay.aspx?ID=1205&amp;kat=3">Savunma</a></td></tr></table>
<a href="Haberler.aspx?sayfa=2">2</a> <a href="Haberler.aspx?sayfa=3">3</a></form>""",
        [f"yazilar/HaberDetay.aspx?ID={number}&kat=3" for number in range(1201, 1206)],
        "yazilar/Haberler.aspx?sayfa=2",
    ),
    "php routes": (
        """<div id="orta"><div class="haber"><a href="index.php?sayfa=haber_detay&id=12" class="baslik">Kafkasya</a><br><a href="index.php?sayfa=haber_detay&id=12">devamı...</a></div>
<div class="haber"><a href="index.php?sayfa=haber_detay&id=13" class="baslik">Balkanlar</a><br><a href="index.php?sayfa=haber_detay&id=13">devamı...</a></div>
<div class="sayfalama"><b>1</b> <a href="index.php?sayfa=haberler&s=2">2</a> <a href="index.php?sayfa=haberler&s=3">3</a></div></div>""",
        ["yazilar/index.php?id=12&sayfa=haber_detay", "yazilar/index.php?id=13&sayfa=haber_detay"],
        "yazilar/index.php?s=2&sayfa=haberler",
    ),
    "numbered slugs": (
        """<div class="liste"><div class="kutu"><a href="/suriye_3059.html"><img src="/k/3059.jpg"></a><div class="baslik"><a href="/suriye_3059.html">Suriye</a></div></div>
<div class="kutu"><a href="/libya-da-son-durum_3060.html"><img src="/k/3060.jpg"></a><div class="baslik"><a href="/libya-da-son-durum_3060.html">Libya'da son durum</a></div></div></div>
<div class="sayfalar"><a class="aktif">1</a><a href="/yazilar_2.html">2</a><a href="/yazilar_3.html">3</a></div>""",
        ["suriye_3059.html", "libya-da-son-durum_3060.html"],
        "yazilar_2.html",
    ),
    "plain permalinks": (
        """<main><article class="post"><h2 class="entry-title"><a href="https://example.org/?p=12" rel="bookmark">Su</a></h2><a href="https://example.org/?cat=3" rel="category">Analiz</a></article>
<article class="post"><h2 class="entry-title"><a href="https://example.org/?p=13">Göç</a></h2><a href="https://example.org/?author=2">Ayşe</a></article>
<nav class="navigation pagination"><div class="nav-links"><span class="page-numbers current">1</span><a class="page-numbers" href="https://example.org/?paged=2">2</a><a class="next page-numbers" href="https://example.org/?paged=2">Sonraki</a></div></nav></main>""",
        ["?p=12", "?p=13"],
        "?paged=2",
    ),
    "blocks of gutenberg": (
        """<main class="wp-block-group"><ul class="wp-block-post-template"><li class="wp-block-post post-7 post type-post"><h2 class="wp-block-post-title"><a href="https://example.org/su/" target="_self">Su</a></h2><div class="wp-block-post-date"><time datetime="2024-03-12T10:00:00+03:00"><a href="https://example.org/su/">12 Mart 2024</a></time></div></li>
<li class="wp-block-post post-8"><h2 class="wp-block-post-title"><a href="https://example.org/goc/">Göç</a></h2></li></ul>
<nav class="wp-block-query-pagination"><a href="/?query-0-page=2" class="wp-block-query-pagination-next">Sonraki Sayfa</a></nav></main>""",
        ["su/", "goc/"],
        "?query-0-page=2",
    ),
    "elementor cards": (
        """<div class="elementor-widget-wrap"><div class="elementor-element elementor-widget elementor-widget-posts"><div class="elementor-posts-container elementor-grid"><article class="elementor-post elementor-grid-item post-7"><a class="elementor-post__thumbnail__link" href="/su/" tabindex="-1"><div class="elementor-post__thumbnail"><img alt=""></div></a>
<div class="elementor-post__text"><h3 class="elementor-post__title"><a href="/su/">Su</a></h3><a class="elementor-post__read-more" href="/su/">Devamını Oku »</a></div></article>
<article class="elementor-post"><div class="elementor-post__text"><h3 class="elementor-post__title"><a href="/goc/">Göç</a></h3></div></article></div>
<div class="e-load-more-anchor" data-page="1" data-max-page="4" data-next-page="https://example.org/yazilar/2/"></div><div class="e-load-more"><a class="elementor-button" role="button"><span>Daha Fazla</span></a></div></div></div>""",
        ["su/", "goc/"],
        "yazilar/2/",
    ),
    "pictures alone": (
        """<div class="grid"><div class="kart"><a href="/analiz/yeni-denge-arayisi"><img src="a.jpg" alt=""></a></div><div class="kart"><a href="/analiz/enerji-ve-guvenlik"><img src="b.jpg" alt="Enerji ve güvenlik"></a></div>
<div class="kart"><a href="/analiz/su-ve-baris"><img src="c.jpg"></a></div><div class="kart"><a href="/analiz/goc"><picture><img src="d.jpg" alt="Göç"></picture></a></div></div>""",
        ["analiz/yeni-denge-arayisi", "analiz/enerji-ve-guvenlik", "analiz/su-ve-baris", "analiz/goc"],
        None,
    ),
    "links in data and scripts": (
        """<div class="liste"><div class="kart" data-href="/haber/12/su"><h3>Su</h3><p>Özet</p></div><div class="kart" data-href="/haber/13/goc"><h3>Göç</h3></div>
<div class="kart" onclick="location.href='/haber/14/enerji'"><h3>Enerji</h3></div><div class="kart" onclick="window.open(&quot;/haber/15/ordu&quot;, '_self')"><h3>Ordu</h3></div></div>
<a href="#" data-href="/yazilar/?sayfa=2" class="daha">Daha fazla göster</a>""",
        ["haber/12/su", "haber/13/goc", "haber/14/enerji", "haber/15/ordu"],
        "yazilar/?sayfa=2",
    ),
    "strong titles": (
        """<div class="content"><p><strong><a href="yazi.php?no=7">Su</a></strong><br>12.03.2024</p><p><strong><a href="yazi.php?no=8">Göç</a></strong><br>01.03.2024</p><p><strong><a href="yazi.php?no=9">Kafkasya'da barışın yolu uzun</a></strong></p></div>""",
        ["yazilar/yazi.php?no=7", "yazilar/yazi.php?no=8", "yazilar/yazi.php?no=9"],
        None,
    ),
    "titles in spans": (
        """<div class="wrap"><a class="item" href="/en/p/water"><span class="item-date">12 March</span><span class="item-title">Water</span></a><a class="item" href="/en/p/borders"><span class="item-title">Borders</span></a></div>
<div class="infinite" data-next-url="/yazilar/?offset=20"></div>""",
        ["en/p/water", "en/p/borders"],
        "yazilar/?offset=20",
    ),
    "substack": (
        """<div class="portable-archive-list"><div class="post-preview"><a data-testid="post-preview-title" href="https://example.org/p/su">Su</a><div class="pencraft"><a href="https://example.org/p/su">Özet</a><time datetime="2024-03-12T10:00:00.000Z">Mar 12</time></div></div>
<div class="post-preview"><a data-testid="post-preview-title" href="https://example.org/p/goc">Göç</a></div><div class="post-preview"><a data-testid="post-preview-title" href="https://example.org/p/karadeniz-de-yeni-donem">Karadeniz'de yeni dönem</a></div></div>""",
        ["p/su", "p/goc", "p/karadeniz-de-yeni-donem"],
        None,
    ),
    "blogger": (
        """<div class="blog-posts hfeed"><div class="post-outer"><div class="post hentry"><h3 class="post-title entry-title"><a href="https://example.org/2024/03/su.html">Su</a></h3><a class="timestamp-link" href="https://example.org/2024/03/su.html" rel="bookmark"><abbr class="published">Mart 12</abbr></a></div></div></div>
<div class="blog-pager" id="blog-pager"><span id="blog-pager-older-link"><a class="blog-pager-older-link" href="https://example.org/search?updated-max=2024-03-01T10:00:00%2B03:00&amp;max-results=7" title="Önceki Kayıtlar">Önceki Kayıtlar</a></span><a class="home-link" href="https://example.org/">Ana Sayfa</a></div>""",
        ["2024/03/su.html"],
        "search?max-results=7&updated-max=2024-03-01T10:00:00%2B03:00",
    ),
    "definition list": (
        """<div class="maincontent"><dl><dt><a href="/eng/index.php/su">Water</a></dt><dd>12.03.2024</dd><dt><a href="/eng/index.php/borders-and-conflict-in-the-caucasus">Borders and conflict in the Caucasus</a></dt><dt><a href="/eng/index.php/energy">Energy</a></dt><dt><a href="/eng/index.php/a-new-order-in-asia">A new order in Asia</a></dt></dl>
<a href="/eng/index.php/list/P20/">next 20</a></div>""",
        [
            "eng/index.php/su",
            "eng/index.php/borders-and-conflict-in-the-caucasus",
            "eng/index.php/energy",
            "eng/index.php/a-new-order-in-asia",
        ],
        "eng/index.php/list/P20/",
    ),
}


def listing(body: str, head: str = "", url: str = URL) -> Found:
    return answer((FRAME % {"head": head, "body": body}), url)


def answer(text: str, url: str, number: int = 1) -> Found:
    endpoint = Endpoint("listing", URL)
    source = Source("example", "Example", HOME, (endpoint,))
    page = Page(url, text.encode(), fetched_at=datetime(2024, 6, 1, tzinfo=UTC))
    return read(endpoint, source, Ask(url, "listing", number), page, None, Watermark())


def paths(found: Found) -> list[str]:
    return [one.url.removeprefix(HOME) for one in found.candidates]


@pytest.mark.parametrize("name", SHAPES)
def test_every_article_of_a_listing_is_found(name: str) -> None:
    body, expected, _ = SHAPES[name]
    found = listing(body)
    assert paths(found) == expected
    assert found.problem is None


@pytest.mark.parametrize("name", [name for name, (_, _, following) in SHAPES.items() if following])
def test_the_next_page_is_found(name: str) -> None:
    body, _, following = SHAPES[name]
    assert [one.url.removeprefix(HOME) for one in listing(body).asks if not one.depth] == [following]


CARDS = "".join(f'<article><h2><a href="analiz/{slug}">{slug}</a></h2></article>' for slug in ("su", "goc", "ordu"))


def test_links_are_relative_to_a_declared_base() -> None:
    found = listing(CARDS + '<a rel="next" href="sayfa/2">2</a>', '<base href="https://example.org/tr/">')
    assert paths(found) == ["tr/analiz/su", "tr/analiz/goc", "tr/analiz/ordu"]
    assert [one.url for one in found.asks] == [HOME + "tr/sayfa/2"]


def test_the_next_page_may_lie_on_the_twin_host() -> None:
    found = listing(CARDS + '<a href="https://www.example.org/yazilar/?sayfa=2">Sonraki</a>')
    assert [one.url for one in found.asks] == ["https://www.example.org/yazilar/?sayfa=2"]


@pytest.mark.parametrize(
    "wrap", [lambda piece: piece, lambda piece: json.dumps({"data": [{"html": piece}], "more": True})]
)
def test_what_a_button_loads_is_read_and_counted_on(wrap: Callable[[str], str]) -> None:
    found = answer(wrap(CARDS), HOME + "liste/ajax?kat=3&sayfa=2", 2)
    assert len(found.candidates) == 3
    assert [one.url for one in found.asks] == [HOME + "liste/ajax?kat=3&sayfa=3"]
    assert answer(wrap(""), HOME + "liste/ajax?kat=3&sayfa=9", 9) == Found(), "until there is nothing more"


def test_archives_by_month_are_sections_up_to_the_present() -> None:
    links = "".join(f'<li><a href="/2024/{month:02}/">{month}. ay</a></li>' for month in range(1, 13))
    options = "".join(
        f'<option value="https://example.org/arsiv/{year}-11">Kasım {year}</option>' for year in (2019, 2020)
    )
    found = listing(CARDS + f"<ul>{links}</ul><select>{options}</select><a href=/2024/05/03/>3 Mayıs</a>")
    archives = [f"2024/{month:02}/" for month in range(1, 7)] + ["arsiv/2019-11", "arsiv/2020-11"]
    assert [one.url.removeprefix(HOME) for one in found.asks if "20" in one.url] == archives


def test_a_page_without_articles_between_others_is_passed() -> None:
    found = answer(FRAME % {"head": "", "body": '<a href="?sayfa=4">Sonraki</a>'}, URL + "?sayfa=3", 3)
    assert [one.url for one in found.asks] == [URL + "?sayfa=4"]
