"""Hold a lease while working, renewed in the background; for jobs that are no event loop of their own."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import structlog

from pipeline.errors import Unavailable
from pipeline.store import leases
from pipeline.store.database import Store, holder_name

_RENEW_SECONDS = 15.0
_POLL_SECONDS = 0.5
log = structlog.get_logger()


@contextlib.contextmanager
def held(store: Store, name: str, *, what: str, wait: bool = True) -> Iterator[None]:
    """Hold a lease; wait for another holder to end, or with `wait` False raise Unavailable that names `what`."""
    holder = holder_name()
    _acquire(store, name, holder, what, wait=wait)
    ended = threading.Event()
    renewal = threading.Thread(target=_renew, args=(store, name, holder, ended), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        ended.set()
        renewal.join()
        store.write(lambda c: leases.release(c, name, holder, datetime.now(UTC)))


def _acquire(store: Store, name: str, holder: str, what: str, *, wait: bool) -> None:
    waited = False
    while store.write(lambda c: leases.acquire(c, name, holder, datetime.now(UTC))) is None:
        if not wait:
            raise Unavailable(f"{what} is under way in another process; wait for it to end.")
        if not waited:
            log.info("waiting for another run", lease=name)
        waited = True
        time.sleep(_POLL_SECONDS)


def _renew(store: Store, name: str, holder: str, ended: threading.Event) -> None:
    while not ended.wait(_RENEW_SECONDS):
        with contextlib.suppress(Unavailable):
            store.write(lambda c: leases.acquire(c, name, holder, datetime.now(UTC)))
