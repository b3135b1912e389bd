"""Text to query to results. Every word may match in any of the three chains, so mixed languages cost nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from pipeline.errors import ConfigurationError, MecmuaError, QueryError
from pipeline.search import highlight
from pipeline.search.syntax import Query, Term, parse
from pipeline.text import fold

Sort = Literal["relevance", "newest", "oldest"]
#: Engines page to here (index.max_result_window); more is what export is for.
MAX_RESULTS = 10_000

_PROSE = {"title": 3.0, "subtitle": 1.5, "text": 1.0, "excerpt": 1.0}
_TITLE = {"title": 1.0, "subtitle": 0.5}
# A word as it was typed says more than its stem.
_CHAINS = {"": 1.0, ".tr": 0.8, ".en": 0.8}
_NAMES = {"authors": 1.5, "organisations": 1.0, "tags": 1.0, "categories": 0.5, "byline": 0.5, "source_name": 0.5}
_BY_PREFIX = {"author": ("authors", "organisations", "byline"), "tag": ("tags", "categories")}
_RETURNED = ("id", "url", "title", "language", "source", "published")


def _chains(fields: Mapping[str, float]) -> list[str]:
    return [f"{name}{chain}^{boost * weight:g}" for name, boost in fields.items() for chain, weight in _CHAINS.items()]


#: What a word without a field is looked for in, with weights. The index's default_field names the same fields.
SEARCHED = (*_chains(_PROSE), *(f"{name}^{boost:g}" for name, boost in _NAMES.items()))
TITLES = tuple(_chains(_TITLE))


@dataclass(frozen=True, slots=True)
class Hit:
    """One article. ``published`` is as its source wrote it, ``score`` null where sorting is by date.

    ``highlights`` maps a field to its fragments (marks: see `pipeline.search.highlight`); ``also`` names documents
    with the same text (id, url, source).
    """

    id: str
    url: str
    title: str
    language: str
    source: str
    published: str | None
    score: float | None
    highlights: Mapping[str, list[str]] = field(default_factory=dict)
    also: tuple[Mapping[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The hit as the contract spells it; highlights are HTML, escaped, with matches in <mark>."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in (*_RETURNED, "score")}
        shown = {name: [highlight.as_html(part) for part in parts] for name, parts in self.highlights.items()}
        return {**plain, "highlights": shown}


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits. ``total`` counts articles, documents with the same text as one, as the hits show them."""

    total: int
    hits: tuple[Hit, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer of ``mecmua search`` as JSON types."""
        return {"total": self.total, "hits": [hit.to_dict() for hit in self.hits]}


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search beside its text. Days are local days of the source, both included."""

    language: str | None = None
    source: str | None = None
    since: date | None = None
    until: date | None = None
    removed: bool = False

    def clauses(self) -> list[dict[str, Any]]:
        """The filters in the engine's query language."""
        found: list[dict[str, Any]] = []
        if self.language:
            found.append({"term": {"language": self.language.lower()}})
        if self.source:
            found.append({"term": {"source": self.source}})
        if self.since or self.until:
            days = {"gte": self.since, "lte": self.until}
            found.append({"range": {"published_day": {key: day.isoformat() for key, day in days.items() if day}}})
        if not self.removed:
            found.append({"bool": {"must_not": {"exists": {"field": "removed_at"}}}})
        return found


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
) -> Results:
    """The articles that match, best first; without words to search for, the newest first.

    Articles gone from their site are left out unless ``removed``. Of articles with the same text one is shown, the
    others are its ``also``. Raises QueryError for a query or page that makes no sense, Unavailable when the engine is
    away, ConfigurationError when there is no index.
    """
    if size < 0 or offset < 0 or offset + size > MAX_RESULTS:
        raise QueryError(f"Results go from 0 to {MAX_RESULTS}; use `mecmua export` for all of them.")
    parsed = parse(query)
    filters = Filters(language, source, since, until, removed)
    answer = ask(client, index, _body(parsed, filters, size, offset, sort))
    hits = tuple(_hit(found) for found in answer["hits"]["hits"])
    return Results(int(answer["aggregations"]["articles"]["value"]), hits)


def ask(client: Elasticsearch, index: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """One search call. Partial answers are errors: a result that lacks a shard's documents would be wrong, not slow."""
    try:
        answer: Mapping[str, Any] = client.search(index=index, allow_partial_search_results=False, **body).body
    except NotFoundError as error:
        raise ConfigurationError(
            f"search engine: there is no index {index!r} yet. Run `mecmua crawl` first, or set MECMUA_INDEX."
        ) from error
    except ApiError as error:
        if isinstance(error, BadRequestError) or "too_many" in str(error.body):
            raise QueryError(f"The search engine cannot answer this query: {error.message}.") from error
        raise MecmuaError(f"search engine: the search fails: {error}.") from error
    return answer


def _body(query: Query, filters: Filters, size: int, offset: int, sort: Sort | None) -> dict[str, Any]:
    wanted = compose(query, filters)
    return {
        "query": wanted,
        "size": size,
        "from_": offset,
        "source": list(_RETURNED),
        "sort": _sort(sort or ("relevance" if _has_words(query) else "newest")),
        "track_total_hits": False,
        "collapse": {
            "field": "cluster_id",
            "inner_hits": {"name": "also", "size": 20, "_source": ["id", "url", "source"]},
        },
        "highlight": _highlight(query),
        # HyperLogLog, exact in practice below the threshold.
        "aggregations": {"articles": {"cardinality": {"field": "cluster_id", "precision_threshold": 40_000}}},
    }


def _has_words(query: Query) -> bool:
    return any(not term.negated and term.field not in ("before", "after", "lang", "kind") for term in query.terms)


def _sort(sort: Sort) -> list[dict[str, Any]]:
    by_day = {"published": {"order": "asc" if sort == "oldest" else "desc", "missing": "_last"}}
    first: list[dict[str, Any]] = [{"_score": {"order": "desc"}}] if sort == "relevance" else []
    return [*first, by_day, {"id": {"order": "asc"}}]


def _highlight(query: Query) -> dict[str, Any]:
    chains = [name + chain for name in ("title", "text") for chain in _CHAINS]
    whole = {"number_of_fragments": 0}
    return {
        "pre_tags": [highlight.OPEN],
        "post_tags": [highlight.CLOSE],
        "number_of_fragments": 3,
        "fragment_size": 180,
        "order": "score",
        # A word asked of the title is not marked in the text.
        "require_field_match": True,
        "fields": {name: whole if name.startswith("title") else {} for name in chains},
    }


def _hit(found: Mapping[str, Any]) -> Hit:
    document = found["_source"]
    others = found["inner_hits"]["also"]["hits"]["hits"]
    also = tuple(other["_source"] for other in others if other["_source"]["id"] != document["id"])
    marked = highlight.merge(found.get("highlight", {}))
    values = {name: document.get(name) for name in _RETURNED}
    return Hit(**values, score=found.get("_score"), highlights=marked, also=also)


def compose(query: Query, filters: Filters) -> dict[str, Any]:
    """The parsed query in the engine's query language."""
    must, should, exclude, narrow = [], [], [], filters.clauses()
    for group in query.groups:
        if len(group) > 1:
            must.append({"bool": {"should": [_alternative(term) for term in group], "minimum_should_match": 1}})
        elif group[0].negated:
            exclude.append(_clause(group[0]))
        elif group[0].optional:
            should.append(_clause(group[0]))
        elif group[0].field in ("before", "after", "lang", "kind"):
            narrow.append(_clause(group[0]))
        else:
            must.append(_clause(group[0]))
    if not must:
        must.append({"match_all": {}})
    return {"bool": {"must": must, "should": should, "must_not": exclude, "filter": narrow}}


def _alternative(term: Term) -> dict[str, Any]:
    return {"bool": {"must_not": _clause(term)}} if term.negated else _clause(term)


def _clause(term: Term) -> dict[str, Any]:
    if term.field in ("before", "after") and term.day:
        return {"range": {"published_day": {"lt" if term.field == "before" else "gte": term.day.isoformat()}}}
    if term.field in ("lang", "kind"):
        return {"term": {"language" if term.field == "lang" else "kind": term.text.lower()}}
    if term.field == "source":
        return _either({"term": {"source": term.text.lower()}}, _match(term, ("source_name",)))
    if term.field is None and term.text.startswith(("http://", "https://")):
        return _either(*({"term": {name: term.text}} for name in ("url", "canonical_url", "aliases")))
    return _match(term, _fields(term))


def _fields(term: Term) -> tuple[str, ...]:
    if term.field == "title":
        return TITLES
    return _BY_PREFIX[term.field] if term.field else SEARCHED


def _match(term: Term, fields: tuple[str, ...]) -> dict[str, Any]:
    if term.prefix:
        # Prefixes are not analysed: the folded fields hold what fold() makes of a word.
        plain = [name for name in fields if ".tr" not in name and ".en" not in name]
        return _either(*({"prefix": {name.split("^")[0]: {"value": fold(term.text)}}} for name in plain))
    kind = {"type": "phrase"} if term.phrase else {"type": "best_fields", "operator": "and"}
    return {"multi_match": {"query": term.text, "fields": list(fields), "tie_breaker": 0.1, **kind}}


def _either(*clauses: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}
