"""What the pages show: the index for searching, the state and the archive for documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from elasticsearch import Elasticsearch

from pipeline.errors import MecmuaError, QueryError, Unavailable
from pipeline.glossary import Glossary
from pipeline.glossary import load as load_glossary
from pipeline.jobs import show
from pipeline.jobs.alert_rules import Alert, load_alerts
from pipeline.jobs.alerts import FEED_DIGESTS
from pipeline.jobs.health import health
from pipeline.jobs.indexing import search_client
from pipeline.jobs.saved_searches import forget_saved, save, saved_searches
from pipeline.models import Page, Source, SourceHealth
from pipeline.search import discover, facets, query
from pipeline.search.cite_plain import Tongue
from pipeline.search.discover import Completed, Completion, Suggestion
from pipeline.search.export import export
from pipeline.search.filters import FACETS
from pipeline.search.results import Hit, Results
from pipeline.settings import Settings
from pipeline.sources.registry import load_sources
from pipeline.store import alerts as alert_state
from pipeline.store import articles, clusters, runs
from pipeline.store.alerts import Digest
from pipeline.store.database import Store, open_store
from pipeline.web.asked import PAGE_SIZE, Asked

#: A search that found fewer may be misspelled.
_FEW = 3
_SIMILAR = 5


class NoSuchDocument(QueryError):
    """There is no document, revision or archived page of that name (HTTP 404)."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another document, as a list of duplicates or translations names it."""

    id: str
    title: str
    url: str
    source_name: str
    language: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A document as of one revision, with its past and its kin. ``revisions``: number, seen_at and content_hash."""

    document: dict[str, Any]
    revisions: list[dict[str, Any]]
    duplicates: tuple[Other, ...] = ()
    translations: tuple[Other, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether this is the newest revision."""
        return bool(self.document["revision"] == self.revisions[-1]["revision"])


@dataclass(frozen=True, slots=True)
class Listed:
    """A saved search as its list shows it: where it leads, its last digest, and why deliveries wait."""

    alert: Alert
    link: str
    feed: str
    from_file: bool
    digest: Digest | None = None
    problems: tuple[str, ...] = ()


class Library:
    """Opens what a request needs when it needs it; safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def client(self) -> Elasticsearch:
        return search_client(self.settings)

    @cached_property
    def store(self) -> Store:
        return open_store(self.settings.state_url)

    @cached_property
    def catalogue(self) -> tuple[Source, ...]:
        return tuple(load_sources(self.settings.sources))

    def _glossary(self) -> Glossary:
        return load_glossary(self.settings.home)

    def search(
        self, asked: Asked, *, size: int = PAGE_SIZE, facet_names: Iterable[str] = (), histogram: bool = False
    ) -> Results:
        """One page of hits. Raises what `pipeline.search.query.search` does."""
        try:
            return query.search(
                self.client,
                self.settings.index,
                asked.q,
                filters=asked.filters,
                size=size,
                offset=(asked.page - 1) * size,
                sort=asked.order,
                facet_names=facet_names,
                histogram=histogram,
                glossary=self._glossary(),
            )
        except Unavailable:
            self.__dict__.pop("client", None)  # a local node that is started again has another port
            raise

    def facets(self, asked: Asked) -> tuple[facets.Facet, ...]:
        """Every facet of a search. Raises what `search` does."""
        return self.search(asked, size=0, facet_names=FACETS).facets

    def export(self, asked: Asked) -> Iterator[dict[str, Any]]:
        """Every document of a search. Raises what `pipeline.search.export.export` does, while it is read."""
        return export(self.client, self.settings.index, asked.q, filters=asked.filters, glossary=self._glossary())

    def suggestion(self, asked: Asked, total: int) -> Suggestion | None:
        """The query spelled otherwise, where it found little and there is something to correct."""
        if total >= _FEW or not asked.q.strip():
            return None
        return discover.did_you_mean(self.client, self.settings.index, asked.q, glossary=self._glossary())

    def complete(self, kind: Completed, typed: str) -> list[Completion]:
        """Authors, tags or sources that begin as typed."""
        return discover.complete(self.client, self.settings.index, kind, typed)

    def similar(self, identity: str) -> tuple[Hit, ...]:
        """Articles like this one; none while the engine is away, for a document can be read without it."""
        try:
            return discover.more_like(self.client, self.settings.index, identity, size=_SIMILAR).hits
        except MecmuaError:
            return ()

    def document(self, identity: str, number: int | None = None) -> Shown:
        """A document with its past and its kin. Raises NoSuchDocument and Unavailable."""
        known = {source.id: source for source in self.catalogue}
        try:
            document, past = show.document_of(self.store, known, identity, number)
        except QueryError as error:
            raise NoSuchDocument(str(error)) from error
        with self.store.read() as connection:
            same_text = clusters.others(connection, document["cluster_id"], document["id"])
        return Shown(document, past, self._named(same_text), self._named(document["translations"]))

    def pdf(self, identity: str, revision: int, number: int) -> tuple[str, tuple[str, ...]]:
        """The URL and the pages of one of a document's PDFs, counted from 1. Raises NoSuchDocument and Unavailable."""
        try:
            return show.pdf(self.store, identity, revision, number)
        except QueryError as error:
            raise NoSuchDocument(str(error)) from error

    def _named(self, identities: Iterable[str]) -> tuple[Other, ...]:
        known = {source.id: source for source in self.catalogue}
        found = []
        with self.store.read() as connection:
            for identity in identities:
                state, newest = articles.known(connection, known, identity), articles.current(connection, identity)
                if state and newest:
                    article = newest.article
                    found.append(Other(identity, article.title, state.url, state.source_name, article.language))
        return tuple(found)

    def difference(self, identity: str, first: int, second: int) -> list[str]:
        """The lines of a unified diff between two revisions. Raises NoSuchDocument and Unavailable."""
        try:
            return show.difference(self.store, identity, first, second).split("\n")
        except QueryError as error:
            raise NoSuchDocument(str(error)) from error

    def archived(self, identity: str, number: int | None = None) -> Page:
        """The page as it was served. Raises NoSuchDocument and Unavailable."""
        try:
            return show.archived(self.store, self.settings, identity, number)
        except QueryError as error:
            raise NoSuchDocument(str(error)) from error

    def listed(self) -> tuple[Listed, ...]:
        """All saved searches: the page's, the newest first, then those of the alerts' file."""
        mine, files = saved_searches(self.store), self._alerts_of_file()
        with self.store.read() as connection:
            return tuple(
                Listed(
                    alert,
                    asked.link(),
                    asked.link("/feed.atom"),
                    alert in files,
                    next(iter(alert_state.recent(connection, alert.name, 1)), None),
                    tuple(sorted(set(alert_state.problems(connection, alert.name).values()))),
                )
                for alert in (*mine, *files)
                for asked in (Asked.of(alert.query, alert.filters),)
            )

    def _alerts_of_file(self) -> tuple[Alert, ...]:
        return load_alerts(self.settings.home / "alerts.yaml")

    def save(self, asked: Asked, title: str, channels: Sequence[object], tongue: Tongue, now: datetime) -> None:
        """Keep a search. Raises QueryError for what is wrong with it, and Unavailable."""
        taken = [alert.name for alert in self._alerts_of_file()]
        save(self.store, title, asked.q, asked.filters, channels, tongue, now, taken)

    def forget_saved(self, name: str) -> bool:
        """Forget a search that was saved on the page; False where there is none."""
        return forget_saved(self.store, name)

    def digests(self, name: str) -> tuple[Alert, list[Digest]]:
        """A saved search and its last digests, newest first. Raises NoSuchDocument and Unavailable."""
        alert = next((one.alert for one in self.listed() if one.alert.name == name and one.alert.channels), None)
        if alert is None:
            raise NoSuchDocument(f"There is no saved search {name}.")
        with self.store.read() as connection:
            return alert, alert_state.recent(connection, name, FEED_DIGESTS)

    def health(self, now: datetime) -> tuple[SourceHealth, ...]:
        """How every source does, those in trouble first."""
        return health(self.store, self.catalogue, now)

    def reports(self) -> list[dict[str, Any]]:
        """The newest run reports, newest first."""
        with self.store.read() as connection:
            return runs.latest(connection)
