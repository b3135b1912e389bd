"""What a PDF means for the state: it belongs to articles, is never one itself, and its change is theirs.

Every function runs inside one transaction and may run twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from pipeline.extract import documents
from pipeline.jobs import clusters, judge
from pipeline.models import Article, Attachment, Outcome, Pointer, Revision, Source, replace
from pipeline.store import articles, attachments, forgotten, quarantine, urls
from pipeline.store import translations as pairs
from pipeline.store.articles import Sight
from pipeline.store.attachments import Basis
from pipeline.store.urls import UrlRow
from pipeline.urls import article_id, twin_keys


def note_links(
    connection: Connection,
    identity: str,
    source: str,
    article: Article,
    now: datetime,
    *,
    basis: Basis = "page",
    prune: bool = False,
) -> None:
    """Note the PDFs that an article has. One that was taken for an article of its own until now is merged into it."""
    erased = forgotten.is_forgotten(connection, [attachment.url for attachment in article.attachments])
    found = [attachment for attachment in article.attachments if attachment.url not in erased]
    for attachment in found:
        alone = urls.article_of(connection, twin_keys(attachment.url))
        if alone and alone != identity:
            _absorb(connection, alone, identity, now)
    attachments.link(connection, identity, source, found, now, basis=basis, prune=prune)


def _absorb(connection: Connection, alone: str, identity: str, now: datetime) -> None:
    """A PDF that was an article becomes an attachment; what it was stays in the state, its document goes."""
    known = articles.current(connection, alone)
    if known is None or not documents.is_one(known.article):
        return  # a page at an address that only looks like a PDF's
    clusters.leave(connection, alone, now)
    articles.mark_pending(connection, pairs.forget(connection, alone), now)
    articles.merge(connection, alone, identity, now)


def sweep(connection: Connection, source: Source, ids: Sequence[str], now: datetime) -> None:
    """Note the PDFs of articles that were stored before PDFs were read. No revision comes of it."""
    for identity in ids:
        known = articles.current(connection, identity)
        if known and known.article.pdfs and not known.article.attachments and not documents.is_one(known.article):
            found = documents.planned(documents.own(source, known.article.pdfs, ()))
            note_links(connection, identity, source.id, replace(known.article, attachments=found), now)


def note_uploads(connection: Connection, source: Source, now: datetime) -> None:
    """Give articles the PDFs that WordPress says were uploaded to them."""
    for identity, url in attachments.uploaded(connection, source.id):
        known = articles.current(connection, identity)
        if known is None or len(known.article.attachments) >= documents.MOST:
            continue
        for own in documents.own(source, [url], ()):
            found = replace(known.article, attachments=(Attachment(own),))
            note_links(connection, identity, source.id, found, now, basis="media")


# --- what looking at one gave ----------------------------------------------------------------------------------------


def unchanged(connection: Connection, row: UrlRow, now: datetime) -> None:
    """The PDF is as it was: plan the next look."""
    _note_look(connection, row, now)
    quarantine.release(connection, [row.url], "fetch")


def failed(
    connection: Connection, row: UrlRow, source: str, reason: str, detail: str, now: datetime, *, record: Pointer | None
) -> None:
    """The PDF could not be had, or (with its `record`) not be read: a flag of its articles, which lose nothing. It is
    tried again at growing intervals; one that cannot be read, when it changes."""
    stage = "extract" if record else "fetch"
    quarantine.add(connection, row.source, row.url, stage=stage, reason=reason, detail=detail, now=now)
    due_at = None if record else judge.next_look(Outcome.REJECTED, now, row=row)
    failures = 0 if record else row.failures + 1
    _note_look(connection, row, now, due_at=due_at, reason=reason, failures=failures)
    for link in attachments.links(connection, row.key, source):
        known = articles.current(connection, link.article_id)
        if known is None:
            continue
        held = documents.attachment_of(known.article, row.url) or Attachment(row.url)
        _amend(connection, known, replace(held, problem=reason, record=held.record or record), now)
        if record:
            attachments.note_read(connection, row.key, link.article_id, record.record_id)


def read(
    connection: Connection, row: UrlRow, source: str, attachment: Attachment, now: datetime, *, same: bool | None
) -> list[str]:
    """The PDF was read: its articles get it. The ids of those that changed by it, for they had it otherwise (`same`
    False); its first reading is no change of a page."""
    quarantine.release(connection, [row.url], "fetch", "extract")
    _note_look(connection, row, now)
    changed = []
    for link in attachments.links(connection, row.key, source):
        known = articles.current(connection, link.article_id)
        if known is None or attachment.record is None:
            continue
        held = documents.attachment_of(known.article, row.url)
        if held and held.record not in (None, attachment.record) and not _is_same(held, attachment, same):
            _revise(connection, known, attachment, now)
            changed.append(link.article_id)
        else:
            _amend(connection, known, attachment, now)
        attachments.note_read(connection, row.key, link.article_id, attachment.record.record_id)
    return changed


def _is_same(held: Attachment, found: Attachment, same: bool | None) -> bool:
    """As both files were read by the same rules, else as their texts were stored; two scans without text differ."""
    return same if same is not None else held.pages == found.pages and any(found.pages)


def _note_look(
    connection: Connection,
    row: UrlRow,
    now: datetime,
    *,
    due_at: datetime | None = None,
    reason: str | None = None,
    failures: int = 0,
) -> None:
    due_at = due_at or judge.next_look(Outcome.UNCHANGED, now, row=row)
    urls.note_outcome(connection, row.key, Outcome.DUPLICATE, now=now, due_at=due_at, reason=reason, failures=failures)


def _amend(connection: Connection, known: Revision, attachment: Attachment, now: datetime) -> None:
    """Write it into the newest revision; the document is written again where a reader could see a difference."""
    article = documents.with_attachment(known.article, attachment)
    if article == known.article:
        return
    articles.amend(connection, known.article_id, known.number, article)
    if _shown(article) != _shown(known.article):
        articles.mark_pending(connection, [known.article_id], now)


def _shown(article: Article) -> tuple[object, ...]:
    return article.quality_flags, tuple(replace(each, record=None) for each in article.attachments)


def _revise(connection: Connection, known: Revision, attachment: Attachment, now: datetime) -> None:
    sight = Sight(known.record, known.fetched_at, known.http_status, known.template_version, known.extractor_version)
    article = documents.with_attachment(known.article, attachment)
    articles.revise(connection, known.article_id, article, sight, now)


def resync(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """After these articles were exchanged for other readings of the same pages: what they have of their PDFs may be
    another reading too, which the next run looks at, in the archive."""
    for identity in ids:
        known, state = articles.current(connection, identity), articles.source_of(connection, identity)
        if known and state:
            note_links(connection, identity, state, known.article, now)
            held = {article_id(each.url) for each in known.article.attachments}
            for link in attachments.of_article(connection, identity):
                if link.key not in held:
                    attachments.note_read(connection, link.key, identity, None)


__all__ = ["failed", "note_links", "note_uploads", "read", "resync", "sweep", "unchanged"]
