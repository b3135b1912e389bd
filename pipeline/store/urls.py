"""Every URL ever named: frontier, fetch results and aliases."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, or_, select, update

from pipeline.models import Candidate, Outcome, Pointer, Response, RestItem, Validators
from pipeline.store import forgotten
from pipeline.store.schema import Instant, attachments, urls
from pipeline.urls import article_id, twin_keys

_GOOD = (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.DEFERRED)
_IN_CHUNK = 400  # bound parameters per statement; SQLite takes 999 in its oldest builds
# built once, for every page asks for them; what is set comes with the parameters
_UPDATE = update(urls).where(urls.c.key == bindparam("of"))
_READ = bindparam("read", type_=Instant)
_UPDATE_READ = _UPDATE.values(
    modified_read=urls.c.modified_hint,
    read_at=case((urls.c.fetched_at > _READ, urls.c.fetched_at), else_=_READ),
)


@dataclass(frozen=True, slots=True)
class UrlRow:
    """What the state knows of one URL."""

    key: str
    url: str
    source: str
    article_id: str | None
    found_in: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    due_at: datetime | None
    published_hint: datetime | None
    modified_hint: datetime | None
    modified_read: datetime | None
    kind_hint: str | None
    rest: RestItem | None
    alternates: tuple[tuple[str, str], ...]
    validators: Validators | None
    payload_digest: str | None
    http_status: int | None
    final_url: str | None
    content_type: str | None
    truncated: bool
    fetched_at: datetime | None
    read_at: datetime | None
    page: Pointer | None
    outcome: Outcome | None
    reason: str | None
    failures: int

    @property
    def unread(self) -> bool:
        """True when fetched bytes wait in the archive to be judged."""
        return self.fetched_at is not None and (self.read_at is None or self.read_at < self.fetched_at)


def _pointer(row: Any, prefix: str) -> Pointer | None:
    file = getattr(row, f"{prefix}_file")
    return Pointer(file, getattr(row, f"{prefix}_offset"), getattr(row, f"{prefix}_id")) if file else None


def row_of(row: Any) -> UrlRow:
    """A row of the table as a value."""
    rest = _pointer(row, "rest")
    return UrlRow(
        key=row.key,
        url=row.url,
        source=row.source,
        article_id=row.article_id,
        found_in=tuple(row.found_in),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        due_at=row.due_at,
        published_hint=row.published_hint,
        modified_hint=row.modified_hint,
        modified_read=row.modified_read,
        kind_hint=row.kind_hint,
        rest=RestItem(rest, row.rest_post) if rest else None,
        alternates=tuple((code, url) for code, url in row.alternates or ()),
        validators=Validators(row.etag, row.last_modified) if row.etag or row.last_modified else None,
        payload_digest=row.payload_digest,
        http_status=row.http_status,
        final_url=row.final_url,
        content_type=row.content_type,
        truncated=row.truncated,
        fetched_at=row.fetched_at,
        read_at=row.read_at,
        page=_pointer(row, "page"),
        outcome=Outcome(row.outcome) if row.outcome else None,
        reason=row.reason,
        failures=row.failures,
    )


def _pointer_values(prefix: str, pointer: Pointer | None) -> dict[str, Any]:
    return {
        f"{prefix}_file": pointer.file if pointer else None,
        f"{prefix}_offset": pointer.offset if pointer else None,
        f"{prefix}_id": pointer.record_id if pointer else None,
    }


def get(connection: Connection, keys: Iterable[str]) -> dict[str, UrlRow]:
    """The known ones of these keys."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, UrlRow] = {}
    for start in range(0, len(wanted), _IN_CHUNK):
        query = select(urls).where(urls.c.key.in_(wanted[start : start + _IN_CHUNK]))
        found |= {row.key: row_of(row) for row in connection.execute(query)}
    return found


def name(connection: Connection, source: str, candidates: Sequence[Candidate], now: datetime) -> list[str]:
    """Note that an endpoint named these URLs; their keys. A new one is due at once, a changed one becomes due.

    What was erased on request is left out. A known URL becomes due when its endpoint gives a later modification than
    the one its page was last read under.
    """
    merged = _merged(_remembered(connection, source, candidates, now))
    known = get(connection, merged)
    fresh = [_new_row(source, key, candidate, now) for key, candidate in merged.items() if key not in known]
    if fresh:
        connection.execute(urls.insert(), fresh)
    changes = {key: _news(row, merged[key], now) for key, row in known.items()}
    for key, values in changes.items():
        if values:
            connection.execute(update(urls).where(urls.c.key == key).values(**values))
    quiet = list(known)
    for start in range(0, len(quiet), _IN_CHUNK):
        connection.execute(update(urls).where(urls.c.key.in_(quiet[start : start + _IN_CHUNK])).values(last_seen=now))
    return list(merged)


def _remembered(
    connection: Connection, source: str, candidates: Sequence[Candidate], now: datetime
) -> Sequence[Candidate]:
    """The candidates without those that were erased on request and must never be fetched again."""
    if not forgotten.any_of(connection, source):
        return candidates
    if forgotten.source(connection, source):
        return ()
    erased = forgotten.is_forgotten(connection, (candidate.url for candidate in candidates))
    if erased:
        forgotten.note_seen(connection, erased, now)
    return [candidate for candidate in candidates if candidate.url not in erased]


def _merged(candidates: Sequence[Candidate]) -> dict[str, Candidate]:
    """One candidate per URL; of several, the one that carries the post itself wins over a bare link."""
    merged: dict[str, Candidate] = {}
    for candidate in candidates:
        key = article_id(candidate.url)
        earlier = merged.get(key)
        if earlier is None or (earlier.rest is None and candidate.rest is not None):
            merged[key] = candidate
    return merged


def _new_row(source: str, key: str, candidate: Candidate, now: datetime) -> dict[str, Any]:
    return {
        "key": key,
        "url": candidate.url,
        "source": source,
        "found_in": list(candidate.found_in),
        "first_seen": now,
        "last_seen": now,
        "due_at": now,
        "published_hint": candidate.published,
        "modified_hint": candidate.modified,
        "kind_hint": candidate.kind,
        "alternates": candidate.alternates or None,
        **_rest_values(candidate.rest),
    }


def _rest_values(rest: RestItem | None) -> dict[str, Any]:
    return {**_pointer_values("rest", rest.record if rest else None), "rest_post": rest.post_id if rest else None}


def _news(row: UrlRow, candidate: Candidate, now: datetime) -> dict[str, Any]:
    """What this naming adds to what is known of a URL; usually nothing."""
    values: dict[str, Any] = {}
    found_in = list(dict.fromkeys((*row.found_in, *candidate.found_in)))
    if len(found_in) > len(row.found_in):
        values["found_in"] = found_in
    if candidate.rest and candidate.rest != row.rest:
        values |= _rest_values(candidate.rest)
    if candidate.published and not row.published_hint:
        values["published_hint"] = candidate.published
    if candidate.kind and not row.kind_hint:
        values["kind_hint"] = candidate.kind
    if candidate.alternates and candidate.alternates != row.alternates:
        values["alternates"] = candidate.alternates
    if candidate.modified and (row.modified_hint is None or candidate.modified > row.modified_hint):
        values["modified_hint"] = candidate.modified
        if row.modified_read is None or candidate.modified > row.modified_read:
            values["due_at"] = now
    return values


#: A PDF that belongs to an article is looked at with it (see `store.attachments`), never as a page.
_IS_PAGE = ~exists().where(attachments.c.key == urls.c.key)


#: So many URLs are taken in hand at once; politely asked, they last longer than a night.
MAX_DUE = 50_000


def due(connection: Connection, source: str, now: datetime, limit: int | None = MAX_DUE) -> list[UrlRow]:
    """URLs of a source to look at now or to read from the archive, newest articles first, so many."""
    unread = and_(urls.c.fetched_at.is_not(None), or_(urls.c.read_at.is_(None), urls.c.read_at < urls.c.fetched_at))
    query = select(urls).where(urls.c.source == source, or_(urls.c.due_at <= now, unread), _IS_PAGE)
    newest_first = query.order_by(urls.c.published_hint.desc().nulls_last(), urls.c.first_seen, urls.c.key)
    return [row_of(row) for row in connection.execute(newest_first.limit(limit))]


def archived(connection: Connection, source: str) -> list[UrlRow]:
    """URLs of a source whose page is in the archive and is, or may be, an article."""
    query = select(urls).where(
        urls.c.source == source,
        urls.c.page_file.is_not(None),
        urls.c.http_status == 200,
        _IS_PAGE,
        or_(urls.c.outcome.is_(None), urls.c.outcome.in_([o.value for o in _GOOD])),
    )
    return [row_of(row) for row in connection.execute(query.order_by(urls.c.key))]


def look_again(connection: Connection, source: str, mark: str, named: Container[str], now: datetime) -> None:
    """Make those articles due that this endpoint named once and names no longer."""
    query = select(urls.c.key, urls.c.found_in).where(
        urls.c.source == source, urls.c.article_id.is_not(None), urls.c.due_at > now
    )
    lost = [row.key for row in connection.execute(query) if mark in row.found_in and row.key not in named]
    make_due(connection, lost, now)


def make_due(
    connection: Connection, keys: Sequence[str], now: datetime, *, unless_since: datetime | None = None
) -> None:
    """Have a look at these URLs in this run; not at those that were fetched since then."""
    for start in range(0, len(keys), _IN_CHUNK):
        these = update(urls).where(urls.c.key.in_(keys[start : start + _IN_CHUNK]))
        if unless_since is not None:
            these = these.where(or_(urls.c.fetched_at.is_(None), urls.c.fetched_at < unless_since))
        connection.execute(these.values(due_at=now))


def article_of_post(connection: Connection, row: UrlRow) -> str | None:
    """The article that another URL of the same WordPress post leads to: a post keeps its number under a new slug."""
    if row.rest is None:
        return None
    query = select(urls.c.article_id, urls.c.found_in).where(
        urls.c.source == row.source,
        urls.c.rest_post == row.rest.post_id,
        urls.c.key != row.key,
        urls.c.article_id.is_not(None),
    )
    marks = {mark for mark in row.found_in if mark.startswith("wordpress:")}
    return next((found.article_id for found in connection.execute(query) if marks & set(found.found_in)), None)


def repoint(connection: Connection, loser: str, winner: str) -> None:
    """All URLs of one article lead to another from now on."""
    connection.execute(update(urls).where(urls.c.article_id == loser).values(article_id=winner))


def known(connection: Connection, source: str) -> frozenset[str]:
    """The URLs of a source that are known already."""
    return frozenset(connection.scalars(select(urls.c.url).where(urls.c.source == source)))


def note_fetched(connection: Connection, key: str, response: Response) -> None:
    """A page is in the archive; it now waits to be read. Validators of a truncated one are not kept: a 304 to them
    would make the rest of it stay away for good."""
    whole = not response.truncated
    values = {
        "etag": response.header("etag") if whole else None,
        "last_modified": response.header("last-modified") if whole else None,
        "payload_digest": response.payload_digest,
        "http_status": response.status,
        "final_url": response.final_url,
        "content_type": response.header("content-type"),
        "truncated": response.truncated,
        "fetched_at": response.fetched_at,
        **_pointer_values("page", response.record),
    }
    connection.execute(_UPDATE, {"of": key, **values})


def drop_post(connection: Connection, key: str) -> None:
    """The archive has lost the REST answer that a URL's post is in: the next one that names it counts."""
    connection.execute(update(urls).where(urls.c.key == key).values(**_rest_values(None)))


def note_outcome(
    connection: Connection,
    key: str,
    outcome: Outcome,
    *,
    now: datetime,
    due_at: datetime | None,
    reason: str | None = None,
    failures: int = 0,
    article: str | None = None,
    read: bool = True,
) -> None:
    """What became of a URL, and when to look again. `read`: its archived bytes, if any, are done with, also where a
    clock that was set back says that they were read before they came."""
    values: dict[str, Any] = {"outcome": outcome.value, "reason": reason, "due_at": due_at, "failures": failures}
    if article:
        values["article_id"] = article
    if read:
        values["read"] = now
    connection.execute(_UPDATE_READ if read else _UPDATE, {"of": key, **values})


def postpone(connection: Connection, key: str, now: datetime) -> None:
    """Fetched, but not wanted in this run: the next one reads it from the archive."""
    connection.execute(update(urls).where(urls.c.key == key).values(due_at=now))


def add_alias(connection: Connection, source: str, url: str, article: str, now: datetime) -> bool:
    """Remember that this URL leads to an article (redirect, canonical link, tracking form); it is never due itself.
    True when that is new."""
    key = article_id(url)
    if key in get(connection, [key]):
        fresh = update(urls).where(urls.c.key == key, urls.c.article_id.is_(None)).values(article_id=article)
        return bool(connection.execute(fresh).rowcount)
    row = {"key": key, "url": url, "source": source, "article_id": article, "found_in": []}
    connection.execute(urls.insert(), [{**row, "first_seen": now, "last_seen": now, "due_at": None}])
    return True


def article_of(connection: Connection, candidates: Iterable[str]) -> str | None:
    """The article that the first known one of these URLs leads to."""
    keys = [article_id(url) for url in candidates]
    known = get(connection, keys)
    return next((known[key].article_id for key in keys if key in known and known[key].article_id), None)


def told_by_twins(connection: Connection, rows: Sequence[UrlRow]) -> dict[str, str]:
    """The articles that URLs nobody asked yet lead to under another of their usual spellings, by key. What REST names
    is left out, for it says more than that."""
    fresh = [row for row in rows if not (row.article_id or row.outcome or row.rest or row.fetched_at)]
    forms: dict[str, list[str]] = {}
    for fresh_row in fresh:
        for form in twin_keys(fresh_row.url)[1:]:
            forms.setdefault(article_id(form), []).append(fresh_row.key)
    every, found = list(forms), dict[str, str]()
    for start in range(0, len(every), _IN_CHUNK):
        query = select(urls.c.key, urls.c.article_id).where(
            urls.c.key.in_(every[start : start + _IN_CHUNK]), urls.c.article_id.is_not(None)
        )
        found |= {key: row.article_id for row in connection.execute(query) for key in forms[row.key]}
    return found


@dataclass(frozen=True, slots=True)
class Names:
    """All URLs that lead to an article, and the endpoints that named it under any of them, in order of first naming."""

    urls: tuple[str, ...] = ()
    found_in: tuple[str, ...] = ()


def alternates(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What endpoints name as articles' forms in other languages (hreflang and URL), by the articles that have some."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    columns = select(urls.c.article_id, urls.c.alternates).where(urls.c.alternates.is_not(None))
    for start in range(0, len(ids), _IN_CHUNK):
        query = columns.where(urls.c.article_id.in_(ids[start : start + _IN_CHUNK])).order_by(urls.c.key)
        for row in connection.execute(query):
            found.setdefault(row.article_id, {}).update(dict.fromkeys((code, url) for code, url in row.alternates))
    return {identity: tuple(pairs) for identity, pairs in found.items()}


def told_anew(connection: Connection, candidates: Sequence[Candidate]) -> list[str]:
    """The known articles of which these candidates name other forms than are known."""
    related = {article_id(one.url): one for one in candidates if one.alternates}
    rows = get(connection, related).values()
    return [row.article_id for row in rows if row.article_id and row.alternates != related[row.key].alternates]


def names(connection: Connection, ids: Sequence[str]) -> dict[str, Names]:
    """The names of articles, by id."""
    rows: dict[str, list[Any]] = {identity: [] for identity in ids}
    columns = select(urls.c.article_id, urls.c.url, urls.c.found_in)
    for start in range(0, len(ids), _IN_CHUNK):
        query = columns.where(urls.c.article_id.in_(ids[start : start + _IN_CHUNK]))
        for row in connection.execute(query.order_by(urls.c.first_seen, urls.c.url)):
            rows[row.article_id].append(row)
    return {
        identity: Names(
            tuple(sorted(row.url for row in its)),
            tuple(dict.fromkeys(endpoint for row in its for endpoint in row.found_in)),
        )
        for identity, its in rows.items()
    }


def read_from(connection: Connection, article: str, record: Pointer | None) -> UrlRow | None:
    """The URL whose page (or REST post) a revision of an article was read from, else the one that gave it its id."""
    rows = [row_of(row) for row in connection.execute(select(urls).where(urls.c.article_id == article))]
    fetched = next((row for row in rows if record and row.page == record), None)
    posted = next((row for row in rows if record and row.rest and row.rest.record == record), None)
    return fetched or posted or next((row for row in rows if row.key == article), None)
