"""What goes wrong around a crawl, as the command shows it; engine, database and archive have their table of faults."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.runs import Mecmua, source_file, until
from tests.integration.servers import free_port
from tests.integration.site import Site, add_articles, serving

COUNT = 120


def sitemap_source(mecmua: Mecmua, site_url: str) -> Path:
    return source_file(
        mecmua.home / "sources", "site", site_url, [{"type": "sitemap", "url": f"{site_url}/sitemap.xml"}]
    )


def pages_asked(site: Site) -> Counter[str]:
    return Counter(path for path in site.paths() if path.startswith("/yazi-"))


def test_a_killed_crawl_is_finished_by_the_next_and_asks_for_nothing_twice(engine_url: str, tmp_path: Path) -> None:
    mecmua = Mecmua(tmp_path / "home", engine_url, "killed")
    with serving() as site:
        urls = add_articles(site, COUNT, delay=0.005)
        sources = sitemap_source(mecmua, site.url)
        crawl = mecmua.start("crawl", "--sources", str(sources))
        until(lambda: len(pages_asked(site)) >= COUNT // 2 or crawl.poll() is not None)
        os.killpg(crawl.pid, signal.SIGKILL)
        crawl.communicate()
        asked_before = set(pages_asked(site))
        assert crawl.returncode == -signal.SIGKILL, "the crawl ended before it was killed"
        report = mecmua.crawl(sources)
        documents = mecmua.documents()
        assert sorted(document["url"] for document in documents) == sorted(urls)
        assert all(document["revision"] == 1 for document in documents)
        outcomes = report["outcomes"]
        assert sum(outcomes.values()) == COUNT
        assert set(outcomes) <= {"new", "unchanged"}
        # what was archived before the kill is not asked for again, but for the requests that were under way
        again = sum(count > 1 for path, count in pages_asked(site).items() if path in asked_before)
        assert again <= 4


def test_a_site_that_is_down_is_one_clear_message(engine_url: str, tmp_path: Path) -> None:
    mecmua = Mecmua(tmp_path / "home", engine_url, "site-down")
    with serving() as site:
        add_articles(site, 3)
        sources = sitemap_source(mecmua, site.url)
        good = source_file(
            mecmua.home / "sources",
            "away",
            f"http://127.0.0.1:{free_port()}",
            [{"type": "feed", "url": "http://127.0.0.1:1/feed"}],
        )
        assert good.parent == sources.parent
        ended = mecmua.run("crawl", "--sources", str(sources.parent), check=1)
        assert ended.stdout.count("✗ away: ") == 1
        assert "http://127.0.0.1:1" in ended.stdout
        assert len(mecmua.documents()) == 3, "a good source in the same run is unharmed"


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
def test_a_read_only_disk_is_one_clear_message(engine_url: str, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        home = tmp_path / "home"
        home.mkdir(mode=0o500)
        ended = Mecmua(home, engine_url, "read-only").run("crawl", check=2)
    else:  # root writes anywhere, but not on a file system that is mounted read-only
        home = tmp_path / "home"
        home.mkdir()
        mecmua = Mecmua(home, engine_url, "read-only")
        script = 'mount -t tmpfs -o ro none "$MECMUA_HOME" && exec "$0" -m pipeline.cli crawl'
        ended = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, sys.executable],
            env=mecmua.environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
        assert ended.returncode == 2, ended.stderr
    assert str(home) in ended.stderr
    assert len(ended.stderr.strip().splitlines()) <= 2
    assert "Traceback" not in ended.stderr


def test_a_broken_source_file_stops_the_run_with_its_line(engine_url: str, tmp_path: Path) -> None:
    mecmua = Mecmua(tmp_path / "home", engine_url, "broken")
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "one.yaml").write_text(
        "id: one\nname: One\nhomepage: http://one.example\nendpoints:\n- type: fed\n  url: x\n"
    )
    (folder / "two.yaml").write_text("id: two\nname: [\n")
    ended = mecmua.run("crawl", "--sources", str(folder), check=2)
    assert "one.yaml:5" in ended.stderr
    assert "feed" in ended.stderr
    assert "two.yaml:" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "home" / "state.db").exists()
