"""Articles and their revisions: nothing is overwritten, a change is a new number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, Connection, and_, bindparam, exists, func, select, update

from pipeline.models import EXTRACTOR_VERSION, Article, Known, Pointer, Revision, Source, pack, unpack
from pipeline.store import crawled, translations
from pipeline.store import urls as url_store
from pipeline.store.crawled import Called
from pipeline.store.schema import articles, facts, revisions

#: Compressed articles that are taken up at once. Reports of 300 pages have 250 KB each, and thrice that as text.
BATCH_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class Sight:
    """How a revision was seen: its bytes in the archive and the answer that brought them."""

    record: Pointer | None
    fetched_at: datetime
    http_status: int
    template_version: int = 0
    extractor_version: int = EXTRACTOR_VERSION


@dataclass(frozen=True, slots=True)
class Pending:
    """An article whose newest state the engine has not acknowledged."""

    known: Known
    revision: Revision
    changed_at: datetime


def current(connection: Connection, article: str) -> Revision | None:
    """The newest revision of an article, or None."""
    query = select(revisions).where(revisions.c.article_id == article).order_by(revisions.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return _revision(row) if row else None


def revision(connection: Connection, article: str, number: int) -> Revision | None:
    """One revision by number, or None."""
    query = select(revisions).where(revisions.c.article_id == article, revisions.c.number == number)
    row = connection.execute(query).first()
    return _revision(row) if row else None


def history(connection: Connection, article: str) -> list[Revision]:
    """All revisions, oldest first."""
    query = select(revisions).where(revisions.c.article_id == article).order_by(revisions.c.number)
    return [_revision(row) for row in connection.execute(query)]


def _revision(row: Any) -> Revision:
    return Revision(
        article_id=row.article_id,
        number=row.number,
        seen_at=row.seen_at,
        fetched_at=row.fetched_at,
        http_status=row.http_status,
        content_hash=row.content_hash,
        extractor_version=row.extractor_version,
        template_version=row.template_version,
        record=Pointer(row.page_file, row.page_offset, row.page_id) if row.page_file else None,
        article=unpack(Article, row.article),
    )


def add(connection: Connection, article_id: str, source: str, article: Article, sight: Sight, now: datetime) -> None:
    """A new article with its first revision, in a cluster of its own until `jobs.clusters` has looked."""
    row = {
        "id": article_id,
        "source": source,
        "url": article.url,
        "cluster_id": article_id,
        "content_hash": article.content_hash,
        "revision": 1,
        "indexed_revision": 0,
        "changed_at": now,
        "first_seen": now,
        "last_seen": now,
        "published_day": _day(article),
    }
    connection.execute(articles.insert(), row)
    _insert_revision(connection, article_id, 1, article, sight, now)


def revise(connection: Connection, article_id: str, article: Article, sight: Sight, now: datetime) -> int:
    """A further revision of a known article; its number."""
    latest = connection.scalar(select(func.max(revisions.c.number)).where(revisions.c.article_id == article_id))
    number = int(latest or 0) + 1
    connection.execute(
        update(articles)
        .where(articles.c.id == article_id)
        .values(
            revision=number,
            url=article.url,
            content_hash=article.content_hash,
            changed_at=now,
            last_seen=now,
            removed_at=None,
            gone_nights=0,
            gone_night=None,
            published_day=_day(article),
        )
    )
    _insert_revision(connection, article_id, number, article, sight, now)
    return number


def amend(connection: Connection, article_id: str, number: int, article: Article) -> None:
    """Write a revision anew under its number: what belongs to it came later, and is no change of its page."""
    here = (revisions.c.article_id == article_id) & (revisions.c.number == number)
    connection.execute(update(revisions).where(here).values(article=pack(article)))


def reread(connection: Connection, known: Revision, article: Article, template: int, now: datetime) -> None:
    """What a later reading of the same page made of a revision, under its number; no change of the page."""
    here = (revisions.c.article_id == known.article_id) & (revisions.c.number == known.number)
    reading = {"article": pack(article), "content_hash": article.content_hash, "template_version": template}
    connection.execute(update(revisions).where(here).values(extractor_version=EXTRACTOR_VERSION, **reading))
    current_one = (articles.c.id == known.article_id) & (articles.c.revision == known.number)
    values = {"content_hash": article.content_hash, "published_day": _day(article)}
    connection.execute(update(articles).where(current_one).values(changed_at=now, indexed_revision=0, **values))


def _day(article: Article) -> str | None:
    return article.published_day.isoformat() if article.published_day else None


def _insert_revision(
    connection: Connection, article_id: str, number: int, article: Article, sight: Sight, now: datetime
) -> None:
    record = sight.record
    row = {
        "article_id": article_id,
        "number": number,
        "seen_at": now,
        "fetched_at": sight.fetched_at,
        "http_status": sight.http_status,
        "content_hash": article.content_hash,
        "extractor_version": sight.extractor_version,
        "template_version": sight.template_version,
        "page_file": record.file if record else None,
        "page_offset": record.offset if record else None,
        "page_id": record.record_id if record else None,
        "article": pack(article),
    }
    connection.execute(revisions.insert(), row)


def touch(connection: Connection, article_ids: Iterable[str], now: datetime) -> None:
    """Refresh last_seen, in the state alone: a night without news writes no document."""
    wanted = list(dict.fromkeys(article_ids))
    for start in range(0, len(wanted), 400):
        chunk = wanted[start : start + 400]
        connection.execute(update(articles).where(articles.c.id.in_(chunk)).values(last_seen=now))


def pending(
    connection: Connection,
    sources: Mapping[str, Source],
    limit: int,
    *,
    only: Sequence[str] | None = None,
    after: str = "",
) -> list[Pending]:
    """Up to `limit` articles (of the sources in `only`) that the engine has not acknowledged, by id behind `after`;
    fewer where they are large, but one at least."""
    query = (
        select(articles, revisions)
        .join(revisions, and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision))
        .where(
            articles.c.indexed_revision < articles.c.revision, articles.c.merged_into.is_(None), articles.c.id > after
        )
        .order_by(articles.c.id)
        .limit(limit)
        .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
    )
    if only is not None:
        query = query.where(articles.c.source.in_(only))
    rows, size = [], 0
    for row in connection.execute(query.execution_options(yield_per=20)).mappings():
        rows.append(row)
        size += len(row["revisions_article"])
        if size >= BATCH_BYTES:
            break
    return _pending(connection, sources, rows)


def known(connection: Connection, sources: Mapping[str, Source], article_id: str) -> Known | None:
    """What the state holds of one article, or None."""
    row = connection.execute(select(articles).where(articles.c.id == article_id)).mappings().first()
    plain = [{f"articles_{key}": value for key, value in row.items()}] if row else []
    return next(_known(connection, sources, plain), None)


def _pending(connection: Connection, sources: Mapping[str, Source], rows: Sequence[Mapping[Any, Any]]) -> list[Pending]:
    plain = [{str(key): value for key, value in row.items()} for row in rows]
    return [
        Pending(
            known,
            _revision(_Row({key.removeprefix("revisions_"): value for key, value in row.items()})),
            row["articles_changed_at"],
        )
        for known, row in zip(_known(connection, sources, plain), plain, strict=True)
    ]


class _Row:
    """Attribute access to a dictionary, for `_revision`."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _known(connection: Connection, sources: Mapping[str, Source], rows: Sequence[Mapping[str, Any]]) -> Iterator[Known]:
    ids = [row["articles_id"] for row in rows]
    names, pairs = url_store.names(connection, ids), translations.of(connection, ids)
    called = {name: Called(source.name, source.country) for name, source in sources.items()}
    if any(row["articles_source"] not in called for row in rows):
        called = crawled.called(connection) | called
    for identity, row in zip(ids, rows, strict=True):
        source = called.get(row["articles_source"], Called(row["articles_source"]))
        yield Known(
            id=identity,
            source=row["articles_source"],
            source_name=source.name,
            source_country=source.country,
            url=row["articles_url"],
            aliases=tuple(url for url in names[identity].urls if url != row["articles_url"]),
            cluster_id=row["articles_cluster_id"],
            first_seen=row["articles_first_seen"],
            last_seen=row["articles_last_seen"],
            removed_at=row["articles_removed_at"],
            found_in=names[identity].found_in,
            translations=pairs[identity],
        )


def acknowledge(connection: Connection, written: Sequence[Pending]) -> None:
    """The engine has these; an article that changed meanwhile stays pending."""
    here = (articles.c.id == bindparam("of")) & (articles.c.changed_at == bindparam("at"))
    rows = [{"of": item.known.id, "at": item.changed_at, "number": item.revision.number} for item in written]
    if rows:
        connection.execute(update(articles).where(here).values(indexed_revision=bindparam("number")), rows)


def expect_index(connection: Connection, identity: str) -> bool:
    """Tell the state which physical index documents now go to. True when it is another one than before: then every
    article is pending again, for the acknowledgements were another index's."""
    before = connection.scalar(select(facts.c.value).where(facts.c.name == "index"))
    if before == identity:
        return False
    if before is None:
        connection.execute(facts.insert().values(name="index", value=identity))
    else:
        connection.execute(update(facts).where(facts.c.name == "index").values(value=identity))
    connection.execute(update(articles).values(indexed_revision=0))
    return True


def count(connection: Connection, source: str | None = None) -> int:
    """How many articles the state holds."""
    query = select(func.count()).select_from(articles).where(articles.c.merged_into.is_(None))
    return int(connection.scalar(query.where(articles.c.source == source) if source else query) or 0)


def edited_by(
    connection: Connection, source: str, first_seen: tuple[datetime, datetime], until: datetime
) -> tuple[int, int]:
    """How many articles of a source were first seen in that span, and how many of them changed up to `until`."""
    here = (articles.c.source == source) & articles.c.first_seen.between(*first_seen) & articles.c.merged_into.is_(None)
    changed = exists().where(
        revisions.c.article_id == articles.c.id, revisions.c.number > 1, revisions.c.seen_at <= until
    )
    seen, edited = connection.execute(select(func.count(), func.count().filter(changed)).where(here)).one()
    return seen, edited


def ids(connection: Connection, source: str) -> list[str]:
    """All articles of a source that stand for themselves."""
    query = select(articles.c.id).where(articles.c.source == source, articles.c.merged_into.is_(None))
    return list(connection.scalars(query.order_by(articles.c.id)))


def url_of(connection: Connection, article_id: str) -> str:
    """Where an article is now; "" for one that is not there."""
    return connection.scalar(select(articles.c.url).where(articles.c.id == article_id)) or ""


def source_of(connection: Connection, article_id: str) -> str | None:
    """The source that an article belongs to, or None."""
    return connection.scalar(select(articles.c.source).where(articles.c.id == article_id))


def newest_day(connection: Connection, source: str) -> str | None:
    """The latest published_day among a source's articles (ISO date), or None."""
    day = connection.scalar(select(func.max(articles.c.published_day)).where(articles.c.source == source))
    return str(day) if day else None


def mark_pending(connection: Connection, article_ids: Iterable[str], now: datetime) -> None:
    """What these documents say beside their text has changed: index them again."""
    wanted = list(dict.fromkeys(article_ids))
    for start in range(0, len(wanted), 400):
        chunk = articles.c.id.in_(wanted[start : start + 400])
        connection.execute(update(articles).where(chunk).values(changed_at=now, indexed_revision=0))


def note_url(connection: Connection, article_id: str, url: str, now: datetime) -> None:
    """Where an article is now; a move makes its document pending, and no revision."""
    connection.execute(
        update(articles)
        .where(articles.c.id == article_id, articles.c.url != url)
        .values(url=url, changed_at=now, indexed_revision=0)
    )


def note_present(connection: Connection, article_id: str, now: datetime) -> None:
    """A look found the article there: what was counted against it is forgotten, and a removed one is back."""
    connection.execute(
        update(articles).where(articles.c.id == article_id).values(last_seen=now, gone_nights=0, gone_night=None)
    )
    connection.execute(
        update(articles)
        .where(articles.c.id == article_id, articles.c.removed_at.is_not(None))
        .values(removed_at=None, changed_at=now, indexed_revision=0)
    )


def note_gone(connection: Connection, article_id: str, night: str, now: datetime, nights: int) -> bool:
    """A look on this night found the article gone; True when it now counts as removed (its text is kept)."""
    connection.execute(
        update(articles)
        .where(articles.c.id == article_id, (articles.c.gone_night.is_(None)) | (articles.c.gone_night != night))
        .values(gone_nights=articles.c.gone_nights + 1, gone_night=night)
    )
    connection.execute(
        update(articles)
        .where(articles.c.id == article_id, articles.c.gone_nights >= nights, articles.c.removed_at.is_(None))
        .values(removed_at=now, changed_at=now, indexed_revision=0)
    )
    return connection.scalar(select(articles.c.removed_at).where(articles.c.id == article_id)) is not None


def with_text(connection: Connection, source: str, content_hash: str) -> list[str]:
    """The articles of a source that have this text, the one that was seen first in front."""
    query = select(articles.c.id).where(
        articles.c.content_hash == content_hash, articles.c.source == source, articles.c.merged_into.is_(None)
    )
    return list(connection.scalars(query.order_by(articles.c.first_seen, articles.c.id)))


def older(connection: Connection, one: str, other: str) -> tuple[str, str]:
    """Two articles, the one that was seen first in front."""
    query = select(articles.c.id).where(articles.c.id.in_([one, other])).order_by(articles.c.first_seen, articles.c.id)
    found = list(connection.scalars(query))
    return (found[0], found[-1]) if len(found) == 2 else (one, other)


def merge(connection: Connection, loser: str, winner: str, now: datetime) -> None:
    """Two articles turned out to be one at two addresses: the winner keeps its id and gains the other's URLs; the
    loser's revisions stay, and its document leaves the index."""
    url_store.repoint(connection, loser, winner)
    connection.execute(update(articles).where(articles.c.id == loser).values(merged_into=winner, changed_at=now))
    connection.execute(
        update(articles)
        .where((articles.c.cluster_id == loser) | (articles.c.id == winner))
        .values(changed_at=now, indexed_revision=0)
    )
    connection.execute(update(articles).where(articles.c.cluster_id == loser).values(cluster_id=winner))


_OUT_OF_INDEX = -1  # in indexed_revision: the document of a merged article was deleted


def waiting(connection: Connection, sources: Sequence[str]) -> set[str]:
    """Those of these sources that have articles which the engine has not acknowledged."""
    query = select(articles.c.source).where(
        articles.c.source.in_(sources),
        articles.c.indexed_revision < articles.c.revision,
        articles.c.merged_into.is_(None),
    )
    return set(connection.scalars(query.distinct()))


def leaving(connection: Connection, sources: Sequence[str] | None) -> list[str]:
    """Merged articles (of these sources) whose documents are still in the index."""
    query = select(articles.c.id).where(
        articles.c.merged_into.is_not(None), articles.c.indexed_revision != _OUT_OF_INDEX
    )
    return list(connection.scalars(query if sources is None else query.where(articles.c.source.in_(sources))))


def note_left(connection: Connection, article_ids: Sequence[str]) -> None:
    """The documents of these merged articles are gone from the index."""
    connection.execute(update(articles).where(articles.c.id.in_(article_ids)).values(indexed_revision=_OUT_OF_INDEX))
