"""Archived pages read again into a new index version while others are at work: ``python -m tests.bench.reprocess``.

    python -m tests.bench.reprocess [--pages N] [--engine URL]

So many pages (20,000) are made and archived as an older extractor left them; then ``mecmua reprocess`` runs in one
process, ``mecmua crawl`` adds articles in another, a writer revises one every 50 ms and a reader asks all the while.
Without --engine the node of a temporary home is started for it. Exit code 1 where a document is missing, the alias was
empty or a query was not answered.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from pipeline import engine
from pipeline.settings import Settings
from tests.integration.archived import fill
from tests.integration.rebuilding import Home, allow, problems, rebuild_at_work

#: Crawled meanwhile: one page in so many, each after so many seconds.
_NEWS, _DELAY = 100, 1.0


def measure(folder: Path, url: str, pages: int) -> int:
    home = Home(folder, url, "bench-reprocess")
    home.source()
    try:
        began = time.monotonic()
        fill(home.settings, home.store, pages)
        print(f"{pages} pages made and archived in {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        home.index_all()
        print(f"indexed from the state in {time.monotonic() - began:.0f} s")
        allow(home, "words: 100\ncoverage: 1.0\n")
        done = rebuild_at_work(home, pages, max(pages // _NEWS, 1), delay=_DELAY)
        print(f"reprocess: {done.seconds:.0f} s, {pages / done.seconds:.0f} pages a second, with all that follows:")
        print(f"meanwhile: {len(done.crawled)} articles crawled, {len(done.revised)} revised")
        median, high, most = np.percentile(done.watch.milliseconds, [50, 99, 100])
        asked = len(done.watch.milliseconds)
        print(f"queries: {asked} answered, median {median:.0f} ms, 99 % {high:.0f} ms, most {most:.0f} ms")
        wrong = problems(home, done)
        print(f"wrong: {len(wrong)}", *wrong[:20], sep="\n  ")
        return int(bool(wrong))
    finally:
        home.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--engine", help="URL of a search engine")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mecmua-bench-") as folder:
        node = Settings(home=Path(folder) / "node", elasticsearch_url=None)
        url = options.engine or engine.ensure_running(node)
        try:
            raise SystemExit(measure(Path(folder), url, options.pages))
        finally:
            if not options.engine:
                engine.stop(node)


if __name__ == "__main__":
    main()
