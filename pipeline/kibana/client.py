"""One call of a documented HTTP API, the import of saved objects, which Kibana and OpenSearch Dashboards share.

Source of the rules (path, `overwrite`, the header against forgery, the form of the answer): Kibana API reference,
"Import saved objects", POST /api/saved_objects/_import. OpenSearch Dashboards differs in the header's name, and with
its security plugin in tenants: without a word on it, objects go to the caller's own, where nobody else sees them.
Neither minds the other's headers, so all go to both.
"""

from __future__ import annotations

import base64
import json
import ssl
import uuid
from typing import Any
from urllib.parse import urlsplit

import httpcore

from pipeline.errors import ConfigurationError, Unavailable
from pipeline.settings import VERSION, Settings

#: Seconds. Kibana's first import after a start builds its own indexes, which takes it most of a minute on a laptop.
_TIMEOUTS = {"connect": 10.0, "read": 120.0, "write": 30.0, "pool": 10.0}


def import_objects(settings: Settings, ndjson: bytes) -> None:
    """Write these objects over whatever has their ids.

    Raises ConfigurationError where settings or rights are wrong, and Unavailable where trying later may help.
    """
    if not settings.kibana_url:
        raise ConfigurationError("no Kibana is set; set MECMUA_KIBANA_URL, for example to http://localhost:5601")
    answer = _import(settings, ndjson)
    if not answer.get("success"):
        raise ConfigurationError(
            f"Kibana refused saved objects: {_refusals(answer)}. Is it Kibana 8.8 or newer, or OpenSearch Dashboards 2?"
        )


def _import(settings: Settings, ndjson: bytes) -> dict[str, Any]:
    base = str(settings.kibana_url).rstrip("/")
    boundary = uuid.uuid4().hex
    headers = {
        "kbn-xsrf": "mecmua",
        "osd-xsrf": "mecmua",
        "securitytenant": "global",
        "User-Agent": f"mecmua/{VERSION}",
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        **_authorization(settings),
    }
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="mecmua.ndjson"\r\n'
        f"Content-Type: application/ndjson\r\n\r\n"
    ).encode()
    body += ndjson + f"\r\n--{boundary}--\r\n".encode()
    response = _post(settings, f"{base}/api/saved_objects/_import?overwrite=true", headers, body)
    return _read(base, response)


def _authorization(settings: Settings) -> dict[str, str]:
    if settings.kibana_api_key:
        return {"Authorization": f"ApiKey {settings.kibana_api_key.get_secret_value()}"}
    if settings.elasticsearch_username and settings.elasticsearch_password:
        pair = f"{settings.elasticsearch_username}:{settings.elasticsearch_password.get_secret_value()}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _post(settings: Settings, url: str, headers: dict[str, str], body: bytes) -> httpcore.Response:
    """The answer to one POST; the network's exceptions become ours."""
    base = settings.kibana_url
    if not urlsplit(url).hostname:
        raise ConfigurationError(f"MECMUA_KIBANA_URL '{base}' names no host; write http://host:5601 or https://host")
    try:
        with httpcore.ConnectionPool(ssl_context=_tls(settings)) as pool:
            return pool.request(
                "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": _TIMEOUTS}
            )
    except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError, ValueError) as error:
        raise ConfigurationError(
            f"MECMUA_KIBANA_URL '{base}' cannot be used: {error}; write http://host:5601"
        ) from error
    except httpcore.ConnectError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise ConfigurationError(
                f"Kibana's certificate at {base} is not trusted; set MECMUA_ELASTICSEARCH_CA_CERTS to its CA's file"
            ) from error
        raise Unavailable(f"Kibana at {base} cannot be reached ({error}); is it started?") from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        reason = str(error) or type(error).__name__
        raise Unavailable(f"Kibana at {base} broke off ({reason}); try again when it is ready") from error


def _tls(settings: Settings) -> ssl.SSLContext:
    file = settings.elasticsearch_ca_certs
    try:
        return ssl.create_default_context(cafile=str(file) if file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"MECMUA_ELASTICSEARCH_CA_CERTS: {file} is no readable CA file ({error})") from error


def _read(base: str, response: httpcore.Response) -> dict[str, Any]:
    """The JSON of a good answer. Raises what the status asks of the caller."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    try:
        answer = json.loads(response.content)
    except ValueError:
        answer = None
    said = answer.get("message", "") if isinstance(answer, dict) else ""
    status = response.status
    if status == 200 and isinstance(answer, dict) and "success" in answer:
        return answer
    if status in (429, 502, 503, 504) or status >= 500:
        after = headers.get("retry-after", "")
        raise Unavailable(
            f"Kibana at {base} answers {status} {said}".rstrip() + "; try again when it is ready",
            retry_after=float(after) if after.isdigit() else None,
        )
    raise ConfigurationError(_remedy(base, status, said, headers.get("location", "")))


def _remedy(base: str, status: int, said: str, location: str) -> str:
    answers = f"Kibana at {base} answers {status}{f' ({said})' if said else ''}"
    if status == 401:
        return f"{answers}; set MECMUA_KIBANA_API_KEY, or MECMUA_ELASTICSEARCH_USERNAME and _PASSWORD"
    if status == 403:
        return f"{answers}; give that user or key Kibana's 'Saved Objects Management' and 'Discover' privileges"
    if location:
        return f"{answers} and points to {location}; put the address that Kibana itself answers in MECMUA_KIBANA_URL"
    if status in (200, 404):
        return f"what answers at {base} is not Kibana's API ({status}); correct MECMUA_KIBANA_URL (with its base path)"
    return f"{answers}; it did not take the saved objects"


def _refusals(answer: dict[str, Any]) -> str:
    errors = answer.get("errors") or []
    return "; ".join(
        f"{each.get('type')} {each.get('id')}: {each.get('error', {}).get('type', 'unknown error')}" for each in errors
    ) or json.dumps(answer)
