"""Search documents for tests, made as the pipeline makes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pipeline import models
from pipeline.index.schema import document

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def revision(identity: str, article: models.Article, number: int = 1) -> models.Revision:
    return models.Revision(
        article_id=identity,
        number=number,
        seen_at=NOW,
        fetched_at=NOW,
        http_status=200,
        content_hash=f"hash-{identity}-{number}",
        extractor_version=models.EXTRACTOR_VERSION,
        template_version=0,
        record=models.Pointer("2026/a.warc.gz", 1234, "<urn:uuid:1>"),
        article=article,
    )


def known(identity: str, **changes: Any) -> models.Known:
    values: dict[str, Any] = {
        "id": identity,
        "source": "ornek",
        "source_name": "Örnek Araştırmalar Merkezi",
        "source_country": "TR",
        "url": f"https://ornek.example/{identity}",
        "aliases": (),
        "cluster_id": identity,
        "first_seen": NOW,
        "last_seen": NOW,
        "removed_at": None,
        "found_in": ("https://ornek.example/feed/",),
    }
    return models.Known(**{**values, **changes})


def make(
    identity: str, title: str, text: str, *, day: date | None = None, number: int = 1, **more: Any
) -> dict[str, Any]:
    """A whole search document; ``more`` goes to the article where it has such a field, else to what the state knows."""
    names = set(models.Article.__dataclass_fields__) - {"url"}
    article = models.Article(
        url=f"https://ornek.example/{identity}",
        title=title,
        text=text,
        published_day=day,
        published=datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC) if day else None,
        published_precision="second" if day else None,
        **{key: value for key, value in more.items() if key in names},
    )
    state = {key: value for key, value in more.items() if key not in names}
    return document(known(identity, **state), revision(identity, article, number), NOW)
