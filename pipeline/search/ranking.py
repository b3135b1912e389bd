"""The order of hits: the best by their words first, and among those by nearness and recency as well.

Finding the best by words alone lets the engine skip most of what matches, which it cannot where every document's date
and word positions have a say. Nearness is the engine's to weigh, again for the best only (`rescore`); recency and what
is shown of articles with the same text are settled here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import Any, NamedTuple

from pipeline.search.filters import Clause

#: So many of the best by words are looked at, the fewest that a page needs; the second and third for what lies behind
#: the best of the one before. Engines page to the last (index.max_result_window); more is what export is for.
DEPTHS = (50, 500, 10_000)
#: Recency: what an article of today gains over a very old one, and after how many days half of it is gone.
RECENCY_WEIGHT = 0.2
RECENCY_HALF_LIFE = 730
_MS_A_DAY = 86_400_000
_DATE_READ = {"field": "published", "format": "epoch_millis"}


class Candidate(NamedTuple):
    """A hit before it is looked at: ``published`` in milliseconds since 1970, None when unknown; ``score`` None where
    the order is by date."""

    id: str
    cluster: str
    published: int | None
    score: float | None


def depths(number: int) -> list[int]:
    """The depths of the searches that find the first so many."""
    return [depth for before, depth in pairwise((0, *DEPTHS)) if before < max(number, 1)]


def by_words(words: Clause, near: Clause | None, depth: int) -> dict[str, Any]:
    """The search for the ``depth`` best by ``words``, of which those that fulfil ``near`` weigh more."""
    again = []
    if len(words["bool"]["must"]) == 1:
        # Of several clauses the engine skips what cannot be among the best. Of one it can as long as the best field
        # alone counts; what the others add is added to those it finds.
        exactly = {"rescore_query": {"bool": {**words["bool"], "filter": []}}, "query_weight": 0}
        again, words = [_rescore(exactly, depth)], _best_field_alone(words)
    if near:
        again.append(_rescore({"rescore_query": near}, depth))
    return {**_search(words, depth), **({"rescore": again} if again else {})}


def _rescore(query: dict[str, Any], depth: int) -> dict[str, Any]:
    return {"window_size": depth, "query": query}


def _best_field_alone(clause: Any) -> Any:
    if isinstance(clause, list):
        return [_best_field_alone(each) for each in clause]
    if not isinstance(clause, dict):
        return clause
    return {name: 0 if name == "tie_breaker" else _best_field_alone(value) for name, value in clause.items()}


def by_day(wanted: Clause, depth: int, *, oldest: bool = False) -> dict[str, Any]:
    """The search for the ``depth`` newest or oldest articles, undated ones last."""
    day = {"published": {"order": "asc" if oldest else "desc", "missing": "_last"}}
    only = {"bool": {"filter": [wanted]}}
    return {**_search(only, depth), "sort": [day, {"id": {"order": "asc"}}], "collapse": {"field": "cluster_id"}}


def _search(query: Clause, depth: int) -> dict[str, Any]:
    return {
        "query": query,
        "size": depth,
        "track_total_hits": False,
        "stored_fields": "_none_",  # what is asked for is read from columns, not out of whole documents
        "docvalue_fields": ["id", "cluster_id", _DATE_READ],
    }


def candidates(answer: Mapping[str, Any], now: datetime | None = None) -> list[Candidate]:
    """The hits of such a search, in its order; with ``now`` their scores with recency, not in order."""
    instant = now.timestamp() * 1000 if now else None
    return [_candidate(hit["fields"], hit.get("_score"), instant) for hit in answer["hits"]["hits"]]


def _candidate(fields: Mapping[str, list[str]], score: float | None, now: float | None) -> Candidate:
    published = int(fields["published"][0]) if "published" in fields else None
    if score is not None and now is not None and published is not None:
        score *= recency((now - published) / _MS_A_DAY)
    return Candidate(fields["id"][0], fields["cluster_id"][0], published, score)


def in_order(answers: Iterable[Mapping[str, Any]], now: datetime | None) -> list[Candidate]:
    """The hits of searches by words, best first, those of a deeper search behind those of the one before it; of
    articles with the same text the best. ``now``, from which an article's age counts, is this machine's clock if None.
    """
    instant = now or datetime.now(UTC)
    return one_each(chain.from_iterable(sorted(candidates(answer, instant), key=_place) for answer in answers))


def one_each(found: Iterable[Candidate]) -> list[Candidate]:
    """The first of each cluster."""
    first: dict[str, Candidate] = {}
    for candidate in found:
        first.setdefault(candidate.cluster, candidate)
    return list(first.values())


def recency(days: float) -> float:
    """What an article's score is multiplied by: 1 to 1.2, halfway there at an age of two years.

    Multiplied, so that it settles near ties whatever the engine's scores are, and never lifts what hardly matches.
    """
    return 1 + RECENCY_WEIGHT * math.exp2(-abs(days) / RECENCY_HALF_LIFE)


def _place(candidate: Candidate) -> tuple[float, float, str]:
    """Best first; of equals the newest, undated ones last."""
    newest = math.inf if candidate.published is None else -candidate.published
    return -(candidate.score or 0), newest, candidate.id
