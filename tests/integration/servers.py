"""Real servers as private processes: unprivileged, on loopback, in a temporary folder, gone when the test is.

Nothing here touches what the machine itself runs: each server has its own data, socket, port and configuration, is
started as a child of the test and stopped by its own process id. As root they run as ``nobody``, since PostgreSQL and
MariaDB refuse to be root. Should the test be killed, the kernel ends them (``setpriv --pdeathsig``).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

INSTALL = "as root: sh tests/integration/install_servers.sh"
_UNPRIVILEGED = "nobody"
_DROP = ("--reuid", _UNPRIVILEGED, "--regid", "nogroup", "--clear-groups")


class ServerFailed(RuntimeError):
    """A server of the rig did not start or a command in it failed; the message carries the end of its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process; `stop` ends it and waits until it is gone."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM

    def stop(self, timeout: float = 10.0) -> None:
        """Ask the process to end; kill it when it has not within ``timeout`` seconds."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout)

    def await_ready(self, is_ready: Callable[[], bool], timeout: float = 30.0) -> None:
        """Return when ``is_ready`` says so. Raises ServerFailed when the process ends or the time is over."""
        deadline = time.monotonic() + timeout
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} did not come up; its log ends:\n{_tail(self.log)}")
            time.sleep(0.02)


def launch(
    name: str, argv: Sequence[str | Path], folder: Path, *, stop_signal: signal.Signals = signal.SIGTERM
) -> Server:
    """Start a server in the foreground of its own process, writing to ``folder/<name>.log``.

    Call it from a thread that lives as long as the server is wanted: the parent-death signal follows the thread.
    """
    log = folder / f"{name}.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *_demotion(), "--", *map(str, argv)],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    return Server(name, process, log, stop_signal)


def run(
    argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None, timeout: float = 120.0
) -> str:
    """Run a command as the servers' user and return what it printed. Raises ServerFailed with its errors."""
    command = [*(("setpriv", *_demotion(), "--") if _demotion() else ()), *map(str, argv)]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd, timeout=timeout)
    if done.returncode:
        raise ServerFailed(f"{' '.join(command)} exited {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def private_folder(name: str) -> Iterator[Path]:
    """A temporary folder that belongs to the servers' user; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"mecmua-{name}-"))  # short: socket paths end at 107 bytes
    try:
        hand_over(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def hand_over(folder: Path) -> None:
    """Give a folder and all in it to the servers' user; symbolic links are given, not followed."""
    if _demotion():
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, _UNPRIVILEGED, "nogroup") if not path.is_symlink() else None


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def is_listening(port: int) -> bool:
    """Whether something on loopback accepts connections on this port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def program(name: str, *patterns: str) -> Path | None:
    """Where a program lies: on PATH, in sbin, or at the newest match of the glob patterns below /usr; else None."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))
    matches = sorted((path for pattern in patterns for path in Path("/usr").glob(pattern)), key=_version)
    return Path(found) if found else (matches[-1] if matches else None)


def _version(path: Path) -> list[int]:
    return [int(part) for part in "".join(char if char.isdigit() else " " for char in str(path)).split()]


def _demotion() -> tuple[str, ...]:
    return _DROP if os.geteuid() == 0 else ()


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def _postgres_program(name: str) -> Path | None:
    return program(name, f"lib/postgresql/*/bin/{name}")


def missing_for_postgres() -> str | None:
    """Why no PostgreSQL can be started here, with the remedy; None when it can."""
    lacking = [name for name in ("initdb", "postgres", "createdb", "dropdb") if _postgres_program(name) is None]
    return f"PostgreSQL is not installed ({', '.join(lacking)}); {INSTALL}" if lacking else None


@dataclass(frozen=True, slots=True)
class Postgres:
    """A private PostgreSQL cluster on loopback, without password; the last of ``servers`` runs it."""

    port: int
    cluster: Path
    servers: list[Server]

    def start(self) -> None:
        """Start it, and wait until it takes queries. From a thread that outlives it: see `launch`."""
        server = launch("postgres", _postgres_argv(self.cluster, self.port), self.cluster.parent, stop_signal=_FAST)
        self.servers.append(server)
        server.await_ready(lambda: _accepts(self.port))

    def stop(self) -> None:
        """Stop it as a restart does: connections are ended, transactions rolled back."""
        self.servers[-1].stop()

    def url(self, database: str) -> str:
        """SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://mecmua@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database; returns its URL."""
        run([_require("createdb"), *self._where(), database])
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, even while connections to it are open."""
        run([_require("dropdb"), *self._where(), "--force", "--if-exists", database])

    def _where(self) -> tuple[str, ...]:
        return "--host=127.0.0.1", f"--port={self.port}", "--username=mecmua"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A private PostgreSQL cluster, tuned to be thrown away. Raises ServerFailed when it does not come up."""
    with private_folder("pg") as folder:
        cluster = folder / "data"
        run([_require("initdb"), "-D", cluster, "-U", "mecmua", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"])
        found = Postgres(free_port(), cluster, [])
        try:
            found.start()
            yield found
        finally:
            found.stop()


_FAST = signal.SIGINT  # PostgreSQL's "fast shutdown"


def _postgres_argv(cluster: Path, port: int) -> list[str | Path]:
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "32MB",
        "max_connections": "60",
    }
    settings = [f"--{name}={value}" for name, value in options.items()]
    return [_require("postgres"), "-D", cluster, "-p", str(port), *settings]


def _accepts(port: int) -> bool:
    # A listening socket is not enough: during recovery PostgreSQL answers "the database system is starting up".
    probe: list[str | Path] = [_require("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(probe, capture_output=True).returncode == 0


def _require(name: str) -> Path:
    path = _postgres_program(name)
    if path is None:
        raise ServerFailed(f"{name} is not installed; {INSTALL}")
    return path
