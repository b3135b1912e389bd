from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime

import pytest

from pipeline import models
from pipeline.index import schema
from pipeline.index.analysis import CHAINS, GLOSSARY_CHAINS, SUFFIX_PATTERN
from pipeline.index.reports import health_documents, report_documents
from pipeline.search.query import SEARCHED, TITLES
from tests.documents import NOW, known, make, revision

#: The search document of docs and dashboards: fixed, so a field that goes or is renamed must be noticed here.
FIELDS = """
id url canonical_url aliases source source_name source_country kind title subtitle authors organisations byline
published published_day published_precision modified date_basis title_basis author_basis language language_confidence
language_basis languages language_shares text excerpt image categories tags word_count content_hash cluster_id
translations revision first_seen last_seen removed_at fetched_at indexed_at http_status found_in archive extractor
template_version pdf quality_flags
""".split()


def test_mapping_names_every_field_of_the_contract() -> None:
    properties = schema.mappings()["properties"]
    assert sorted(properties) == sorted(FIELDS)
    assert set(properties["archive"]["properties"]) == {"file", "offset", "record_id"}
    assert set(properties["extractor"]["properties"]) == {"name", "version"}
    assert set(properties["pdf"]["properties"]) == {"url", "pages", "text", "starts"}
    assert schema.mappings()["dynamic"] == "strict"


def test_document_has_every_field_even_where_nothing_is_known() -> None:
    assert sorted(make("a1", "", "")) == sorted(FIELDS)


def test_document_says_what_revision_and_state_say() -> None:
    article = models.Article(
        url="https://ornek.example/old",
        title="Başlık",
        text="Metin",
        canonical_url="https://ornek.example/canonical",
        published=datetime.fromisoformat("2010-07-01T00:00:00+03:00"),
        pdfs=("https://ornek.example/a.pdf",),
        content_hash="of the article",
    )
    state = known("a1", url="https://ornek.example/new", aliases=("https://ornek.example/old",), cluster_id="c9")
    found = schema.document(state, revision("a1", article, number=4), NOW)
    assert found["url"] == "https://ornek.example/new", "where it is now, not where it was first seen"
    assert found["aliases"] == ["https://ornek.example/old"]
    assert found["published"] == "2010-07-01T00:00:00+03:00", "the source's own offset"
    assert found["revision"] == 4
    assert found["cluster_id"] == "c9"
    assert found["archive"] == {"file": "2026/a.warc.gz", "offset": 1234, "record_id": "<urn:uuid:1>"}
    assert found["extractor"] == {"name": "mecmua", "version": models.EXTRACTOR_VERSION}
    assert found["pdf"] == {"url": ["https://ornek.example/a.pdf"], "pages": [None], "text": [], "starts": []}
    assert found["indexed_at"] == NOW.isoformat()


def test_document_keeps_the_seconds_of_historic_offsets() -> None:
    published = datetime.fromisoformat("1905-01-01T00:00:00+01:56:56")
    found = schema.document(known("a1"), revision("a1", models.Article(url="x", published=published)), NOW)
    assert datetime.fromisoformat(found["published"]) == published


def test_run_report_fits_its_mapping() -> None:
    source = models.SourceReport("a", dict.fromkeys(models.Outcome, 1), latency=models.Latency(0.1, 0.2, 0.3))
    report = models.RunReport("r1", NOW, 1.0, (source,))
    health = [models.SourceHealth("a", "silent", date(2026, 1, 5), None, "nothing new", "look")]
    mapping = schema.runs_body()["mappings"]["properties"]
    for _, body in (*report_documents(report), *health_documents(report, health)):
        assert set(body) <= set(mapping)
        for name in ("outcomes", "latency"):
            assert set(body.get(name, ())) <= set(mapping[name]["properties"])


def test_a_source_has_one_document_that_says_how_it_does_whichever_run_wrote_it() -> None:
    health = [models.SourceHealth("a", "silent", date(2026, 1, 5), None, "nothing new", "look")]
    (first,), (second,) = (health_documents(models.RunReport(run, NOW, 1.0, ()), health) for run in ("r1", "r2"))
    assert first[0] == second[0] == "health:a"
    assert (first[1]["scope"], first[1]["health"], first[1]["newest"]) == ("health", "silent", "2026-01-05")


def test_a_query_without_a_field_asks_what_our_search_asks() -> None:
    names = [field.split("^")[0] for field in SEARCHED]
    assert sorted(names) == sorted(schema.default_fields())
    assert schema.index_body()["settings"]["query"]["default_field"] == schema.default_fields()
    assert {field.split("^")[0] for field in TITLES} <= set(names)


STOCK = {"lowercase", "asciifolding", "keyword_repeat", "remove_duplicates"}


def test_every_analyser_that_the_mapping_names_is_defined() -> None:
    defined = schema.index_body()["settings"]["analysis"]
    used = set(re.findall(r"analyzer': '(\w+)'", str(schema.mappings()) + str(schema.runs_body()["mappings"])))
    assert used == {*CHAINS.values(), *GLOSSARY_CHAINS.values(), "exact", "host"}
    for analyser in defined["analyzer"].values():
        own = [name for name in analyser.get("filter", []) if name not in STOCK]
        assert set(own) <= set(defined["filter"])
    assert "thai" in defined["analyzer"]


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("türkiye'nin", "türkiye"),
        ("turkiye'nin", "turkiye"),
        ("erdoğan'ın", "erdoğan"),
        ("iran'daki", "iran"),
        ("irak'takilerden", "irak"),
        ("abd'nin", "abd"),
        ("ab'ye", "ab"),
        ("nato'dan", "nato"),
        ("ankara'yla", "ankara"),
        ("meclis'teydi", "meclis"),
        ("çavuşoğlu'ydu", "çavuşoğlu"),
        ("kur'an'ın", "kur'an"),
        ("turkey's", "turkey"),
        ("kur'an", "kur'an"),
        ("o'brien", "o'brien"),
        ("don't", "don't"),
        ("l'oréal", "l'oréal"),
        ("we've", "we've"),
    ],
)
def test_suffixes_behind_an_apostrophe_go_and_nothing_else(word: str, stem: str) -> None:
    assert re.sub(SUFFIX_PATTERN, r"\1", word) == stem


def test_suffix_pattern_takes_no_time_over_hostile_words() -> None:
    words = ["a" * 255, "'" * 255, "ab'" + "i" * 252, "ab'" * 85, "ab'inininininini", "ab'" + "nın" * 84]
    started = time.perf_counter()
    for word in words * 10:
        re.sub(SUFFIX_PATTERN, r"\1", word)
    assert time.perf_counter() - started < 0.5


def test_naive_instants_never_reach_the_document() -> None:
    assert make("a1", "x", "y")["indexed_at"].endswith(("+00:00", "Z"))
    assert NOW.tzinfo is UTC
