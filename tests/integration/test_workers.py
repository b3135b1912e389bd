"""Reading happens in processes that are ended when they hang; the next page is read all the same."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.jobs import workers
from pipeline.jobs.workers import Archive, PageTask, Workers
from pipeline.models import Pointer, Source

pytestmark = pytest.mark.integration
SOURCE = Source(id="site", name="Merkez", homepage="http://site.example/", endpoints=())
URL = "http://site.example/a"


def test_a_reader_that_hangs_is_ended_and_the_next_page_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "hangs.warc.gz")  # whoever opens it waits for a writer that never comes
    monkeypatch.setattr(workers, "PAGE_SECONDS", 1.0)
    archive = Archive(tmp_path, str(tmp_path))

    async def both() -> tuple[workers.PageRead, workers.PageRead]:
        hanging = task(archive, Pointer("hangs.warc.gz", 0, "<urn:x>"))
        with Workers(1) as pool:
            return await pool.read_page(hanging), await pool.read_page(task(archive, None))

    hung, after = asyncio.run(both())
    assert hung.rejected == "parse_timeout"
    assert URL in hung.detail
    assert after.rejected != "parse_timeout"


def task(archive: Archive, record: Pointer | None) -> PageTask:
    return PageTask(URL, SOURCE, archive, record, None, datetime(2026, 1, 1, tzinfo=UTC))
