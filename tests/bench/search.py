"""How fast search is and how large the index: ``python -m tests.bench.search URL [--documents N] [--keep]``.

Documents are made of the demonstration articles' sentences, a few each, and for the rest of made-up words that are as
frequent as words are (Zipf), all by a fixed seed, so that a run can be repeated: about 2.2 KB of text each, of 40
sources over 20 years, every twentieth with the same text as the one before. Addresses, hashes and archive records are
as long and as different as real ones. Every query asks for everything that a result page shows: facets, histogram,
highlights, articles with the same text as one, the glossary. Beside it stands what a bare prototype takes: one search
in the three chains with facets, highlights and collapsed clusters, without glossary, recency, nearness or other fields.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from typing import Any

from elasticsearch import Elasticsearch

from pipeline import demo, models
from pipeline.glossary import Glossary, shipped
from pipeline.index import dialect, rollout, writer
from pipeline.index.schema import document
from pipeline.search.filters import FACETS
from pipeline.search.query import search
from pipeline.settings import Settings
from pipeline.text import fold
from tests.documents import NOW, known, revision

TEXT_LENGTH = 2200
SENTENCES = 4  # of a document's text that are real
BARE_FIELDS = ["title^3", "text", "title.tr^2.4", "text.tr^0.8", "title.en^2.4", "text.en^0.8"]
QUERIES = (
    "Eastern Mediterranean", "doğu akdeniz gaz", "Karabağ'ın geleceği", "enerji koridoru", "military cooperation",
    "Türkiye Azerbaycan", '"boru hattı"', "göç yönetimi", "NATO Rusya", "liman demiryolu gümrük", "=Çin", "the region",
    "sınır ticareti", "author:demir enerji", "kitaplik", "water diplomacy", "görüş* Ankara", "Kıbrıs OR Libya",
    "nükleer enerji güvenliği", "Turkey energy", "Gürcistan -Rusya", "after:2020 Suriye", "lang:en gas",
    "title:Karadeniz", "Orta Asya su",
)  # fmt: skip


def documents(number: int) -> Iterator[dict[str, Any]]:
    """So many search documents, always the same."""
    chance = random.Random(7)
    articles = demo.articles()
    sentences = {
        language: [part for item in articles if item.language == language for part in item.text.split(". ")]
        for language in ("tr", "en")
    }
    start = datetime(2006, 1, 1, tzinfo=UTC)
    words, frequencies = _words()
    text, cluster = "", ""
    for count in range(number):
        language = "tr" if chance.random() < 0.6 else "en"
        pool, template = sentences[language], chance.choice(articles)
        identity = f"{chance.getrandbits(80):020x}"
        if not text or count % 20:
            told = [chance.choice(pool) for _ in range(SENTENCES)]
            while sum(map(len, told)) + 2 * len(told) < TEXT_LENGTH:
                told.append(" ".join(chance.choices(words, cum_weights=frequencies, k=14)).capitalize())
            chance.shuffle(told)
            text = ". ".join(told) + "."
            cluster = identity
        published = start + timedelta(hours=chance.randrange(20 * 365 * 24))
        title, site = chance.choice(pool)[:90], f"https://kaynak{count % 40}.example"
        address = f"{site}/{published:%Y/%m}/{re.sub('[^a-z]+', '-', fold(title)).strip('-')}/"
        article = models.Article(
            url=address,
            canonical_url=address,
            title=title,
            text=text,
            kind=template.kind,
            authors=template.authors,
            tags=template.tags,
            categories=template.categories,
            excerpt=text[:200],
            image=f"{site}/wp-content/uploads/{published:%Y/%m}/{chance.getrandbits(40):010x}.jpg",
            language=language,
            published=published,
            published_day=published.date(),
            published_precision="second",
        )
        source = count % 40
        state = known(
            identity,
            source=f"kaynak{source}",
            source_name=f"Kaynak {source}",
            source_country=("TR", "US", "AZ", "GB")[source % 4],
            cluster_id=cluster,
            url=address,
            found_in=(f"{site}/wp-json/wp/v2/posts", f"{site}/feed/"),
        )
        record = models.Pointer(
            f"kaynak{source}/2026/{count // 2000:05}.warc.gz",
            chance.randrange(100_000_000),
            f"<urn:uuid:{uuid.UUID(int=chance.getrandbits(128))}>",
        )
        stored = replace(revision(identity, article), content_hash=f"{chance.getrandbits(256):064x}", record=record)
        yield document(state, stored, NOW)


def _words(number: int = 40_000) -> tuple[list[str], list[float]]:
    """Made-up words, and how frequent they are, summed up."""
    chance = random.Random(11)
    syllables = [f"{first}{second}" for first in "bcdfghklmnprstvyz" for second in "aeıioöuü"]
    words = dict.fromkeys("".join(chance.choices(syllables, k=chance.choice((2, 3, 3, 4)))) for _ in range(number))
    return list(words), list(accumulate(1 / (rank + 2.7) for rank in range(len(words))))


def timed(client: Elasticsearch, index: str, query: str, glossary: Glossary | None) -> float:
    """Milliseconds of one result page."""
    started = time.perf_counter()
    search(client, index, query, size=10, facet_names=FACETS, histogram=True, glossary=glossary)
    return (time.perf_counter() - started) * 1000


def bare(client: Elasticsearch, index: str, query: str) -> float:
    """Milliseconds of the prototype's one search."""
    started = time.perf_counter()
    wanted = {"multi_match": {"query": query, "fields": BARE_FIELDS, "operator": "and"}}
    there = {"bool": {"must_not": [{"exists": {"field": "removed_at"}}]}}
    counted: dict[str, Any] = {name: {"terms": {"field": field}} for name, field in FACETS.items() if name != "year"}
    counted["year"] = {"date_histogram": {"field": FACETS["year"], "calendar_interval": "year"}}
    counted["total"] = {"cardinality": {"field": "cluster_id"}}
    client.search(
        index=index,
        query={"bool": {"must": [wanted], "filter": [there]}},
        collapse={"field": "cluster_id"},
        highlight={"fields": {"title": {}, "text": {}, "text.tr": {}, "text.en": {}}},
        aggregations=counted,
        track_total_hits=False,
    )
    return (time.perf_counter() - started) * 1000


def measure(clients: int, rounds: int, one: Callable[[str], float]) -> list[float]:
    """Milliseconds of every query, sorted, from so many clients at once."""
    asked = [query for number in range(rounds) for query in random.Random(number).sample(QUERIES, len(QUERIES))]
    with ThreadPoolExecutor(clients) as pool:
        return sorted(pool.map(one, asked))


def warm(one: Callable[[str], float], clients: int = 16) -> None:
    """Ask until it gets no faster: Java compiles what it does often, and on two cores it is minutes behind."""
    best, vain = float("inf"), 0
    while vain < 8:
        started = time.perf_counter()
        measure(clients, 4, one)
        taken = time.perf_counter() - started
        vain = vain + 1 if taken > best * 0.98 else 0
        best = min(best, taken)


def shown(label: str, times: list[float]) -> None:
    """One line: median, 95th percentile, slowest."""
    late = times[int(len(times) * 0.95)]
    print(f"{label:34}  median {statistics.median(times):7.1f} ms   95 % {late:7.1f} ms   slowest {times[-1]:7.1f} ms")


def fill(client: Elasticsearch, index: str, number: int) -> None:
    """Writes the documents and prints how fast, and what one of them takes."""
    rollout.ensure_index(client, index, NOW)
    started = time.perf_counter()
    written = sum(len(result.written) for result in writer.write_chunks(client, index, documents(number)))
    writer.refresh(client, index)
    seconds = time.perf_counter() - started
    print(f"{written} documents in {seconds:.0f} s: {written / seconds:.0f} a second")
    client.options(request_timeout=1800).indices.forcemerge(index=index, max_num_segments=1)
    client.indices.refresh(index=index)
    size = sum(file_sizes(client, index).values())
    print(f"{size / 1e6:.0f} MB on disk, {size / written / 1000:.1f} KB a document, one segment")


def file_sizes(client: Elasticsearch, index: str) -> dict[str, int]:
    """Bytes of an index's segments by ending of file. The store's own size may be ten seconds old."""
    path = f"/{index}/_stats/segments?include_segment_file_sizes=true"
    answer = client.perform_request("GET", path, headers={"accept": "application/json"}).body
    files = answer["_all"]["primaries"]["segments"]["file_sizes"]
    return {name: int(each["size_in_bytes"]) for name, each in files.items()}


def main() -> None:
    """Runs the bench against a search engine by URL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--index", help="an index filled before (see --keep)")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    client = dialect.connect(Settings(), options.url)
    index = options.index or f"bench-{uuid.uuid4().hex[:8]}"
    if not options.index:
        fill(client, index, options.documents)
    ours = partial(timed, client, index, glossary=shipped())
    plain = partial(timed, client, index, glossary=Glossary.of(()))
    prototype = partial(bare, client, index)
    shown("the first of a new node, or later", measure(1, 1, ours))
    for one in (plain, prototype, ours):
        warm(one)
    for label, clients, rounds in (("one client", 1, 4), ("sixteen clients", 16, 16)):
        shown(label, measure(clients, rounds, ours))
        shown(f"{label}, no glossary", measure(clients, rounds, plain))
        shown(f"{label}, bare prototype", measure(clients, rounds, prototype))
    for query in QUERIES:
        print(f"  {min(ours(query) for _ in range(3)):7.1f} ms  {query}")
    print(f"index: {index}")
    if not options.keep:
        for name in client.indices.get(index=f"{index}*").body:
            client.indices.delete(index=name)


if __name__ == "__main__":
    main()
