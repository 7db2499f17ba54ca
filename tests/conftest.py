"""What every test may ask for: a database of its own, and no silent skip in CI.

A service that is not there is a skip that names it on a developer's machine and a failure in
CI (``CI`` or ``CREDIT_GATEWAY_TEST_STRICT`` is set). Other addresses than the defaults are
given in ``CREDIT_GATEWAY_TEST_POSTGRES`` and ``CREDIT_GATEWAY_TEST_REDIS``.
"""

import gc
import logging
import os
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, make_url
from werkzeug.routing import Rule

from gateway.storage import redis_buckets
from gateway.storage.redis_buckets import fault_of, place_of
from gateway.storage.store import Store
from gateway.storage.tables import METADATA
from gateway.vault import root
from tests.databases import fresh_database, libpq, migrate_at, new_database
from tests.node_reader import NodeReader

POSTGRES = os.environ.get(
    "CREDIT_GATEWAY_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
REDIS = os.environ.get("CREDIT_GATEWAY_TEST_REDIS", "redis://127.0.0.1:6379/0")
STRICT = any(
    os.environ.get(name, "").lower() in {"1", "true", "yes"}
    for name in ("CI", "CREDIT_GATEWAY_TEST_STRICT")
)

# What a test finds depends on no machine's pace.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what is marked ``early`` first, after any shuffling."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


def pytest_collection_finish() -> None:
    """Keep the collector of cycles off what stays anyway: it was a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a skipped test fail where skipping is not allowed."""
    report = yield
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"{item.nodeid} may not be skipped in CI. {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let a file that skips itself fail where skipping is not allowed."""
    report = yield
    if STRICT and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} may not be skipped in CI. {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def log_of_the_process() -> Generator[None]:
    """Give the next test the logger that this one found, not one that a closed stream feeds."""
    logger = logging.getLogger("gateway")
    before = (list(logger.handlers), logger.propagate, logger.level)
    configured: dict[str, Any] | None = (
        structlog.get_config() if structlog.is_configured() else None
    )
    yield
    if configured is None:
        structlog.reset_defaults()
    else:
        structlog.configure(**configured)
    logger.handlers, logger.propagate = before[0], before[1]
    logger.setLevel(before[2])


@pytest.fixture(scope="session", autouse=True)
def routes_compiled_once() -> Generator[None]:
    """Compile each route once a process: each site that a test makes has all 150 of them."""
    compile_anew, known = Rule._compile_builder, dict[tuple[object, ...], Callable[..., object]]()  # noqa: SLF001  see above

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., object]:  # noqa: FBT001, FBT002  as it is called
        key = (append_unknown, *rule._trace, *sorted(rule.arguments), repr(rule.defaults))  # noqa: SLF001  see above
        if key not in known:
            known[key] = compile_anew(rule, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def loggers_made_anew() -> Generator[None]:
    """Let no module keep the logger that one test configured: the next may listen to another."""
    configure = structlog.configure

    def uncached(**how: Any) -> None:  # noqa: ANN401  as it was called
        how["cache_logger_on_first_use"] = False
        configure(**how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", uncached)
        yield


@pytest.fixture(scope="session", autouse=True)
def passphrases_stretched_once() -> Generator[None]:
    """Stretch each passphrase once a process: cities are copied, opened and opened again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(root, "_stretched", cache(root._stretched))  # noqa: SLF001  see above
        yield


@pytest.fixture(scope="session", autouse=True)
def redis_waited_for() -> Generator[None]:
    """Take no Redis for one that hangs because a busy machine keeps it waiting for a moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redis_buckets, "TIMEOUT_S", 10.0)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> URL:
    """Return the address of a PostgreSQL where databases may be made and dropped."""
    url = make_url(POSTGRES)
    try:
        psycopg.connect(libpq(url), connect_timeout=30).close()
    except psycopg.OperationalError:
        pytest.skip(f"no PostgreSQL at {url.host}:{url.port} (CREDIT_GATEWAY_TEST_POSTGRES)")
    return url


@pytest.fixture(scope="session")
def postgres_url(postgres_server: URL) -> Generator[str]:
    """Yield the SQLAlchemy address of a database that the tests of one process share."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Return the address of a Redis; tests share it, under names that nobody else draws."""
    if fault_of(REDIS):
        pytest.skip(f"no Redis at {place_of(REDIS)} (CREDIT_GATEWAY_TEST_REDIS)")
    return REDIS


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """Yield the SQLAlchemy address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'gateway.sqlite3'}"
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with every table, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "gateway.sqlite3"
    new_database(path)
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_server: URL) -> Generator[str]:
    """Yield the address of a PostgreSQL database with every table, to be emptied after a test."""
    with fresh_database(postgres_server) as url:
        migrate_at(url)
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """Yield the SQLAlchemy address of a database with empty tables, of each kind in turn."""
    if request.param == "sqlite":
        yield new_database(tmp_path / "gateway.sqlite3")
        return
    url = request.getfixturevalue("migrated_database")
    yield url
    _empty(url)


@pytest.fixture
def store(migrated_url: str) -> Generator[Store]:
    """Yield the ports on an empty, migrated database of each kind in turn."""
    opened = Store.open(migrated_url, ledger_key=bytes(range(32)))
    yield opened
    opened.close()


def _empty(url: str) -> None:
    """Delete every row; making a database takes half a second each time."""
    with psycopg.connect(libpq(make_url(url)), autocommit=True) as admin:
        # A process that a test killed may still hold a lock.
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        try:
            _delete_rows(admin)
        except psycopg.errors.UndefinedTable:
            # A test took a table away.
            admin.execute("DROP SCHEMA public CASCADE")
            admin.execute("CREATE SCHEMA public")
            migrate_at(url)


def _delete_rows(admin: psycopg.Connection) -> None:
    tables = [table.name for table in reversed(METADATA.sorted_tables)]
    tables.remove("trust_revision")
    steps = [f'DELETE FROM "{name}"' for name in tables]  # noqa: S608  our own names
    # One message, which is one transaction: each on its own would wait for the server once.
    admin.execute("; ".join([*steps, "UPDATE trust_revision SET revision = 1"]).encode())


@pytest.fixture(scope="session")
def node() -> NodeReader:
    """Return what reads vectors as a stranger does."""
    return NodeReader.find()
