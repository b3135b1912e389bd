"""Quality floors of near-duplicate detection, on a sample of the pairs made from the corpus.

All of them, as a table: ``python -m tests.bench.fingerprint_pairs``.
"""

from __future__ import annotations

import pytest

from tests.bench import fingerprint_pairs as bench

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not bench.CORPUS.is_dir(), reason="the corpus of real texts (../shared/corpus) is not here"),
]
#: Every eighth text keeps the gate within a few seconds; the floors are those of the whole.
EVERY = 8
#: A kind of copy that is missed more often than this is not made good by the others.
EACH_COPY = 0.85


@pytest.fixture(scope="module")
def texts() -> list[bench.Text]:
    return bench.texts()


@pytest.fixture(scope="module")
def scores(texts: list[bench.Text]) -> list[bench.Score]:
    return bench.scores(list(bench.pairs(texts, every=EVERY)))


def test_the_corpus_is_the_one_that_the_floors_were_measured_on(texts: list[bench.Text]) -> None:
    assert bench.digest(texts) == bench.CORPUS_DIGEST, "the corpus has changed: measure anew, set floors and digest"


def test_precision_keeps_its_floor(scores: list[bench.Score]) -> None:
    joined = {score.kind: score.joined for score in scores if not score.same and score.joined}
    assert bench.precision(scores) >= bench.PRECISION_FLOOR, joined


def test_recall_keeps_its_floor(scores: list[bench.Score]) -> None:
    missed = {score.kind: score.pairs - score.joined for score in scores if score.same and score.joined < score.pairs}
    assert bench.recall(scores) >= bench.RECALL_FLOOR, missed
    assert all(score.joined >= EACH_COPY * score.pairs for score in scores if score.same), missed


def test_translations_and_unrelated_texts_never_join(scores: list[bench.Score]) -> None:
    joined = {score.kind: score.joined for score in scores}
    assert (joined["unrelated"], joined["translation"]) == (0, 0)


def test_every_kind_of_pair_is_there(scores: list[bench.Score]) -> None:
    assert len([score for score in scores if score.same]) >= 12
    assert len([score for score in scores if not score.same]) >= 8
    assert min(score.pairs for score in scores if score.kind != "translation") >= 15
