"""What the test processes of one run share: test files run side by side (pytest-xdist), over one search engine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from pipeline import engine
from pipeline.settings import Settings

ENGINE_HOME = "TEST_ENGINE_HOME"
_configure = structlog.configure


def _without_cache(**how: Any) -> None:
    _configure(**{**how, "cache_logger_on_first_use": False})


#: Airflow, imported by its tests, has loggers keep the output of their first use: a test's, which is closed behind it.
structlog.configure = _without_cache


@pytest.fixture(autouse=True)
def _logging_ends_with_its_test() -> Iterator[None]:
    """A command that a test calls in this process logs into the output of that test, which is closed behind it."""
    yield
    structlog.reset_defaults()


def pytest_configure(config: pytest.Config) -> None:
    """The process that hands out the tests makes the engine's home; the first test that needs the engine starts it."""
    if not hasattr(config, "workerinput"):
        os.environ[ENGINE_HOME] = tempfile.mkdtemp(prefix="mecmua-test-engine-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        home = Path(os.environ.pop(ENGINE_HOME))
        engine.stop(Settings(home=home, elasticsearch_url=None))
        shutil.rmtree(home, ignore_errors=True)
