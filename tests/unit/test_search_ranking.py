"""The order of candidates: nearness comes from the engine, recency and one hit of each article from here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pipeline.glossary import Glossary
from pipeline.search.compose import composed_words, nearness
from pipeline.search.ranking import by_words, depths, in_order, recency
from pipeline.search.syntax import parse

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WORDS: dict[str, Any] = {"bool": {"must": [{"match_all": {}}], "should": [], "must_not": [], "filter": []}}


def hit(identity: str, score: float, *, years: float | None = None, cluster: str | None = None) -> dict[str, Any]:
    """As the engine answers; ``score`` is by words, to which it adds a newer one's lead."""
    fields = {"id": [identity], "cluster_id": [cluster or identity]}
    if years is not None:
        fields["published"] = [str(int((NOW - timedelta(days=365 * years)).timestamp() * 1000))]
        score += 730 / (730 + abs(365 * years))
    return {"_score": score, "fields": fields}


def order(*answers: list[dict[str, Any]]) -> list[str]:
    return [each.id for each in in_order([{"hits": {"hits": hits}} for hits in answers], WORDS, NOW)]


@pytest.mark.parametrize(("years", "factor"), [(0, 1.2), (2, 1.1), (4, 1.05), (60, 1.0), (-2, 1.1)])
def test_recency_halves_every_two_years(years: int, factor: float) -> None:
    assert recency(years * 365) == pytest.approx(factor, abs=1e-6)


def test_newer_wins_among_near_ties_alone() -> None:
    assert order([hit("old", 10.1, years=20), hit("new", 10.0, years=0)]) == ["new", "old"]
    assert order([hit("old", 12.5, years=20), hit("new", 10.0, years=0)]) == ["old", "new"]


def test_undated_gain_nothing_and_stand_last_among_equals() -> None:
    assert order([hit("undated", 10.0), hit("old", 10.0, years=400)]) == ["old", "undated"]
    assert order([hit("b", 1.0), hit("a", 1.0)]) == ["a", "b"], "the id settles the rest"


def test_before_1970() -> None:
    published = datetime.combine(date(1923, 10, 29), datetime.min.time(), UTC)
    (found,) = in_order([{"hits": {"hits": [hit("old", 1.0, years=(NOW - published).days / 365)]}}], WORDS, NOW)
    assert found.published == int(published.timestamp() * 1000)
    assert found.score == pytest.approx(1.0)


def test_of_copies_the_best_is_shown() -> None:
    assert order([hit("copy", 9.0, cluster="x"), hit("other", 8.0), hit("x", 10.0)]) == ["x", "other"]


def test_a_deeper_search_goes_on_where_the_first_ended() -> None:
    first = [hit("a", 10.0), hit("b", 9.0)]
    assert order(first, [hit("c", 11.0), *first, hit("d", 1.0)]) == ["a", "b", "c", "d"]


def test_nearness_is_asked_of_runs_of_words() -> None:
    assert nearness(parse("enerji")) is None
    assert nearness(parse('"enerji koridoru"')) is None
    assert nearness(parse("title:enerji koridor")) is None
    assert nearness(parse("-enerji koridoru")) is None
    assert nearness(parse(" ".join(f"w{number}" for number in range(21)))) is None, "a quotation"
    both = nearness(parse("(enerji koridoru) OR (boru hattı)"))
    assert both
    asked = [each["dis_max"]["queries"][0]["match_phrase"]["title"]["query"] for each in both["bool"]["should"]]
    assert asked == ["enerji koridoru", "boru hattı"]


def test_no_deeper_than_needed() -> None:
    assert [depths(number) for number in (0, 10, 50, 51, 500, 501, 10_000)] == [
        [50], [50], [50], [50, 500], [50, 500], [50, 500, 10_000], [50, 500, 10_000],
    ]  # fmt: skip


def words(query: str) -> dict[str, Any]:
    return composed_words(parse(query), Glossary.of(()))


def test_the_best_are_found_by_words_with_a_lead_for_newer_ones_then_by_nearness() -> None:
    near = nearness(parse("enerji koridoru"))
    two = words("enerji koridoru")
    body = by_words(two, near, 50, NOW)
    (lead,) = body["query"]["bool"]["should"]
    assert (lead["distance_feature"]["boost"], lead["distance_feature"]["origin"]) == (2, NOW.isoformat())
    assert {**body["query"]["bool"], "should": []} == two["bool"]
    assert body["rescore"] == {"window_size": 50, "query": {"rescore_query": near}}
    assert "rescore" not in by_words(two, None, 50, NOW)
