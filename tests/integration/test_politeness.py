"""Several crawls at once on one host: it never sees two requests closer than its delay, even when one is killed."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.integration.raw_server import RawSite, answer, serving
from tests.integration.runs import Mecmua, source_file, until

DELAY = 0.3
NOWHERE = "http://127.0.0.1:1"  # no search engine is needed to fetch


def host_with_sources(site: RawSite, folder: Path, names: str, pages: int, **more: object) -> dict[str, Path]:
    """Sources that share a host, each with a sitemap and pages of its own."""
    files = {}
    for name in names:
        urls = "".join(f"<url><loc>{site.url}/{name}/{number}</loc></url>" for number in range(pages))
        space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        site.answers[f"/{name}.xml"] = answer(f"<urlset {space}>{urls}</urlset>", kind="application/xml")
        for number in range(pages):
            site.answers[f"/{name}/{number}"] = answer(f"<p>{name} {number}</p>")
        endpoints = [{"type": "sitemap", "url": f"{site.url}/{name}.xml"}]
        files[name] = source_file(folder, name * 3, site.url, endpoints, **{"crawl_delay": DELAY, **more})
    return files


def start(mecmua: Mecmua, source: Path) -> subprocess.Popen[str]:
    return mecmua.start("crawl", "--sources", str(source), "--stage", "fetch")


def gaps(site: RawSite) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(site.times())]


def fetched(site: RawSite) -> Counter[str]:
    return Counter(path[1] for path in site.paths() if path.count("/") == 2)


def wait(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        said = process.communicate(timeout=120)[0]
        assert process.returncode == 0, said


def test_three_crawls_at_once_share_one_lane(tmp_path: Path) -> None:
    mecmua = Mecmua(tmp_path / "home", NOWHERE, "polite")
    with serving() as site:
        files = host_with_sources(site, tmp_path / "sources", "abc", 30)
        wait([start(mecmua, source) for source in files.values()])
        assert fetched(site) == {"a": 30, "b": 30, "c": 30}
        assert min(gaps(site)) >= DELAY
        # fair: nobody is served as a whole before another has begun, and handing over costs little
        assert min(fetched_until(site, lambda seen: len(site.log) * 0.7 <= sum(seen.values())).values()) >= 5
        assert site.times()[-1] - site.times()[0] < len(site.log) * DELAY * 1.4 + 10


def fetched_until(site: RawSite, enough: Callable[[Counter[str]], bool]) -> Counter[str]:
    seen: Counter[str] = Counter(dict.fromkeys("abc", 0))
    for path in site.paths():
        if path.count("/") == 2:
            seen[path[1]] += 1
        if enough(seen):
            break
    return seen


def test_a_killed_holder_leaves_neither_a_gap_too_short_nor_a_lane_that_stays_shut(tmp_path: Path) -> None:
    mecmua = Mecmua(tmp_path / "home", NOWHERE, "killed")
    with serving() as site:
        files = host_with_sources(site, tmp_path / "sources", "abc", 25)
        first = start(mecmua, files["a"])
        until(lambda: fetched(site)["a"] >= 3)
        others = [start(mecmua, files[name]) for name in "bc"]
        until(lambda: fetched(site)["b"] + fetched(site)["c"] >= 2)
        until(lambda: fetched(site)["a"] >= 18 or site.paths()[-1].startswith("/a/"))
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
        died = len(site.log)
        wait(others)
        assert fetched(site)["b"] == fetched(site)["c"] == 25
        assert min(gaps(site)) >= DELAY
        assert gaps(site)[died - 1] < 5, "a dead holder of this machine is noticed at once"
        wait([start(mecmua, files["a"])])
        assert set(fetched(site)) == {"a", "b", "c"}
        assert min(gaps(site)) >= DELAY


def test_the_delay_of_robots_holds_across_processes(tmp_path: Path) -> None:
    mecmua = Mecmua(tmp_path / "home", NOWHERE, "robots")
    with serving() as site:
        site.answers["/robots.txt"] = answer(f"User-agent: *\nCrawl-delay: {DELAY}", kind="text/plain")
        files = host_with_sources(site, tmp_path / "sources", "ab", 12, crawl_delay=0)
        wait([start(mecmua, source) for source in files.values()])
        assert fetched(site) == {"a": 12, "b": 12}
        short = [(path, gap) for path, gap in zip(site.paths()[1:], gaps(site), strict=True) if gap < DELAY]
        # who has not read robots.txt yet cannot know its delay: only that request itself may come sooner
        assert all(path == "/robots.txt" for path, _ in short), short


def test_a_lane_is_given_back_when_there_is_no_more_work(tmp_path: Path) -> None:
    """A long run over another host does not keep the short one's host shut."""
    mecmua = Mecmua(tmp_path / "home", NOWHERE, "idle")
    with serving() as short, serving() as long:
        folder = tmp_path / "sources"
        files = host_with_sources(short, folder / "1", "ab", 3, crawl_delay=0) | host_with_sources(
            long, folder / "1", "c", 60, crawl_delay=0.3
        )
        files["b"].rename(tmp_path / "b.yaml")
        both = start(mecmua, folder / "1")
        until(lambda: fetched(short)["a"] == 3)
        other = start(mecmua, tmp_path / "b.yaml")
        until(lambda: fetched(short)["b"] == 3, 20)
        assert both.poll() is None, "the long run goes on"
        wait([both, other])
