"""Twenty named changes of a real WordPress over simulated nights, each with what must come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.urls import article_id, canonical
from tests.integration.rig import require
from tests.integration.runs import Mecmua, source_file
from tests.integration.site import Answer, serving
from tests.integration.wordpress import Post, WordPress, missing_for_wordpress, wordpress

START = datetime.now(UTC).replace(microsecond=0)
EXTRA = "<p>Bu paragraf sonradan eklendi ve yazının anlamını yeni bir bilgiyle genişletiyor.</p>"


@dataclass(frozen=True)
class Night:
    """What a night left: its report and all documents by id."""

    report: dict[str, Any]
    documents: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Story:
    """The site, the posts that each change was made to, and the nights before and after."""

    site: WordPress
    posts: dict[str, Post]
    nights: list[Night]

    def at(self, change: str, night: int) -> dict[str, Any]:
        return self.nights[night].documents[identity(self.posts[change])]


def identity(post: Post) -> str:
    url = canonical(post.url)
    assert url is not None
    return article_id(url)


CHANGES = (
    "edit|small edit|delete|unpublish|protect|move|restore|republish|new comment|new sidebar|new author name|"
    "changed slug|new theme|new category|changed date|added PDF|split into pages|merged|mirrored|copied"
).split("|")


def update(post: Post, **fields: str) -> str:
    pairs = ", ".join(f"'{name}' => {value}" for name, value in fields.items())
    return f"wp_update_post(wp_slash(['ID' => {post.id}, {pairs}]));"


def content(post: Post) -> str:
    return f"get_post({post.id})->post_content"


def change_the_site(site: WordPress, posts: dict[str, Post]) -> None:
    """All changes of the first day."""
    old = {name: content(post) for name, post in posts.items()}
    site.wp(update(posts["edit"], post_content=f"{old['edit']} . '{EXTRA}'"))
    site.wp(update(posts["small edit"], post_content=f"str_replace('.</p>', '.  </p>', {old['small edit']})"))
    site.wp(f"wp_delete_post({posts['delete'].id}, true);")
    site.wp(update(posts["unpublish"], post_status="'draft'"))
    site.wp(update(posts["protect"], post_password="'gizli'"))
    site.wp(update(posts["move"], post_name="'tasinmis-yazi'"))
    site.wp(update(posts["restore"], post_status="'draft'"))
    site.wp(update(posts["republish"], post_date="'2026-01-15 10:00:00'", post_date_gmt="'2026-01-15 07:00:00'"))
    site.wp(
        f"wp_insert_comment(['comment_post_ID' => {posts['new comment'].id}, 'comment_content' => 'Yeni yorum', "
        "'comment_author' => 'Okur', 'comment_approved' => 1]);"
    )
    site.wp("update_option('blogdescription', 'Yeni bir kenar yazısı ve duyuru');")
    site.wp(update(posts["changed slug"], post_name="'yeni-kisa-ad'"))
    terms = "[wp_insert_term('Yepyeni', 'category')['term_id']], 'category', true"
    site.wp(
        f"wp_set_post_terms({posts['new category'].id}, {terms});"
        + update(posts["new category"], post_status="'publish'")
    )
    site.wp(update(posts["changed date"], post_date="'2014-03-05 09:00:00'", post_date_gmt="'2014-03-05 07:00:00'"))
    site.wp(
        update(
            posts["added PDF"], post_content=f"{old['added PDF']} . '<p><a href=\"/rapor.pdf\">Raporun tamamı</a></p>'"
        )
    )
    site.wp(
        update(
            posts["split into pages"],
            post_content=f"preg_replace('#</p>#', '</p><!--nextpage-->', {old['split into pages']}, 1)",
        )
    )
    site.wp(update(posts["merged"], post_content=f"{old['merged']} . {content(posts['copied'])}"))
    site.wp(
        f"$p = get_post({posts['mirrored'].id}); wp_insert_post(wp_slash(['post_title' => $p->post_title, "
        "'post_content' => $p->post_content, 'post_status' => 'publish', 'post_name' => 'ikinci-adres']));"
    )


@pytest.fixture(scope="module")
def story(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    require(missing_for_wordpress())
    home = tmp_path_factory.mktemp("mutations")
    mecmua = Mecmua(home, engine_url, "mutations")
    with wordpress() as site, serving() as copier:
        plain = [post for post in site.posts if post.language == "tr" and post.authors and len(post.text) > 1500]
        posts = dict(zip(CHANGES, plain[10:], strict=False))
        folder = home / "sources"
        source_file(folder, "wp", site.url, [{"type": "wordpress", "url": site.url}])
        copy = (
            f"<html><head><title>{posts['copied'].title}</title></head><body><article><h1>{posts['copied'].title}</h1>"
        )
        copy += "".join(f"<p>{line}</p>" for line in posts["copied"].paragraphs) + "</article></body></html>"
        copier.answers["/kopya.html"] = Answer(copy.encode())
        listing = f"<urlset><url><loc>{copier.url}/kopya.html</loc></url></urlset>"
        copier.answers["/sitemap.xml"] = Answer(listing.encode(), headers={"Content-Type": "application/xml"})
        source_file(folder, "copier", copier.url, [{"type": "sitemap", "url": f"{copier.url}/sitemap.xml"}])
        nights: list[Night] = []

        def crawl(day: int) -> None:
            report = mecmua.crawl(folder, "--now", (START + timedelta(days=day)).isoformat())
            nights.append(Night(report, {document["id"]: document for document in mecmua.documents()}))

        crawl(0)
        change_the_site(site, posts)
        crawl(8)  # a week later endpoints are read from end to end
        author = f"get_post({posts['new author name'].id})->post_author"
        site.wp(f"wp_update_user(['ID' => {author}, 'display_name' => 'Selim Kaptan']);")
        site.wp(update(posts["new author name"], post_excerpt="'yeni özet'"))
        site.switch_theme("twentytwentyone")
        crawl(9)
        crawl(10)
        day = posts["restore"].published
        site.wp(
            update(
                posts["restore"],
                post_status="'publish'",
                edit_date="true",
                post_date=f"'{day:%Y-%m-%d %H:%M:%S}'",
                post_date_gmt=f"'{day.astimezone(UTC):%Y-%m-%d %H:%M:%S}'",
            )
        )
        crawl(11)
        crawl(12)
        yield Story(site, posts, nights)


def test_everything_was_there_before(story: Story) -> None:
    assert story.nights[0].report["sources"][1]["outcomes"]["new"] == len(story.site.posts)


@pytest.mark.parametrize("change", ["edit", "republish", "new category", "changed date", "added PDF", "merged"])
def test_a_real_change_makes_one_revision(story: Story, change: str) -> None:
    assert story.at(change, 1)["revision"] == 2
    assert story.at(change, 5)["revision"] == 2


@pytest.mark.parametrize("change", ["small edit", "new comment", "new sidebar", "new theme", "split into pages"])
def test_a_trivial_change_makes_none(story: Story, change: str) -> None:
    assert story.at(change, 5)["revision"] == 1
    assert story.at(change, 5)["removed_at"] is None


@pytest.mark.parametrize("change", ["delete", "unpublish", "protect"])
def test_what_is_gone_is_removed_after_three_nights_and_kept(story: Story, change: str) -> None:
    assert story.at(change, 1)["removed_at"] is None
    assert story.at(change, 2)["removed_at"] is None
    assert story.at(change, 3)["removed_at"] is not None
    assert story.at(change, 3)["text"] == story.at(change, 0)["text"]


def test_what_comes_back_is_no_longer_removed(story: Story) -> None:
    assert story.at("restore", 3)["removed_at"] is not None
    assert story.at("restore", 4)["removed_at"] is None
    assert story.at("restore", 5)["text"] == story.at("restore", 0)["text"]


@pytest.mark.parametrize("change", ["move", "changed slug"])
def test_a_moved_page_keeps_its_id_and_gains_an_alias(story: Story, change: str) -> None:
    before, after = story.at(change, 0), story.at(change, 5)
    assert after["url"] != before["url"]
    assert before["url"] in after["aliases"]
    assert after["revision"] == 1
    assert after["removed_at"] is None
    same_text = [item for item in story.nights[5].documents.values() if item["text"] == before["text"]]
    assert len(same_text) == 1


def test_a_new_author_name_is_a_change(story: Story) -> None:
    assert story.at("new author name", 1)["revision"] == 1
    after = story.at("new author name", 5)
    assert after["authors"] == ["Selim Kaptan"]
    assert after["revision"] == 2


def test_a_mirror_shares_its_cluster_and_both_stay(story: Story) -> None:
    original = story.at("mirrored", 1)
    mirror = next(item for item in story.nights[1].documents.values() if "ikinci-adres" in item["url"])
    assert mirror["id"] != original["id"]
    assert mirror["cluster_id"] == original["cluster_id"] == original["id"]


def test_a_copy_at_a_second_source_shares_its_cluster(story: Story) -> None:
    original = story.at("copied", 0)
    copy = next(item for item in story.nights[0].documents.values() if item["source"] == "copier")
    assert copy["cluster_id"] == original["cluster_id"]


def test_nights_without_news_write_nothing(story: Story) -> None:
    outcomes = story.nights[5].report["outcomes"]
    assert outcomes.get("new", 0) == 0
    assert outcomes.get("changed", 0) == 0
