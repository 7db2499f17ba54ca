"""Telling apart why a database said no: by the driver's own codes, never by words if avoidable."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum

import psycopg
import sqlalchemy.exc

from gateway.errors import GatewayError
from gateway.storage.errors import DatabaseUnavailableError, Reason, WriteRefusedError

_SQLITE: dict[int, Reason] = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_PROTOCOL: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_NOMEM: "full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_CANTOPEN: "gone",
    sqlite3.SQLITE_IOERR: "gone",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_INTERRUPT: "timeout",
    sqlite3.SQLITE_SCHEMA: "schema",
}
_PRIMARY_CODE = 0xFF
"""SQLite's extended codes keep the primary code in the low byte."""

_POSTGRESQL: dict[str, Reason] = {
    "25006": "read_only",
    "42P01": "schema",
    "42703": "schema",
    "55P03": "locked",
    "57014": "timeout",
    "53100": "full",
    "53200": "full",
    "53300": "busy",
}
_GONE_CLASSES = ("08", "28", "3D", "53", "57", "58", "XX")
"""SQLSTATE classes: connection, authorisation, no such database, resources, operator, system."""

_TRY_AGAIN = ("40001", "40P01")
"""Serialisation failure and deadlock: the transaction was rolled back and may simply be rerun."""


class Fault(Enum):
    """What to do about an error."""

    AGAIN = "again"
    """Run the same transaction once more."""
    UNAVAILABLE = "unavailable"
    """The database is of no use to anybody now."""
    REFUSED = "refused"
    """One operation is at fault; its neighbours are not."""


def fault_of(error: Exception) -> tuple[Fault, Exception]:
    """Return what to do about ``error``, and the error of this project that stands for it.

    What is no error of a driver is one operation's own: it is given back as it is.
    """
    cause = _driver_error(error)
    if isinstance(cause, DatabaseUnavailableError):
        return Fault.UNAVAILABLE, cause
    if isinstance(cause, psycopg.Error) and cause.sqlstate in _TRY_AGAIN:
        return Fault.AGAIN, _unavailable("locked", cause)
    reason = _reason(cause)
    if reason is not None:
        return Fault.UNAVAILABLE, _unavailable(reason, cause)
    if isinstance(cause, GatewayError) or not isinstance(cause, (sqlite3.Error, psycopg.Error)):
        return Fault.REFUSED, cause
    refused = WriteRefusedError(f"the database refused a write: {type(cause).__name__}")
    refused.__cause__ = cause
    return Fault.REFUSED, refused


@contextmanager
def at_the_door() -> Generator[None]:
    """Let no error of a driver out of storage: each becomes the one that stands for it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # sorted by fault_of, and raised again
        _, raised = fault_of(error)
        raise raised from raised.__cause__


def _driver_error(error: Exception) -> Exception:
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return DatabaseUnavailableError("busy")
    if isinstance(error, sqlalchemy.exc.DBAPIError) and isinstance(error.orig, Exception):
        return error.orig
    return error


def _reason(cause: Exception) -> Reason | None:
    if isinstance(cause, sqlite3.Error):
        return _reason_sqlite(cause)
    if isinstance(cause, psycopg.Error):
        return _reason_postgresql(cause)
    return None


def _reason_sqlite(cause: sqlite3.Error) -> Reason | None:
    code = getattr(cause, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return "gone" if isinstance(cause, sqlite3.OperationalError) else None
    if code == sqlite3.SQLITE_ERROR and "no such" in str(cause):
        return "schema"
    return _SQLITE.get(code & _PRIMARY_CODE)


def _reason_postgresql(cause: psycopg.Error) -> Reason | None:
    state = cause.sqlstate
    if state is None:
        return "gone" if isinstance(cause, psycopg.OperationalError) else None
    return _POSTGRESQL.get(state) or ("gone" if state.startswith(_GONE_CLASSES) else None)


def _unavailable(reason: Reason, cause: Exception) -> DatabaseUnavailableError:
    error = DatabaseUnavailableError(reason)
    error.__cause__ = cause
    return error
