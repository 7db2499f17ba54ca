"""Complaints about merchants."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, func, select, update

from gateway.ids import MerchantId, OfferId
from gateway.ledger.entries import Note
from gateway.services.complaints import ComplaintRow
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.cases import Complaint
from gateway.storage.writer import Writer


class SqlComplaintRows:
    """``ComplaintRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader, self._writer, self._ledger = reader, writer, ledger
        table = table_of(Complaint)
        whole, waits = select(*table.c), table.c.closed_day.is_(None)
        self._add = insert_new(dialect, Complaint)
        self._get = generate(dialect, whole.where(equal(Complaint, "number")))
        first = whole.where(waits).order_by(table.c.due_day, table.c.number)
        self._waiting = generate(dialect, first.limit(bindparam("rows")))
        newest = whole.where(~waits).order_by(table.c.closed_day.desc(), table.c.number)
        self._answered = generate(dialect, newest.limit(bindparam("rows")))
        backlog = select(func.count(), func.min(table.c.due_day)).where(waits)
        self._backlog = generate(dialect, backlog)
        answered = update(table).values(
            sealed_answer=bindparam("new_answer"), closed_day=bindparam("today")
        )
        self._answer = generate(dialect, answered.where(table.c.number == bindparam("of"), waits))

    def add(self, row: ComplaintRow, most: int) -> bool:
        """Store one unless ``most`` wait already; durable on return. Return whether it was."""
        values = {name: getattr(row, name) for name in ComplaintRow.__dataclass_fields__}
        return self._writer.run(partial(self._store, values, most))

    def get(self, number: str) -> ComplaintRow | None:
        """Return one."""
        row = self._reader.one(self._get, {"number": number})
        return None if row is None else _complaint(row)

    def about(self, number: str) -> tuple[bool, MerchantId | None]:
        """Return whether there is one of this number, and which merchant it names, if one."""
        found = self.get(number)
        return found is not None, None if found is None else found.merchant

    def waiting(self, count: int) -> Sequence[ComplaintRow]:
        """Return so many that wait, the earliest due first."""
        return tuple(map(_complaint, self._reader.all(self._waiting, {"rows": count})))

    def answered(self, count: int) -> Sequence[ComplaintRow]:
        """Return so many that were answered, the newest first."""
        return tuple(map(_complaint, self._reader.all(self._answered, {"rows": count})))

    def backlog(self) -> tuple[int, int]:
        """Return how many wait, and the earliest due day; 0 if none does."""
        count, due = self._reader.one(self._backlog, {}) or (0, None)
        return cast("int", count), cast("int", due or 0)

    def answer(self, number: str, sealed_answer: bytes, day: int, note: Note) -> bool:
        """Store the answer of one that waits; return whether there was one."""
        values = {"of": number, "new_answer": sealed_answer, "today": day}
        written = partial(self._write_answer, values)
        return self._ledger.noted(written, lambda done: note if done else None)

    def _store(self, values: Values, most: int, cursor: Cursor) -> bool:
        cursor.execute(self._backlog.sql, self._backlog.parameters({}))
        row = cursor.fetchone()
        full = row is not None and cast("int", row[0]) >= most
        return not full and self._add.run(cursor, values) > 0

    def _write_answer(self, values: Values, cursor: Cursor) -> bool:
        return self._answer.run(cursor, values) > 0


def _complaint(row: Row) -> ComplaintRow:
    number, kind, offer, merchant, sealed, filed_day, due_day, answer, closed_day = row
    return ComplaintRow(
        number=cast("str", number),
        kind=cast("str", kind),
        offer=None if offer is None else OfferId(cast("str", offer)),
        merchant=None if merchant is None else MerchantId(cast("str", merchant)),
        sealed=cast("bytes", sealed),
        filed_day=cast("int", filed_day),
        due_day=cast("int", due_day),
        sealed_answer=cast("bytes | None", answer),
        closed_day=cast("int | None", closed_day),
    )
