"""The rig is what it claims: other tests measure Mecmua against it, so its own gold must be right."""

from __future__ import annotations

import html
import json
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.text import tokens
from tests.integration import rig, servers
from tests.integration import wordpress as site_module
from tests.integration.seed.posts import HIDDEN, LANGUAGES, missing_corpus, write_site
from tests.integration.seed.vocabulary import PLANTED
from tests.integration.servers import ServerFailed, is_listening, launch, private_folder, run
from tests.integration.wordpress import THEMES, Post, WordPress, wordpress

pytestmark = pytest.mark.integration


def get(url: str, agent: str = "rig-test/1") -> tuple[int, str]:
    """Status and decoded body; an error status is an answer too."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"User-Agent": agent}), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def rest_posts(site: WordPress) -> Iterator[dict[str, Any]]:
    for page in range(1, 4):
        status, body = get(f"{site.url}/wp-json/wp/v2/posts?per_page=100&page={page}&_embed=author,wp:term")
        assert status == 200
        yield from json.loads(body)


def words_of(markup: str) -> list[str]:
    without_captions = re.sub(r"<figcaption.*?</figcaption>", " ", markup, flags=re.DOTALL)
    return tokens(html.unescape(re.sub(r"<!--.*?-->|<[^>]+>", " ", without_captions)))


def locations(site: WordPress, sitemap: str) -> list[str]:
    status, body = get(f"{site.url}/{sitemap}")
    assert status == 200, body[:500]
    return re.findall(r"<loc>(.*?)</loc>", body)


# --- the gold itself -------------------------------------------------------------------------------------------------


def test_the_same_site_is_written_each_time_and_has_every_trait() -> None:
    rig.require(missing_corpus())
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    site = write_site(now)
    public = [post for post in site if post.status == "publish" and not post.is_page]

    assert site == write_site(now)
    assert Counter(post.language for post in public) == LANGUAGES
    assert Counter(post.status for post in site if post.status != "publish") == HIDDEN
    assert sum(len(post.title) > 90 for post in public) >= 8
    assert {post.published.utcoffset() for post in public} == {timedelta(hours=2), timedelta(hours=3)}
    assert sum(post.published.astimezone(UTC).date() != post.day for post in public) >= 10
    assert sum(40 <= len(post.text.split()) <= 80 for post in public) >= 8
    assert {block.kind for post in public for block in post.blocks} >= {"list", "table", "quote", "image", "page_break"}
    assert len(public) / 4 < sum(bool(post.comments) for post in public) < len(public) / 2
    assert all(post.published < now for post in public)
    everything = "\n".join(post.text for post in public)
    assert all(sentence in everything for sentences in PLANTED.values() for sentence in sentences)
    assert Counter(post.text for post in public).most_common(1)[0][1] == 1


# --- WordPress -------------------------------------------------------------------------------------------------------


def test_rest_lists_exactly_the_public_posts_and_flags_the_protected(wordpress_site: WordPress) -> None:
    listed = list(rest_posts(wordpress_site))
    protected = {item["link"] for item in listed if item["content"]["protected"]}

    assert Counter(item["link"] for item in listed if not item["content"]["protected"]) == Counter(
        post.url for post in wordpress_site.posts
    )
    assert protected == set(wordpress_site.protected_urls)
    assert len(protected) == HIDDEN["protected"]


def test_rest_says_what_the_gold_says(wordpress_site: WordPress) -> None:
    gold = {post.id: post for post in wordpress_site.posts}
    for item in rest_posts(wordpress_site):
        if item["content"]["protected"]:
            continue
        post = gold[item["id"]]
        terms = [term["name"] for group in item["_embedded"]["wp:term"] for term in group]
        assert words_of(item["content"]["rendered"]) == tokens(post.text), post.url
        assert tokens(html.unescape(item["title"]["rendered"])) == tokens(post.title)
        assert item["date"] == post.published.replace(tzinfo=None).isoformat()
        assert item["date_gmt"] == post.published.astimezone(UTC).replace(tzinfo=None).isoformat()
        assert item["modified_gmt"] == post.modified.astimezone(UTC).replace(tzinfo=None).isoformat()
        assert html.unescape(item["_embedded"]["author"][0]["name"]) == post.byline
        assert sorted(map(html.unescape, terms)) == sorted((*post.categories, *post.tags))


def test_rest_can_be_closed_and_opened(wordpress_site: WordPress) -> None:
    url = f"{wordpress_site.url}/wp-json/wp/v2/posts"
    wordpress_site.close_rest()
    try:
        assert get(url)[0] == 401
        assert get(wordpress_site.posts[0].url)[0] == 200
    finally:
        wordpress_site.open_rest()
    assert get(url)[0] == 200


@pytest.mark.parametrize("theme", THEMES)
def test_pages_are_turkish_and_carry_the_article(wordpress_site: WordPress, theme: str) -> None:
    wordpress_site.switch_theme(theme)
    try:
        for post in (wordpress_site.posts[0], wordpress_site.posts[99], wordpress_site.posts[249]):
            status, page = get(post.url)
            assert status == 200
            assert re.search(r'<html[^>]* lang="tr', page)
            assert f"/themes/{theme}/" in page or f"{theme}-style" in page or "wp-site-blocks" in page
            assert "Yorum gönder" in page
            assert "Cevap" in page  # "Bir Cevap Yazın"
            assert set(tokens(post.text)) <= set(words_of(page))
            assert tokens(post.title)[0] in words_of(page)
    finally:
        wordpress_site.switch_theme("twentytwentythree")


def test_a_post_of_two_pages_shows_its_end_on_the_second(wordpress_site: WordPress) -> None:
    post = next(post for post in wordpress_site.posts if any(block.kind == "page_break" for block in post.blocks))
    last = tokens(post.paragraphs[-1])
    first_page, second_page = get(post.url)[1], get(f"{post.url}/2")[1]

    assert " ".join(last) not in " ".join(words_of(first_page))
    assert " ".join(last) in " ".join(words_of(second_page))


def test_a_protected_post_asks_for_its_password(wordpress_site: WordPress) -> None:
    for post in (post for post in wordpress_site.every if post.status == "protected"):
        status, page = get(post.url)
        assert status == 200
        assert 'name="post_password"' in page
        assert not set(post.paragraphs) & {html.unescape(line) for line in re.findall(r"<p>(.*?)</p>", page)}


def test_hidden_posts_have_no_page(wordpress_site: WordPress) -> None:
    assert len(wordpress_site.private_urls) == sum(HIDDEN.values()) - HIDDEN["protected"]
    assert {get(url)[0] for url in wordpress_site.private_urls} == {404}


def test_sitemaps_list_public_and_protected_posts_and_pages(wordpress_site: WordPress) -> None:
    posts = set(locations(wordpress_site, "wp-sitemap-posts-post-1.xml"))

    assert posts == {post.url for post in wordpress_site.posts} | set(wordpress_site.protected_urls)
    assert {post.url for post in wordpress_site.pages} <= set(locations(wordpress_site, "wp-sitemap-posts-page-1.xml"))
    assert f"{wordpress_site.url}/wp-sitemap-posts-post-1.xml" in locations(wordpress_site, "wp-sitemap.xml")
    assert f"Sitemap: {wordpress_site.url}/wp-sitemap.xml" in get(f"{wordpress_site.url}/robots.txt")[1]


def test_the_feed_carries_the_newest_posts(wordpress_site: WordPress) -> None:
    status, feed = get(f"{wordpress_site.url}/feed/")
    newest = sorted(wordpress_site.posts, key=lambda post: post.published)[-5:]

    assert status == 200
    assert {post.url for post in newest} <= set(re.findall(r"<link>(.*?)</link>", feed))


@pytest.mark.parametrize(
    "path", ["/wp-content/uploads/2015/06/gorsel-00.png", "/wp-includes/css/dist/block-library/style.min.css"]
)
def test_files_are_served(wordpress_site: WordPress, path: str) -> None:
    with urllib.request.urlopen(wordpress_site.url + path, timeout=30) as answer:
        assert answer.headers["Content-Type"] in ("image/png", "text/css")


def test_attachments_and_archives_exist_by_themselves(wordpress_site: WordPress) -> None:
    assert get(wordpress_site.attachment_urls[0])[0] == 200
    for path in ("/author/gundogdu", "/category/rapor", "/tag/enerji", "/2016/"):
        status, page = get(wordpress_site.url + path)
        assert status == 200, path
        assert any(post.url in page for post in wordpress_site.posts), path


def test_the_log_counts_what_was_asked(wordpress_site: WordPress) -> None:
    wordpress_site.clear_log()
    get(wordpress_site.posts[7].url, agent='mecmua/1 ("quoted" \\ é)')
    get(wordpress_site.url + "/yok.html")
    asked = wordpress_site.requests()

    assert [(item.method, item.status) for item in asked] == [("GET", 200), ("GET", 404)]
    assert wordpress_site.url + asked[0].path == wordpress_site.posts[7].url
    assert asked[0].agent.startswith("mecmua/")
    wordpress_site.clear_log()
    assert wordpress_site.requests() == []


def test_a_site_of_ones_own_can_be_changed_and_leaves_nothing(wordpress_site: WordPress) -> None:
    with wordpress(theme="twentytwentyone", rest=False) as site:
        changed, deleted, moved = site.posts[:3]
        assert site.requests() == []
        assert get(f"{site.url}/wp-json/wp/v2/posts")[0] == 401
        site.wp(f"wp_update_post(['ID' => {changed.id}, 'post_content' => '<p>Bambaşka bir metin.</p>']);")
        site.wp(f"wp_delete_post({deleted.id}, true);")
        site.wp(f"wp_update_post(['ID' => {moved.id}, 'post_name' => 'yeni-adres']);")

        assert "Bambaşka bir metin." in get(changed.url)[1]
        assert get(deleted.url)[0] == 404
        assert _final_url(moved) == f"{site.url}/yeni-adres.html"
        assert get(wordpress_site.url)[0] == 200
        port = int(site.url.rpartition(":")[2])
    assert not is_listening(port)
    assert not site.folder.exists()
    assert all(server.process.returncode is not None for server in site.servers)


def _final_url(post: Post) -> str:
    with urllib.request.urlopen(post.url, timeout=30) as answer:
        return str(answer.geturl())


def test_php_that_fails_says_so(wordpress_site: WordPress) -> None:
    with pytest.raises(ServerFailed, match="undefined function"):
        wordpress_site.wp("boyle_bir_islev_yok();")


def test_nothing_was_logged_as_a_php_error(wordpress_site: WordPress) -> None:
    get(wordpress_site.url)
    errors = wordpress_site.folder / "php-errors.log"

    assert not errors.exists() or errors.read_text() == ""


# --- PostgreSQL and the ground under both ----------------------------------------------------------------------------


def test_each_postgres_url_is_an_empty_database(postgres_url: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
        assert tables == (0,)
        assert connection.execute("select lower('Ş'), current_setting('fsync')").fetchone() == ("ş", "off")
        connection.execute("create table kalinti (id int)")


test_the_next_one_too = test_each_postgres_url_is_an_empty_database


def test_a_server_that_dies_tells_its_last_words() -> None:
    with private_folder("rig") as folder, pytest.raises(ServerFailed, match="bir sorun var"):
        launch("sh", ["sh", "-c", "echo bir sorun var; exit 3"], folder).await_ready(lambda: False)


def test_what_is_missing_skips_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    rig.require(None)
    monkeypatch.delenv("MECMUA_TEST_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="yok"):
        rig.require("yok")
    monkeypatch.setenv("MECMUA_TEST_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="yok"):
        rig.require("yok")


def test_what_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "program", lambda *_: None)
    monkeypatch.setattr(site_module, "program", lambda *_: None)
    for told in (servers.missing_for_postgres(), site_module.missing_for_wordpress()):
        assert told
        assert "install_servers.sh" in told


def test_the_install_script_is_quick_when_all_is_there(wordpress_site: WordPress) -> None:
    script = Path(__file__).parent / "install_servers.sh"
    assert "are installed" in run(["sh", script], cwd=script.parent, timeout=5)
