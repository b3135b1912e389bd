"""Old articles in batches: all of them once, resumable to the URL, and never in a crawl's way."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.runs import Mecmua, source_file, until
from tests.integration.site import Answer, Site, add_articles, serving

pytestmark = pytest.mark.integration
OLD, NEW = 60, 6


def archive_site(site: Site, *, delay: float = 0.0) -> list[str]:
    """A site whose sitemap dates its pages: the first NEW are of 2026, the others of 2020."""
    urls = add_articles(site, OLD + NEW, delay=delay)
    entries = "".join(
        f"<url><loc>{url}</loc><lastmod>{'2026-02-01' if number < NEW else '2020-02-01'}</lastmod></url>"
        for number, url in enumerate(urls)
    )
    for number, url in enumerate(urls):
        answer = site.answers[url.removeprefix(site.url)]
        assert isinstance(answer, Answer)
        year = b"2026-02" if number < NEW else b"2020-02"
        for month in range(1, 13):
            answer.body = answer.body.replace(b"2025-%02d" % month, year)
    sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    site.answers["/sitemap.xml"] = Answer(sitemap.encode(), headers={"Content-Type": "application/xml"})
    return urls


def installation(tmp_path: Path, engine_url: str, name: str, site: Site) -> tuple[Mecmua, Path]:
    endpoints = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
    return Mecmua(tmp_path / "home", engine_url, name), source_file(tmp_path / "sources", "site", site.url, endpoints)


def fetched(site: Site) -> Counter[str]:
    return Counter(path for path in site.paths() if path.startswith("/yazi-"))


def test_a_span_is_fetched_once_and_resumes_after_a_kill(tmp_path: Path, engine_url: str) -> None:
    with serving() as site:
        archive_site(site, delay=0.05)
        mecmua, sources = installation(tmp_path, engine_url, "backfill", site)
        mecmua.crawl(sources, "--since", "2026-01-01")
        assert len(mecmua.documents()) == NEW
        command = ("backfill", "site", "--since", "2019-01-01", "--until", "2021-01-01", "--sources", str(sources))
        running = mecmua.start(*command)
        until(lambda: sum(fetched(site).values()) >= NEW + OLD // 2)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        done = json.loads(mecmua.run(*command, "--json").stdout)
        assert done["left"] == 0
        documents = mecmua.documents()
        assert len(documents) == len({document["url"] for document in documents}) == NEW + OLD
        again = sum(count > 1 for count in fetched(site).values())
        assert again <= 4, "only what was under way when it was killed is asked for twice"
        before = sum(fetched(site).values())
        report = mecmua.crawl(sources, "--since", "2026-01-01")
        assert sum(fetched(site).values()) == before and "gone" not in report["outcomes"]
        assert "new" not in report["outcomes"]


def test_a_limit_leaves_the_rest_for_the_next(tmp_path: Path, engine_url: str) -> None:
    with serving() as site:
        archive_site(site)
        mecmua, sources = installation(tmp_path, engine_url, "backfill-limit", site)
        command = ("backfill", "site", "--since", "2019-01-01", "--until", "2021-01-01", "--sources", str(sources))
        first = json.loads(mecmua.run(*command, "--limit", "10", "--json").stdout)
        assert first["outcomes"] == {"new": 10} and first["left"] == OLD - 10
        asked = site.paths().count("/sitemap.xml")
        second = json.loads(mecmua.run(*command, "--json").stdout)
        assert second["outcomes"] == {"new": OLD - 10} and second["left"] == 0
        assert site.paths().count("/sitemap.xml") == asked, "the endpoints are asked once for a span"
        assert len(mecmua.documents()) == OLD


def test_a_crawl_does_not_wait_for_a_backfill(tmp_path: Path, engine_url: str) -> None:
    with serving() as site:
        archive_site(site, delay=0.4)
        mecmua, sources = installation(tmp_path, engine_url, "backfill-aside", site)
        command = ("backfill", "site", "--since", "2019-01-01", "--until", "2021-01-01", "--sources", str(sources))
        running = mecmua.start(*command, "--json")
        until(lambda: sum(fetched(site).values()) >= 5)
        began = time.monotonic()
        report = mecmua.crawl(sources, "--since", "2026-01-01")
        seconds = time.monotonic() - began
        assert running.poll() is None, "the backfill is still at work when the crawl has ended"
        assert report["outcomes"]["new"] == NEW
        own = NEW * 0.4
        assert seconds < own + 30
        said, _ = running.communicate(timeout=300)
        assert running.returncode == 0, said
        assert len(mecmua.documents()) == NEW + OLD
        assert '"aside": 0' not in said
