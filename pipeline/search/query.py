"""Text to query to results. Every word may match in any of the three chains, so mixed languages cost nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from pipeline.errors import ConfigurationError, MecmuaError, QueryError
from pipeline.glossary import Glossary
from pipeline.search import facets, highlight, pages
from pipeline.search.compose import compose, composed_words, marking, marking_pages, with_recency
from pipeline.search.fields import CHAINS, PDF_TEXT, SEARCHED, TITLES
from pipeline.search.filters import Filters
from pipeline.search.results import Hit, PageMatch, Results
from pipeline.search.syntax import Query, parse
from pipeline.urls import is_pdf

Sort = Literal["relevance", "newest", "oldest"]
#: Engines page to here (index.max_result_window); more is what export is for.
MAX_RESULTS = 10_000
#: The engine ends a search by itself after this long; no query of a reader takes a tenth of it.
TIMEOUT = "10s"
#: Others with the same text that a hit names.
MOST_ALSO = 20

_RETURNED = (
    "id", "url", "title", "language", "source", "published", "source_name", "source_country", "kind", "authors",
    "published_day", "excerpt", "tags", "pdf.url", "removed_at", "cluster_id",
)  # fmt: skip
_OF_ALSO = ("id", "url", "source", "source_name")
_MARKED_VALUES = ("authors", "organisations", "byline", "tags", "categories", "source_name")
_MARKED_IN_CHAINS = ("subtitle", "excerpt")


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
        "highlight": _highlight(marking(parsed, glossary), _chained("title", "text")),
        "aggregations": {**_total(chosen), **facets.aggregations(facet_names, chosen, histogram=histogram)},
    }
    found = _answered(client, index, body, chosen)
    if not parsed.has_words:
        return found
    found = _marked_pages(client, index, found, parsed, glossary)
    return _marked_elsewhere(client, index, found, parsed, glossary)


def _answered(client: Elasticsearch, index: str, body: Mapping[str, Any], filters: Filters) -> Results:
    answer = ask(client, index, body)
    clusters = [found["_source"]["cluster_id"] for found in answer["hits"]["hits"]]
    return read(answer, filters, _same_texts(client, index, clusters, filters) if clusters else {})


def _marked_pages(
    client: Elasticsearch, index: str, found: Results, query: Query, glossary: Glossary | None
) -> Results:
    """Hits with PDFs get what matched in them, page by page. A call of its own: it alone needs the texts of PDFs, to
    say where a fragment stands, and most pages of results have few."""
    wanted, ids = marking_pages(query, glossary), [hit.id for hit in found.hits if hit.pdf]
    if wanted is None or not ids:
        return found
    marks = _highlight({"bool": {"should": [wanted, marking(query, glossary)]}}, _chained(PDF_TEXT, "text"))
    source = [
        "pdf.url",
        "pdf.pages",
        "pdf.text",
        "pdf.starts",
        *(["text"] if any(_is_pdf(h) for h in found.hits) else []),
    ]
    body = {"query": {"ids": {"values": ids}}, "size": len(ids), "source": source, "highlight": marks}
    by_id = {hit["_id"]: pages.matches(hit) for hit in ask(client, index, body)["hits"]["hits"]}
    return replace(found, hits=tuple(_with_pages(hit, by_id.get(hit.id, ())) for hit in found.hits))


def _is_pdf(hit: Hit) -> bool:
    return hit.pdf and is_pdf(hit.url)


def _with_pages(hit: Hit, matched: tuple[PageMatch, ...]) -> Hit:
    """The text of an article that is a PDF is its pages: their marks take the place of the text's."""
    if not matched:
        return hit
    marks = {name: parts for name, parts in hit.highlights.items() if name != "text" or not _is_pdf(hit)}
    return replace(hit, highlights=marks, pages=matched)


def _marked_elsewhere(
    client: Elasticsearch, index: str, found: Results, query: Query, glossary: Glossary | None
) -> Results:
    """Hits without a mark in title or text get those of the tags, names and other fields they were found by."""
    unmarked = [hit.id for hit in found.hits if not hit.highlights and not hit.pages]
    if not unmarked:
        return found
    values = {"number_of_fragments": 5, "fragment_size": 1000}  # a whole list would come back as one string
    fields = {**_chained(*_MARKED_IN_CHAINS), **dict.fromkeys(_MARKED_VALUES, values)}
    marks = _highlight(composed_words(query, glossary), fields)
    body = {"query": {"ids": {"values": unmarked}}, "size": len(unmarked), "source": False, "highlight": marks}
    hits = ask(client, index, body)["hits"]["hits"]
    by_id = {hit["_id"]: highlight.merge(hit.get("highlight", {})) for hit in hits}
    return replace(found, hits=tuple(replace(hit, highlights=by_id.get(hit.id, hit.highlights)) for hit in found.hits))


def _same_texts(
    client: Elasticsearch, index: str, clusters: list[str], filters: Filters
) -> Mapping[str, list[dict[str, Any]]]:
    """The documents of each cluster. A second call is cheaper than inner hits, which ask the whole query once a hit."""
    top = {
        "size": MOST_ALSO + 1,
        "_source": list(_OF_ALSO),
        "sort": [{"published": {"order": "asc", "missing": "_last"}}],
    }
    each = {"terms": {"field": "cluster_id", "size": len(clusters)}, "aggregations": {"documents": {"top_hits": top}}}
    wanted = [{"terms": {"cluster_id": clusters}}, *Filters(removed=filters.removed).clauses()]
    body = {"size": 0, "query": {"bool": {"filter": wanted}}, "track_total_hits": False, "aggregations": {"each": each}}
    buckets = ask(client, index, body)["aggregations"]["each"]["buckets"]
    return {str(one["key"]): [hit["_source"] for hit in one["documents"]["hits"]["hits"]] for one in buckets}


def related(client: Elasticsearch, index: str, wanted: Mapping[str, Any], size: int) -> Results:
    """The articles that match a clause in the engine's language, best first, those with the same text as one."""
    body = {"query": wanted, **_page(size, 0, "relevance"), "aggregations": _total(Filters())}
    return _answered(client, index, body, Filters())


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
    return {
        "size": size,
        "from_": offset,
        "source": list(_RETURNED),
        "sort": _sort(order),
        "track_total_hits": False,
        "collapse": {"field": "cluster_id"},
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


def _chained(*names: str) -> dict[str, Any]:
    """Fields in all chains, as highlighting takes them: long ones in fragments, short ones whole."""
    return {
        f"{name}.{chain}" if chain else name: {}
        if name in ("text", "excerpt", PDF_TEXT)
        else {"number_of_fragments": 0}
        for name in names
        for chain in CHAINS
    }


def _highlight(query: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "pre_tags": [highlight.OPEN],
        "post_tags": [highlight.CLOSE],
        "number_of_fragments": 3,
        "fragment_size": 180,
        "order": "score",
        # A word asked of the title is not marked in the text.
        "require_field_match": True,
        "highlight_query": query,
        "fields": fields,
    }


def read(answer: Mapping[str, Any], filters: Filters, same_texts: Mapping[str, list[dict[str, Any]]]) -> Results:
    """The results in the engine's answer; ``same_texts`` are the documents of each cluster in it."""
    counted = answer["aggregations"]
    return Results(
        int(counted["total"]["articles"]["value"]),
        tuple(_hit(found, same_texts) for found in answer["hits"]["hits"]),
        facets.read(counted, filters),
        facets.read_histogram(counted),
    )


def _hit(found: Mapping[str, Any], same_texts: Mapping[str, list[dict[str, Any]]]) -> Hit:
    document = found["_source"]
    same = same_texts.get(document["cluster_id"], ())
    also = tuple(other for other in same if other["id"] != document["id"])[:MOST_ALSO]
    values = {name: document.get(name) for name in _RETURNED if name not in ("pdf.url", "cluster_id")}
    lists = {name: tuple(values[name] or ()) for name in ("authors", "tags")}
    hit = Hit(**{**values, **lists}, score=found.get("_score"), also=also, pdf=bool(document.get("pdf")))
    return replace(hit, highlights=highlight.merge(found.get("highlight", {})))


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
