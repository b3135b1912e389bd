"""Servers that several integration tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import Settings
from tests.integration.rig import postgres_server, postgres_url, wordpress_site  # noqa: F401  # fixtures


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A search engine: the one that MECMUA_TEST_ELASTICSEARCH_URL names, or else a local node of its own."""
    if given := os.environ.get("MECMUA_TEST_ELASTICSEARCH_URL"):
        yield given
        return
    engine = pytest.importorskip("pipeline.engine", reason="no MECMUA_TEST_ELASTICSEARCH_URL, no local engine")
    if not hasattr(engine, "ensure_running"):
        pytest.skip("no MECMUA_TEST_ELASTICSEARCH_URL, and pipeline.engine starts no node yet")
    # One level up: an engine that drops root's privileges must be able to reach its home.
    settings = Settings(home=Path(tmp_path_factory.mktemp("engine-home")))
    yield engine.ensure_running(settings)
    engine.stop(settings)
