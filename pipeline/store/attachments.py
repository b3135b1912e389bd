"""Which PDF belongs to which article. How a PDF was fetched stands in its row of ``urls``, as for every URL.

A PDF with a row here is an attachment and never an article of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, and_, delete, exists, or_, select, update

from pipeline.models import Attachment, Outcome
from pipeline.store.schema import articles, attachments, facts, media, urls
from pipeline.store.urls import UrlRow, get, row_of
from pipeline.urls import article_id, twin_keys

Basis = Literal["page", "media"]


#: When one is looked at again that was fetched as a page; its next look says when then.
_SOON = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Link:
    """One article's link to a PDF. ``record_id``: the record that the article's text of it was read from."""

    article_id: str
    key: str
    record_id: str | None


def link(
    connection: Connection,
    article: str,
    source: str,
    found: Sequence[Attachment],
    now: datetime,
    *,
    basis: Basis = "page",
    prune: bool = False,
) -> None:
    """Note an article's attachments, as they were read for it; each gets a row in ``urls`` and is due when new. With
    `prune`, those go that its page no longer links; a PDF that no article has any more may become one itself."""
    before = {row.key for row in of_article(connection, article)}
    named = {article_id(attachment.url): attachment for attachment in found}
    _name(connection, source, {key: one.url for key, one in named.items()}, now)
    for key, attachment in named.items():
        record = attachment.record.record_id if attachment.record else None
        if key in before:
            here = (attachments.c.article_id == article) & (attachments.c.key == key)
            connection.execute(update(attachments).where(here).values(record_id=record))
        else:
            row = {"article_id": article, "key": key, "basis": basis, "record_id": record}
            connection.execute(attachments.insert().values(**row))
    if prune:
        gone = [key for key in before if key not in named]
        here = (attachments.c.article_id == article) & attachments.c.key.in_(gone) & (attachments.c.basis == "page")
        connection.execute(delete(attachments).where(here))
        _release(connection, gone, now)


def _name(connection: Connection, source: str, named: dict[str, str], now: datetime) -> None:
    known = get(connection, named)
    fresh = [
        {"key": key, "url": url, "source": source, "found_in": [], "first_seen": now, "last_seen": now, "due_at": now}
        for key, url in named.items()
        if key not in known
    ]
    if fresh:
        connection.execute(urls.insert(), [{**row, "outcome": Outcome.DUPLICATE.value} for row in fresh])
    for row in known.values():
        values: dict[str, Any] = {"outcome": Outcome.DUPLICATE.value, "article_id": None}
        if row.outcome is not Outcome.DUPLICATE:
            values["due_at"] = now if row.page is None else max(row.due_at or now, now + _SOON)
        connection.execute(update(urls).where(urls.c.key == row.key).values(**values))


def _release(connection: Connection, keys: Sequence[str], now: datetime) -> None:
    """PDFs that belong to no article now: those that discovery named are looked at again, as articles, which some were
    before."""
    for row in get(connection, keys).values():
        if not of(connection, [row.key]):
            values = {"outcome": None, "due_at": now if row.found_in else None, "read_at": None}
            values |= {} if row.found_in else {"fetched_at": None}
            connection.execute(update(urls).where(urls.c.key == row.key).values(**values))
            was_one = (articles.c.id == row.key) & articles.c.merged_into.is_not(None)
            again = {"merged_into": None, "indexed_revision": 0, "changed_at": now}
            connection.execute(update(articles).where(was_one).values(**again))


def of(connection: Connection, keys: Iterable[str]) -> list[str]:
    """The articles that these PDFs belong to, the first to be seen in front."""
    query = (
        select(attachments.c.article_id)
        .join(articles, articles.c.id == attachments.c.article_id)
        .where(attachments.c.key.in_(list(keys)), articles.c.merged_into.is_(None))
        .order_by(articles.c.first_seen, articles.c.id)
    )
    return list(dict.fromkeys(connection.scalars(query)))


def owner(connection: Connection, url: str) -> str | None:
    """The article that a PDF's URL, in any of its usual spellings, is an attachment of."""
    return next(iter(of(connection, map(article_id, twin_keys(url)))), None)


def of_article(connection: Connection, article: str) -> list[Link]:
    """The PDFs of one article."""
    query = select(attachments.c.article_id, attachments.c.key, attachments.c.record_id)
    return [Link(*row) for row in connection.execute(query.where(attachments.c.article_id == article))]


def uploads(connection: Connection, article: str) -> frozenset[str]:
    """The keys of an article's PDFs that its site's media list says were uploaded to it."""
    query = select(attachments.c.key).where(attachments.c.article_id == article, attachments.c.basis == "media")
    return frozenset(connection.scalars(query))


def links(connection: Connection, key: str, source: str) -> list[Link]:
    """The articles of a source that have a PDF, the first to be seen in front."""
    query = (
        select(attachments.c.article_id, attachments.c.key, attachments.c.record_id)
        .join(articles, articles.c.id == attachments.c.article_id)
        .where(attachments.c.key == key, articles.c.source == source, articles.c.merged_into.is_(None))
        .order_by(articles.c.first_seen, articles.c.id)
    )
    return [Link(*row) for row in connection.execute(query)]


def due(connection: Connection, source: str, now: datetime) -> list[UrlRow]:
    """PDFs of a source's articles that are to be asked for now, or to be read from the archive for one of them; those
    of articles that are gone stay as they are."""
    unread = and_(
        urls.c.page_id.is_not(None),
        or_(attachments.c.record_id.is_(None), attachments.c.record_id != urls.c.page_id),
    )
    query = (
        select(urls)
        .join(attachments, attachments.c.key == urls.c.key)
        .join(articles, articles.c.id == attachments.c.article_id)
        .where(articles.c.source == source, articles.c.merged_into.is_(None), articles.c.removed_at.is_(None))
        .where(or_(urls.c.due_at <= now, unread))
        .order_by(articles.c.published_day.desc().nulls_last(), urls.c.key)
    )
    rows = {row.key: row_of(row) for row in connection.execute(query)}
    return list(rows.values())


def note_read(connection: Connection, key: str, article: str, record: str | None) -> None:
    """What this article says of a PDF is what this record holds; None: nothing yet."""
    here = (attachments.c.article_id == article) & (attachments.c.key == key)
    connection.execute(update(attachments).where(here).values(record_id=record))


# --- the media list of a WordPress -----------------------------------------------------------------------------------


def note_media(connection: Connection, source: str, found: Iterable[tuple[int, str]]) -> None:
    """Note which post each PDF of the media list was uploaded to."""
    for key, (post, url) in {article_id(url): (post, url) for post, url in found}.items():
        connection.execute(delete(media).where(media.c.key == key))
        connection.execute(media.insert().values(key=key, source=source, url=url, post=post))


def uploaded(connection: Connection, source: str) -> list[tuple[str, str]]:
    """Articles and PDFs that were uploaded to their posts and are not linked to them yet."""
    linked = exists().where(attachments.c.article_id == urls.c.article_id, attachments.c.key == media.c.key)
    query = (
        select(urls.c.article_id, media.c.url)
        .join(urls, and_(urls.c.source == media.c.source, urls.c.rest_post == media.c.post))
        .where(media.c.source == source, urls.c.article_id.is_not(None), ~linked)
        .order_by(urls.c.article_id, media.c.url)
    )
    return list(dict.fromkeys((row.article_id, row.url) for row in connection.execute(query)))


# --- articles from before attachments were read ----------------------------------------------------------------------


def is_swept(connection: Connection, source: str) -> bool:
    """Whether the attachments of all stored articles of a source are noted."""
    return connection.scalar(select(facts.c.value).where(facts.c.name == _fact(source))) is not None


def note_swept(connection: Connection, source: str) -> None:
    """The attachments of all stored articles of a source are noted."""
    if not is_swept(connection, source):
        connection.execute(facts.insert().values(name=_fact(source), value="1"))


def _fact(source: str) -> str:
    return f"attachments:{source}"[:64]
