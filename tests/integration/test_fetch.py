"""The client against servers that do everything HTTP allows, and much that it does not."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from warcio.archiveiterator import ArchiveIterator

from pipeline.errors import Rejected, Unavailable
from pipeline.fetch.archive import read_page
from pipeline.fetch.client import Client
from pipeline.fetch.lanes import Lanes
from pipeline.fetch.spool import Spool
from pipeline.fetch.traffic import Traffic
from pipeline.fetch.wire import Limits
from pipeline.models import Held, Page, Request, Response, Validators
from pipeline.settings import Settings
from pipeline.store.database import open_store
from tests.integration.raw_server import Call, RawSite, answer, chunk, head, serving

FAST = Limits(first_byte=0.6, whole=1.5, connect=0.4, slow_after=0.4, backoff=0.01, patience=1.2, wire_bytes=300_000)
Result = Response | Rejected | Unavailable


class Rig:
    """One client with a state and a spool of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.limits = FAST
        self.allowed: tuple[str, ...] = ("127.0.0.1", "::1")
        self.traffic: dict[str, Traffic] = {}
        self.seconds = 0.0

    def get(self, *wanted: str | Request, at_once: bool = False, **options: Any) -> list[Result]:
        """What each request gave; errors that a caller must expect are values."""
        settings = Settings(home=self.folder, allow_private_hosts=self.allowed)
        store = open_store(settings.state_url)
        spool = Spool(settings.spool, "test", settings.agent)

        async def one(client: Client, request: str | Request) -> Result:
            try:
                full = Request(request) if isinstance(request, str) else request
                return await client.get(full, spool, **options)
            except (Rejected, Unavailable) as error:
                return error

        async def everything() -> list[Result]:
            async with Client(settings, Lanes(store), lambda: datetime.now(UTC), self.limits) as client:
                if at_once:
                    got = list(await asyncio.gather(*(one(client, request) for request in wanted)))
                else:
                    got = [await one(client, request) for request in wanted]
                self.traffic = client.traffic
                return got

        began = time.monotonic()
        try:
            return asyncio.run(everything())
        finally:
            self.seconds = time.monotonic() - began
            spool.close()
            store.close()

    def response(self, *wanted: str | Request, **options: Any) -> Response:
        got = self.get(*wanted, **options)[-1]
        assert isinstance(got, Response), repr(got)
        return got

    def rejected(self, *wanted: str | Request, **options: Any) -> Rejected:
        got = self.get(*wanted, **options)[-1]
        assert isinstance(got, Rejected), repr(got)
        return got

    def unavailable(self, *wanted: str | Request, **options: Any) -> Unavailable:
        got = self.get(*wanted, **options)[-1]
        assert isinstance(got, Unavailable), repr(got)
        return got

    def page(self, response: Response) -> Page:
        assert response.record
        return read_page(response.record, self.folder / "spool", "")

    def archived(self) -> list[tuple[str, str, str]]:
        """(type, path, status) of every answer in the spool, in order."""
        found = []
        for path in sorted((self.folder / "spool").glob("*.warc.gz"), key=lambda path: path.stat().st_mtime_ns):
            with path.open("rb") as file:
                found += [
                    (
                        record.rec_type,
                        "/" + record.rec_headers.get_header("WARC-Target-URI").split("/", 3)[3],
                        record.http_headers.get_statuscode(),
                    )
                    for record in ArchiveIterator(file)
                    if record.rec_type in ("response", "revisit")
                ]
        return found


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@pytest.fixture
def site() -> Iterator[RawSite]:
    with serving() as served:
        yield served


def script(*pieces: bytes) -> Callable[[Call], Any]:
    async def send(call: Call) -> None:
        await call.send(*pieces)

    return send


def in_turn(*answers: bytes) -> Callable[[Call], Any]:
    """One answer after the other, the last for good."""

    async def send(call: Call) -> None:
        await call.send(answers[min(call.count, len(answers)) - 1])

    return send


# --- bodies ----------------------------------------------------------------------------------------------------------

TEXT = "<p>Ilık süt içen çocuklar</p>".encode() * 200


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("identity", bytes),
    ],
)
def test_every_content_encoding_is_archived_as_it_came_and_read(
    rig: Rig, site: RawSite, name: str, pack: Callable[[bytes], bytes]
) -> None:
    site.answers["/a"] = answer(pack(TEXT), Content_Encoding=name)
    got = rig.response(f"{site.url}/a")
    assert (rig.page(got).body, got.truncated) == (TEXT, False)
    assert site.log[-1][2]["accept-encoding"] == "gzip, deflate, br, zstd"


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("chunked", head("200 OK", "Transfer-Encoding: chunked") + chunk(TEXT[:100]) + chunk(TEXT[100:]) + chunk(b"")),
        ("chunked with trailers", head("200 OK", "Transfer-Encoding: chunked") + chunk(TEXT) + b"0\r\nX-T: y\r\n\r\n"),
        ("HTTP/1.0", head("200 OK", version="HTTP/1.0") + TEXT),
        ("no length", head("200 OK", "Connection: close") + TEXT),
        ("no reason", head("200") + TEXT),
        ("bare line feeds", head("200 OK", f"Content-Length: {len(TEXT)}").replace(b"\r\n", b"\n") + TEXT),
        ("longer than it says", head("200 OK", f"Content-Length: {len(TEXT)}") + TEXT + b"and more"),
        ("early hints", head("103 Early Hints", "Link: </x>") + answer(TEXT)),
        ("headers twice", head("200 OK", "Content-Type: text/html", "Content-Type: image/png") + TEXT),
    ],
)
def test_whole_bodies_in_every_framing(rig: Rig, site: RawSite, name: str, sent: bytes) -> None:
    site.answers["/a"] = script(sent)
    got = rig.response(f"{site.url}/a")
    assert (rig.page(got).body, got.truncated, got.status) == (TEXT, False, 200), name


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("shorter than it says", head("200 OK", f"Content-Length: {len(TEXT) + 9}") + TEXT),
        ("chunks without an end", head("200 OK", "Transfer-Encoding: chunked") + chunk(TEXT)),
        ("half a chunk", head("200 OK", "Transfer-Encoding: chunked") + b"ffff\r\n" + TEXT),
        ("a chunk size that is none", head("200 OK", "Transfer-Encoding: chunked") + chunk(TEXT) + b"zz\r\n"),
    ],
)
def test_a_body_that_breaks_off_is_asked_for_once_more_and_flagged(
    rig: Rig, site: RawSite, name: str, sent: bytes
) -> None:
    site.answers["/a"] = script(sent)
    got = rig.response(f"{site.url}/a")
    assert got.truncated, name
    assert rig.page(got).truncated
    assert rig.page(got).body == TEXT
    assert site.paths().count("/a") == 2
    site.answers["/b"] = in_turn(sent, answer(TEXT))
    assert not rig.response(f"{site.url}/b").truncated


def test_a_compressed_body_that_was_cut_by_a_proxy_is_flagged(rig: Rig, site: RawSite) -> None:
    site.answers["/a"] = answer(gzip.compress(TEXT)[:-20], Content_Encoding="gzip")
    page = rig.page(rig.response(f"{site.url}/a"))
    assert page.truncated
    assert TEXT.startswith(page.body)


async def endless(call: Call) -> None:
    await call.send(head("200 OK", "Content-Type: text/html"))
    while True:
        await call.send(b"x" * 65536)


async def endless_chunks(call: Call) -> None:
    await call.send(head("200 OK", "Transfer-Encoding: chunked"))
    while True:
        await call.send(chunk(b"x" * 5000))


@pytest.mark.parametrize("kind", [endless, endless_chunks])
def test_an_endless_body_is_cut_at_the_limit(rig: Rig, site: RawSite, kind: Callable[[Call], Any]) -> None:
    site.answers |= {"/a": kind, "/b": answer("well")}
    refused, fine = rig.get(f"{site.url}/a", f"{site.url}/b")
    assert isinstance(refused, Rejected)
    assert refused.reason == "too_large"
    assert isinstance(fine, Response)
    assert site.paths().count("/a") == 1
    assert ("response", "/a", "200") in rig.archived(), "that it was asked and what it said is kept"
    until(lambda: site.open_connections == 0)


async def drip_body(call: Call) -> None:
    await call.send(head("200 OK", "Content-Length: 100000"))
    await call.drip(b"x", 0.05)


async def drip_headers(call: Call) -> None:
    await call.send(b"HTTP/1.1 200 OK\r\nX: ")
    await call.drip(b"x", 0.05)


async def silent(call: Call) -> None:
    await asyncio.sleep(60)


async def silent_after_headers(call: Call) -> None:
    await call.send(head("200 OK", "Content-Length: 5"))
    await asyncio.sleep(60)


async def continues(call: Call) -> None:
    await call.drip(head("100 Continue") * 50, 0.001)


@pytest.mark.parametrize("kind", [drip_body, drip_headers, silent, silent_after_headers, continues])
def test_slow_servers_cost_bounded_time_and_one_request(rig: Rig, site: RawSite, kind: Callable[[Call], Any]) -> None:
    site.answers["/a"] = kind
    error = rig.unavailable(f"{site.url}/a")
    assert f"{site.url}/a" in str(error)
    assert rig.seconds < 3
    assert site.paths().count("/a") == 1
    until(lambda: site.open_connections == 0)


def test_a_slow_but_steady_body_is_read(rig: Rig, site: RawSite) -> None:
    async def steady(call: Call) -> None:
        await call.send(head("200 OK", "Content-Length: 10000"))
        await call.drip(b"x" * 1000, 0.07, 10)

    site.answers["/a"] = steady
    assert len(rig.page(rig.response(f"{site.url}/a")).body) == 10_000


@pytest.mark.parametrize(
    "sent",
    [
        head("200 OK", *(f"X-{number}: {'y' * 50}" for number in range(5000))),
        head("200 OK", f"X-Big: {'y' * 300_000}"),
        b"HTTP/1.1 200 " + b"O" * 300_000,
    ],
    ids=["many headers", "a huge header", "a huge status line"],
)
def test_header_floods_are_cut(rig: Rig, site: RawSite, sent: bytes) -> None:
    site.answers["/a"] = script(sent)
    assert "does not speak HTTP" in str(rig.unavailable(f"{site.url}/a"))


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"<html>no headers at all</html>",
        b"HTTP/11 200 OK\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x28",
        bytes(range(256)) * 40,
    ],
)
def test_what_is_no_http_is_tried_again_and_then_left(rig: Rig, site: RawSite, sent: bytes) -> None:
    site.answers["/a"] = script(sent)
    rig.unavailable(f"{site.url}/a")
    assert site.paths().count("/a") == FAST.attempts


@pytest.mark.parametrize(
    "line", [b"no colon", b"X: a\x00b", b"Server : x", "Sunucu-İsmi: x".encode(), b"Transfer-Encoding: identity"]
)
def test_header_lines_that_are_none_cost_nothing(rig: Rig, site: RawSite, line: bytes) -> None:
    length = b"Content-Length: %d" % len(TEXT)
    sent = b"\r\n".join(("HTTP/1.1 200 Başarılı".encode(), line, b"Content-Type: text/html", length, b"", TEXT))
    site.answers["/a"] = script(sent)
    assert rig.page(rig.response(f"{site.url}/a")).body == TEXT
    assert site.paths().count("/a") == 1


def test_a_reset_is_tried_again(rig: Rig, site: RawSite) -> None:
    async def reset_once(call: Call) -> None:
        if call.count == 1:
            call.reset()
        else:
            await call.send(answer("well"))

    site.answers["/a"] = reset_once
    assert rig.response(f"{site.url}/a").status == 200


@pytest.mark.parametrize(
    "kind",
    "image/png video/mp4 audio/mpeg font/woff2 application/zip application/msword image/svg+xml text-but-not/really "
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document application/javascript".split(),
)
def test_unwanted_types_are_not_read(rig: Rig, site: RawSite, kind: str) -> None:
    async def big(call: Call) -> None:
        await call.send(head("200 OK", f"Content-Type: {kind}", "Content-Length: 100000000"))
        await asyncio.sleep(30)

    site.answers["/a"] = big
    assert rig.rejected(f"{site.url}/a").reason == "unwanted_type"
    assert rig.seconds < 1
    assert ("response", "/a", "200") in rig.archived()


@pytest.mark.parametrize(
    "kind",
    ["text/html; charset=x", "TEXT/HTML", "application/xhtml+xml", "application/rss+xml", "application/x-rss+xml",
     "application/json", "application/pdf", "application/octet-stream", "application/x-httpd-php", "html", "", None,
     "application/vnd.api+json", "; charset=utf-8"],
)  # fmt: skip
def test_wanted_and_unclear_types_are_read(rig: Rig, site: RawSite, kind: str | None) -> None:
    site.answers["/a"] = answer("well", kind=kind)
    assert rig.page(rig.response(f"{site.url}/a")).body == b"well"


def test_an_error_page_is_read_whatever_its_type(rig: Rig, site: RawSite) -> None:
    site.answers["/a"] = answer("gone", "410 Gone", "image/png")
    assert rig.response(f"{site.url}/a").status == 410


# --- conditional requests --------------------------------------------------------------------------------------------


def conditional(etag: str, modified: str, body: bytes) -> Callable[[Call], Any]:
    async def send(call: Call) -> None:
        same = call.headers.get("if-none-match") == etag or call.headers.get("if-modified-since") == modified
        both = {"ETag": etag, "Last_Modified": modified}
        await call.send(answer(b"", "304 Not Modified", None, **both) if same else answer(body, **both))

    return send


def test_validators_are_sent_and_304_leads_to_what_is_held(rig: Rig, site: RawSite) -> None:
    site.answers["/a"] = conditional('W/"1"', "Sat, 01 Mar 2025 10:00:00 GMT", TEXT)
    url = f"{site.url}/a"
    first = rig.response(url)
    assert first.record
    held = Held(first.record, first.final_url, first.payload_digest, first.fetched_at)
    for validators in (Validators('W/"1"', None), Validators(None, "Sat, 01 Mar 2025 10:00:00 GMT")):
        again = rig.response(Request(url, validators=validators, held=held))
        assert again.status == 304
        assert rig.page(again).body == TEXT
    assert rig.archived().count(("revisit", "/a", "304")) == 2
    assert rig.response(Request(url, validators=Validators('W/"0"', None), held=held)).status == 200
    assert rig.archived().count(("revisit", "/a", "200")) == 1, "the same bytes again"


def test_validators_go_to_the_url_that_gave_the_answer(rig: Rig, site: RawSite) -> None:
    site.answers["/old"] = answer(b"", "301 Moved Permanently", Location="/new")
    site.answers["/new"] = conditional('"n"', "x", TEXT)
    first = rig.response(f"{site.url}/old")
    assert first.record
    held = Held(first.record, first.final_url, first.payload_digest, first.fetched_at)
    request = Request(f"{site.url}/old", validators=Validators('"n"', None), held=held)
    assert rig.response(request).status == 304
    asked = [(path, headers.get("if-none-match")) for _, path, headers in site.log if path != "/robots.txt"]
    assert asked == [("/old", None), ("/new", None), ("/old", None), ("/new", '"n"')]


def test_a_304_that_nobody_asked_for_is_no_answer(rig: Rig, site: RawSite) -> None:
    site.answers["/a"] = answer(b"", "304 Not Modified", None)
    assert rig.rejected(f"{site.url}/a").reason == "unasked_304"


def test_validators_that_cannot_be_sent_are_left_out(rig: Rig, site: RawSite) -> None:
    site.answers["/a"] = answer("well")
    rig.response(Request(f"{site.url}/a", validators=Validators('"é\x01"', "x")))
    assert "if-none-match" not in site.log[-1][2]
    assert site.log[-1][2]["if-modified-since"] == "x"


# --- redirects -------------------------------------------------------------------------------------------------------


def moved(target: str, status: str = "302 Found") -> bytes:
    return head(status, f"Location: {target}", "Content-Length: 0")


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_redirects_are_followed_and_every_hop_is_archived(rig: Rig, site: RawSite, status: str) -> None:
    site.answers |= {"/a": moved("/b?x=1", status), "/b?x=1": moved(f"//127.0.0.1:{site.port}/c"), "/c": answer("c")}
    got = rig.response(f"{site.url}/a")
    assert (got.url, got.final_url) == (f"{site.url}/a", f"{site.url}/c")
    assert got.redirects == (f"{site.url}/a", f"{site.url}/b?x=1")
    assert [path for _, path, _ in rig.archived()] == ["/robots.txt", "/a", "/b?x=1", "/c"]


def test_ten_redirects_are_followed_and_eleven_are_not(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": moved(f"/{number + 1}") for number in range(20)} | {"/20": answer("end")}
    assert rig.response(f"{site.url}/10").final_url.endswith("/20")
    assert rig.rejected(f"{site.url}/9").reason == "redirects"
    assert len([path for path in site.paths() if path != "/robots.txt"]) == 22


@pytest.mark.parametrize("loop", [{"/a": "/a"}, {"/a": "/b", "/b": "/a"}, {"/a": "/a#x"}])
def test_circles_are_noticed(rig: Rig, site: RawSite, loop: dict[str, str]) -> None:
    site.answers |= {path: moved(target) for path, target in loop.items()}
    assert rig.rejected(f"{site.url}/a").reason == "redirects"
    assert len(site.log) <= 3


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/yazı-ğ", "/yaz%C4%B1-%C4%9F"),
        ("/with space", "/with%20space"),
        ("?page=2", "/a?page=2"),
        ("../up", "/up"),
        ("/b#part", "/b"),
        ("  /b  ", "/b"),
        ("", None),
    ],
)
def test_locations_in_every_form(rig: Rig, site: RawSite, target: str, path: str | None) -> None:
    site.answers |= {"/a": moved(target)} | ({path: answer("here")} if path else {})
    got = rig.response(f"{site.url}/a")
    assert (got.status, got.final_url) == ((200, site.url + path) if path else (302, f"{site.url}/a"))


FORBIDDEN = """
    http://127.0.0.1:{other}/ http://127.1:{other}/ http://2130706433:{other}/ http://0x7f000001:{other}/
    http://0177.0.0.1:{other}/ http://0:{other}/ http://0.0.0.0:{other}/ http://localhost:{other}/
    http://LOCALHOST.:{other}/ http://x.localhost:{other}/ http://[::1]:{other}/ http://[::ffff:127.0.0.1]:{other}/
    http://[::ffff:7f00:1]:{other}/ http://[::127.0.0.1]:{other}/ http://[64:ff9b::7f00:1]/ http://①②⑦.⓪.⓪.①:{other}/
    http://10.0.0.1/ http://192.168.0.1/ http://172.16.0.1/ http://100.64.0.1/ http://169.254.169.254/latest/meta-data/
    http://[fd00:ec2::254]/ http://[fe80::1%25lo]/ http://user:pass@127.0.0.1:{port}/ http://127.0.0.1:{port}@127.0.0.1/
    http://evil@127.0.0.1:{other}/ //127.0.0.1:{other}/ http://127.0.0.1:{other}\\@example.org/
""".split()


@pytest.mark.parametrize("target", FORBIDDEN)
def test_redirects_to_forbidden_addresses_are_refused_before_any_connection(
    rig: Rig, site: RawSite, target: str
) -> None:
    with serving() as other:
        rig.allowed = (f"127.0.0.1:{site.port}",)  # that port alone
        site.answers["/a"] = moved(target.format(other=other.port, port=site.port))
        assert rig.rejected(f"{site.url}/a").reason in ("forbidden_address", "bad_url", "redirects")
        assert other.connections == 0


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "data:,x", "gopher://x/"]
)
def test_redirects_to_other_schemes_are_refused(rig: Rig, site: RawSite, target: str) -> None:
    site.answers["/a"] = moved(target)
    assert rig.rejected(f"{site.url}/a").reason == "forbidden_scheme"


@pytest.mark.parametrize(
    "target", ["http://[::1/", "http://exa mple:port/", "http://a:99999/", "http://" + "ü" * 90 + ".org/"]
)
def test_locations_that_cannot_be_read(rig: Rig, site: RawSite, target: str) -> None:
    site.answers["/a"] = moved(target)
    assert rig.rejected(f"{site.url}/a").reason in ("redirects", "bad_url")


def resolving(monkeypatch: pytest.MonkeyPatch, names: dict[str, Sequence[str]]) -> list[str]:
    """Answer for these names (one address after the other), and say which names were asked for."""
    real, asked = socket.getaddrinfo, []
    left = {name: list(addresses) for name, addresses in names.items()}

    def resolve(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host in left:
            asked.append(host)
            host = left[host].pop(0) if len(left[host]) > 1 else left[host][0]
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def test_a_name_that_turns_private_is_refused_at_its_next_connection(
    rig: Rig, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as other:
        rig.allowed = (f"127.0.0.1:{site.port}",)
        resolving(monkeypatch, {"rebind.example": ["127.0.0.1"]})
        site.answers["/a"] = moved(f"http://rebind.example:{other.port}/")
        error = rig.rejected(f"{site.url}/a")
        assert error.reason == "forbidden_address"
        assert "rebind.example is 127.0.0.1" in str(error)
        assert other.connections == 0


def test_redirects_to_another_host_have_their_own_robots_and_may_be_refused_by_scope(
    rig: Rig, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as other:
        other.answers |= {"/robots.txt": answer("User-agent: *\nDisallow: /no", kind="text/plain"), "/yes": answer("y")}
        site.answers |= {"/a": moved(f"{other.url}/yes"), "/b": moved(f"{other.url}/no")}
        assert rig.response(f"{site.url}/a").final_url == f"{other.url}/yes"
        assert rig.rejected(f"{site.url}/b").reason == "disallowed"
        seen = len(other.log)
        assert rig.rejected(f"{site.url}/a", stay=lambda url: url.startswith(site.url)).reason == "out_of_scope"
        assert len(other.log) == seen


def test_ipv6(rig: Rig) -> None:
    try:
        with serving(host="::1") as site:
            site.answers["/a"] = answer("well")
            assert rig.response(f"{site.url}/a").status == 200
            assert site.log[-1][2]["host"] == f"[::1]:{site.port}"
            rig.allowed = (f"[::1]:{site.port}",)
            assert rig.response(f"{site.url}/a").status == 200
            rig.allowed = (f"[::1]:{site.port + 1}",)
            assert rig.rejected(f"{site.url}/a").reason == "forbidden_address"
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback ({error})")


def test_the_port_alone_that_is_listed(rig: Rig, site: RawSite) -> None:
    rig.allowed = (f"127.0.0.1:{site.port + 1}",)
    assert rig.rejected(f"{site.url}/a").reason == "forbidden_address"
    assert site.connections == 0


# --- patience --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["500 x", "502 x", "503 x", "504 x", "408 x", "425 x", "429 x"])
def test_transient_errors_are_tried_again_with_pauses(rig: Rig, site: RawSite, status: str) -> None:
    site.answers |= {"/a": in_turn(answer("x", status), answer("x", status), answer("well")), "/b": answer("x", status)}
    assert rig.response(f"{site.url}/a").status == 200
    assert rig.response(f"{site.url}/b").status == int(status[:3])
    assert (site.paths().count("/a"), site.paths().count("/b")) == (3, 3)
    assert rig.archived().count(("response", "/b", status[:3])) == 3, "every answer is kept"


def test_what_goes_over_the_wire_is_counted(rig: Rig, site: RawSite) -> None:
    async def reset(call: Call) -> None:
        call.reset()

    site.answers |= {
        "/robots.txt": answer("", "404 x"),
        "/a": answer("twelve bytes"),
        "/b": in_turn(answer("", "503 x"), answer("well")),
        "/c": reset,
    }
    rig.get(f"{site.url}/a", f"{site.url}/b", f"{site.url}/c")
    traffic = rig.traffic[f"127.0.0.1:{site.port}"]
    assert traffic.requests == 1 + 1 + 2 + FAST.attempts
    assert traffic.failures == 1 + FAST.attempts, "the 503, and every reset"
    assert traffic.bytes == len("twelve bytes") + len("well")
    assert len(traffic.seconds) == 4, "what was answered, the 503 too"


@pytest.mark.parametrize("status", ["400 x", "401 x", "403 x", "404 x", "410 x", "451 x", "501 x", "204 x", "206 x"])
def test_lasting_answers_are_taken(rig: Rig, site: RawSite, status: str) -> None:
    site.answers["/a"] = answer("x" if status != "204 x" else "", status)
    assert rig.response(f"{site.url}/a").status == int(status[:3])
    assert site.paths().count("/a") == 1


@pytest.mark.parametrize("form", ["seconds", "date", "date without Date"])
def test_a_short_retry_after_is_waited_for_by_the_whole_host(rig: Rig, site: RawSite, form: str) -> None:
    async def later(call: Call) -> None:
        if call.count > 1:
            await call.send(answer("well"))
            return
        now = datetime.now(UTC)
        skew = timedelta(days=400) if form == "date" else timedelta(0)  # the server's own clock counts
        value = "1" if form == "seconds" else format_datetime(now + timedelta(seconds=2) - skew, usegmt=True)
        dated = {"Date": format_datetime(now + timedelta(seconds=1) - skew, usegmt=True)} if form == "date" else {}
        await call.send(answer("x", "503 x", Retry_After=value, **dated))

    rig.limits = Limits(backoff=0.01, patience=3)
    site.answers |= {"/a": later, "/b": answer("well")}
    first, second = rig.get(f"{site.url}/a", f"{site.url}/b", at_once=True)
    assert isinstance(first, Response) and first.status == 200
    assert isinstance(second, Response) and second.status == 200
    times = {path: at for at, path, _ in site.log if path == "/a"}
    began = next(at for at, path, _ in site.log if path == "/a")
    assert 0.9 <= times["/a"] - began < 3
    other = next(at for at, path, _ in site.log if path == "/b")
    assert other < began or other - began >= 0.9, "the whole host is left alone meanwhile"


@pytest.mark.parametrize("status", ["429 x", "503 x"])
@pytest.mark.parametrize("value", ["3600", "date"])
def test_a_long_retry_after_is_deferred_not_slept_on(rig: Rig, site: RawSite, status: str, value: str) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    site.answers["/a"] = answer("x", status, Retry_After=at if value == "date" else value)
    error = rig.unavailable(f"{site.url}/a")
    assert error.retry_after == pytest.approx(3600, abs=5)
    assert rig.seconds < 1
    assert site.paths().count("/a") == 1
    assert rig.archived()[-1] == ("response", "/a", status[:3])


@pytest.mark.parametrize("value", ["soon", "²", "-5", "", "9" * 400, "Mon, 99 Foo 2026 99:99:99 GMT", "1e9", "nan"])
def test_a_retry_after_that_makes_no_sense(rig: Rig, site: RawSite, value: str) -> None:
    site.answers["/a"] = answer("x", "503 x", Retry_After=value)
    got = rig.get(f"{site.url}/a")[0]
    assert isinstance(got, Response) or (isinstance(got, Unavailable) and got.retry_after == 30 * 86400)


def test_a_host_that_keeps_failing_is_left_and_said_so(rig: Rig, site: RawSite) -> None:
    rig.limits = replace(FAST, first_byte=20.0, whole=40.0, connect=20.0)  # no good answer is late on a busy machine
    with serving() as good:
        good.answers |= {f"/{number}": answer("well") for number in range(30)}
        site.answers |= {f"/{number}": answer("x", "500 x") for number in range(30)}
        got = rig.get(*(f"{base}/{number}" for number in range(30) for base in (site.url, good.url)))
        assert all(isinstance(one, Response) and one.status == 200 for one in got[1::2])
        failed = got[0::2]
        assert [isinstance(one, Response) for one in failed] == [True] * FAST.troubles + [False] * (30 - FAST.troubles)
        assert "is left for this run; the last: HTTP 500" in str(failed[-1])
        assert site.log[-1][1] == f"/{FAST.troubles - 1}"


def test_a_host_that_dies_is_left_sooner(rig: Rig, site: RawSite) -> None:
    rig.limits = Limits(first_byte=0.2, whole=0.5, connect=0.2, backoff=0.01)
    site.answers |= {f"/{number}": silent for number in range(30)}
    got = rig.get(*(f"{site.url}/{number}" for number in range(30)))
    assert all(isinstance(one, Unavailable) for one in got)
    assert len(site.paths()) == 1 + 4
    assert rig.seconds < 3


def test_a_few_failures_among_good_answers_are_no_reason(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": answer("x", "500 x") if number % 3 else answer("well") for number in range(40)}
    got = rig.get(*(f"{site.url}/{number}" for number in range(40)))
    assert all(isinstance(one, Response) for one in got)


# --- robots.txt ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("robots", "page"),
    [
        (answer("User-agent: *\nDisallow: /a", kind="text/plain"), "disallowed"),
        (answer("\ufeffUser-agent: *\nDisallow: /a", kind="text/plain"), "disallowed"),
        (answer("User-agent: *\nDisallow: /a", kind="image/png"), "disallowed"),
        (answer(gzip.compress(b"User-agent: *\nDisallow: /a"), Content_Encoding="gzip"), "disallowed"),
        (answer("User-agent: *\nDisallow: /a\n" + "#" * 2_000_000, kind="text/plain"), "disallowed"),
        (answer("<html>no robots here</html>"), 200),
        (answer("", kind="text/plain"), 200),
        (answer(bytes(range(256)) * 100, kind="application/octet-stream"), 200),
        (answer("no", "404 Not Found"), 200),
        (answer("no", "401 Unauthorized"), 200),
        (answer("no", "403 Forbidden"), 200),
        (answer("no", "410 Gone"), 200),
        (answer("no", "429 Too Many Requests"), "unavailable"),
        (answer("no", "429 Too Many Requests", Retry_After="3600"), "unavailable"),
        (answer("no", "500 x"), "unavailable"),
        (answer("no", "503 x", Retry_After="3600"), "unavailable"),
        (head("200 OK", "Content-Length: 100") + b"User-agent: *\nDisallow: /a\n", "disallowed"),
        (moved("/elsewhere.txt"), "disallowed"),
        (moved("/robots.txt"), 200),  # in a circle: as if there were none
        (moved("http://10.0.0.1/robots.txt"), "unavailable"),
        (moved("ftp://example.org/robots.txt"), "unavailable"),
        (b"garbage", "unavailable"),
        (silent, "unavailable"),
        (drip_body, "unavailable"),
        (endless, 200),
        (answer(gzip.compress(bytes(100_000_000)), Content_Encoding="gzip"), "unavailable"),
        (answer("User-agent: *\nCrawl-delay: 3600", kind="text/plain"), "unavailable"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(getattr(value, "__name__", value)),
)
def test_robots_of_every_kind(rig: Rig, site: RawSite, robots: Any, page: int | str) -> None:
    rules = answer("User-agent: *\nDisallow: /a", kind="text/plain")
    site.answers |= {"/robots.txt": robots if callable(robots) else script(robots), "/elsewhere.txt": rules}
    site.answers |= {"/a": answer("well"), "/b": answer("well")}
    first, second = rig.get(f"{site.url}/a", f"{site.url}/b")
    if page == "unavailable":
        assert isinstance(first, Unavailable), repr(first)
        assert isinstance(second, Unavailable)
        assert "/a" not in site.paths(), "what cannot be asked about is not fetched"
        assert site.paths().count("/robots.txt") <= FAST.attempts, "and robots.txt is not asked for again in the run"
    elif page == "disallowed":
        assert isinstance(first, Rejected)
        assert first.reason == "disallowed"
        assert isinstance(second, Response)
    else:
        assert isinstance(first, Response)
        assert first.status == page
    assert rig.seconds < 5


def test_robots_is_asked_once_for_many_pages_at_once(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": answer("well") for number in range(10)}
    rig.get(*(f"{site.url}/{number}" for number in range(10)), at_once=True)
    assert site.paths().count("/robots.txt") == 1
    assert {host: traffic.requests for host, traffic in rig.traffic.items()} == {f"127.0.0.1:{site.port}": 11}


# --- pace ------------------------------------------------------------------------------------------------------------


def gaps(site: RawSite) -> list[float]:
    times = site.times()
    return [later - earlier for earlier, later in itertools.pairwise(times)]


@pytest.mark.parametrize(
    ("yaml", "robots", "pace"), [(0.2, 0, 0.2), (0, 0.2, 0.2), (0.1, 0.25, 0.25), (0.25, 0.1, 0.25)]
)
def test_the_longer_delay_holds_from_robots_on(
    rig: Rig, site: RawSite, yaml: float, robots: float, pace: float
) -> None:
    site.answers["/robots.txt"] = answer(f"User-agent: *\nCrawl-delay: {robots}", kind="text/plain")
    site.answers |= {f"/{number}": answer("well") for number in range(6)}
    rig.get(*(f"{site.url}/{number}" for number in range(6)), at_once=True, delay=yaml)
    assert len(site.log) == 7
    assert min(gaps(site)) >= pace - 0.002
    assert max(gaps(site)) < pace + 0.4


def test_the_pace_of_redirects_retries_and_errors_is_the_same(rig: Rig, site: RawSite) -> None:
    site.answers |= {"/a": moved("/b"), "/b": in_turn(b"garbage", answer("x", "500 x"), answer("well"))}
    rig.response(f"{site.url}/a", delay=0.2)
    assert len(site.log) == 5
    assert min(gaps(site)) >= 0.198


def test_one_request_at_a_time(rig: Rig, site: RawSite) -> None:
    under_way, most = [0], [0]

    async def slow(call: Call) -> None:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        await asyncio.sleep(0.05)
        under_way[0] -= 1
        await call.send(answer("well"))

    site.answers |= {f"/{number}": slow for number in range(8)}
    rig.get(*(f"{site.url}/{number}" for number in range(8)), at_once=True)
    assert most == [1]


def test_without_a_delay_public_hosts_are_asked_once_a_second_and_own_ones_at_will(rig: Rig) -> None:
    settings = Settings(home=rig.folder, allow_private_hosts=("127.0.0.1",))
    store = open_store(settings.state_url)

    async def paces() -> list[float]:
        async with Client(settings, Lanes(store), lambda: datetime.now(UTC)) as client:
            return [
                client._pace(url, delay) for url in ("http://a.org/", "http://127.0.0.1:1/") for delay in (None, 3.0)
            ]

    assert asyncio.run(paces()) == [1.0, 3.0, 0.0, 3.0]
    store.close()


def test_connections_are_kept_open_and_none_is_left_behind(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": answer(TEXT) for number in range(30)}
    rig.get(*(f"{site.url}/{number}" for number in range(30)), at_once=True)
    assert site.connections == 1
    until(lambda: site.open_connections == 0)


def test_a_server_that_closes_idle_connections_costs_nothing(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": script(answer("well")) for number in range(5)}  # closes after each answer
    got = rig.get(*(f"{site.url}/{number}" for number in range(5)))
    assert all(isinstance(one, Response) and one.status == 200 for one in got)


def test_a_fetch_that_is_cancelled_gives_lane_and_connection_back(rig: Rig, site: RawSite) -> None:
    settings = Settings(home=rig.folder, allow_private_hosts=("127.0.0.1",))
    store = open_store(settings.state_url)
    spool = Spool(settings.spool, "test", "x")
    site.answers |= {"/a": silent, "/b": answer("well")}

    async def cancel_and_go_on() -> int:
        async with Client(settings, Lanes(store), lambda: datetime.now(UTC), FAST) as client:
            task = asyncio.create_task(client.get(Request(f"{site.url}/a"), spool))
            while "/a" not in site.paths():
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return (await client.get(Request(f"{site.url}/b"), spool)).status

    assert asyncio.run(cancel_and_go_on()) == 200
    until(lambda: site.open_connections == 0)
    spool.close()
    store.close()


# --- TLS -------------------------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str, *, days: int = 1) -> tuple[Path, ssl.SSLContext]:
    """A certificate that vouches for itself, as PEM file and as a server's context."""
    x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography to make certificates")
    import ipaddress

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    kind = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([kind]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}-{days}.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return pem, context


@pytest.mark.parametrize(
    ("name", "days", "trusted", "said"),
    [
        ("127.0.0.1", 1, True, None),
        ("127.0.0.1", 1, False, "self-signed"),
        ("127.0.0.1", -1, True, "expired"),
        ("other.example", 1, True, "mismatch"),
    ],
)
def test_certificates_are_checked(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, days: int, trusted: bool, said: str | None
) -> None:
    pem, context = certificate(tmp_path, name, days=days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with serving(context) as site:
        site.answers["/a"] = answer("well")
        if said is None:
            assert rig.response(f"{site.url}/a").status == 200
            return
        error = rig.unavailable(f"{site.url}/a")
        assert said in str(error).lower()
        assert site.url in str(error)
        assert site.connections <= 1, "a certificate does not become right by asking again"
        assert site.log == []


def test_plain_text_where_tls_is_expected(rig: Rig, site: RawSite) -> None:
    assert site.url.replace("http", "https") in str(rig.unavailable(site.url.replace("http", "https") + "/a"))


def until(claim: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "still not so"
        time.sleep(0.02)
