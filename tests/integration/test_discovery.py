"""Each way of discovery alone finds every article of a real WordPress, and nothing that is none."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipeline.discover import Watermark, feeds_in, read, start
from pipeline.models import Candidate, Endpoint, EndpointType, Page, Pointer, Source
from pipeline.urls import canonical
from tests.integration.rig import require
from tests.integration.wordpress import THEMES, WordPress, missing_for_wordpress, wordpress

pytestmark = pytest.mark.integration
RECORD = Pointer("a.warc.gz", 0, "<urn:uuid:0>")
PATHS: dict[EndpointType, str] = {
    "feed": "/feed/",
    "sitemap": "/wp-sitemap.xml",
    "wordpress": "/",
    "listing": "/",
}
TYPES = """<?php
add_action('init', function () {
    register_post_type('rapor', ['public' => true, 'show_in_rest' => true, 'rest_base' => 'raporlar']);
    register_post_type('ekip', ['public' => true, 'show_in_rest' => true]);
});
"""


@dataclass
class Harvest:
    """What following one endpoint gave."""

    candidates: dict[str, Candidate] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    requests: int = 0
    complete: bool = True


@pytest.fixture(scope="module")
def site() -> Iterator[WordPress]:
    """A site of this module's own: it gets other post types and permalinks."""
    require(missing_for_wordpress())
    with wordpress() as running:
        yield running


def get(url: str) -> Page:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return Page(
                url, answer.read(), answer.headers["content-type"], answer.status, tuple(answer.headers.items())
            )
    except urllib.error.HTTPError as error:
        with error:
            return Page(url, error.read(), error.headers["content-type"], error.code, tuple(error.headers.items()))


def follow(site: WordPress, form: EndpointType, known: Watermark, known_urls: frozenset[str] = frozenset()) -> Harvest:
    endpoint = Endpoint(form, site.url + PATHS[form])
    source = Source("wp", "WordPress", site.url + "/", (endpoint,))
    harvest, waiting = Harvest(), deque(start(endpoint, known))
    while waiting:
        ask = waiting.popleft()
        found = read(endpoint, source, ask, get(ask.url), RECORD, known, known_urls=known_urls)
        harvest.requests += 1
        harvest.complete = harvest.complete and found.final
        harvest.problems += [found.problem] if found.problem else []
        for candidate in found.candidates:
            harvest.candidates.setdefault(candidate.url, candidate)
        waiting.extend(found.asks)
    return harvest


def listed(site: WordPress) -> set[str]:
    """What WordPress itself lists: public posts, and protected ones, whose pages show a password form."""
    return {spelled(url) for url in [*(post.url for post in site.posts), *site.protected_urls]}


def spelled(url: str) -> str:
    """The canonical spelling: WordPress writes escapes in lower case."""
    canonical_url = canonical(url)
    assert canonical_url is not None
    return canonical_url


@pytest.mark.parametrize("form", ["feed", "sitemap", "wordpress", "listing"])
def test_each_way_alone_finds_every_post_and_nothing_else(site: WordPress, form: EndpointType) -> None:
    harvest = follow(site, form, Watermark())
    assert harvest.problems == []
    assert harvest.complete
    assert set(harvest.candidates) == listed(site)
    newest = max((one.modified for one in harvest.candidates.values() if one.modified), default=None)
    again = follow(site, form, Watermark(True, newest), frozenset(harvest.candidates))
    # REST: the types, posts changed since, PDFs of the media list changed since
    assert again.requests <= (3 if form == "wordpress" else 2), "a night without news"
    assert set(again.candidates) <= set(harvest.candidates)


def test_rest_gives_dates_and_changes(site: WordPress) -> None:
    found = follow(site, "wordpress", Watermark()).candidates
    gold = {spelled(post.url): post.published.replace(tzinfo=ZoneInfo("Europe/Istanbul")) for post in site.posts}
    assert {url: found[url].published for url in gold} == {url: when.astimezone(UTC) for url, when in gold.items()}
    newest = max(one.modified for one in found.values() if one.modified)
    edited = site.posts[3]
    site.wp(f"wp_update_post(['ID' => {edited.id}, 'post_title' => 'Yeni başlık']);")
    changed = follow(site, "wordpress", Watermark(True, newest), frozenset(found)).candidates
    assert changed[spelled(edited.url)].title == "Yeni başlık"
    assert changed[spelled(edited.url)].modified > datetime.now(UTC) - timedelta(minutes=5)  # type: ignore[operator]  # not None
    assert len(changed) < 10


@pytest.mark.parametrize("theme", THEMES)
def test_listings_are_read_in_every_stock_theme(site: WordPress, theme: str) -> None:
    site.switch_theme(theme)
    assert set(follow(site, "listing", Watermark()).candidates) == listed(site)


def test_canonical_urls_are_answered_without_a_redirect(site: WordPress) -> None:
    for url in [url for url in sorted(listed(site)) if "%" in url][:5]:
        with urllib.request.urlopen(url, timeout=60) as answer:
            assert (answer.status, answer.geturl()) == (200, url)


def test_a_home_page_names_the_feed_of_the_posts(site: WordPress) -> None:
    assert feeds_in(get(site.url + "/").body, site.url + "/") == (site.url + "/feed",)


def test_a_closed_api_is_said_in_two_requests(site: WordPress) -> None:
    site.close_rest()
    try:
        harvest = follow(site, "wordpress", Watermark())
    finally:
        site.open_rest()
    assert harvest.requests == 2
    assert "asks for a login (status 401)" in harvest.problems[-1]
    assert not harvest.complete


def test_other_post_types_that_hold_writing_are_found(site: WordPress) -> None:
    plugin = site.folder / "site/wp-content/mu-plugins/types.php"
    plugin.write_text(TYPES, encoding="utf-8")
    plugin.chmod(0o644)
    site.wp(
        "flush_rewrite_rules();"
        "foreach (['rapor', 'ekip'] as $type) wp_insert_post("
        "['post_type' => $type, 'post_status' => 'publish', 'post_title' => $type, 'post_content' => 'x']);"
    )
    found = follow(site, "wordpress", Watermark()).candidates
    others = [one for url, one in found.items() if url not in listed(site)]
    assert [(one.title, one.kind) for one in others] == [("rapor", "report")]
    plugin.unlink()


def test_without_pretty_permalinks_rest_is_found_all_the_same(site: WordPress) -> None:
    site.wp("update_option('permalink_structure', ''); flush_rewrite_rules();")
    harvest = follow(site, "wordpress", Watermark())
    assert len(harvest.candidates) >= len(listed(site))
    assert all("?p=" in url for url in harvest.candidates)
