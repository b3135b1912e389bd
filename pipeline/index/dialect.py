"""One client for Elasticsearch 8/9 and OpenSearch 2/3, raising Mecmua's errors.

elasticsearch-py 9 refuses OpenSearch twice: it sends media types that only its own generation knows, and it wants an
``X-Elastic-Product`` header in the answer. `PlainNode` settles both below the client, where every request passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import elastic_transport
import elasticsearch
import orjson
from elastic_transport import ApiResponseMeta, HttpHeaders, Urllib3HttpNode
from elastic_transport.client_utils import DEFAULT, DefaultType

from pipeline.errors import ConfigurationError, Unavailable
from pipeline.settings import Settings

if TYPE_CHECKING:
    from elastic_transport._node import NodeApiResponse  # not exported, only needed to name the type

#: Seconds until an answer begins. A merge or a cold cache may take a while; a dead engine must not hold a task.
TIMEOUT = 30.0
#: Kept open, one for each thread of the search page: further ones would be made and thrown away with every request.
CONNECTIONS = 40
#: How long the engine itself waits for a shard that is away, before it says so: less than the client waits for it.
SHARD_TIMEOUT = "10s"
_PRODUCT = "x-elastic-product"
#: What engines say of a query that is too big or takes too long: the query is at fault, not the engine.
TOO_MUCH = ("too_many", "Time exceeded", "time_exceeded")
_OVERLOADED = frozenset({429, 500, 502, 503, 504})


class FastJson(elasticsearch.JsonSerializer):
    """Reads and writes with orjson: a page of results is 60 KB of JSON. What that refuses, such as the lone surrogates
    that a reader may paste, is written as the client would have."""

    def json_loads(self, data: bytes | str) -> Any:
        return orjson.loads(data)

    def json_dumps(self, data: Any) -> bytes:
        try:
            return orjson.dumps(data, default=self.default)
        except orjson.JSONEncodeError:
            return super().json_dumps(data)


class FastNdjson(FastJson, elasticsearch.serializer.NdjsonSerializer):
    """The same for several searches in one call."""


class PlainNode(Urllib3HttpNode):
    """Sends plain ``application/json`` and ``application/x-ndjson``; names the product where the server does not."""

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        answer = super().perform_request(method, target, body, _plain(headers), request_timeout)
        return answer._replace(meta=_named(answer.meta))


def _plain(headers: HttpHeaders | None) -> HttpHeaders | None:
    if headers is None:
        return None
    plain = headers.copy()
    for name in ("accept", "content-type"):
        value = plain.get(name) or ""
        if "vnd.elasticsearch+" in value:
            plain[name] = "application/x-ndjson" if "ndjson" in value else "application/json"
    return plain


def _named(meta: ApiResponseMeta) -> ApiResponseMeta:
    if _PRODUCT in meta.headers:
        return meta
    headers = HttpHeaders({**meta.headers, _PRODUCT: "Elasticsearch"})
    return ApiResponseMeta(meta.status, meta.http_version, headers, meta.duration, meta.node)


class SearchClient(elasticsearch.Elasticsearch):
    """`elasticsearch.Elasticsearch` whose every call raises Mecmua's errors (see `translated`)."""

    def perform_request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any | None = None,
        endpoint_id: str | None = None,
        path_parts: Mapping[str, Any] | None = None,
    ) -> Any:
        with translated(self.transport.node_pool.all()[0].base_url):
            answer = super().perform_request(
                method, path, params=params, headers=headers, body=body, endpoint_id=endpoint_id, path_parts=path_parts
            )
            if path.endswith("/_msearch"):
                _raise_of_several(answer)
            return answer


def _raise_of_several(answer: Any) -> None:
    """Several searches in one call are answered 200 whatever became of each: raise the first one's error, as a call of
    its own would have."""
    for item in answer.body["responses"]:
        if "error" in item:
            meta = answer.meta
            own = ApiResponseMeta(item["status"], meta.http_version, meta.headers, meta.duration, meta.node)
            raise elasticsearch.ApiError(str(item["error"].get("type")), own, item)


def connect(settings: Settings, url: str) -> elasticsearch.Elasticsearch:
    """A client for the engine at ``url`` (several, comma-separated, are nodes of one cluster). Sends nothing yet.

    Credentials and CA come from the settings, or from the URL's user part. Raises ConfigurationError when they do not
    fit together. Its calls raise what `translated` says, other answers (400, 404, 409) as `elasticsearch.ApiError`.
    """
    hosts = [_with_port(part.strip()) for part in url.split(",") if part.strip()]
    try:
        return SearchClient(
            hosts,
            node_class=PlainNode,
            serializers={each.mimetype: each for each in (FastJson(), FastNdjson())},
            request_timeout=TIMEOUT,
            max_retries=2,
            connections_per_node=CONNECTIONS,
            **_credentials(settings),
            **_tls(settings, hosts),
        )
    except (ValueError, TypeError, OSError) as error:
        # The URL may carry a password, and the client's own message may repeat it.
        raise ConfigurationError(
            f"search engine: MECMUA_ELASTICSEARCH_URL or its credentials do not fit ({type(error).__name__}). "
            "Expected https://host:9200, and either an API key or a user name with a password."
        ) from None


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError("search engine: MECMUA_ELASTICSEARCH_URL must look like https://host:9200.")
    try:
        port = parts.port
    except ValueError:
        raise ConfigurationError("search engine: the port in MECMUA_ELASTICSEARCH_URL is not a number.") from None
    if port:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"))


def _credentials(settings: Settings) -> dict[str, Any]:
    if settings.elasticsearch_api_key:
        return {"api_key": settings.elasticsearch_api_key.get_secret_value()}
    if settings.elasticsearch_username:
        password = settings.elasticsearch_password
        return {"basic_auth": (settings.elasticsearch_username, password.get_secret_value() if password else "")}
    return {}


def _tls(settings: Settings, hosts: list[str]) -> dict[str, Any]:
    certificates = settings.elasticsearch_ca_certs
    if not certificates or not any(host.startswith("https:") for host in hosts):
        return {}
    if not certificates.exists():
        raise ConfigurationError(
            f"search engine: MECMUA_ELASTICSEARCH_CA_CERTS names {certificates}, which is missing."
        )
    return {"ca_certs": str(certificates)}


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turns the client's exceptions into Mecmua's.

    Unavailable: no answer, a timeout, 429, any 5xx, a full disk (writes blocked). ConfigurationError: 401, 403, a
    certificate that cannot be trusted, an answer that is no JSON. Other statuses pass as they are; callers read them.
    """
    try:
        yield
    except elastic_transport.TlsError as error:
        raise ConfigurationError(
            f"search engine at {where}: TLS fails: {_cause(error)}. "
            "Set MECMUA_ELASTICSEARCH_CA_CERTS to the CA's certificate, or check http against https in the URL."
        ) from error
    except (elastic_transport.ConnectionError, elastic_transport.ConnectionTimeout) as error:
        raise Unavailable(f"search engine at {where} gives no answer: {_cause(error)}. Is it running?") from error
    except elastic_transport.SerializationError as error:
        raise ConfigurationError(
            f"search engine at {where}: the answer is no JSON. Does MECMUA_ELASTICSEARCH_URL name a search engine?"
        ) from error
    except elasticsearch.ApiError as error:
        _raise_for(error, where)
        raise


def _raise_for(error: elasticsearch.ApiError, where: str) -> None:
    status = error.meta.status
    if any(sign in reason_of(error) for sign in TOO_MUCH):  # OpenSearch answers 500 to these
        return
    if status in _OVERLOADED or "cluster_block" in error.message:
        raise Unavailable(
            f"search engine at {where} cannot do it now: {status} {reason_of(error)}.", retry_after=_retry_after(error)
        ) from error
    if status in (401, 403):
        what = "refuses the credentials" if status == 401 else f"forbids it: {reason_of(error)}"
        raise ConfigurationError(
            f"search engine at {where} {what} ({status}). Check MECMUA_ELASTICSEARCH_API_KEY, or USERNAME and PASSWORD."
        ) from error


def reason_of(error: elasticsearch.ApiError) -> str:
    """What the engine gave as the reason, or the status's name where it gave none."""
    body = error.body if isinstance(error.body, dict) else {}
    problem = body.get("error")
    causes = problem.get("root_cause") if isinstance(problem, dict) else None
    if causes and isinstance(causes[0], dict):
        return f"{causes[0].get('type')}: {causes[0].get('reason')}"
    return str(error.message)[:500]


def _retry_after(error: elasticsearch.ApiError) -> float | None:
    value = error.meta.headers.get("retry-after") or ""
    return float(value) if value.isdigit() else None


def _cause(error: Exception) -> str:
    """The innermost of the client's nested errors; the outer ones only repeat it."""
    inner = (*getattr(error, "errors", ()), error.__cause__)[0]
    return _cause(inner) if isinstance(inner, Exception) else str(error) or type(error).__name__
