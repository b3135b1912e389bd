"""Text to query to results. Every word may match in any of the three chains, so mixed languages cost nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from elasticsearch import Elasticsearch

from pipeline.errors import QueryError
from pipeline.glossary import Glossary
from pipeline.search import facets, highlight, pages
from pipeline.search.asking import ask, ask_all
from pipeline.search.compose import compose, composed_words, marking, marking_pages, with_recency
from pipeline.search.fields import CHAINS, PDF_TEXT, SEARCHED, TITLES
from pipeline.search.filters import Filters
from pipeline.search.results import Hit, PageMatch, Results
from pipeline.search.syntax import Query, parse
from pipeline.urls import is_pdf

Sort = Literal["relevance", "newest", "oldest"]
#: Engines page to here (index.max_result_window); more is what export is for.
MAX_RESULTS = 10_000
#: So many of the best by their words alone are ranked by recency and nearness too: finding them lets the engine skip
#: most of what matches, which it cannot where every hit's date and positions have a say.
WINDOW = 100
#: Others with the same text that a hit names.
MOST_ALSO = 20

_RETURNED = (
    "id", "url", "title", "language", "source", "published", "source_name", "source_country", "kind", "authors",
    "published_day", "excerpt", "tags", "pdf.url", "removed_at", "cluster_id",
)  # fmt: skip
_OF_ALSO = ("id", "url", "source", "source_name")
_MARKED_VALUES = ("authors", "organisations", "byline", "tags", "categories", "source_name")
_MARKED_IN_CHAINS = ("subtitle",)


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
    wanted = compose(parsed, chosen, glossary)
    counting = {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [_narrowed(parsed, chosen.base(), glossary)]}},
        "aggregations": {**_total(chosen), **facets.aggregations(facet_names, chosen, histogram=histogram)},
    }
    page = {**_page(size, offset, order), "highlight": _highlight(marking(parsed, glossary), _chained("title", "text"))}
    ranked = order == "relevance" and parsed.has_words
    if ranked and offset + size <= WINDOW:
        page["query"] = with_recency(wanted, now)
        unweighed = _narrowed(parsed, chosen.clauses(), glossary)
        found = _best_of_window(client, index, unweighed, page, counting, chosen)
    else:
        page["query"] = with_recency(wanted, now) if ranked else wanted
        found = _in_one_go(client, index, page, counting, chosen)
    if not parsed.has_words:
        return found
    found = _marked_pages(client, index, found, parsed, glossary)
    return _marked_elsewhere(client, index, found, parsed, glossary)


def _narrowed(query: Query, clauses: Iterable[Mapping[str, Any]], glossary: Glossary | None) -> dict[str, Any]:
    """What matches, ranked by the words alone."""
    wanted = composed_words(query, glossary, nearness=False)
    wanted["bool"]["filter"] += clauses
    return wanted


def _best_of_window(
    client: Elasticsearch,
    index: str,
    unweighed: Mapping[str, Any],
    page: Mapping[str, Any],
    counting: Mapping[str, Any],
    filters: Filters,
) -> Results:
    """A page out of the best by words, in the order of everything. What is counted is counted in a search of its own,
    beside that: the engine keeps such answers, for whoever turns the page or asks the same again."""
    candidates = {
        "query": unweighed,
        "size": WINDOW,
        "track_total_hits": False,
        "stored_fields": "_none_",  # ids and clusters are read from columns, not out of whole documents
        "docvalue_fields": ["id", "cluster_id"],
    }
    best, counted = ask_all(client, index, [candidates, counting])
    fields = [hit["fields"] for hit in best["hits"]["hits"]]
    clusters = list(dict.fromkeys(field["cluster_id"][0] for field in fields))
    if len(fields) == WINDOW and len(clusters) < page["from_"] + page["size"]:
        return _in_one_go(client, index, page, counting, filters)  # so many copies that the page begins behind them
    if not fields:
        return read({"hits": {"hits": []}}, counted, filters, {})
    among = {"terms": {"id": [field["id"][0] for field in fields]}}
    query = {"bool": {"must": [page["query"]], "filter": [among]}}
    answer, copies = ask_all(client, index, [{**page, "query": query}, _same_texts(clusters, filters)])
    return read(answer, counted, filters, _by_cluster(copies))


def _in_one_go(
    client: Elasticsearch, index: str, page: Mapping[str, Any], counting: Mapping[str, Any], filters: Filters
) -> Results:
    answer, counted = ask_all(client, index, [page, counting])
    clusters = [found["_source"]["cluster_id"] for found in answer["hits"]["hits"]]
    same = _by_cluster(ask(client, index, _same_texts(clusters, filters))) if clusters else {}
    return read(answer, counted, filters, same)


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
    fields = {**_chained(*_MARKED_IN_CHAINS), "excerpt": {}, **dict.fromkeys(_MARKED_VALUES, values)}
    marks = _highlight(composed_words(query, glossary), fields)
    body = {"query": {"ids": {"values": unmarked}}, "size": len(unmarked), "source": ["id"], "highlight": marks}
    hits = ask(client, index, body)["hits"]["hits"]
    by_id = {hit["_id"]: highlight.merge(hit.get("highlight", {})) for hit in hits}
    return replace(found, hits=tuple(replace(hit, highlights=by_id.get(hit.id, hit.highlights)) for hit in found.hits))


def _same_texts(clusters: list[str], filters: Filters) -> dict[str, Any]:
    """The documents of each cluster that has several. A search of its own is cheaper than inner hits, which ask the
    whole query once a hit."""
    top = {
        "size": MOST_ALSO + 1,
        "_source": list(_OF_ALSO),
        "sort": [{"published": {"order": "asc", "missing": "_last"}}],
    }
    several = {"field": "cluster_id", "size": len(clusters), "min_doc_count": 2}
    each = {"terms": several, "aggregations": {"documents": {"top_hits": top}}}
    wanted = [{"terms": {"cluster_id": clusters}}, *Filters(removed=filters.removed).clauses()]
    return {
        "size": 0,
        "query": {"bool": {"filter": wanted}},
        "track_total_hits": False,
        "aggregations": {"each": each},
    }


def _by_cluster(answer: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    buckets = answer["aggregations"]["each"]["buckets"]
    return {str(one["key"]): [hit["_source"] for hit in one["documents"]["hits"]["hits"]] for one in buckets}


def related(client: Elasticsearch, index: str, wanted: Mapping[str, Any], size: int) -> Results:
    """The articles that match a clause in the engine's language, best first, those with the same text as one."""
    page = {"query": wanted, **_page(size, 0, "relevance")}
    counting = {"query": wanted, "size": 0, "aggregations": _total(Filters())}
    return _in_one_go(client, index, page, counting, Filters())


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
        f"{name}.{chain}" if chain else name: {} if name in ("text", PDF_TEXT) else {"number_of_fragments": 0}
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


def read(
    answer: Mapping[str, Any],
    counting: Mapping[str, Any],
    filters: Filters,
    same_texts: Mapping[str, list[dict[str, Any]]],
) -> Results:
    """The results in the engine's answers; ``same_texts`` are the documents of each cluster that has several."""
    counted = counting["aggregations"]
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
    "compose",
    "parse",
    "read",
    "related",
    "search",
]
