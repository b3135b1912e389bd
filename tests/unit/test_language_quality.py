"""Quality floors of language identification, on a sample of the corpus.

All of it, as a table: ``python -m tests.bench.language``.
"""

from __future__ import annotations

import pytest

from tests.bench.language import CORPUS, CORPUS_DIGEST, Measure, digest, measure

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of sentences (../shared/corpus/languages) is not here"),
]
#: Every twelfth case keeps the gate within a few seconds; the floors are those of the whole.
EVERY = 12


@pytest.fixture(scope="module")
def measures() -> list[Measure]:
    return list(measure(CORPUS, EVERY))


def test_the_corpus_is_the_one_that_the_floors_were_measured_on() -> None:
    assert digest(CORPUS) == CORPUS_DIGEST, "the corpus has changed: measure anew and set floors and digest together"


def test_every_figure_keeps_its_floor(measures: list[Measure]) -> None:
    missed = [f"{one.name}: {one.share:.4f} of {one.cases}" for one in measures if not one.holds]
    assert not missed


def test_every_figure_has_a_floor_and_enough_cases(measures: list[Measure]) -> None:
    assert len(measures) >= 40
    for one in measures:
        assert (one.floor is None) != (one.ceiling is None), one.name
        assert one.cases >= 6, one.name
