"""Kibana's saved objects, and their installation against a double of Kibana's import endpoint (no Kibana runs here)."""

from __future__ import annotations

import base64
import email
import email.policy
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigurationError, Unavailable
from pipeline.kibana import install, saved_objects
from pipeline.kibana.objects import to_ndjson
from pipeline.settings import Settings


@dataclass
class KibanaDouble:
    """Answers like Kibana's saved-objects import, as its reference describes it: keeps objects by type and id."""

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
        if "kbn-xsrf" not in headers:
            return 400, {"statusCode": 400, "message": "Request must contain a kbn-xsrf header."}
        if path != "/api/saved_objects/_import?overwrite=true":
            return 404, {"statusCode": 404, "message": "Not Found"}
        parsed = email.message_from_bytes(
            f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body, policy=email.policy.HTTP
        )
        (part,) = parsed.iter_parts()
        if part.get_param("name", header="content-disposition") != "file" or not part.get_filename("").endswith(
            "ndjson"
        ):
            return 415, {"message": "Invalid file extension"}
        return 200, self._import([json.loads(line) for line in part.get_payload(decode=True).splitlines()])

    def _import(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        known = self.objects.keys() | {(each["type"], each["id"]) for each in lines}
        missing = [
            each for each in lines if any((ref["type"], ref["id"]) not in known for ref in each.get("references", []))
        ]
        if missing:
            errors = [{"type": m["type"], "id": m["id"], "error": {"type": "missing_references"}} for m in missing]
            return {"success": False, "successCount": 0, "errors": errors}
        self.objects.update({(each["type"], each["id"]): each for each in lines})
        return {"success": True, "successCount": len(lines), "warnings": []}


@pytest.fixture
def kibana() -> Iterator[KibanaDouble]:
    double = KibanaDouble()

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


def settings(kibana: KibanaDouble | None = None, **more: Any) -> Settings:
    return Settings(kibana_url=kibana.url if kibana else None, **more)


# --- the objects -----------------------------------------------------------------------------------------------------


def test_the_data_view_names_the_alias_and_its_time_field() -> None:
    view, undated, runs, *searches = saved_objects("articles")
    assert (view["type"], view["attributes"]["title"]) == ("index-pattern", "articles")
    assert view["attributes"]["timeFieldName"] == "published"
    assert "timeFieldName" not in undated["attributes"]
    assert (runs["attributes"]["title"], runs["attributes"]["timeFieldName"]) == ("articles-runs", "started")
    assert {search["type"] for search in searches} == {"search"}


def test_one_saved_search_shows_turkish_and_english_texts_with_title_source_and_date() -> None:
    search = next(each for each in saved_objects("articles") if "Turkish and English" in each["attributes"]["title"])
    source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert '"tr"' in source["query"]["query"] and '"en"' in source["query"]["query"]
    assert {"title", "text", "source_name", "published"} <= set(search["attributes"]["columns"])
    assert search["attributes"]["sort"] == [["published", "desc"]]


def test_every_reference_resolves() -> None:
    objects = saved_objects("articles")
    ids = {(each["type"], each["id"]) for each in objects}
    assert len(ids) == len(objects)
    assert all((ref["type"], ref["id"]) in ids for each in objects for ref in each["references"])


def fields_of(properties: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, mapping in properties.items():
        yield prefix + name
        yield from fields_of(mapping.get("properties", {}), f"{prefix}{name}.")


def test_columns_sorts_and_time_fields_are_fields_of_the_indexes() -> None:
    from pipeline.index import schema  # the mapping itself, so that a renamed field cannot leave a search empty

    articles = set(fields_of(schema.mappings()["properties"]))
    runs = set(fields_of(schema.runs_body()["mappings"]["properties"]))
    for each in saved_objects("articles"):
        attributes = each["attributes"]
        of_runs = any("runs" in text for text in (each["id"], *(ref["id"] for ref in each["references"])))
        used = {*attributes.get("columns", []), *(field for field, _ in attributes.get("sort", []))}
        used |= {attributes["timeFieldName"]} if "timeFieldName" in attributes else set()
        known = runs if of_runs else articles
        assert used <= known, f"{each['id']}: {used - known}"


def test_objects_of_two_aliases_do_not_meet() -> None:
    first = {each["id"] for each in saved_objects("articles")}
    second = {each["id"] for each in saved_objects("articles-test")}
    assert first.isdisjoint(second)


def test_ndjson_has_one_object_a_line_in_utf_8() -> None:
    lines = to_ndjson(saved_objects("articles")).decode("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [each["id"] for each in saved_objects("articles")]
    assert any("Türkçe" in line for line in lines)


# --- the installation ------------------------------------------------------------------------------------------------


def test_install_imports_every_object_and_says_what_it_made(kibana: KibanaDouble) -> None:
    made = install(settings(kibana))
    assert "data view 'Mecmua: articles'" in made
    assert "saved search 'Mecmua: Turkish and English'" in made
    assert len(made) == len(kibana.objects) == len(saved_objects("articles"))


def test_a_second_installation_changes_nothing(kibana: KibanaDouble) -> None:
    install(settings(kibana))
    before = dict(kibana.objects)
    install(settings(kibana))
    assert kibana.objects == before


def test_the_alias_of_the_settings_is_the_data_views(kibana: KibanaDouble) -> None:
    install(settings(kibana, index="yazilar"))
    assert kibana.objects["index-pattern", "mecmua-yazilar"]["attributes"]["title"] == "yazilar"


def test_an_api_key_goes_before_user_and_password(kibana: KibanaDouble) -> None:
    install(settings(kibana))
    install(settings(kibana, elasticsearch_username="a", elasticsearch_password="ş:b"))
    install(settings(kibana, elasticsearch_username="a", elasticsearch_password="b", kibana_api_key="a2V5"))
    sent = [headers.get("authorization") for _, headers in kibana.requests]
    assert sent == [None, "Basic " + base64.b64encode("a:ş:b".encode()).decode(), "ApiKey a2V5"]


def test_a_base_path_and_a_final_slash_are_kept_right(kibana: KibanaDouble) -> None:
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
    kibana: KibanaDouble, status: int, answer: Any, headers: dict[str, str], error: type[Exception], message: str
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
