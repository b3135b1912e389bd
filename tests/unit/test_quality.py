"""Quality floors of extraction on recorded pages; all of it, as a table: ``make quality``."""

from __future__ import annotations

import pytest

from tests.bench import pages, quality, seed_article

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not pages.CORPUS.is_dir(), reason="the recorded pages (../shared/corpus) are not here"),
]


def test_the_corpus_is_the_one_that_the_floors_were_measured_on() -> None:
    assert pages.digest() == pages.CORPUS_DIGEST, "the corpus has changed: measure anew, set floors and digest together"


def test_every_figure_keeps_its_floor_and_its_lead_over_bare_trafilatura() -> None:
    rows = list(quality.corpus_rows())
    assert len(rows) == 5
    assert not [f"{row.name}: {row.ours:.4f}, bare {row.bare:.4f}, floor {row.floor}" for row in rows if not row.holds]


@pytest.mark.skipif(not seed_article.SEED.is_dir(), reason="the seed article (../shared/seed) is not here")
def test_the_seed_article_is_exact_in_three_templates() -> None:
    rows = list(quality.seed_rows())
    assert len(rows) == 6
    assert not [row.name for row in rows if not row.holds]
