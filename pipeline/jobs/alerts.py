"""Saved searches: after a crawl, what is new to each goes out as feed, e-mail and webhook.

New is a cluster of which no document ever matched before. What is found is noted together with the digest made of it,
and each channel's delivery is noted when it arrived: what failed is tried again by the next run, oldest first. A run
that is killed between sending and noting sends once more, under the same Message-ID or Idempotency-Key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import structlog
from elasticsearch import Elasticsearch

from pipeline.errors import MecmuaError
from pipeline.glossary import Glossary
from pipeline.glossary import load as load_glossary
from pipeline.jobs import alert_channels, alert_digest
from pipeline.jobs.alert_rules import Alert, Channel, load_alerts
from pipeline.jobs.indexing import search_client
from pipeline.jobs.saved_searches import saved_searches
from pipeline.search.asking import ask
from pipeline.search.compose import compose
from pipeline.search.export import PAGE
from pipeline.search.syntax import parse
from pipeline.settings import Settings
from pipeline.store import alerts as state
from pipeline.store import leases
from pipeline.store.alerts import Digest
from pipeline.store.database import Store, holder_name, open_store

Document = Mapping[str, Any]
#: The documents that match an alert, gone ones apart; with an instant, those indexed since.
Search = Callable[[Alert, datetime | None], Iterable[Document]]

#: Searched again before the newest match: an engine shows documents a little after they were stamped.
OVERLAP = timedelta(days=1)
#: A new alert's first digest holds what was first seen this long before; what is older counts as known.
FIRST_DIGEST = timedelta(days=1)
#: Clusters a digest: what a mail or a hook takes at once.
_DIGEST_SIZE = 500
_KEEP_DIGESTS = timedelta(days=90)
FEED_DIGESTS = 30
_LEASE = "alerts"
_LEASE_TERM = timedelta(minutes=30)
log = structlog.get_logger()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one digest in one channel; a search that failed is one of the channel ``search``.

    ``error`` says why it did not arrive: it is tried again by the next run.
    """

    alert: str
    channel: str
    digest: str = ""
    clusters: int = 0
    error: str | None = None


@dataclass(slots=True)
class _Found:
    """What one search gave: every match, what may be new, and the clusters that are not."""

    matches: dict[str, str] = field(default_factory=dict)
    candidates: dict[str, list[Document]] = field(default_factory=dict)
    old: set[str] = field(default_factory=set)
    newest: datetime | None = None


def run_alerts(
    settings: Settings, now: datetime, search: Search | None = None, alerts: Sequence[Alert] | None = None
) -> list[Delivery]:
    """Search for every alert, send what is new and what is still owed; what became of each delivery.

    The alerts are those of ``alerts.yaml`` in MECMUA_HOME and of the search page unless given; the search is the
    engine's unless given. One run at a time works on them: a second one returns [] at once. Raises ConfigurationError
    for a broken file and Unavailable when the state is away; what fails for one alert or channel is in its Delivery,
    the others go on.
    """
    from_file = load_alerts(settings.home / "alerts.yaml") if alerts is None else ()
    store = open_store(settings.state_url)
    try:
        chosen = all_alerts(store, from_file) if alerts is None else tuple(alerts)
        if not chosen:
            return []
        with _alone(store) as is_ours:
            if not is_ours:
                log.info("another run works on the alerts")
                return []
            return _run(settings, store, chosen, search or engine_search(settings), now)
    finally:
        store.close()


def all_alerts(store: Store, from_file: Sequence[Alert]) -> tuple[Alert, ...]:
    """The alerts of the file and those saved on the page; of two with one name the file's, as its author sees both."""
    taken = {alert.name for alert in from_file}
    return (*from_file, *(one for one in saved_searches(store) if one.channels and one.name not in taken))


def _run(settings: Settings, store: Store, alerts: Sequence[Alert], search: Search, now: datetime) -> list[Delivery]:
    deliveries: list[Delivery] = []
    for alert in alerts:
        try:
            notice(store, alert, search, now)
        except MecmuaError as error:
            deliveries.append(Delivery(alert.name, "search", error=str(error)))
        deliveries += deliver(settings, store, alert, now)
    store.write(lambda connection: state.prune(connection, now - _KEEP_DIGESTS))
    for delivery in deliveries:
        if delivery.error:
            log.error("alert not delivered", alert=delivery.alert, channel=delivery.channel, error=delivery.error)
    return deliveries


def notice(store: Store, alert: Alert, search: Search, now: datetime) -> None:
    """Search, and keep what is new as digests with their deliveries. Raises what the search raises."""
    with store.read() as connection:
        is_noted, mark = state.progress(connection, alert.name, alert.fingerprint)
    found = _sift(
        store, alert, search(alert, mark - OVERLAP if mark else None), None if is_noted else now - FIRST_DIGEST
    )
    newest = max((instant for instant in (mark, found.newest) if instant), default=None)
    channels = [channel.key for channel in alert.channels]

    def keep(connection: Any) -> None:
        known = found.old | state.known_clusters(connection, alert.name, found.candidates.keys())
        fresh = [alert_digest.entry(found.candidates[cluster]) for cluster in found.candidates if cluster not in known]
        state.note_matches(connection, alert.name, found.matches)
        for entries in _batches(fresh, _DIGEST_SIZE):
            state.add_digest(connection, alert.name, entries, channels, now)
        state.note_search(connection, alert.name, alert.fingerprint, newest)

    store.write(keep)


def _sift(store: Store, alert: Alert, documents: Iterable[Document], first_since: datetime | None) -> _Found:
    """Read the matches in batches and keep only what may be new. With ``first_since``, what was seen before is not."""
    found = _Found()
    for batch in _batches(documents, 500):
        with store.read() as connection:
            known = state.known_documents(connection, alert.name, [document["id"] for document in batch])
        for document in batch:
            cluster = document.get("cluster_id") or document["id"]
            found.matches[document["id"]] = cluster
            found.newest = max(filter(None, (found.newest, _instant(document.get("indexed_at")))), default=None)
            if document["id"] in known or (first_since and not _seen_since(document, first_since)):
                found.old.add(cluster)
            else:
                found.candidates.setdefault(cluster, []).append(document)
    return found


def _batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def _seen_since(document: Document, since: datetime) -> bool:
    first = _instant(document.get("first_seen"))
    return first is not None and first >= since


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def deliver(settings: Settings, store: Store, alert: Alert, now: datetime) -> list[Delivery]:
    """Send what is owed, oldest first. After a failure its channel waits for the next run, so that order stays."""
    with store.read() as connection:
        owed = state.pending(connection, alert.name)
    channels = {channel.key: channel for channel in alert.channels}
    deliveries: list[Delivery] = []
    stuck: set[str] = set()
    for digest, key in owed:
        if key not in channels or key in stuck:
            continue
        delivery = _attempt(settings, store, alert, digest, channels[key], now)
        deliveries.append(delivery)
        if delivery.error:
            stuck.add(key)
    return deliveries or _mend_feed(settings, store, alert, now)


def _mend_feed(settings: Settings, store: Store, alert: Alert, now: datetime) -> list[Delivery]:
    """Write the feed file where it lacks: a reader may be pointed at it before anything was found."""
    feed = next((channel for channel in alert.channels if channel.kind == "atom"), None)
    if feed is None or alert_channels.feed_file(settings, alert).exists():
        return []
    try:
        _write_feed(settings, store, alert, now)
    except MecmuaError as error:
        return [Delivery(alert.name, feed.label, error=str(error))]
    return []


def _attempt(
    settings: Settings, store: Store, alert: Alert, digest: Digest, channel: Channel, now: datetime
) -> Delivery:
    _renew(store)
    error: str | None = None
    try:
        _send(settings, store, alert, digest, channel, now)
    except MecmuaError as failure:
        error = str(failure)
    if error is None:
        store.write(lambda connection: state.note_delivered(connection, digest.id, channel.key, now))
    else:
        store.write(lambda connection: state.note_failed(connection, digest.id, channel.key, error, now))
    return Delivery(alert.name, channel.label, digest.id, len(digest.entries), error)


def _send(settings: Settings, store: Store, alert: Alert, digest: Digest, channel: Channel, now: datetime) -> None:
    if channel.kind == "email":
        alert_channels.send_mail(settings, alert, digest, channel)
    elif channel.kind == "webhook":
        alert_channels.post(settings, alert, digest, channel)
    else:
        _write_feed(settings, store, alert, now)


def _write_feed(settings: Settings, store: Store, alert: Alert, now: datetime) -> None:
    with store.read() as connection:
        digests = state.recent(connection, alert.name, FEED_DIGESTS)
    alert_channels.write_feed(settings, alert, digests, now)


def engine_search(settings: Settings, glossary: Glossary | None = None) -> Search:
    """The search of `run_alerts` on the configured engine; it connects when the first alert asks.

    ``glossary`` None is the one that ships with the user's own entries, as on the page.
    """

    client: Elasticsearch | None = None
    names = glossary or load_glossary(settings.home)

    def search(alert: Alert, since: datetime | None) -> Iterator[Document]:
        nonlocal client
        client = client or search_client(settings)
        query: dict[str, Any] = compose(parse(alert.query), alert.filters, names)
        if since:
            query = {"bool": {"must": [query], "filter": [{"range": {"indexed_at": {"gte": since.isoformat()}}}]}}
        body = {"query": query, "size": PAGE, "sort": [{"id": "asc"}], "source_excludes": ["text"]}
        after: dict[str, Any] = {}
        while hits := ask(client, settings.index, {**body, **after})["hits"]["hits"]:
            yield from (hit["_source"] for hit in hits)
            after = {"search_after": hits[-1]["sort"]}

    return search


@contextmanager
def _alone(store: Store) -> Iterator[bool]:
    """Hold the lease of the alerts; False when another run holds it. It falls to others when its holder dies."""
    is_ours = _renew(store)
    try:
        yield is_ours
    finally:
        if is_ours:
            store.write(lambda connection: leases.release(connection, _LEASE, holder_name(), datetime.now(UTC)))


def _renew(store: Store) -> bool:
    def acquire(connection: Any) -> datetime | None:
        return leases.acquire(connection, _LEASE, holder_name(), datetime.now(UTC), _LEASE_TERM)

    return store.write(acquire) is not None
