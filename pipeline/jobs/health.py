"""How the sources do: which are silent, stale, shrinking, blocked, moved or empty, told apart, and what to do.

`judge` is pure: what is known of one source and now give its state. Its thresholds are for houses that publish from
several times a day to once a month; a source's own rhythm decides, wherever there is enough of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from pipeline.models import WELL, HealthState, RunReport, Source, SourceHealth
from pipeline.store import overview
from pipeline.store.database import Store
from pipeline.store.overview import EndpointSight

#: How far back rhythm is looked at, and how many days the recent part of it has.
LOOK_BACK = timedelta(days=365)
RECENT = timedelta(days=30)
#: Without a promise of its own (``expectations: max_age_days``), a source whose newest article is older is stale.
STALE = timedelta(days=365)
#: A source is silent after four of its usual pauses, but never sooner than this.
PATIENCE = timedelta(days=14)
_MANY = 6.0  # articles that the recent part should have had, for a shortfall to mean something
_SHORTFALL = 0.4
_REFUSED = frozenset((401, 403, 407, 429, 451))
_LOST = frozenset((404, 410))
_MISPLACED = re.compile(r"gives (?:a web page|something|no list|the default)|redirects to .*not the source's")
_NOTHING = re.compile(
    r"holds no|no items|names no URLs|no links? |matches the article pattern|is the feed of the comments"
)
_AWAY = re.compile(
    r"robots\.txt|did not answer|not answered|left (?:alone|for this run)|HTTP (?:403|429|5\d\d)|connect", re.I
)


_OF_POSTS = re.compile(r"[/=]wp/v2/posts(?:[?&]|$)")


@dataclass(frozen=True, slots=True)
class Known:
    """What the state holds of one source. ``reports``: its parts of recent run reports, newest first."""

    days: Mapping[date, int] = field(default_factory=dict)
    newest: date | None = None
    endpoints: Mapping[str, EndpointSight] = field(default_factory=dict)
    reports: Sequence[Mapping[str, Any]] = ()


def health(
    store: Store, sources: Sequence[Source], now: datetime, last: RunReport | None = None
) -> tuple[SourceHealth, ...]:
    """The health of these sources, those in trouble first. ``last`` is the newest report of all of them, where the
    caller has just made it; else what the state keeps. Raises Unavailable when the state cannot be read."""
    ids = [source.id for source in sources]
    with store.read() as connection:
        days = overview.published_days(connection, ids, (now - LOOK_BACK).date())
        newest = overview.newest_days(connection, ids)
        endpoints = overview.endpoint_sights(connection, ids)
        kept = [last.to_dict()] if last else overview.reports_since(connection, now - LOOK_BACK / 4)
    reports = overview.by_source(kept)
    judged = [
        judge(
            source,
            Known(
                days.get(source.id, Counter()),
                newest.get(source.id),
                endpoints.get(source.id, {}),
                reports.get(source.id, []),
            ),
            now.date(),
        )
        for source in sources
    ]
    return tuple(sorted(judged, key=lambda one: (one.state in WELL, one.state, one.id)))


def judge(source: Source, known: Known, today: date) -> SourceHealth:
    """One source's state: the first of what is wrong, from no answer at all to too little."""
    last = str(known.reports[0]["started"]) if known.reports else None

    def told(state: HealthState, evidence: str, advice: str) -> SourceHealth:
        return SourceHealth(source.id, state, known.newest, last, evidence, advice)

    if source.status == "defunct":
        return told("defunct", "its YAML says that the house is closed", "nothing; it is crawled only when named")
    if not known.reports:
        return told("new", "no run has looked at it yet", f"mecmua crawl {source.id} --limit 5")
    for finding in (_blocked(source, known), _moved(source, known), _empty(source, known)):
        if finding:
            return told(*finding)
    late = _stale(source, known, today) or _shrinking(source, known, today) or _silent(source, known, today)
    if late:
        return told(*late)
    return told("healthy", _rhythm(known, today), "nothing")


_Finding = tuple[HealthState, str, str]


def _blocked(source: Source, known: Known) -> _Finding | None:
    sights = _sights(source, known)
    error = str(known.reports[0].get("error") or "")
    refused = [sight for sight in sights if sight.status in _REFUSED]
    if sights and len(refused) == len(sights):
        evidence = f"every endpoint refuses us (HTTP {', '.join(sorted({str(one.status) for one in refused}))})"
    elif error and _AWAY.search(error) and not any(_is_sound(sight) for sight in _asked_last(sights, known)):
        evidence = error
    else:
        return None
    advice = (
        "Open the site in a browser. If it answers there, ask its people to let the User-Agent in (set "
        "MECMUA_CONTACT), raise crawl_delay, or look for another endpoint; if not, wait."
    )
    return "blocked", evidence, advice


def _moved(source: Source, known: Known) -> _Finding | None:
    sights = _sights(source, known)
    gone = [one for one in sights if one.status in _LOST or (one.problem and _MISPLACED.search(one.problem))]
    # one of several that never was where the YAML has it says nothing of the source
    if not gone or not (len(gone) == len(sights) or any(one.worked for one in gone)):
        return None
    said = "; ".join(one.problem or f"{one.url}: HTTP {one.status}" for one in gone[:3])
    return (
        "moved",
        said,
        f"Find the present address: mecmua sources new {source.homepage}, then mecmua sources probe URL.",
    )


def _empty(source: Source, known: Known) -> _Finding | None:
    sights = _sights(source, known)
    void = [one for one in sights if one.problem and _NOTHING.search(one.problem)]
    last = known.reports[0]
    outcomes = last.get("outcomes") or {}
    if void and (len(void) == len(sights) or not outcomes):
        evidence = "; ".join(one.problem or one.url for one in void[:3])
    elif sights and not outcomes and not last.get("error") and last.get("requests") != 0:  # 0: --stage index
        evidence = "its endpoints answer, and the last run named not one URL"
    else:
        return None
    look = f"mecmua sources probe {(void or sights)[0].url}"
    advice = f"Look at one: {look}. It may need a browser, or another article pattern."
    return "empty", evidence, advice


def _stale(source: Source, known: Known, today: date) -> _Finding | None:
    promised = source.expectations.max_age_days
    limit = timedelta(days=promised) if promised else STALE
    if known.newest is None or today - known.newest <= limit:
        return None
    evidence = f"its newest article is of {known.newest}, {(today - known.newest).days} days ago"
    advice = "If the house still publishes, its endpoints carry something else: find others. If not, status: dormant."
    return "stale", evidence, advice


def _shrinking(source: Source, known: Known, today: date) -> _Finding | None:
    begin = today - RECENT
    recent = sum(count for day, count in known.days.items() if day > begin)
    before = [(day, count) for day, count in known.days.items() if day <= begin]
    if not before:
        return None
    span = max((begin - min(day for day, _count in before)).days, RECENT.days)
    expected = sum(count for _day, count in before) / span * RECENT.days
    if recent == 0 or expected < _MANY or recent >= _SHORTFALL * expected:
        return None
    evidence = f"{recent} articles in the last {RECENT.days} days, where {expected:.0f} were usual"
    advice = "Compare with its site: did a section move out of the feed? Add an endpoint for what is missing."
    return "shrinking", evidence, advice


def _silent(source: Source, known: Known, today: date) -> _Finding | None:
    if known.newest is None:
        return None
    days = sorted(known.days)
    pauses = sorted((later - earlier).days for earlier, later in pairwise(days))
    usual = pauses[len(pauses) * 9 // 10] if len(pauses) >= 3 else RECENT.days
    quiet = (today - known.newest).days
    if quiet <= max(PATIENCE.days, 4 * usual):
        return None
    evidence = f"nothing new for {quiet} days; nine of ten of its pauses were {usual} days or shorter"
    advice = "Look at its site. A holiday passes; else its endpoints stopped naming what is new: probe them."
    return "silent", evidence, advice


def _sights(source: Source, known: Known) -> list[EndpointSight]:
    """What each of the source's own endpoints last answered; parts and pages of them are left out."""
    found = []
    for endpoint in source.endpoints:
        if endpoint.type == "wordpress":
            root = endpoint.url.rstrip("/")
            asked = known.endpoints.items()
            of_posts = [one for url, one in asked if url.startswith(root) and _OF_POSTS.search(url)]
            found += sorted(of_posts, key=lambda one: str(one.checked_at))[-1:]
        elif endpoint.url in known.endpoints:
            found.append(known.endpoints[endpoint.url])
    return found


def _asked_last(sights: Sequence[EndpointSight], known: Known) -> list[EndpointSight]:
    """The endpoints that answered in the last run."""
    began = str(known.reports[0]["started"])[:19]
    return [one for one in sights if one.checked_at and one.checked_at.isoformat()[:19] >= began]


def _is_sound(sight: EndpointSight) -> bool:
    return sight.problem is None and sight.status in (200, 304)


def _rhythm(known: Known, today: date) -> str:
    recent = sum(count for day, count in known.days.items() if day > today - RECENT)
    return f"{recent} articles in the last {RECENT.days} days, the newest of {known.newest or 'no date'}"
