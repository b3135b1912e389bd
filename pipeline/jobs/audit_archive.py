"""The archive against the state's pointers: records that are missing or damaged, and files that nobody points to."""

from __future__ import annotations

import io
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import fsspec
from sqlalchemy import Connection, Table, select, update
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipeline.errors import Unavailable
from pipeline.fetch.archive import location, payload_of, read_record
from pipeline.fetch.spool import settle
from pipeline.jobs.findings import REPAIR, Finding, found
from pipeline.models import Pointer
from pipeline.settings import Settings
from pipeline.store import endpoints as endpoint_store
from pipeline.store import urls as url_store
from pipeline.store.database import Store
from pipeline.store.schema import endpoints, revisions, urls


@dataclass(frozen=True, slots=True)
class Held:
    """One pointer of the state: which table and column prefix holds it, and of what."""

    table: str
    prefix: str
    owner: tuple[str, ...]
    pointer: Pointer


def audit(settings: Settings, store: Store, now: datetime, *, repair: bool) -> tuple[list[Finding], dict[str, int]]:
    """What is wrong with the archive. Raises Unavailable when it cannot be listed."""
    orphans = _orphans(settings, repair=repair)
    with store.read() as connection:
        pointers = [*_pointers(connection), *_further(connection)]
    by_file: dict[str, list[Held]] = defaultdict(list)
    for held in pointers:
        by_file[held.pointer.file].append(held)
    broken = [held for name, group in sorted(by_file.items()) for held in _broken(name, group, settings)]
    names = _names(settings)
    findings = [*orphans, *_reported(store, broken, now, repair=repair), *_adopted(store, broken, repair=repair)]
    unnamed = sorted(names - by_file.keys())
    findings += found(
        "unreferenced_file",
        "WARC files hold nothing that the state points to (robots.txt, redirects, pages since replaced)",
        unnamed,
        "nothing: they are what was seen",
        wrong=False,
    )
    return findings, {"pointers": len(pointers), "WARC files": len(names)}


def _orphans(settings: Settings, *, repair: bool) -> list[Finding]:
    left = sorted(path.name for path in settings.spool.glob("*.warc.gz"))
    if not left:
        return []
    moved = settle(settings.spool, settings.archive) if repair else []
    return found(
        "spool_file",
        "files lie in the spool (of a run that works, or of one that died)",
        moved if repair else left,
        "the next crawl moves what a dead run left",
        wrong=False,
        repaired=repair,
    )


# --- pointers --------------------------------------------------------------------------------------------------------

_HOLDERS: tuple[tuple[Table, str, tuple[str, ...]], ...] = (
    (urls, "page", ("key",)),
    (urls, "rest", ("key",)),
    (revisions, "page", ("article_id", "number")),
    (endpoints, "page", ("source", "url")),
)


#: Where the pointers of further pages and PDFs lie: in a revision, without columns of their own.
_FURTHER = "further"


def _pointers(connection: Connection) -> Iterator[Held]:
    for table, prefix, key in _HOLDERS:
        file, offset, identity = (table.c[f"{prefix}_{part}"] for part in ("file", "offset", "id"))
        columns = (file, offset, identity, *(table.c[name] for name in key))
        for row in connection.execute(select(*columns).where(file.is_not(None))):
            yield Held(table.name, prefix, tuple(map(str, row[3:])), Pointer(row[0], row[1], row[2]))


def _further(connection: Connection) -> Iterator[Held]:
    """What articles were read from beside their page: further pages, PDFs. These pointers lie in the packed article."""
    query = select(revisions.c.article_id, revisions.c.number, revisions.c.article)
    for identity, number, packed in connection.execute(query.execution_options(yield_per=200)):
        plain = json.loads(zlib.decompress(packed))  # the whole model would take ten times as long
        attached = [(each["url"], each["record"]) for each in plain.get("attachments", ()) if each["record"]]
        parts = [("further page", pointer) for pointer in plain.get("part_records", ())]
        for what, pointer in (*parts, *attached):
            owner = (identity, str(number), what)
            yield Held(_FURTHER, "", owner, Pointer(pointer["file"], pointer["offset"], pointer["record_id"]))


def _broken(name: str, group: list[Held], settings: Settings) -> list[Held]:
    """Those of a file's pointers that lead to no sound record. The file is read once from end to end; where that does
    not show a record, it is read by itself."""
    sound = _records(name, settings)
    doubtful = [held for held in group if sound.get(held.pointer.offset) != held.pointer.record_id]
    return [held for held in doubtful if not _is_readable(held.pointer, settings)]


def _records(name: str, settings: Settings) -> Mapping[int, str]:
    """Ids of sound records by offset, up to where the file can be read from end to end."""
    here = settings.spool / name
    where = str(here) if here.exists() else location(settings.archive, name)
    sound: dict[int, str] = {}
    try:
        with fsspec.open(where, "rb") as file, redirect_stderr(io.StringIO()):  # to which warcio complains
            records = ArchiveIterator(io.BufferedReader(file) if not hasattr(file, "peek") else file)
            for record in records:
                identity = record.rec_headers.get_header("WARC-Record-ID") or ""
                with suppress(ArchiveLoadFailed):
                    payload_of(record)
                    if record.rec_type == "response":  # others are only as good as what they refer to
                        sound[records.get_record_offset()] = identity
    except (OSError, ArchiveLoadFailed, ValueError, AttributeError, EOFError):
        return sound
    except Exception:  # every file system of fsspec has exceptions of its own
        return sound
    return sound


def _is_readable(pointer: Pointer, settings: Settings) -> bool:
    try:
        with redirect_stderr(io.StringIO()):
            read_record(pointer, settings.spool, settings.archive)
    except Unavailable:
        return False
    return True


def _names(settings: Settings) -> set[str]:
    try:
        filesystem, folder = fsspec.core.url_to_fs(settings.archive)
        stored = filesystem.find(folder) if filesystem.exists(folder) else []
    except Exception as error:  # every file system of fsspec has exceptions of its own
        raise Unavailable(
            f"archive: {settings.archive} cannot be listed: {error}. Check MECMUA_ARCHIVE_URL."
        ) from error
    return {Path(path).name for path in stored if path.endswith(".warc.gz")}


# --- what to do about them -------------------------------------------------------------------------------------------


def _reported(store: Store, broken: list[Held], now: datetime, *, repair: bool) -> list[Finding]:
    lost = [held for held in broken if held.table == "revisions"]
    further = [held for held in broken if held.table == _FURTHER]
    again = [held for held in broken if held.table not in ("revisions", _FURTHER)]
    if repair and again:
        store.write(lambda connection: _fetch_again(connection, again, now))
    return [
        *found(
            "missing_record",
            "URLs and endpoints point to records that are missing or damaged",
            _shown(again),
            f"restore the files, or {REPAIR}: they are fetched again by the next crawl",
            repaired=repair,
        ),
        *found(
            "lost_page",
            "revisions have lost their archived page; their text is kept",
            _shown(lost),
            "restore the files from a backup; the newest revision gets a page when its URL is fetched again",
            wrong=False,
        ),
        *found(
            "lost_part",
            "revisions have lost the archived copy of a further page or PDF; their text is kept",
            _shown(further),
            "restore the files from a backup; a PDF is fetched again when its URL is looked at next",
            wrong=False,
        ),
    ]


def _shown(held: Iterable[Held]) -> list[str]:
    return [f"{item.table} {' '.join(item.owner)}: {item.pointer.file} at {item.pointer.offset}" for item in held]


def _fetch_again(connection: Connection, broken: list[Held], now: datetime) -> None:
    nothing = {"etag": None, "last_modified": None, "payload_digest": None}
    for held in broken:
        empty = {f"{held.prefix}_{part}": None for part in ("file", "offset", "id")}
        if held.table == "endpoints":
            asked = (endpoints.c.source == held.owner[0]) & (endpoints.c.url == held.owner[1])
            connection.execute(update(endpoints).where(asked).values(**nothing, **empty, checked_at=None))
            continue
        here = urls.c.key == held.owner[0]
        if held.prefix == "page":
            values = {**nothing, **empty, "fetched_at": None, "due_at": now}
            connection.execute(update(urls).where(here).values(**values))
            continue
        url_store.drop_post(connection, held.owner[0])
        # its list is read from the beginning, which names the post with a record that is there
        endpoint_store.ask_anew(connection, str(connection.scalar(select(urls.c.source).where(here))))


def _adopted(store: Store, broken: list[Held], *, repair: bool) -> list[Finding]:
    """Newest revisions without their page whose URL was fetched since and found unchanged: that page is theirs."""
    lost = {held.owner: held.pointer for held in broken if held.table == "revisions"}
    bad = {held.pointer for held in broken}
    with store.read() as connection:
        pairs = [pair for owner in lost if (pair := _replacement(connection, owner, bad))]
    if repair and pairs:

        def adopt(connection: Connection) -> None:
            for owner, pointer in pairs:
                here = (revisions.c.article_id == owner[0]) & (revisions.c.number == int(owner[1]))
                values = {"page_file": pointer.file, "page_offset": pointer.offset, "page_id": pointer.record_id}
                connection.execute(update(revisions).where(here).values(**values))

        store.write(adopt)
    return found(
        "page_found",
        "of them have been fetched again, unchanged",
        [f"{owner[0]} revision {owner[1]}" for owner, _ in pairs],
        f"{REPAIR} gives them that page",
        repaired=repair,
    )


def _replacement(
    connection: Connection, owner: tuple[str, ...], bad: set[Pointer]
) -> tuple[tuple[str, ...], Pointer] | None:
    newest = connection.scalar(
        select(revisions.c.number)
        .where(revisions.c.article_id == owner[0])
        .order_by(revisions.c.number.desc())
        .limit(1)
    )
    if newest != int(owner[1]):
        return None
    query = select(urls).where(
        urls.c.article_id == owner[0], urls.c.page_file.is_not(None), urls.c.outcome == "unchanged"
    )
    for row in connection.execute(query):
        pointer = Pointer(row.page_file, row.page_offset, row.page_id)
        if pointer not in bad and row.read_at and row.fetched_at and row.read_at >= row.fetched_at:
            return owner, pointer
    return None
