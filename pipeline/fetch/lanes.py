"""One polite lane per host, shared by every process and machine that uses the same state.

Within a process a lock lets one request at a time through; between processes a lease in the state does. A lease is kept
while there is work, handed over after a few seconds when another asks for it and at once when there is none left, and
carries the instant before which the host must be left alone, so that its delay holds whoever comes next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pipeline.errors import Unavailable
from pipeline.store import leases
from pipeline.store.database import Store, holder_name

#: How long a lane is kept before others that wait for it are looked for.
KEEP = 5.0
#: A lane without requests for so long is given back.
IDLE = 2.0
#: A lease outlives KEEP, the longest delay slept (robots.MAX_DELAY, 60 s) and the longest request (Limits.whole, 120 s)
#: together, so it needs no heartbeat.
TERM = timedelta(seconds=240)
_POLL = 0.2
_WANTED = timedelta(seconds=2)  # who still waits has asked within this time, even where the state is slow


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: bool = False
    held_until: float = 0.0  # loop time at which to look for others
    delay: float = 0.0  # the longest that was asked for
    used: float = float("-inf")  # loop time at which the last request ended
    ready: float = float("-inf")  # loop time before which another holder's delay or a pause forbids requests
    watcher: asyncio.Task[None] | None = None

    def free_at(self) -> float:
        return max(self.ready, self.used + self.delay)


class Lanes:
    """The lanes of one process. Use within one event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holder = holder_name()
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, host: str, delay: float) -> AsyncIterator[None]:
        """Wait for this host's lane and its delay. The delay runs from the end of one request to the start of the next,
        so that a server sees it kept whatever the way between adds."""
        lane = self._lanes.setdefault(host, _Lane())
        loop = asyncio.get_running_loop()
        async with lane.lock:
            lane.delay = max(lane.delay, delay)
            if not lane.held or loop.time() >= lane.held_until:
                await self._take(host, lane)
            while (wait := lane.free_at() - loop.time()) > 0:  # a pause may be asked for meanwhile
                await asyncio.sleep(wait)
            try:
                yield
            finally:
                lane.used = loop.time()
        if lane.watcher is None or lane.watcher.done():
            lane.watcher = asyncio.create_task(self._give_back_when_idle(host, lane))

    def pause(self, host: str, seconds: float) -> None:
        """Ask nothing of a host for so long."""
        lane = self._lanes.setdefault(host, _Lane())
        lane.ready = max(lane.ready, asyncio.get_running_loop().time() + seconds)

    async def release_all(self) -> None:
        """Give every lane back, with the instant from which the next holder may use it. A state that cannot be reached
        changes nothing: leases end by themselves."""
        for lane in self._lanes.values():
            if lane.watcher:
                lane.watcher.cancel()
        with suppress(Unavailable):
            for host, lane in self._lanes.items():
                await self._release(host, lane)

    async def _give_back_when_idle(self, host: str, lane: _Lane) -> None:
        loop = asyncio.get_running_loop()
        while lane.lock.locked() or loop.time() < lane.used + IDLE:
            await asyncio.sleep(IDLE)
        async with lane.lock:
            with suppress(Unavailable):
                await self._release(host, lane)

    async def _take(self, host: str, lane: _Lane) -> None:
        loop = asyncio.get_running_loop()
        if lane.held and await self._is_wanted(host):
            await self._release(host, lane)
            await self._give_way(host)
        lane.held = False
        rest = timedelta(seconds=lane.delay)
        while True:
            now = datetime.now(UTC)
            ready_at = await self._call(
                lambda c, now=now: leases.acquire(c, _name(host), self._holder, now, TERM, rest)
            )
            if isinstance(ready_at, datetime):
                break
            await asyncio.sleep(_POLL)
        wait = (ready_at - datetime.now(UTC)).total_seconds()
        lane.ready = max(lane.ready, loop.time() + wait)
        lane.held, lane.held_until = True, loop.time() + KEEP

    async def _give_way(self, host: str) -> None:
        """Leave a lane that was given back to whoever waits for it, however slow the state is; one that died waiting
        takes nothing, so not for ever."""
        end = asyncio.get_running_loop().time() + _WANTED.total_seconds()
        while asyncio.get_running_loop().time() < end:
            await asyncio.sleep(_POLL)
            if await self._call(lambda c: leases.is_held(c, _name(host), datetime.now(UTC))):
                break

    async def _is_wanted(self, host: str) -> bool:
        since = datetime.now(UTC) - _WANTED
        return bool(await self._call(lambda c: leases.is_wanted(c, _name(host), since)))

    async def _release(self, host: str, lane: _Lane) -> None:
        """Also where `held` is not set: a turn that was cancelled while it waited may have got the lease."""
        lane.held = False
        now = datetime.now(UTC)
        wait = lane.free_at() - asyncio.get_running_loop().time()
        ready_at = now + timedelta(seconds=max(0.0, wait))
        await self._call(lambda c: leases.release(c, _name(host), self._holder, now, ready_at))

    async def _call(self, action: Callable[..., object]) -> object:
        return await asyncio.to_thread(self._store.write, action)


def _name(host: str) -> str:
    return f"host:{host}"
