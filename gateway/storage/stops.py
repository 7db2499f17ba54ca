"""The one row of emergency stops."""

from functools import partial
from typing import Final

from sqlalchemy import Dialect, bindparam, select, update

from gateway.ledger.entries import Note
from gateway.services.stop_ports import StopRow
from gateway.services.trust_ports import ConflictError
from gateway.storage.columns import declared
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.statements import Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.trust import StopOrder

_ID: Final = 1


class SqlStopRows:
    """``StopRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, ledger: SqlLedger) -> None:
        self._reader = reader
        self._ledger = ledger
        table = table_of(StopOrder)
        columns = (
            declared(dialect, each) for each in (table.c.version, table.c.document, table.c.seal)
        )
        self._get = generate(dialect, select(*columns).where(equal(StopOrder, "id")))
        self._insert = insert_new(dialect, StopOrder)
        changed = update(table).values(
            version=bindparam("new_version"),
            document=bindparam("new_document"),
            seal=bindparam("new_seal"),
        )
        unchanged = (table.c.id == bindparam("of")) & (table.c.version == bindparam("replaced"))
        self._replace = generate(dialect, changed.where(unchanged))

    def get(self) -> StopRow | None:
        """Return the row; odd values are bytes that nobody sealed."""
        row = self._reader.one(self._get, {"id": _ID})
        if row is None:
            return None
        version, document, seal = row
        return StopRow(
            version=version if isinstance(version, int) else 0,
            document=document if isinstance(document, bytes) else b"",
            seal=seal if isinstance(seal, bytes) else b"",
        )

    def put(self, row: StopRow, replaced: StopRow | None, note: Note) -> None:
        """Store a row in place of the one that was read; durable on return."""
        self._ledger.noted(partial(self._store, row, replaced), note)

    def _store(self, row: StopRow, replaced: StopRow | None, cursor: Cursor) -> None:
        stored = self._insert if replaced is None else self._replace
        if not stored.run(cursor, _values(row, replaced)):
            raise ConflictError("somebody else changed what is stopped")


def _values(row: StopRow, replaced: StopRow | None) -> Values:
    if replaced is None:
        return {"id": _ID, "version": row.version, "document": row.document, "seal": row.seal}
    return {
        "of": _ID,
        "replaced": replaced.version,
        "new_version": row.version,
        "new_document": row.document,
        "new_seal": row.seal,
    }
