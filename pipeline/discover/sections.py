"""The last resort: from a page that leads nowhere on, into the sections of its site, breadth first and bounded.

A listing without pattern and without a next page is a front door. Behind it lie sections, which menus name. They are
read like listings, down to `MAX_DEPTH`; a section without articles is passed through once, next to the door, and ends
the way anywhere deeper. So a trap (a calendar, a path that grows, a session id) costs a few requests, never a night.
The job counts all of them against `BUDGET`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from pipeline.discover.addresses import is_archive, is_slug, may_be_article, may_be_section
from pipeline.discover.values import Ask, Step
from pipeline.models import Candidate
from pipeline.sources.scope import in_scope
from pipeline.urls import canonical

MAX_DEPTH = 3
BUDGET = 200
MAX_SECTIONS = 60  # of one page; large menus have as many
MAX_ARCHIVES = 400  # of one page: the months of thirty years
_ALIKE = 8  # sections of one page whose addresses differ in numbers alone
_NUMBERS = re.compile(r"\d+")


def behind(
    step: Step, links: Iterable[tuple[str, Callable[[], bool]]], candidates: tuple[Candidate, ...]
) -> tuple[Ask, ...]:
    """The sections to read behind a page. ``links``: each URL on it, and whether it stands in a menu.

    None where the endpoint says what articles or the next page look like: then it is a plain listing.
    """
    endpoint, depth = step.endpoint, step.ask.depth
    if endpoint.article or endpoint.next or depth >= MAX_DEPTH or step.ask.page > 1:
        return ()
    if not candidates and depth > 1:
        return ()
    articles = {candidate.url for candidate in candidates} | {canonical(step.page.url), canonical(endpoint.url)}
    named = dict(links)
    chosen = [*islice(_sections(step, named, articles), MAX_SECTIONS), *islice(_archives(step, named), MAX_ARCHIVES)]
    return tuple(Ask(url, "listing", depth=depth + 1, patient=step.known.complete) for url in dict.fromkeys(chosen))


def _archives(step: Step, links: Mapping[str, object]) -> Iterator[str]:
    """The years and months of the past, which many a site lists its older articles by and nowhere else."""
    today = step.page.fetched_at.date() if step.page.fetched_at else None
    return (url for url in links if is_archive(url, today) and in_scope(step.source, url))


def _sections(step: Step, links: Mapping[str, Callable[[], bool]], articles: set[str | None]) -> Iterator[str]:
    alike: Counter[str] = Counter()
    for url, is_in_menu in links.items():
        if url in articles or not may_be_section(url) or not in_scope(step.source, url):
            continue
        if is_slug(url) and may_be_article(url) and not is_in_menu():
            continue
        shape = _NUMBERS.sub("#", url)
        alike[shape] += 1
        if shape == url or alike[shape] <= _ALIKE:
            yield url
