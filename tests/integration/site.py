"""A small scripted web site on loopback: pages by path, with a log of what was asked, and faults on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline import demo


@dataclass
class Answer:
    """One HTTP answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    delay: float = 0.0


@dataclass
class Site:
    """What is served: `answers` by path (query included), `otherwise` to all other paths, and `log` of (monotonic time,
    path, headers)."""

    url: str = ""
    answers: dict[str, Answer | Callable[[], Answer]] = field(default_factory=dict)
    otherwise: Callable[[str], Answer] = lambda path: Answer(b"not found", 404)
    log: list[tuple[float, str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.log]


@contextmanager
def serving(port: int = 0) -> Iterator[Site]:
    """Serve a site that may be changed while it runs."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body go in two writes; else each answer waits 40 ms for an ACK

        def do_GET(self) -> None:
            site.log.append((time.monotonic(), self.path, {key.lower(): value for key, value in self.headers.items()}))
            found = site.answers.get(self.path) or site.otherwise(self.path)
            answer = found() if callable(found) else found
            time.sleep(answer.delay)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not {"content-length", "transfer-encoding"} & {name.lower() for name in answer.headers}:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """A client that was killed is no news."""

    server = Server(("127.0.0.1", port), Handler)
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def add_articles(site: Site, count: int, *, delay: float = 0.0) -> list[str]:
    """Give a site so many articles and a sitemap of them; their URLs."""
    urls = []
    for number in range(count):
        paragraphs = [
            f"Bu {number}. yazının {part}. paragrafı, bölgedeki gelişmeleri {number * 7 + part} yönüyle ele alıyor ve "
            f"taraflar arasındaki {number + part} görüşmenin sonuçlarını değerlendiriyor."
            for part in range(4)
        ]
        page = demo.wrap(
            f"Bölgesel değerlendirme {number}",
            "Ayşe Demir",
            f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T10:00:00+03:00",
            paragraphs,
            base_url=site.url,
            slug=f"yazi-{number}",
        )
        site.answers[f"/yazi-{number}.html"] = Answer(page.encode(), delay=delay)
        urls.append(f"{site.url}/yazi-{number}.html")
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    site.answers["/sitemap.xml"] = Answer(sitemap.encode(), headers={"Content-Type": "application/xml"})
    return urls
