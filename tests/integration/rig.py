"""Fixtures that give tests real servers; `require` skips or, where everything must run, fails.

Where MECMUA_TEST_ALL=1 is set (continuous integration), a missing server is a failure, never a silent skip.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import pytest

from tests.integration.servers import Postgres, missing_for_postgres, postgres
from tests.integration.wordpress import WordPress, missing_for_wordpress, wordpress

__all__ = ["postgres_server", "postgres_url", "require", "wordpress_site"]

_numbers = itertools.count(1)


def require(missing: str | None) -> None:
    """Go on when ``missing`` is None; else skip the test with that reason, or fail it where MECMUA_TEST_ALL=1."""
    if missing is None:
        return
    if os.environ.get("MECMUA_TEST_ALL") == "1":
        pytest.fail(f"MECMUA_TEST_ALL=1 and {missing}", pytrace=False)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL cluster for the whole run."""
    require(missing_for_postgres())
    with postgres() as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The SQLAlchemy URL (postgresql+psycopg://…) of an empty database of this test's own."""
    database = f"test_{next(_numbers)}"
    yield postgres_server.create(database)
    postgres_server.drop(database)


@pytest.fixture(scope="session")
def wordpress_site() -> Iterator[WordPress]:
    """One seeded WordPress for the whole run: tests only read it, and put back what they switch (REST, theme).

    A test that edits posts starts a site of its own with ``wordpress()``.
    """
    require(missing_for_wordpress())
    with wordpress() as site:
        yield site
