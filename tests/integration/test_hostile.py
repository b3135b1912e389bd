"""A hostile web and one good source in the same run: it ends, it stays small, nothing is missed and nothing gets in."""

from __future__ import annotations

import json
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import create_engine, text

from tests.integration import site as friendly
from tests.integration.hostile import Case, cases, drip_body, endless, silent
from tests.integration.raw_server import RawSite, answer, head, serving
from tests.integration.runs import Mecmua, source_file

HOSTS = 5  # a host that is silent too often in a row is left, so the silent cases are dealt out
SECONDS = 120.0
MEGABYTES = 2500
GOOD = 25
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BLOWN = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><rss><channel>&l9;</channel></rss>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>&x;</channel></rss>'
AWAY = head("302 x", "Location: http://10.0.0.1/robots.txt", "Content-Length: 0")
#: Sources whose endpoint or robots.txt is the trouble: what /robots.txt and /feed answer, and what the error says.
WHOLE: dict[str, tuple[Any, Any, str]] = {
    "robots-500": (answer("x", "500 x"), answer("x"), "robots.txt answers 500"),
    "robots-429": (answer("x", "429 x", Retry_After="3600"), answer("x"), "robots.txt answers 429"),
    "robots-silent": (silent, answer("x"), "robots.txt: not answered in time"),
    "robots-drips": (drip_body, answer("x"), "robots.txt: its body comes too slowly"),
    "robots-away": (AWAY, answer("x"), "10.0.0.1, a private or reserved address"),
    "robots-no": (answer("User-agent: *\nDisallow: /", kind="text/plain"), answer("x"), "robots.txt does not allow it"),
    "robots-slow": (answer("User-agent: *\nCrawl-delay: 86400", kind="text/plain"), answer("x"), "asks for 86400 s"),
    "feed-html": (None, answer("<html><body><h1>Blog</h1></body></html>"), "a web page instead of a feed"),
    "feed-404": (None, answer("x", "404 x"), "404"),
    "feed-endless": (None, endless, "more than 32 MB"),
    "feed-laughs": (None, answer(BLOWN, kind="application/rss+xml"), "holds no items"),
    "feed-outside": (None, answer(OUTSIDE, kind="application/rss+xml"), "holds no items"),
}


class Watched(threading.Thread):
    """The largest memory of this process's children, all together, while it is watched."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.megabytes = 0.0
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.3):
            total = 0
            for process in psutil.Process().children(recursive=True):
                try:
                    if "pipeline.cli" in " ".join(process.cmdline()) or "forkserver" in " ".join(process.cmdline()):
                        total += process.memory_full_info().pss
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            self.megabytes = max(self.megabytes, total / 1_000_000)

    def end(self) -> float:
        self._ended.set()
        self.join()
        return self.megabytes


def deal(every: list[Case]) -> list[list[Case]]:
    """The cases on so many hosts, the silent ones spread evenly."""
    ordered = sorted(every, key=lambda case: not case.silent)
    return [ordered[number::HOSTS] for number in range(HOSTS)]


def serve_cases(site: RawSite, folder: Path, name: str, share: list[Case]) -> None:
    rules = "User-agent: *\nDisallow: /robots-says-no"
    locs = "".join(f"<url><loc>{site.url}/{case.name}</loc></url>" for case in share)
    site.answers |= {
        "/robots.txt": answer(rules, kind="text/plain"),
        "/sitemap.xml": answer(f"<urlset {SPACE}>{locs}</urlset>", kind="application/xml"),
    }
    for case in share:
        site.answers |= {f"/{case.name}": case.says, **case.more}
    source_file(folder, name, site.url, [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}])


def state(mecmua: Mecmua, query: str) -> list[Any]:
    engine = create_engine(f"sqlite:///{mecmua.home / 'state.db'}")
    try:
        with engine.connect() as connection:
            return list(connection.execute(text(query)))
    finally:
        engine.dispose()


@pytest.mark.integration
def test_a_hostile_web(engine_url: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        canary = stack.enter_context(serving())
        good = stack.enter_context(friendly.serving())
        every = cases(canary.port)
        assert len(every) >= 50
        assert len({case.name for case in every}) == len(every)
        folder = tmp_path / "sources"
        wanted = friendly.add_articles(good, GOOD)
        source_file(folder, "good", good.url, [{"type": "sitemap", "url": f"{good.url}/sitemap.xml"}])
        ports = [good.url.rpartition(":")[2]]
        shares = deal(every)
        where: dict[str, Case] = {}
        for number, share in enumerate(shares):
            host = stack.enter_context(serving())
            serve_cases(host, folder, f"hostile-{number}", share)
            where |= {f"{host.url}/{case.name}": case for case in share}
            ports.append(str(host.port))
        for name, (robots, feed, _said) in WHOLE.items():
            host = stack.enter_context(serving())
            host.answers |= {"/feed": feed} | ({"/robots.txt": robots} if robots else {})
            source_file(folder, name, host.url, [{"type": "feed", "url": f"{host.url}/feed"}])
            ports.append(str(host.port))
        allowed = ",".join(f"127.0.0.1:{port}" for port in ports)
        mecmua = Mecmua(tmp_path / "home", engine_url, "hostile", {"MECMUA_ALLOW_PRIVATE_HOSTS": allowed})

        watched = Watched()
        watched.start()
        began = time.monotonic()
        ended = mecmua.run("crawl", "--sources", str(folder), "--json", check=1)
        seconds, megabytes = time.monotonic() - began, watched.end()
        print(f"{len(every)} cases and {len(WHOLE)} sources: {seconds:.0f} s, {megabytes:.0f} MB")
        assert "Traceback" not in ended.stderr
        assert canary.connections == 0, "a forbidden address was reached"

        report = json.loads(ended.stdout)
        sources = {source["id"]: source for source in report["sources"]}
        documents = mecmua.documents()
        assert sorted(document["url"] for document in documents if document["source"] == "good") == sorted(wanted)
        assert (sources["good"]["outcomes"], sources["good"]["error"]) == ({"new": GOOD}, None)

        rows = {row.url: row for row in state(mecmua, "SELECT url, outcome, reason FROM urls")}
        wrong = []
        for url, case in where.items():
            row = rows[url]
            reason = row.reason or ""
            if case.outcome not in ("*", row.outcome) or not reason.startswith(case.reason or ""):
                wrong.append(f"{case.name}: {row.outcome} ({reason}), not {case.outcome} ({case.reason})")
        assert not wrong, "\n".join(wrong)
        for number, share in enumerate(shares):
            assert sum(sources[f"hostile-{number}"]["outcomes"].values()) == len(share), "every URL once"

        flags = {document["url"]: set(document["quality_flags"]) for document in documents}
        for url, case in where.items():
            if case.outcome == "new" and url in flags:
                assert ("truncated" in flags[url]) is ("truncated" in case.flags), case.name
        texts = {document["url"]: document["text"] for document in documents}
        for name in ("latin", "mislabelled"):
            url = next(url for url, case in where.items() if case.name == name)
            assert "başlıklı yazının" in texts[url], name
        assert "smuggled" not in "".join(texts.values())
        for name, (_robots, _feed, said) in WHOLE.items():
            assert said in (sources[name]["error"] or ""), (name, sources[name]["error"])
        assert seconds < SECONDS
        assert megabytes < MEGABYTES
