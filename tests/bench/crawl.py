"""How fast a whole crawl is, beside the bare extraction of the same pages: ``python -m tests.bench.crawl [--pages N]``.

Recorded pages, each several times with other words, are served on loopback by a few hosts without
delay; ``mecmua crawl`` fetches, archives, reads and indexes them. Beside it stands what bare processes, one a core,
need that only hand these to ``trafilatura.bare_extraction`` and ``langdetect``: no network, archive, state or index.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import multiprocessing
import os
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import trafilatura
from langdetect import detect

from pipeline import engine
from pipeline.settings import Settings
from tests.bench import pages
from tests.integration.runs import Mecmua, source_file

HOSTS = 4


def made(count: int) -> list[bytes]:
    """So many pages: the recorded ones over and over, with other words in their paragraphs: no two are copies."""
    golds = [*pages.benchmark(), *pages.publishers()]
    return [_retold(golds[number % len(golds)].page.body, random.Random(number)) for number in range(count)]


def _retold(body: bytes, chance: random.Random) -> bytes:
    words = _words(chance.choice(("tr", "en")))

    def told(found: re.Match[bytes]) -> bytes:
        return found[1] + " ".join(chance.choices(words, k=max(1, len(found[2]) // 7))).encode() + b".</p>"

    return re.sub(rb"(<p(?:\s[^>]*)?>)(.*?)</p>", told, body, flags=re.DOTALL)


@cache
def _words(language: str) -> list[str]:
    return (pages.CORPUS / "languages" / f"{language}.txt").read_text("utf-8").split()


async def _serve(bodies: Sequence[bytes], told: Connection) -> None:
    parts = [bodies[host::HOSTS] for host in range(HOSTS)]
    answers: list[dict[bytes, bytes]] = [{} for _ in parts]

    async def answer(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                found = answers[number].get(head.split(b" ", 2)[1])
                status, body = (b"200 OK", found) if found is not None else (b"404 Not Found", b"")
                kind = b"application/xml" if body.startswith(b"<urlset") else b"text/html"
                writer.write(
                    b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (status, kind, len(body), body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    ports = []
    for number, part in enumerate(parts):
        server = await asyncio.start_server(lambda r, w, n=number: answer(n, r, w), "127.0.0.1", 0, limit=2**20)
        port = server.sockets[0].getsockname()[1]
        answers[number] = {f"/yazi-{index}.html".encode(): body for index, body in enumerate(part)}
        root = f"http://127.0.0.1:{port}"
        entries = "".join(f"<url><loc>{root}/yazi-{index}.html</loc></url>" for index in range(len(part)))
        answers[number][b"/sitemap.xml"] = f"<urlset>{entries}</urlset>".encode()
        ports.append(port)
    told.send(ports)
    await asyncio.Event().wait()


def serve(bodies: Sequence[bytes], told: Connection) -> None:
    """Serve these pages until ended; the ports are sent to whoever asked."""
    asyncio.run(_serve(bodies, told))


def _bare(body: bytes) -> float:
    began = time.process_time()
    found = trafilatura.bare_extraction(body)
    if found is not None and found.text:
        detect(found.text)
    return time.process_time() - began


def _quiet() -> None:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def bare(bodies: Sequence[bytes]) -> tuple[float, float]:
    """Seconds on the clock and of CPU that a process for each core needs for the bare extraction of these pages."""
    with multiprocessing.Pool(os.cpu_count(), initializer=_quiet) as pool:
        pool.map(_bare, bodies[:20])
        start = time.monotonic()
        spent = sum(pool.map(_bare, bodies, chunksize=20))
        return time.monotonic() - start, spent


def crawled(bodies: Sequence[bytes], engine_url: str, home: Path) -> tuple[float, dict[str, float], int]:
    """Seconds on the clock and of CPU that one crawl of these pages took, and how many became documents."""
    mecmua = Mecmua(home, engine_url, f"bench-{os.getpid()}")
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(bodies, theirs), daemon=True)
    server.start()
    try:
        for port in ours.recv():
            url = f"http://127.0.0.1:{port}"
            source_file(home / "sources", f"host-{port}", url, [{"type": "sitemap", "url": f"{url}/sitemap.xml"}])
        start = time.monotonic()
        crawl = mecmua.start("crawl", "--sources", str(home / "sources"), "--report", str(home / "report.json"))
        spent = _spent(crawl)
        seconds = time.monotonic() - start
    finally:
        server.terminate()
    if crawl.returncode:
        raise SystemExit(crawl.communicate()[0])
    return seconds, spent, len(mecmua.documents())


def _spent(crawl: subprocess.Popen[str]) -> dict[str, float]:
    """Wait for a crawl; the seconds of CPU of its own process and of its readers, as last seen before each ended."""
    whole = psutil.Process(crawl.pid)
    seen: dict[int, float] = {}
    while crawl.poll() is None:
        for process in [whole, *_children(whole)]:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                seen[process.pid] = times.user + times.system
        time.sleep(0.1)
    return {"main": seen.pop(crawl.pid, 0.0), "readers": sum(seen.values())}


def _children(whole: psutil.Process) -> list[psutil.Process]:
    try:
        return whole.children(recursive=True)
    except psutil.Error:
        return []


def main() -> None:
    """Print both, and how they compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    bodies = made(parser.parse_args().pages)
    floor, bare_cpu = bare(bodies)
    with tempfile.TemporaryDirectory(prefix="mecmua-bench-") as folder:
        settings = Settings(home=Path(folder))
        url = engine.ensure_running(settings)
        try:
            seconds, cpu, documents = crawled(bodies, url, Path(folder) / "crawl")
        finally:
            engine.stop(settings)
    megabytes = sum(len(body) for body in bodies) / 1e6
    print(f"{len(bodies)} pages, {megabytes:.0f} MB, {documents} documents, {os.cpu_count()} cores")
    print(f"crawl: {seconds:.1f} s, {len(bodies) / seconds:.0f} pages/s")
    print("CPU a page: " + ", ".join(f"{who} {1000 * spent / len(bodies):.1f} ms" for who, spent in cpu.items()))
    print(f"bare extraction and langdetect alone: {floor:.1f} s, {len(bodies) / floor:.0f} pages/s")
    print(f"CPU a page: {1000 * bare_cpu / len(bodies):.1f} ms")
    print(f"ratio {seconds / floor:.2f}, by CPU {sum(cpu.values()) / bare_cpu:.2f}")


if __name__ == "__main__":
    main()
