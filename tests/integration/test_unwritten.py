"""Endpoints that no YAML names: robots.txt's sitemaps, the feeds a page links, the sections behind a front page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.runs import Mecmua, source_file
from tests.integration.site import Answer, Site, add_articles, serving

pytestmark = pytest.mark.integration
XML = {"Content-Type": "application/xml"}
FEED = '<rss version="2.0"><channel><title>x</title><item><title>Y</title><link>{url}</link></item></channel></rss>'


def crawl(folder: Path, site: Site, endpoints: list[dict[str, str]], *flags: str, check: int = 0) -> dict[str, int]:
    """Outcomes of a run that stops before reading pages, so it needs no engine."""
    mecmua = Mecmua(folder, "http://127.0.0.1:9", "none")
    sources = source_file(folder / "sources", "site", site.url + "/", endpoints)
    outcomes: dict[str, int] = mecmua.crawl(sources, "--stage", "fetch", *flags, check=check)["outcomes"]
    return outcomes


@pytest.mark.parametrize("listed", [[], [{"type": "sitemap", "url": "{url}/moved.xml"}]])
def test_sitemaps_of_robots_stand_in_for_none_and_for_a_lost_one(tmp_path: Path, listed: list[dict[str, str]]) -> None:
    with serving() as site:
        urls = add_articles(site, 7)
        site.answers["/karte.xml"] = site.answers.pop("/sitemap.xml")
        site.answers["/robots.txt"] = Answer(f"User-agent: *\nSitemap: {site.url}/karte.xml\n".encode())
        site.answers["/feed/"] = Answer(FEED.format(url=urls[0]).encode(), headers=XML)
        endpoints = [{"type": "feed", "url": f"{site.url}/feed/"}]
        endpoints += [{key: value.format(url=site.url) for key, value in one.items()} for one in listed]
        assert crawl(tmp_path, site, endpoints) == {"deferred": 7}
        assert site.paths().count("/karte.xml") == 1


def test_feeds_alone_are_completed_by_a_sitemap_at_the_usual_place(tmp_path: Path) -> None:
    with serving() as site:
        urls = add_articles(site, 4)
        sitemap = site.answers.pop("/sitemap.xml")
        site.answers["/feed/"] = Answer(FEED.format(url=urls[0]).encode(), headers=XML)
        feed = [{"type": "feed", "url": f"{site.url}/feed/"}]
        for day, asked, found in ((1, 1, 1), (2, 0, 1), (9, 1, 4)):
            site.log.clear()
            assert sum(crawl(tmp_path, site, feed, "--now", f"2026-05-0{day}T02:00:00Z").values()) == found
            assert site.paths().count("/sitemap.xml") == asked, "what was not there is looked for again after a week"
            site.answers["/sitemap.xml"] = sitemap
        listing = '<article><h2><a href="/yazi-0.html">Bölgesel değerlendirme sıfır</a></h2></article>'
        site.answers["/liste"] = Answer(f"<html><body>{listing}</body></html>".encode())
        listed = [*feed, {"type": "listing", "url": f"{site.url}/liste"}]
        assert sum(crawl(tmp_path / "listed", site, listed).values()) == 1


def test_a_sound_sitemap_needs_no_other(tmp_path: Path) -> None:
    with serving() as site:
        add_articles(site, 3)
        site.answers["/robots.txt"] = Answer(f"Sitemap: {site.url}/karte.xml\n".encode())
        crawl(tmp_path, site, [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}])
        assert "/karte.xml" not in site.paths()


def test_a_home_page_given_as_a_feed_leads_to_its_feeds(tmp_path: Path) -> None:
    with serving() as site:
        urls = add_articles(site, 2)
        del site.answers["/sitemap.xml"]
        named = '<html><head><link rel="alternate" type="application/rss+xml" href="/{}"></head></html>'
        site.answers["/"] = Answer(named.format("rss").encode())
        site.answers["/rss"] = Answer(FEED.format(url=urls[1]).encode(), headers=XML)
        assert crawl(tmp_path, site, [{"type": "feed", "url": site.url + "/"}]) == {"deferred": 1}
        site.answers["/rss"] = Answer(named.format("rss2").encode())
        crawl(tmp_path / "again", site, [{"type": "feed", "url": site.url + "/"}], check=1)
        assert "/rss2" not in site.paths(), "a page in a feed's stead is not followed again"


def test_a_night_takes_no_more_sections_than_it_may(tmp_path: Path) -> None:
    with serving() as site:
        add_articles(site, 1)
        card = '<article><h2><a href="/yazi-0.html">Bölgesel değerlendirme sıfır</a></h2></article>'
        menu = "".join(f'<a href="/bolum{chr(97 + n)}/">Bölüm</a>' for n in range(20))
        site.answers["/"] = Answer(f"<html><body><nav>{menu}</nav>{card}</body></html>".encode())
        for n in range(20):
            site.answers[f"/bolum{chr(97 + n)}/"] = Answer(f"<html><body>{card}</body></html>".encode())
        endpoint = {"type": "listing", "url": site.url + "/", "max_pages": 5}
        nights = []
        for day in (1, 2, 3):
            site.log.clear()
            crawl(tmp_path, site, [endpoint], "--now", f"2026-05-0{day}T02:00:00Z")  # type: ignore[list-item]  # a number
            nights.append({path for path in site.paths() if "bolum" in path})
        assert [len(asked) for asked in nights] == [5, 5, 5]
        assert len(set.union(*nights)) == 15, "each night goes on where the last one stopped"
