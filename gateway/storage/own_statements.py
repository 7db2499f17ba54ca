"""Statements that this city signed itself."""

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import Dialect, select

from gateway.ids import Timestamp
from gateway.ledger.entries import Note
from gateway.services.ports import NotNewerError, StatementRole
from gateway.services.trust_ports import NewStatement
from gateway.storage.columns import ColumnError, declared, text
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.revision import Bump
from gateway.storage.session import Cursor
from gateway.storage.statements import Values, generate, upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.trust import OwnStatement
from gateway.storage.writer import Writer


class SqlOwnStatements:
    """``OwnStatements`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._ledger = ledger
        self._reader = reader
        self._writer = writer
        self._bump = Bump(dialect)
        table, insert = table_of(OwnStatement), upsert(dialect, OwnStatement)
        changed = ("token", "issued_at", "stored_at")
        self._put = generate(
            dialect,
            insert.on_conflict_do_update(
                index_elements=["role"],
                set_={name: insert.excluded[name] for name in changed},
                where=table.c.issued_at < insert.excluded.issued_at,
            ),
        )
        columns = (declared(dialect, column) for column in (table.c.role, table.c.token))
        self._all = generate(dialect, select(*columns))

    def put(self, role: StatementRole, token: str, issued_at: Timestamp, now: Timestamp) -> None:
        """Store a statement in place of the older one, and raise the trust revision."""
        values = {"role": role, "token": token, "issued_at": issued_at, "stored_at": now}
        self._writer.run(partial(self._store, values))

    def put_all(self, statements: Sequence[NewStatement], now: Timestamp, note: Note) -> None:
        """Put all statements or none, with the note's ledger entry in the same transaction."""
        rows: list[Values] = [
            {
                "role": each.role,
                "token": each.token,
                "issued_at": each.issued_at,
                "stored_at": now,
            }
            for each in statements
        ]
        self._ledger.noted(partial(self._store_all, rows), lambda _: note)

    def all(self) -> Mapping[str, str]:
        """Return the statement of each role that has one."""
        rows = self._reader.all(self._all, {})
        return {_text(role): _text(token) for role, token in rows}

    def _store_all(self, rows: Sequence[Values], cursor: Cursor) -> None:
        for values in rows:
            self._store(values, cursor)

    def _store(self, values: Values, cursor: Cursor) -> None:
        if not self._put.run(cursor, values):
            raise NotNewerError("the stored statement is as new or newer")
        self._bump.run(cursor)


def _text(value: object) -> str:
    """Return a column's text; what somebody spoiled by hand is empty, which nobody signed."""
    try:
        return text(value)
    except ColumnError:
        return ""
