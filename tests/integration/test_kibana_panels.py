"""Every panel and saved search as a query on a real engine. No Kibana runs here: what it would ask is derived from the
saved objects themselves (attributes, references, aggregations), so that one with a wrong field fails.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.index import dialect, reports, rollout, writer
from pipeline.kibana import saved_objects
from pipeline.models import Latency, Outcome, RunReport, SourceHealth, SourceReport
from pipeline.settings import Settings
from tests.documents import NOW, make

pytestmark = pytest.mark.integration

Object = dict[str, Any]
REAL_NOW = datetime.now(UTC)
ARTICLES = [
    make("tr", "Kafkasya'da enerji", "Enerji hatları.", day=date(2024, 2, 1), language="tr", word_count=120,
         authors=("Ayşe Demir",), tags=("enerji",), categories=("Analiz",), kind="analysis"),
    make("en", "Energy in the Caucasus", "Energy lines.", day=date(2024, 2, 2), language="en", translations=("tr",)),
    make("copy", "Energy in the Caucasus", "Energy lines.", day=date(2024, 3, 2), language="en", source="baska",
         cluster_id="en"),
    make("new", "Yeni", "Yeni yazı.", day=date(2012, 5, 3), language="tr", first_seen=REAL_NOW),
    make("undated", "Tarihsiz", "Tarihi yok.", language="tr", quality_flags=("no_date",)),
    make("removed", "Kalkan", "Kaldırıldı.", day=date(2020, 1, 1), language="tr", removed_at=NOW),
    make("changed", "Değişen", "İkinci hâli.", day=date(2021, 1, 1), language="tr", number=2),
    make("guessed", "Belki", "Tarihi tahmin.", day=date(2022, 1, 1), language="tr", quality_flags=("date_guessed",)),
    make("unknown", "?", "???", day=date(2022, 1, 1), language="und"),
]  # fmt: skip
OUTCOMES = {str(outcome): number for number, outcome in enumerate(Outcome, 1)}
FAST = Latency(0.2, 0.9, 1.5)


def run(name: str, days_ago: int) -> RunReport:
    good = SourceReport("a", OUTCOMES, "2026-11-01", 12.5, None, None, 40, 2, 900_000, FAST)
    quiet = SourceReport("b", {"unchanged": 7}, "2019-01-01", 3.0, None, None, 9, 0, 80_000, FAST)
    bad = SourceReport("c", {}, None, 1.0, "c: no endpoint could be read", "Unavailable", 3, 3)
    return RunReport(name, REAL_NOW - timedelta(days=days_ago), 20.0, (good, quiet, bad))


HEALTH = [
    SourceHealth("a", "healthy", date(2026, 11, 1), None, "as ever", "nothing"),
    SourceHealth("b", "silent", date(2019, 1, 1), None, "nothing new for 2000 days", "look"),
    SourceHealth("c", "blocked", None, None, "refused", "write to them"),
]


@pytest.fixture(scope="module")
def client(engine_url: str) -> Iterator[Elasticsearch]:
    client = dialect.connect(Settings(), engine_url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def alias(client: Elasticsearch) -> Iterator[str]:
    """An index with every kind of article, and the reports of two nights."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    rollout.ensure_index(client, name, NOW)
    result = writer.write(client, name, ARTICLES)
    assert len(result.written) == len(ARTICLES), result.rejected
    writer.refresh(client, name)
    left = SourceHealth("gone", "silent", None, None, "left the catalogue", "nothing")
    reports.write_report(client, name, run("r0", 30), [left])
    reports.write_report(client, name, run("r1", 2), [SourceHealth("c", "healthy", None, None, "well", "nothing")])
    reports.write_report(client, name, run("r2", 1), HEALTH)
    yield name
    for index in client.indices.get(index=f"{name}*", allow_no_indices=True).body:
        client.indices.delete(index=index)


@pytest.fixture(scope="module")
def objects(alias: str) -> dict[tuple[str, str], Object]:
    return {(each["type"], each["id"]): each for each in saved_objects(alias, "https://mecmua.example")}


# --- what Kibana would ask --------------------------------------------------------------------------------------------


def held(objects: Mapping[tuple[str, str], Object], of: Object, name: str) -> Object:
    """The object that a reference leads to."""
    (ref,) = (ref for ref in of["references"] if ref["name"] == name)
    return objects[ref["type"], ref["id"]]


def written_as_lucene(query: str) -> dict[str, Any]:
    """A query in the part of KQL that Lucene's syntax reads the same (a unit test holds ours to it)."""
    return {"query_string": {"query": query, "analyze_wildcard": True}} if query else {"match_all": {}}


def question(objects: Mapping[tuple[str, str], Object], of: Object, since: str | None = None) -> tuple[str, Object]:
    """What a search or panel reads: its index, and its query with its filters and the dashboard's time."""
    source = json.loads(of["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    view = held(objects, of, source["indexRefName"])["attributes"]
    clauses = [written_as_lucene(source["query"]["query"])]
    for pill in source["filter"]:
        assert held(objects, of, pill["meta"]["indexRefName"])["attributes"] == view
        clauses.append(pill["query"])
    if since and "timeFieldName" in view:
        clauses.append({"range": {view["timeFieldName"]: {"gte": since, "lte": "now"}}})
    return view["title"], {"bool": {"filter": clauses}}


def bucket(agg: Object, metrics: Mapping[str, Object]) -> Object:
    """One splitting aggregation in the engine's language, as Kibana writes it."""
    params = agg["params"]
    if agg["type"] == "terms":
        by = params["orderBy"]
        order = {"_count" if metrics[by]["type"] == "count" else by: params["order"]}
        return {"terms": {"field": params["field"], "size": params["size"], "order": order}}
    if agg["type"] == "date_histogram":
        width = {"d": {"calendar_interval": "1d"}, "auto": {"fixed_interval": "30d"}}[params["interval"]]
        return {"date_histogram": {"field": params["field"], "min_doc_count": params["min_doc_count"], **width}}
    assert agg["type"] == "filters"
    return {
        "filters": {"filters": {each["label"]: written_as_lucene(each["input"]["query"]) for each in params["filters"]}}
    }


SPLITS = ("terms", "date_histogram", "filters")


def aggregations(aggs: list[Object]) -> Object:
    """All aggregations of a panel: the metrics stand inside every bucket."""
    metrics = {agg["id"]: agg for agg in aggs if agg["schema"] == "metric"}
    found = {
        i: {agg["type"]: {"field": agg["params"]["field"]}} for i, agg in metrics.items() if agg["type"] != "count"
    }
    numbers = dict(found)
    for agg in reversed([agg for agg in aggs if agg["type"] in SPLITS]):
        found = {agg["id"]: {**bucket(agg, metrics), "aggregations": {**numbers, **found}}}
    return found


def capabilities(client: Elasticsearch, index: str, fields: str) -> dict[str, Any]:
    """What the engine can do with fields, by name and type. The client's own call has a form that OpenSearch lacks."""
    answer = client.perform_request(
        "GET", f"/{index}/_field_caps", params={"fields": fields}, headers={"accept": "application/json"}
    )
    return dict(answer.body["fields"])


NUMERIC = {"integer", "long", "short", "float"}
SUITABLE = {
    "terms": {"keyword"},
    "cardinality": {"keyword"},
    "date_histogram": {"date"},
    "sum": NUMERIC,
    "avg": NUMERIC,
    "min": NUMERIC | {"date"},
    "max": NUMERIC | {"date"},
}


def check(client: Elasticsearch, objects: Mapping[tuple[str, str], Object], panel: Object, since: str) -> None:
    """The panel shows something, from fields that are there and fit. An engine is silent about fields that it does not
    know, so each is looked up."""
    aggs = json.loads(panel["attributes"]["visState"])["aggs"]
    index, query = question(objects, panel, since)
    for agg in aggs:
        if "field" in agg["params"]:
            name = agg["params"]["field"]
            known = capabilities(client, index, name).get(name)
            assert known, f"{panel['id']}: there is no field {name}"
            assert set(known) <= SUITABLE[agg["type"]], f"{panel['id']}: {agg['type']} of {name}, a {set(known)}"
            assert all(kind["aggregatable"] for kind in known.values()), f"{panel['id']}: {name}"
    wanted = aggregations(aggs)
    answer = client.search(
        index=index, size=0, query=query, track_total_hits=True, **({"aggregations": wanted} if wanted else {})
    )
    assert answer["hits"]["total"]["value"], f"{panel['id']} shows nothing"
    filled(answer.get("aggregations", {}), wanted, panel["id"])


def filled(answer: Mapping[str, Any], wanted: Mapping[str, Any], panel: str) -> None:
    """Every aggregation has a value, down into the fullest bucket."""
    for name, body in wanted.items():
        if "aggregations" not in body:
            assert answer[name]["value"] is not None, f"{panel}: metric {name} has no value"
            continue
        buckets = answer[name]["buckets"]
        found = list(buckets.values() if isinstance(buckets, dict) else buckets)
        assert found, f"{panel}: split {name} has no bucket"
        if "filters" in body:
            assert all(each["doc_count"] for each in found), f"{panel}: {buckets}"
        filled(max(found, key=lambda each: each["doc_count"]), body["aggregations"], panel)


# --- panels -----------------------------------------------------------------------------------------------------------

NAMES = [each["id"].removeprefix("mecmua-x-panel-") for each in saved_objects("x") if each["type"] == "visualization"]


def dashboards(objects: Mapping[tuple[str, str], Object]) -> list[Object]:
    return [each for (kind, _), each in objects.items() if kind == "dashboard"]


def shown_in(objects: Mapping[tuple[str, str], Object], panel: Object) -> Object:
    """The dashboard that a panel stands in."""
    (found,) = (each for each in dashboards(objects) if panel["id"] in {ref["id"] for ref in each["references"]})
    return found


@pytest.mark.parametrize("name", NAMES)
def test_panel_shows_something(
    client: Elasticsearch, alias: str, objects: dict[tuple[str, str], Object], name: str
) -> None:
    panel = objects["visualization", f"mecmua-{alias}-panel-{name}"]
    check(client, objects, panel, shown_in(objects, panel)["attributes"]["timeFrom"])


@pytest.mark.parametrize(("name", "agg"), [("sources", "terms"), ("yield", "sum"), ("over-time", "date_histogram")])
def test_panel_with_a_wrong_field_is_noticed(
    client: Elasticsearch, alias: str, objects: dict[tuple[str, str], Object], name: str, agg: str
) -> None:
    panel = copy.deepcopy(objects["visualization", f"mecmua-{alias}-panel-{name}"])
    state = json.loads(panel["attributes"]["visState"])
    next(each for each in state["aggs"] if each["type"] == agg)["params"]["field"] = "no_such_field"
    panel["attributes"]["visState"] = json.dumps(state)
    with pytest.raises(AssertionError, match="no field no_such_field"):
        check(client, objects, panel, "now-20y")


def test_what_the_tests_derive_is_what_the_numbers_say(
    client: Elasticsearch, alias: str, objects: dict[tuple[str, str], Object]
) -> None:
    """Articles, texts, and what needs attention, counted by hand in ARTICLES."""
    index, query = question(objects, objects["visualization", f"mecmua-{alias}-panel-numbers"], "now-20y/y")
    assert client.count(index=index, query=query)["count"] == 7
    panel = objects["visualization", f"mecmua-{alias}-panel-attention"]
    asked = aggregations(json.loads(panel["attributes"]["visState"])["aggs"])
    answer = client.search(index=index, size=0, aggregations=asked)["aggregations"]["2"]["buckets"]
    assert {label: each["doc_count"] for label, each in answer.items()} == {
        "All there is": 8,
        "Without a date": 1,
        "Gone from their site": 1,
        "Need review": 3,
    }


# --- saved searches ---------------------------------------------------------------------------------------------------

FOUND = {
    "turkish-english": {"tr", "en", "copy", "new", "undated", "changed", "guessed"},
    "all": {article["id"] for article in ARTICLES},
    "tr": {"tr", "new", "undated", "changed", "guessed"},
    "en": {"en", "copy"},
    "new-today": {"new"},
    "changed": {"changed"},
    "removed": {"removed"},
    "review": {"undated", "guessed", "unknown"},
    "undated": {"undated"},
    "trouble": {"health:b", "health:c"},
    "failed": {"r0:c", "r1:c", "r2:c"},
    "nights": {f"{name}:{source}" for name in ("r0", "r1", "r2") for source in "abc"},
}


def test_every_saved_search_is_tried(alias: str, objects: dict[tuple[str, str], Object]) -> None:
    assert {identity for kind, identity in objects if kind == "search"} == {f"mecmua-{alias}-search-{n}" for n in FOUND}


@pytest.mark.parametrize("name", FOUND)
def test_saved_search_finds_what_its_title_says(
    client: Elasticsearch, alias: str, objects: dict[tuple[str, str], Object], name: str
) -> None:
    search = objects["search", f"mecmua-{alias}-search-{name}"]
    index, query = question(objects, search)
    order = [{field: {"order": way}} for field, way in search["attributes"]["sort"]]
    answer = client.search(index=index, size=50, query=query, sort=order)["hits"]["hits"]
    assert {hit["_id"] for hit in answer} == FOUND[name]
    for column in search["attributes"]["columns"]:
        if column != "_id":
            assert capabilities(client, index, column), column
    assert all(hit["sort"] for hit in answer)


def test_formats_are_of_fields_that_are_there(client: Elasticsearch, objects: dict[tuple[str, str], Object]) -> None:
    views = [each["attributes"] for (kind, _), each in objects.items() if kind == "index-pattern"]
    for view in views:
        known = capabilities(client, view["title"], "*")
        formatted = set(json.loads(view["fieldFormatMap"]))
        assert formatted <= {*known, "_id"}, formatted - set(known)
