"""The address guard: what may be connected to, decided on the address itself, at the moment of connecting.

Checking a name beforehand is not enough (DNS rebinding), and neither is reading the URL (decimal, octal, IPv4-mapped
and userinfo forms): so the network backend resolves, checks and connects to the checked address in one place.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import anyio
import httpcore
import idna
from httpcore import SOCKET_OPTION

from pipeline.errors import Rejected
from pipeline.fetch.mending import MendedStream

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out; mapped and local forms lie outside
_DOCUMENTATION = ipaddress.IPv6Network("3fff::/20")  # RFC 9637, newer than Python's own list
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_ADDRESSES = 4


def is_public(address: str) -> bool:
    """True for an address of the public internet, whatever IPv4 address an IPv6 one carries inside."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if ip in _NAT64:
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(str(inner))
    return ip in _GLOBAL_UNICAST and ip.is_global and ip not in _DOCUMENTATION


def is_listed(host: str, port: int, allowed: Iterable[str]) -> bool:
    """True when a setting lets this host through: ``host`` for every port, ``host:port`` for that one.

    An IPv6 address with a port is written in brackets.
    """
    bare = host.strip("[]").lower().rstrip(".")
    return any(
        entry.lower() in (bare, f"[{bare}]", f"{bare}:{port}" if ":" not in bare else "", f"[{bare}]:{port}")
        for entry in allowed
    )


def port_of(url: str) -> int:
    """The port that a URL leads to. Raises ValueError for one that is no number."""
    parts = urlsplit(url)
    return parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)


def fetchable(url: str) -> str:
    """A URL as it goes over the wire: without fragment, its host in IDNA, the rest percent-encoded (RFC 3986).

    Raises ValueError for one that cannot be read.
    """
    bare = url.partition("#")[0].strip()
    parts = urlsplit(bare)
    authority = parts.netloc
    host = parts.hostname or ""
    if not host.isascii():
        authority = authority.lower().replace(host, _idna(host))
    return parts._replace(netloc=_escaped(authority), path=_escaped(parts.path), query=_escaped(parts.query)).geturl()


def _idna(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{host!r} is no host name ({error})") from error


def _escaped(text: str) -> str:
    return "".join(char if "!" <= char <= "~" else "".join(f"%{b:02X}" for b in char.encode()) for char in text)


def check_url(url: str, allowed: Iterable[str] | None = None) -> None:
    """Refuse what is no plain web address. With `allowed` also what says itself that it leads to a private address that
    is not listed; names are not resolved here.

    Raises Rejected (forbidden_scheme, forbidden_address, bad_url).
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Rejected("bad_url", f"{url}: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise Rejected("forbidden_scheme", f"{url}: only http and https are fetched")
    if not parts.hostname or port == 0:
        raise Rejected("bad_url", f"{url}: names no {'port' if parts.hostname else 'host'}")
    if parts.username is not None or parts.password is not None:
        raise Rejected("forbidden_address", f"{url}: carries a user name")
    if allowed is None or is_listed(parts.hostname, port_of(url), allowed):
        return
    literal = _literal(parts.hostname)
    if literal and not is_public(literal):
        raise _forbidden(parts.hostname, literal, port_of(url))


def _literal(host: str) -> str | None:
    """The address that a host spells, in any of the forms that resolvers take (127.1, 0x7f.1, 2130706433, ::1 …)."""
    name = host.partition("%")[0].rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, 6.3
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(name)) if name[:1].isdigit() else None
    except OSError:
        return None


def _forbidden(host: str, address: str, port: int) -> Rejected:
    entry = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Rejected(
        "forbidden_address",
        f"{host} is {address}, a private or reserved address. "
        f"If you mean it, add {entry} to MECMUA_ALLOW_PRIVATE_HOSTS.",
    )


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for the client, to public addresses and those that the settings list, and to no others."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = tuple(allowed)
        self._inner = httpcore.AnyIOBackend()
        # Names are asked for in threads of their own: a dead name server must not hold up those that write to disk.
        self._resolvers = ThreadPoolExecutor(16, thread_name_prefix="resolver")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host, port, timeout)
        if not is_listed(host, port, self._allowed):
            forbidden = next((address for address in addresses if not is_public(address)), None)
            if forbidden:
                raise _forbidden(host, forbidden, port)
        error: Exception | None = None
        for address in addresses[:_MAX_ADDRESSES]:
            try:
                stream = await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
                return MendedStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failure:
                error = failure
        raise error or httpcore.ConnectError(f"{host}: no address")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[SOCKET_OPTION] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise Rejected("forbidden_address", f"{path}: sockets of this machine are not fetched")

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    def close(self) -> None:
        """Let go of the threads that resolve names; one that still waits for an answer ends by itself."""
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def _resolve(self, host: str, port: int, timeout: float | None) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            asked = loop.run_in_executor(
                self._resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
            found = await asyncio.wait_for(asked, timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host}: its name server does not answer") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host}: the name cannot be resolved ({error})") from error
        # IPv4 first: a machine without IPv6 otherwise waits for a connection that cannot come about
        ordered = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)
        return list(dict.fromkeys(str(entry[4][0]) for entry in ordered))
