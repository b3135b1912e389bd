"""Take payloads out of WARC files that lie in the archive, without moving what stays.

A record is replaced by one of exactly its length: the gzip member of what is left is padded with the comment that RFC
1952 allows in a member's header. So every other record keeps its offset, and pointers, revisit records and indexes made
by others stay true. A file is written as a whole beside the old one and takes its place in one step.
"""

from __future__ import annotations

import io
import os
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import brotli
import fsspec
from fsspec.implementations.local import LocalFileSystem
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders

from pipeline.errors import Rejected, Unavailable
from pipeline.fetch.archive import ASKED_BY, CONVERSION, joined, location
from pipeline.fetch.encoding import decoded

_KEPT = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Target-URI", "WARC-Truncated", "Content-Type")
_HEADER_BYTES, _TRAILER_BYTES = 10, 8


@dataclass(frozen=True, slots=True)
class Seen:
    """One record as the decision sees it; ``body`` has its content encoding undone and is empty for requests;
    ``records``: its own id, and those of the records that it belongs to; ``page``: whose scripts asked for it."""

    kind: str  # WARC-Type
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    records: tuple[str, ...] = ()
    page: str = ""


#: What to do with a record: None keeps it, True takes all of it out, bytes are what is left of its body.
Decision = Callable[[Seen], bool | bytes | None]


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was taken out: whole records, and records of which a part was left."""

    dropped: int = 0
    edited: int = 0

    def __add__(self, other: Erased) -> Erased:
        return Erased(self.dropped + other.dropped, self.edited + other.edited)


def files_of(source: str, spool: Path, archive: str) -> list[str]:
    """The names of a source's WARC files, in the spool and in the archive. Raises Unavailable."""
    local = [path.name for path in spool.glob(f"{source}-*.warc.gz")]
    try:
        filesystem, folder = fsspec.core.url_to_fs(f"{archive.rstrip('/')}/{source}")
        stored = filesystem.find(folder) if filesystem.exists(folder) else []
    except Exception as error:  # every file system of fsspec has exceptions of its own
        raise Unavailable(f"archive: {archive} cannot be listed: {error}. Check MECMUA_ARCHIVE_URL.") from error
    names = {path.rpartition("/")[2] for path in stored} | set(local)
    return sorted(name for name in names if name.endswith(".warc.gz") and name.rsplit("-", 2)[0] == source)


def erase(name: str, spool: Path, archive: str, decide: Decision, now: datetime) -> Erased:
    """Take out of one file what `decide` says. Nobody may be writing it.

    Raises Unavailable; the file is then as it was.
    """
    where = str(spool / name) if (spool / name).exists() else location(archive, name)
    total = Erased()
    pieces: list[bytes] = []
    for raw in _members(_read(where)):
        piece, done = _erased(raw, decide, now)
        pieces.append(piece)
        total += done
    if total != Erased():
        _replace(where, b"".join(pieces))
    return total


def delete(name: str, spool: Path, archive: str) -> None:
    """Delete one file. Raises Unavailable."""
    try:
        (spool / name).unlink(missing_ok=True)
        filesystem, path = fsspec.core.url_to_fs(location(archive, name))
        if filesystem.exists(path):
            filesystem.rm_file(path)
    except Exception as error:  # every file system of fsspec has exceptions of its own
        raise Unavailable(f"archive: {name} cannot be deleted: {error}") from error


# --- files -----------------------------------------------------------------------------------------------------------


def _read(where: str) -> bytes:
    try:
        with fsspec.open(where, "rb") as file:
            content: bytes = file.read()
            return content
    except Exception as error:  # every file system of fsspec has exceptions of its own
        raise Unavailable(f"archive: {where} cannot be read: {error}") from error


def _replace(where: str, content: bytes) -> None:
    """An object store replaces an object at once; in a folder a new file takes the old one's name."""
    try:
        filesystem, path = fsspec.core.url_to_fs(where)
        if not isinstance(filesystem, LocalFileSystem):
            filesystem.pipe_file(path, content)
            return
        beside = Path(f"{path}.part")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except Exception as error:  # every file system of fsspec has exceptions of its own
        raise Unavailable(f"archive: {where} cannot be rewritten: {error}. Free space or check its rights.") from error


def _members(content: bytes) -> Iterator[bytes]:
    """The gzip members of a file, as they lie there; what cannot be read at its end comes as it is."""
    start = 0
    while start < len(content):
        decoder = zlib.decompressobj(wbits=31)
        position = start
        try:
            while not decoder.eof and position < len(content):
                decoder.decompress(content[position : position + (1 << 20)])
                position += 1 << 20
        except zlib.error:
            yield content[start:]
            return
        if not decoder.eof:
            yield content[start:]
            return
        end = min(position, len(content)) - len(decoder.unused_data)
        yield content[start:end]
        start = end


# --- records ---------------------------------------------------------------------------------------------------------


def _erased(raw: bytes, decide: Decision, now: datetime) -> tuple[bytes, Erased]:
    record = _record(raw)
    if record is None or record.rec_type not in ("request", "response", "revisit", CONVERSION):
        return raw, Erased()
    body = record.raw_stream.read()
    verdict = decide(_seen(record, body))
    if verdict is None or verdict is False:
        return raw, Erased()
    if isinstance(verdict, bytes):
        left = _edited(record, verdict, len(raw))
        if left is not None:
            return left, Erased(edited=1)
    return _placeholder(len(raw), now), Erased(dropped=1)


def _record(raw: bytes) -> ArcWarcRecord | None:
    try:
        return next(iter(ArchiveIterator(io.BytesIO(raw))))
    except (ArchiveLoadFailed, StopIteration, ValueError, zlib.error):
        return None


_BELONGS_TO = ("WARC-Record-ID", "WARC-Concurrent-To", "WARC-Refers-To")


def _seen(record: ArcWarcRecord, body: bytes) -> Seen:
    said = record.rec_headers.get_header
    url, headers = said("WARC-Target-URI") or "", tuple(record.http_headers.headers) if record.http_headers else ()
    ids, page = tuple(value for name in _BELONGS_TO if (value := said(name))), said(ASKED_BY) or ""
    if record.rec_type != "response":
        return Seen(record.rec_type, url, headers, b"", ids, page)
    try:
        plain, _ = decoded(body, joined(headers, "content-encoding"))
    except Rejected:
        plain = body
    return Seen("response", url, headers, plain, ids, page)


def _edited(record: ArcWarcRecord, body: bytes, length: int) -> bytes | None:
    """The record with what is left of its body, in exactly `length` bytes; None where it does not fit."""
    for encoding, packed in (("", body), ("br", brotli.compress(body, quality=11))):
        member = _padded(_rewritten(record, packed, encoding), length)
        if member is not None:
            return member
    return None


def _rewritten(record: ArcWarcRecord, body: bytes, encoding: str) -> bytes:
    """The record anew. Without digests: they are optional (WARC 1.1, 5.8), and would take the room of the padding."""
    described = ("content-encoding", "content-length")
    headers = [pair for pair in record.http_headers.headers if pair[0].lower() not in described]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    http = StatusAndHeaders(record.http_headers.statusline, headers, protocol=record.http_headers.protocol)
    block: bytes = http.to_ascii_bytes() + body
    kept = [(name, record.rec_headers.get_header(name)) for name in _KEPT]
    lines = [f"{name}: {value}" for name, value in kept if value]
    return "\r\n".join(("WARC/1.1", *lines, f"Content-Length: {len(block)}", "", "")).encode() + block + b"\r\n\r\n"


def _placeholder(length: int, now: datetime) -> bytes:
    """A record that says that one was erased, and when, in exactly `length` bytes."""
    fields = b"erased: on request\r\n"
    said = (
        f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\n"
        f"WARC-Date: {now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\r\nContent-Type: application/warc-fields\r\n"
        f"Content-Length: {len(fields)}\r\n\r\n"
    ).encode() + fields
    short = b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: 0\r\n\r\n"
    for content in (said + b"\r\n\r\n", short + b"\r\n\r\n"):
        if (member := _padded(content, length)) is not None:
            return member
    raise Unavailable(f"archive: a record of {length} bytes is too short to be replaced; restore the file")


def _padded(content: bytes, length: int) -> bytes | None:
    """A gzip member of exactly `length` bytes (RFC 1952, 2.3): the comment in its header is as long as it takes."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = compressor.compress(content) + compressor.flush()
    room = length - _HEADER_BYTES - len(packed) - _TRAILER_BYTES
    if room < 0:
        return None
    flag, comment = (b"\x10", b" " * (room - 1) + b"\0") if room else (b"\0", b"")
    header = b"\x1f\x8b\x08" + flag + b"\0\0\0\0\x02\xff"
    trailer = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return header + comment + packed + trailer
