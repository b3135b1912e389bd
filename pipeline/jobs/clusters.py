"""Clusters: articles whose texts are one share a ``cluster_id``, the id of the earliest. Nothing is dropped.

Everything here runs inside the caller's transaction, may run twice, and gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from pipeline.extract.fingerprint import VERSION, fingerprint, same_text
from pipeline.models import Article, Fingerprint
from pipeline.store import articles as article_store
from pipeline.store import fingerprints
from pipeline.store.database import Store
from pipeline.store.schema import articles

#: So many near texts are read at most; in a longer cluster any few of them lead to all.
_READ = 12
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Member:
    """What decides which article of a cluster is its origin."""

    id: str
    source: str
    cluster_id: str
    published_day: str | None
    first_seen: datetime

    @property
    def age(self) -> tuple[str, datetime, str]:
        """Sorts the earliest first: by the day its readers see (else the day we first saw it), then by our first sight,
        then by id, so that every machine names the same."""
        return self.published_day or self.first_seen.date().isoformat(), self.first_seen, self.id


@dataclass(frozen=True, slots=True)
class Clustered:
    """The cluster of an article, and the articles whose cluster changed: these are marked pending for the index."""

    cluster_id: str
    changed: tuple[str, ...] = ()


def origin(members: Iterable[Member]) -> str:
    """The id of the earliest: the cluster's."""
    return min(members, key=lambda member: member.age).id


def groups(ids: Sequence[str], is_pair: Callable[[str, str], bool]) -> list[list[str]]:
    """The ids in groups that pairs connect, directly or through others; each group and all of them in order."""
    left, found = list(ids), []
    while left:
        group = [left.pop(0)]
        for one in group:  # grows while it is read
            near = [other for other in left if is_pair(one, other)]
            left = [other for other in left if other not in near]
            group.extend(near)
        found.append(sorted(group, key=ids.index))
    return found


def cluster(
    connection: Connection,
    article_id: str,
    article: Article,
    print_: Fingerprint | None,
    now: datetime,
    *,
    fresh: bool = False,
) -> Clustered:
    """File an article's newest text and put it into the cluster it belongs to. Its row must be in the state already;
    an article that was merged into another is left alone.

    Joins what the text connects, names the earliest as origin, and leaves a cluster whose texts are no longer its own.
    `print_` is made here when it is None or of another version. `fresh`: the article was added in this transaction, so
    it has no company yet.
    """
    mark = print_ if print_ and print_.version == VERSION else fingerprint(article.title, article.text)
    fingerprints.lock(connection)
    me = next(iter(_members(connection, [article_id])), None)
    if me is None:
        return Clustered(article_id)
    holders = fingerprints.add(connection, article_id, mark)
    joined = _joined(connection, me, article, mark, holders)
    mates = [] if fresh else _mates(connection, me)
    changed: list[str] = []
    if not joined and not mates:
        return Clustered(article_id, tuple(_label(connection, [me], now)))
    if any(fingerprints.get(connection, mate.id) is None for mate in mates):
        joined.add(me.cluster_id)  # of an older database: it will be judged when its text is filed
    elif mates and me.cluster_id not in joined:
        changed = [*_label(connection, [me], now), *_regroup(connection, mates, now)]
    members = {member.id: member for member in (*_of_clusters(connection, joined), *_members(connection, [article_id]))}
    changed += _label(connection, list(members.values()), now)
    return Clustered(origin(members.values()), tuple(dict.fromkeys(changed)))


def leave(connection: Connection, article_id: str, now: datetime) -> tuple[str, ...]:
    """Take an article out of the index of texts and out of its cluster, before it is erased or merged into another; the
    articles whose cluster changed, without it."""
    fingerprints.lock(connection)
    fingerprints.remove(connection, article_id)
    me = next(iter(_members(connection, [article_id])), None)
    return tuple(_regroup(connection, _mates(connection, me), now)) if me else ()


def also_at(connection: Connection, cluster_id: str) -> list[Member]:
    """The members of a cluster, the origin first."""
    return sorted(_of_clusters(connection, [cluster_id]), key=lambda member: member.age)


def catch_up(store: Store, now: datetime) -> int:
    """Cluster the articles that have no fingerprint of today's version, as those of an older database; how many."""
    done = 0
    while True:
        with store.read() as connection:
            ids = fingerprints.missing(connection, VERSION, _BATCH)
        if not ids:
            return done
        done += store.write(lambda connection, ids=ids: _catch_up(connection, ids, now))  # type: ignore[misc]  # bound


def _catch_up(connection: Connection, ids: Sequence[str], now: datetime) -> int:
    for identity in ids:
        revision = article_store.current(connection, identity)
        article = revision.article if revision else Article(url="")
        cluster(connection, identity, article, None, now)
    return len(ids)


def _joined(
    connection: Connection, me: Member, article: Article, mark: Fingerprint, holders: dict[int, int]
) -> set[str]:
    """The clusters of the articles whose text is this one's."""
    found = fingerprints.neighbours(connection, mark, _READ + 1, holders)
    near = [other for other, _ in found if other != me.id][:_READ]
    joined: set[str] = set()
    for other in _members(connection, near):
        if other.cluster_id in joined:
            continue
        revision = article_store.current(connection, other.id)
        if revision and same_text(article, revision.article, one_source=me.source == other.source):
            joined.add(other.cluster_id)
    return joined


def _regroup(connection: Connection, mates: Sequence[Member], now: datetime) -> list[str]:
    """Label what one member leaves behind: it may have been what held two texts together. Judged by fingerprints, for
    the texts passed the decision when they joined."""
    marks = {member.id: fingerprints.get(connection, member.id) for member in mates}

    def is_pair(one: str, other: str) -> bool:
        first, second = marks[one], marks[other]
        return first is None or second is None or first.similarity(second) >= fingerprints.WORTH_READING

    by_id = {member.id: member for member in mates}
    parts = groups(list(by_id), is_pair)
    return [changed for part in parts for changed in _label(connection, [by_id[one] for one in part], now)]


def _label(connection: Connection, members: Sequence[Member], now: datetime) -> list[str]:
    """Give members the id of their origin, and mark those that had another as pending for the index."""
    name = origin(members)
    changed = [member.id for member in members if member.cluster_id != name]
    for start in range(0, len(changed), 400):
        chunk = articles.c.id.in_(changed[start : start + 400])
        connection.execute(update(articles).where(chunk).values(cluster_id=name, changed_at=now, indexed_revision=0))
    return changed


def _mates(connection: Connection, me: Member) -> list[Member]:
    return [member for member in _of_clusters(connection, [me.cluster_id]) if member.id != me.id]


def _of_clusters(connection: Connection, clusters: Iterable[str]) -> list[Member]:
    return _select(connection, articles.c.cluster_id.in_(sorted(clusters)))


def _members(connection: Connection, ids: Sequence[str]) -> list[Member]:
    """By id, in the order asked for."""
    found = {member.id: member for member in _select(connection, articles.c.id.in_(ids))} if ids else {}
    return [found[identity] for identity in ids if identity in found]


def _select(connection: Connection, where: ColumnElement[bool]) -> list[Member]:
    columns = (articles.c.id, articles.c.source, articles.c.cluster_id, articles.c.published_day, articles.c.first_seen)
    query = select(*columns).where(where, articles.c.merged_into.is_(None))
    return [Member(**row) for row in connection.execute(query).mappings()]
