"""Bringing the tables of a database to what this version of the package needs."""

import os
import sqlite3
from enum import Enum
from pathlib import Path
from pkgutil import iter_modules

from sqlalchemy import Connection, Engine, String, column, inspect, select, table, text

from gateway.storage.engine import immediate
from gateway.storage.errors import SchemaError
from gateway.storage.faults import at_the_door
from gateway.storage.migrations import versions

_STAMP = "alembic_version"
"""The table in which Alembic notes the revision of a database."""

_LOCK = 0x63726564
"""Name of the PostgreSQL advisory lock under which one process at a time migrates."""


_PATIENCE_S = 60
"""How long a process waits on SQLite for another one that migrates."""


class SchemaState(Enum):
    """How the tables of a database compare with this version of the package."""

    ABSENT = "absent"
    """No table of ours; ``migrate`` makes them."""
    BEHIND = "behind"
    """Made by an older version; ``migrate`` changes them."""
    CURRENT = "current"
    AHEAD = "ahead"
    """Made by a newer version; this one must not run on it."""


def schema_state(engine: Engine) -> SchemaState:
    """Return how the tables compare; changes nothing, and creates no file.

    Raises:
        DatabaseUnavailableError: The database cannot be read.
    """
    if not _file_exists(engine):
        return SchemaState.ABSENT
    with at_the_door(), engine.connect() as connection:
        return _state(connection)


def migrate(engine: Engine) -> None:
    """Create or change the tables in one transaction; does nothing if they are current.

    An SQLite file is created with mode 0600 if there is none.

    Raises:
        DatabaseUnavailableError: The database cannot be written.
        SchemaError: The tables are newer than this version.
    """
    if not _file_exists(engine):
        _create(Path(str(engine.url.database)))
    if schema_state(engine) is SchemaState.CURRENT:
        return
    # Alembic takes a tenth of a second, and nearly every process finds nothing to do. Not while
    # the database is locked: others wait for that.
    from gateway.storage.upgrade import upgrade  # noqa: PLC0415  see above

    with at_the_door(), engine.connect() as connection:
        _wait_longer(connection)
        with immediate(connection).begin():
            _lock(connection)
            # Another process may have done it meanwhile, or a newer one.
            match _state(connection):
                case SchemaState.CURRENT:
                    return
                case SchemaState.AHEAD:
                    raise SchemaError("the database was made by a newer version of this package")
                case SchemaState.ABSENT | SchemaState.BEHIND:
                    upgrade(connection)


def _create(path: Path) -> None:
    # A file that somebody else makes meanwhile is not opened: to close it would take away the
    # locks that another thread of this process holds on it.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise SchemaError(f"{path}: the database file cannot be created") from error


def _wait_longer(connection: Connection) -> None:
    """Making tables may take longer than an answer may: SQLite's part of that."""
    native = connection.connection.driver_connection
    if isinstance(native, sqlite3.Connection):
        native.execute(f"PRAGMA busy_timeout = {_PATIENCE_S * 1000}")


def _lock(connection: Connection) -> None:
    """PostgreSQL's part, in the transaction; SQLite has locked already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _state(connection: Connection) -> SchemaState:
    found = _stamped(connection)
    if not found:
        return SchemaState.ABSENT
    known = revisions()
    if found == {known[-1]}:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if found <= set(known) else SchemaState.AHEAD


def revisions() -> tuple[str, ...]:
    """Return every revision that this package knows, the oldest first, by its file names."""
    return tuple(sorted(module.name.split("_")[1] for module in iter_modules(versions.__path__)))


def _stamped(connection: Connection) -> set[str]:
    """Return the revision that Alembic has left in the database, if it has."""
    if not inspect(connection).has_table(_STAMP):
        return set()
    noted = column("version_num", String())
    return set(connection.scalars(select(noted).select_from(table(_STAMP))))


def _file_exists(engine: Engine) -> bool:
    return engine.dialect.name != "sqlite" or Path(str(engine.url.database)).exists()
