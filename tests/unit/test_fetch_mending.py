"""Heads of answers as sloppy servers send them, and as they reach the parser."""

from __future__ import annotations

import asyncio

import h11
import httpcore
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.fetch.mending import MendedStream, mended

OK = b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (b"Server : x", b"Server: x"),
        (b"Warning: Cannot modify header information", b"Warning: Cannot modify header information"),
        (b"PHP Notice:  Undefined index", None),
        (b"no colon", None),
        (b": no name", None),
        ("Sunucu-İsmi: x".encode(), None),
        (b"X: a\0b", b"X: ab"),
        (b"Content-Length: +5", b"Content-Length: 5"),
        (b"Content-Length:", None),
        (b"Transfer-Encoding: Identity", None),
        (b"Transfer-Encoding: Chunked", b"Transfer-Encoding: Chunked"),
    ],
)
def test_header_lines(line: bytes, kept: bytes | None) -> None:
    assert mended(b"\r\n".join((OK, b"A: b", line, b"C: d"))) == b"\r\n".join(
        (OK, b"A: b", *([kept] if kept else []), b"C: d")
    )


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        (b"http/1.1 200 OK", OK),
        (b"HTTP/2 200 OK", OK),
        (b"ICY 200 OK", OK),
        (b"HTTP/1.0 404 Not Found", b"HTTP/1.0 404 Not Found"),
        (b"HTTP/1.1 200", b"HTTP/1.1 200 "),
        (b"SSH-2.0-OpenSSH_9.6", b"SSH-2.0-OpenSSH_9.6"),
        (b"HTTP/1.1 20 OK", b"HTTP/1.1 20 OK"),
    ],
)
def test_status_lines(status: bytes, kept: bytes) -> None:
    assert mended(status) == kept


def test_what_is_said_twice_counts_once_and_what_differs_stays() -> None:
    length = (
        OK,
        b"Content-Length: 5",
        b"content-length: 5",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: chunked",
    )
    assert mended(b"\n".join(length)) == b"\r\n".join((OK, b"Content-Length: 5", b"Transfer-Encoding: chunked"))
    smuggled = b"\r\n".join((OK, b"Content-Length: 5", b"Content-Length: 6"))
    assert mended(smuggled) == smuggled
    folded = b"\r\n".join((OK, b"X: a", b" b", b"no colon", b" goes with it", b"C: d"))
    assert mended(folded) == b"\r\n".join((OK, b"X: a", b" b", b"C: d"))


class Told(httpcore.AsyncNetworkStream):
    """A connection that gives these pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Whatever it is."""


async def _everything(stream: MendedStream) -> bytes:
    await stream.write(b"GET / HTTP/1.1\r\n\r\n")
    came = b""
    while piece := await stream.read(7):
        came += piece
    return came


def test_bodies_pass_as_they_come_and_heads_may_follow_heads() -> None:
    said = b"\r\n\r\nHTTP/1.1 103 Early\r\nbad\r\n\r\nhttp/1.1 200 OK\nX : y\n\nA : b\r\n\r\nC : d"
    wanted = b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\nA : b\r\n\r\nC : d"
    for cut in range(1, len(said)):
        assert asyncio.run(_everything(MendedStream(Told(said[:cut], said[cut:])))) == wanted, cut


def test_what_never_ends_is_the_parsers_to_refuse() -> None:
    flood = [b"X: y\r\n" * 10_000] * 10
    assert len(asyncio.run(_everything(MendedStream(Told(OK + b"\r\n", *flood))))) == len(OK) + 2 + 600_000
    assert asyncio.run(_everything(MendedStream(Told(b"HTTP/1.1 200")))) == b"HTTP/1.1 200"


@example([b" goes on from nothing"])
@example([b"X: a\x0bb", b"\tc\x0c"])
@given(st.lists(st.binary(max_size=60), max_size=6))
def test_whatever_lines_there_are_the_parser_takes_them(lines: list[bytes]) -> None:
    fields = [line for line in lines if not line.lower().lstrip().startswith((b"content-length", b"transfer-encoding"))]
    head = mended(b"\r\n".join((OK, *(field.replace(b"\r", b"").replace(b"\n", b"") for field in fields))))
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    parser.receive_data(head + b"\r\n\r\n")
    answer = parser.next_event()
    assert isinstance(answer, h11.Response)
    assert answer.status_code == 200
