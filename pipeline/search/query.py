"""Text to query to results. Every word may match in any of the three chains, so mixed languages cost nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from pipeline.errors import ConfigurationError, MecmuaError, QueryError
from pipeline.glossary import Glossary
from pipeline.search import facets, highlight
from pipeline.search.compose import compose, composed_words, exact_marks, with_recency
from pipeline.search.fields import CHAINS, SEARCHED, TITLES
from pipeline.search.filters import Filters
from pipeline.search.results import Hit, Results
from pipeline.search.syntax import Query, parse

Sort = Literal["relevance", "newest", "oldest"]
#: Engines page to here (index.max_result_window); more is what export is for.
MAX_RESULTS = 10_000
#: The engine ends a search by itself after this long; no query of a reader takes a tenth of it.
TIMEOUT = "10s"
#: Others with the same text that a hit names.
MOST_ALSO = 20

_RETURNED = (
    "id", "url", "title", "language", "source", "published", "source_name", "source_country", "kind", "authors",
    "published_day", "excerpt", "tags", "pdf.url", "removed_at",
)  # fmt: skip
_MARKED_VALUES = ("authors", "organisations", "byline", "tags", "categories", "source_name")
_MARKED_IN_CHAINS = ("title", "text", "subtitle", "excerpt")


def search(
    client: Elasticsearch,
    index: str,
    query: str,
    *,
    language: str | None = None,
    source: str | None = None,
    since: date | None = None,
    until: date | None = None,
    size: int = 10,
    offset: int = 0,
    removed: bool = False,
    sort: Sort | None = None,
    filters: Filters | None = None,
    facet_names: Iterable[str] = (),
    histogram: bool = False,
    glossary: Glossary | None = None,
    now: datetime | None = None,
) -> Results:
    """The articles that match, best first; without words to search for, the newest first.

    Articles gone from their site are left out unless ``removed``. Of articles with the same text one is shown, the
    others are its ``also``. ``filters`` takes the place of language, source, days and removed. ``glossary`` None is the
    one that ships; ``now`` is what newer articles are measured against, None the engine's clock. Raises QueryError for
    a query or page that makes no sense or takes the engine too long, Unavailable when the engine is away,
    ConfigurationError when there is no index.
    """
    if size < 0 or offset < 0 or offset + size > MAX_RESULTS:
        raise QueryError(f"Results go from 0 to {MAX_RESULTS}; use `mecmua export` for all of them.")
    parsed = parse(query)
    chosen = filters or Filters(language, source, since, until, removed)
    order: Sort = sort or ("relevance" if parsed.has_words else "newest")
    body = {
        **_matching(parsed, chosen, order, glossary, now),
        **_page(size, offset, order),
        "highlight": _highlight(parsed, glossary),
        "aggregations": {**_total(chosen), **facets.aggregations(facet_names, chosen, histogram=histogram)},
    }
    return read(ask(client, index, body), chosen)


def related(client: Elasticsearch, index: str, wanted: Mapping[str, Any], size: int) -> Results:
    """The articles that match a clause in the engine's language, best first, those with the same text as one."""
    body = {"query": wanted, **_page(size, 0, "relevance"), "aggregations": _total(Filters())}
    return read(ask(client, index, body), Filters())


def ask(client: Elasticsearch, index: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """One search call. Partial answers are errors: a result that lacks a shard's documents would be wrong, not slow."""
    try:
        answer: Mapping[str, Any] = client.search(
            index=index, allow_partial_search_results=False, **{"timeout": TIMEOUT, **body}
        ).body
    except NotFoundError as error:
        raise ConfigurationError(
            f"search engine: there is no index {index!r} yet. Run `mecmua crawl` first, or set MECMUA_INDEX."
        ) from error
    except ApiError as error:
        if "too_many" in str(error.body):
            raise QueryError("The query asks for too much at once; make it shorter.") from error
        if isinstance(error, BadRequestError):
            raise QueryError(f"The search engine cannot answer this query: {error.message}.") from error
        if "time exceeded" in str(error.body).lower().replace("_", " "):
            raise _too_slow() from error
        raise MecmuaError(f"search engine: the search fails: {error}.") from error
    if answer.get("timed_out"):
        raise _too_slow()
    return answer


def _too_slow() -> QueryError:
    return QueryError(f"The query takes the search engine more than {TIMEOUT}; make it narrower.")


def _matching(
    query: Query, filters: Filters, order: Sort, glossary: Glossary | None, now: datetime | None
) -> dict[str, Any]:
    """What must match. Picked facet values filter behind the aggregations, which each leave their own out."""
    wanted = composed_words(query, glossary)
    wanted["bool"]["filter"] += filters.base()
    if order == "relevance" and query.has_words:
        wanted = with_recency(wanted, now)
    picked = list(filters.picked().values())
    return {"query": wanted, **({"post_filter": {"bool": {"filter": picked}}} if picked else {})}


def _page(size: int, offset: int, order: Sort) -> dict[str, Any]:
    others = {"name": "also", "size": MOST_ALSO, "_source": ["id", "url", "source", "source_name"]}
    return {
        "size": size,
        "from_": offset,
        "source": list(_RETURNED),
        "sort": _sort(order),
        "track_total_hits": False,
        "collapse": {"field": "cluster_id", "inner_hits": others},
    }


def _sort(sort: Sort) -> list[dict[str, Any]]:
    by_day = {"published": {"order": "asc" if sort == "oldest" else "desc", "missing": "_last"}}
    first: list[dict[str, Any]] = [{"_score": {"order": "desc"}}] if sort == "relevance" else []
    return [*first, by_day, {"id": {"order": "asc"}}]


def _total(filters: Filters) -> dict[str, Any]:
    """How many articles match, those with the same text as one."""
    # HyperLogLog, exact in practice below the threshold.
    counted = {"articles": {"cardinality": {"field": "cluster_id", "precision_threshold": 40_000}}}
    narrowed = {"bool": {"filter": list(filters.picked().values())}}
    return {"total": {"filter": narrowed, "aggregations": counted}}


def _highlight(query: Query, glossary: Glossary | None) -> dict[str, Any]:
    """Marks in every field that a word may have been found in: what only a tag or a name has is marked there."""
    whole = {"number_of_fragments": 0}
    # One fragment a value: the whole of a list would come back as one string.
    values = {"number_of_fragments": 5, "fragment_size": 1000}
    chains = {
        f"{name}.{chain}" if chain else name: {} if name in ("text", "excerpt") else whole
        for name in _MARKED_IN_CHAINS
        for chain in CHAINS
    }
    return {
        "pre_tags": [highlight.OPEN],
        "post_tags": [highlight.CLOSE],
        "number_of_fragments": 3,
        "fragment_size": 180,
        "order": "score",
        # A word asked of the title is not marked in the text.
        "require_field_match": True,
        "highlight_query": _marking(query, glossary),
        "fields": {**chains, **dict.fromkeys(_MARKED_VALUES, values)},
    }


def _marking(query: Query, glossary: Glossary | None) -> dict[str, Any]:
    wanted = composed_words(query, glossary)
    return {"bool": {"should": [wanted, *exact_marks(query)]}}


def read(answer: Mapping[str, Any], filters: Filters) -> Results:
    """The results in the engine's answer."""
    counted = answer["aggregations"]
    return Results(
        int(counted["total"]["articles"]["value"]),
        tuple(_hit(found) for found in answer["hits"]["hits"]),
        facets.read(counted, filters),
        facets.read_histogram(counted),
    )


def _hit(found: Mapping[str, Any]) -> Hit:
    document = found["_source"]
    others = found["inner_hits"]["also"]["hits"]["hits"]
    also = tuple(other["_source"] for other in others if other["_source"]["id"] != document["id"])
    values = {name: document.get(name) for name in _RETURNED if name != "pdf.url"}
    lists = {name: tuple(values[name] or ()) for name in ("authors", "tags")}
    hit = Hit(**{**values, **lists}, score=found.get("_score"), also=also, pdf=bool(document.get("pdf")))
    return replace(hit, highlights=_marks(found.get("highlight", {})))


def _marks(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The fragments by field; the excerpt repeats the text's beginning and speaks only where the text is silent."""
    merged = highlight.merge(found)
    if "text" in merged:
        merged.pop("excerpt", None)
    return merged


__all__ = [
    "SEARCHED",
    "TITLES",
    "Filters",
    "Hit",
    "Results",
    "Sort",
    "ask",
    "compose",
    "parse",
    "read",
    "related",
    "search",
]
