"""Clusters and translations on a real PostgreSQL: what the unit tests try on SQLite, and two writers at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from pipeline.extract.fingerprint import fingerprint
from pipeline.jobs import clusters
from pipeline.store import articles as article_store
from pipeline.store.articles import Sight
from pipeline.store.database import Store, open_store
from tests.unit.test_clusters import *  # noqa: F403  # the same tests, with the fixture below
from tests.unit.test_clusters import NOW, add, article, labels, text
from tests.unit.test_translations import (  # noqa: F401  # likewise
    test_a_better_partner_takes_the_place,
    test_a_revision_that_speaks_against_it_ends_a_pair_and_erasure_too,
    test_pairs_are_found_whichever_comes_first_and_kept_in_both_directions,
    test_what_every_page_shares_leads_nowhere,
)

pytestmark = pytest.mark.integration


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    opened.close()


def test_two_copies_that_arrive_at_once_see_each_other(store: Store) -> None:
    first_is_filed, second_waits = threading.Event(), threading.Event()

    def first(connection: Connection) -> None:
        one = article(text(1), day=1)
        article_store.add(connection, "a", "a", one, Sight(None, NOW, 200), NOW)
        clusters.cluster(connection, "a", one, fingerprint("", one.text), NOW)
        first_is_filed.set()
        second_waits.wait(10)

    def second() -> None:
        first_is_filed.wait(10)
        threading.Timer(0.5, second_waits.set).start()
        add(store, "b", article(f"{text(1)} son", day=2), source="b")

    other = threading.Thread(target=second)
    other.start()
    store.write(first)
    other.join(30)
    assert labels(store) == {"a": "a", "b": "a"}
