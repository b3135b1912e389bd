"""200,000 fingerprints in the state: size, memory, time of a lookup: ``python -m tests.bench.fingerprints``.

    python -m tests.bench.fingerprints [--count N] [--database URL]

Texts are made up: 100 to 1,500 words drawn by Zipf's law from 50,000, half of them with one of twenty notices of 100 to
200 words, as a think tank's pages have. Every lookup is of a copy, shortened to four fifths, of a text that is filed.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from sqlalchemy import text as sql

from pipeline.extract.fingerprint import fingerprint
from pipeline.store import fingerprints, schema
from pipeline.store.database import Store, open_store

_VOCABULARY, _NOTICES = 50_000, 20
_BATCH = 500
_LOOKUPS, _ADDITIONS = 2_000, 500
_DROP_WHAT_IS_FULL = """
    DELETE FROM anchors WHERE (hash, number) IN (
        SELECT hash, number FROM (
            SELECT hash, number, row_number() OVER (PARTITION BY hash ORDER BY number) AS place FROM anchors
        ) AS placed WHERE place > :filed
    )
"""


def text(number: int, share: float = 1.0) -> str:
    """Text `number`, the same every time; its first share, with its notice."""
    draw = np.random.default_rng(number)
    words = _drawn(draw, int(draw.integers(100, 1500)))
    kept = words[: int(len(words) * share)]
    return " ".join([*kept, *(_notice(number % _NOTICES) if number % 2 else [])])


def _notice(number: int) -> list[str]:
    return _drawn(np.random.default_rng(10**9 + number), 100 + 5 * number)


def _drawn(draw: np.random.Generator, count: int) -> list[str]:
    ranks = np.exp(draw.random(count) * np.log(_VOCABULARY)).astype(int)  # Zipf: log-uniform ranks
    return [f"w{rank}" for rank in ranks.tolist()]


def fill(store: Store, count: int) -> None:
    """File `count` fingerprints in bulk, then drop what `add` would not have filed. Negative numbers leave those that a
    database gives out by itself alone."""
    for start in range(0, count, _BATCH):
        marks = [(number, fingerprint("", text(number))) for number in range(start, min(start + _BATCH, count))]
        rows = [{"number": -n - 1, "article_id": f"{n:020d}", **asdict(mark)} for n, mark in marks]
        filed = [
            {"hash": value - (1 << 63), "number": -n - 1}
            for n, mark in marks
            for value in mark.hashes[: fingerprints.ANCHORS]
        ]
        store.write(lambda connection, rows=rows: connection.execute(schema.fingerprints.insert(), rows))  # type: ignore[misc]  # bound
        store.write(lambda connection, filed=filed: connection.execute(schema.anchors.insert(), filed))  # type: ignore[misc]  # bound
    store.write(lambda connection: connection.execute(sql(_DROP_WHAT_IS_FULL), {"filed": fingerprints.FILED}))
    if store.engine.dialect.name == "postgresql":  # as autovacuum does; without statistics it reads whole tables
        store.write(lambda connection: connection.execute(sql("ANALYZE")))


def additions(store: Store, count: int) -> list[float]:
    """Milliseconds of each of some further additions, one a transaction, as in a crawl."""
    times = []
    for number in range(count, count + _ADDITIONS):
        mark = fingerprint("", text(number))
        begun = time.perf_counter()
        store.write(lambda connection, mark=mark, one=f"{number:020d}": fingerprints.add(connection, one, mark))  # type: ignore[misc]  # bound
        times.append((time.perf_counter() - begun) * 1000)
    return times


def lookups(store: Store, count: int) -> tuple[list[float], float, int]:
    """Milliseconds of each lookup by the clock, the processor's milliseconds for one (the machine may be busy), and how
    many found the text that was looked for."""
    draw = np.random.default_rng(7)
    times, busy, found = [], 0.0, 0
    with store.read() as connection:
        for number in draw.integers(0, count, _LOOKUPS).tolist():
            mark = fingerprint("", text(number, 0.8))
            begun, worked = time.perf_counter(), time.process_time()
            near = fingerprints.neighbours(connection, mark)
            times.append((time.perf_counter() - begun) * 1000)
            busy += time.process_time() - worked
            found += f"{number:020d}" in {identity for identity, _ in near}
    return times, busy / len(times) * 1000, found


def measure(url: str, count: int, say: Callable[[str], None] = print) -> None:
    store = open_store(url)
    fill(store, count)
    before = _resident()
    median, high = np.percentile(additions(store, count), [50, 99])
    say(f"one more, committed: median {median:.2f} ms, 99 % {high:.2f} ms")
    times, busy, found = lookups(store, count)
    median, high, most = np.percentile(times, [50, 99, 100])
    say(f"lookup: median {median:.2f} ms, 99 % {high:.2f} ms, most {most:.2f} ms; processor {busy:.2f} ms")
    say(f"found: {found} of {_LOOKUPS}")
    say(f"memory of this process: at most {before} MB when {count} were filed, {_resident()} MB at the end")
    if (database := store.engine.url.database) and Path(database).exists():
        say(f"database: {Path(database).stat().st_size / 1e6:.0f} MB")
    store.close()


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument(
        "--database", help="SQLAlchemy URL of an empty database; SQLite in a temporary folder by default"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mecmua-bench-") as folder:
        measure(options.database or f"sqlite:///{folder}/state.db", options.count)


if __name__ == "__main__":
    main()
