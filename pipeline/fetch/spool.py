"""Where WARC files are written: every response is here, and fsynced, before anything reads it.

A process writes its own files in the spool, one per source, locked while it lives. At 100 MB, and when the run ends, a
file is closed and moved to the archive; what a dead process left is cut behind its last whole record and moved by the
next run. Format: WARC 1.1 (ISO 28500:2017), gzip per record.
"""

from __future__ import annotations

import fcntl
import gzip
import io
import mmap
import os
import secrets
import shutil
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem
from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.errors import Unavailable
from pipeline.fetch.archive import (
    ASKED_BY,
    CONVERSION,
    REFERS_TO_FILE,
    REFERS_TO_OFFSET,
    RENDERED,
    Exchange,
    digest_of,
    location,
)
from pipeline.models import Held, Pointer

ROTATE_BYTES = 100_000_000
#: warcio's own is 9: three times the time for a file that is 5 % smaller, a fifth of what reading a page costs.
_LEVEL = 4
_RECORDS = RecordBuilder(warc_version="WARC/1.1")
_IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


class SpoolUnavailable(Unavailable):
    """Nothing can be archived any more, so nothing may be read: the run ends here and goes on when there is room."""


@dataclass(slots=True)
class _Open:
    """An open WARC file. ``synced``: up to where it is certainly on the disk."""

    path: Path
    file: BinaryIO
    written: int = 0
    synced: int = 0
    broken: OSError | None = None


class Spool:
    """The open WARC file of one source; the only writer of that file. Safe to use from several threads.

    Writers that come at once share one fsync: each returns when its own record is on the disk.
    """

    def __init__(self, folder: Path, source: str, software: str, rotate_bytes: int = ROTATE_BYTES) -> None:
        self._folder = folder
        self._source = source
        self._software = software
        self._rotate_bytes = rotate_bytes
        self._lock = threading.Lock()  # order of locks: this one first
        self._sync_lock = threading.Lock()
        self._open: _Open | None = None
        self._closed = False

    def write(self, exchange: Exchange, held: Held | None = None, page: str | None = None) -> Pointer:
        """Append request and response and fsync; where the response lies.

        What is as it was in `held` (304, or the same bytes) becomes a ``revisit`` record without a payload; reading it
        gives the held one's. `page`: the page whose scripts asked for it. Raises SpoolUnavailable (disk full …).
        """
        return self._written(exchange.at, lambda opened: _write_pair(opened, exchange, held, page))

    def write_rendered(self, url: str, document: bytes, of: Pointer, at: datetime) -> Pointer:
        """Append a page as a browser made it of the answer at `of`, as a ``conversion`` record, and fsync. Reading it
        gives the document with that answer's status and headers. Raises SpoolUnavailable."""
        return self._written(at, lambda opened: _write_conversion(opened, url, document, of, at))

    def _written(self, at: datetime, write: Callable[[_Open], Pointer]) -> Pointer:
        try:
            with self._lock:
                opened, pointer = self._append(at, write)
                end = opened.written
            self._sync(opened, end)
        except OSError as error:
            raise SpoolUnavailable(
                f"archive: cannot write to {self._folder} ({error.strerror}). Nothing was lost but this page; "
                "free disk space or make MECMUA_HOME writable, then run again."
            ) from error
        return pointer

    def close(self) -> None:
        """Close the file, so that `settle` may move it; what is written afterwards is refused."""
        with self._lock:
            self._closed = True
            self._retire()

    def _append(self, at: datetime, write: Callable[[_Open], Pointer]) -> tuple[_Open, Pointer]:
        if self._closed:
            raise OSError(0, "the run has ended")
        if self._open is None or self._open.written > self._rotate_bytes:
            self._retire()
            self._open = _create(self._folder, self._source, self._software, at)
        opened = self._open
        try:
            pointer = write(opened)
            opened.file.flush()
            opened.written = opened.file.tell()
        except OSError as error:
            self._abandon(opened, error)
            raise
        return opened, pointer

    def _sync(self, opened: _Open, end: int) -> None:
        with self._sync_lock:
            if opened.broken:
                raise opened.broken
            if opened.synced < end:
                written = opened.written
                os.fsync(opened.file.fileno())
                opened.synced = written

    def _retire(self) -> None:
        """Bring the current file to the disk and close it."""
        opened, self._open = self._open, None
        if opened is not None:
            with suppress(OSError):  # whoever waits for a record in it is told by `broken`
                self._finish(opened)

    def _finish(self, opened: _Open) -> None:
        with self._sync_lock:
            try:
                os.fsync(opened.file.fileno())
                opened.synced = opened.written
            except OSError as error:
                opened.broken = error
            opened.file.close()

    def _abandon(self, opened: _Open, error: OSError) -> None:
        """After a failed write the tail may be half a record: cut it off and let the next write begin a new file."""
        self._open = None
        with self._sync_lock:
            opened.broken = error
            with suppress(OSError):  # closing flushes, and a full disk says so again
                opened.file.close()
        if opened.path.exists():
            cut_tail(opened.path)


def _create(folder: Path, source: str, software: str, now: datetime) -> _Open:
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        path = folder / f"{source}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.warc.gz"
        file = path.open("xb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():
            break
        file.close()  # another run's `settle` took the empty file away before it was locked
    _sync_folder(folder)
    opened = _Open(path, file)
    info = {"software": software, "format": "WARC File Format 1.1"}
    _put(opened, _RECORDS.create_warcinfo_record(path.name, info))
    return opened


def _sync_folder(folder: Path) -> None:
    """A new file's name must survive a power cut as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- records ---------------------------------------------------------------------------------------------------------


def _write_pair(opened: _Open, exchange: Exchange, held: Held | None, page: str | None) -> Pointer:
    headers = {"WARC-Date": _stamp(exchange.at), **({ASKED_BY: page} if page else {})}
    if exchange.truncated:
        headers["WARC-Truncated"] = exchange.truncated
    profile = _profile(exchange, held)
    if profile is not None and held is not None:
        record = _revisit(exchange, held, profile, headers)
    else:
        record = _RECORDS.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.body),
            length=len(exchange.body),  # unknown, warcio would copy the body to a temporary file
            http_headers=_answer_headers(exchange),
            warc_headers_dict={**headers, "WARC-Payload-Digest": exchange.digest},
        )
    record_id = record.rec_headers.get_header("WARC-Record-ID")
    _put(opened, _request(exchange, {**headers, "WARC-Concurrent-To": record_id}))
    return Pointer(opened.path.name, _put(opened, record), record_id)


def _put(opened: _Open, record: Any) -> int:
    """Write a record as a gzip member of its own; the offset where it begins."""
    plain = io.BytesIO()
    WARCWriter(plain, gzip=False, warc_version="1.1").write_record(record)
    offset = opened.file.tell()
    opened.file.write(gzip.compress(plain.getvalue(), _LEVEL, mtime=0))
    return offset


def _write_conversion(opened: _Open, url: str, document: bytes, of: Pointer, at: datetime) -> Pointer:
    record = _RECORDS.create_warc_record(
        url,
        CONVERSION,
        payload=io.BytesIO(document),
        length=len(document),
        warc_content_type=RENDERED,
        warc_headers_dict={
            "WARC-Date": _stamp(at),
            "WARC-Payload-Digest": digest_of(document),
            "WARC-Refers-To": of.record_id,
            REFERS_TO_FILE: of.file,
            REFERS_TO_OFFSET: str(of.offset),
        },
    )
    return Pointer(opened.path.name, _put(opened, record), record.rec_headers.get_header("WARC-Record-ID"))


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _profile(exchange: Exchange, held: Held | None) -> str | None:
    """Which kind of revisit an answer is (WARC 1.1, 6.7), or None: it stands for itself."""
    if held is None:
        return None
    if exchange.status == 304:
        return _NOT_MODIFIED
    same = exchange.status == 200 and exchange.digest == held.payload_digest and not exchange.truncated
    return _IDENTICAL if same and exchange.body else None


def _revisit(exchange: Exchange, held: Held, profile: str, headers: dict[str, str]) -> Any:
    refers = {
        "WARC-Profile": profile,
        "WARC-Refers-To": held.record.record_id,
        "WARC-Refers-To-Target-URI": held.url,
        # not in the standard, but what Heritrix writes: where the payload lies, without an index of all records
        REFERS_TO_FILE: held.record.file,
        REFERS_TO_OFFSET: str(held.record.offset),
    }
    if held.at:
        refers["WARC-Refers-To-Date"] = _stamp(held.at)
    if held.payload_digest:
        refers["WARC-Payload-Digest"] = held.payload_digest
    return _RECORDS.create_warc_record(
        exchange.url,
        "revisit",
        http_headers=_answer_headers(exchange),
        warc_headers_dict={**headers, **refers},
    )


def _request(exchange: Exchange, headers: dict[str, str]) -> Any:
    line = f"{exchange.method} {exchange.target} HTTP/1.1"
    return _RECORDS.create_warc_record(
        exchange.url,
        "request",
        http_headers=StatusAndHeaders(line, list(exchange.request_headers), is_http_request=True),
        warc_headers_dict={name: value for name, value in headers.items() if name != "WARC-Truncated"},
    )


def _answer_headers(exchange: Exchange) -> StatusAndHeaders:
    headers = [(_kept_name(name), _readable(value)) for name, value in exchange.headers]
    reason = exchange.reason.encode("ascii", "replace").decode()  # warcio writes ASCII alone
    return StatusAndHeaders(f"{exchange.status} {reason}".strip(), headers, protocol=exchange.protocol)


def _kept_name(name: str) -> str:
    """The body is kept without its transfer encoding; that header is renamed, as other web archives do."""
    return f"X-Archive-Orig-{name}" if name.lower() == "transfer-encoding" else name


def _readable(value: str) -> str:
    """Header bytes beyond ASCII are UTF-8 in the wild, whatever RFC 9110 says; warcio percent-encodes what is left."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


# --- closed files ----------------------------------------------------------------------------------------------------


def cut_tail(path: Path) -> int:
    """Cut a file behind its last whole gzip member; how many bytes went. A kill leaves at most one half record.

    Where whole records follow on damaged bytes, it was no kill that made them: the file stays as it is.
    """
    end = 0
    with path.open("rb") as file:
        for end in _member_ends(file):  # noqa: B007  (the last one is wanted)
            pass
    size = path.stat().st_size
    if end < size and not _resumes(path, end):
        os.truncate(path, end)
        return size - end
    return 0


_MEMBER = b"\x1f\x8b\x08"  # RFC 1952, 2.3.1: magic number and the only method there is


def _resumes(path: Path, damaged: int) -> bool:
    """Whether a whole gzip member lies somewhere behind damaged bytes."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = content.find(_MEMBER, damaged + 1)
        while start >= 0:
            file.seek(start)
            if next(_member_ends(file), None) is not None:
                return True
            start = content.find(_MEMBER, start + 1)
    return False


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

    Several runs may do this at once. Raises Unavailable when the archive cannot be written; the spool then keeps what
    it has, for the next run.
    """
    moved = []
    for path in sorted(spool.glob("*.warc.gz")):
        try:
            with path.open("rb+") as file:
                if _is_ours(file, path) and _settle_one(path, archive):
                    moved.append(path.name)
        except FileNotFoundError:
            continue  # another run was quicker
        except OSError as error:
            raise Unavailable(f"archive: {path} cannot be read ({error.strerror}); is the spool writable?") from error
    return moved


def _is_ours(file: BinaryIO, path: Path) -> bool:
    """True when nobody writes the file and nobody took it away before it was locked."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return path.exists()


def _settle_one(path: Path, archive: str) -> bool:
    cut_tail(path)
    holds_something = path.stat().st_size > 0
    if holds_something:
        _move(path, archive)
    path.unlink(missing_ok=True)
    return holds_something


def _move(path: Path, archive: str) -> None:
    """Bring a file to the archive. Readers look in the spool first, so a copy that breaks off harms nobody."""
    try:
        filesystem, target = fsspec.core.url_to_fs(location(archive, path.name))
        filesystem.makedirs(target.rpartition("/")[0], exist_ok=True)
        if isinstance(filesystem, LocalFileSystem):
            _move_here(path, Path(target))
            return
        filesystem.put_file(str(path), target)
        filesystem.invalidate_cache()
        stored = filesystem.info(target)["size"]
        if stored != path.stat().st_size:
            raise OSError(f"{stored} of {path.stat().st_size} bytes arrived")
    except Exception as error:  # every file system of fsspec has exceptions of its own
        raise Unavailable(
            f"archive: {path.name} cannot be stored at {archive}: {error}. It stays in the spool; "
            "check MECMUA_ARCHIVE_URL, its credentials and free space."
        ) from error


def _move_here(path: Path, target: Path) -> None:
    try:
        path.replace(target)  # nothing is copied within one file system
    except OSError:
        shutil.copyfile(path, target)
        with target.open("rb+") as copy:
            os.fsync(copy.fileno())
    _sync_folder(target.parent)
