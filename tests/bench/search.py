"""How fast search is and how large the index: ``python -m tests.bench.search URL [--documents N] [--keep]``.

Documents are made of the demonstration articles' sentences, shuffled by a fixed seed, so that words are as frequent as
in real text and a run can be repeated: about 2.2 KB of text each, of 40 sources over 20 years, every twentieth with the
same text as the one before. Addresses, hashes and archive records are as long and as different as real ones. Every
query asks for everything that a result page shows: facets, histogram, highlights, articles with the same text as one,
the glossary.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
    text, cluster = "", ""
    for count in range(number):
        language = "tr" if chance.random() < 0.6 else "en"
        pool, template = sentences[language], chance.choice(articles)
        identity = f"{chance.getrandbits(80):020x}"
        if not text or count % 20:
            text = ""
            while len(text) < TEXT_LENGTH:
                text += chance.choice(pool) + ". "
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


def timed(client: Elasticsearch, index: str, query: str, glossary: Glossary | None) -> float:
    """Milliseconds of one result page."""
    started = time.perf_counter()
    search(client, index, query, size=10, facet_names=FACETS, histogram=True, glossary=glossary)
    return (time.perf_counter() - started) * 1000


def measure(client: Elasticsearch, index: str, clients: int, rounds: int, glossary: Glossary | None) -> list[float]:
    """Milliseconds of every query, sorted, from so many clients at once."""
    asked = [query for number in range(rounds) for query in random.Random(number).sample(QUERIES, len(QUERIES))]
    with ThreadPoolExecutor(clients) as pool:
        return sorted(pool.map(lambda query: timed(client, index, query, glossary), asked))


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
    measure(client, index, 1, 2, None)  # warm
    shown("one client", measure(client, index, 1, 4, None))
    shown("one client, no glossary", measure(client, index, 1, 4, Glossary.of(())))
    shown("sixteen clients", measure(client, index, 16, 16, None))
    for query in QUERIES:
        print(f"  {min(timed(client, index, query, shipped()) for _ in range(3)):7.1f} ms  {query}")
    print(f"index: {index}")
    if not options.keep:
        for name in client.indices.get(index=f"{index}*").body:
            client.indices.delete(index=name)


if __name__ == "__main__":
    main()
