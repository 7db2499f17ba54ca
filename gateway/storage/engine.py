"""Opening the database: one address, two dialects, every wait bounded.

The bounds add up to the promise of the ports: a dead or locked database is an
``UnavailableError`` within a few seconds, never a hanging request.
"""

import sqlite3
from typing import Literal, cast
from urllib.parse import quote

import psycopg
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from gateway.clock import monotonic_s, wait_s
from gateway.storage.errors import DatabaseUrlError

Synchronous = Literal["FULL", "NORMAL"]
"""``FULL``: an answer survives loss of power. ``NORMAL``: it survives the process, and loss of
power may take the last moments (SQLite WAL without fsync; PostgreSQL synchronous_commit off)."""

CONNECT_S = 2
"""How long PostgreSQL may take to accept a connection; libpq allows no less."""

LOCK_WAIT_S = 2
"""How long to wait for another writer before the database counts as locked."""

STATEMENT_S = 3
"""How long one statement may take on PostgreSQL."""

_WAL_LIMIT_BYTES = 64 * 1024 * 1024
_BEGIN = "gateway_begin"


def open_engine(url: str, *, synchronous: Synchronous = "FULL") -> Engine:
    """Return an engine for ``sqlite:///FILE`` or ``postgresql://…``; connects to nothing yet.

    An SQLite file is never created here: a database that vanished must not come back empty.
    ``schema.migrate`` creates it.

    Raises:
        DatabaseUrlError: It is neither, or a database in memory.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseUrlError("the database address is no URL") from None
    match parsed.get_backend_name():
        case "sqlite":
            return _open_sqlite(parsed, synchronous)
        case "postgresql":
            return _open_postgresql(parsed, synchronous)
        case _:
            raise DatabaseUrlError("the database must be sqlite:///FILE or postgresql://…")


def immediate(connection: Connection) -> Connection:
    """Let transactions of ``connection`` take SQLite's write lock at their start.

    One that reads first and then writes would fail if another wrote between. PostgreSQL
    ignores it.
    """
    return connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def _open_sqlite(url: URL, synchronous: Synchronous) -> Engine:
    path = url.database
    if not path or path == ":memory:" or url.query:
        raise DatabaseUrlError("an SQLite database needs a file, and takes no parameters")
    address = f"file:{quote(path)}?mode=rw"

    def connect() -> sqlite3.Connection:
        # Autocommit mode of the driver: BEGIN and COMMIT are written out where they belong.
        return sqlite3.connect(
            address, uri=True, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False
        )

    engine = create_engine(
        URL.create("sqlite", database=path), creator=connect, poolclass=NullPool, paramstyle="qmark"
    )

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        _write_ahead(connection)
        for pragma in (
            f"journal_size_limit={_WAL_LIMIT_BYTES}",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(str(options.get(_BEGIN, "BEGIN")))

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL; of several that do so at once SQLite lets none wait by itself."""
    deadline_s = monotonic_s() + LOCK_WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic_s() > deadline_s:
                raise
            wait_s(0.01)
        else:
            return


def _open_postgresql(url: URL, synchronous: Synchronous) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=2,
        max_overflow=2,
        pool_timeout=CONNECT_S,
        paramstyle="format",
        connect_args={
            "application_name": "credit-gateway",
            "connect_timeout": CONNECT_S,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "tcp_user_timeout": STATEMENT_S * 1000,
        },
    )
    # A site may ask for more than "on" (remote_apply), never for less than was promised.
    commit = "off" if synchronous == "NORMAL" else "on"
    overruled = (
        "true" if synchronous == "NORMAL" else "current_setting('synchronous_commit') = 'off'"
    )
    settings = (
        f"SET statement_timeout = {STATEMENT_S * 1000}",
        f"SET lock_timeout = {LOCK_WAIT_S * 1000}",
        f"SET idle_in_transaction_session_timeout = {10 * STATEMENT_S * 1000}",
        f"SELECT set_config('synchronous_commit', '{commit}', false) WHERE {overruled}",
    )

    def prepare(connection: object, _record: object) -> None:
        native = cast("psycopg.Connection[tuple[object, ...]]", connection)
        native.autocommit = True
        for setting in settings:
            native.execute(setting.encode())
        native.autocommit = False

    event.listen(engine, "connect", prepare)
    return engine
