"""Opens the state: SQLite by default, PostgreSQL by URL, one code path.

SQLite takes one writer at a time, so every write starts with BEGIN IMMEDIATE (a transaction that begins as a reader
and then writes would fail at once, whatever the busy timeout), stays short, and waits up to a minute for its turn.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import stamina
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, NoSuchModuleError, OperationalError

from pipeline.errors import ConfigurationError, MecmuaError, Unavailable

BUSY_SECONDS = 60
#: Seconds that a database which is locked, restarting or away is waited for.
PATIENCE = 120.0
_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_231_163  # PostgreSQL advisory lock: eight processes may open a new database at once
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Store:
    """A handle on the state; cheap to pass around, safe to use from several threads."""

    engine: Engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading. Raises Unavailable when the database cannot answer."""
        with _translated(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection inside one write transaction: all of it is kept, or nothing. Raises Unavailable."""
        with _translated(self.engine), self.engine.connect() as connection:
            connection = connection.execution_options(mecmua_write=True)
            with connection.begin():
                yield connection

    def write(self, action: Callable[[Connection], T]) -> T:
        """Run `action` in one write transaction, again while the database says that it is busy or restarting.

        `action` must be safe to run twice: nothing of a failed try was kept. Raises Unavailable after PATIENCE.
        """
        for attempt in _tries():
            with attempt, self.transaction() as connection:
                return action(connection)
        raise AssertionError("unreachable")  # pragma: no cover

    def query(self, action: Callable[[Connection], T]) -> T:
        """The result of an action that only reads, asked again like `write`."""
        for attempt in _tries():
            with attempt, self.read() as connection:
                return action(connection)
        raise AssertionError("unreachable")  # pragma: no cover

    def close(self) -> None:
        self.engine.dispose()


class _Busy(Unavailable):
    """Worth a further try at once: another writes, or the server restarts."""


def _tries() -> Iterable[stamina.Attempt]:
    return stamina.retry_context(on=_Busy, attempts=None, timeout=PATIENCE, wait_max=5)


#: What SQLite and the PostgreSQL driver say when no further try can help, and when somebody must mend the set-up.
_PERMANENT = ("disk", "malformed")
_MISCONFIGURED = (
    "readonly",
    "read-only",
    "unable to open",
    "not a database",
    "authentication failed",
    "does not exist",
)


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        said = str(error.orig).lower()
        kind = _kind_of(said)
        raise kind(
            f"state database {engine.url.render_as_string(hide_password=True)}: {_reason(error)}. {_remedy(kind, said)}"
        ) from error


def _kind_of(said: str) -> type[MecmuaError]:
    if any(word in said for word in _MISCONFIGURED):
        return ConfigurationError
    return Unavailable if any(word in said for word in _PERMANENT) else _Busy


def _remedy(kind: type[MecmuaError], said: str) -> str:
    if kind is _Busy:
        why = "Has another process locked it?" if "locked" in said else "Is it running, and MECMUA_DATABASE_URL right?"
        return f"{why} Nothing is lost; run again later."
    if "full" in said:
        return "Nothing is lost; free space on its disk and run again."
    return "Check MECMUA_DATABASE_URL, or the disk and permissions of MECMUA_HOME."


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__


def open_store(url: str) -> Store:
    """The state behind a SQLAlchemy URL, made or migrated to the newest schema.

    Raises ConfigurationError for a URL that cannot be meant, Unavailable when the database does not answer.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            _make_folder(Path(str(parsed.database)).parent)
        engine = _create(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationError(
            f"MECMUA_DATABASE_URL cannot be used: {error}. Write sqlite:///path or "
            "postgresql+psycopg://user:password@host/name (with the extra mecmua[postgres])."
        ) from error
    store = Store(engine)
    migrate(store)
    return store


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: cannot be made ({error.strerror}). Point MECMUA_HOME at a writable folder."
        ) from error


def _create(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=4, max_overflow=4)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode=WAL")
        # A kill loses nothing; a power cut may lose the last commits, which the archive then makes good.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("mecmua_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def migrate(store: Store) -> None:
    """Bring the schema to the newest version; safe when several processes do it at once, and cheap when it is there:
    Alembic, which takes a tenth of a second to import, is asked only when there is something to do."""
    with store.read() as connection:
        if _version(connection) == newest_version():
            return
    store.write(_upgrade)


def newest_version() -> str:
    """The schema version of this code: migrations are files whose names begin with their number."""
    return max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def holder_name() -> str:
    """Who we are in the lease table: machine, process and when it began, so that a dead holder is recognised."""
    return f"{os.uname().nodename}:{os.getpid()}:{_started(os.getpid())}"


def is_alive(holder: str) -> bool:
    """False only when the holder ran on this machine and is certainly gone."""
    node, pid, started = holder.rsplit(":", 2)
    if node != os.uname().nodename or not pid.isdigit():
        return True
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    """Kernel start time of a process (clock ticks since boot, field 22 of /proc/PID/stat); '' when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "" if not _responds(pid) else "0"
    return stat.rpartition(")")[2].split()[19]


def _responds(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not Path("/proc/self").exists()
