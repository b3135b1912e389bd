"""A site changes its theme: what its pages have in common is learned anew, and nothing they say becomes a change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.extract.template import Template
from pipeline.models import Revision, unpack
from pipeline.store import articles, templates, urls
from pipeline.store.database import open_store
from tests.bench import wordpress as dress
from tests.integration.rig import require
from tests.integration.runs import Mecmua, source_file, token_f1
from tests.integration.wordpress import Post, missing_for_wordpress, wordpress

START = datetime.now(UTC).replace(microsecond=0)
#: Enough to learn from on the first night; three articles a night are not.
FIRST, MORE = 10, 3


@dataclass(frozen=True)
class Night:
    """What a night left: its outcomes, each article's newest revision by URL, and the templates, newest first."""

    outcomes: dict[str, int]
    articles: dict[str, Revision]
    learned: list[Template]


@dataclass(frozen=True)
class Story:
    """Ten articles in one theme, then twice three new ones in another; at last everything is looked at again."""

    posts: list[Post]
    nights: list[Night]
    explained: dict[str, Any]  # the newest article's page, by `mecmua extract --explain`


@pytest.fixture(scope="module")
def story(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Story:
    require(missing_for_wordpress())
    home = tmp_path_factory.mktemp("renewal")
    mecmua = Mecmua(home, engine_url, "renewal")
    nights = []
    with wordpress(rest=False) as site:
        posts = [post for post in site.posts if post.language == "tr" and len(post.text) > 1500][: FIRST + 2 * MORE]

        def crawl(day: int, count: int) -> None:
            allowed = [f"{post.url.removeprefix(site.url)}$" for post in posts[:count]]
            endpoints = [{"type": "sitemap", "url": f"{site.url}/wp-sitemap.xml"}]
            source_file(home / "sources", "wp", f"{site.url}/", endpoints, title="Merkez", allow=allowed)
            report = mecmua.crawl(home / "sources", "--now", (START + timedelta(days=day)).isoformat())
            nights.append(state(mecmua, report["outcomes"]))

        crawl(0, FIRST)
        with dress.dressed(site, dress.MAGAZINE):
            crawl(1, FIRST + MORE)
            crawl(2, FIRST + 2 * MORE)
            crawl(100, FIRST + 2 * MORE)
            said = mecmua.run("extract", posts[-1].url, "--explain", "--sources", str(home / "sources"))
    return Story(posts, nights, json.loads(said.stdout)["explain"])


def state(mecmua: Mecmua, outcomes: dict[str, int]) -> Night:
    store = open_store(f"sqlite:///{mecmua.home / 'state.db'}")
    try:
        with store.read() as connection:
            learned = [unpack(Template, one.packed) for one in templates.latest(connection, "wp", 9)]
            rows = [row for row in urls.archived(connection, "wp") if row.article_id]
            read = {row.url: articles.current(connection, row.article_id or "") for row in rows}
            return Night(outcomes, {url: revision for url, revision in read.items() if revision}, learned)
    finally:
        store.close()


def test_three_articles_are_read_alone_until_there_are_more(story: Story) -> None:
    assert [len(night.learned) for night in story.nights] == [1, 1, 2, 2]
    assert [story.nights[1].articles[post.url].template_version for post in story.posts[FIRST:-MORE]] == [0] * MORE


def test_what_was_read_alone_is_read_again_under_its_number(story: Story) -> None:
    versions = [story.nights[2].articles[post.url].template_version for post in story.posts]
    assert versions == [1] * FIRST + [2] * 2 * MORE
    assert story.nights[2].outcomes["new"] == MORE


def test_a_new_theme_and_a_new_template_change_no_article(story: Story) -> None:
    last = story.nights[-1]
    assert sum(night.outcomes.get("changed", 0) for night in story.nights) == 0
    assert last.outcomes["unchanged"] == len(story.posts)
    assert {revision.number for revision in last.articles.values()} == {1}
    for post in story.posts:
        assert token_f1(last.articles[post.url].article.text, post.text) >= 0.98


def test_the_new_template_is_of_the_new_pages_alone(story: Story) -> None:
    new, old = story.nights[-1].learned
    assert (new.pages, old.pages) == (2 * MORE, FIRST)
    assert new.body != old.body


def test_extract_explains_a_page_with_the_template_that_fits_it(story: Story) -> None:
    assert story.explained["template"] == {"version": 2, "pages": 2 * MORE}
    assert story.explained["body_basis"] == "template"
    assert any(note.startswith("template: div.mz-") for note in story.explained["removed"])
