"""One document with its past: what the state knows, the differences between revisions, the page as it was."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from pipeline.errors import QueryError
from pipeline.fetch.archive import read_page
from pipeline.index.schema import document
from pipeline.models import Page, Revision, Source, dump
from pipeline.settings import Settings
from pipeline.store import articles, attachments, urls
from pipeline.store.database import Store
from pipeline.urls import canonical, twin_keys


def find(connection: Connection, name: str) -> str:
    """The id of the article that an id or URL names. Raises QueryError when there is none."""
    if articles.current(connection, name) is not None:
        return name
    url = canonical(name)
    found = (urls.article_of(connection, twin_keys(url)) or attachments.owner(connection, url)) if url else None
    if found is None:
        raise QueryError(f"{name}: no article has this id or URL. `mecmua search` finds ids; is the source crawled?")
    return found


def revision(connection: Connection, article_id: str, number: int | None) -> Revision:
    """A revision by number, or the newest. Raises QueryError when there is none of that number."""
    found = articles.revision(connection, article_id, number) if number else articles.current(connection, article_id)
    if found is None:
        count = len(articles.history(connection, article_id))
        raise QueryError(f"{article_id} has no revision {number}; it has {count}")
    return found


def document_of(
    store: Store, sources: Mapping[str, Source], name: str, number: int | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The search document of an article as of one revision, and a line for each of its revisions."""
    with store.read() as connection:
        article_id = find(connection, name)
        chosen = revision(connection, article_id, number)
        known = articles.known(connection, sources, article_id)
        past = [
            {"revision": item.number, "seen_at": dump(item)["seen_at"], "content_hash": item.content_hash}
            for item in articles.history(connection, article_id)
        ]
    if known is None:
        raise QueryError(f"{name}: the state holds revisions of it but no article; run `mecmua doctor`")
    return document(known, chosen, chosen.seen_at), past


def difference(store: Store, name: str, first: int, second: int) -> str:
    """A unified diff of title, text and PDFs between two revisions."""
    with store.read() as connection:
        article_id = find(connection, name)
        one, other = (revision(connection, article_id, number) for number in (first, second))
    lines = difflib.unified_diff(
        _lines(one), _lines(other), f"{article_id}@{first}", f"{article_id}@{second}", lineterm="", n=1
    )
    return "\n".join(lines)


def _lines(item: Revision) -> list[str]:
    pages = [
        f"PDF {attached.url}, page {number}\n{text}"
        for attached in item.article.attachments
        for number, text in enumerate(attached.pages, 1)
    ]
    return [item.article.title, *item.article.text.split("\n"), *(line for page in pages for line in page.split("\n"))]


def pdf(store: Store, name: str, revision_number: int | None, number: int) -> tuple[str, tuple[str, ...]]:
    """The URL and the text of each page of one of an article's PDFs, counted from 1 as its document lists them. Raises
    QueryError where there is no such one."""
    with store.read() as connection:
        article = revision(connection, find(connection, name), revision_number).article
    if article.page_starts:
        ends = (*article.page_starts[1:], len(article.text) + 1)
        held = [(article.url, tuple(article.text[a : b - 1] for a, b in zip(article.page_starts, ends, strict=True)))]
    else:
        held = [(attachment.url, attachment.pages) for attachment in article.attachments]
    if not 1 <= number <= len(held):
        raise QueryError(f"{name} has {len(held)} PDFs whose text is known, and no number {number}")
    return held[number - 1]


def archived(store: Store, settings: Settings, name: str, number: int | None = None) -> Page:
    """The page as it was when a revision was seen. Raises QueryError and Unavailable."""
    with store.read() as connection:
        chosen = revision(connection, find(connection, name), number)
    if chosen.record is None:
        raise QueryError(f"{name}: this revision has no archived page")
    return read_page(chosen.record, settings.spool, settings.archive)
