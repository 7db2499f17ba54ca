"""Notices to merchants, what they reply, and what the office answers."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, func, select, update

from gateway.ids import MerchantId
from gateway.ledger.entries import Note
from gateway.services.merchant_notices import NoticeRow
from gateway.storage.columns import declared
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Statement, Values, equal, generate
from gateway.storage.tables import table_of
from gateway.storage.tables.cases import MerchantNotice


class SqlNoticeRows:
    """``NoticeRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, ledger: SqlLedger) -> None:
        self._reader, self._ledger = reader, ledger
        table = table_of(MerchantNotice)
        whole = select(*table.c)
        of = whole.where(equal(MerchantNotice, "merchant_id"))
        self._of = generate(dialect, of.order_by(table.c.number.desc()))
        waits = (table.c.reply_day.is_not(None), table.c.answer_day.is_(None))
        oldest = whole.where(*waits).order_by(
            table.c.reply_day, table.c.merchant_id, table.c.number
        )
        self._unanswered = generate(dialect, oldest.limit(bindparam("rows")))
        replied_on = declared(dialect, table.c.reply_day)
        backlog = select(func.count(replied_on), func.min(replied_on)).where(*waits)
        self._backlog = generate(dialect, backlog)
        this = (
            table.c.merchant_id == bindparam("of_merchant"),
            table.c.number == bindparam("of_number"),
        )
        asked = (table.c.due_day.is_not(None), table.c.reply_day.is_(None))
        replied = update(table).values(sealed_reply=bindparam("text"), reply_day=bindparam("today"))
        self._reply = generate(dialect, replied.where(*this, *asked))
        answered = update(table).values(
            sealed_answer=bindparam("text"), answer_day=bindparam("today")
        )
        self._answer = generate(dialect, answered.where(*this, *waits))

    def of(self, merchant: MerchantId) -> Sequence[NoticeRow]:
        """Return every notice of a merchant, the newest first."""
        return tuple(map(_notice, self._reader.all(self._of, {"merchant_id": merchant})))

    def unanswered(self, count: int) -> Sequence[NoticeRow]:
        """Return so many that were replied to and wait for an answer, the oldest reply first."""
        return tuple(map(_notice, self._reader.all(self._unanswered, {"rows": count})))

    def backlog(self) -> tuple[int, int]:
        """Return how many replies wait for an answer, and the day of the oldest; 0 if none does."""
        count, day = self._reader.one(self._backlog, {}) or (0, None)
        return cast("int", count), cast("int", day or 0)

    def reply(self, merchant: MerchantId, number: int, sealed: bytes, day: int, note: Note) -> bool:
        """Store the reply to one that has none; return whether there was one."""
        return self._write(self._reply, merchant, number, sealed, day, note)

    def answer(
        self, merchant: MerchantId, number: int, sealed: bytes, day: int, note: Note
    ) -> bool:
        """Store the answer to a reply that has none; return whether there was one."""
        return self._write(self._answer, merchant, number, sealed, day, note)

    def _write(  # noqa: PLR0913, PLR0917  (one for each column)
        self,
        statement: Statement,
        merchant: MerchantId,
        number: int,
        sealed: bytes,
        day: int,
        note: Note,
    ) -> bool:
        values = {"of_merchant": merchant, "of_number": number, "text": sealed, "today": day}
        written = partial(_run, statement, values)
        return self._ledger.noted(written, lambda done: note if done else None)


def _run(statement: Statement, values: Values, cursor: Cursor) -> bool:
    return statement.run(cursor, values) > 0


def _notice(row: Row) -> NoticeRow:
    merchant, number, kind, sealed, day, due_day, reply, reply_day, answer, answer_day = row
    return NoticeRow(
        merchant=MerchantId(cast("str", merchant)),
        number=cast("int", number),
        kind=cast("str", kind),
        sealed=cast("bytes", sealed),
        day=cast("int", day),
        due_day=cast("int | None", due_day),
        sealed_reply=cast("bytes | None", reply),
        reply_day=cast("int | None", reply_day),
        sealed_answer=cast("bytes | None", answer),
        answer_day=cast("int | None", answer_day),
    )
