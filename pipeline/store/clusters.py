"""Articles that share a text."""

from __future__ import annotations

from sqlalchemy import Connection, select

from pipeline.store.schema import articles

#: A text that more articles have is a notice of the sites, not a text.
_MOST = 50


def others(connection: Connection, cluster: str, besides: str) -> list[str]:
    """The other articles of a cluster, the one that was seen first in front; at most fifty."""
    query = (
        select(articles.c.id)
        .where(articles.c.cluster_id == cluster, articles.c.id != besides)
        .order_by(articles.c.first_seen, articles.c.id)
        .limit(_MOST)
    )
    return list(connection.scalars(query))
