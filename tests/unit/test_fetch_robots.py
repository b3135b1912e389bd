"""robots.txt: RFC 9309, and what sites write instead."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch.robots import MAX_BYTES, judge, parse, token_of

SITE = "https://example.org"


def allows(text: str | bytes, path: str, token: str = "mecmua") -> bool:  # noqa: S107
    body = text.encode() if isinstance(text, str) else text
    return parse(body, token).allows(f"{SITE}{path}")


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/x", True),
        ("User-agent: *\nDisallow:", "/x", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),  # RFC 9309, 2.2.2
        ("User-agent: *\nDisallow: /a", "/abc", False),
        ("User-agent: *\nDisallow: /a/", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),  # the longest match wins …
        ("User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b/c", False),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),  # … and allow where they are equal
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("User-agent: *\nDisallow: /*?", "/x?y", False),
        ("User-agent: *\nDisallow: /*?", "/x", True),
        ("User-agent: *\nDisallow: /yazı", "/yaz%C4%B1", False),
        ("User-agent: *\nDisallow: /yaz%C4%B1", "/yazı", False),
        ("User-agent: other\nDisallow: /", "/x", True),
        ("User-agent: mecmua\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/x", True),  # our own group alone counts
        ("User-agent: *\nDisallow: /\n\nUser-agent: MECMUA\nDisallow: /a", "/a", False),
        ("User-agent: mecmua\nUser-agent: other\nDisallow: /a", "/a", False),
        ("User-agent: mecmua\nDisallow: /a\nUser-agent: mecmua\nDisallow: /b", "/a", False),  # groups are merged
        ("user-AGENT : *\n  disallow :/a  # why\n", "/a", False),
        ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\rDisallow: /a\r", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("\ufeff\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("Disallow: /a", "/a", True),  # a rule without a group
        ("<!doctype html><html><body>Not found</body></html>", "/x", True),
        ("User-agent: *\nDisallow: /a\nSitemap: https://example.org/s.xml\nDisallow: /b", "/b", False),
        ("User-agent: *\nCrawl-delay: 2\nDisallow: /b", "/b", False),
    ],
)
def test_what_is_allowed(text: str, path: str, allowed: bool) -> None:
    assert allows(text, path) is allowed


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be"])
def test_wide_letters_are_read(charset: str) -> None:
    text = "User-agent: *\nDisallow: /a"
    assert not allows(text.encode(charset), "/a")
    assert not allows(("\ufeff" + text).encode(charset), "/a")


def test_an_own_user_agent_has_an_own_group() -> None:
    text = "User-agent: kurumbot\nDisallow: /a\n\nUser-agent: mecmua\nDisallow: /b"
    assert (allows(text, "/a", "kurumbot"), allows(text, "/b", "kurumbot")) == (False, True)


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        ("mecmua/0.1.0 (+https://example.org)", "mecmua"),
        ("KurumBot/2.0; info@kurum.example", "kurumbot"),
        ("My-Bot_x", "my-bot_x"),
        ("007", "mecmua"),
    ],
)
def test_the_product_token_of_a_user_agent(agent: str, token: str) -> None:
    assert token_of(agent) == token


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 1\n\nUser-agent: mecmua\nCrawl-delay: 7", 7.0),
        ("User-agent: *\nRequest-rate: 1/5", 5.0),
        ("User-agent: *\nRequest-rate: 30/1m", 2.0),
        ("User-agent: *\nCrawl-delay: 3\nRequest-rate: 1/2", 3.0),  # the slower of both
        ("User-agent: *\nCrawl-delay: 2,5", 2.5),
        ("User-agent: *\nCrawl-delay: 5s", 5.0),
        ("User-agent: *\nCrawl-delay: 10 # slowly", 10.0),
        ("# pace\nCrawl-delay: 4\n\nUser-agent: *\nDisallow: /a", 4.0),
        ("User-agent: other\nCrawl-delay: 9\n\nUser-agent: *\nDisallow: /a", 0.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("User-agent: *\nCrawl-delay: -1", 0.0),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("User-agent: *\nCrawl-delay: inf", 0.0),
        ("User-agent: *\nRequest-rate: 0/0", 0.0),
        ("User-agent: *\nCrawl-delay: 86400", 86400.0),
    ],
)
def test_how_slowly(text: str, delay: float) -> None:
    assert parse(text.encode()).delay == delay


def test_sitemaps_are_named_once_and_absolute() -> None:
    text = "Sitemap: https://a.example/1.xml\nsitemap:https://a.example/1.xml\nSitemap: /rel.xml\nSitemap: ftp://x/y\n"
    assert parse(text.encode() + b"Sitemap: http://a.example/2.xml").sitemaps == (
        "https://a.example/1.xml",
        "http://a.example/2.xml",
    )


def test_relative_sitemaps_are_the_hosts() -> None:
    assert parse(b"Sitemap: /rel.xml", url="https://a.example/robots.txt").sitemaps == ("https://a.example/rel.xml",)


@pytest.mark.parametrize("status", [200, 203])
def test_rules_count_where_there_are_some(status: int) -> None:
    rules = judge(status, b"User-agent: *\nDisallow: /")
    assert rules is not None
    assert not rules.allows(f"{SITE}/x")


@pytest.mark.parametrize("status", [301, 304, 400, 401, 403, 404, 410, 451])
def test_no_robots_means_no_rules(status: int) -> None:
    rules = judge(status, b"User-agent: *\nDisallow: /")
    assert rules is not None
    assert rules.allows(f"{SITE}/x")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
def test_a_server_in_trouble_means_wait(status: int) -> None:
    assert judge(status, b"") is None


def test_a_huge_file_is_read_to_the_limit_and_no_rule_is_cut_in_two() -> None:
    line = b"Disallow: /private-directory\n"
    body = b"User-agent: *\nDisallow: /first\n" + line * (MAX_BYTES // len(line) + 10)
    assert len(body) > MAX_BYTES
    for cut in range(len(line)):
        padded = b"#" * cut + b"\n" + body
        rules = parse(padded)
        assert rules.allows(f"{SITE}/public"), "half of '/private-directory' would be '/p' or even '/'"
        assert not rules.allows(f"{SITE}/first")


def test_wildcards_cannot_hang_the_run() -> None:
    rules = parse(b"User-agent: *\nDisallow: /" + b"*a" * 200 + b"*b$\n")
    began = time.monotonic()
    assert rules.allows(f"{SITE}/{'a' * 3000}")
    assert time.monotonic() - began < 0.5


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_bytes_make_it_fail(body: bytes, path: str) -> None:
    rules = parse(body)
    assert rules.allows(f"{SITE}/{path}") in (True, False)
    assert rules.delay >= 0
