"""A client and a server for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.fetch.fetching import Rig
from tests.integration.raw_server import RawSite, serving


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@pytest.fixture
def site() -> Iterator[RawSite]:
    with serving() as served:
        yield served
