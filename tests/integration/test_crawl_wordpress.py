"""A real WordPress in Turkish, crawled and indexed: every public post once, nothing else, and all of it right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.text import fold, tokens
from pipeline.urls import canonical
from tests.integration.runs import Mecmua, source_file, token_f1
from tests.integration.wordpress import Post, WordPress

REST = [{"type": "wordpress", "url": "{url}"}]
OPEN = [{"type": "feed", "url": "{url}/feed/"}, {"type": "sitemap", "url": "{url}/wp-sitemap.xml"}]


def endpoints(wanted: list[dict[str, str]], url: str) -> list[dict[str, str]]:
    return [{key: value.format(url=url) for key, value in endpoint.items()} for endpoint in wanted]


def by_post(documents: list[dict[str, Any]], site: WordPress) -> list[tuple[Post, dict[str, Any]]]:
    """Each public post with its document; every post has one, and every document is a post's."""
    found = {document["url"]: document for document in documents}
    assert len(found) == len(documents), "a post was indexed twice"
    wanted = {canonical(post.url): post for post in site.posts}
    assert found.keys() - wanted.keys() == set(), "indexed what is no public post"
    assert wanted.keys() - found.keys() == set(), "public posts are missing"
    return [(post, found[url]) for url, post in wanted.items() if url]


def share(claims: list[bool]) -> float:
    return sum(claims) / len(claims)


def same_title(found: str, gold: str) -> bool:
    return tokens(found) == tokens(gold)


@pytest.fixture(scope="module")
def with_rest(
    wordpress_site: WordPress, engine_url: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Mecmua, dict[str, Any], dict[str, Any], int, int]:
    """Two runs one after the other: their reports and how many requests each made."""
    home = tmp_path_factory.mktemp("rest home")
    mecmua = Mecmua(home, engine_url, "wp-rest")
    sources = source_file(home / "sources", "wp", wordpress_site.url, endpoints([*REST, *OPEN], wordpress_site.url))
    wordpress_site.clear_log()
    first = mecmua.crawl(sources)
    asked = len(wordpress_site.requests())
    wordpress_site.clear_log()
    second = mecmua.crawl(sources)
    return mecmua, first, second, asked, len(wordpress_site.requests())


def test_rest_finds_every_public_post_with_its_fields(with_rest: Any, wordpress_site: WordPress) -> None:
    mecmua, first, _second, _asked, _again = with_rest
    assert first["outcomes"]["new"] == len(wordpress_site.posts)
    pairs = by_post(mecmua.documents(), wordpress_site)
    assert share([found["language"] == post.language for post, found in pairs]) >= 0.99
    bodies = [token_f1(found["text"], post.text) for post, found in pairs]
    assert sum(bodies) / len(bodies) >= 0.99
    assert share([same_title(found["title"], post.title) for post, found in pairs]) >= 0.99
    assert share([tuple(found["authors"]) == tuple(post.authors) for post, found in pairs]) >= 0.99
    assert share([found["published_day"] == post.day.isoformat() for post, found in pairs]) >= 0.99
    assert share([set(found["categories"]) == set(post.categories) for post, found in pairs]) >= 0.99
    assert share([set(found["tags"]) == set(post.tags) for post, found in pairs]) >= 0.99


def test_second_run_fetches_and_writes_nothing(with_rest: Any) -> None:
    mecmua, first, second, asked, again = with_rest
    assert again * 10 <= asked
    assert {name: count for name, count in second["outcomes"].items() if name in ("new", "changed")} == {}
    written = {document["indexed_at"] for document in mecmua.documents()}
    assert max(written) < second["started"]
    assert first["sources"][0]["error"] is None


@pytest.fixture(scope="module")
def without_rest(
    wordpress_site: WordPress, engine_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Mecmua, dict[str, Any]]]:
    home = tmp_path_factory.mktemp("closed")
    mecmua = Mecmua(home, engine_url, "wp-closed")
    sources = source_file(home / "sources", "wp", wordpress_site.url, endpoints(REST, wordpress_site.url))
    wordpress_site.close_rest()
    try:
        yield mecmua, mecmua.crawl(sources)
    finally:
        wordpress_site.open_rest()


def test_closed_rest_is_replaced_by_feed_and_sitemap(without_rest: Any, wordpress_site: WordPress) -> None:
    mecmua, report = without_rest
    assert report["outcomes"]["new"] == len(wordpress_site.posts)
    assert report["outcomes"]["not_article"] >= len(wordpress_site.protected_urls)
    pairs = by_post(mecmua.documents(), wordpress_site)
    assert share([same_title(found["title"], post.title) for post, found in pairs]) >= 0.95
    assert share([found["published_day"] == post.day.isoformat() for post, found in pairs]) >= 0.95
    assert share([found["language"] == post.language for post, found in pairs]) >= 0.99
    bodies = [token_f1(found["text"], post.text) for post, found in pairs]
    assert sum(bodies) / len(bodies) >= 0.985


@pytest.mark.parametrize("query", ["Erdogan", "TURKIYE'NIN", "gorusmeler", '"military cooperation"', "kitaplik"])
def test_what_a_turkish_reader_types_finds_what_she_means(
    query: str, with_rest: Any, wordpress_site: WordPress
) -> None:
    mecmua = with_rest[0]
    stem = {"TURKIYE'NIN": "turkiye", "gorusmeler": "gorusme"}.get(query, fold(query.strip('"')))
    expected = {canonical(post.url) for post in wordpress_site.posts if stem in fold(f"{post.title}\n{post.text}")}
    assert expected, f"the site holds nothing on {query}"
    answer = mecmua.search(query, "--size", "300")
    hits = {hit["url"] for hit in answer["hits"]}
    assert len(hits & expected) >= 0.9 * len(expected)
    assert hits
    assert answer["hits"][0]["highlights"]
