"""A night on which nothing happened: how little a hundred sites are asked.

One server is a hundred sites, told apart by port. A third send validators for feed and sitemap, a third answer
WordPress's ``modified_after``, a third have neither: their feeds and sitemaps come whole every time.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline import demo
from tests.integration.runs import Mecmua, source_file

pytestmark = pytest.mark.integration
SITES = 100
ARTICLES = 4
KINDS = ("validators", "rest", "bare")
#: Articles are old enough by then that no page of theirs is due again.
FIRST, READ = "2026-05-01T02:00:00Z", "2026-05-01T06:00:00Z"
SECOND, THIRD = "2026-05-02T02:00:00Z", "2026-05-03T02:00:00Z"


def _day(number: int) -> str:
    return f"2024-0{number % 9 + 1}-1{number % 10}T10:00:00+03:00"


def _slug(number: int) -> str:
    return f"yazi-{number}.html"


@dataclass
class Town:
    """The sites' server: what each was asked, by port."""

    ports: list[int] = field(default_factory=list)
    asked: dict[int, list[str]] = field(default_factory=dict)

    def forget(self) -> None:
        for port in self.ports:
            self.asked[port] = []


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go in two writes; else each answer waits 40 ms for an ACK
    town: Town

    def do_GET(self) -> None:
        port = self.server.server_address[1]  # type: ignore[index]  # an internet address
        self.town.asked[port].append(self.path)
        kind = KINDS[self.town.ports.index(port) % 3]
        found = _answer(kind, f"http://127.0.0.1:{port}", self.path)
        if found is None:
            self._send(404, "text/plain", b"no", {})
            return
        media, body = found
        tag = f'"{hash(body) & 0xFFFFFFFF:x}"' if kind == "validators" and not self.path.endswith(".html") else None
        if tag and self.headers.get("If-None-Match") == tag:
            self._send(304, media, b"", {"ETag": tag})
            return
        self._send(200, media, body, {"ETag": tag} if tag else {})

    def _send(self, status: int, media: str, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _answer(kind: str, url: str, path: str) -> tuple[str, bytes] | None:
    """What a site gives under a path: media type and body; None where it has nothing."""
    parts = urlsplit(path)
    pages = {f"/{_slug(number)}": number for number in range(ARTICLES)}
    if parts.path in pages:
        return "text/html; charset=utf-8", _page(url, pages[parts.path]).encode()
    if kind == "rest":
        return _rest(url, parts.path, parse_qs(parts.query))
    if parts.path == "/feed/":
        items = "".join(
            f"<item><title>Yazı {n}</title><link>{url}/{_slug(n)}</link></item>" for n in range(ARTICLES - 2)
        )
        feed = f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
        return "application/rss+xml", feed.encode()
    if parts.path == "/sitemap.xml":
        stamp = "<lastmod>2025-01-01</lastmod>" if kind == "validators" else ""
        listed = "".join(f"<url><loc>{url}/{_slug(n)}</loc>{stamp}</url>" for n in range(ARTICLES))
        return (
            "application/xml",
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'.encode(),
        )
    return None


def _page(url: str, number: int) -> str:
    port = url.rpartition(":")[2]
    text = [
        f"Bu yazı {port} numaralı kurumun {number}. değerlendirmesidir ve {part} başlığıyla {port}-{number * 7 + part}"
        f" sayılı toplantının sonuçlarını ele alır; bölgedeki gelişmeler {int(port) % 97 + part} yönden incelenir."
        for part in range(4)
    ]
    return demo.wrap(f"Yazı {port} {number}", "Ayşe Demir", _day(number), text, base_url=url, slug=f"yazi-{number}")


def _rest(url: str, path: str, query: dict[str, list[str]]) -> tuple[str, bytes] | None:
    """WordPress's API as far as it is asked: types, posts, media."""
    if path == "/wp-json/wp/v2/types":
        types = {"post": {"slug": "post", "rest_base": "posts", "rest_namespace": "wp/v2"}}
        return "application/json", json.dumps(types).encode()
    if path == "/wp-json/wp/v2/media":
        return "application/json", b"[]"
    if path != "/wp-json/wp/v2/posts":
        return None
    after = query.get("modified_after", [""])[0]
    posts = [_post(url, number) for number in range(ARTICLES)]
    fresh = [post for post in posts if str(post["modified_gmt"]) > after[:19]]
    return "application/json", json.dumps(fresh).encode()


def _post(url: str, number: int) -> dict[str, object]:
    page = _page(url, number)
    body = page[page.index("<p>") : page.rindex("</p>") + 4]
    return {
        "id": number + 1,
        "date": _day(number)[:19],
        "date_gmt": _day(number)[:11] + "07:00:00",
        "modified": _day(number)[:19],
        "modified_gmt": _day(number)[:11] + "07:00:00",
        "status": "publish",
        "type": "post",
        "link": f"{url}/{_slug(number)}",
        "title": {"rendered": f"Yazı {url[-5:]} {number}"},
        "content": {"rendered": body, "protected": False},
        "excerpt": {"rendered": ""},
    }


@contextmanager
def town(count: int = SITES) -> Iterator[Town]:
    """So many sites on loopback, in threads of this process."""
    built = Town()
    handler = type("Handler", (_Answers,), {"town": built})
    servers = []
    for _ in range(count):
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        port = server.server_address[1]
        built.ports.append(port)
        built.asked[port] = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True).start()
        servers.append(server)
    try:
        yield built
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def write_sources(folder: Path, built: Town) -> Path:
    for number, port in enumerate(built.ports):
        url = f"http://127.0.0.1:{port}"
        listed = [{"type": "feed", "url": f"{url}/feed/"}, {"type": "sitemap", "url": f"{url}/sitemap.xml"}]
        api = [{"type": "wordpress", "url": f"{url}/"}]
        source_file(folder, f"s{number:03}", f"{url}/", api if KINDS[number % 3] == "rest" else listed)
    return folder


def test_a_night_without_news_asks_little(tmp_path: Path) -> None:
    with town() as built:
        mecmua = Mecmua(tmp_path, "http://127.0.0.1:9", "none")
        sources = write_sources(tmp_path / "sources", built)
        mecmua.crawl(sources, "--stage", "fetch", "--now", FIRST)
        read = mecmua.crawl(sources, "--stage", "extract", "--now", READ)
        assert read["outcomes"] == {"new": SITES * ARTICLES}
        listing = sum(KINDS[number % 3] != "rest" for number in range(SITES))
        for night in (SECOND, THIRD):
            built.forget()
            report = mecmua.crawl(sources, "--stage", "fetch", "--now", night)
            asked = {port: len(paths) for port, paths in built.asked.items()}
            per_kind = {
                kind: [asked[port] for n, port in enumerate(built.ports) if KINDS[n % 3] == kind] for kind in KINDS
            }
            assert max(per_kind["validators"]) <= 3, _worst(built)
            assert max(per_kind["rest"]) <= 3, _worst(built)
            assert max(per_kind["bare"]) <= 8, _worst(built)
            assert sum(source["requests"] for source in report["sources"]) == sum(asked.values())
            assert report["outcomes"].keys() == {"unchanged"}, [
                one for one in report["sources"] if one["outcomes"].keys() - {"unchanged"}
            ]
            assert report["outcomes"]["unchanged"] >= listing * ARTICLES, "after a 304 too every URL is accounted for"
            print({kind: (sum(counts) / len(counts), max(counts)) for kind, counts in per_kind.items()})


def _worst(built: Town) -> str:
    worst = max(built.asked.values(), key=len)
    return f"{len(worst)} requests: {Counter(worst)}"
