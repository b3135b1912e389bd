"""The WARC archive: every response is written and fsynced here before anything reads it.

A process writes its own files in the spool, one per source, locked while it lives. At 100 MB, and when the run ends, a
file is closed and moved to the archive URL; what a dead process left is cut behind its last whole record and moved by
the next run. Names are ``SOURCE-STAMP-RANDOM.warc.gz``; in the archive they lie under ``SOURCE/YEAR/``. A pointer names
the file alone, so it stays true through the move. Format: WARC 1.1 (ISO 28500:2017), gzip per record.
"""

from __future__ import annotations

import fcntl
import io
import os
import secrets
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.errors import Unavailable
from pipeline.fetch.encoding import decoded
from pipeline.models import Page, Pointer

ROTATE_BYTES = 100_000_000
#: Headers that describe the transfer, not the payload that is kept; renamed as web archives do.
_TRANSFER_HEADERS = {"transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as they went over the wire but for the transfer encoding."""

    url: str
    method: str
    target: str
    request_headers: tuple[tuple[str, str], ...]
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes  # still in its content encoding
    at: datetime
    truncated: str | None = None  # "length", "time" or "disconnect", as WARC-Truncated has it


class SpoolUnavailable(Unavailable):
    """Nothing can be archived any more, so nothing may be read: the run ends here and goes on when there is room."""


class Spool:
    """The open WARC file of one source; the only writer of that file. Safe to use from several threads."""

    def __init__(self, folder: Path, source: str, software: str) -> None:
        self._folder = folder
        self._source = source
        self._software = software
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._writer: WARCWriter | None = None
        self.path: Path | None = None

    def write(self, exchange: Exchange) -> Pointer:
        """Append request and response and fsync; where the response record lies. Raises SpoolUnavailable (disk full …)."""
        with self._lock:
            try:
                return self._append(exchange)
            except OSError as error:
                self._abandon()
                raise SpoolUnavailable(
                    f"archive: cannot write to {self._folder} ({error.strerror}). Nothing was lost but this page; "
                    "free disk space or make MECMUA_HOME writable, then run again."
                ) from error

    def close(self) -> Path | None:
        """Close the file; its path when it holds anything."""
        with self._lock:
            path, self.path = self.path, None
            if self._file is not None:
                self._file.close()
            self._file = self._writer = None
            return path

    def _append(self, exchange: Exchange) -> Pointer:
        if self._file is None or self._file.tell() > ROTATE_BYTES:
            self._open(exchange.at)
        file, writer, path = self._file, self._writer, self.path
        assert file is not None and writer is not None and path is not None  # noqa: S101  (just opened)
        stamp = exchange.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        response = writer.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.body),
            http_headers=StatusAndHeaders(
                f"{exchange.status} {exchange.reason}".strip(), _kept(exchange.headers), protocol="HTTP/1.1"
            ),
            warc_headers_dict={
                "WARC-Date": stamp,
                **({"WARC-Truncated": exchange.truncated} if exchange.truncated else {}),
            },
        )
        request = writer.create_warc_record(
            exchange.url,
            "request",
            http_headers=StatusAndHeaders(
                f"{exchange.method} {exchange.target} HTTP/1.1", list(exchange.request_headers), is_http_request=True
            ),
            warc_headers_dict={
                "WARC-Date": stamp,
                "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
            },
        )
        writer.write_record(request)
        offset = file.tell()
        writer.write_record(response)
        file.flush()
        os.fsync(file.fileno())
        return Pointer(path.name, offset, response.rec_headers.get_header("WARC-Record-ID"))

    def _open(self, now: datetime) -> None:
        if self._file is not None:
            self._file.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{self._source}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.warc.gz"
        file = path.open("xb")
        fcntl.flock(file, fcntl.LOCK_EX)
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        writer.write_record(
            writer.create_warcinfo_record(path.name, {"software": self._software, "format": "WARC/1.1"})
        )
        self._file, self._writer, self.path = file, writer, path

    def _abandon(self) -> None:
        """After a failed write the tail may be half a record: cut it off and let the next write begin a new file."""
        if self._file is not None:
            with suppress(OSError):  # closing flushes, and a full disk says so again
                self._file.close()
        path, self._file, self._writer, self.path = self.path, None, None, None
        if path is not None and path.exists():
            cut_tail(path)


def _kept(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(f"X-Archive-Orig-{name}" if name.lower() in _TRANSFER_HEADERS else name, value) for name, value in headers]


def cut_tail(path: Path) -> int:
    """Cut a file behind its last whole gzip member; how many bytes went. A kill leaves at most one half record."""
    end = 0
    with path.open("rb") as file:
        for end in _member_ends(file):  # noqa: B007  (the last one is wanted)
            pass
    size = path.stat().st_size
    if end < size:
        os.truncate(path, end)
    return size - end


def _member_ends(file: BinaryIO) -> Iterator[int]:
    position, pending = 0, b""
    while True:
        decoder = zlib.decompressobj(wbits=31)
        try:
            while not decoder.eof:
                chunk = pending or file.read(1 << 20)
                if not chunk:
                    return
                pending = b""
                decoder.decompress(chunk)
                position += len(chunk)
        except zlib.error:
            return
        pending = decoder.unused_data
        position -= len(pending)
        yield position


def settle(spool: Path, archive: str) -> list[str]:
    """Move every closed or orphaned file of the spool to the archive; the names moved. Files in use stay.

    Raises Unavailable when the archive cannot be written; the spool then keeps what it has, for the next run.
    """
    moved = []
    for path in sorted(spool.glob("*.warc.gz")):
        with path.open("rb+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue  # its writer lives
            cut_tail(path)
            if path.stat().st_size:
                _move(path, archive)
                moved.append(path.name)
            path.unlink(missing_ok=True)
    return moved


def _move(path: Path, archive: str) -> None:
    target = location(archive, path.name)
    try:
        filesystem, target_path = fsspec.core.url_to_fs(target)
        filesystem.makedirs(target_path.rpartition("/")[0], exist_ok=True)
        filesystem.put_file(str(path), f"{target_path}.part")
        filesystem.mv(f"{target_path}.part", target_path)
    except Exception as error:
        raise Unavailable(
            f"archive: {path.name} cannot be stored at {archive}: {error}. It stays in the spool; "
            "check MECMUA_ARCHIVE_URL, its credentials and free space."
        ) from error


def location(archive: str, name: str) -> str:
    """Where a WARC file lies in the archive: SOURCE/YEAR/NAME."""
    source, stamp, _random = name.rsplit("-", 2)
    return f"{archive.rstrip('/')}/{source}/{stamp[:4]}/{name}"


@dataclass(frozen=True, slots=True)
class Record:
    """A response record as it lies in the archive; ``body`` is still in its content encoding."""

    url: str
    at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool


def read_record(pointer: Pointer, spool: Path, archive: str) -> Record:
    """The record a pointer names. Raises Unavailable when its file is missing or damaged."""
    try:
        with _open_file(pointer.file, spool, archive) as file:
            file.seek(pointer.offset)
            record = next(iter(ArchiveIterator(file)))
            if record.rec_headers.get_header("WARC-Record-ID") != pointer.record_id:
                raise ArchiveLoadFailed("another record lies there")
            return Record(
                url=record.rec_headers.get_header("WARC-Target-URI"),
                at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
                status=int(record.http_headers.get_statuscode()),
                headers=tuple(record.http_headers.headers),
                body=record.raw_stream.read(),
                truncated=record.rec_headers.get_header("WARC-Truncated") is not None,
            )
    except (OSError, StopIteration, ArchiveLoadFailed, ValueError, AttributeError) as error:
        raise Unavailable(
            f"archive: record {pointer.record_id} in {pointer.file} at {pointer.offset} cannot be read ({error}). "
            "Restore the file to the archive, or let `mecmua doctor --repair` fetch the page again."
        ) from error


def read_page(pointer: Pointer, spool: Path, archive: str) -> Page:
    """The record as a page, its content encoding undone. Raises Unavailable, or Rejected (too_large)."""
    record = read_record(pointer, spool, archive)
    lower = {name.lower(): value for name, value in record.headers}
    body, whole = decoded(record.body, lower.get("content-encoding", ""))
    return Page(
        url=record.url,
        body=body,
        content_type=lower.get("content-type", ""),
        status=record.status,
        headers=record.headers,
        fetched_at=record.at,
        truncated=record.truncated or not whole,
    )


def _open_file(name: str, spool: Path, archive: str) -> Any:
    try:
        return (spool / name).open("rb")
    except FileNotFoundError:
        return _archived(location(archive, name)).open()


@lru_cache(maxsize=64)
def _archived(url: str) -> Any:
    return fsspec.open(url, "rb")
