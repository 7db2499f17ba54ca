"""Citizens' consents."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, select, update

from gateway.ids import Timestamp
from gateway.ledger.entries import Note
from gateway.services.audit import Acting
from gateway.services.consent import ConsentReceipt
from gateway.services.ports import ConflictError
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.statements import Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.citizens import Consent


class SqlConsentRows:
    """``ConsentRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, ledger: SqlLedger) -> None:
        self._reader = reader
        self._ledger = ledger
        table = table_of(Consent)
        holds = table.c.ended_at.is_(None)
        newest = select(*table.c).where(equal(Consent, "owner"), holds)
        self._add = insert_new(dialect, Consent)
        self._in_force = generate(dialect, newest.order_by(table.c.given_at.desc()))
        ended = update(table).values(ended_at=bindparam("now"))
        theirs = ended.where(table.c.owner == bindparam("of"), holds)
        self._end = generate(dialect, theirs.returning(table.c.number))

    def add(self, receipt: ConsentReceipt, note: Note) -> None:
        """Store one; durable on return."""
        values = {name: getattr(receipt, name) for name in ConsentReceipt.__dataclass_fields__}
        self._ledger.noted(partial(self._store, values), note)

    def in_force(self, owner: bytes) -> ConsentReceipt | None:
        """Return the newest receipt of a person that was not ended."""
        row = self._reader.one(self._in_force, {"owner": owner})
        if row is None:
            return None
        number, of, wording, given_at, _ = row
        return ConsentReceipt(
            number=cast("str", number),
            owner=cast("bytes", of),
            wording=cast("str", wording),
            given_at=Timestamp(cast("int", given_at)),
        )

    def end(self, owner: bytes, acting: Acting) -> int:
        """End every receipt of a person that holds; return how many."""

        def told(numbers: Sequence[str]) -> Note | None:
            return acting.note("consent.ended", " ".join(numbers)) if numbers else None

        values = {"of": owner, "now": acting.at}
        return len(self._ledger.noted(partial(self._write_end, values), told))

    def _write_end(self, values: Values, cursor: Cursor) -> Sequence[str]:
        cursor.execute(self._end.sql, self._end.parameters(values))
        return [cast("str", row[0]) for row in cursor.fetchall()]

    def _store(self, values: Values, cursor: Cursor) -> None:
        if not self._add.run(cursor, values):
            raise ConflictError("this receipt is stored already")
