"""An archive with its state, made without a crawl: WARC files, and revisions as an older extractor read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline import demo
from pipeline.fetch.archive import Exchange
from pipeline.fetch.spool import Spool, settle
from pipeline.models import Article, Candidate, Outcome, Pointer, Response
from pipeline.settings import Settings
from pipeline.store import articles, urls
from pipeline.store.articles import Sight
from pipeline.store.database import Store
from pipeline.store.schema import revisions
from pipeline.text import content_hash
from pipeline.urls import article_id

SEEN = datetime(2026, 3, 1, 2, tzinfo=UTC)
OLD = "Eski çıkarıcının okuduğu"


@dataclass(frozen=True)
class Made:
    """One archived article."""

    id: str
    url: str
    record: Pointer


def page(base: str, number: int) -> bytes:
    """The bytes of one article page; its text names its number."""
    paragraphs = [
        f"Bu {number}. yazının {part}. paragrafı, bölgedeki gelişmeleri {number * 7 + part} yönüyle ele alıyor ve "
        f"taraflar arasındaki {number + part} görüşmenin sonuçlarını değerlendiriyor."
        for part in range(3)
    ]
    return demo.wrap(
        f"Bölgesel değerlendirme S{number}",
        "Ayşe Demir",
        f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T10:00:00+03:00",
        paragraphs,
        base_url=base,
        slug=f"yazi-{number}",
    ).encode()


def exchange(url: str, body: bytes, content_type: str = "text/html; charset=utf-8", at: datetime = SEEN) -> Exchange:
    return Exchange(
        url=url,
        method="GET",
        target=url,
        request_headers=(("Host", "ornek.example"),),
        status=200,
        reason="OK",
        headers=(("Content-Type", content_type),),
        body=body,
        at=at,
    )


def fill(
    settings: Settings, store: Store, count: int, *, source: str = "site", base: str = "http://ornek.example"
) -> list[Made]:
    """So many articles, in the archive and in the state, with a text that an older extractor (version 0) left."""
    spool = Spool(settings.spool, source, "mecmua/test")
    made = []
    for number in range(count):
        url = f"{base}/yazi-{number}.html"
        record = spool.write(exchange(url, page(base, number)))
        made.append(Made(article_id(url), url, record))
    spool.close()
    settle(settings.spool, settings.archive)
    for start in range(0, count, 500):
        store.write(lambda c, part=made[start : start + 500]: _note(c, source, part))  # type: ignore[misc]  # bound
    return made


def _note(connection, source: str, made: Sequence[Made]) -> None:  # type: ignore[no-untyped-def]  # a Connection
    urls.name(connection, source, [Candidate(item.url, ("sitemap:x",)) for item in made], SEEN)
    for item in made:
        response = Response(item.url, item.url, 200, (("content-type", "text/html"),), item.record, SEEN, "sha256:x")
        urls.note_fetched(connection, item.id, response)
        text = f"{OLD} {item.url}"
        article = Article(
            url=item.url,
            title=f"{OLD} başlık",
            text=text,
            title_basis="h1",
            authors=("Ayşe Demir",),
            published_day=SEEN.date(),
            language="tr",
            word_count=40,
            content_hash=content_hash("x", item.url),
        )
        articles.add(connection, item.id, source, article, Sight(item.record, SEEN, 200), SEEN)
        urls.note_outcome(connection, item.id, Outcome.NEW, now=SEEN, due_at=None, article=item.id)
    connection.execute(revisions.update().values(extractor_version=0))
