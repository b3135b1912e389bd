"""Servers that several integration tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline import engine
from pipeline.errors import ConfigurationError, Unavailable
from pipeline.settings import Settings
from tests.conftest import ENGINE_HOME
from tests.integration.rig import (  # noqa: F401  # fixtures
    postgres_server,
    postgres_url,
    require,
    wordpress_site,
)


@pytest.fixture(scope="session")
def engine_url() -> str:
    """A search engine: the one that MECMUA_TEST_ELASTICSEARCH_URL names, or else a local node, one for all tests."""
    if given := os.environ.get("MECMUA_TEST_ELASTICSEARCH_URL"):
        return given
    try:
        return engine.ensure_running(Settings(home=Path(os.environ[ENGINE_HOME]), elasticsearch_url=None))
    except (ConfigurationError, Unavailable) as error:
        require(f"no MECMUA_TEST_ELASTICSEARCH_URL, and no local node: {error}")
        raise
