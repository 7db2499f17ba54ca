"""Databases for tests: of PostgreSQL fresh ones, of SQLite copies of a migrated one.

Migrating takes longer than most tests.
"""

import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import URL

from gateway.storage.engine import open_engine
from gateway.storage.schema import migrate


def new_database(path: Path) -> str:
    """Write an SQLite file with every table and no row; return its SQLAlchemy address."""
    path.write_bytes(_migrated())
    path.chmod(0o600)
    return f"sqlite:///{path}"


def migrate_at(url: str) -> None:
    """Make the tables in the database at ``url``."""
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()


@contextmanager
def fresh_database(server: URL) -> Generator[str]:
    """Yield the SQLAlchemy address of an empty PostgreSQL database, which is dropped at last."""
    name = f"credit_gateway_test_{secrets.token_hex(8)}"
    with psycopg.connect(libpq(server), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            # FORCE: a server process that a test killed may still hold a connection.
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def libpq(url: URL) -> str:
    """Return an address as PostgreSQL's own library writes it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "gateway.db"
        migrate_at(f"sqlite:///{path}")
        return path.read_bytes()
