"""What reading one page means for the state: a new article, a revision, an alias, or a reason why nothing.

Every function runs inside one transaction and may run twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from pipeline.extract import documents
from pipeline.jobs import attach, clusters, judge, translations
from pipeline.jobs.translations import Entry
from pipeline.models import Article, Extraction, Fingerprint, Outcome, Revision, Source, replace
from pipeline.sources.scope import in_scope, is_own_host
from pipeline.store import articles, attachments, forgotten, quarantine, urls
from pipeline.store import translations as pairs
from pipeline.store.articles import Sight
from pipeline.store.urls import UrlRow
from pipeline.urls import article_id, canonical, twin_keys


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome of one URL, with the article it led to, if any. ``absorbed``: another that proved to be the same."""

    outcome: Outcome
    article_id: str | None = None
    reason: str | None = None
    absorbed: str | None = None


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


def twin(connection: Connection, row: UrlRow, article: str, now: datetime) -> Judged:
    """A URL that nobody asked leads to an article that is known under another of its spellings (http, www, final
    slash), and need not be asked."""
    urls.note_outcome(connection, row.key, Outcome.DUPLICATE, now=now, due_at=None, article=article)
    articles.mark_pending(connection, [article], now)  # its document names all addresses
    if row.alternates:
        translations.look_again(connection, [article], now)
    return Judged(Outcome.DUPLICATE, article)


def unchanged(
    connection: Connection, row: UrlRow, source: Source, now: datetime, habit: judge.Habit = judge.NO_HABIT
) -> Judged:
    """The page is as it was (304, or the same bytes): refresh last_seen and plan the next look. A page that showed a
    password form and shows it again is one more look without an article."""
    if row.article_id and row.outcome in _MISSING:
        return missing(connection, row, row.outcome, row.reason or "as before", source, now)
    if row.article_id:
        articles.note_present(connection, row.article_id, now)
    before = row.outcome or Outcome.UNCHANGED
    outcome = Outcome.UNCHANGED if before in (Outcome.NEW, Outcome.CHANGED) else before
    urls.note_outcome(
        connection,
        row.key,
        outcome,
        now=now,
        due_at=judge.next_look(outcome, now, row=row, published=_last_change(connection, row.article_id), habit=habit),
        reason=row.reason,
    )
    return Judged(outcome, row.article_id, row.reason)


def missing(
    connection: Connection, row: UrlRow, outcome: Outcome, reason: str, source: Source, now: datetime
) -> Judged:
    """A look found no article where one may have been: 404, 410, a password form, a redirect to somewhere else.

    What was an article counts as removed after such looks on three different nights; its text stays.
    """
    if row.article_id is None:
        return refuse(connection, row, outcome, reason, now)
    night = now.astimezone(ZoneInfo(source.timezone)).date().isoformat()
    removed = articles.note_gone(connection, row.article_id, night, now, judge.GONE_NIGHTS)
    due_at = now + (judge.MONTH if removed else judge.NIGHT)
    urls.note_outcome(connection, row.key, Outcome.GONE, now=now, due_at=due_at, reason=reason)
    return Judged(Outcome.GONE, row.article_id, reason)


def read(
    connection: Connection,
    row: UrlRow,
    extraction: Extraction,
    source: Source,
    now: datetime,
    *,
    same: bool | None,
    same_pdfs: bool | None = None,
    since: datetime | None = None,
    template_version: int = 0,
    mark: Fingerprint | None = None,
    habit: judge.Habit = judge.NO_HABIT,
) -> Judged:
    """Record what a page holds. `same` says that page and newest revision, read alike, are one, `same_pdfs` that they
    link the same PDFs; what is older than `since` waits in the archive for a run that wants it. `mark`: the
    fingerprint of the text, where somebody made it already."""
    if since and _is_older(extraction.article, since):
        urls.postpone(connection, row.key, now)
        return Judged(Outcome.OUT_OF_SCOPE, None, "before --since")
    if extraction.noindex and source.respect_noindex:
        return refuse(connection, row, Outcome.DISALLOWED, "noindex", now)
    if extraction.not_article:
        return missing(connection, row, Outcome.NOT_ARTICLE, extraction.not_article, source, now)
    if row.failures or row.outcome in _MISSING:  # else nothing was put aside
        quarantine.release(connection, [row.url], "fetch", "extract")
    here = canonical(row.final_url or row.url) or row.url
    article = replace(extraction.article, url=here)
    link = canonical_link(article, here, source)
    if forgotten.is_forgotten(connection, [row.url, here, *([link] if link else [])]):
        return refuse(connection, row, Outcome.DISALLOWED, "erased on request", now)
    if article.page_starts and (owner := attachments.owner(connection, here) or attachments.owner(connection, row.url)):
        due_at = judge.next_look(Outcome.UNCHANGED, now, row=row) if attachments.of(connection, [row.key]) else None
        refuse(connection, row, Outcome.DUPLICATE, "attachment of an article", now, due_at=due_at)
        return Judged(Outcome.DUPLICATE, owner)
    page = _identify(connection, row, here, article, source, now)
    if page is None:
        return missing(connection, row, Outcome.GONE, f"redirects to another article, {here}", source, now)
    record = row.page or (row.rest.record if row.rest else None)
    sight = Sight(record, row.fetched_at or now, row.http_status or 200, template_version)
    if page.known is not None:
        uploads = attachments.uploads(connection, page.identity)
        article = documents.carried(article, page.known.article.attachments, uploads)
    outcome = _store(connection, row, page, article, sight, now, same, same_pdfs, mark)
    if not page.further and (article.attachments or page.known is not None):
        attach.note_links(connection, page.identity, source.id, article, now, prune=outcome is Outcome.CHANGED)
    names = _aliases(row, here, article, page.identity, source)
    added = [urls.add_alias(connection, row.source, alias, page.identity, now) for alias in names]
    if page.known is not None and (any(added) or row.article_id is None):
        # the document names all addresses, whenever they turn up
        articles.mark_pending(connection, [page.identity], now)
    looked_at = replace(row, article_id=page.identity)
    urls.note_outcome(
        connection,
        row.key,
        outcome,
        now=now,
        due_at=judge.next_look(
            outcome, now, row=looked_at, published=_changed_at(outcome, page, article, now), habit=habit
        ),
        article=page.identity,
    )
    if page.known is not None and row.alternates and row.article_id is None:
        # only now does the URL, and what its sitemap says of it, lead to the article
        translations.look_again(connection, [page.identity], now)
    return Judged(outcome, page.identity, absorbed=page.absorbed)


@dataclass(frozen=True, slots=True)
class _Identity:
    """Which article a page is. `further`: the page is a second URL of an article that has its own; `absorbed`: what was
    taken for another article until now."""

    identity: str
    known: Revision | None
    further: bool = False
    absorbed: str | None = None


#: Outcomes that say that no article was there.
_MISSING = (Outcome.GONE, Outcome.NOT_ARTICLE, Outcome.DISALLOWED, Outcome.REJECTED, Outcome.OUT_OF_SCOPE)


def _last_change(connection: Connection, article: str | None) -> datetime | None:
    """When the article last changed, as far as we saw; its publication while it never did."""
    revision = articles.current(connection, article) if article else None
    if revision is None:
        return None
    return revision.seen_at if revision.number > 1 else revision.article.published


def _changed_at(outcome: Outcome, page: _Identity, article: Article, now: datetime) -> datetime | None:
    """The same right after a reading, by what it gave."""
    if outcome is Outcome.NEW:
        return article.published
    known = page.known if outcome is Outcome.UNCHANGED else None
    return now if known is None else (known.seen_at if known.number > 1 else known.article.published)


def _is_older(article: Article, since: datetime) -> bool:
    dates = [date for date in (article.published, article.modified) if date]
    return bool(dates) and all(date < since for date in dates)


def _identify(
    connection: Connection, row: UrlRow, here: str, article: Article, source: Source, now: datetime
) -> _Identity | None:
    """The article that a page is: the one its URL led to before, one known under its other names, or a new one.

    None: the URL now leads to another article's page, so its own is gone.
    """
    if row.article_id:
        return _still(connection, row.article_id, here, article, now)
    post = urls.article_of_post(connection, row)
    if post:
        return _Identity(post, articles.current(connection, post))
    known_as = urls.article_of(connection, [here, *twin_keys(here), row.url, *twin_keys(row.url)])
    if known_as:
        return _Identity(known_as, articles.current(connection, known_as), further=row.key != known_as)
    link = canonical_link(article, here, source)
    linked = urls.article_of(connection, [link, *twin_keys(link)]) if link else None
    revision = articles.current(connection, linked) if linked else None
    if linked and revision is not None:
        if judge.are_kin(revision.article, article):
            return _Identity(linked, revision, further=row.key != linked)
        link = None  # another text's address: not this page's
    if same := _same_page(connection, here, article, source):
        return _Identity(same, articles.current(connection, same), further=row.key != same)
    identity = article_id(link or here)
    known = articles.current(connection, identity)
    if known is not None and identity != article_id(here):  # an id is taken once
        identity = article_id(here)
        known = articles.current(connection, identity)
    return _Identity(identity, known)


def _same_page(connection: Connection, here: str, article: Article, source: Source) -> str | None:
    """The article with the same text at the same path: where addresses differ in their query alone (a session id, where
    a reader came from), they are one page's."""
    known = urls.names(connection, articles.with_text(connection, source.id, article.content_hash))
    path = _path_of(here)
    return next((name for name, its in known.items() if path in map(_path_of, its.urls)), None)


def _path_of(url: str) -> str:
    return url.partition("?")[0]


def _still(connection: Connection, mine: str, here: str, article: Article, now: datetime) -> _Identity | None:
    """A known article at its next look; where it moved to what was taken for a new article, the two are one."""
    known = articles.current(connection, mine)
    other = urls.article_of(connection, [here])
    if other is None or other == mine or known is None:
        return _Identity(mine, known)
    if not judge.are_kin(known.article, article):
        return None
    winner, loser = articles.older(connection, mine, other)
    clusters.leave(connection, loser, now)
    articles.mark_pending(connection, pairs.forget(connection, loser), now)
    articles.merge(connection, loser, winner, now)
    return _Identity(winner, articles.current(connection, winner), absorbed=loser)


def canonical_link(article: Article, here: str, source: Source) -> str | None:
    """The page's canonical link, where it can be meant: on the source's own hosts, in scope, no front page."""
    link = article.canonical_url
    if not link or link == here or not is_own_host(source, link) or not in_scope(source, link):
        return None
    return None if link.rstrip("/").count("/") <= 2 else link


def _store(
    connection: Connection,
    row: UrlRow,
    page: _Identity,
    article: Article,
    sight: Sight,
    now: datetime,
    same: bool | None,
    same_pdfs: bool | None,
    mark: Fingerprint | None,
) -> Outcome:
    mine = Entry(page.identity, row.source, article, row.alternates)
    if page.known is None:
        articles.add(connection, page.identity, row.source, article, sight, now)
        _relate(connection, mine, mark, now, fresh=True)
        # the same text under an older URL: has that one moved here? A look will tell, still in this run
        alike = articles.with_text(connection, row.source, article.content_hash)
        twins = urls.names(connection, [name for name in alike if name != page.identity]).values()
        its = [article_id(url) for twin in twins for url in twin.urls]
        urls.make_due(connection, its, now, unless_since=now - judge.NIGHT)
        return Outcome.NEW
    articles.note_present(connection, page.identity, now)
    if page.further:
        return Outcome.DUPLICATE
    articles.note_url(connection, page.identity, article.url, now)
    if not judge.is_revised(page.known, article, same, same_pdfs):
        return Outcome.UNCHANGED
    articles.revise(connection, page.identity, article, sight, now)
    listed = urls.alternates(connection, [page.identity]).get(page.identity, ())
    _relate(connection, replace(mine, listed=tuple(dict.fromkeys((*listed, *row.alternates)))), mark, now)
    return Outcome.CHANGED


def _relate(
    connection: Connection, mine: Entry, mark: Fingerprint | None, now: datetime, *, fresh: bool = False
) -> None:
    """Find the copies and translations of a text that is new; those whose own relations change are indexed again."""
    clusters.cluster(connection, mine.id, mine.article, mark, now, fresh=fresh)
    articles.mark_pending(connection, translations.refresh(connection, mine, fresh=fresh), now)


def _aliases(row: UrlRow, here: str, article: Article, identity: str, source: Source) -> list[str]:
    link = canonical_link(article, here, source)
    accepted = link if link and article_id(link) == identity else None
    names = [name for name in (here, accepted) if name and article_id(name) != row.key]
    return list(dict.fromkeys(names))
