"""The dashboard *Library*: what there is, by source, time, language, kind, author and tag."""

from __future__ import annotations

from pipeline.kibana.dashboards import Dashboard, Row, Table
from pipeline.kibana.panels import Dates, Metric, Panel, Queries, Terms
from pipeline.kibana.searches import REMOVED, REVIEW, THERE, UNDATED

_ARTICLES = Metric("count", "Articles")

NUMBERS = Panel(
    "numbers",
    "Articles in the chosen time",
    "metric",
    (_ARTICLES, Metric("cardinality", "Different texts", "cluster_id"), Metric("cardinality", "Sources", "source")),
    query=THERE,
)
ATTENTION = Panel(
    "attention",
    "At any time, dated or not",
    "metric",
    (_ARTICLES,),
    (
        Queries(
            {
                "All there is": THERE,
                "Without a date": UNDATED,
                "Gone from their site": REMOVED,
                "Need review": REVIEW,
            }
        ),
    ),
    view="undated",
    description="Not narrowed by the chosen time, which leaves out what has no date.",
)
OVER_TIME = Panel(
    "over-time",
    "Articles over time, by language",
    "histogram",
    (_ARTICLES,),
    (Dates("published", "Published"), Terms("language", "Language", 5, others=True)),
    query=THERE,
)
LANGUAGES = Panel(
    "languages", "Languages", "pie", (_ARTICLES,), (Terms("language", "Language", 8, others=True),), query=THERE
)
SOURCES = Panel(
    "sources",
    "Articles by source",
    "horizontal_bar",
    (_ARTICLES,),
    (Terms("source_name.keyword", "Source", 25),),
    query=THERE,
)
KINDS = Panel("kinds", "Kinds", "pie", (_ARTICLES,), (Terms("kind", "Kind", 8),), query=THERE)
COUNTRIES = Panel(
    "countries",
    "Countries of the sources",
    "pie",
    (_ARTICLES,),
    (Terms("source_country", "Country", 10, others=True),),
    query=THERE,
)
AUTHORS = Panel(
    "authors",
    "Authors",
    "table",
    (_ARTICLES, Metric("cardinality", "Sources", "source"), Metric("max", "Latest", "published")),
    (Terms("authors.keyword", "Author", 200),),
    query=THERE,
)
TAGS = Panel("tags", "Tags", "tagcloud", (_ARTICLES,), (Terms("tags.keyword", "Tag", 60),), query=THERE)
CATEGORIES = Panel(
    "categories", "Categories", "table", (_ARTICLES,), (Terms("categories.keyword", "Category", 200),), query=THERE
)
SOURCES_IN_NUMBERS = Panel(
    "sources-in-numbers",
    "Sources in numbers",
    "table",
    (
        _ARTICLES,
        Metric("cardinality", "Different texts", "cluster_id"),
        Metric("cardinality", "Authors", "authors.keyword"),
        Metric("avg", "Words, on average", "word_count"),
        Metric("min", "First", "published"),
        Metric("max", "Latest", "published"),
    ),
    (Terms("source_name.keyword", "Source", 500),),
    query=THERE,
)
FLAGS = Panel(
    "flags",
    "What needs review",
    "horizontal_bar",
    (_ARTICLES,),
    (Terms("quality_flags", "Quality flag", 15),),
    view="undated",
    query=REVIEW,
)

LIBRARY = Dashboard(
    "library",
    "Mecmua: Library",
    "What there is, by source, time, language, kind, author and tag. Click a value to see only that; drag over the "
    "chart to choose a time. Ne var: kaynak, zaman, dil, tür, yazar ve etikete göre.",
    since="now-20y/y",
    rows=(
        Row(7, ((NUMBERS, 20), (ATTENTION, 28))),
        Row(14, ((OVER_TIME, 34), (LANGUAGES, 14))),
        Row(18, ((SOURCES, 20), (KINDS, 14), (COUNTRIES, 14))),
        Row(17, ((AUTHORS, 20), (TAGS, 14), (CATEGORIES, 14))),
        Row(17, ((SOURCES_IN_NUMBERS, 34), (FLAGS, 14))),
        Row(20, ((Table("turkish-english", "Turkish and English articles, newest first"), 48),)),
    ),
)
