"""A search engine with faults on demand: an HTTP proxy on loopback before the real node, which does what it is told."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["none", "down", "frozen", "429", "503", "slow", "picky"]
SLOW_SECONDS = 0.5
#: A document with this word is refused by the real node while the proxy is picky: its count of words becomes a word.
DISLIKED = "Mühür"
_SAYS = {
    "429": ("es_rejected_execution_exception", "rejected execution of coordinating operation"),
    "503": ("cluster_manager_not_discovered_exception", "no cluster manager"),
}


@dataclass
class Faulty:
    """The proxy: ``url`` is what a crawl is given for the engine's; ``asked`` counts its bulk requests."""

    node: str
    fault: Fault = "none"
    asked: int = 0
    _port: int = 0
    _server: ThreadingHTTPServer | None = None
    _thawed: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def become(self, fault: Fault) -> None:
        """From now on; what a frozen engine kept waiting is answered when it is frozen no more, too late."""
        was, self.fault = self.fault, fault
        self._thawed.clear() if fault == "frozen" else self._thawed.set()
        if fault == "down" and was != "down":
            self._close()
        if was == "down" and fault != "down":
            self._open()

    def _open(self) -> None:
        self._server = _Server(("127.0.0.1", self._port), _handler(self))
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        """A client that did not wait is no news."""


@contextmanager
def faulty(node: str) -> Iterator[Faulty]:
    """A proxy before the engine at this URL, without a fault yet."""
    proxy = Faulty(node)
    proxy._open()
    try:
        yield proxy
    finally:
        proxy.become("none")
        proxy._close()


def _handler(proxy: Faulty) -> type[BaseHTTPRequestHandler]:
    where = urlsplit(proxy.node)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            proxy.asked += "_bulk" in self.path
            if proxy.fault == "down":  # a connection from before
                self.close_connection = True
                return
            if proxy.fault == "frozen":
                proxy._thawed.wait(60)
            if proxy.fault in _SAYS:
                kind, reason = _SAYS[proxy.fault]
                said = {"error": {"root_cause": [{"type": kind, "reason": reason}]}, "status": int(proxy.fault)}
                self._send(int(proxy.fault), {"Content-Type": "application/json"}, json.dumps(said).encode())
                return
            if proxy.fault == "slow":
                time.sleep(SLOW_SECONDS)
            if proxy.fault == "picky":
                body = b"\n".join(map(_spoilt, body.split(b"\n")))
            self._forward(body)

        def _forward(self, body: bytes) -> None:
            node = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
            kept = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
            node.request(self.command, self.path, body, {**kept, "Host": where.netloc, "Accept-Encoding": "identity"})
            answer = node.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _OWN}
            self._send(answer.status, headers, answer.read(), answer.getheader("Content-Length"))
            node.close()

        def _send(self, status: int, headers: dict[str, str], body: bytes, length: str | None = None) -> None:
            with suppress(OSError):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


_OWN = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}


def _spoilt(line: bytes) -> bytes:
    if DISLIKED.encode() not in line or b'"word_count":' not in line:
        return line
    before, _, after = line.partition(b'"word_count":')
    return before + b'"word_count":"many"' + after[after.index(b",") :]
