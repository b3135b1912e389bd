"""Many small writes in few transactions: what several pages ask of the state is committed together.

Each caller waits until its own write is durable. A transaction per page would cost more than reading the page, and
would make eight processes queue for one lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection

from pipeline.errors import Unavailable
from pipeline.store.database import Store

T = TypeVar("T")
_BATCH = 64
_Job = tuple[Callable[[Connection], Any], "asyncio.Future[Any]"]


class Ledger:
    """Writes to the state for one event loop; use as an async context manager."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Ledger:
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._jobs.put(None)
        if self._task:
            await self._task

    async def write(self, action: Callable[[Connection], T]) -> T:
        """The result of an action, once it is committed. Raises what it raised, or Unavailable."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._jobs.put((action, future))
        return await future

    async def read(self, action: Callable[[Connection], T]) -> T:
        """The result of a reading action."""
        return await asyncio.to_thread(self.store.query, action)

    async def _work(self) -> None:
        while (first := await self._jobs.get()) is not None:
            batch, ended = [first], False
            while len(batch) < _BATCH and not self._jobs.empty():
                job = self._jobs.get_nowait()
                if job is None:
                    ended = True
                    break
                batch.append(job)
            await self._commit(batch)
            if ended:
                return

    async def _commit(self, batch: list[_Job]) -> None:
        try:
            results = await asyncio.to_thread(self.store.write, lambda c: [action(c) for action, _ in batch])
        except Exception as error:
            if len(batch) == 1 or isinstance(error, Unavailable):  # a database that is away is no job's fault
                for _, future in batch:
                    _fail(future, error)
                return
            for job in batch:  # one of them is to blame; the others must not suffer for it
                await self._commit([job])
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
