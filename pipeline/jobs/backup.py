"""A copy of a SQLite state that is whole, taken while others write."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy.pool import PoolProxiedConnection

from pipeline.errors import ConfigurationError, Unavailable
from pipeline.settings import Settings
from pipeline.store.database import open_store


def backup(settings: Settings, target: Path) -> int:
    """Copy the state to a file, replacing one that is there; its size in bytes.

    One file without journal, as it was at one moment (SQLite's VACUUM INTO). Raises ConfigurationError for a PostgreSQL
    state (that is pg_dump's work) or where the file cannot be written, Unavailable when the state is damaged.
    """
    store = open_store(settings.state_url)
    try:
        if store.engine.dialect.name != "sqlite":
            raise ConfigurationError("the state is on PostgreSQL: back it up with pg_dump (docs/operations.md)")
        return _copy(store.engine.raw_connection(), target)
    finally:
        store.close()


def _copy(raw: PoolProxiedConnection, target: Path) -> int:
    beside = target.with_name(f"{target.name}.part")
    try:
        beside.unlink(missing_ok=True)
        cursor = raw.cursor()
        cursor.execute("VACUUM INTO ?", (str(beside),))
        cursor.close()
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{target}: cannot be written ({error.strerror})") from error
    except sqlite3.Error as error:
        raise Unavailable(
            f"state: cannot be copied to {target}: {error}. Is there room, is the state sound?"
        ) from error
    finally:
        raw.close()
    return target.stat().st_size
