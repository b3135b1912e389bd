"""File locks that end with the process that holds them, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import Unavailable


def take(path: Path) -> int | None:
    """A descriptor that holds the lock until it and every copy of it is closed, or None when somebody has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Whether a process holds the lock. A shared lock asks, so that two who ask do not see each other."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def exclusive(path: Path, *, seconds: float, doing: str) -> Iterator[None]:
    """Hold a lock, waiting up to ``seconds`` for whoever has it. Raises Unavailable that says what they are doing."""
    deadline = time.monotonic() + seconds
    while (descriptor := take(path)) is None:
        if time.monotonic() > deadline:
            raise Unavailable(
                f"another mecmua command has been {doing} for over {seconds:.0f} s (it holds {path}). "
                "Wait for it, or end it, then run this again.",
                retry_after=30,
            )
        time.sleep(0.05)
    try:
        yield
    finally:
        os.close(descriptor)
