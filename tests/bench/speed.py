"""What reading a page costs, beside bare trafilatura, in one run: ``python -m tests.bench.speed [--rounds N]``.

Mecmua's side is all of it: extraction, metadata, language and fingerprint. CPU time, each page by both in turn.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Sequence

import trafilatura

from pipeline.extract.fingerprint import fingerprint
from pipeline.extract.html import extract
from pipeline.extract.language import warm
from tests.bench import pages
from tests.bench.pages import Gold


def measure(golds: Sequence[Gold], rounds: int = 1) -> tuple[float, float]:
    """Milliseconds of CPU a page: Mecmua's, and bare trafilatura's with default settings."""
    warm()
    _ours(golds[0]), _bare(golds[0])
    ours = bare = 0.0
    for _ in range(rounds):
        for gold in golds:
            ours += _timed(_ours, gold)
            bare += _timed(_bare, gold)
    return 1000 * ours / len(golds) / rounds, 1000 * bare / len(golds) / rounds


def _ours(gold: Gold) -> None:
    article = extract(gold.page, gold.source).article
    fingerprint(article.title, article.text)


def _bare(gold: Gold) -> None:
    trafilatura.bare_extraction(gold.page.body, url=gold.page.url)


def _timed(read: Callable[[Gold], None], gold: Gold) -> float:
    start = time.process_time()
    read(gold)
    return time.process_time() - start


def main() -> None:
    """Print both costs and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    golds = [*pages.benchmark(), *pages.publishers()]
    ours, bare = measure(golds, rounds)
    print(f"{len(golds)} pages: Mecmua {ours:.1f} ms, bare trafilatura {bare:.1f} ms, ratio {ours / bare:.2f}")


if __name__ == "__main__":
    main()
