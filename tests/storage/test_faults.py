"""Which errors of the drivers mean what."""

import sqlite3
import threading
from collections.abc import Callable
from functools import partial

import psycopg
import pytest
import sqlalchemy.exc
from psycopg import errors

from gateway.services.ports import ConflictError, Recorded
from gateway.storage.errors import DatabaseUnavailableError, WriteRefusedError
from gateway.storage.faults import Fault, at_the_door, fault_of
from gateway.storage.schema import migrate
from gateway.storage.session import Cursor
from gateway.storage.store import Store
from tests.storage.rows import at_once, showing


def _sqlite(code: int, words: str = "words") -> sqlite3.Error:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


UNAVAILABLE: dict[str, tuple[Exception, str]] = {
    "busy": (_sqlite(sqlite3.SQLITE_BUSY), "locked"),
    "busy snapshot": (_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "locked"),
    "full": (_sqlite(sqlite3.SQLITE_FULL), "full"),
    "read-only directory": (_sqlite(sqlite3.SQLITE_READONLY_DIRECTORY), "read_only"),
    "cannot open": (_sqlite(sqlite3.SQLITE_CANTOPEN), "gone"),
    "fsync failed": (_sqlite(sqlite3.SQLITE_IOERR_FSYNC), "gone"),
    "corrupt": (_sqlite(sqlite3.SQLITE_CORRUPT), "damaged"),
    "interrupted": (_sqlite(sqlite3.SQLITE_INTERRUPT), "timeout"),
    "no table": (_sqlite(sqlite3.SQLITE_ERROR, "no such table: burn"), "schema"),
    "without a code": (sqlite3.OperationalError("words"), "gone"),
    "terminated": (errors.AdminShutdown(), "gone"),
    "starting up": (errors.CannotConnectNow(), "gone"),
    "too many connections": (errors.TooManyConnections(), "busy"),
    "disk full": (errors.DiskFull(), "full"),
    "standby": (errors.ReadOnlySqlTransaction(), "read_only"),
    "lock timeout": (errors.LockNotAvailable(), "locked"),
    "statement timeout": (errors.QueryCanceled(), "timeout"),
    "undefined table": (errors.UndefinedTable(), "schema"),
    "wrong password": (errors.InvalidPassword(), "gone"),
    "no such database": (errors.InvalidCatalogName(), "gone"),
    "broken connection": (psycopg.OperationalError("words"), "gone"),
    "pool used up": (sqlalchemy.exc.TimeoutError(), "busy"),
    "wrapped by SQLAlchemy": (
        sqlalchemy.exc.OperationalError("statement", {}, _sqlite(sqlite3.SQLITE_FULL)),
        "full",
    ),
}


@pytest.mark.parametrize(("error", "reason"), UNAVAILABLE.values(), ids=UNAVAILABLE)
def test_an_outage_has_a_reason(error: Exception, reason: str) -> None:
    fault, raised = fault_of(error)

    assert fault is Fault.UNAVAILABLE
    assert isinstance(raised, DatabaseUnavailableError)
    assert raised.reason == reason
    assert "words" not in str(raised)


@pytest.mark.parametrize("error", [errors.DeadlockDetected(), errors.SerializationFailure()])
def test_a_transaction_that_lost_a_race_is_run_again(error: Exception) -> None:
    assert fault_of(error)[0] is Fault.AGAIN


@pytest.mark.parametrize(
    "error",
    [
        _sqlite(sqlite3.SQLITE_CONSTRAINT_NOTNULL),
        _sqlite(sqlite3.SQLITE_ERROR, "near syntax"),
        sqlite3.IntegrityError("words"),
        errors.NotNullViolation(),
        errors.SyntaxError(),
        psycopg.DataError("words"),
    ],
)
def test_a_refused_write_is_one_operations_own_fault(error: Exception) -> None:
    fault, raised = fault_of(error)

    assert fault is Fault.REFUSED
    assert isinstance(raised, WriteRefusedError)
    assert raised.__cause__ is error


@pytest.mark.parametrize("error", [ConflictError("meanwhile"), KeyError("bug")])
def test_what_is_no_drivers_error_is_left_as_it_is(error: Exception) -> None:
    assert fault_of(error) == (Fault.REFUSED, error)


def test_no_error_of_a_driver_passes_the_door() -> None:
    with pytest.raises(DatabaseUnavailableError), at_the_door():
        raise errors.AdminShutdown


def test_a_null_that_is_not_allowed_is_refused_and_nothing_else_is(store: Store) -> None:
    bad = showing("bad", "till")
    object.__setattr__(bad, "sealed_answer", None)

    with pytest.raises(WriteRefusedError):
        store.verifications.record(bad)

    assert store.verifications.record(showing("bad", "till")) is Recorded.FIRST


def test_a_deadlock_between_two_machines_is_run_again_until_both_are_done(
    postgres_url: str,
) -> None:
    stores = [Store.open(postgres_url) for _ in range(2)]
    migrate(stores[0].engine)
    both_hold_one = threading.Barrier(2)
    runs: list[str] = []

    def crossing(first: str, second: str) -> Callable[[Cursor], None]:
        def operation(cursor: Cursor) -> None:
            runs.append(first)
            insert = "INSERT INTO refusal VALUES (%s, %s, 1) ON CONFLICT DO NOTHING"
            cursor.execute(insert, (1, first))
            if runs.count(first) == 1:
                both_hold_one.wait(4)
            cursor.execute(insert, (1, second))

        return operation

    at_once(
        [
            partial(stores[0].writer.run, crossing("a", "b")),
            partial(stores[1].writer.run, crossing("b", "a")),
        ]
    )

    for store in stores:
        store.close()
    # At least one lost and was run again; on a busy machine it may lose more than once.
    assert set(runs) == {"a", "b"}
    assert len(runs) >= 3
