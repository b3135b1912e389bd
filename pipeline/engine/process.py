"""Finding a home's node among the processes, by an argument that no other process has."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

_PROC = Path("/proc")


def find_processes(argument: str) -> list[int]:
    """The ids of the processes started with exactly this argument (where there is no /proc: with this text)."""
    if (_PROC / "self" / "cmdline").exists():
        wanted = os.fsencode(argument)
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit() and wanted in _arguments(entry)]
    lines = [line.split(None, 1) for line in _ps("-axww", "-o", "pid=,command=").splitlines() if argument in line]
    return [int(pid) for pid, _ in lines]


def resident_bytes(pid: int) -> int | None:
    """The memory a process holds, or None when it is gone."""
    try:  # slim images have no ps
        pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        kilobytes = _ps("-o", "rss=", "-p", str(pid)).strip()
        return int(kilobytes) * 1024 if kilobytes.isdigit() else None


def send(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to processes; those that have ended meanwhile are passed over."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _arguments(entry: Path) -> list[bytes]:
    try:
        arguments = (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:  # ended meanwhile, or not ours to see
        return []
    return arguments[1:] if arguments[0].endswith(b"java") else []  # not the shell that starts it


def _ps(*options: str) -> str:
    try:
        # the system's own ps, wherever it lies
        answer = subprocess.run(["ps", *options], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except OSError:
        return ""
    return answer.stdout
