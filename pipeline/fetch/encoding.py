"""Content encodings undone within bounds: a few kilobytes of gzip can hold gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli
import zstandard

from pipeline.errors import Rejected

MAX_DECODED = 64_000_000
ACCEPTED = "gzip, deflate, br, zstd"
_STEP = 1 << 16
#: A block of four bytes can stand for 128 KB (RFC 8878, 3.1.1.2), so a step of this many gives at most 16 MB.
_ZSTD_STEP = 512
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_MAX_LAYERS = 3


def decoded(body: bytes, encodings: str, limit: int = MAX_DECODED) -> tuple[bytes, bool]:
    """The payload, and whether it was whole. Raises Rejected (too_large) beyond `limit` bytes, (bad_encoding) for more
    layers than anybody means.

    Encodings are undone in reverse order of the header (RFC 9110, 8.4). A damaged end gives what came before it; bytes
    that are not in the encoding they claim are taken as they are, as browsers do.
    """
    layers = [undo for part in encodings.split(",") if (undo := _DECODERS.get(part.strip().lower()))]
    if len(layers) > _MAX_LAYERS:
        raise Rejected("bad_encoding", f"the body is compressed {len(layers)} times over")
    whole = True
    for undo in reversed(layers):
        if body:
            body, complete = undo(body, limit)
            whole = whole and complete
    return body, whole


def _bounded(pieces: bytearray, limit: int) -> None:
    if len(pieces) > limit:
        raise Rejected("too_large", f"the body unpacks to more than {limit // 1_000_000} MB")


def _zlib(body: bytes, limit: int, wbits: int) -> tuple[bytes, bool]:
    out, pending = bytearray(), body
    while pending:
        decoder = zlib.decompressobj(wbits)
        try:
            while pending and not decoder.eof:
                out += decoder.decompress(pending, _STEP * 16)
                _bounded(out, limit)
                pending = decoder.unconsumed_tail
            out += decoder.flush()  # what the last step had no room for
        except zlib.error:
            return (bytes(out), False) if out else (body, True)
        if not decoder.eof:
            return bytes(out), False
        pending = decoder.unused_data if wbits == 31 and decoder.unused_data[:2] == b"\x1f\x8b" else b""
    return bytes(out), True


def _gzip(body: bytes, limit: int) -> tuple[bytes, bool]:
    return _zlib(body, limit, 31)


def _deflate(body: bytes, limit: int) -> tuple[bytes, bool]:
    # "deflate" is zlib (RFC 9110), but some servers send it raw
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0  # RFC 1950, 2.2
    return _zlib(body, limit, 15 if is_zlib else -15)


def _brotli(body: bytes, limit: int) -> tuple[bytes, bool]:
    decoder, out = brotli.Decompressor(), bytearray()
    try:
        for start in range(0, len(body), _STEP):
            out += decoder.process(body[start : start + _STEP], output_buffer_limit=limit + 1)
            _bounded(out, limit)
            while not decoder.can_accept_more_data():
                out += decoder.process(b"", output_buffer_limit=limit + 1)
                _bounded(out, limit)
            if decoder.is_finished():
                break  # bytes behind the end are nobody's
    except brotli.error:
        return (bytes(out), False) if out else (body, True)
    return bytes(out), decoder.is_finished()


def _zstd(body: bytes, limit: int) -> tuple[bytes, bool]:
    # 8 MB is the window that RFC 8878 asks decoders to support; more is a memory bomb
    context, out, pending = zstandard.ZstdDecompressor(max_window_size=8 << 20), bytearray(), body
    try:
        while True:
            frame = context.decompressobj()
            start = 0
            while not frame.eof:
                if start >= len(pending):
                    return bytes(out), False
                out += frame.decompress(pending[start : start + _ZSTD_STEP])
                _bounded(out, limit)
                start += _ZSTD_STEP
            pending = frame.unused_data + pending[start:]
            if pending[:4] != _ZSTD_MAGIC:  # bytes behind the end are nobody's
                return bytes(out), True
    except zstandard.ZstdError:
        return (bytes(out), False) if out else (body, True)


_DECODERS: dict[str, Callable[[bytes, int], tuple[bytes, bool]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
