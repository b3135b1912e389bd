"""The demonstration site on loopback: as a command that blocks, or around a test or a job."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from pipeline.demo.article import Variant
from pipeline.demo.page import SITE_NAME
from pipeline.demo.site import Answer, Site, build
from pipeline.errors import ConfigurationError

#: Method, path with query, and status of each request a server has answered.
RequestLog = list[tuple[str, str, int]]


_print_at_once = partial(print, flush=True)  # a pipe would keep the address until the site ends


def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    variant: Variant = "standard",
    announce: Callable[[str], None] = _print_at_once,
) -> None:
    """Serve until interrupted; ``announce`` gets the base URL once the site answers.

    Port 0 takes a free one. Raises ConfigurationError when the address cannot be had.
    """
    server = _listen(host, port, variant, None)
    try:
        announce(server.base_url)
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


@contextmanager
def running(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    variant: Variant = "standard",
    log: RequestLog | None = None,
) -> Iterator[str]:
    """The site in a thread for as long as the block runs; gives its base URL, and nothing answers there afterwards.

    ``log`` receives every request. Raises ConfigurationError when the address cannot be had.
    """
    server = _listen(host, port, variant, log)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="demo-site", daemon=True)
    thread.start()
    try:
        yield server.base_url
    finally:
        server.shutdown()
        thread.join()
        server.close()


def source_yaml(base_url: str) -> str:
    """The source file that makes Mecmua crawl the site at a base URL."""
    host = urlsplit(base_url).hostname
    return f"""\
id: demo
name: {SITE_NAME}
homepage: {base_url}/
hosts: [{host}]
country: TR
languages: [tr, en, az, ru]
timezone: Europe/Istanbul
crawl_delay: 0
deny:
  - /(kategori|etiket|yazar|sayfa)/
  - /(hakkimizda|iletisim)\\.html$
endpoints:
  - type: feed
    url: {base_url}/feed/
    verified: never
    from: mecmua demo-site
  - type: sitemap
    url: {base_url}/sitemap.xml
    verified: never
    from: mecmua demo-site
"""


class _Server(ThreadingHTTPServer):
    """Keeps count of open connections, so that closing ends the idle ones too: a site that is down answers nobody."""

    daemon_threads = True
    request_queue_size = 128
    site: Site
    base_url: str
    log: RequestLog | None

    def __init__(self, address: tuple[str, int]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle (a killed crawl) is no news; anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        self.server_close()
        for connection in tuple(self._open):
            self.shutdown_request(connection)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "mecmua-demo"
    sys_version = ""
    wbufsize = -1  # one packet for head and body: with two, Nagle and delayed ACK cost 40 ms a page
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        answer = self.server.site.answer(urlsplit(self.path).path)
        unchanged = answer.status == 200 and _is_current(answer, self.headers.get)
        status = 304 if unchanged else answer.status
        body = b"" if unchanged else answer.body
        self.send_response(status)
        for name, value in _headers(answer, status):
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if self.server.log is not None:
            self.server.log.append((self.command, self.path, int(code)))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal belongs to the crawl."""


def _listen(host: str, port: int, variant: Variant, log: RequestLog | None) -> _Server:
    try:
        server = _Server((host, port))
    except OSError as error:
        remedy = "choose another port, or 0 for a free one"
        raise ConfigurationError(f"demo site: cannot listen on {host}:{port} ({error.strerror}); {remedy}") from error
    server.base_url = f"http://{host}:{server.server_address[1]}"
    server.site = build(server.base_url, variant)
    server.log = log
    return server


def _headers(answer: Answer, status: int) -> Iterator[tuple[str, str]]:
    if status != 304:
        yield "Content-Type", answer.content_type
    if status in (200, 304):
        yield "ETag", answer.etag
        if answer.last_modified:
            yield "Last-Modified", _http_date(answer.last_modified)
    if answer.location:
        yield "Location", answer.location
    if answer.retry_after:
        yield "Retry-After", str(answer.retry_after)


def _is_current(answer: Answer, header: Callable[[str], str | None]) -> bool:
    """Whether the client holds this very answer: If-None-Match alone decides where it is sent (RFC 9110, 13.2.2)."""
    if (tags := header("If-None-Match")) is not None:
        held = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in held or answer.etag in held
    since = _parse_http_date(header("If-Modified-Since"))
    return since is not None and answer.last_modified is not None and answer.last_modified <= since


def _parse_http_date(value: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(value).astimezone(UTC) if value else None
    except ValueError:
        return None


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
