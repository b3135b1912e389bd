"""What a hostile site does, case by case, with what must become of each URL."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import brotli
import zstandard

from pipeline import demo
from tests.integration.raw_server import Call, Script, answer, chunk, head

MB = 1_000_000


@dataclass(frozen=True)
class Case:
    """One URL: what it answers, and its expected outcome with the beginning of its reason. ``silent`` ones cost the
    host's good name, so that only few of them may follow each other. ``more``: further paths that it needs."""

    name: str
    says: bytes | Script
    outcome: str
    reason: str | None = None
    silent: bool = False
    flags: frozenset[str] = frozenset()
    more: dict[str, bytes | Script] = field(default_factory=dict)


def article(name: str, extra: str = "") -> bytes:
    """A page with an article whose text is this case's own."""
    paragraphs = [
        f"Bu {name} başlıklı yazının {part}. paragrafı, bölgedeki gelişmeleri {len(name) * 7 + part} yönüyle ele "
        f"alıyor; {name} için {part} ayrı görüşmenin sonuçlarını ve {name} hakkındaki beklentileri değerlendiriyor."
        for part in range(5)
    ]
    made = demo.wrap(name, "Ayşe Demir", "2025-03-04T10:00:00+03:00", paragraphs, base_url="http://x", slug=name)
    return made.replace('href="http://x', 'href="').replace("</body>", f"{extra}</body>").encode()


def script(*pieces: bytes) -> Script:
    async def send(call: Call) -> None:
        await call.send(*pieces)

    return send


async def silent(call: Call) -> None:
    await asyncio.sleep(600)


async def drip_headers(call: Call) -> None:
    await call.send(b"HTTP/1.1 200 OK\r\nX: ")
    await call.drip(b"x", 0.5)


async def drip_body(call: Call) -> None:
    await call.send(head("200 OK", "Content-Type: text/html", "Content-Length: 1000000"))
    await call.drip(b"<p>x</p>", 0.5)


async def stalled(call: Call) -> None:
    await call.send(head("200 OK", "Content-Type: text/html", "Content-Length: 1000"), b"<p>")
    await asyncio.sleep(600)


async def continues(call: Call) -> None:
    await call.drip(head("100 Continue") * 20, 0.01)


async def endless(call: Call) -> None:
    await call.send(head("200 OK", "Content-Type: text/html"))
    while True:
        await call.send(b"<p>on and on</p>" * 5000)


async def endless_chunks(call: Call) -> None:
    await call.send(head("200 OK", "Content-Type: text/html", "Transfer-Encoding: chunked"))
    while True:
        await call.send(chunk(b"<p>on and on</p>" * 5000))


async def reset(call: Call) -> None:
    call.reset()


async def reset_once(call: Call) -> None:
    if call.count == 1:
        call.reset()
    else:
        await call.send(answer(article("reset-once")))


def moved(target: str) -> bytes:
    return head("302 Found", f"Location: {target}", "Content-Length: 0")


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


@cache
def bomb(name: str) -> bytes:
    zeros = b"<p>" + bytes(200 * MB)
    if name == "br":
        return brotli.compress(zeros, quality=1)
    if name == "zstd":
        return zstandard.ZstdCompressor().compress(zeros)
    return gzip.compress(zeros, 6)


def wire() -> Iterator[Case]:
    """Servers that do not speak, or not well."""
    for kind in (silent, drip_headers, drip_body, stalled, continues, reset):
        yield Case(kind.__name__.replace("_", "-"), kind, "deferred", silent=True)
    for name, said in {
        "ssh": b"SSH-2.0-OpenSSH_9.6\r\n",
        "nothing": b"",
        "no-headers": b"<html>no headers at all</html>",
        "header-flood": head("200 OK", *(f"X-{number}: {'y' * 50}" for number in range(5000))),
        "huge-header": head("200 OK", f"X-Big: {'y' * 300_000}"),
        "two-lengths": head("200 OK", "Content-Length: 5", "Content-Length: 6") + b"xxxxx",
        "negative-length": head("200 OK", "Content-Length: -1"),
    }.items():
        yield Case(name, script(said), "deferred", silent=True)
    yield Case("endless", endless, "rejected", "too_large")
    yield Case("endless-chunks", endless_chunks, "rejected", "too_large")
    yield Case("reset-once", reset_once, "new")


def framing() -> Iterator[Case]:
    """Bodies whose ends do not fit."""
    cut = frozenset({"truncated"})
    for name, flags, lines, wrap in (
        ("shorter-than-said", cut, ["Content-Length: 90000"], bytes),
        ("no-last-chunk", cut, ["Transfer-Encoding: chunked"], chunk),
        ("bad-chunk-size", cut, ["Transfer-Encoding: chunked"], lambda body: chunk(body) + b"zz\r\n"),
        ("chunked", frozenset[str](), ["Transfer-Encoding: chunked"], lambda body: chunk(body) + b"0\r\n\r\n"),
        ("no-length", frozenset[str](), ["Connection: close"], bytes),
    ):
        sent = head("200 OK", "Content-Type: text/html; charset=utf-8", *lines) + wrap(article(name))
        yield Case(name, script(sent), "new", flags=flags)
    body = article("http-1.0")
    yield Case("http-1.0", script(head("200 OK", "Content-Type: text/html", version="HTTP/1.0") + body), "new")
    for name, first, *lines in (
        ("spaced-header", "HTTP/1.1 200 OK", "Server : x"),
        ("php-in-header", "HTTP/1.1 200 OK", "<b>Warning</b>  Cannot modify header"),
        ("turkish-header", "HTTP/1.1 200 Başarılı", "Sunucu-İsmi: x"),
        ("early-hints", "HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK", "X: y"),
        ("lower-case-http", "http/1.1 200 OK", "X: y"),
        ("identity", "HTTP/1.1 200 OK", "Transfer-Encoding: identity"),
    ):
        said = article(name)
        fields = (first, *lines, "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(said)}", "", "")
        yield Case(name, script("\r\n".join(fields).encode() + said), "new")
    body = article("more-than-said")
    sent = head("200 OK", "Content-Type: text/html", f"Content-Length: {len(body)}") + body + b"<p>smuggled</p>"
    yield Case("more-than-said", script(sent), "new")


def encodings() -> Iterator[Case]:
    """Content encodings, and what hides in them."""
    packers = {"gzip": gzip.compress, "deflate": raw_deflate, "br": brotli.compress}
    packers["zstd"] = zstandard.ZstdCompressor().compress
    for name, pack in packers.items():
        yield Case(f"packed-{name}", answer(pack(article(f"packed-{name}")), Content_Encoding=name), "new")
    for name in ("gzip", "br", "zstd"):
        yield Case(f"bomb-{name}", answer(bomb(name), Content_Encoding=name), "rejected", "too_large")
    nested = answer(gzip.compress(bomb("gzip")), Content_Encoding="gzip, gzip")
    yield Case("bomb-in-bomb", nested, "rejected", "too_large")
    layers = answer(gzip.compress(b"x"), Content_Encoding=", ".join(["gzip"] * 100))
    yield Case("hundred-layers", layers, "rejected", "bad_encoding")
    yield Case("not-gzip", answer(article("not-gzip"), Content_Encoding="gzip"), "new")
    half = gzip.compress(article("half-gzip"))
    yield Case("half-gzip", answer(half[:-30], Content_Encoding="gzip"), "new", flags=frozenset({"truncated"}))


def types() -> Iterator[Case]:
    for kind in ("image/png", "video/mp4", "application/zip", "application/msword", "font/woff2"):
        name = f"type-{kind.rpartition('/')[2]}"
        yield Case(name, answer(b"x" * 1000, kind=kind), "rejected", "unwanted_type")
    yield Case("no-type", answer(article("no-type"), kind=None), "new")
    yield Case("odd-type", answer(article("odd-type"), kind="html"), "new")
    yield Case("not-a-pdf", answer(b"%PDF-1.7\ngarbage" * 50, kind="application/pdf"), "rejected", None)


def redirects(canary: int) -> Iterator[Case]:
    """Redirects; ``canary`` is the port of a server that nobody may reach."""
    yield Case("to-itself", moved("/to-itself"), "rejected", "redirects")
    yield Case("in-a-circle", moved("/circle"), "rejected", "redirects", more={"/circle": moved("/in-a-circle")})
    hops: dict[str, bytes | Script] = {f"/hop/{number}": moved(f"/hop/{number + 1}") for number in range(30)}
    yield Case("eleven", moved("/hop/0"), "rejected", "redirects", more=hops)
    ten: dict[str, bytes | Script] = {f"/ten/{number}": moved(f"/ten/{number + 1}") for number in range(1, 10)}
    yield Case("ten", moved("/ten/1"), "new", more={**ten, "/ten/10": answer(article("ten"))})
    reached = answer(article("yazı"), kind="text/html; charset=utf-8")
    yield Case("to-non-ascii", moved("/yazı"), "new", more={"/yaz%C4%B1": reached})
    yield Case("without-location", head("302 Found", "Content-Length: 0"), "rejected", "HTTP 302")
    yield Case("to-nonsense", moved("http://[::1/"), "rejected", "redirects")
    yield Case("to-elsewhere", moved("http://elsewhere.example/"), "out_of_scope")
    for name, target in {
        "loopback": f"http://127.0.0.1:{canary}/",
        "decimal": f"http://2130706433:{canary}/",
        "hexadecimal": f"http://0x7f.0.0.1:{canary}/",
        "octal": f"http://0177.0.0.1:{canary}/",
        "short": f"http://127.1:{canary}/",
        "zero": f"http://0.0.0.0:{canary}/",
        "localhost": f"http://localhost:{canary}/",
        "ipv6": f"http://[::1]:{canary}/",
        "mapped": f"http://[::ffff:127.0.0.1]:{canary}/",
        "compatible": f"http://[::127.0.0.1]:{canary}/",
        "nat64": "http://[64:ff9b::7f00:1]/",
        "digits": f"http://①②⑦.⓪.⓪.①:{canary}/",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "metadata-6": "http://[fd00:ec2::254]/",
        "private": "http://192.168.0.1/",
        "userinfo": f"http://user:secret@127.0.0.1:{canary}/",
        "backslash": f"http://good.example\\@127.0.0.1:{canary}/",
    }.items():
        yield Case(f"to-{name}", moved(target), "rejected", "forbidden_address")
    for scheme in ("file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "data:text/html,x"):
        yield Case(f"to-{scheme.partition(':')[0]}", moved(scheme), "rejected", "forbidden_scheme")


def statuses() -> Iterator[Case]:
    for status in ("404", "410"):
        yield Case(f"status-{status}", answer("gone", f"{status} x"), "gone", f"HTTP {status}")
    for status in ("401", "403", "451", "206", "204", "300"):
        yield Case(
            f"status-{status}", answer("" if status == "204" else "x", f"{status} x"), "rejected", f"HTTP {status}"
        )
    yield Case("status-304", head("304 Not Modified", "Content-Length: 0"), "rejected", "unasked_304")
    yield Case("status-500", answer("x", "500 x"), "deferred", "HTTP 500")
    yield Case("status-503-later", answer("x", "503 x", Retry_After="86400"), "deferred")
    yield Case("status-429-later", answer("x", "429 x", Retry_After="Wed, 01 Jan 2098 00:00:00 GMT"), "deferred")
    yield Case("status-429-odd", answer("x", "429 x", Retry_After="²"), "deferred", "HTTP 429")


def pages() -> Iterator[Case]:
    """Pages that are sound HTTP, and no article or one that is hard to read."""
    yield Case("robots-says-no", answer(article("robots-says-no")), "disallowed", "disallowed")
    noindex = answer(article("header-noindex"), X_Robots_Tag="noindex")
    yield Case("header-noindex", noindex, "disallowed", "noindex")
    meta = article("meta-noindex").replace(b"<head>", b'<head><meta name="robots" content="none">', 1)
    yield Case("meta-noindex", answer(meta), "disallowed", "noindex")
    attributes = "".join(f' a{number}="x"' for number in range(150_000))
    yield Case("attribute-bomb", answer(article("attribute-bomb", f"<b{attributes}>x</b>")), "new")
    deep = article("deep", "<div>" * 200_000)
    yield Case("deep", answer(deep), "*")
    yield Case("empty", answer(b""), "*")
    yield Case("nul", answer(article("nul").replace(b"<body", b"\x00<body", 1)), "new")
    latin = article("latin").decode().encode("iso-8859-9", "replace").replace(b"utf-8", b"iso-8859-9")
    yield Case("latin", answer(latin, kind="text/html; charset=iso-8859-1"), "new")
    utf8 = answer(article("mislabelled"), kind="text/html; charset=iso-8859-9")
    yield Case("mislabelled", utf8, "new")
    refresh = (
        b'<html><head><meta http-equiv="refresh" content="0; url=http://169.254.169.254/"></head><body></body></html>'
    )
    yield Case("meta-refresh", answer(refresh), "*")


def cases(canary: int) -> list[Case]:
    """All of them."""
    groups = (wire(), framing(), encodings(), types(), redirects(canary), statuses(), pages())
    return [case for group in groups for case in group]
