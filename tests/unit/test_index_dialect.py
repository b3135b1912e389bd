from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import elastic_transport
import elasticsearch
import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig, Urllib3HttpNode
from elastic_transport._node import NodeApiResponse

from pipeline.errors import ConfigurationError, MecmuaError, QueryError, Unavailable
from pipeline.index import dialect
from pipeline.search.asking import ask_all
from pipeline.settings import Settings

NODE = NodeConfig("http", "127.0.0.1", 9200)


class Wire:
    """Stands where the socket is: what was sent, and what comes back."""

    def __init__(self, status: int = 200, body: bytes = b"{}", headers: dict[str, str] | None = None) -> None:
        self.status, self.body = status, body
        self.headers = {"content-type": "application/json", **(headers or {})}
        self.sent: list[HttpHeaders] = []
        self.failure: Exception | None = None

    def __call__(
        self, node: Any, method: str, target: str, body: Any = None, headers: Any = None, timeout: Any = None
    ) -> NodeApiResponse:
        self.sent.append(headers)
        if self.failure:
            raise self.failure
        meta = ApiResponseMeta(self.status, "1.1", HttpHeaders(self.headers), 0.1, node.config)
        return NodeApiResponse(meta, self.body)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(Urllib3HttpNode, "perform_request", lambda *args: wire(*args))
    return wire


def connect(url: str = "http://127.0.0.1:9200", **settings: Any) -> elasticsearch.Elasticsearch:
    return dialect.connect(Settings(**settings), url).options(max_retries=0)


def test_media_types_are_those_that_every_generation_reads(wire: Wire) -> None:
    connect().search(index="x")
    connect().bulk(operations=[b"{}"])
    assert [headers["accept"] for headers in wire.sent] == ["application/json"] * 2
    assert [headers["content-type"] for headers in wire.sent] == ["application/json", "application/x-ndjson"]


def test_a_product_that_does_not_name_itself_is_taken(wire: Wire) -> None:
    assert connect().search(index="x").body == {}


def test_api_key_wins_over_a_password(wire: Wire) -> None:
    both = {"elasticsearch_api_key": "key", "elasticsearch_username": "u", "elasticsearch_password": "p"}
    connect(**both).search(index="x")
    connect(elasticsearch_username="u", elasticsearch_password="p").search(index="x")
    assert wire.sent[0]["authorization"] == "ApiKey key"
    assert str(wire.sent[1]["authorization"]).startswith("Basic ")


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (401, "security_exception", ConfigurationError),
        (403, "security_exception", ConfigurationError),
        (403, "cluster_block_exception", Unavailable),
        (429, "circuit_breaking_exception", Unavailable),
        (502, "bad_gateway", Unavailable),
        (503, "unavailable_shards_exception", Unavailable),
        (504, "gateway_timeout", Unavailable),
    ],
)
def test_answers_become_our_errors(wire: Wire, status: int, kind: str, expected: type[MecmuaError]) -> None:
    wire.status = status
    wire.body = b'{"error": {"type": "%s", "root_cause": [{"type": "%s", "reason": "why"}]}}' % ((kind.encode(),) * 2)
    wire.headers["retry-after"] = "12"
    with pytest.raises(expected, match=r"127\.0\.0\.1:9200") as caught:
        connect().search(index="x")
    if isinstance(caught.value, Unavailable):
        assert caught.value.retry_after == 12
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (429, "rejected_execution_exception", Unavailable),
        (503, "no_shard_available_action_exception", Unavailable),
        (404, "index_not_found_exception", ConfigurationError),
        (400, "parsing_exception", QueryError),
        (400, "too_many_clauses", QueryError),
    ],
)
def test_one_of_several_searches_fails_as_one_of_its_own_would(
    wire: Wire, status: int, kind: str, expected: type[MecmuaError]
) -> None:
    failed = {"status": status, "error": {"type": kind, "root_cause": [{"type": kind, "reason": "why"}]}}
    wire.body = json.dumps({"responses": [{"status": 200, "timed_out": False, "hits": {}}, failed]}).encode()
    with pytest.raises(expected):
        ask_all(connect(), "x", [{"size": 1}, {"size": 2}])


@pytest.mark.parametrize(("status", "kind"), [(400, elasticsearch.BadRequestError), (404, elasticsearch.NotFoundError)])
def test_answers_that_callers_read_pass(wire: Wire, status: int, kind: type[Exception]) -> None:
    wire.status = status
    with pytest.raises(kind):
        connect().search(index="x")


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (elastic_transport.ConnectionError("refused"), Unavailable),
        (elastic_transport.ConnectionTimeout("slow"), Unavailable),
        (elastic_transport.TlsError("self-signed"), ConfigurationError),
    ],
)
def test_no_answer_becomes_our_error(wire: Wire, failure: Exception, expected: type[MecmuaError]) -> None:
    wire.failure = failure
    with pytest.raises(expected):
        connect().search(index="x")


def test_something_that_is_no_search_engine_is_configuration(wire: Wire) -> None:
    wire.body = b"<html>"
    with pytest.raises(ConfigurationError, match="MECMUA_ELASTICSEARCH_URL"):
        connect().search(index="x")


@pytest.mark.parametrize("url", ["localhost:9200", "ftp://x:1", "http://", "http://x:port", ""])
def test_url_that_names_no_engine(url: str) -> None:
    with pytest.raises(ConfigurationError, match="MECMUA_ELASTICSEARCH_URL"):
        connect(url)


def test_url_without_port_means_its_schemes() -> None:
    [node] = connect("https://es.example").transport.node_pool.all()
    assert node.base_url == "https://es.example:443"


def test_missing_certificate_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"CA_CERTS.*gone\.pem"):
        connect("https://es.example:9200", elasticsearch_ca_certs=tmp_path / "gone.pem")


def test_no_secret_in_any_message(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    url = "http://user:hunter2@127.0.0.1:9200"
    wire.failure = elastic_transport.ConnectionError("refused")
    said = []
    for settings in ({}, {"elasticsearch_api_key": "hunter2"}):
        with pytest.raises(MecmuaError) as caught:
            connect(url, **settings).search(index="x")
        said.append(str(caught.value))
    assert said
    assert "hunter2" not in "".join(said) + caplog.text
