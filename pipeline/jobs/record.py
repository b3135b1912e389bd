"""What reading one page means for the state: a new article, a revision, an alias, or a reason why nothing.

Every function runs inside one transaction and may run twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from pipeline.jobs import judge
from pipeline.models import Article, Extraction, Outcome, Revision, Source, replace
from pipeline.sources.scope import in_scope, is_own_host
from pipeline.store import articles, quarantine, urls
from pipeline.store.articles import Sight
from pipeline.store.urls import UrlRow
from pipeline.urls import article_id, canonical, twin_keys


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome of one URL, with the article it led to, if any."""

    outcome: Outcome
    article_id: str | None = None
    reason: str | None = None


def refuse(
    connection: Connection, row: UrlRow, outcome: Outcome, reason: str, now: datetime, *, due_at: datetime | None = None
) -> Judged:
    """Note why a URL gives no article now, and when to look again."""
    failed = outcome in (Outcome.REJECTED, Outcome.DEFERRED)
    urls.note_outcome(
        connection,
        row.key,
        outcome,
        now=now,
        due_at=due_at or judge.next_look(outcome, now, row=row),
        reason=reason,
        failures=row.failures + 1 if failed else 0,
        read=outcome is not Outcome.DEFERRED,
    )
    return Judged(outcome, row.article_id, reason)


def reject(connection: Connection, row: UrlRow, reason: str, detail: str, now: datetime, *, stage: str) -> Judged:
    """Quarantine a URL with its reason."""
    quarantine.add(connection, row.source, row.url, stage=stage, reason=reason, detail=detail, now=now)
    return refuse(connection, row, Outcome.REJECTED, reason, now)


def unchanged(connection: Connection, row: UrlRow, now: datetime) -> Judged:
    """The page is as it was (304, or the same bytes): refresh last_seen and plan the next look."""
    if row.article_id:
        articles.touch(connection, [row.article_id], now)
    before = row.outcome or Outcome.UNCHANGED
    outcome = Outcome.UNCHANGED if before in (Outcome.NEW, Outcome.CHANGED) else before
    urls.note_outcome(
        connection,
        row.key,
        outcome,
        now=now,
        due_at=judge.next_look(outcome, now, row=row),
        reason=row.reason,
    )
    return Judged(outcome, row.article_id, row.reason)


def read(
    connection: Connection,
    row: UrlRow,
    extraction: Extraction,
    source: Source,
    now: datetime,
    *,
    same: bool | None,
    since: datetime | None = None,
) -> Judged:
    """Record what a page holds. `same` says that page and newest revision, read alike, are one; what is older than
    `since` waits in the archive for a run that wants it."""
    if since and _is_older(extraction.article, since):
        urls.postpone(connection, row.key, now)
        return Judged(Outcome.OUT_OF_SCOPE, None, "before --since")
    if extraction.noindex and source.respect_noindex:
        return refuse(connection, row, Outcome.DISALLOWED, "noindex", now)
    if extraction.not_article:
        return refuse(connection, row, Outcome.NOT_ARTICLE, extraction.not_article, now)
    quarantine.release(connection, row.url, "fetch")
    quarantine.release(connection, row.url, "extract")
    here = canonical(row.final_url or row.url) or row.url
    article = replace(extraction.article, url=here)
    identity, known = _identify(connection, row, here, article, source)
    outcome = _store(connection, row, identity, known, article, now, same)
    for alias in _aliases(row, here, article, identity, source):
        urls.add_alias(connection, row.source, alias, identity, now)
    urls.note_outcome(
        connection,
        row.key,
        outcome,
        now=now,
        due_at=judge.next_look(outcome, now, row=row, published=article.published),
        article=identity,
    )
    return Judged(outcome, identity)


def _is_older(article: Article, since: datetime) -> bool:
    dates = [date for date in (article.published, article.modified) if date]
    return bool(dates) and all(date < since for date in dates)


def _identify(
    connection: Connection, row: UrlRow, here: str, article: Article, source: Source
) -> tuple[str, Revision | None]:
    """Which article a page is: the one its URL led to before, one known under its other names, or a new one."""
    if row.article_id:
        return row.article_id, articles.current(connection, row.article_id)
    known_as = urls.article_of(connection, [here, *twin_keys(here), row.url, *twin_keys(row.url)])
    if known_as:
        revision = articles.current(connection, known_as)
        if revision is not None:
            return known_as, revision
    link = _canonical_link(article, here, source)
    linked = urls.article_of(connection, [link, *twin_keys(link)]) if link else None
    revision = articles.current(connection, linked) if linked else None
    if linked and revision is not None:
        if judge.are_kin(revision.article, article):
            return linked, revision
        link = None  # another text's address: not this page's
    identity = article_id(link or here)
    if articles.current(connection, identity) is not None:  # an id is taken once
        identity = article_id(here)
    return identity, articles.current(connection, identity)


def _canonical_link(article: Article, here: str, source: Source) -> str | None:
    """The page's canonical link, where it can be meant: on the source's own hosts, in scope, no front page."""
    link = article.canonical_url
    if not link or link == here or not is_own_host(source, link) or not in_scope(source, link):
        return None
    return None if link.rstrip("/").count("/") <= 2 else link


def _store(
    connection: Connection,
    row: UrlRow,
    identity: str,
    known: Revision | None,
    article: Article,
    now: datetime,
    same: bool | None,
) -> Outcome:
    record = row.page or (row.rest.record if row.rest else None)
    sight = Sight(record, row.fetched_at or now, row.http_status or 200)
    if known is None:
        articles.add(connection, identity, row.source, article, sight, now)
        return Outcome.NEW
    articles.touch(connection, [identity], now)
    if row.article_id is None and row.key != identity:
        return Outcome.DUPLICATE  # a further URL of an article that has its own
    if same or not judge.differs(known.article, article):
        articles.note_url(connection, identity, article.url, now)
        return Outcome.UNCHANGED
    articles.revise(connection, identity, article, sight, now)
    return Outcome.CHANGED


def _aliases(row: UrlRow, here: str, article: Article, identity: str, source: Source) -> list[str]:
    link = _canonical_link(article, here, source)
    accepted = link if link and article_id(link) == identity else None
    names = [name for name in (here, accepted) if name and article_id(name) != row.key]
    return list(dict.fromkeys(names))
