"""The WARC archive as it is read: a pointer leads to a record, wherever its file lies by now.

Files are named ``SOURCE-STAMP-RANDOM.warc.gz``. They are written in the spool (see ``spool``) and lie under
``SOURCE/YEAR/`` in the archive once closed; a pointer names the file alone, so it stays true through the move.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
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

#: Headers of a revisit record that say where the record lies which holds its payload.
REFERS_TO_FILE = "WARC-Refers-To-Filename"
REFERS_TO_OFFSET = "WARC-Refers-To-File-Offset"
#: A revisit of a revisit of …; far beyond what a source's nights make, and an end to circles in a damaged archive.
_MAX_REFERENCES = 100


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
        return "sha1:" + base64.b32encode(hashlib.sha1(self.body, usedforsecurity=False).digest()).decode()

    def header(self, name: str) -> str:
        """The values of a header, whatever its case, joined by commas (RFC 9110, 5.3); '' where there is none."""
        return joined(self.headers, name)


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


def read_record(pointer: Pointer, spool: Path, archive: str) -> Record:
    """The answer that a pointer names. A revisit record gives the payload of the record that it refers to, with its own
    instant. Raises Unavailable when a file is missing or damaged."""
    here, at = pointer, None
    for _ in range(_MAX_REFERENCES):
        record, earlier = _load(here, spool, archive)
        at = at or record.at
        if earlier is None:
            return replace(record, at=at)
        here = earlier
    raise Unavailable(
        f"archive: record {pointer.record_id} in {pointer.file} refers in circles: the archive is damaged"
    )


def _load(pointer: Pointer, spool: Path, archive: str) -> tuple[Record, Pointer | None]:
    """A record, and for a revisit the one it refers to."""
    try:
        with _open_file(pointer.file, spool, archive) as file:
            file.seek(pointer.offset)
            record = next(iter(ArchiveIterator(file)))
            said = record.rec_headers.get_header
            if said("WARC-Record-ID") != pointer.record_id:
                raise ArchiveLoadFailed("another record lies there")
            return _record(record), _reference(record)
    except (OSError, StopIteration, ArchiveLoadFailed, ValueError, AttributeError, TypeError, zlib.error) as error:
        raise Unavailable(
            f"archive: record {pointer.record_id} in {pointer.file} at {pointer.offset} cannot be read ({error}). "
            "Restore the file to the archive, or let `mecmua doctor --repair` fetch the page again."
        ) from error


def _record(record: ArcWarcRecord) -> Record:
    said = record.rec_headers.get_header
    return Record(
        url=said("WARC-Target-URI"),
        at=datetime.fromisoformat(said("WARC-Date")),
        status=int(record.http_headers.get_statuscode()),
        headers=tuple(record.http_headers.headers),
        body=record.raw_stream.read(),
        truncated=said("WARC-Truncated") is not None,
    )


def _reference(record: ArcWarcRecord) -> Pointer | None:
    if record.rec_type != "revisit":
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
