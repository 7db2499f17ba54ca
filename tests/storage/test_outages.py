"""Databases that are gone, locked, full, read-only or silent: bounded, named, and recovered."""

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, event, make_url

from gateway.ids import ReceiptId
from gateway.services.ports import Recorded
from gateway.storage import engine as engine_module
from gateway.storage.engine import open_engine
from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.reader import CONNECTIONS
from gateway.storage.schema import SchemaState, migrate, schema_state
from gateway.storage.session import Cursor
from gateway.storage.store import Store
from tests.storage.proxies import Proxy, proxied
from tests.storage.rows import at_once, counts, showing

BOUND_S = 20.0
"""An outage is answered within "a few seconds"; tests run beside others on a busy machine."""


def _refused(call: Callable[[], object]) -> str:
    start = time.monotonic()
    with pytest.raises(DatabaseUnavailableError) as refused:
        call()
    assert time.monotonic() - start < BOUND_S
    return refused.value.reason


def _migrated(url: str) -> Store:
    store = Store.open(url)
    migrate(store.engine)
    return store


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """Return where the database of ``sqlite_store`` is."""
    return tmp_path / "city.sqlite3"


@pytest.fixture
def sqlite_store(sqlite_file: Path) -> Generator[Store]:
    """Yield a store on SQLite."""
    store = _migrated(f"sqlite:///{sqlite_file}")
    yield store
    store.close()


@pytest.fixture
def through_proxy(postgres_url: str) -> Generator[tuple[Proxy, Store]]:
    """Yield a store on PostgreSQL, and the proxy that it is reached through."""
    with proxied(postgres_url) as (proxy, url):
        store = _migrated(url)
        yield proxy, store
        proxy.mend()
        store.close()


def test_a_file_locked_by_another_process_refuses_and_recovers(
    sqlite_store: Store, sqlite_file: Path
) -> None:
    other = sqlite3.connect(sqlite_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    reason = _refused(lambda: sqlite_store.verifications.record(showing("a")))
    other.execute("COMMIT")
    other.close()

    assert reason == "locked"
    assert sqlite_store.verifications.record(showing("a")) is Recorded.FIRST


def test_all_who_wait_behind_a_lock_are_refused_together(
    sqlite_store: Store, sqlite_file: Path
) -> None:
    other = sqlite3.connect(sqlite_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def show(n: int) -> str:
        return _refused(lambda: sqlite_store.verifications.record(showing(f"c{n}")))

    reasons = at_once([partial(show, n) for n in range(12)])
    other.close()

    assert set(reasons) == {"locked"}
    assert counts(sqlite_store) == (0, 0, 0)


def test_a_lock_that_ends_in_time_is_waited_for(sqlite_store: Store, sqlite_file: Path) -> None:
    other = sqlite3.connect(sqlite_file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    ending.start()

    outcome = sqlite_store.verifications.record(showing("a"))

    ending.join()
    other.close()
    assert outcome is Recorded.FIRST


def test_a_full_database_refuses_writes_answers_reads_and_recovers(sqlite_file: Path) -> None:
    engine = open_engine(f"sqlite:///{sqlite_file}")
    migrate(engine)
    full = [True]

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        if full[0]:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(engine, "connect", limit)
    store = Store.from_engine(engine)
    written: list[str] = []

    def fill() -> None:
        for n in range(2000):
            store.verifications.record(showing(f"c{n}", f"till-{n}" * 50, receipt=f"R{n}"))
            written.append(f"R{n}")

    reason = _refused(fill)
    found = [store.verifications.find(ReceiptId(one)) for one in written]
    full[0] = False
    outcome = store.verifications.record(showing("later"))
    total = counts(store)
    store.close()

    assert reason == "full"
    assert None not in found
    assert outcome is Recorded.FIRST
    assert total[2] == len(written) + 1


def test_a_read_only_database_refuses_writes_answers_reads_and_recovers(sqlite_file: Path) -> None:
    engine = open_engine(f"sqlite:///{sqlite_file}")
    migrate(engine)
    read_only = ["ON"]
    event.listen(
        engine, "connect", lambda one, _record: one.execute(f"PRAGMA query_only={read_only[0]}")
    )
    store = Store.from_engine(engine)

    reason = _refused(lambda: store.verifications.record(showing("a")))
    revision = store.revision.current()
    read_only[0] = "OFF"
    outcome = store.verifications.record(showing("a"))
    store.close()

    assert (reason, revision, outcome) == ("read_only", 1, Recorded.FIRST)


def test_a_file_that_was_moved_away_takes_no_writes_that_nobody_would_find(
    sqlite_store: Store, sqlite_file: Path
) -> None:
    sqlite_store.verifications.record(showing("a"))
    away = sqlite_file.with_suffix(".away")
    sqlite_file.rename(away)

    writing = _refused(lambda: sqlite_store.verifications.record(showing("b")))
    reading = _refused(sqlite_store.revision.current)
    state = schema_state(sqlite_store.engine)
    existed = sqlite_file.exists()
    away.rename(sqlite_file)

    assert (writing, reading, state, existed) == ("gone", "gone", SchemaState.ABSENT, False)
    assert sqlite_store.verifications.record(showing("b")) is Recorded.FIRST
    assert sqlite_store.verifications.record(showing("a")) is Recorded.BURNED


def test_a_file_that_is_no_database_is_named_damaged(tmp_path: Path) -> None:
    file = tmp_path / "city.sqlite3"
    file.write_bytes(b"not a database" * 1000)
    store = Store.open(f"sqlite:///{file}")

    reasons = {
        _refused(lambda: store.verifications.record(showing("a"))),
        _refused(store.revision.current),
        _refused(lambda: schema_state(store.engine)),
        _refused(lambda: migrate(store.engine)),
    }

    store.close()
    assert reasons == {"damaged"}


def test_missing_tables_are_named(database_url: str) -> None:
    store = Store.open(database_url)
    migrate_later = store.engine
    if make_url(database_url).get_backend_name() == "sqlite":
        Path(str(make_url(database_url).database)).touch()

    reasons = {
        _refused(lambda: store.verifications.record(showing("a"))),
        _refused(store.revision.current),
    }
    migrate(migrate_later)
    outcome = store.verifications.record(showing("a"))

    store.close()
    assert reasons == {"schema"}
    assert outcome is Recorded.FIRST


def test_terminated_connections_are_replaced_unnoticed(postgres_url: str) -> None:
    store = _migrated(postgres_url)
    store.verifications.record(showing("terminated-1"))
    store.revision.current()
    parsed = make_url(postgres_url).set(drivername="postgresql")

    with psycopg.connect(
        parsed.render_as_string(hide_password=False), autocommit=True, application_name="officer"
    ) as officer:
        officer.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'credit-gateway'"
        )
    outcomes = (
        store.verifications.record(showing("terminated-1")),
        store.verifications.record(showing("terminated-2")),
        store.revision.current() > 0,
    )

    store.close()
    assert outcomes == (Recorded.BURNED, Recorded.FIRST, True)


def test_a_server_that_is_gone_refuses_and_recovers(through_proxy: tuple[Proxy, Store]) -> None:
    proxy, store = through_proxy
    store.verifications.record(showing("gone-1"))
    store.revision.current()
    proxy.cut()

    reasons = {
        _refused(lambda: store.verifications.record(showing("gone-2"))),
        _refused(store.revision.current),
        _refused(lambda: schema_state(store.engine)),
    }
    proxy.mend()

    assert reasons == {"gone"}
    assert store.verifications.record(showing("gone-2")) is Recorded.FIRST
    assert store.revision.current() > 0


def test_a_commit_whose_answer_was_lost_is_not_run_twice(
    through_proxy: tuple[Proxy, Store],
) -> None:
    proxy, store = through_proxy
    runs: list[int] = []

    def operation(_cursor: Cursor) -> None:
        runs.append(1)
        proxy.cut()

    reason = _refused(lambda: store.writer.run(operation))

    assert (reason, len(runs)) == ("gone", 1)


def test_a_server_that_falls_silent_refuses_in_time_and_recovers(
    through_proxy: tuple[Proxy, Store],
) -> None:
    proxy, store = through_proxy
    store.verifications.record(showing("silent-1"))
    for _ in range(CONNECTIONS):
        store.revision.current()
    proxy.hang()

    writing = _refused(lambda: store.verifications.record(showing("silent-2")))
    reading = _refused(store.revision.current)
    proxy.cut()
    proxy.mend()

    assert {writing, reading} <= {"gone", "timeout"}
    assert store.verifications.record(showing("silent-3")) is Recorded.FIRST
    assert store.revision.current() > 0


def test_a_standby_refuses_writes_answers_reads_and_recovers(postgres_server: URL) -> None:
    name = f"credit_gateway_standby_{secrets.token_hex(8)}"
    server = postgres_server.set(drivername="postgresql").render_as_string(hide_password=False)
    url = postgres_server.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as officer:
        officer.execute(f"CREATE DATABASE {name}".encode())
        _migrated(url).close()
        officer.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        store = Store.open(url)

        reason = _refused(lambda: store.verifications.record(showing("a")))
        revision = store.revision.current()
        officer.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = off".encode())
        outcome = store.verifications.record(showing("a"))

        store.close()
        officer.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    assert (reason, revision, outcome) == ("read_only", 1, Recorded.FIRST)


def test_a_statement_that_another_transaction_blocks_is_refused(postgres_url: str) -> None:
    store = _migrated(postgres_url)
    parsed = make_url(postgres_url).set(drivername="postgresql")

    with psycopg.connect(parsed.render_as_string(hide_password=False)) as other:
        other.execute("LOCK TABLE burn IN EXCLUSIVE MODE")
        reason = _refused(lambda: store.verifications.record(showing("blocked")))
    outcome = store.verifications.record(showing("blocked"))

    store.close()
    assert (reason, outcome) == ("locked", Recorded.FIRST)


def test_the_bounds_leave_room_for_an_answer() -> None:
    assert engine_module.LOCK_WAIT_S < engine_module.STATEMENT_S < BOUND_S
