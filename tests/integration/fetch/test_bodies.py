"""Bodies in every encoding and framing, whole, cut, endless or slow."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
import zstandard

from pipeline.errors import Rejected
from pipeline.models import Response
from tests.integration.fetch.fetching import FAST, TEXT, Rig, drip_body, endless, in_turn, script, silent, until
from tests.integration.raw_server import Call, RawSite, answer, chunk, head


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


async def drip_headers(call: Call) -> None:
    await call.send(b"HTTP/1.1 200 OK\r\nX: ")
    await call.drip(b"x", 0.05)


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
