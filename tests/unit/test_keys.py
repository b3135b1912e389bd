"""A set of keys is a set, whatever is in it, and stays small."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from pipeline.jobs.keys import Keys
from pipeline.urls import article_id

keys = st.one_of(
    st.integers(0, 2**80 - 1).map(lambda number: f"{number:020x}"),
    st.integers(0, 255).map(lambda number: f"{number << 72:020x}"),  # which end in zeros
)


@given(st.lists(st.lists(keys, max_size=20), max_size=5), st.lists(keys, max_size=10))
def test_it_is_a_set(added: list[list[str]], others: list[str]) -> None:
    found, wanted = Keys(), set[str]()
    for some in added:
        found.update(some)
        wanted.update(some)
        assert len(found) == len(wanted)
    assert list(found) == sorted(wanted)
    assert all((key in found) == (key in wanted) for key in [*wanted, *others])


def test_a_hundred_thousand_take_a_few_megabytes() -> None:
    tracemalloc.start()
    found = Keys(article_id(f"http://site.example/{number}") for number in range(100_000))
    assert len(found) == 100_000
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 3_000_000
