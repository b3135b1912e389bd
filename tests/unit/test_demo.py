"""The demonstration site: what it says of itself is what it serves, whatever the clock says."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from lxml import etree, html

from pipeline.demo import Variant, articles, edition, render, running, serve, source_yaml, wrap
from pipeline.demo.article import parse
from pipeline.demo.markup import to_html, to_paragraphs
from pipeline.demo.page import slugify
from pipeline.demo.server import RequestLog
from pipeline.demo.site import Site, build
from pipeline.errors import ConfigurationError
from pipeline.models import KINDS

BASE = "http://127.0.0.1:8000"
SEED = Path(__file__).parents[3] / "shared" / "seed"
BOILERPLATE = ("dk okuma süresi", "İlgili Yazılar", "Bir cevap yazın", "Etiketler:", "Son Yazılar", "Anasayfa")
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def site() -> Site:
    return build(BASE)


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    with running() as base_url:
        yield base_url


def text_of(site: Site, path: str) -> str:
    return site.answers[path].body.decode()


def locations(xml: str) -> list[str]:
    return [str(element.text) for element in etree.fromstring(xml.encode()).iter(f"{SITEMAP}loc")]


def get(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, headers=named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, dict(response.headers), response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


# --- the articles ----------------------------------------------------------------------------------------------------


def test_the_corpus_has_the_mixture_it_promises() -> None:
    languages = [article.language for article in articles()]
    assert {code: languages.count(code) for code in ("tr", "en", "az", "ru")} == {"tr": 26, "en": 12, "az": 1, "ru": 1}
    assert [a.slug for a in articles() if len(a.languages) > 1] == ["boru-hatlari-ve-baris-pipelines-and-peace"]
    assert {article.kind for article in articles()} >= {
        "report",
        "interview",
        "commentary",
        "analysis",
        "news",
        "event",
    }
    assert {article.visibility for article in edition().withheld} == {"draft", "protected", "noindex"}


def test_every_fact_in_the_front_matter_is_sound() -> None:
    for article in articles("revised") + edition().withheld:
        assert re.fullmatch(r"[a-z0-9-]+", article.slug)
        assert article.kind in KINDS
        assert article.categories
        assert article.authors or article.organisations
        assert all(author in article.byline for author in article.authors)
        assert article.modified >= article.published
        assert all("  " not in paragraph and paragraph == paragraph.strip() for paragraph in article.paragraphs)


def test_dates_carry_the_offset_turkey_had_on_that_day() -> None:
    istanbul = ZoneInfo("Europe/Istanbul")
    for article in articles():
        assert article.published.utcoffset() == article.published.astimezone(istanbul).utcoffset(), article.slug
    assert articles()[-1].published.utcoffset() == timedelta(hours=2)
    assert articles()[-1].published.year == 2009
    assert articles()[0].published.date().isoformat() == "2026-11-12"
    assert any(a.published.date() != a.published.astimezone(UTC).date() for a in articles())


@pytest.mark.parametrize(
    "words",
    [
        *("askeri iş birliği", "military cooperation", "kitaplığı", "kitaplık", "görüşmeler", "Türkiye'nin"),
        *("Türkiye’nin", "Erdoğan", "Doğu Akdeniz", "Karabağ", "Eastern Mediterranean"),
    ],
)
def test_the_words_that_the_search_shows_off_are_there(words: str) -> None:
    assert any(words in article.text for article in articles())


def test_a_name_with_a_title_keeps_it_in_the_byline_only() -> None:
    (article,) = (a for a in articles() if a.slug == "karabagdan-sonra-guney-kafkasya")
    assert (article.byline, article.authors) == ("Doç. Dr. Elif Sönmez", ("Elif Sönmez",))


def test_the_revised_variant_differs_in_three_articles() -> None:
    before = {article.slug: article for article in articles()}
    after = {article.slug: article for article in articles("revised")}
    assert before.keys() - after.keys() == {"ayin-ozeti-subat-2026"}
    assert after.keys() - before.keys() == {"ceyhan-limaninda-yesil-hidrojen"}
    changed = [slug for slug in before.keys() & after.keys() if before[slug] != after[slug]]
    assert changed == ["turkiye-azerbaycan-askeri-is-birligi"]
    assert after[changed[0]].paragraphs[:-1] == before[changed[0]].paragraphs
    assert after[changed[0]].paragraphs[-1].startswith("Düzeltme:")
    assert after[changed[0]].modified > before[changed[0]].modified


def test_markup_gives_the_same_words_as_html_and_as_paragraphs() -> None:
    blocks = (
        *("Bir **iki** *üç*\ndört & beş", "## Başlık", "- ilk\n- [son](/x.html)", "> alıntı"),
        "| a | b |\n|---|---|\n| 1 | 2 |",
    )
    body = "\n\n".join(blocks)
    assert to_paragraphs(body) == ("Bir iki üç dört & beş", "Başlık", "ilk", "son", "alıntı", "a | b", "1 | 2")
    tree = html.fromstring(f"<div>{to_html(body)}</div>")
    assert [element.tag for element in tree] == ["p", "h2", "ul", "blockquote", "table"]
    assert " ".join(tree.itertext()).split() == " ".join(to_paragraphs(body)).replace("| ", "").split()


def test_an_article_without_front_matter_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        parse("x", "only text\n")


# --- the pages -------------------------------------------------------------------------------------------------------


def test_each_page_holds_its_paragraphs_once_and_in_order_inside_the_content() -> None:
    for article in articles():
        (content,) = html.fromstring(render(article)).cssselect(".entry-content")
        units = content.cssselect("p, h2, h3, li, tr")
        assert [" | ".join(u.itertext()) if u.tag == "tr" else u.text_content() for u in units] == list(
            article.paragraphs
        )


def test_each_page_is_surrounded_by_the_boilerplate_of_the_seed() -> None:
    for article in articles():
        page = render(article)
        assert all(words in page for words in BOILERPLATE)
        assert '<html lang="tr-TR"' in page
        tree = html.fromstring(page)
        (author,) = tree.cssselect(".author")
        assert author.text_content() == f"{article.byline} {article.byline}"
        cards = tree.cssselect(".related-posts .card-title a")
        assert len(cards) == 3
        assert article.path not in " ".join(card.get("href") for card in cards)


def test_some_pages_print_their_date_and_say_it_nowhere_else() -> None:
    printed = [article for article in articles() if article.date_printed_only]
    assert 3 <= len(printed) < len(articles()) / 4
    for article in articles():
        tree = html.fromstring(render(article))
        said = [meta.get("content") for meta in tree.cssselect('meta[property="article:published_time"]')]
        shown = tree.cssselect(".entry-date")[0].text_content()
        assert said == ([] if article.date_printed_only else [article.published.isoformat()])
        assert bool(shown) is article.date_printed_only
    assert '<span class="entry-date">3 Mayıs 2012</span>' in render(printed[-1])


def test_long_titles_are_cut_in_og_title_only() -> None:
    (article,) = (a for a in articles() if a.slug == "turkiyenin-enerji-koridoru-stratejisi")
    tree = html.fromstring(render(article))
    assert tree.cssselect('meta[property="og:title"]')[0].get("content") == article.title[:70] != article.title
    assert tree.cssselect("h1")[0].text_content() == article.title


def test_readers_comment_after_the_article_appeared() -> None:
    counted = 0
    for article in articles():
        tree = html.fromstring(render(article))
        times = [datetime.fromisoformat(time.get("datetime")) for time in tree.cssselect(".comment time")]
        assert all(time > article.published for time in times)
        assert tree.cssselect(".comments-link")[0].text_content() == str(len(times))
        counted += len(times)
    assert counted > 20


def test_wrap_puts_foreign_paragraphs_into_the_template() -> None:
    page = wrap("Two & Three", "Ali Veli", "2016-08-16", ["First <b>.", "Second “quoted”."])
    tree = html.fromstring(page)
    assert [p.text_content() for p in tree.cssselect(".entry-content p")] == ["First <b>.", "Second “quoted”."]
    assert tree.cssselect("h1")[0].text_content() == "Two & Three"
    assert tree.cssselect('meta[property="article:published_time"]')[0].get("content") == "2016-08-16T00:00:00+03:00"
    assert all(words in page for words in BOILERPLATE)


def test_wrap_can_leave_a_page_undated() -> None:
    page = wrap("Başlık", "Ali Veli", None, ["Metin."])
    assert "article:published_time" not in page
    assert "2016" not in html.fromstring(page).cssselect("article header")[0].text_content()


def test_wrap_rebuilds_the_shape_of_the_seed() -> None:
    found = sorted(SEED.glob("*.txt")) if SEED.is_dir() else []
    if not found:
        pytest.skip(f"no seed article at {SEED}")
    blocks = [block for block in found[0].read_text(encoding="utf-8").split("\n\n") if block.strip()]
    body = blocks[4:-3]
    page = html.fromstring(wrap(blocks[2], "Hasan Oktay", "2016-08-16", body))
    words = " ".join(page.cssselect("article")[0].text_content().split())
    assert blocks[3].split("\n")[0].split(" - -")[0] in words  # the byline, twice
    assert " ".join(body[-1].split()) in words
    for trailing in blocks[-2:]:
        assert trailing.strip() in " ".join(page.text_content().split())


@pytest.mark.parametrize(
    ("words", "slug"),
    [("Doğu Akdeniz", "dogu-akdeniz"), ("Türkiye’nin İlk Irmağı", "turkiyenin-ilk-irmagi"), ("Söyleşi", "soylesi")],
)
def test_slugify_writes_turkish_as_wordpress_does(words: str, slug: str) -> None:
    assert slugify(words) == slug


# --- the site --------------------------------------------------------------------------------------------------------


def test_every_internal_link_leads_somewhere(site: Site) -> None:
    dead = set()
    for answer in site.answers.values():
        if answer.content_type.startswith("text/html") and answer.body:
            links = html.fromstring(answer.body).xpath("//a/@href")
            paths = {str(link).removeprefix(BASE) for link in links if not str(link).startswith("#")}
            dead |= paths - site.answers.keys()
    assert dead == {"/wp-admin/"}


def test_the_feed_carries_the_newest_ten(site: Site) -> None:
    items = etree.fromstring(site.answers["/feed/"].body).findall("channel/item")
    expected = [BASE + a.path + ("?utm_source=rss" if a.tracked_in_feed else "") for a in articles()[:10]]
    assert [item.findtext("link") for item in items] == expected
    assert sum("utm_source" in link for link in expected) == 1
    said = [parsedate_to_datetime(str(item.findtext("pubDate"))) for item in items]
    assert said == [article.published for article in articles()[:10]]


def test_the_sitemaps_name_every_article_and_the_traps_but_no_draft(site: Site) -> None:
    assert locations(text_of(site, "/sitemap.xml")) == [f"{BASE}/sitemap-posts.xml", f"{BASE}/sitemap-pages.xml"]
    posts = locations(text_of(site, "/sitemap-posts.xml"))
    assert len(posts) == len(set(posts))
    traps = {
        f"{BASE}/uyelere-ozel-libya-degerlendirmesi.html",
        f"{BASE}/stajyer-basvurulari-sonuclari.html",
        f"{BASE}/orta-koridor-raporu-2026-taslak.html",
    }
    assert set(posts) == {BASE + article.path for article in articles()} | traps
    pages = locations(text_of(site, "/sitemap-pages.xml"))
    assert {f"{BASE}/hakkimizda.html", f"{BASE}/iletisim.html", f"{BASE}/kategori/enerji/"} <= set(pages)
    assert all(url.removeprefix(BASE) in site.answers for url in posts + pages)


def test_a_draft_is_nowhere(site: Site) -> None:
    (draft,) = (article for article in edition().withheld if article.visibility == "draft")
    assert draft.path not in site.answers
    assert not [path for path, answer in site.answers.items() if draft.slug.encode() in answer.body]


def test_a_protected_page_shows_a_form_and_not_a_word_of_its_text(site: Site) -> None:
    (protected,) = (article for article in edition().withheld if article.visibility == "protected")
    page = text_of(site, protected.path)
    assert "Bu içerik parola korumalı" in page
    assert "Korumalı: " + protected.title in page
    assert not [path for path, answer in site.answers.items() if protected.paragraphs[0][:40].encode() in answer.body]


def test_a_noindex_page_says_so_and_no_other_does(site: Site) -> None:
    said = [path for path, answer in site.answers.items() if b'name="robots" content="noindex' in answer.body]
    assert said == ["/stajyer-basvurulari-sonuclari.html"]


def test_archive_pages_list_everything_ten_at_a_time(site: Site) -> None:
    paths = ["/", *(f"/sayfa/{number}/" for number in range(2, 5))]
    listed = [link for path in paths for link in _listed(text_of(site, path))]
    assert listed == [BASE + article.path for article in articles()]
    assert "/sayfa/5/" not in site.answers
    karabag = _listed(text_of(site, "/etiket/karabag/"))
    assert karabag == [BASE + a.path for a in articles() if "Karabağ" in a.tags]
    assert "/yazar/editor/" in site.answers


def _listed(page: str) -> list[str]:
    return [str(link.get("href")) for link in html.fromstring(page).cssselect(".post-list .card-title a")]


def test_the_site_is_the_same_whenever_it_is_built(site: Site) -> None:
    assert build(BASE) == site


def test_a_closed_site_answers_503_everywhere() -> None:
    answer = build(BASE, "closed").answer("/robots.txt")
    assert (answer.status, answer.retry_after) == (503, 60)


# --- the server ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/feed/", "/sitemap.xml", articles()[0].path, "/"])
def test_conditional_requests_are_answered_304(live: str, path: str) -> None:
    status, headers, body = get(live + path)
    assert (status, bool(body)) == (200, True)
    for sent in (
        {"If_None_Match": headers["ETag"]},
        {"If_None_Match": f'"other", W/{headers["ETag"]}'},
        {"If_Modified_Since": headers["Last-Modified"]},
    ):
        again, validators, empty = get(live + path, **sent)
        assert (again, empty, validators["ETag"]) == (304, "", headers["ETag"])
    assert get(live + path, If_None_Match='"other"', If_Modified_Since=headers["Last-Modified"])[0] == 200
    assert get(live + path, If_Modified_Since="Sun, 01 Nov 2009 00:00:00 GMT")[0] == 200
    assert get(live + path, If_Modified_Since="yesterday")[0] == 200


def test_a_tracking_parameter_leads_to_the_same_page(live: str) -> None:
    path = articles()[0].path
    assert get(f"{live}{path}?utm_source=rss")[2] == get(live + path)[2]


def test_an_old_address_redirects_to_the_new(live: str) -> None:
    log: RequestLog = []
    with running(log=log) as base_url:
        status, _, body = get(f"{base_url}/orta-koridor-raporu-2026-taslak.html")
    assert (status, "Orta Koridor Raporu" in body) == (200, True)
    assert log == [
        ("GET", "/orta-koridor-raporu-2026-taslak.html", 301),
        ("GET", "/orta-koridor-raporu.html", 200),
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/montro-sozlesmesi-taslak.html", 404),
        ("/wp-admin/", 404),
        ("/wp-json/wp/v2/posts", 404),
        ("/hakkimizda.html", 200),
    ],
)
def test_what_is_not_there_is_404(live: str, path: str, status: int) -> None:
    assert get(live + path)[0] == status


def test_robots_allow_all_but_the_admin_pages(live: str) -> None:
    _, headers, body = get(f"{live}/robots.txt")
    assert headers["Content-Type"].startswith("text/plain")
    assert body == f"User-agent: *\nDisallow: /wp-admin/\n\nSitemap: {live}/sitemap.xml\n"


def test_head_sends_the_headers_alone(live: str) -> None:
    status, headers, body = get(live + "/", method="HEAD")
    assert (status, body) == (200, "")
    assert int(headers["Content-Length"]) > 1000


@pytest.mark.parametrize(("variant", "status"), [("standard", 200), ("revised", 410), ("closed", 503)])
def test_variants_change_what_is_served(variant: Variant, status: int) -> None:
    with running(variant=variant) as base_url:
        assert get(f"{base_url}/ayin-ozeti-subat-2026.html")[0] == status


def test_nothing_answers_once_the_block_is_left() -> None:
    with running() as base_url:
        connection = http.client.HTTPConnection(base_url.removeprefix("http://"), timeout=5)
        connection.request("GET", "/robots.txt")
        connection.getresponse().read()
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.request("GET", "/robots.txt")
        connection.getresponse()
    connection.close()
    with pytest.raises(urllib.error.URLError):
        get(base_url)


def test_a_port_in_use_is_a_configuration_error(live: str) -> None:
    port = int(live.rsplit(":", 1)[1])
    with pytest.raises(ConfigurationError, match=rf"127\.0\.0\.1:{port}.*choose another port"):
        serve(port=port)


def test_the_command_serves_until_it_is_interrupted() -> None:
    # a test run in the background hands down an ignored SIGINT; a terminal gives the default
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = [sys.executable, "-c", f"{heed}from pipeline.demo import serve; serve()"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        status = get(f"{base_url}/robots.txt")[0]
        process.send_signal(signal.SIGINT)
        assert (status, process.wait(timeout=5)) == (200, 0)


def test_the_source_file_names_the_endpoints() -> None:
    source = yaml.safe_load(source_yaml(BASE))
    assert (source["id"], source["crawl_delay"], source["hosts"]) == ("demo", 0, ["127.0.0.1"])
    assert [(e["type"], e["url"]) for e in source["endpoints"]] == [
        ("feed", f"{BASE}/feed/"),
        ("sitemap", f"{BASE}/sitemap.xml"),
    ]
    refused = re.compile("|".join(source["deny"]))
    assert not [article.slug for article in articles("revised") if refused.search(article.path)]
    assert refused.search(f"{BASE}/kategori/enerji/")
    assert refused.search(f"{BASE}/hakkimizda.html")
