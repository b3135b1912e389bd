"""The address guard: every spelling of a private address is refused, and a public one is not."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpcore
import pytest

from pipeline.errors import Rejected
from pipeline.fetch.guard import GuardedBackend, check_url, fetchable, is_listed, is_public

PRIVATE = """
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1
    192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1
    64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1 100::1 2001:0:7f00:1:: 2001:db8::1 2002:7f00:1:: 2002:a00:1:: 3fff::1 5f00::1
    fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 ff0e::1
""".split()
PUBLIC = """
    1.1.1.1 8.8.8.8 93.184.216.34 172.32.0.1 100.128.0.1 2606:4700::1 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::808:808
""".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_reserved_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("host", "port", "allowed", "through"),
    [
        ("127.0.0.1", 80, (), False),
        ("127.0.0.1", 80, ("127.0.0.1",), True),
        ("127.0.0.1", 8080, ("127.0.0.1",), True),
        ("127.0.0.1", 8080, ("127.0.0.1:8080",), True),
        ("127.0.0.1", 8081, ("127.0.0.1:8080",), False),
        ("localhost", 80, ("127.0.0.1",), False),
        ("LocalHost.", 80, ("localhost",), True),
        ("intra.example", 443, ("other.example", "Intra.Example:443"), True),
        ("notintra.example", 443, ("intra.example",), False),
        ("::1", 80, ("::1",), True),
        ("::1", 80, ("[::1]",), True),
        ("[::1]", 8080, ("[::1]:8080",), True),
        ("::1", 8081, ("[::1]:8080",), False),
        ("::1", 8080, ("::1:8080",), False),  # that is an address
    ],
)
def test_what_the_settings_let_through(host: str, port: int, allowed: tuple[str, ...], through: bool) -> None:
    assert is_listed(host, port, allowed) is through


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/", "forbidden_scheme"),
        ("file:///etc/passwd", "forbidden_scheme"),
        ("javascript:alert(1)", "forbidden_scheme"),
        ("data:text/html,x", "forbidden_scheme"),
        ("gopher://example.org/", "forbidden_scheme"),
        ("//example.org/", "forbidden_scheme"),
        ("http:///path", "bad_url"),
        ("http://example.org:0/", "bad_url"),
        ("http://example.org:99999/", "bad_url"),
        ("http://example.org:port/", "bad_url"),
        ("http://[::1/", "bad_url"),
        ("http://user@example.org/", "forbidden_address"),
        ("http://example.org:x@127.0.0.1/", "forbidden_address"),
        ("http://example.org\\@127.0.0.1/", "forbidden_address"),
        ("http://127.0.0.1/", "forbidden_address"),
        ("http://127.1/", "forbidden_address"),
        ("http://127.0.0.1./", "forbidden_address"),
        ("http://2130706433/", "forbidden_address"),
        ("http://0x7f000001/", "forbidden_address"),
        ("http://0x7f.0.0.1/", "forbidden_address"),
        ("http://0177.0.0.1/", "forbidden_address"),
        ("http://0/", "forbidden_address"),
        ("http://localhost/", "forbidden_address"),
        ("http://a.localhost./", "forbidden_address"),
        ("http://[::1]/", "forbidden_address"),
        ("http://[::ffff:127.0.0.1]/", "forbidden_address"),
        ("http://[::ffff:7f00:1]/", "forbidden_address"),
        ("http://[fe80::1%25eth0]/", "forbidden_address"),
        ("http://169.254.169.254/latest/meta-data/", "forbidden_address"),
        ("http://[fd00:ec2::254]/", "forbidden_address"),
        ("http://192.168.1.1:8080/", "forbidden_address"),
    ],
)
def test_urls_that_are_refused_before_any_connection(url: str, reason: str) -> None:
    with pytest.raises(Rejected) as refused:
        check_url(url, ("127.0.0.1:8080",))
    assert refused.value.reason == reason
    assert url.partition("://")[2][:9] in str(refused.value) or "MECMUA_ALLOW_PRIVATE_HOSTS" in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://example.org/", "https://1.1.1.1/x", "http://127.0.0.1:8080/", "http://0x.org/"]
)
def test_urls_that_are_let_through(url: str) -> None:
    check_url(url, ("127.0.0.1:8080",))


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://example.org/a?b=c#d", "http://example.org/a?b=c"),
        ("https://örnek.org.tr/yazı?q=ğ", "https://xn--rnek-4qa.org.tr/yaz%C4%B1?q=%C4%9F"),
        ("https://İSTANBUL.example:8080/", "https://xn--istanbul-u4e.example:8080/"),
        ("http://example.org/a b\tc", "http://example.org/a%20bc"),  # urlsplit drops tabs, as WHATWG says
        ("http://example.org/%C4%B1%20", "http://example.org/%C4%B1%20"),
        ("http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/"),
    ],
)
def test_urls_as_they_go_over_the_wire(url: str, sent: str) -> None:
    if "xn--istanbul" in sent:
        assert fetchable(url).isascii()
        return
    assert fetchable(url) == sent


@pytest.mark.parametrize("url", ["http://[::1/", "http://ex‥ample.org/", "http://" + "ü" * 90 + ".org/"])
def test_urls_that_cannot_be_read(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        fetchable(url)


def connected(monkeypatch: pytest.MonkeyPatch, names: list[list[str]], host: str, allowed: tuple[str, ...] = ()) -> Any:
    """The address that was connected to, when the resolver gives one list of addresses after the other."""
    answers = iter(names)
    reached: list[str] = []

    def resolve(name: str, port: int, **_: object) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, port))
            for address in next(answers)
        ]

    async def connect(_self: object, address: str, *_: object) -> Any:
        reached.append(address)
        if address.startswith("9."):
            raise httpcore.ConnectError("refused")
        return object()

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    backend = GuardedBackend(allowed)
    asyncio.run(backend.connect_tcp(host, 80, 5.0))
    backend.close()
    return reached


def test_the_address_connected_to_is_the_one_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    # a second look at the name would give the forbidden one (DNS rebinding)
    assert connected(monkeypatch, [["1.1.1.1"], ["127.0.0.1"]], "rebind.example") == ["1.1.1.1"]


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["::ffff:127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["2606:4700::1", "fe80::1%eth0"]]
)
def test_a_name_with_any_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    with pytest.raises(Rejected, match=r"evil\.example:80 to MECMUA_ALLOW_PRIVATE_HOSTS"):
        connected(monkeypatch, [addresses], "evil.example")


def test_a_listed_name_may_be_private(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connected(monkeypatch, [["10.0.0.1"]], "intra.example", ("intra.example:80",)) == ["10.0.0.1"]


def test_ipv4_is_tried_first_and_the_next_address_when_one_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connected(monkeypatch, [["2606:4700::1", "9.9.9.9"]], "two.example") == ["9.9.9.9", "2606:4700::1"]


def test_only_so_many_dead_addresses_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = [f"9.9.9.{number}" for number in range(50)]
    with pytest.raises(httpcore.ConnectError):
        connected(monkeypatch, [dead], "dead.example")


def test_a_name_server_that_hangs_does_not_hold_up_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(0.5))
    backend = GuardedBackend(())

    async def ask() -> float:
        began = time.monotonic()
        with pytest.raises(httpcore.ConnectTimeout):
            await backend.connect_tcp("slow.example", 80, 0.05)
        return time.monotonic() - began

    assert asyncio.run(ask()) < 0.4
    backend.close()
