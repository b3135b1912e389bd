"""Every document that matches, as a stream in constant memory that ends only when all of them are out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

from elasticsearch import Elasticsearch

from pipeline.errors import ConfigurationError, Unavailable
from pipeline.glossary import Glossary
from pipeline.search import cite
from pipeline.search.asking import ask
from pipeline.search.query import Filters, compose
from pipeline.search.syntax import parse

#: Documents asked for at once: an article is about 10 KB, a long report half a megabyte.
PAGE = 200
#: The text of PDFs is not exported: it would make lines of megabytes.
_LEFT_OUT = ["pdf.text", "pdf.starts"]

Document = dict[str, Any]
#: Turns documents into the lines of one format.
Format = Callable[[Iterable[Document]], Iterator[str]]


def export(
    client: Elasticsearch,
    index: str,
    query: str | None = None,
    *,
    filters: Filters | None = None,
    glossary: Glossary | None = None,
) -> Iterator[Document]:
    """All documents in the order of their ids: without a query every one, removed and duplicate ones too; with one, all
    that match it and the filters, removed ones only where these say so. ``glossary`` None is the one that ships.

    Pages by id, without a scroll or point in time, so neither a slow reader nor a restart of the engine cuts it short;
    it stays on the index that the alias named at the start, or goes on in the one that takes its place. Raises
    Unavailable when the engine goes away, or when fewer documents came than it holds: what was yielded before is right
    but not all. Otherwise raises what `search` does.
    """
    wanted = compose(parse(query), filters or Filters(), glossary) if query is not None else {"match_all": {}}
    physical, at_start = _survey(client, index, wanted)
    seen = 0
    for document in _pages(client, index, physical, wanted):
        yield document
        seen += 1
    if seen < min(at_start, _left(client, index, physical, wanted)):
        raise Unavailable(f"search engine: the export got {seen} of {at_start} documents. Run it again.")


def _pages(client: Elasticsearch, alias: str, physical: str, wanted: Mapping[str, Any]) -> Iterator[Document]:
    after: dict[str, Any] = {}
    index = physical
    while True:
        body = {
            "query": wanted,
            "size": PAGE,
            "sort": [{"id": "asc"}],
            "track_total_hits": False,
            "source": {"excludes": _LEFT_OUT},
            **after,
        }
        try:
            hits = ask(client, index, body)["hits"]["hits"]
        except ConfigurationError:
            if index == alias:
                raise
            index = alias  # another version has taken its place: the same documents, in the same order
            continue
        yield from (hit["_source"] for hit in hits)
        if not hits:
            return
        after = {"search_after": hits[-1]["sort"]}


def _left(client: Elasticsearch, alias: str, physical: str, wanted: Mapping[str, Any]) -> int:
    """How many match at the end, in the index of the start or what took its place."""
    try:
        return _survey(client, physical, wanted)[1]
    except ConfigurationError:
        return _survey(client, alias, wanted)[1]


def _survey(client: Elasticsearch, index: str, wanted: Mapping[str, Any]) -> tuple[str, int]:
    """The physical index that answers, and how many match. A hit names its index, so the right to read is enough."""
    found = ask(client, index, {"query": wanted, "size": 1, "source": False, "track_total_hits": True})["hits"]
    return (found["hits"][0]["_index"] if found["hits"] else index), int(found["total"]["value"])


def jsonl(documents: Iterable[Document]) -> Iterator[str]:
    """One JSON object a line, letters as they are."""
    for document in documents:
        yield json.dumps(document, ensure_ascii=False, separators=(",", ":"))


#: The formats of ``mecmua export --format``, by name.
FORMATS: dict[str, Format] = {
    "jsonl": jsonl,
    "csv": cite.csv_lines,
    "ris": cite.ris_lines,
    "bibtex": cite.bibtex_lines,
    "csl-json": cite.csl_lines,
}
#: Media type and file suffix of each format.
SERVED: dict[str, tuple[str, str]] = {
    "jsonl": ("application/x-ndjson; charset=utf-8", "jsonl"),
    "csv": ("text/csv; charset=utf-8", "csv"),
    **{name: cite.CITED[name] for name in ("ris", "bibtex", "csl-json")},
}


def write(documents: Iterable[Document], name: str, output: TextIO) -> int:
    """Writes documents in the format of that name; returns how many. Raises ConfigurationError for no such format."""
    if name not in FORMATS:
        raise ConfigurationError(f"There is no export format {name!r}. Formats are {', '.join(FORMATS)}.")
    count = 0

    def counted() -> Iterator[Document]:
        nonlocal count
        for document in documents:
            count += 1
            yield document

    for line in FORMATS[name](counted()):
        output.write(line + "\n")
    return count
