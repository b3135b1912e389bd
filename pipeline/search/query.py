"""Text to query to results. Every word may match in any of the three chains, so mixed languages cost nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice, product
from typing import Any, Literal

from elasticsearch import Elasticsearch

from pipeline.errors import QueryError
from pipeline.glossary import Glossary
from pipeline.search import facets, highlight, pages, ranking
from pipeline.search.asking import ask, ask_all
from pipeline.search.compose import compose, composed_words, marking, marking_pages, nearness
from pipeline.search.fields import CHAINS, PDF_TEXT, SEARCHED, TITLES
from pipeline.search.filters import Clause, Filters
from pipeline.search.results import Hit, PageMatch, Results
from pipeline.search.syntax import Query, parse
from pipeline.urls import is_pdf

Sort = Literal["relevance", "newest", "oldest"]
MAX_RESULTS = ranking.DEPTHS[-1]
#: Others with the same text that a hit names.
MOST_ALSO = 20

_RETURNED = (
    "id", "url", "title", "language", "source", "published", "source_name", "source_country", "kind", "authors",
    "published_day", "excerpt", "tags", "pdf.url", "removed_at", "cluster_id",
)  # fmt: skip
_OLDEST_FIRST = {"published": {"order": "asc", "missing": "_last"}}
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
    one that ships; ``now`` is what newer articles are measured against, None this machine's clock. Raises QueryError
    for a query or page that makes no sense or takes the engine too long, Unavailable when the engine is away,
    ConfigurationError when there is no index.
    """
    if size < 0 or offset < 0 or offset + size > MAX_RESULTS:
        raise QueryError(f"Results go from 0 to {MAX_RESULTS}; use `mecmua export` for all of them.")
    parsed = parse(query)
    chosen = filters or Filters(language, source, since, until, removed)
    order: Sort = sort or ("relevance" if parsed.has_words else "newest")
    words = composed_words(parsed, glossary)
    counting = {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [_narrowed(words, chosen.base())]}},
        "aggregations": {**_total(chosen), **facets.aggregations(facet_names, chosen, histogram=histogram)},
    }
    wanted = _narrowed(words, chosen.clauses())
    last = offset + size
    if order == "relevance" and parsed.has_words:
        best, counted = _best(client, index, wanted, nearness(parsed), last, counting, now or datetime.now(UTC))
    else:
        searched = ranking.by_day(wanted, last, oldest=order == "oldest")
        answer, counted = ask_all(client, index, [searched, counting])
        best = ranking.one_each(ranking.candidates(answer))
    marked, chains = marking(parsed, glossary)
    marks = _highlight(marked, _chained("title", "text", chains=chains))
    found = _looked_at(client, index, best[offset:last], counted, chosen, marks)
    if not parsed.has_words:
        return found
    found = _marked_pages(client, index, found, parsed, glossary)
    return _marked_elsewhere(client, index, found, parsed, glossary)


def _narrowed(words: Clause, clauses: Iterable[Clause]) -> Clause:
    return {"bool": {**words["bool"], "filter": [*words["bool"]["filter"], *clauses]}}


def _best(
    client: Elasticsearch,
    index: str,
    words: Clause,
    near: Clause | None,
    number: int,
    counting: Mapping[str, Any],
    now: datetime,
) -> tuple[list[ranking.Candidate], Mapping[str, Any]]:
    """The articles in order, so many at least if there are, and what is counted. That is counted in a search of its
    own, beside the other: the engine keeps such answers, for whoever turns the page or asks the same again."""
    depths = ranking.depths(number)
    searches = [ranking.by_words(words, near, depth, now) for depth in depths]
    *answers, counted = ask_all(client, index, [*searches, counting])
    found = ranking.in_order(answers, words, now)
    for deeper in ranking.DEPTHS[len(depths) :]:
        if len(found) >= number or len(answers[-1]["hits"]["hits"]) < depths[-1]:
            break
        depths.append(deeper)  # so many copies that the page ends behind them
        answers.append(ask(client, index, ranking.by_words(words, near, deeper, now)))
        found = ranking.in_order(answers, words, now)
    return found, counted


def _looked_at(
    client: Elasticsearch,
    index: str,
    best: Sequence[ranking.Candidate],
    counted: Mapping[str, Any],
    filters: Filters,
    marks: Mapping[str, Any] | None = None,
) -> Results:
    """A page of results: the documents of these candidates, with marks, and those with the same text."""
    clusters, documents, same = [each.cluster for each in best], {}, {}
    if best:
        shown = {"constant_score": {"filter": {"terms": {"id": [each.id for each in best]}}}}
        size = min(len(best) + MOST_ALSO, MAX_RESULTS)
        page = {
            "query": {"bool": {"filter": _copies_of(clusters, filters), "should": [shown]}},
            "size": size,
            "source": list(_RETURNED),
            "sort": [{"_score": {"order": "desc"}}, _OLDEST_FIRST],  # those that are shown, then their copies
            "track_total_hits": False,
            **({"highlight": marks} if marks else {}),
        }
        answer = ask(client, index, page)["hits"]["hits"]
        documents = {hit["_source"]["id"]: hit for hit in answer}
        same = _by_cluster(answer) if len(answer) < size else _same_texts(client, index, clusters, filters)
    hits = [{**documents[each.id], "_score": each.score} for each in best if each.id in documents]
    return read(hits, counted, filters, same)


def _marked_pages(
    client: Elasticsearch, index: str, found: Results, query: Query, glossary: Glossary | None
) -> Results:
    """Hits with PDFs get what matched in them, page by page. A call of its own: it alone needs the texts of PDFs, to
    say where a fragment stands, and most pages of results have few."""
    ids = [hit.id for hit in found.hits if hit.pdf]
    wanted = marking_pages(query, glossary) if ids else None
    if wanted is None:
        return found
    marked, chains = marking(query, glossary)
    fields = {**_chained(PDF_TEXT), **_chained("text", chains=chains)}
    marks = _highlight({"bool": {"should": [wanted, marked]}}, fields)
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
    """Hits without a mark in title or text get those of the tags, names and other fields they were found by, and of
    the words as they stand there."""
    unmarked = [hit.id for hit in found.hits if not hit.highlights and not hit.pages]
    if not unmarked:
        return found
    values = {"number_of_fragments": 5, "fragment_size": 1000}  # a whole list would come back as one string
    written = _chained("title", "text", chains=("",))
    fields = {**written, **_chained(*_MARKED_IN_CHAINS), "excerpt": {}, **dict.fromkeys(_MARKED_VALUES, values)}
    marks = _highlight(composed_words(query, glossary), fields)
    body = {"query": {"ids": {"values": unmarked}}, "size": len(unmarked), "source": ["id"], "highlight": marks}
    hits = ask(client, index, body)["hits"]["hits"]
    by_id = {hit["_id"]: highlight.merge(hit.get("highlight", {})) for hit in hits}
    return replace(found, hits=tuple(replace(hit, highlights=by_id.get(hit.id, hit.highlights)) for hit in found.hits))


def _copies_of(clusters: Sequence[str], filters: Filters) -> list[Clause]:
    return [{"terms": {"cluster_id": list(clusters)}}, *Filters(removed=filters.removed).clauses()]


def _by_cluster(hits: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The documents of each cluster in the order of their dates, which the search sorted by, too."""
    found: dict[str, list[dict[str, Any]]] = {}
    for hit in sorted(hits, key=lambda hit: int(hit["sort"][-1])):
        found.setdefault(hit["_source"]["cluster_id"], []).append(hit["_source"])
    return found


def _same_texts(
    client: Elasticsearch, index: str, clusters: Sequence[str], filters: Filters
) -> dict[str, list[dict[str, Any]]]:
    """The first documents of each cluster that has several. A search of its own is cheaper than inner hits, which ask
    once a hit."""
    top = {"size": MOST_ALSO + 1, "_source": list(_OF_ALSO), "sort": [_OLDEST_FIRST]}
    several = {"field": "cluster_id", "size": len(clusters), "min_doc_count": 2}
    body = {
        "size": 0,
        "query": {"bool": {"filter": _copies_of(clusters, filters)}},
        "track_total_hits": False,
        "aggregations": {"each": {"terms": several, "aggregations": {"documents": {"top_hits": top}}}},
    }
    buckets = ask(client, index, body)["aggregations"]["each"]["buckets"]
    return {str(one["key"]): [hit["_source"] for hit in one["documents"]["hits"]["hits"]] for one in buckets}


def related(client: Elasticsearch, index: str, wanted: Clause, size: int) -> Results:
    """The articles that match a clause in the engine's language, best first, those with the same text as one."""
    counting = {"query": wanted, "size": 0, "track_total_hits": False, "aggregations": _total(Filters())}
    answer, counted = ask_all(client, index, [ranking.by_score(wanted, ranking.DEPTHS[0]), counting])
    best = ranking.one_each(ranking.candidates(answer))
    return _looked_at(client, index, best[:size], counted, Filters())


def _total(filters: Filters) -> dict[str, Any]:
    """How many articles match, those with the same text as one."""
    # HyperLogLog, exact in practice below the threshold.
    counted = {"articles": {"cardinality": {"field": "cluster_id", "precision_threshold": 40_000}}}
    narrowed = {"bool": {"filter": list(filters.picked().values())}}
    return {"total": {"filter": narrowed, "aggregations": counted}}


def _chained(*names: str, chains: Iterable[str] = CHAINS) -> dict[str, Any]:
    """Fields in some chains, as highlighting takes them: long ones in fragments, short ones whole."""
    return {
        f"{name}.{chain}" if chain else name: {} if name in ("text", PDF_TEXT) else {"number_of_fragments": 0}
        for name, chain in product(names, chains)
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
    hits: Iterable[Mapping[str, Any]],
    counting: Mapping[str, Any],
    filters: Filters,
    same_texts: Mapping[str, list[dict[str, Any]]],
) -> Results:
    """The results in the engine's answers; ``same_texts`` are the documents of each cluster that has several."""
    counted = counting["aggregations"]
    return Results(
        int(counted["total"]["articles"]["value"]),
        tuple(_hit(found, same_texts) for found in hits),
        facets.read(counted, filters),
        facets.read_histogram(counted),
    )


def _hit(found: Mapping[str, Any], same_texts: Mapping[str, list[dict[str, Any]]]) -> Hit:
    document = found["_source"]
    same = same_texts.get(document["cluster_id"], ())
    others = (other for other in same if other["id"] != document["id"])
    also = tuple({name: other[name] for name in _OF_ALSO} for other in islice(others, MOST_ALSO))
    values = {name: document.get(name) for name in _RETURNED if name not in ("pdf.url", "cluster_id")}
    lists = {name: tuple(values[name] or ()) for name in ("authors", "tags")}
    marks = highlight.merge(found.get("highlight", {}))
    return Hit(
        **{**values, **lists}, score=found.get("_score"), also=also, pdf=bool(document.get("pdf")), highlights=marks
    )


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
