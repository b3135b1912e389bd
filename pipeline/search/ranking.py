"""The order of hits: the best by their words first, and among those by nearness and recency as well.

Finding the best by words lets the engine skip most of what matches, which it cannot where every document's word
positions have a say. Newer ones get a head start there, so that of many that are nearly as good the newest are found.
Nearness is the engine's to weigh, again for the best only (`rescore`); the head start is then taken back and recency
settled here, and of articles with the same text one is shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
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


def by_words(words: Clause, near: Clause | None, depth: int, now: datetime) -> dict[str, Any]:
    """The search for the ``depth`` best by ``words``, of which those that fulfil ``near`` weigh more."""
    newer = {"field": "published", "origin": now.isoformat(), "pivot": f"{RECENCY_HALF_LIFE}d", "boost": _lead(words)}
    should = [*words["bool"]["should"], {"distance_feature": newer}]
    again = {"rescore": {"window_size": depth, "query": {"rescore_query": near}}} if near else {}
    return {**by_score({"bool": {**words["bool"], "should": should}}, depth), **again}


def _lead(words: Clause) -> float:
    """What an article of today is ahead of a very old one while the best are found: for each word about a tenth of
    what it scores in a title."""
    return float(len(words["bool"]["must"]))


def by_day(wanted: Clause, depth: int, *, oldest: bool = False) -> dict[str, Any]:
    """The search for the ``depth`` newest or oldest articles, undated ones last."""
    day = {"published": {"order": "asc" if oldest else "desc", "missing": "_last"}}
    only = {"bool": {"filter": [wanted]}}
    return {**by_score(only, depth), "sort": [day, {"id": {"order": "asc"}}], "collapse": {"field": "cluster_id"}}


def by_score(query: Clause, depth: int) -> dict[str, Any]:
    """The search for the ``depth`` best, whatever the engine scores."""
    return {
        "query": query,
        "size": depth,
        "track_total_hits": False,
        "stored_fields": "_none_",  # what is asked for is read from columns, not out of whole documents
        "docvalue_fields": ["id", "cluster_id", _DATE_READ],
    }


def candidates(answer: Mapping[str, Any]) -> list[Candidate]:
    """The hits of such a search, in its order."""
    return [_candidate(hit["fields"], hit.get("_score")) for hit in answer["hits"]["hits"]]


def _candidate(fields: Mapping[str, list[str]], score: float | None) -> Candidate:
    published = int(fields["published"][0]) if "published" in fields else None
    return Candidate(fields["id"][0], fields["cluster_id"][0], published, score)


def in_order(answers: Iterable[Mapping[str, Any]], words: Clause, now: datetime) -> list[Candidate]:
    """The hits of searches by words, best first, those of a deeper search behind those of the one before it; of
    articles with the same text the best. ``now`` is what an article's age counts from."""
    lead, instant = _lead(words), now.timestamp() * 1000
    aged = ([_aged(each, lead, instant) for each in candidates(answer)] for answer in answers)
    return one_each(chain.from_iterable(sorted(found, key=_place) for found in aged))


def _aged(candidate: Candidate, lead: float, now: float) -> Candidate:
    """The same with its score by words and nearness times `recency`."""
    if candidate.published is None or candidate.score is None:
        return candidate
    days = abs(now - candidate.published) / _MS_A_DAY
    ahead = lead * RECENCY_HALF_LIFE / (RECENCY_HALF_LIFE + days)  # as distance_feature has it
    return candidate._replace(score=(candidate.score - ahead) * recency(days))


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
