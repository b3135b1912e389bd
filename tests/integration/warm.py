"""The `mecmua` command begun at once: one process imports everything, and forks a command whenever it is asked.

``python -m tests.integration.warm`` reads one JSON object a line (arguments, environment, folder); what a command
prints, its process id and its exit code stand in that folder. What reads pages (see `pipeline.jobs.workers`) is born of
one fork server for all commands, which loads the language models once; it writes nothing, and ends when its command
does. All this saves some three seconds of CPU a command.
"""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """One command under way, or ended, in a process group of its own."""

    folder: Path
    pid: int

    def kill(self) -> None:
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.killpg(self.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        return (self.folder / "code").exists()

    def exit_code(self, timeout: float = 600) -> int:
        """Wait for its end; negative is the signal that ended it."""
        try:
            _wait_for(self.folder / "code", timeout)
        except TimeoutError:
            self.kill()
            raise
        return int((self.folder / "code").read_text())

    def printed(self, stream: str) -> str:
        """What it wrote to "out" or "err"."""
        return (self.folder / stream).read_text("utf-8")


def start(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Run:
    """Begin a command; `folder` exists, is empty and the command's alone."""
    asked = {"arguments": arguments, "environment": dict(environment), "folder": str(folder)}
    server, lock = _server()
    assert server.stdin is not None
    with lock:
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
    _wait_for(folder / "pid", 120)
    return Run(folder, int((folder / "pid").read_text()))


def run(arguments: Sequence[str], environment: Mapping[str, str], timeout: float) -> subprocess.CompletedProcess[str]:
    """A command from beginning to end. Raises TimeoutError."""
    with tempfile.TemporaryDirectory(prefix="mecmua-run-") as folder:
        begun = start(arguments, environment, Path(folder))
        code = begun.exit_code(timeout)
        return subprocess.CompletedProcess(arguments, code, begun.printed("out"), begun.printed("err"))


def _wait_for(path: Path, timeout: float) -> None:
    end = time.monotonic() + timeout
    while not path.exists():
        assert _server()[0].poll() is None, "the process that forks commands has died"
        if time.monotonic() > end:
            raise TimeoutError(f"{path} is not there after {timeout} s")
        time.sleep(0.002)


@cache
def _server() -> tuple[subprocess.Popen[str], threading.Lock]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.warm"], cwd=ROOT, stdin=subprocess.PIPE, text=True
    )
    atexit.register(_end, server)
    return server, threading.Lock()


def _end(server: subprocess.Popen[str]) -> None:
    assert server.stdin is not None
    server.stdin.close()  # it ends with its input
    server.wait(30)


# --- in that process -------------------------------------------------------------------------------------------------


def main() -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.jobs.warm_workers"])
    forkserver.ensure_running()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes below
    for line in sys.stdin:
        if not os.fork():
            _attend(json.loads(line))


def _attend(asked: dict[str, Any]) -> NoReturn:
    """Fork the command and write down how it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if not pid:
        _command(asked)
    folder = Path(asked["folder"])
    with suppress(PermissionError):  # it has called setsid itself
        os.setpgid(pid, pid)  # here as well as there: whoever is told its id may kill it at once
    _write(folder / "pid", pid)
    _write(folder / "code", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os._exit(0)


def _write(path: Path, number: int) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(str(number))
    unfinished.rename(path)


def _command(asked: dict[str, Any]) -> NoReturn:
    code = 1
    try:
        with suppress(PermissionError):  # the group's leader by now
            os.setpgid(0, 0)
        for number, name in ((0, os.devnull), (1, f"{asked['folder']}/out"), (2, f"{asked['folder']}/err")):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o644), number)
        os.environ.clear()
        os.environ.update(asked["environment"])
        random.seed()
        forkserver._forkserver.ensure_running = lambda: None  # type: ignore[attr-defined]  # the parent's, which runs
        sys.argv = ["mecmua", *asked["arguments"]]
        cli.main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # as the interpreter would
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    from pipeline import cli
    from pipeline.jobs import crawl, doctor, reprocess, show  # noqa: F401  (what most commands import)

    main()
