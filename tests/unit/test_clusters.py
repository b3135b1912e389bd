"""Copies share a cluster named after the earliest, whatever the order they come in; the same on both databases."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, update

from pipeline.extract.fingerprint import VERSION, fingerprint
from pipeline.jobs import clusters
from pipeline.models import Article, Fingerprint, replace
from pipeline.store import articles as article_store
from pipeline.store import fingerprints
from pipeline.store.articles import Sight
from pipeline.store.database import Store, open_store
from pipeline.store.schema import anchors, articles
from pipeline.text import content_hash

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    yield opened
    opened.close()


def words(seed: int, count: int = 300) -> list[str]:
    draw = random.Random(seed)
    return [f"kelime{draw.randint(0, 10**6)}" for _ in range(count)]


def text(seed: int, count: int = 300) -> str:
    return " ".join(words(seed, count))


def article(body: str, *, title: str = "Başlık", day: int | None = 10) -> Article:
    return Article(
        url="https://ornek.example/yazi",
        title=title,
        text=body,
        published_day=date(2026, 2, day) if day else None,
        content_hash=content_hash(title, body),
    )


def add(store: Store, identity: str, one: Article, *, source: str = "a", now: datetime = NOW) -> clusters.Clustered:
    """A new article, as a crawl records it."""

    def action(connection: Connection) -> clusters.Clustered:
        article_store.add(connection, identity, source, one, Sight(None, now, 200), now)
        return clusters.cluster(connection, identity, one, fingerprint(one.title, one.text), now)

    return store.write(action)


def revise(store: Store, identity: str, one: Article) -> clusters.Clustered:
    def action(connection: Connection) -> clusters.Clustered:
        article_store.revise(connection, identity, one, Sight(None, LATER, 200), LATER)
        return clusters.cluster(connection, identity, one, None, LATER)

    return store.write(action)


def labels(store: Store) -> dict[str, str]:
    with store.read() as connection:
        return {row.id: row.cluster_id for row in connection.execute(select(articles.c.id, articles.c.cluster_id))}


def acknowledge(store: Store) -> None:
    """The engine has everything."""
    store.write(lambda connection: connection.execute(articles.update().values(indexed_revision=articles.c.revision)))


def pending(store: Store) -> set[str]:
    with store.read() as connection:
        query = select(articles.c.id).where(articles.c.indexed_revision < articles.c.revision)
        return set(connection.scalars(query))


# --- the index of fingerprints ---------------------------------------------------------------------------------------


def test_neighbours_are_the_near_texts_most_similar_first(store: Store) -> None:
    whole, mark = text(1), fingerprint("", text(1))
    marks = {"whole": mark, "half": fingerprint("", whole[: len(whole) // 2]), "other": fingerprint("", text(2))}

    def action(connection: Connection) -> list[tuple[str, float]]:
        for identity, one in marks.items():
            fingerprints.add(connection, identity, one)
        return fingerprints.neighbours(connection, mark)

    found = store.write(action)
    assert {identity for identity, _ in found} == {"whole", "half"}
    assert found[0] == ("whole", 1.0) or found[0][0] == "half"
    with store.read() as connection:
        assert fingerprints.get(connection, "other") == marks["other"]
        assert fingerprints.neighbours(connection, mark, 1) == found[:1]
        assert fingerprints.neighbours(connection, fingerprint("", text(3))) == []
        assert fingerprints.neighbours(connection, fingerprint("", "")) == []


def test_add_replaces_and_remove_leaves_nothing(store: Store) -> None:
    def action(connection: Connection) -> tuple[int, int]:
        for seed in (1, 2, 1):
            fingerprints.add(connection, "a", fingerprint("", text(seed)))
        once = connection.scalar(select(func.count()).select_from(anchors))
        fingerprints.remove(connection, "a")
        fingerprints.remove(connection, "never")
        return int(once or 0), int(connection.scalar(select(func.count()).select_from(anchors)) or 0)

    assert store.write(action) == (fingerprints.ANCHORS, 0)


def test_a_copy_is_found_among_hundreds_with_the_same_notice(store: Store) -> None:
    notice = text(0, 200)

    def action(connection: Connection) -> None:
        for seed in range(1, 301):
            fingerprints.add(connection, f"a{seed}", fingerprint("", f"{text(seed, 120)} {notice}"))

    store.write(action)
    with store.read() as connection:
        most = select(func.count()).select_from(anchors).group_by(anchors.c.hash).order_by(func.count().desc()).limit(1)
        assert connection.scalar(most) <= fingerprints.FILED
        for seed in (1, 150, 250, 300):
            copy = fingerprint("", f"{' '.join(words(seed, 120)[:100])} {notice}")
            assert fingerprints.neighbours(connection, copy, 1)[0][0] == f"a{seed}"


# --- clusters --------------------------------------------------------------------------------------------------------


def test_a_copy_joins_and_the_earliest_published_is_the_origin(store: Store) -> None:
    assert add(store, "late", article(text(1), day=12)) == clusters.Clustered("late")
    acknowledge(store)
    copy = article(f"Ajans haberi {text(1)}", title="Başka başlık", day=9)
    assert add(store, "early", copy, source="b") == clusters.Clustered("early", ("late",))
    assert labels(store) == {"late": "early", "early": "early"}
    assert pending(store) == {"late", "early"}
    with store.read() as connection:
        assert [member.id for member in clusters.also_at(connection, "early")] == ["early", "late"]


def test_every_order_of_arrival_gives_the_same_clusters(store: Store) -> None:
    whole = words(1, 400)
    copies = {
        "origin": article(" ".join(whole), day=3),
        "shortened": article(" ".join(whole[:260]), day=4),
        "undated": article(f"Giriş notu {' '.join(whole)}", day=None),
        "other": article(text(2), day=1),
    }
    for number, order in enumerate(itertools.islice(itertools.permutations(copies), 0, 24, 5)):
        for name in order:
            add(store, f"{number}{name}", replace(copies[name], text=f"{copies[name].text}"), source=name)
        names = {name: labels(store)[f"{number}{name}"] for name in copies}
        assert names["origin"] == names["shortened"] == names["undated"] != names["other"]
        assert names["origin"] == f"{number}origin", order
        for name in copies:
            store.write(lambda connection, one=f"{number}{name}": clusters.leave(connection, one, NOW))
            store.write(lambda connection, one=f"{number}{name}": _erase(connection, one))


def _erase(connection: Connection, identity: str) -> None:
    connection.execute(articles.delete().where(articles.c.id == identity))


def test_a_text_that_holds_two_others_together_joins_their_clusters(store: Store) -> None:
    long = words(1, 500)
    add(store, "a", article(" ".join(long[:290]), day=2))
    add(store, "b", article(" ".join(long[210:]), day=3))
    assert labels(store) == {"a": "a", "b": "b"}
    acknowledge(store)
    assert add(store, "c", article(" ".join(long), day=4)) == clusters.Clustered("a", ("b", "c"))
    assert pending(store) == {"b", "c"}
    # and when it says something else, they part again
    assert revise(store, "c", article(text(9), day=4)).changed == ("c", "b")
    assert labels(store) == {"a": "a", "b": "b", "c": "c"}


def test_an_article_that_is_revised_leaves_and_comes_back(store: Store) -> None:
    for identity, day in (("a", 1), ("b", 2), ("c", 3)):
        add(store, identity, article(f"{text(1)} {identity}", day=day))
    assert set(labels(store).values()) == {"a"}
    assert set(revise(store, "a", article(text(5), day=1)).changed) == {"b", "c"}
    assert labels(store) == {"a": "a", "b": "b", "c": "b"}
    assert set(revise(store, "a", article(text(1), day=1)).changed) == {"b", "c"}
    assert set(labels(store).values()) == {"a"}


def test_clustering_twice_changes_nothing(store: Store) -> None:
    add(store, "a", article(text(1), day=1))
    add(store, "b", article(f"{text(1)} son", day=2), source="b")
    acknowledge(store)
    again = store.write(lambda connection: clusters.cluster(connection, "b", article(f"{text(1)} son"), None, LATER))
    assert again == clusters.Clustered("a")
    assert pending(store) == set()


def test_an_erased_origin_passes_its_name_on(store: Store) -> None:
    for identity, day in (("a", 1), ("b", 2), ("c", 3)):
        add(store, identity, article(f"{text(1)} {identity}", day=day))
    assert store.write(lambda connection: clusters.leave(connection, "a", LATER)) == ("b", "c")
    assert (labels(store)["b"], labels(store)["c"]) == ("b", "b")
    assert store.write(lambda connection: clusters.leave(connection, "never", LATER)) == ()


def test_empty_texts_with_one_title_are_not_one(store: Store) -> None:
    add(store, "a", article("", title="Duyuru"))
    assert add(store, "b", article("", title="Duyuru")).cluster_id == "b"
    assert labels(store) == {"a": "a", "b": "b"}


def test_an_older_database_is_caught_up(store: Store) -> None:
    def older(connection: Connection) -> None:
        for identity, body in (("a", text(1)), ("b", f"{text(1)} son"), ("c", text(2)), ("d", text(2))):
            article_store.add(connection, identity, "a", article(body), Sight(None, NOW, 200), NOW)

    store.write(older)
    assert add(store, "e", article(f"{text(2)} ek", day=11)).cluster_id == "e", "the others have no fingerprint yet"
    assert clusters.catch_up(store, LATER) == 4
    assert labels(store) == {"a": "a", "b": "a", "c": "c", "d": "c", "e": "c"}
    assert clusters.catch_up(store, LATER) == 0
    with store.read() as connection:
        assert len(fingerprints.missing(connection, VERSION + 1, 10)) == 5


def test_an_article_of_a_cluster_waits_for_mates_without_a_fingerprint(store: Store) -> None:
    def older(connection: Connection) -> None:
        for identity in "ab":
            article_store.add(connection, identity, "a", article(text(1)), Sight(None, NOW, 200), NOW)
        connection.execute(update(articles).values(cluster_id="a"))

    store.write(older)
    assert store.write(lambda connection: clusters.cluster(connection, "b", article(text(1)), None, NOW)).changed == ()
    assert labels(store) == {"a": "a", "b": "a"}


def test_a_fingerprint_of_another_version_is_made_again(store: Store) -> None:
    add(store, "a", article(text(1)))
    stale = Fingerprint(VERSION - 1, 300, 298, bytes(512))
    store.write(lambda connection: clusters.cluster(connection, "a", article(text(1)), stale, NOW))
    with store.read() as connection:
        assert fingerprints.get(connection, "a") == fingerprint("", text(1))


def test_groups_are_what_pairs_connect() -> None:
    near = {frozenset("ab"), frozenset("bd"), frozenset("ce")}
    assert clusters.groups("abcdef", lambda one, other: frozenset((one, other)) in near) == [
        ["a", "b", "d"],
        ["c", "e"],
        ["f"],
    ]
