"""Saved objects, and their installation against doubles of two servers that do not run here.

That every panel and search finds something is tried on a real engine, in tests/integration/test_kibana_panels.py.
"""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import http.server
import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import ConfigurationError, Unavailable
from pipeline.kibana import install, saved_objects, to_ndjson
from pipeline.settings import VERSION, Settings, load_settings

#: What each server takes as attributes of a type; it refuses others. Kibana: the schemas of the types, which it checks
#: at import since 8.8 (src/platform/plugins/shared/*/server: "schemas"). OpenSearch Dashboards: the strict mappings of
#: the same types (src/plugins/*/server/saved_objects), where an index pattern may hold anything.
_META = "title description version kibanaSavedObjectMeta".split()
TAKES: dict[str, dict[str, set[str]]] = {
    "kibana": {
        "index-pattern": set(
            "title name type timeFieldName sourceFilters fields typeMeta fieldFormatMap fieldAttrs runtimeFieldMap "
            "allowNoIndex allowHidden".split()
        ),
        "search": {*_META, *"hits columns sort grid hideChart isTextBasedQuery timeRestore timeRange".split()},
        "visualization": {*_META, *"uiStateJSON visState savedSearchRefName".split()},
        "dashboard": {
            *_META,
            *"hits optionsJSON panelsJSON refreshInterval timeFrom timeTo timeRestore controlGroupInput".split(),
        },
    },
    "opensearch-dashboards": {
        "search": {*_META, *"hits columns sort columnWidths".split()},
        "visualization": {*_META, *"uiStateJSON visState savedSearchRefName".split()},
        "dashboard": {*_META, *"hits optionsJSON panelsJSON refreshInterval timeFrom timeTo timeRestore".split()},
    },
}
_XSRF = {"kibana": "kbn-xsrf", "opensearch-dashboards": "osd-xsrf"}


@dataclass
class ServerDouble:
    """Stands in for Kibana or OpenSearch Dashboards, which do not run here: answers the import of saved objects in the
    shapes that their references and sources give, and keeps objects by type and id."""

    name: str = "kibana"
    status: int = 200
    answer: Any = None  # what to say instead of importing
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    objects: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        self.requests.append((path, headers))
        if self.answer is not None or self.status != 200:
            return self.status, self.answer
        if _XSRF[self.name] not in headers:
            return 400, {"statusCode": 400, "message": f"Request must contain a {_XSRF[self.name]} header."}
        if path != "/api/saved_objects/_import?overwrite=true":
            return 404, {"statusCode": 404, "message": "Not Found"}
        parsed = email.message_from_bytes(
            f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body, policy=email.policy.HTTP
        )
        (part,) = parsed.iter_parts()
        if part.get_param("name", header="content-disposition") != "file" or not part.get_filename("").endswith(
            ".ndjson"
        ):
            return 400, {"statusCode": 400, "message": "Invalid file extension"}
        return 200, self._import([json.loads(line) for line in part.get_payload(decode=True).splitlines()])

    def _import(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        known = self.objects.keys() | {(each["type"], each["id"]) for each in lines}
        errors = []
        for each in lines:
            missing = [ref for ref in each.get("references", []) if (ref["type"], ref["id"]) not in known]
            allowed = TAKES[self.name].get(each["type"], set(each["attributes"]))
            unknown = set(each["attributes"]) - allowed
            if missing:
                errors.append(self._error(each, {"type": "missing_references", "references": missing}))
            elif unknown:
                errors.append(self._error(each, {"type": "unknown", "message": f"unknown attribute {unknown}"}))
        if errors:
            return {"success": False, "successCount": 0, "errors": errors, "warnings": []}
        made = [{"type": e["type"], "id": e["id"], "meta": {"title": e["attributes"]["title"]}} for e in lines]
        self.objects.update({(each["type"], each["id"]): each for each in lines})
        return {"success": True, "successCount": len(lines), "successResults": made, "warnings": []}

    @staticmethod
    def _error(each: dict[str, Any], error: dict[str, Any]) -> dict[str, Any]:
        title = each["attributes"].get("title")
        return {"id": each["id"], "type": each["type"], "title": title, "meta": {"title": title}, "error": error}


@pytest.fixture(params=["kibana"])
def kibana(request: pytest.FixtureRequest) -> Iterator[ServerDouble]:
    double = ServerDouble(request.param)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            status, answer = double.take(self.path, headers, body)
            content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in double.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    double.url = f"http://127.0.0.1:{server.server_port}"
    yield double
    server.shutdown()
    server.server_close()
    thread.join()


def settings(kibana: ServerDouble | None = None, **more: Any) -> Settings:
    return Settings(kibana_url=kibana.url if kibana else None, **more)


# --- the objects -----------------------------------------------------------------------------------------------------


PAGE = "https://mecmua.example.org"


def of(kind: str, page: str | None = None) -> dict[str, dict[str, Any]]:
    """The attributes of all objects of a type, by what follows the alias in their id."""
    return {
        each["id"].removeprefix("mecmua-articles"): each["attributes"]
        for each in saved_objects("articles", page)
        if each["type"] == kind
    }


def test_data_views_name_the_alias_and_its_time_field() -> None:
    views = of("index-pattern")
    assert {name: view["title"] for name, view in views.items()} == {
        "": "articles", "-undated": "articles", "-runs": "articles-runs", "-sources": "articles-runs",
    }  # fmt: skip
    assert {name: view.get("timeFieldName") for name, view in views.items()} == {
        "": "published", "-undated": None, "-runs": "started", "-sources": None,
    }  # fmt: skip


def test_sources_are_linked_and_with_a_page_its_documents_and_archived_copies_too() -> None:
    plain, linked = (json.loads(of("index-pattern", page)[""]["fieldFormatMap"]) for page in (None, PAGE))
    assert plain["url"] == {"id": "url", "params": {"type": "a"}} == linked["url"]
    assert not {"id", "_id"} & set(plain)
    templates = {name: linked[name]["params"]["urlTemplate"] for name in ("id", "_id")}
    assert templates == {"id": f"{PAGE}/doc/{{{{value}}}}", "_id": f"{PAGE}/doc/{{{{value}}}}/archived"}
    assert of("search", PAGE)["-search-tr"]["columns"][-2:] == ["id", "_id"]
    assert "_id" not in of("search")["-search-tr"]["columns"] + of("search", PAGE)["-search-nights"]["columns"]


def test_one_saved_search_shows_turkish_and_english_texts_with_title_source_and_date() -> None:
    search = of("search")["-search-turkish-english"]
    source = json.loads(search["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert source["query"] == {"query": 'language:("tr" OR "en") AND NOT removed_at:*', "language": "kuery"}
    assert {"title", "text", "source_name", "published"} <= set(search["columns"])
    assert search["sort"] == [["published", "desc"]]


def test_every_reference_resolves() -> None:
    objects = saved_objects("articles")
    ids = {(each["type"], each["id"]) for each in objects}
    assert len(ids) == len(objects)
    assert all((ref["type"], ref["id"]) in ids for each in objects for ref in each["references"])


def fields_of(properties: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, mapping in properties.items():
        yield prefix + name
        for inner in ("properties", "fields"):
            yield from fields_of(mapping.get(inner, {}), f"{prefix}{name}.")


def named_fields(attributes: dict[str, Any]) -> set[str]:
    """The fields that an object names: to show, to sort, to count, to format."""
    aggs = json.loads(attributes["visState"])["aggs"] if "visState" in attributes else []
    return {
        *attributes.get("columns", []),
        *(field for field, _ in attributes.get("sort", [])),
        *(agg["params"]["field"] for agg in aggs if "field" in agg["params"]),
        *json.loads(attributes.get("fieldFormatMap", "{}")),
        *(attributes[key] for key in ("timeFieldName",) if key in attributes),
    } - {"_id"}


def test_named_fields_are_fields_of_the_indexes() -> None:
    from pipeline.index import schema  # the mapping itself, so that a renamed field cannot leave a search empty

    articles = set(fields_of(schema.mappings()["properties"]))
    runs = set(fields_of(schema.runs_body()["mappings"]["properties"]))
    objects = {each["id"]: each for each in saved_objects("articles", PAGE)}
    for each in objects.values():
        views = [ref["id"] for ref in each["references"] if ref["type"] == "index-pattern"] or [each["id"]]
        known = runs if any(view.endswith(("-runs", "-sources")) for view in views) else articles
        used = named_fields(each["attributes"])
        assert used <= known, f"{each['id']}: {used - known}"


def queries(value: Any) -> Iterator[str]:
    """Every query in KQL inside an object, those in JSON inside its strings too."""
    if isinstance(value, str) and value[:1] in "{[" and value:
        with contextlib.suppress(ValueError):
            yield from queries(json.loads(value))
    elif isinstance(value, dict):
        if value.get("language") == "kuery":
            yield value["query"]
        for each in value.values():
            yield from queries(each)
    elif isinstance(value, list):
        for each in value:
            yield from queries(each)


def test_queries_stay_in_the_part_of_kql_that_lucene_reads_the_same() -> None:
    """So the integration tests may run them as they are. KQL knows more: comparisons, small operators, spaces."""
    value = r'(?:\*|"\w+"|\w+|\((?:"\w+"|\w+)(?: OR (?:"\w+"|\w+))*\))'
    clause = rf"(?:NOT )?[\w.]+:{value}"
    group = rf"(?:{clause}|\({clause}(?: OR {clause})*\))"
    found = {query for each in saved_objects("articles") for query in queries(each["attributes"])}
    assert len(found) > 8
    for query in found:
        assert re.fullmatch(rf"(?:{group}(?: AND {group})*)?", query), query


def test_objects_of_two_aliases_do_not_meet() -> None:
    first = {each["id"] for each in saved_objects("articles")}
    second = {each["id"] for each in saved_objects("articles-test")}
    assert first.isdisjoint(second)


def test_ndjson_has_one_object_a_line_in_utf_8() -> None:
    lines = to_ndjson(saved_objects("articles")).decode("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [each["id"] for each in saved_objects("articles")]
    assert any("Türkçe" in line for line in lines)


def test_objects_say_which_version_made_them_and_that_changes_do_not_last() -> None:
    for kind in ("search", "visualization", "dashboard"):
        assert all(f"Made by Mecmua {VERSION}; " in each["description"] for each in of(kind).values())


def test_kibana_brings_every_object_up_to_date_from_a_version_that_it_knows() -> None:
    for each in saved_objects("articles"):
        assert each["coreMigrationVersion"] == "8.8.0"
        assert each["typeMigrationVersion"] in ("7.10.0", "8.0.0")
        assert "migrationVersion" not in each, "Kibana would keep it in a field that its own mapping lacks"


# --- the dashboards ---------------------------------------------------------------------------------------------------


def placed(name: str) -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads(of("dashboard")[f"-dashboard-{name}"]["panelsJSON"])
    return panels


@pytest.mark.parametrize("name", ["library", "operations"])
def test_panels_fill_the_grid_without_overlapping(name: str) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in placed(name):
        grid = panel["gridData"]
        assert grid["w"] >= 8 and grid["h"] >= 6, f"{panel['title']} is too small to read"
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies over {taken[x, y]}"
                taken[x, y] = panel["title"]
    columns, rows = {x for x, _ in taken}, {y for _, y in taken}
    assert columns == set(range(48))
    assert len(taken) == 48 * len(rows) == 48 * (max(rows) + 1), "no holes"


@pytest.mark.parametrize("name", ["library", "operations"])
def test_panels_have_titles_and_lead_to_objects(name: str) -> None:
    (shown,) = (each for each in saved_objects("articles") if each["id"] == f"mecmua-articles-dashboard-{name}")
    panels = placed(name)
    assert [panel["panelRefName"] for panel in panels] == [ref["name"] for ref in shown["references"]]
    assert [panel["panelIndex"] for panel in panels] == [panel["gridData"]["i"] for panel in panels]
    titles = [panel["title"] for panel in panels]
    assert all(titles) and len(set(titles)) == len(titles)
    assert shown["attributes"]["timeRestore"] and shown["attributes"]["timeTo"] == "now"


def test_every_panel_stands_in_one_dashboard_and_has_a_chart_that_both_servers_draw() -> None:
    objects = saved_objects("articles")
    shown = [ref["id"] for each in objects if each["type"] == "dashboard" for ref in each["references"]]
    assert len(shown) == len(set(shown))
    for each in objects:
        if each["type"] == "visualization":
            assert each["id"] in shown
            state = json.loads(each["attributes"]["visState"])
            assert state["title"] == each["attributes"]["title"]
            # vis_types of Kibana 9 and vis_type_* of OpenSearch Dashboards alike
            assert state["type"] in {"metric", "histogram", "horizontal_bar", "line", "pie", "table", "tagcloud"}


def test_series_name_metrics_and_orders_name_metrics_that_are_there() -> None:
    for name, attributes in of("visualization").items():
        state = json.loads(attributes["visState"])
        assert [agg["id"] for agg in state["aggs"]] == [str(n) for n in range(1, len(state["aggs"]) + 1)]
        metrics = {agg["id"] for agg in state["aggs"] if agg["schema"] == "metric"}
        series = {one["data"]["id"] for one in state["params"].get("seriesParams", ())}
        assert series in (set(), metrics), name
        orders = {agg["params"]["orderBy"] for agg in state["aggs"] if agg["type"] == "terms"}
        assert metrics and orders <= metrics, name


# --- the installation ------------------------------------------------------------------------------------------------


BOTH = pytest.mark.parametrize("kibana", ["kibana", "opensearch-dashboards"], indirect=True)


@BOTH
def test_install_imports_every_object_and_says_what_it_made(kibana: ServerDouble) -> None:
    made = install(settings(kibana))
    assert "data view 'Mecmua: articles'" in made
    assert "saved search 'Mecmua: Turkish and English'" in made
    assert made[-3:-1] == ["dashboard 'Mecmua: Library'", "dashboard 'Mecmua: Operations'"]
    kinds = Counter(kind for kind, _ in kibana.objects)
    assert made[-1] == f"{kinds['visualization']} panels"
    assert kinds == Counter(each["type"] for each in saved_objects("articles"))


@BOTH
def test_what_a_server_does_not_know_is_refused_by_its_double(
    kibana: ServerDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doubles are as strict as the servers: neither takes attributes that it does not know."""
    odd = list(saved_objects("articles"))
    odd[-1] = {**odd[-1], "attributes": {**odd[-1]["attributes"], "grid": {}}}
    monkeypatch.setattr("pipeline.kibana.saved_objects", lambda *_: tuple(odd))
    with pytest.raises(ConfigurationError, match="dashboard mecmua-articles-dashboard-operations: unknown"):
        install(settings(kibana))
    assert kibana.objects == {}


def test_objects_go_where_everybody_sees_them(kibana: ServerDouble) -> None:
    """OpenSearch Dashboards' security plugin gives every user a tenant of her own."""
    install(settings(kibana))
    assert kibana.requests[-1][1]["securitytenant"] == "global"


@BOTH
def test_a_second_installation_changes_nothing(kibana: ServerDouble) -> None:
    install(settings(kibana))
    before = dict(kibana.objects)
    install(settings(kibana))
    assert kibana.objects == before


def test_the_alias_of_the_settings_is_the_data_views(kibana: ServerDouble) -> None:
    install(settings(kibana, index="yazilar"))
    assert kibana.objects["index-pattern", "mecmua-yazilar"]["attributes"]["title"] == "yazilar"


def test_the_pages_address_comes_from_the_settings(kibana: ServerDouble) -> None:
    install(settings(kibana, serve_url=f"{PAGE}/"))
    formats = json.loads(kibana.objects["index-pattern", "mecmua-articles"]["attributes"]["fieldFormatMap"])
    assert formats["id"]["params"]["urlTemplate"] == f"{PAGE}/doc/{{{{value}}}}"


def test_a_file_for_the_import_page_needs_no_kibana(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MECMUA_INDEX", "yazilar")
    file = tmp_path / "mecmua.ndjson"
    assert CliRunner().invoke(app, ["dashboards", "install", "--output", str(file)]).exit_code == 0
    assert file.read_bytes() == to_ndjson(saved_objects("yazilar"))


@pytest.mark.parametrize("address", ["mecmua.example.org", "ftp://mecmua.example.org", "https://"])
def test_a_page_address_that_is_none_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MECMUA_SERVE_URL", address)
    with pytest.raises(ConfigurationError, match="MECMUA_SERVE_URL"):
        load_settings()


def test_an_api_key_goes_before_user_and_password(kibana: ServerDouble) -> None:
    install(settings(kibana))
    install(settings(kibana, elasticsearch_username="a", elasticsearch_password="ş:b"))
    install(settings(kibana, elasticsearch_username="a", elasticsearch_password="b", kibana_api_key="a2V5"))
    sent = [headers.get("authorization") for _, headers in kibana.requests]
    assert sent == [None, "Basic " + base64.b64encode("a:ş:b".encode()).decode(), "ApiKey a2V5"]


def test_a_base_path_and_a_final_slash_are_kept_right(kibana: ServerDouble) -> None:
    kibana.answer = {"success": True, "successCount": 1}
    install(Settings(kibana_url=f"{kibana.url}/s/analysts/"))
    assert kibana.requests[-1][0] == "/s/analysts/api/saved_objects/_import?overwrite=true"


@pytest.mark.parametrize(
    ("status", "answer", "headers", "error", "message"),
    [
        (401, {"message": "[security_exception]"}, {}, ConfigurationError, "MECMUA_KIBANA_API_KEY"),
        (403, {"message": "Unable to bulk_create"}, {}, ConfigurationError, "Saved Objects Management"),
        (404, {"message": "Not Found"}, {}, ConfigurationError, "is not Kibana's API"),
        (302, "", {"Location": "/spaces/enter"}, ConfigurationError, "points to /spaces/enter"),
        (400, {"message": "bad line"}, {}, ConfigurationError, "answers 400 (bad line)"),
        (200, "<html>hello</html>", {}, ConfigurationError, "is not Kibana's API"),
        (200, [1], {}, ConfigurationError, "is not Kibana's API"),
        (503, "Kibana server is not ready yet", {"Retry-After": "30"}, Unavailable, "answers 503"),
        (429, {"message": "slow"}, {}, Unavailable, "answers 429 slow"),
        (500, {"message": "oops"}, {}, Unavailable, "answers 500 oops"),
        (
            200,
            {"success": False, "errors": [{"type": "search", "id": "x", "error": {"type": "missing_references"}}]},
            {},
            ConfigurationError,
            "search x: missing_references",
        ),
        (200, {"success": False}, {}, ConfigurationError, "refused"),
    ],
)
def test_a_bad_answer_becomes_an_error_with_its_remedy(
    kibana: ServerDouble, status: int, answer: Any, headers: dict[str, str], error: type[Exception], message: str
) -> None:
    kibana.status, kibana.answer, kibana.headers = status, answer, headers
    with pytest.raises(error) as caught:
        install(settings(kibana, kibana_api_key="very-secret"))
    assert message in str(caught.value)
    assert "very-secret" not in str(caught.value)
    if headers.get("Retry-After"):
        assert isinstance(caught.value, Unavailable) and caught.value.retry_after == 30


def test_nobody_at_the_address_is_unavailable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(Unavailable, match="cannot be reached"):
            install(Settings(kibana_url=address))


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/", "127.0.0.1:5601", "https://", "http://127.0.0.1:99999"])
def test_an_address_that_is_none_is_a_configuration_error(address: str) -> None:
    with pytest.raises(ConfigurationError, match="MECMUA_KIBANA_URL"):
        install(Settings(kibana_url=address))


def test_without_an_address_or_with_a_bad_ca_file_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="set MECMUA_KIBANA_URL"):
        install(settings())
    bad = tmp_path / "ca.crt"
    bad.write_text("no certificate")
    for file in (bad, tmp_path / "missing.crt"):
        with pytest.raises(ConfigurationError, match="MECMUA_ELASTICSEARCH_CA_CERTS"):
            install(Settings(kibana_url="https://127.0.0.1:1/", elasticsearch_ca_certs=file))
