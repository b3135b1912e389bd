"""Asking the node on loopback how it is. No proxy is used, whatever the environment says."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from pipeline.engine.places import Places


@dataclass(frozen=True, slots=True)
class Answer:
    """What a node that listens says of itself; ``ready`` when every index can be read and written."""

    url: str
    version: str
    ready: bool
    indices: int
    documents: int


def ask_node(places: Places, *, seconds: float = 5.0) -> Answer | None:
    """The home's node's answer, or None when it is silent or another program listens there."""
    try:
        host, _, port = places.ports.read_text().split()[0].rpartition(":")
        root = _get(host, int(port), "/", seconds)
        if root.get("name") != places.name:
            return None
        health = _get(host, int(port), "/_cluster/health", seconds)
        stats = _get(host, int(port), "/_stats/docs?filter_path=_all.primaries.docs.count,indices.*.uuid", seconds)
        return Answer(
            url=f"http://{host}:{port}",
            version=str(root["version"]["number"]),
            ready=health.get("status") in ("green", "yellow"),
            indices=len(stats.get("indices", {})),
            documents=int(stats.get("_all", {}).get("primaries", {}).get("docs", {}).get("count", 0)),
        )
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError, AttributeError):
        return None  # whatever listens there, it is not a node that answers


def _get(host: str, port: int, path: str, seconds: float) -> dict[str, Any]:
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", path)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()
