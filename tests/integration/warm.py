"""Runs that begin at once, to be killed at once: one process imports everything and forks a run whenever it is asked.

``python -m tests.integration.warm`` reads one JSON object a line (settings, sources, now, report), forks a process
group that crawls, and answers with its id, then with its exit code. What reads pages (see `pipeline.jobs.workers`) is
born of one fork server for all runs, which saves two seconds each; it writes nothing, and ends when its run does.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from tests.integration.runs import ROOT


@dataclass(frozen=True)
class Run:
    """One run under way, or ended."""

    pid: int
    _server: subprocess.Popen[str]

    def kill(self) -> None:
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.killpg(self.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        return not Path(f"/proc/{self.pid}").exists()

    def exit_code(self) -> int:
        """Wait for its end; negative is the signal that ended it."""
        return int(_said(self._server))


class Warm:
    """The process that forks runs."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def start(self, settings: dict[str, Any], sources: Path, now: datetime, report: Path) -> Run:
        """A crawl as it would be run by `mecmua crawl`; its report is written to a file when it ends."""
        asked = {"settings": settings, "sources": str(sources), "now": now.isoformat(), "report": str(report)}
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        return Run(int(_said(self._server)), self._server)


def _said(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    line = server.stdout.readline()
    assert line, "the process that forks runs has died"
    return line


@contextmanager
def warm(log: Path) -> Iterator[Warm]:
    """A forking process; what its runs log goes to a file."""
    with log.open("ab") as sink:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.warm"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
        )
    try:
        yield Warm(server)
    finally:
        assert server.stdin is not None and server.stdout is not None
        server.stdin.close()  # it ends with its input
        server.wait(30)
        server.stdout.close()


# --- in that process -------------------------------------------------------------------------------------------------


def main() -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.jobs.warm_workers"])
    forkserver.ensure_running()
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _crawl(json.loads(line))
        os.setpgid(pid, pid)  # here as well as there: whoever is told its id may kill it at once
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def _crawl(asked: dict[str, Any]) -> None:
    code = 70
    try:
        os.setpgid(0, 0)
        os.dup2(2, 1)  # logs; the answers are the parent's
        forkserver._forkserver.ensure_running = lambda: None  # type: ignore[attr-defined]  # the parent's, which runs
        report = crawl(
            Settings(**asked["settings"]),
            load_sources(Path(asked["sources"])),
            now=datetime.fromisoformat(asked["now"]),
        )
        Path(asked["report"]).write_text(json.dumps(report.to_dict()))
        code = int(any(source.error for source in report.sources))
    finally:
        os._exit(code)


if __name__ == "__main__":
    from pipeline.jobs.crawl import crawl
    from pipeline.settings import Settings
    from pipeline.sources.registry import load_sources

    main()
