"""What is wrong with a source, told apart from what the state holds of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pipeline.jobs.health import Known, health, judge
from pipeline.models import Endpoint, Expectations, RunReport, Source, SourceReport
from pipeline.store import runs
from pipeline.store.database import open_store
from pipeline.store.overview import EndpointSight

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
FEED, MAP = "https://a.example/feed/", "https://a.example/sitemap.xml"
SOURCE = Source("a", "A", "https://a.example/", (Endpoint("feed", FEED), Endpoint("sitemap", MAP)))
WEEKLY = Counter({TODAY - timedelta(days=7 * week + 1): 3 for week in range(40)})


def report(**more: Any) -> dict[str, Any]:
    return {"id": "a", "started": "2026-11-24T01:00:00Z", "outcomes": {"unchanged": 40}, "error": None, **more}


def sight(url: str, status: int = 200, problem: str | None = None, *, worked: bool = True) -> EndpointSight:
    return EndpointSight(url, status, problem, NOW, worked)


def known(
    feed: EndpointSight | None = None,
    sitemap: EndpointSight | None = None,
    days: Counter[date] = WEEKLY,
    newest: date | None = None,
    **more: Any,
) -> Known:
    sights = {FEED: feed or sight(FEED), MAP: sitemap or sight(MAP)}
    return Known(days, newest or max(days, default=None), sights, [report(**more)])


def state(found: Known, source: Source = SOURCE) -> str:
    judged = judge(source, found, TODAY)
    assert judged.evidence and judged.advice
    return judged.state


def test_a_source_that_does_as_it_did_is_healthy() -> None:
    assert state(known()) == "healthy"


def test_one_that_was_never_looked_at_is_new() -> None:
    assert state(Known()) == "new"


@pytest.mark.parametrize("status", [401, 403, 429, 451])
def test_refused_everywhere_is_blocked(status: int) -> None:
    assert state(known(sight(FEED, status, "refuses us"), sight(MAP, status, "refuses us"))) == "blocked"
    assert state(known(sight(FEED, status, "refuses us"))) != "blocked", "the sitemap still answers"


def test_no_answer_at_all_is_blocked_and_says_the_error() -> None:
    error = "a: no endpoint could be read: https://a.example did not answer 5 requests in a row; left for this run"
    earlier = EndpointSight(FEED, 200, None, NOW - timedelta(days=3))
    found = Known(WEEKLY, TODAY, {FEED: earlier}, [report(error=error, outcomes={})])
    judged = judge(SOURCE, found, TODAY)
    assert (judged.state, judged.evidence) == ("blocked", error)


@pytest.mark.parametrize(
    ("status", "problem"),
    [(404, "does not exist (status 404)"), (410, "is gone"), (200, f"{FEED} gives a web page instead of a feed")],
)
def test_what_worked_and_is_gone_has_moved(status: int, problem: str) -> None:
    assert state(known(sight(FEED, status, problem))) == "moved"
    never = sight(FEED, status, problem, worked=False)
    assert state(known(never)) == "healthy", "a wrong line in the YAML beside one that works"
    assert state(known(never, sight(MAP, 404, "does not exist", worked=False))) == "moved"


def test_answers_without_articles_are_empty() -> None:
    assert state(known(sight(FEED, 200, f"the feed {FEED} holds no items"), outcomes={})) == "empty"
    assert state(known(outcomes={})) == "empty"


def test_old_news_is_stale_by_promise_or_after_a_year() -> None:
    old = Counter({TODAY - timedelta(days=400): 5})
    assert state(known(days=Counter(), newest=max(old))) == "stale"
    promising = Source("a", "A", SOURCE.homepage, SOURCE.endpoints, expectations=Expectations(max_age_days=5))
    late = Counter({TODAY - timedelta(days=6 + n): 1 for n in range(60)})
    assert state(known(days=late), promising) == "stale"
    assert state(known(days=late)) == "healthy"


def test_less_than_was_usual_is_shrinking() -> None:
    daily = Counter({TODAY - timedelta(days=n): 2 for n in range(31, 300)})
    assert state(known(days=daily + Counter({TODAY - timedelta(days=2): 3}))) == "shrinking"
    assert state(known(days=daily + Counter({TODAY - timedelta(days=n): 2 for n in range(1, 20)}))) == "healthy"


def test_a_pause_beyond_its_own_rhythm_is_silence() -> None:
    daily = Counter({TODAY - timedelta(days=n): 1 for n in range(35, 120)})
    assert state(known(days=daily)) == "silent"
    monthly = Counter({TODAY - timedelta(days=30 * n + 35): 1 for n in range(10)})
    assert state(known(days=monthly)) == "healthy", "this house writes once a month"


def test_a_run_that_asked_nobody_says_nothing_of_a_source() -> None:
    """`crawl --stage index` reports no outcomes, because it looked at no site."""
    assert state(known(outcomes={}, requests=12)) == "empty"
    assert state(known(outcomes={}, requests=0)) == "healthy"


def test_a_closed_house_needs_nothing() -> None:
    assert state(Known(), Source("a", "A", SOURCE.homepage, SOURCE.endpoints, status="defunct")) == "defunct"


def test_the_state_gives_it_all_and_trouble_comes_first(tmp_path: Any) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    other = Source("b", "B", "https://b.example/", (Endpoint("feed", "https://b.example/feed/"),))
    error = "b: no endpoint could be read: connection refused"
    bad, good = SourceReport("b", {}, error=error, error_type="Unavailable"), SourceReport("a", {"unchanged": 3})
    run = store.write(lambda c: runs.begin(c, NOW))
    store.write(lambda c: runs.finish(c, RunReport(run, NOW, 1.0, (good, bad)), NOW))
    judged = health(store, [SOURCE, other], NOW)
    fresh = RunReport("r2", NOW, 1.0, (replace(bad, error=None, outcomes={"unchanged": 1}),))
    (better,) = health(store, [other], NOW, last=fresh)
    store.close()
    assert [(one.id, one.state) for one in judged] == [("b", "blocked"), ("a", "healthy")]
    assert better.state == "healthy", "the report at hand counts, not those in the state"
