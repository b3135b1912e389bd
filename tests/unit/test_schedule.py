"""When a page is looked at again: often while young or edited, seldom when old, less where its endpoint would tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.jobs.judge import MONTH, NIGHT, NO_HABIT, Habit, next_look
from pipeline.models import Outcome
from pipeline.store.urls import UrlRow

NOW = datetime(2026, 5, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
EDITS = Habit(articles=40, edited=10)
NEVER_EDITS = Habit(articles=400, edited=1)


def row(**known: object) -> UrlRow:
    values = dict.fromkeys(UrlRow.__dataclass_fields__)
    values |= {"key": "k", "url": "https://example.org/a", "source": "s", "found_in": (), "failures": 0}
    return UrlRow(**{**values, "first_seen": NOW - 900 * DAY, "last_seen": NOW, "truncated": False, **known})  # type: ignore[arg-type]  # by name


def days(outcome: Outcome = Outcome.UNCHANGED, *, age: int = 0, habit: Habit = NO_HABIT, **known: object) -> float:
    """Days until the next look at an article of this age."""
    published = NOW - age * DAY
    found = next_look(outcome, NOW, row=row(published_hint=published, **known), published=published, habit=habit)
    assert found is not None
    return (found - NOW) / DAY


def test_looks_thin_out_with_age() -> None:
    waits = [days(age=age) for age in (0, 1, 5, 14, 70, 350, 3500)]
    assert waits == sorted(waits)
    assert waits[:3] == [NIGHT / DAY] * 3, "every night in the first days"
    assert (waits[3], waits[4], waits[5], waits[6]) == (2, 10, 50, 90)


def test_what_is_seen_to_change_is_young_again() -> None:
    old = row(published_hint=NOW - 700 * DAY)
    assert next_look(Outcome.CHANGED, NOW, row=old, published=NOW) == NOW + NIGHT
    assert next_look(Outcome.UNCHANGED, NOW, row=old, published=NOW - 14 * DAY) == NOW + 2 * DAY


def test_an_undated_page_ages_from_when_it_was_first_seen() -> None:
    assert next_look(Outcome.UNCHANGED, NOW, row=row(first_seen=NOW - 21 * DAY)) == NOW + 3 * DAY


def test_it_adapts_to_how_often_the_source_edits() -> None:
    assert days(age=70, habit=EDITS) == 5
    assert days(age=70, habit=NEVER_EDITS) == 20
    assert days(age=70, habit=Habit(articles=100, edited=5)) == 10
    assert days(age=70, habit=Habit(articles=19, edited=19)) == 10, "too few to speak of a habit"


def test_where_the_endpoint_tells_changes_a_look_is_only_insurance() -> None:
    assert days(age=0, modified_hint=NOW) == MONTH / DAY


@pytest.mark.parametrize(("failures", "nights"), [(0, 1), (1, 2), (2, 4), (5, 32), (9, 36)])
def test_what_was_refused_waits_longer_each_time(failures: int, nights: int) -> None:
    assert days(Outcome.REJECTED, failures=failures) == min(NIGHT * nights, MONTH) / DAY


def test_what_could_not_be_had_is_due_at_once_and_a_second_address_never() -> None:
    assert days(Outcome.DEFERRED) == 0
    assert next_look(Outcome.DUPLICATE, NOW, row=row()) is None
