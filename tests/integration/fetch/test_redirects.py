"""Redirects: followed so far, and never to an address that is refused."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import pytest

from tests.integration.fetch.fetching import Rig, moved
from tests.integration.raw_server import RawSite, answer, serving


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_redirects_are_followed_and_every_hop_is_archived(rig: Rig, site: RawSite, status: str) -> None:
    site.answers |= {"/a": moved("/b?x=1", status), "/b?x=1": moved(f"//127.0.0.1:{site.port}/c"), "/c": answer("c")}
    got = rig.response(f"{site.url}/a")
    assert (got.url, got.final_url) == (f"{site.url}/a", f"{site.url}/c")
    assert got.redirects == (f"{site.url}/a", f"{site.url}/b?x=1")
    assert [path for _, path, _ in rig.archived()] == ["/robots.txt", "/a", "/b?x=1", "/c"]


def test_ten_redirects_are_followed_and_eleven_are_not(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": moved(f"/{number + 1}") for number in range(20)} | {"/20": answer("end")}
    assert rig.response(f"{site.url}/10").final_url.endswith("/20")
    assert rig.rejected(f"{site.url}/9").reason == "redirects"
    assert len([path for path in site.paths() if path != "/robots.txt"]) == 22


@pytest.mark.parametrize("loop", [{"/a": "/a"}, {"/a": "/b", "/b": "/a"}, {"/a": "/a#x"}])
def test_circles_are_noticed(rig: Rig, site: RawSite, loop: dict[str, str]) -> None:
    site.answers |= {path: moved(target) for path, target in loop.items()}
    assert rig.rejected(f"{site.url}/a").reason == "redirects"
    assert len(site.log) <= 3


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/yazı-ğ", "/yaz%C4%B1-%C4%9F"),
        ("/with space", "/with%20space"),
        ("?page=2", "/a?page=2"),
        ("../up", "/up"),
        ("/b#part", "/b"),
        ("  /b  ", "/b"),
        ("", None),
    ],
)
def test_locations_in_every_form(rig: Rig, site: RawSite, target: str, path: str | None) -> None:
    site.answers |= {"/a": moved(target)} | ({path: answer("here")} if path else {})
    got = rig.response(f"{site.url}/a")
    assert (got.status, got.final_url) == ((200, site.url + path) if path else (302, f"{site.url}/a"))


FORBIDDEN = """
    http://127.0.0.1:{other}/ http://127.1:{other}/ http://2130706433:{other}/ http://0x7f000001:{other}/
    http://0177.0.0.1:{other}/ http://0:{other}/ http://0.0.0.0:{other}/ http://localhost:{other}/
    http://LOCALHOST.:{other}/ http://x.localhost:{other}/ http://[::1]:{other}/ http://[::ffff:127.0.0.1]:{other}/
    http://[::ffff:7f00:1]:{other}/ http://[::127.0.0.1]:{other}/ http://[64:ff9b::7f00:1]/ http://①②⑦.⓪.⓪.①:{other}/
    http://10.0.0.1/ http://192.168.0.1/ http://172.16.0.1/ http://100.64.0.1/ http://169.254.169.254/latest/meta-data/
    http://[fd00:ec2::254]/ http://[fe80::1%25lo]/ http://user:pass@127.0.0.1:{port}/ http://127.0.0.1:{port}@127.0.0.1/
    http://evil@127.0.0.1:{other}/ //127.0.0.1:{other}/ http://127.0.0.1:{other}\\@example.org/
""".split()


@pytest.mark.parametrize("target", FORBIDDEN)
def test_redirects_to_forbidden_addresses_are_refused_before_any_connection(
    rig: Rig, site: RawSite, target: str
) -> None:
    with serving() as other:
        rig.allowed = (f"127.0.0.1:{site.port}",)  # that port alone
        site.answers["/a"] = moved(target.format(other=other.port, port=site.port))
        assert rig.rejected(f"{site.url}/a").reason in ("forbidden_address", "bad_url", "redirects")
        assert other.connections == 0


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "data:,x", "gopher://x/"]
)
def test_redirects_to_other_schemes_are_refused(rig: Rig, site: RawSite, target: str) -> None:
    site.answers["/a"] = moved(target)
    assert rig.rejected(f"{site.url}/a").reason == "forbidden_scheme"


@pytest.mark.parametrize(
    "target", ["http://[::1/", "http://exa mple:port/", "http://a:99999/", "http://" + "ü" * 90 + ".org/"]
)
def test_locations_that_cannot_be_read(rig: Rig, site: RawSite, target: str) -> None:
    site.answers["/a"] = moved(target)
    assert rig.rejected(f"{site.url}/a").reason in ("redirects", "bad_url")


def resolving(monkeypatch: pytest.MonkeyPatch, names: dict[str, Sequence[str]]) -> list[str]:
    """Answer for these names (one address after the other), and say which names were asked for."""
    real, asked = socket.getaddrinfo, []
    left = {name: list(addresses) for name, addresses in names.items()}

    def resolve(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host in left:
            asked.append(host)
            host = left[host].pop(0) if len(left[host]) > 1 else left[host][0]
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def test_a_name_that_turns_private_is_refused_at_its_next_connection(
    rig: Rig, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as other:
        rig.allowed = (f"127.0.0.1:{site.port}",)
        resolving(monkeypatch, {"rebind.example": ["127.0.0.1"]})
        site.answers["/a"] = moved(f"http://rebind.example:{other.port}/")
        error = rig.rejected(f"{site.url}/a")
        assert error.reason == "forbidden_address"
        assert "rebind.example is 127.0.0.1" in str(error)
        assert other.connections == 0


def test_redirects_to_another_host_have_their_own_robots_and_may_be_refused_by_scope(
    rig: Rig, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as other:
        other.answers |= {"/robots.txt": answer("User-agent: *\nDisallow: /no", kind="text/plain"), "/yes": answer("y")}
        site.answers |= {"/a": moved(f"{other.url}/yes"), "/b": moved(f"{other.url}/no")}
        assert rig.response(f"{site.url}/a").final_url == f"{other.url}/yes"
        assert rig.rejected(f"{site.url}/b").reason == "disallowed"
        seen = len(other.log)
        assert rig.rejected(f"{site.url}/a", stay=lambda url: url.startswith(site.url)).reason == "out_of_scope"
        assert len(other.log) == seen


def test_ipv6(rig: Rig) -> None:
    try:
        with serving(host="::1") as site:
            site.answers["/a"] = answer("well")
            assert rig.response(f"{site.url}/a").status == 200
            assert site.log[-1][2]["host"] == f"[::1]:{site.port}"
            rig.allowed = (f"[::1]:{site.port}",)
            assert rig.response(f"{site.url}/a").status == 200
            rig.allowed = (f"[::1]:{site.port + 1}",)
            assert rig.rejected(f"{site.url}/a").reason == "forbidden_address"
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback ({error})")


def test_the_port_alone_that_is_listed(rig: Rig, site: RawSite) -> None:
    rig.allowed = (f"127.0.0.1:{site.port + 1}",)
    assert rig.rejected(f"{site.url}/a").reason == "forbidden_address"
    assert site.connections == 0
