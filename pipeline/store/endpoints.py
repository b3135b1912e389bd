"""What earlier runs know of each endpoint: validators for the next conditional request, and how far they read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from pipeline.models import Pointer, Response, Validators
from pipeline.store.schema import endpoints


@dataclass(frozen=True, slots=True)
class EndpointState:
    """One request URL of a source's discovery. ``complete``: it was once read to its end."""

    url: str
    validators: Validators | None = None
    payload_digest: str | None = None
    complete: bool = False
    full_at: datetime | None = None  # when it was last read from end to end
    newest: datetime | None = None
    checked_at: datetime | None = None
    problem: str | None = None
    record: Pointer | None = None  # its last answer that could be read; a 304 means that it still holds


def get(connection: Connection, source: str) -> dict[str, EndpointState]:
    """All endpoints of a source that were ever asked, by URL."""
    rows = connection.execute(select(endpoints).where(endpoints.c.source == source))
    return {
        row.url: EndpointState(
            row.url,
            Validators(row.etag, row.last_modified) if row.etag or row.last_modified else None,
            row.payload_digest,
            row.complete,
            row.full_at,
            row.newest,
            row.checked_at,
            row.problem,
            Pointer(row.page_file, row.page_offset, row.page_id) if row.page_file else None,
        )
        for row in rows
    }


def note_answer(connection: Connection, source: str, url: str, response: Response, problem: str | None) -> None:
    """What an endpoint answered. Validators are kept only with an answer that could be read: a 304 later must never
    stand for candidates that nobody took down."""
    values = {"checked_at": response.fetched_at, "http_status": response.status, "problem": problem}
    if response.status == 200 and problem is None and response.record is not None:
        values |= {
            "etag": response.header("etag"),
            "last_modified": response.header("last-modified"),
            "payload_digest": response.payload_digest,
            "page_file": response.record.file,
            "page_offset": response.record.offset,
            "page_id": response.record.record_id,
        }
    _upsert(connection, source, url, values)


def note_watermark(
    connection: Connection, source: str, url: str, newest: datetime | None, *, full_at: datetime | None
) -> None:
    """An endpoint was read to its end; `newest` is the latest modification named, `full_at` set when it named all."""
    values: dict[str, object] = {"complete": True, "newest": newest}
    _upsert(connection, source, url, values | ({"full_at": full_at} if full_at else {}))


def ask_anew(connection: Connection, source: str) -> None:
    """Forget what the endpoints of a source answered, so that they are read from the beginning."""
    connection.execute(endpoints.delete().where(endpoints.c.source == source))


def _upsert(connection: Connection, source: str, url: str, values: dict[str, object]) -> None:
    here = (endpoints.c.source == source) & (endpoints.c.url == url)
    if not connection.execute(endpoints.update().where(here).values(**values)).rowcount:
        connection.execute(endpoints.insert().values(source=source, url=url, **{"complete": False, **values}))
