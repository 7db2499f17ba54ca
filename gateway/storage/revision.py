"""The trust revision: one number that changes with everything that trust rests on."""

from typing import cast

from sqlalchemy import Dialect, literal_column, select, update

from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.statements import generate
from gateway.storage.tables import table_of
from gateway.storage.tables.trust import TrustRevision


class SqlTrustRevision:
    """``TrustRevision`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader) -> None:
        self._reader = reader
        self._read = generate(dialect, select(table_of(TrustRevision).c.revision))

    def current(self) -> int:
        """Return the number as it is now: one cheap read."""
        row = self._reader.one(self._read, {})
        return 0 if row is None else cast("int", row[0])


class Bump:
    """Raises the revision inside a transaction; done last, since all writers queue for its row."""

    def __init__(self, dialect: Dialect) -> None:
        revision = table_of(TrustRevision).c.revision
        raised = update(table_of(TrustRevision)).values(revision=revision + literal_column("1"))
        self._raise = generate(dialect, raised)

    def run(self, cursor: Cursor) -> None:
        """Raise it by one."""
        self._raise.run(cursor, {})
