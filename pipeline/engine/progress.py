"""How a long step shows that it moves: a bar on a terminal, a log line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import structlog
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

#: Called with a title and a size in bytes; gives a context whose value is called with each number of bytes done.
ShowProgress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]

log = structlog.get_logger(__name__)
_LINES = 5  # log lines for one download


def show_progress(title: str, size: int) -> AbstractContextManager[Callable[[int], None]]:
    """A progress bar on standard error when that is a terminal, else log lines."""
    console = Console(stderr=True)
    return _bar(title, size, console) if console.is_terminal else _lines(title, size)


@contextmanager
def _bar(title: str, size: int, console: Console) -> Iterator[Callable[[int], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=size)
        yield lambda done: progress.update(task, advance=done)


@contextmanager
def _lines(title: str, size: int) -> Iterator[Callable[[int], None]]:
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        before, done = done * _LINES // size, done + count
        if done * _LINES // size > before:
            log.info("download", file=title, percent=100 * done // size, megabytes=round(done / 1e6))

    yield advance
