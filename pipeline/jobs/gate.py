"""The gate before an index version goes live: counts per source, golden queries, field coverage, against the version
that is live now. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from elasticsearch import Elasticsearch

from pipeline.errors import ConfigurationError, MecmuaError
from pipeline.search.query import search

#: A file of this name in MECMUA_HOME replaces the one that ships.
GATE_FILE = "gate.yaml"
#: What share of a source's documents has each of these; 0 to 1.
_PRESENT: Mapping[str, dict[str, Any]] = {
    "title": {"exists": {"field": "title_basis"}},
    "date": {"exists": {"field": "published_day"}},
    "authors": {"exists": {"field": "authors"}},
    "language": {"bool": {"must_not": {"term": {"language": "und"}}}},
    "text": {"range": {"word_count": {"gt": 0}}},
}


@dataclass(frozen=True, slots=True)
class Golden:
    """A query that must keep finding what it finds: at least ``hits`` articles, at least ``keep`` (a share) of what the
    live version finds, and each of ``urls`` among the first ``top``."""

    query: str
    hits: int = 0
    keep: float = 0.9
    urls: tuple[str, ...] = ()
    top: int = 10


@dataclass(frozen=True, slots=True)
class Rules:
    """How far a version may fall behind the live one. ``count``: share of a source's documents that may be missing;
    ``unread``: share of the pages read again that may fail (their stored articles stand); ``coverage``: by how much a
    field's share may fall; ``words``: by what share the mean length may change."""

    count: float = 0.0
    unread: float = 0.02
    coverage: float = 0.02
    words: float = 0.2
    golden: tuple[Golden, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One claim that was checked: what the live version has, what the new one has, and whether that will do."""

    name: str
    before: float
    after: float
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of a gate."""

    checks: tuple[Check, ...] = field(default_factory=tuple)

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)


def load_rules(home: Path) -> Rules:
    """The rules of this installation: ``gate.yaml`` in HOME, else what ships. Raises ConfigurationError."""
    own = home / GATE_FILE
    shown = str(own) if own.exists() else f"pipeline.index/{GATE_FILE}"
    try:
        text = (own if own.exists() else resources.files("pipeline.index") / GATE_FILE).read_text(encoding="utf-8")
        plain = yaml.safe_load(text) or {}
        golden = tuple(
            Golden(**{**item, "urls": tuple(item.get("urls", ()))}) for item in plain.pop("golden", None) or ()
        )
        return Rules(**plain, golden=golden)
    except (OSError, yaml.YAMLError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{shown}: {error}. It holds count, coverage, words and golden (docs/operations.md)."
        ) from error


@dataclass(frozen=True, slots=True)
class Built:
    """What the build says of itself: documents per source that the engine acknowledged, how many it refused, how many
    were refused before, how many pages were read again and how many of them failed."""

    documents: Mapping[str, int]
    refused: int
    refused_before: int
    read: int
    unread: int


def judge(client: Elasticsearch, live: str | None, version: str, built: Built, rules: Rules) -> Verdict:
    """Compare a version with the live one (None: there is none) and with what its build says. Both must have been
    refreshed."""
    before, after = (_survey(client, live) if live else {}), _survey(client, version)
    checks = [*_counts(built, after, rules), *_coverage(before, after, rules)]
    return Verdict((*checks, *_golden(client, live, version, rules)))


# --- counts and coverage ---------------------------------------------------------------------------------------------


def _survey(client: Elasticsearch, index: str) -> dict[str, dict[str, float]]:
    """Per source: how many documents, the share of them that has each field, and their mean length in words."""
    parts: dict[str, Any] = {name: {"filter": query} for name, query in _PRESENT.items()}
    per_source = {
        "terms": {"field": "source", "size": 10_000},
        "aggs": {**parts, "words": {"avg": {"field": "word_count"}}},
    }
    answer = client.search(index=index, size=0, aggs={"sources": per_source})
    return {
        bucket["key"]: {
            "count": bucket["doc_count"],
            "words": bucket["words"]["value"] or 0.0,
            **{name: bucket[name]["doc_count"] / bucket["doc_count"] for name in _PRESENT},
        }
        for bucket in answer["aggregations"]["sources"]["buckets"]
    }


def _counts(built: Built, after: Mapping[str, Mapping[str, float]], rules: Rules) -> Iterator[Check]:
    for source, count in sorted(built.documents.items()):
        found = after.get(source, {}).get("count", 0)
        yield Check(f"{source} documents", count, found, found >= count * (1 - rules.count))
    allowed = max(built.refused_before, sum(built.documents.values()) * rules.count)
    yield Check("refused by the engine", built.refused_before, built.refused, built.refused <= allowed)
    yield Check("pages not read again", 0, built.unread, built.unread <= (built.read + built.unread) * rules.unread)


def _coverage(
    before: Mapping[str, Mapping[str, float]], after: Mapping[str, Mapping[str, float]], rules: Rules
) -> Iterator[Check]:
    for source in sorted(before.keys() & after.keys()):
        old, new = before[source], after[source]
        for name in _PRESENT:
            yield Check(
                f"{source} {name}", round(old[name], 3), round(new[name], 3), new[name] >= old[name] - rules.coverage
            )
        near = abs(new["words"] - old["words"]) <= old["words"] * rules.words
        yield Check(f"{source} words", round(old["words"]), round(new["words"]), near or not old["words"])


# --- golden queries --------------------------------------------------------------------------------------------------


def _golden(client: Elasticsearch, live: str | None, version: str, rules: Rules) -> Iterator[Check]:
    for golden in rules.golden:
        before = search(client, live, golden.query, size=0).total if live else 0
        try:
            found = search(client, version, golden.query, size=golden.top)
        except MecmuaError as error:
            yield Check(f"query {golden.query}", before, 0, passed=False, detail=str(error))
            continue
        missing = sorted(set(golden.urls) - {hit.url for hit in found.hits})
        wanted = max(golden.hits, before * golden.keep)
        detail = f"not among the first {golden.top}: {', '.join(missing)}" if missing else ""
        yield Check(f"query {golden.query}", before, found.total, found.total >= wanted and not missing, detail)
