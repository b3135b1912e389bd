"""The index on a real engine: what it takes, what it refuses, and who wins when several write."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import ConfigurationError, MecmuaError, Unavailable
from pipeline.index import dialect, reports, rollout, schema, writer
from pipeline.models import RunReport, SourceReport
from pipeline.search.query import search
from pipeline.settings import Settings
from tests.documents import NOW, make

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def client(engine_url: str) -> Iterator[Elasticsearch]:
    client = dialect.connect(Settings(), engine_url)
    yield client
    client.close()


@pytest.fixture
def alias(client: Elasticsearch) -> Iterator[str]:
    """A name that no other test has; its indexes go with the test."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    for index in client.indices.get(index=f"{name}*", allow_no_indices=True).body:
        client.indices.delete(index=index)


@pytest.fixture
def index(client: Elasticsearch, alias: str) -> str:
    rollout.ensure_index(client, alias, NOW)
    return alias


def stored(client: Elasticsearch, index: str, identity: str) -> dict[str, Any]:
    return dict(client.get(index=index, id=identity)["_source"])


# --- what goes in -----------------------------------------------------------------------------------------------------


def test_written_documents_come_back_whole(client: Elasticsearch, index: str) -> None:
    article = make("a1", "Türkiye'nin dış politikası", "İlk paragraf.\nİkinci paragraf.", language_shares={"tr": 1.0})
    result = writer.write(client, index, [article])
    assert result == writer.WriteResult(written=(("a1", 1),))
    assert stored(client, index, "a1") == article


def test_same_document_twice_is_one(client: Elasticsearch, index: str) -> None:
    for _ in range(2):
        writer.write(client, index, [make("a1", "Başlık", "Metin")])
    writer.refresh(client, index)
    assert writer.count(client, index) == 1


def test_unknown_field_is_refused_and_its_neighbours_are_not(client: Elasticsearch, index: str) -> None:
    stranger = {**make("b1", "x", "y"), "surprise": 1}
    result = writer.write(client, index, [make("a1", "x", "y"), stranger, make("c1", "x", "y")])
    assert [identity for identity, _ in result.written] == ["a1", "c1"]
    [rejection] = result.rejected
    assert (rejection.id, rejection.reason) == ("b1", "strict_dynamic_mapping_exception")
    assert "surprise" in rejection.detail


def test_wrong_value_is_refused_with_the_engines_words(client: Elasticsearch, index: str) -> None:
    result = writer.write(client, index, [{**make("a1", "x", "y"), "published": "03 Mayıs 2012"}])
    assert "published" in result.rejected[0].detail
    assert "03 Mayıs 2012" in result.rejected[0].detail


def test_what_json_cannot_hold_is_refused_before_it_is_sent(client: Elasticsearch, index: str) -> None:
    broken = [make("a1", "half a pair: \ud83d", "y"), {**make("b1", "x", "y"), "language_confidence": float("nan")}]
    result = writer.write(client, index, [*broken, make("c1", "x", "y")])
    assert [rejection.reason for rejection in result.rejected] == ["not_json", "not_json"]
    assert result.written == (("c1", 1),)


def test_older_revision_never_takes_a_newer_ones_place(client: Elasticsearch, index: str) -> None:
    writer.write(client, index, [make("a1", "new", "y", number=3)])
    result = writer.write(client, index, [make("a1", "old", "y", number=2), make("b1", "x", "y")])
    assert result.stale == (("a1", 2),)
    assert result.written == (("b1", 1),)
    assert stored(client, index, "a1")["title"] == "new"


def test_same_revision_may_be_written_again(client: Elasticsearch, index: str) -> None:
    """A page that disappears or a better extractor changes the document, not the revision."""
    writer.write(client, index, [make("a1", "x", "y", number=3)])
    gone = {**make("a1", "x", "y", number=3), "removed_at": NOW.isoformat()}
    assert writer.write(client, index, [gone]).written == (("a1", 3),)
    assert stored(client, index, "a1")["removed_at"] == NOW.isoformat()


def test_deleted_document_may_come_back_with_its_revision(client: Elasticsearch, index: str) -> None:
    writer.write(client, index, [make("a1", "x", "y")])
    assert writer.delete(client, index, ["a1", "never-there"]) == 1
    assert not client.exists(index=index, id="a1")
    assert writer.write(client, index, [make("a1", "x", "y")]).written == (("a1", 1),)


def test_very_long_values_do_not_cost_the_document(client: Elasticsearch, index: str) -> None:
    long = make("a1", "ş" * 40_000, "uzun " * 300_000, url="https://ornek.example/" + "a" * 40_000)
    long = {**long, "tags": ["ğ" * 40_000], "byline": "Ü" * 40_000, "aliases": ["https://x.example/" + "é" * 9_000]}
    assert writer.write(client, index, [long]).rejected == ()


def test_dates_of_long_ago_keep_their_offset(client: Elasticsearch, index: str) -> None:
    article = {**make("a1", "x", "y"), "published": "1905-01-01T00:00:00+01:56:56", "published_day": "1905-01-01"}
    assert writer.write(client, index, [article]).written == (("a1", 1),)


def test_chunks_are_acknowledged_one_by_one(client: Elasticsearch, index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHUNK_COUNT", 10)
    given: list[str] = []

    def documents() -> Iterator[dict[str, Any]]:
        for number in range(25):
            given.append(f"d{number}")
            yield make(f"d{number}", "x", "y")

    results = writer.write_chunks(client, index, documents())
    assert len(next(results).written) == 10
    assert len(given) == 11, "a chunk is sent as soon as the next document does not fit"
    assert [len(result.written) for result in results] == [10, 5]


def test_missing_alias_makes_no_index(client: Elasticsearch, alias: str) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        writer.write(client, alias, [make("a1", "x", "y")])
    assert not client.indices.exists(index=alias)


# --- versions and alias -----------------------------------------------------------------------------------------------


def test_many_callers_at_once_make_one_index(client: Elasticsearch, alias: str) -> None:
    moments = [NOW + timedelta(microseconds=number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda moment: rollout.ensure_index(client, alias, moment), moments))
    assert len(names) == 1
    assert set(client.indices.get(index=f"{alias}-v*").body) == names


def test_ensure_is_idempotent(client: Elasticsearch, alias: str) -> None:
    first = rollout.ensure_index(client, alias, NOW)
    assert rollout.ensure_index(client, alias, NOW + timedelta(days=1)) == first
    assert rollout.is_physical(first)


def test_index_in_the_alias_place_is_an_error(client: Elasticsearch, alias: str) -> None:
    client.indices.create(index=alias)
    with pytest.raises(ConfigurationError, match="is an index, not an alias"):
        rollout.ensure_index(client, alias, NOW)


def test_alias_of_another_schema_is_an_error(
    client: Elasticsearch, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not rollout.is_outdated(client, index)
    assert not rollout.is_outdated(client, "nobody-made-it")
    monkeypatch.setattr(schema, "SCHEMA", schema.SCHEMA + 1)
    assert rollout.is_outdated(client, index)
    with pytest.raises(ConfigurationError, match="reprocess"):
        rollout.ensure_index(client, index, NOW)


def test_build_beside_promote_roll_back_prune(client: Elasticsearch, alias: str) -> None:
    first = rollout.ensure_index(client, alias, NOW)
    second = rollout.create(client, rollout.physical_name(alias, NOW + timedelta(hours=1)))
    writer.write(client, second, [make("a1", "x", "y")])
    assert rollout.current(client, alias) == first
    assert rollout.promote(client, alias, second) == first
    assert [(version.index, version.current) for version in rollout.versions(client, alias)] == [
        (first, False),
        (second, True),
    ]
    writer.refresh(client, alias)
    assert writer.count(client, alias) == 1
    assert rollout.rollback(client, alias) == first
    with pytest.raises(MecmuaError, match="no earlier version"):
        rollout.rollback(client, alias)
    assert rollout.prune(client, alias, keep=0) == []
    rollout.promote(client, alias, second)
    assert rollout.prune(client, alias, keep=1) == []
    assert rollout.prune(client, alias, keep=0) == [first]
    assert rollout.current(client, alias) == second


def test_an_index_of_several_shards_is_searched_as_one(client: Elasticsearch, alias: str) -> None:
    name = rollout.ensure_index(client, alias, NOW, shards=3)
    assert client.indices.get_settings(index=name)[name]["settings"]["index"]["number_of_shards"] == "3"
    copies = [make(f"a{number}", "Karabağ", "Aynı metin.", cluster_id="a0") for number in range(9)]
    writer.write(client, alias, [*copies, make("b", "Karabağ", "Başka metin.")])
    writer.refresh(client, alias)
    found = search(client, alias, "karabag", facet_names=["source"])
    assert found.total == 2 and len(found.hits) == 2
    assert sorted(len(hit.also) for hit in found.hits) == [0, 8], "copies are one hit, wherever they lie"
    assert found.facets[0].values[0].count == 10


def test_promote_to_nothing_moves_nothing(client: Elasticsearch, index: str) -> None:
    before = rollout.current(client, index)
    with pytest.raises(MecmuaError, match="cannot move"):
        rollout.promote(client, index, f"{index}-v1-20990101t000000000000")
    assert rollout.current(client, index) == before


# --- run reports ------------------------------------------------------------------------------------------------------


def test_run_report_is_one_document_per_run_and_source(client: Elasticsearch, alias: str) -> None:
    report = RunReport(
        "r1",
        datetime(2026, 3, 1, tzinfo=UTC),
        12.5,
        (SourceReport("a", {"new": 3}, "2026-02-28", 5.0), SourceReport("b", {}, None, 1.0, "b: away")),
    )
    for _ in range(2):
        reports.write_report(client, alias, report)
    found = client.search(index=reports.runs_index(alias), query={"term": {"scope": "source"}}, sort="source")["hits"][
        "hits"
    ]
    assert [(hit["_source"]["source"], hit["_source"]["error"]) for hit in found] == [("a", None), ("b", "b: away")]
    run = client.get(index=reports.runs_index(alias), id="r1")["_source"]
    assert run["outcomes"] == {"new": 3}
    assert run["report"]["sources"][0]["newest"] == "2026-02-28"
    with pytest.raises(MecmuaError, match="refused"):
        reports.write_report(client, alias, replace(report, sources=(SourceReport("a", {"invented": 1}),)))


def test_report_index_of_an_earlier_version_gets_the_fields_it_lacks(client: Elasticsearch, alias: str) -> None:
    settings = schema.runs_body()["settings"]
    client.indices.create(index=reports.runs_index(alias), mappings={"dynamic": "strict"}, settings=settings)
    reports.write_report(client, alias, RunReport("r1", NOW, 1.0, (SourceReport("a", {"new": 3}),)))
    assert client.get(index=reports.runs_index(alias), id="r1:a")["found"]


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_nobody_there_is_unavailable() -> None:
    client = dialect.connect(Settings(), "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9 gives no answer"):
        client.search(index="x")
    client.close()


def test_tls_where_there_is_none_is_configuration(engine_url: str) -> None:
    if engine_url.startswith("https"):
        pytest.skip("the engine speaks TLS")
    client = dialect.connect(Settings(), engine_url.replace("http://", "https://"))
    with pytest.raises(ConfigurationError, match="MECMUA_ELASTICSEARCH_CA_CERTS"):
        client.search(index="x")
    client.close()
