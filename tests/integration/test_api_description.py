"""The JSON API does what its OpenAPI description says: schemathesis asks the served page, over a real engine.

A few examples of each operation here, beside those at the edges of every parameter; more by hand, beside
``mecmua serve``: ``schemathesis run http://127.0.0.1:8000/api/openapi.json -n 400``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.library import library, served

pytestmark = pytest.mark.integration
# as a program: what it brings for pytest does not fit every pytest
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


def test_every_answer_is_described(engine_url: str, tmp_path: Path) -> None:
    with library(engine_url, tmp_path / "home") as settings, served(settings) as base:
        asked = [SCHEMATHESIS, "run", f"{base}/api/openapi.json", "-n", "15", "--seed", "1", "--no-color"]
        ended = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr
    assert "Tested: 7" in ended.stdout
