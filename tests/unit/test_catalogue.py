"""The catalogue that ships: how much there is, and that every claim in it says where it comes from."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pipeline.models import Source
from pipeline.sources.registry import load_sources
from pipeline.sources.scope import in_scope

SOURCES = load_sources(None)


def test_there_are_forty_houses_in_many_languages() -> None:
    assert len(SOURCES) >= 40
    languages = Counter(language for source in SOURCES for language in source.languages)
    assert languages["tr"] >= 15
    assert languages["en"] >= 40
    assert {"az", "hy", "ka", "ru"} <= languages.keys()
    assert {source.status for source in SOURCES} == {"active", "dormant", "defunct"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_each_says_what_it_is_and_where_its_endpoints_were_named(source: Source) -> None:
    assert source.country and source.languages
    assert len(source.endpoints) >= 2, "one endpoint is one way to lose articles silently"
    assert all(endpoint.origin for endpoint in source.endpoints)
    assert source.crawl_delay and source.crawl_delay >= 2, "guests walk slowly"
    assert source.allow or source.deny, "events, tags and people are no articles"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_nothing_claims_to_be_verified(source: Source) -> None:
    assert all(endpoint.verified is None for endpoint in source.endpoints)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_patterns_are_meant_for_urls(source: Source) -> None:
    """A pattern that begins with ``^/`` would match nothing: rules are searched in the whole URL."""
    patterns = [*source.allow, *source.deny]
    assert not [pattern for pattern in patterns if pattern.startswith("^/")]
    assert not in_scope(source, "https://example.org/")
    for endpoint in source.endpoints:
        if endpoint.article and endpoint.type == "sitemap":
            assert not endpoint.article.startswith("^/"), endpoint.url
        re.compile(endpoint.article or "")
