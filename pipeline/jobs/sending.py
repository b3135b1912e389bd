"""Documents to the engine while pages are still being fetched: one sender a run, which no fault of the engine stops.

What is pending is found by asking the state, round after round. An engine that is away costs a round and is asked again
after a longer pause; what it did not take is in the rounds to come. The sender has one thread of its own: a frozen
engine holds a call for half a minute, and must not hold the threads by which the crawl reads and writes the state.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

import structlog

from pipeline.errors import MecmuaError, Unavailable
from pipeline.index import writer
from pipeline.jobs import indexing
from pipeline.jobs.indexing import Target
from pipeline.models import Source
from pipeline.settings import Settings
from pipeline.store.database import Store

#: Seconds between two rounds; doubled after each round that failed, up to the longest.
ROUND_SECONDS = 2.0
_LONGEST_PAUSE = 15.0
log = structlog.get_logger()
T = TypeVar("T")


class Sender:
    """Sends the documents of some sources; use as an async context manager, and call `finish` at the end.

    ``target`` is the index they go to, None while it cannot be opened; ``has_met``: it was there at least once.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        known: Mapping[str, Source],
        clock: Callable[[], datetime],
        sources: Sequence[str],
    ) -> None:
        self._settings = settings
        self._store = store
        self._known = known
        self._clock = clock
        self._sources = sources
        self._refused: frozenset[str] = frozenset()
        self._error: MecmuaError | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sender")
        self._rounds: asyncio.Task[None] | None = None
        self.has_met = False
        self.target: Target | None = None

    async def __aenter__(self) -> Sender:
        self._rounds = asyncio.create_task(self._keep_sending())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()
        self._thread.shutdown(wait=False)

    async def finish(self, also: Sequence[str] = ()) -> MecmuaError | None:
        """Send what is left, and what is pending of further sources, and make all of it searchable. What kept it from
        being done, after waiting `writer.PATIENCE` for an engine that was there in this run and went away."""
        await self._stop()
        deadline = time.monotonic() + (writer.PATIENCE if self.has_met else 0.0)
        while not self._is_hopeless():
            left = max(deadline - time.monotonic(), 0.0)
            await self._in_thread(lambda left=left: self._round([*self._sources, *also], patience=left, last=True))  # type: ignore[misc]  # bound
            if self._error is None or time.monotonic() >= deadline:
                break
            await asyncio.sleep(min(ROUND_SECONDS, max(deadline - time.monotonic(), 0.0)))
        return self._error

    def _is_hopeless(self) -> bool:
        """True when the engine refuses for a reason that waiting does not mend, as wrong credentials."""
        return self.target is None and self._error is not None and not isinstance(self._error, Unavailable)

    async def _stop(self) -> None:
        if self._rounds:
            self._rounds.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._rounds

    async def _keep_sending(self) -> None:
        pause = ROUND_SECONDS
        while not self._is_hopeless():
            await self._in_thread(lambda: self._round(self._sources, patience=0))
            pause = min(2 * pause, _LONGEST_PAUSE) if self._error else ROUND_SECONDS
            await asyncio.sleep(pause)

    async def _in_thread(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, action)

    def _round(self, sources: Sequence[str], *, patience: float, last: bool = False) -> None:
        """Send what is pending; what went wrong is in ``_error`` afterwards, None when nothing did."""
        try:
            if self.target is None:
                self.target = indexing.open_target(self._settings, self._store, self._clock())
                self.has_met = True
            sent = indexing.flush(
                self._store,
                self.target,
                self._known,
                self._clock(),
                only=list(dict.fromkeys(sources)),
                skip=self._refused,
                patience=patience,
            )
            self._refused |= frozenset(sent.rejected)
            if sent.error is None and last:
                indexing.make_searchable(self.target)
            if sent.error and self._settings.elasticsearch_url is None:
                self.target = None  # a local node that died is started again by the next round
            self._note(sent.error)
        except Unavailable as error:
            self._note(error)
        except MecmuaError as error:
            self.target = None  # it went away under us: the next round makes or finds another
            self._note(error)

    def _note(self, error: MecmuaError | None) -> None:
        """Say once that the engine is away, and once that it is back."""
        if error and not self._error:
            log.warning("documents wait for the search engine", problem=str(error))
        if self._error and not error:
            log.info("the search engine takes documents again")
        self._error = error
