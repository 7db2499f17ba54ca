"""Bringing the tables of a database to what this version of the package needs."""

import os
from enum import Enum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from gateway.storage.engine import immediate
from gateway.storage.errors import SchemaError
from gateway.storage.faults import at_the_door

_LOCK = 0x63726564
"""Name of the PostgreSQL advisory lock under which one process at a time migrates."""


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
        path = Path(str(engine.url.database))
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise SchemaError(f"{path}: the database file cannot be created") from error
    with at_the_door(), engine.connect() as connection, immediate(connection).begin():
        if connection.dialect.name == "postgresql":
            # Making tables may take longer than an answer may.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    match _state(connection):
        case SchemaState.CURRENT:
            return
        case SchemaState.AHEAD:
            raise SchemaError("the database was made by a newer version of this package")
        case SchemaState.ABSENT | SchemaState.BEHIND:
            configuration = _configuration()
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")


def _state(connection: Connection) -> SchemaState:
    scripts = ScriptDirectory.from_config(_configuration())
    found = set(MigrationContext.configure(connection).get_current_heads())
    if not found:
        return SchemaState.ABSENT
    if found == set(scripts.get_heads()):
        return SchemaState.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return SchemaState.BEHIND if found <= known else SchemaState.AHEAD


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", "gateway.storage:migrations")
    configuration.set_main_option("path_separator", "os")
    return configuration


def _file_exists(engine: Engine) -> bool:
    return engine.dialect.name != "sqlite" or Path(str(engine.url.database)).exists()
