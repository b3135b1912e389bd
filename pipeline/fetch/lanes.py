"""One polite lane per host, shared by every process and machine that uses the same state.

Within a process a lock lets one request at a time through; between processes a lease in the state does. A lease is kept
for a few seconds while there is work, handed over when another asks for it, and carries the instant before which the
host must be left alone, so that its delay holds whoever comes next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pipeline.store import leases
from pipeline.store.database import Store, holder_name

#: How long a lane is kept before others that wait for it are looked for.
KEEP = 5.0
#: A lease outlives the longest request (client.MAX_SECONDS), so it needs no heartbeat.
TERM = timedelta(seconds=180)
_POLL = 0.2


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    held_until: float = 0.0  # loop time at which to look for others
    ready: float = 0.0  # loop time before which no request may start
    held: bool = False


class Lanes:
    """The lanes of one process. Use within one event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holder = holder_name()
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, host: str, delay: float) -> AsyncIterator[None]:
        """Wait for this host's lane and its delay; the next turn starts at the earliest `delay` seconds after this
        one's request began."""
        lane = self._lanes.setdefault(host, _Lane())
        loop = asyncio.get_running_loop()
        async with lane.lock:
            if not lane.held or loop.time() >= lane.held_until:
                await self._take(host, lane)
            await asyncio.sleep(max(0.0, lane.ready - loop.time()))
            lane.ready = loop.time() + delay
            yield

    async def release_all(self) -> None:
        """Give every lane back, with the instant from which the next holder may use it."""
        loop = asyncio.get_running_loop()
        for host, lane in self._lanes.items():
            if lane.held:
                await self._release(host, max(0.0, lane.ready - loop.time()))
                lane.held = False

    async def _take(self, host: str, lane: _Lane) -> None:
        loop = asyncio.get_running_loop()
        if lane.held and await self._is_wanted(host):
            await self._release(host, max(0.0, lane.ready - loop.time()))
            lane.held = False
            await asyncio.sleep(3 * _POLL)  # long enough for the one who waits to take it
        while True:
            now = datetime.now(UTC)
            ready_at = await self._call(lambda c, now=now: leases.acquire(c, _name(host), self._holder, now, TERM))
            if isinstance(ready_at, datetime):
                break
            await asyncio.sleep(_POLL)
        wait = (ready_at - datetime.now(UTC)).total_seconds()
        lane.ready = max(lane.ready, loop.time() + wait)
        lane.held, lane.held_until = True, loop.time() + KEEP

    async def _is_wanted(self, host: str) -> bool:
        since = datetime.now(UTC) - timedelta(seconds=5 * _POLL)
        return bool(await self._call(lambda c: leases.is_wanted(c, _name(host), since)))

    async def _release(self, host: str, seconds: float) -> None:
        now = datetime.now(UTC)
        ready_at = now + timedelta(seconds=seconds)
        await self._call(lambda c: leases.release(c, _name(host), self._holder, now, ready_at))

    async def _call(self, action: Callable[..., object]) -> object:
        return await asyncio.to_thread(self._store.write, action)


def _name(host: str) -> str:
    return f"host:{host}"
