"""A small library for the search page's tests: state, archive and index of four articles, one of them hostile."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import Connection

from pipeline import web
from pipeline.fetch.spool import Spool, settle
from pipeline.index import rollout
from pipeline.jobs import clusters, indexing
from pipeline.models import Article, Candidate, Outcome, Response
from pipeline.settings import Settings
from pipeline.sources.registry import load_sources
from pipeline.store import articles, translations, urls
from pipeline.store.articles import Sight
from pipeline.store.database import Store, open_store
from pipeline.text import content_hash
from pipeline.urls import article_id
from pipeline.web.library import Library
from tests.integration.archived import SEEN, exchange
from tests.integration.runs import source_file
from tests.unit.test_web import EVIL

BASE = "http://ornek.example"
LATER = datetime(2026, 3, 2, 2, tzinfo=UTC)
SCRIPTED = (
    b"<html><head><link rel=preconnect href=http://evil.example><script>top.location='/x'</script></head><p>Eski"
    b"<img src=http://evil.example/x.png onerror='parent.pwned=1'>"
)


def article(slug: str, title: str, text: str, **more: Any) -> Article:
    values = {
        "language": "tr", "authors": ("Ayşe Demir",), "published_day": date(2025, 5, 4),
        "published": datetime(2025, 5, 4, 9, tzinfo=UTC), "published_precision": "second", "title_basis": "h1",
        "word_count": len(text.split()), "excerpt": text[:200], "content_hash": content_hash(title, text),
    }  # fmt: skip
    return Article(url=f"{BASE}/{slug}", title=title, text=text, **{**values, **more})


ENGLISH = {"language": "en", "tags": ("energy",), "published_day": date(2024, 2, 1)}
ARTICLES = {
    "gaz": article("gaz", "Doğu Akdeniz'de gaz", "Kıyıdaşlar gaz sahaları üzerine görüşmelerde bulundu."),
    "gaz-kopya": article("gaz-kopya", "Doğu Akdeniz'de gaz", "Kıyıdaşlar gaz sahaları üzerine görüşmelerde bulundu."),
    "gas": article("gas", "Gas in the Eastern Mediterranean", "The coastal states met over the gas fields.",
                   **ENGLISH),
    "evil": article("evil", f"Kötü {EVIL}", f"Zararlı gövde {EVIL}\nİkinci {EVIL}", authors=(EVIL,), tags=(EVIL,),
                    organisations=(EVIL,), subtitle=EVIL, byline=EVIL, categories=(EVIL,), quality_flags=("short",)),
}  # fmt: skip
IDS = {slug: article_id(f"{BASE}/{slug}") for slug in ARTICLES}


def fill(store: Store, settings: Settings) -> None:
    spool = Spool(settings.spool, "ornek", "mecmua/test")
    records = {slug: spool.write(exchange(f"{BASE}/{slug}", SCRIPTED)) for slug in ARTICLES}
    spool.close()
    settle(settings.spool, settings.archive)

    def note(connection: Connection) -> None:
        named = [Candidate(one.url, ("javascript:alert(1)", f"{BASE}/feed/")) for one in ARTICLES.values()]
        urls.name(connection, "ornek", named, SEEN)
        for slug, one in ARTICLES.items():
            record, identity = records[slug], IDS[slug]
            answer = Response(one.url, one.url, 200, (("content-type", "text/html"),), record, SEEN, "sha256:x")
            urls.note_fetched(connection, identity, answer)
            articles.add(connection, identity, "ornek", one, Sight(record, SEEN, 200), SEEN)
            clusters.cluster(connection, identity, one, None, SEEN, fresh=True)
            urls.note_outcome(connection, identity, Outcome.NEW, now=SEEN, due_at=None, article=identity)
        changed = article("gas", "Gas in the Eastern Mediterranean", "The coastal states met again.", **ENGLISH)
        articles.revise(connection, IDS["gas"], changed, Sight(records["gas"], LATER, 200), LATER)
        translations.settle(connection, IDS["gaz"], {IDS["gas"]: "hreflang"})

    store.write(note)


@contextmanager
def library(engine_url: str, home: Path, **more: Any) -> Iterator[Settings]:
    """The settings under which the library is found, indexed; its index goes with it."""
    source_file(home / "sources", "ornek", BASE, [{"type": "feed", "url": f"{BASE}/feed/"}])
    index = f"web-{uuid.uuid4().hex[:10]}"
    settings = Settings(home=home, elasticsearch_url=engine_url, index=index, sources=home / "sources", **more)
    store = open_store(settings.state_url)
    fill(store, settings)
    target = indexing.open_target(settings, store, LATER)
    known = {source.id: source for source in load_sources(settings.sources)}
    done = indexing.flush(store, target, known, LATER)
    assert (done.written, done.rejected, done.error) == (len(ARTICLES), (), None)
    indexing.make_searchable(target)
    yield settings
    for version in rollout.versions(target.client, settings.index):
        target.client.indices.delete(index=version.index)
    target.client.close()
    store.close()


@contextmanager
def served(settings: Settings, shown: Library | None = None) -> Iterator[str]:
    """The search page behind uvicorn on a free port of loopback; its address."""
    config = uvicorn.Config(web.create_app(settings, shown), "127.0.0.1", 0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
