"""Which URLs belong to a source. Pure functions; nothing here resolves or requests a name."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

import idna

from pipeline.models import Source

_DEFAULT_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=1024)
def hosts_of(source: Source) -> frozenset[str]:
    """The source's own hosts, lower case and IDNA: those it lists and its homepage's, each with its ``www.`` twin.

    An entry is ``host`` (any port) or ``host:port`` (that port alone).
    """
    homepage = urlsplit(source.homepage)
    own = {_authority(homepage.scheme, homepage.hostname or "", homepage.port)}
    own.update(_ascii(host) for host in source.hosts)
    return frozenset(twin for host in own for twin in (host, *_twin(host)))


def is_own_host(source: Source, url: str) -> bool:
    """Whether an http(s) URL is on one of the source's own hosts; one that cannot be read is not."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme.lower()]
    except (ValueError, KeyError):
        return False
    host = _ascii(parts.hostname or "")
    return not hosts_of(source).isdisjoint((host, f"{host}:{port}"))


def in_scope(source: Source, url: str) -> bool:
    """Whether a URL is the source's: on an own host, found by an ``allow`` rule if there are any, and by no ``deny``.

    Rules are regular expressions searched anywhere in the URL.
    """
    if not is_own_host(source, url):
        return False
    allowed = not source.allow or any(re.search(rule, url) for rule in source.allow)
    return allowed and not is_denied(source, url)


def is_denied(source: Source, url: str) -> bool:
    """Whether a ``deny`` rule is found in a URL."""
    return any(re.search(rule, url) for rule in source.deny)


def _authority(scheme: str, hostname: str, port: int | None) -> str:
    host = _ascii(hostname)
    return host if port in (None, _DEFAULT_PORTS.get(scheme.lower())) else f"{host}:{port}"


def _ascii(host: str) -> str:
    """A host as URLs spell it: lower case, no final dot, IDNA (UTS 46, as in `pipeline.urls`), IPv6 in brackets; what
    IDNA refuses stays as it is."""
    host = host.lower().rstrip(".")
    if host.isascii():
        return f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
    name, colon, port = host.partition(":")
    try:
        return idna.encode(name, uts46=True).decode("ascii") + colon + port
    except UnicodeError:  # idna.IDNAError is one
        return host


def _twin(host: str) -> tuple[str, ...]:
    """example.org for www.example.org and the other way round; none for addresses and single labels."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if _is_address(name) or "." not in name:
        return ()
    return (host.removeprefix("www."),) if host.startswith("www.") else (f"www.{host}",)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
