"""What each part of the index costs: ``python -m tests.bench.index_size URL [--documents N] [--only NAME …]``.

OpenSearch tells sizes by kind of file, never by field, and Elasticsearch's ``_disk_usage`` needs an index that its
minimal distribution cannot make. So the same documents (those of `tests.bench.search`) are written once as they are,
and once more for each part without it; what is missing then is what the part costs. Always one segment.
"""

from __future__ import annotations

import argparse
import copy
import uuid
from collections.abc import Callable
from typing import Any

from elasticsearch import Elasticsearch

from pipeline.index import dialect, writer
from pipeline.index.schema import index_body
from pipeline.settings import Settings
from tests.bench.search import documents, file_sizes

Body = dict[str, Any]
Change = Callable[[Body], None]
#: What Lucene keeps in files of these endings.
KINDS = {
    "stored fields (_source)": ("fdt", "fdx", "fdm"),
    "terms": ("tim", "tip", "tmd"),
    "postings": ("doc", "psm"),
    "positions": ("pos",),
    "offsets": ("pay",),
    "norms": ("nvd", "nvm"),
    "doc values": ("dvd", "dvm"),
    "points": ("kdd", "kdi", "kdm"),
}


def _properties(body: Body) -> Body:
    found: Body = body["mappings"]["properties"]
    return found


def _fields(body: Body, names: tuple[str, ...]) -> list[Body]:
    """The mappings of fields by dotted path; of all fields whose path begins with a name."""

    def walk(properties: Body, prefix: str) -> list[tuple[str, Body]]:
        found = []
        for name, mapping in properties.items():
            found.append((prefix + name, mapping))
            for inner in ("properties", "fields"):
                found += walk(mapping.get(inner, {}), f"{prefix}{name}.")
        return found

    return [mapping for path, mapping in walk(_properties(body), "") if path in names]


def setting(names: tuple[str, ...], **values: Any) -> Change:
    """These fields with other parameters."""

    def change(body: Body) -> None:
        for mapping in _fields(body, names):
            mapping.update(values)

    return change


def without(parent: str, child: str) -> Change:
    """A field without one of its subfields."""

    def change(body: Body) -> None:
        for mapping in _fields(body, (parent,)):
            mapping["fields"].pop(child)

    return change


def unindexed(*names: str) -> Change:
    """Fields that are only stored in the document."""

    def change(body: Body) -> None:
        for name in names:
            _properties(body)[name] = {"type": "object", "enabled": False}

    return change


def _chains(*names: str) -> tuple[str, ...]:
    return tuple(name + chain for name in names for chain in ("", ".tr", ".en"))


def _settings(**values: Any) -> Change:
    def change(body: Body) -> None:
        body["settings"].update(values)

    return change


#: Fields of which the index holds no more than the document itself.
LINKS = ("canonical_url", "aliases", "image", "found_in")
UNIQUE = ("url", *LINKS, "content_hash", "archive.file", "archive.record_id")
VARIANTS: dict[str, Change] = {
    "text.tr": without("text", "tr"),
    "text.en": without("text", "en"),
    "text.exact": without("text", "exact"),
    "offsets of text": setting(_chains("text"), index_options="positions"),
    "offsets of text.tr, text.en": setting(("text.tr", "text.en"), index_options="positions"),
    "title, all chains": unindexed("title"),
    "excerpt": unindexed("excerpt"),
    "names (authors, tags, source_name …)": unindexed(
        "authors", "organisations", "byline", "tags", "categories", "source_name"
    ),
    "url": unindexed("url"),
    "other links": unindexed(*LINKS),
    "archive": unindexed("archive"),
    "content_hash": unindexed("content_hash"),
    "dates": unindexed("published", "published_day", "modified", "first_seen", "last_seen", "fetched_at", "indexed_at"),
    "positions of text.exact": setting(("text.exact",), index_options="docs"),
    # what was given up: the other way round, so that the figures are negative
    "unique values not counted, not sorted": setting(UNIQUE, doc_values=True, index=True),
    "subtitle without offsets": setting(_chains("subtitle"), index_options="offsets"),
    "order of arrival (sorted by language, source)": _settings(**{"sort.field": ["language", "source"]}),
    "codec best_compression": _settings(codec="best_compression"),
}


def built(client: Elasticsearch, body: Body, number: int) -> tuple[int, dict[str, int]]:
    """Bytes of an index of so many documents in one segment, and by ending of file."""
    index = f"size-{uuid.uuid4().hex[:8]}-v1-20260101t000000000000"
    client.indices.create(index=index, **body)
    try:
        for result in writer.write_chunks(client, index, documents(number)):
            assert not result.rejected, result.rejected[:1]
        client.options(request_timeout=1800).indices.forcemerge(index=index, max_num_segments=1)
        client.indices.refresh(index=index)
        client.indices.flush(index=index, force=True)
        files = file_sizes(client, index)
        return sum(files.values()), files
    finally:
        client.indices.delete(index=index)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--only", nargs="*", help="parts of the table, by name")
    options = parser.parse_args()
    client = dialect.connect(Settings(), options.url)
    whole = index_body()
    size, files = built(client, whole, options.documents)
    print(f"{options.documents} documents, {size / options.documents:.0f} bytes each", flush=True)
    for kind, endings in KINDS.items():
        share = sum(files.get(ending, 0) for ending in endings)
        print(f"  {kind:38} {share / options.documents:8.0f}", flush=True)
    others = {name: held for name, held in files.items() if not any(name in each for each in KINDS.values())}
    print(f"  {'other: ' + ', '.join(sorted(others)):38} {sum(others.values()) / options.documents:8.0f}")
    print("without, bytes a document", flush=True)
    for name, change in VARIANTS.items():
        if options.only and name not in options.only:
            continue
        body = copy.deepcopy(whole)
        change(body)
        less, _ = built(client, body, options.documents)
        print(f"  {name:38} {(size - less) / options.documents:8.0f}  {(size - less) / size:6.1%}", flush=True)


if __name__ == "__main__":
    main()
