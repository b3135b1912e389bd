"""One client over a raw server, and what such a server answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from pipeline.errors import Rejected, Unavailable
from pipeline.fetch.archive import read_page
from pipeline.fetch.client import Client
from pipeline.fetch.lanes import Lanes
from pipeline.fetch.spool import Spool
from pipeline.fetch.traffic import Traffic
from pipeline.fetch.wire import Limits
from pipeline.models import Page, Request, Response
from pipeline.settings import Settings
from pipeline.store.database import open_store
from tests.integration.raw_server import Call, head

FAST = Limits(first_byte=0.6, whole=1.5, connect=0.4, slow_after=0.4, backoff=0.01, patience=1.2, wire_bytes=300_000)
Result = Response | Rejected | Unavailable
TEXT = "<p>Ilık süt içen çocuklar</p>".encode() * 200


class Rig:
    """One client with a state and a spool of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.limits = FAST
        self.allowed: tuple[str, ...] = ("127.0.0.1", "::1")
        self.traffic: dict[str, Traffic] = {}
        self.seconds = 0.0

    def get(self, *wanted: str | Request, at_once: bool = False, **options: Any) -> list[Result]:
        """What each request gave; errors that a caller must expect are values."""
        settings = Settings(home=self.folder, allow_private_hosts=self.allowed)
        store = open_store(settings.state_url)
        spool = Spool(settings.spool, "test", settings.agent)

        async def one(client: Client, request: str | Request) -> Result:
            try:
                full = Request(request) if isinstance(request, str) else request
                return await client.get(full, spool, **options)
            except (Rejected, Unavailable) as error:
                return error

        async def everything() -> list[Result]:
            async with Client(settings, Lanes(store), lambda: datetime.now(UTC), self.limits) as client:
                if at_once:
                    got = list(await asyncio.gather(*(one(client, request) for request in wanted)))
                else:
                    got = [await one(client, request) for request in wanted]
                self.traffic = client.traffic
                return got

        began = time.monotonic()
        try:
            return asyncio.run(everything())
        finally:
            self.seconds = time.monotonic() - began
            spool.close()
            store.close()

    def response(self, *wanted: str | Request, **options: Any) -> Response:
        got = self.get(*wanted, **options)[-1]
        assert isinstance(got, Response), repr(got)
        return got

    def rejected(self, *wanted: str | Request, **options: Any) -> Rejected:
        got = self.get(*wanted, **options)[-1]
        assert isinstance(got, Rejected), repr(got)
        return got

    def unavailable(self, *wanted: str | Request, **options: Any) -> Unavailable:
        got = self.get(*wanted, **options)[-1]
        assert isinstance(got, Unavailable), repr(got)
        return got

    def page(self, response: Response) -> Page:
        assert response.record
        return read_page(response.record, self.folder / "spool", "")

    def archived(self) -> list[tuple[str, str, str]]:
        """(type, path, status) of every answer in the spool, in order."""
        found = []
        for path in sorted((self.folder / "spool").glob("*.warc.gz"), key=lambda path: path.stat().st_mtime_ns):
            with path.open("rb") as file:
                found += [
                    (
                        record.rec_type,
                        "/" + record.rec_headers.get_header("WARC-Target-URI").split("/", 3)[3],
                        record.http_headers.get_statuscode(),
                    )
                    for record in ArchiveIterator(file)
                    if record.rec_type in ("response", "revisit")
                ]
        return found


def script(*pieces: bytes) -> Callable[[Call], Any]:
    async def send(call: Call) -> None:
        await call.send(*pieces)

    return send


def in_turn(*answers: bytes) -> Callable[[Call], Any]:
    """One answer after the other, the last for good."""

    async def send(call: Call) -> None:
        await call.send(answers[min(call.count, len(answers)) - 1])

    return send


def moved(target: str, status: str = "302 Found") -> bytes:
    return head(status, f"Location: {target}", "Content-Length: 0")


async def silent(call: Call) -> None:
    await asyncio.sleep(60)


async def drip_body(call: Call) -> None:
    await call.send(head("200 OK", "Content-Length: 100000"))
    await call.drip(b"x", 0.05)


async def endless(call: Call) -> None:
    await call.send(head("200 OK", "Content-Type: text/html"))
    while True:
        await call.send(b"x" * 65536)


def until(claim: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "still not so"
        time.sleep(0.02)
