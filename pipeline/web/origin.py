"""Who may change something: only Mecmua's own page, opened under a name that is Mecmua's.

A form of a stranger's page can be sent here from a reader's browser (CSRF), and a stranger's name can be made to lead
to this machine (DNS rebinding). Browsers say where a request comes from (Sec-Fetch-Site, Origin: Fetch standard), and
under which name they think they are talking to us (Host), so no token has to be kept.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from pipeline.errors import QueryError


class Forbidden(QueryError):
    """A change was asked for from elsewhere (HTTP 403)."""


def check_origin(headers: Mapping[str, str], hosts: Iterable[str]) -> None:
    """Raises Forbidden unless a request comes from our own page under an address, ``localhost`` or one of ``hosts``."""
    host = headers.get("host", "").lower()
    origin = headers.get("origin")
    same = urlsplit(origin).netloc == host if origin else headers.get("sec-fetch-site") == "same-origin"
    if not same or headers.get("sec-fetch-site", "same-origin") != "same-origin" or not _is_ours(host, hosts):
        raise Forbidden(
            "This was not sent from Mecmua's own page. Open the page under its own name (MECMUA_SERVE_HOSTS names it)."
        )


def _is_ours(host: str, hosts: Iterable[str]) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    return name == "localhost" or name in hosts or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
