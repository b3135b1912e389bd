"""What long work shows: a rich display in a terminal, log lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

#: (source, what is being done, how many are done, how many there are or None)
Report = Callable[[str, str, int, int | None], None]
_LOG_SECONDS = 10.0


def silent(_source: str, _stage: str, _done: int, _total: int | None) -> None:
    """Shows nothing."""


@contextmanager
def shown(console: Console) -> Iterator[Report]:
    """A `Report` for this console: bars when somebody watches, else a line per source every ten seconds."""
    if console.is_terminal:
        with _bars(console) as report:
            yield report
    else:
        yield _lines()


def _lines() -> Report:
    log = structlog.get_logger()
    last: dict[str, float] = {}

    def report(source: str, stage: str, done: int, total: int | None) -> None:
        if time.monotonic() - last.get(source, 0.0) >= _LOG_SECONDS:
            last[source] = time.monotonic()
            log.info("progress", source=source, stage=stage, done=done, total=total)

    return report


@contextmanager
def _bars(console: Console) -> Iterator[Report]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, int] = {}

        def report(source: str, stage: str, done: int, total: int | None) -> None:
            if source not in tasks:
                tasks[source] = progress.add_task(source, total=total)
            progress.update(tasks[source], description=f"{source} {stage}", completed=done, total=total)  # type: ignore[arg-type]  # a TaskID

        yield report
