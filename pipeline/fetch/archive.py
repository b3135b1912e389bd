"""The WARC archive as it is read: a pointer leads to a record, wherever its file lies by now.

Files are named ``SOURCE-STAMP-RANDOM.warc.gz``. They are written in the spool (see ``spool``) and lie under
``SOURCE/YEAR/`` in the archive once closed; a pointer names the file alone, so it stays true through the move.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from pipeline.errors import Unavailable
from pipeline.fetch.encoding import decoded
from pipeline.models import Page, Pointer, replace

#: The WARC-Type of a page as a browser made it (WARC 1.1, 6.8), and the type of its content.
CONVERSION, RENDERED = "conversion", "text/html; charset=utf-8"
#: Headers of a revisit or conversion record that say where the record lies which it refers to.
REFERS_TO_FILE = "WARC-Refers-To-Filename"
REFERS_TO_OFFSET = "WARC-Refers-To-File-Offset"
#: Header (of ours) of what a page's scripts asked for: that page's address.
ASKED_BY = "Mecmua-Page-URI"
#: A revisit of a revisit of …; far beyond what a source's nights make, and an end to circles in a damaged archive.
_MAX_REFERENCES = 100


class RecordLost(Unavailable):
    """The archive answers, but this record is not in it as it was written: what it held must be fetched again."""

    def __init__(self, message: str, pointer: Pointer | None = None) -> None:
        super().__init__(message)  # alone, so that it survives the way back from a worker process
        self.pointer = pointer


@dataclass(frozen=True)
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
    protocol: str = "HTTP/1.1"
    truncated: str | None = None  # "length", "time", "disconnect" or "unspecified", as WARC-Truncated has it

    @cached_property
    def digest(self) -> str:
        """WARC-Payload-Digest of the body: SHA-1 in base32, as web archives write it."""
        return digest_of(self.body)

    def header(self, name: str) -> str:
        """The values of a header, whatever its case, joined by commas (RFC 9110, 5.3); '' where there is none."""
        return joined(self.headers, name)


def digest_of(body: bytes) -> str:
    """WARC-Payload-Digest of these bytes."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def joined(headers: tuple[tuple[str, str], ...], name: str) -> str:
    """The values of a header, joined by commas (RFC 9110, 5.3)."""
    return ", ".join(value for key, value in headers if key.lower() == name)


def location(archive: str, name: str) -> str:
    """Where a WARC file lies in the archive: SOURCE/YEAR/NAME."""
    source, stamp, _random = name.rsplit("-", 2)
    return f"{archive.rstrip('/')}/{source}/{stamp[:4]}/{name}"


@dataclass(frozen=True, slots=True)
class Record:
    """An answer as it lies in the archive; ``body`` is still in its content encoding."""

    url: str
    at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool
    kind: str = "response"  # WARC-Type


def read_record(pointer: Pointer, spool: Path, archive: str) -> Record:
    """The answer that a pointer names. A revisit record gives the payload of the record that it refers to, with its own
    instant; a conversion (a page as a browser made it) has the status and headers of the answer it was made of. Raises
    RecordLost (with this pointer) when a file is missing, cut or damaged, and Unavailable when the archive cannot be
    asked."""
    here, latest = pointer, None
    try:
        for _ in range(_MAX_REFERENCES):
            record, earlier = _load(here, spool, archive)
            latest = latest or record
            if earlier is None:
                return _made(latest, record) if latest.kind == CONVERSION else replace(record, at=latest.at)
            here = earlier
        raise ArchiveLoadFailed("it refers in circles")
    except (*_DAMAGE, OSError) as error:
        where = f"archive: record {here.record_id} in {here.file} at {here.offset}"
        if isinstance(error, OSError) and not (isinstance(error, FileNotFoundError) and _is_there(archive)):
            raise Unavailable(f"{where} cannot be read ({error}). Check MECMUA_ARCHIVE_URL and MECMUA_HOME.") from error
        raise RecordLost(
            f"{where} cannot be read: it is missing or damaged ({error or type(error).__name__}). "
            "Restore the file to the archive, or let `mecmua doctor --repair` fetch the page again.",
            pointer,
        ) from error


#: What bytes that are no record make the reader raise.
_DAMAGE = (StopIteration, ArchiveLoadFailed, ValueError, AttributeError, TypeError, EOFError, zlib.error)


def _load(pointer: Pointer, spool: Path, archive: str) -> tuple[Record, Pointer | None]:
    """A record, and for a revisit the one it refers to."""
    with _open_file(pointer.file, spool, archive) as file:
        file.seek(pointer.offset)
        record = next(iter(ArchiveIterator(file)))
        if record.rec_headers.get_header("WARC-Record-ID") != pointer.record_id:
            raise ArchiveLoadFailed("another record lies there")
        return _record(record), _reference(record)


def payload_of(record: ArcWarcRecord) -> bytes:
    """A record's payload, as its digest says. Raises ArchiveLoadFailed for one that was cut or damaged."""
    body: bytes = record.raw_stream.read()
    if record.raw_stream.limit:  # warcio gives what is left of a record that was cut, without a word
        raise ArchiveLoadFailed(f"{record.raw_stream.limit} bytes of it are missing")
    wanted = record.rec_type in ("response", CONVERSION)
    digest = record.rec_headers.get_header("WARC-Payload-Digest") if wanted else None
    if digest and digest != digest_of(body):
        raise ArchiveLoadFailed("its bytes are not those that were written")
    return body


def _record(record: ArcWarcRecord) -> Record:
    said, http = record.rec_headers.get_header, record.http_headers
    body = payload_of(record)
    return Record(
        url=said("WARC-Target-URI"),
        at=datetime.fromisoformat(said("WARC-Date")),
        # a conversion has none of its own
        status=0 if record.rec_type == CONVERSION else int(http.get_statuscode()),
        headers=() if record.rec_type == CONVERSION else tuple(http.headers),
        body=body,
        truncated=said("WARC-Truncated") is not None,
        kind=record.rec_type,
    )


def _made(conversion: Record, served: Record) -> Record:
    """A document that was made of an answer: that one's status and headers, but for what they say of its bytes."""
    kept = [pair for pair in served.headers if pair[0].lower() not in ("content-encoding", "content-type")]
    return replace(conversion, status=served.status, headers=(*kept, ("Content-Type", RENDERED)))


def _reference(record: ArcWarcRecord) -> Pointer | None:
    if record.rec_type not in ("revisit", CONVERSION):
        return None
    said = record.rec_headers.get_header
    return Pointer(said(REFERS_TO_FILE), int(said(REFERS_TO_OFFSET)), said("WARC-Refers-To"))


def read_page(pointer: Pointer, spool: Path, archive: str) -> Page:
    """The answer as a page, its content encoding undone. Raises Unavailable, or Rejected (too_large)."""
    record = read_record(pointer, spool, archive)
    body, whole = decoded(record.body, joined(record.headers, "content-encoding"))
    kind = next((value for name, value in record.headers if name.lower() == "content-type"), "")
    return Page(
        url=record.url,
        body=body,
        content_type=kind,
        status=record.status,
        headers=record.headers,
        fetched_at=record.at,
        truncated=record.truncated or not whole,
    )


def _open_file(name: str, spool: Path, archive: str) -> Any:
    try:
        return (spool / name).open("rb")
    except FileNotFoundError:
        return _open_archived(location(archive, name))


def _open_archived(url: str) -> Any:
    """Raises OSError, whatever the file system behind the URL raises."""
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
        # a record is some kilobytes: object stores would read ahead by many megabytes
        return filesystem.open(path, "rb", block_size=1 << 20)
    except OSError:
        raise
    except Exception as error:  # every file system of fsspec has exceptions of its own
        raise OSError(f"{url}: {error}") from error


def _is_there(archive: str) -> bool:
    """True when the archive itself answers, so that a file which is not in it is really missing (and not the disk)."""
    with suppress(Exception):  # every file system of fsspec has exceptions of its own
        filesystem, folder = fsspec.core.url_to_fs(archive)
        return bool(filesystem.exists(folder))
    return False
