"""The address guard: what may be connected to, decided on the address itself, at the moment of connecting.

Checking a name beforehand is not enough (DNS rebinding), and neither is reading the URL (decimal, octal, IPv4-mapped
and userinfo forms): so the network backend resolves, checks and connects to the checked address in one place.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import anyio
import httpcore
from httpcore import SOCKET_OPTION

from pipeline.errors import Rejected

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


def is_public(address: str) -> bool:
    """True for an address of the public internet, whatever IPv4 address an IPv6 one carries inside."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return ip.is_global and not ip.is_multicast


def is_listed(host: str, port: int, allowed: Iterable[str]) -> bool:
    """True when a setting lets this host through: ``host`` for every port, ``host:port`` for that one."""
    bare = host.strip("[]").lower()
    return any(entry.lower().strip("[]") == bare or entry.lower() == f"{host.lower()}:{port}" for entry in allowed)


def check_url(url: str) -> None:
    """Refuse what is no plain web address. Raises Rejected (forbidden_scheme, forbidden_address, bad_url)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Rejected("bad_url", f"{url}: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise Rejected("forbidden_scheme", f"{url}: only http and https are fetched")
    if not parts.hostname:
        raise Rejected("bad_url", f"{url}: names no host")
    if parts.username is not None or parts.password is not None:
        raise Rejected("forbidden_address", f"{url}: carries a user name")
    if port == 0:
        raise Rejected("bad_url", f"{url}: port 0")


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for the client, to public addresses and those that the settings list, and to no others."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = tuple(allowed)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await _resolve(host, port)
        if not is_listed(host, port, self._allowed):
            forbidden = next((address for address in addresses if not is_public(address)), None)
            if forbidden:
                raise Rejected(
                    "forbidden_address",
                    f"{host} is {forbidden}, a private or reserved address. "
                    f"If you mean it, add {host}:{port} to MECMUA_ALLOW_PRIVATE_HOSTS.",
                )
        error: Exception | None = None
        for address in addresses[:4]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failure:
                error = failure
        raise error or httpcore.ConnectError(f"{host}: no address")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[SOCKET_OPTION] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise Rejected("forbidden_address", f"{path}: sockets of this machine are not fetched")

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


async def _resolve(host: str, port: int) -> list[str]:
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host}: the name cannot be resolved ({error})") from error
    # IPv4 first: a machine without IPv6 otherwise waits for a connection that cannot come about
    ordered = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)
    return list(dict.fromkeys(str(entry[4][0]) for entry in ordered))
