"""A server that says exactly what it is told, byte by byte: for what no HTTP library would send."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Script = Callable[["Call"], Awaitable[None]]


@dataclass
class Call:
    """One request that has come in, and the way to answer it."""

    path: str
    headers: dict[str, str]
    count: int  # how often this path was asked for, this time included
    site: RawSite
    _writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()

    async def drip(self, piece: bytes, every: float, times: int = 10**9) -> None:
        for _ in range(times):
            await self.send(piece)
            await asyncio.sleep(every)

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self._writer.transport.abort()


@dataclass
class RawSite:
    """What is served: by path (query included) the bytes of a whole answer, or a script that writes one. `fallback`
    answers what is not listed; `log` holds (monotonic time, path, headers)."""

    url: str = ""
    port: int = 0
    answers: dict[str, bytes | Script] = field(default_factory=dict)
    log: list[tuple[float, str, dict[str, str]]] = field(default_factory=list)
    open_connections: int = 0
    connections: int = 0

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.log]

    def times(self) -> list[float]:
        return [at for at, _, _ in self.log]


def answer(body: bytes | str = b"", status: str = "200 OK", kind: str | None = "text/html", **headers: str) -> bytes:
    """The bytes of a sound answer; header names with _ for -."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"Content-Length: {len(content)}"]
    return head(status, *lines) + content


def head(status: str = "200 OK", *lines: str, version: str = "HTTP/1.1") -> bytes:
    """Status line and headers, as bytes; what is not ASCII goes out as UTF-8."""
    return "\r\n".join((f"{version} {status}", *lines, "", "")).encode()


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


@contextmanager
def serving(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[RawSite]:
    """Serve from a thread of its own, until the block ends."""
    site = RawSite()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(_start(site, host, context))
    site.port = server.sockets[0].getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    site.url = f"{'https' if context else 'http'}://{name}:{site.port}"
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_end_all(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _end_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _start(site: RawSite, host: str, context: ssl.SSLContext | None) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        site.open_connections += 1
        site.connections += 1
        try:
            while await _one(site, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            site.open_connections -= 1
            writer.close()
            with suppress(Exception):
                await writer.wait_closed()

    return await asyncio.start_server(serve, host, 0, ssl=context, backlog=200)


async def _one(site: RawSite, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Answer one request; True when the connection may go on."""
    request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    path = request[0].split(" ")[1]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in request[1:] if line)}
    site.log.append((time.monotonic(), path, headers))
    found = site.answers.get(path, answer("nothing here", "404 Not Found"))
    if isinstance(found, bytes):
        writer.write(found)
        await writer.drain()
        return b"\r\nContent-Length:" in found and b"\r\nConnection: close" not in found
    script = asyncio.ensure_future(found(Call(path, headers, site.paths().count(path), site, writer)))
    gone = asyncio.ensure_future(reader.read())  # ends when the client goes
    try:
        await asyncio.wait((script, gone), return_when=asyncio.FIRST_COMPLETED)
        if script.done():
            script.result()
    finally:
        script.cancel()
        gone.cancel()
        await asyncio.gather(script, gone, return_exceptions=True)
    return False
