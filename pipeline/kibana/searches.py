"""Saved searches: what an analyst or operator opens in Discover, and two of the dashboards' tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.kibana.objects import MADE_BY, Filter, View, identity, saved_object, searching
from pipeline.kibana.views import PAGE_LINKS, VIEWS
from pipeline.models import WELL

#: Queries are KQL that Lucene reads the same way: see `pipeline.kibana.objects.searching`.
THERE = "NOT removed_at:*"
UNDATED = f"NOT published:* AND {THERE}"
REMOVED = "removed_at:*"
#: What a reader should not take on trust: guessed dates, uncertain languages, broken or short texts, unread PDFs.
REVIEW = f'(quality_flags:* OR language:"und") AND {THERE}'
BY_SOURCE = "scope:source"
FAILED = f"{BY_SOURCE} AND error_type:*"
HEALTH_NOW = "scope:health"
#: A source that left the catalogue leaves its last state behind; this is how long it is still shown.
STILL_CRAWLED = Filter("Looked at in the last 14 days", {"range": {"started": {"gte": "now-14d"}}})
IN_TROUBLE = f"{HEALTH_NOW} AND NOT health:({' OR '.join(WELL)})"


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search by name: its query, its columns, the data view it reads, and the field it is sorted by, newest first."""

    slug: str
    title: str
    description: str
    query: str
    columns: tuple[str, ...] = ("published_day", "title", "source_name", "language", "text")
    view: View = "dated"
    sort: str = "published"
    filters: tuple[Filter, ...] = ()


SEARCHES = (
    SavedSearch(
        "turkish-english",
        "Mecmua: Turkish and English",
        "Title, text, source and date of Turkish and English articles, newest first. "
        "Türkçe ve İngilizce yazılar, en yenisi başta.",
        f'language:("tr" OR "en") AND {THERE}',
        ("published", "title", "source_name", "language", "text"),
    ),
    SavedSearch(
        "all",
        "Mecmua: all articles (bütün yazılar)",
        "Every dated article in any language, also those gone from their site, newest first.",
        "",
    ),
    SavedSearch("tr", "Mecmua: Türkçe", "Türkçe yazılar, en yenisi başta.", f'language:"tr" AND {THERE}'),
    SavedSearch("en", "Mecmua: English", "English articles, newest first.", f'language:"en" AND {THERE}'),
    SavedSearch(
        "new-today",
        "Mecmua: new today (bugün gelenler)",
        "What came in during the last 24 hours, whatever its date. Son 24 saatte gelenler, tarihi ne olursa olsun.",
        THERE,
        ("first_seen", "title", "source_name", "language", "published_day", "url"),
        view="undated",
        sort="first_seen",
        filters=(Filter("First seen in the last 24 hours", {"range": {"first_seen": {"gte": "now-24h"}}}),),
    ),
    SavedSearch(
        "changed",
        "Mecmua: changed (değişenler)",
        "Articles that their source changed after we first saw them, the last change first; `mecmua show ID` and the "
        "search page show what changed.",
        f"NOT revision:1 AND {THERE}",
        ("fetched_at", "revision", "title", "source_name", "published_day", "url"),
        view="undated",
        sort="fetched_at",
    ),
    SavedSearch(
        "removed",
        "Mecmua: removed (kaldırılanlar)",
        "Articles that their source has taken down since we saw them; their texts are kept.",
        REMOVED,
        ("removed_at", "title", "source_name", "published_day", "url"),
        view="undated",
        sort="removed_at",
    ),
    SavedSearch(
        "review",
        "Mecmua: needs review (gözden geçirilecekler)",
        "Articles with a quality flag (date guessed or missing, language uncertain, text short, cut or garbled, PDF "
        "unread), the last read first.",
        REVIEW,
        ("indexed_at", "quality_flags", "title", "source_name", "language", "language_confidence", "date_basis", "url"),
        view="undated",
        sort="indexed_at",
    ),
    SavedSearch(
        "undated",
        "Mecmua: without a date (tarihsizler)",
        "Articles whose page names no date; a view with a time filter never shows them.",
        UNDATED,
        ("first_seen", "title", "source_name", "language", "url"),
        view="undated",
        sort="first_seen",
    ),
    SavedSearch(
        "trouble",
        "Mecmua: sources in trouble",
        "Sources that are silent, stale, shrinking, blocked, moved or empty as of their last run, and what to do.",
        IN_TROUBLE,
        ("health", "source", "newest", "evidence", "advice"),
        view="sources",
        sort="started",
        filters=(STILL_CRAWLED,),
    ),
    SavedSearch(
        "failed",
        "Mecmua: failed source runs",
        "Sources that a nightly run could not finish, the last one first.",
        FAILED,
        ("started", "source", "error_type", "error"),
        view="runs",
        sort="started",
    ),
    SavedSearch(
        "nights",
        "Mecmua: nights by source",
        "What each nightly run did with each source, the last one first.",
        BY_SOURCE,
        (
            "started", "source", "outcomes.new", "outcomes.changed", "outcomes.rejected", "outcomes.deferred", "newest",
            "requests", "failures", "latency.median", "seconds", "error",
        ),
        view="runs",
        sort="started",
    ),
)  # fmt: skip


def saved_searches(index: str, page: str | None) -> Iterator[dict[str, Any]]:
    """All saved searches of an alias; those of articles link to the search page where ``page`` is its address."""
    for search in SEARCHES:
        meta, references = searching(index, search.view, search.query, search.filters, highlightAll=True, version=True)
        linked = PAGE_LINKS if page and not VIEWS[search.view].reads else ()
        attributes = {
            "title": search.title,
            "description": f"{search.description} {MADE_BY}",
            "columns": [*search.columns, *linked],
            "sort": [[search.sort, "desc"]],
            "kibanaSavedObjectMeta": meta,
        }
        yield saved_object("search", identity(index, "search", search.slug), attributes, references)
