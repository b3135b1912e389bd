"""The heads of HTTP/1 answers as they were meant: what sloppy servers send is put right before a strict parser sees it.

Browsers pass over a header line that is none ("Server : x", PHP's warnings, letters beyond ASCII in a name); h11
refuses the whole answer. Nothing that says where a body ends is guessed: two lengths that differ stay an error (RFC
9112, 6.3).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

_MAX_HEAD = 200_000  # a longer head is the parser's to refuse
_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"(?:HTTP/\d(?:\.\d)?|ICY)[ \t]+(\d{3})(?!\d)[ \t]*(.*)", re.IGNORECASE)
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, 5.6.2
_FRAMING = (b"content-length", b"transfer-encoding")


class MendedStream(httpcore.AsyncNetworkStream):
    """A connection whose answers' heads are mended; bodies pass as they come."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._awaits_head = False
        self._ready = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._ready and self._awaits_head:
            self._ready = await self._head(max_bytes, timeout)
        if self._ready:
            piece, self._ready = self._ready[:max_bytes], self._ready[max_bytes:]
            return piece
        return await self._inner.read(max_bytes, timeout)

    async def _head(self, max_bytes: int, timeout: float | None) -> bytes:
        """Everything up to the end of the next final head, mended, with what came behind it."""
        done, came = b"", b""
        while len(done) + len(came) < _MAX_HEAD:
            came = came.lstrip(b"\r\n")
            end = _END.search(came)
            if end:
                head, came = mended(came[: end.start()]), came[end.end() :]
                done += head + b"\r\n\r\n"
                if not head.startswith(b"HTTP/1.1 1"):  # else an interim answer: another follows
                    break
                continue
            piece = await self._inner.read(max_bytes, timeout)
            if not piece:
                break
            came += piece
        self._awaits_head = False
        return done + came

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._awaits_head = True
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return MendedStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def mended(head: bytes) -> bytes:
    """A head without its last line end: status line and header lines that a strict parser takes, if it has any."""
    status, *lines = re.split(rb"\r?\n", head)
    found = _STATUS.fullmatch(status)
    if found is None:
        return head  # no HTTP at all: for the parser to say so
    version = b"HTTP/1.0" if status[:8].upper() == b"HTTP/1.0" else b"HTTP/1.1"
    first = b"%s %s %s" % (version, found[1], _without_controls(found[2]))
    return b"\r\n".join((first, *_fields(lines)))


def _fields(lines: Iterable[bytes]) -> Iterable[bytes]:
    framing: set[bytes] = set()
    taken = False  # nothing that the first line could go on from
    for line in lines:
        if line[:1] in (b" ", b"\t"):  # goes on where the last one ended
            if taken:
                yield _without_controls(line)
            continue
        name, colon, value = line.partition(b":")
        name, value = name.rstrip(b" \t"), _without_controls(value).strip(b" \t")
        taken = bool(colon and _NAME.match(name)) and _counts(name.lower(), value, framing)
        if taken:
            yield name + b": " + (value.lstrip(b"+") if name.lower() == b"content-length" else value)


def _counts(name: bytes, value: bytes, framing: set[bytes]) -> bool:
    """Whether a field says something: an empty length and the encoding "identity" do not, nor what was said before."""
    if name not in _FRAMING:
        return True
    said = name + b":" + value.lower()
    if not value or said == b"transfer-encoding:identity" or said in framing:
        return False
    framing.add(said)
    return True


def _without_controls(value: bytes) -> bytes:
    return value.translate(None, b"\0\r\n\v\f")
