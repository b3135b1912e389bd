"""Servers that several integration tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from pipeline import engine
from pipeline.errors import ConfigurationError, Unavailable
from pipeline.settings import Settings
from tests.integration.rig import (  # noqa: F401  # fixtures
    postgres_server,
    postgres_url,
    require,
    wordpress_site,
)


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A search engine: the one that MECMUA_TEST_ELASTICSEARCH_URL names, or else a local node of its own."""
    if given := os.environ.get("MECMUA_TEST_ELASTICSEARCH_URL"):
        yield given
        return
    settings = Settings(home=tmp_path_factory.mktemp("engine-home"), elasticsearch_url=None)
    try:
        url = engine.ensure_running(settings)
    except (ConfigurationError, Unavailable) as error:
        require(f"no MECMUA_TEST_ELASTICSEARCH_URL, and no local node: {error}")
    yield url
    engine.stop(settings)
