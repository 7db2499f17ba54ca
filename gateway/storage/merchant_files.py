"""Files of merchants, and merchants that come with one."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, func, select

from gateway.clock import china_date, day_number
from gateway.ids import MerchantId
from gateway.ledger.entries import Note
from gateway.services.merchant_files import MerchantFile
from gateway.services.ports import Merchant
from gateway.storage import tables
from gateway.storage.ledger import SqlLedger
from gateway.storage.merchants import SqlMerchantDirectory
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Statement, Values, equal, generate, insert_new, upsert
from gateway.storage.tables import table_of
from gateway.storage.writer import Writer

_KEY = "merchant_id"


class SqlMerchantFiles:
    """``MerchantFileRows`` on either database."""

    def __init__(
        self,
        dialect: Dialect,
        reader: Reader,
        writer: Writer,
        ledger: SqlLedger,
        directory: SqlMerchantDirectory,
    ) -> None:
        self._reader, self._writer, self._ledger = reader, writer, ledger
        self._directory = directory
        file, merchant = table_of(tables.merchants.MerchantFile), tables.merchants.Merchant
        whole = select(*file.c)
        self._list = generate(dialect, whole)
        self._get = generate(dialect, whole.where(equal(tables.merchants.MerchantFile, _KEY)))
        self._add = insert_new(dialect, tables.merchants.MerchantFile)
        self._set_uscc = _setting(dialect, "uscc", "uscc_reason")
        self._set_commitment = _setting(dialect, "commitment_due", "commitment_returned")
        there, table = equal(merchant, "id"), table_of(merchant)
        stays = table.c.state != bindparam("never")
        self._there = generate(dialect, select(table.c.id).where(there, stays))
        late = (file.c.commitment_due < bindparam("day"), file.c.commitment_returned.is_(None))
        counted = select(func.count(), func.min(file.c.commitment_due))
        self._overdue = generate(dialect, counted.select_from(file.join(table)).where(*late, stays))

    def add_all(self, added: Sequence[tuple[Merchant, MerchantFile, Note]]) -> None:
        """Store merchants with their files, and the entry of each: all of them or none."""
        self._writer.run(partial(self._write_all, added))

    def get(self, merchant: MerchantId) -> MerchantFile:
        """Return a file; an empty one where there is none."""
        row = self._reader.one(self._get, {_KEY: merchant})
        return MerchantFile() if row is None else _file(row)

    def list_all(self) -> Mapping[MerchantId, MerchantFile]:
        """Return every file that there is."""
        rows = self._reader.all(self._list, {})
        return {MerchantId(cast("str", row[0])): _file(row) for row in rows}

    def overdue(self, day: int) -> tuple[int, int]:
        """Return how many commitments are overdue on a day, and when the first was due; 0 if none.

        Merchants that were removed do not count.
        """
        count, due = self._reader.one(self._overdue, {"day": day, "never": "removed"}) or (0, None)
        return cast("int", count), cast("int", due or 0)

    def set_uscc(
        self, merchant: MerchantId, code: str | None, reason: str | None, note: Note
    ) -> bool:
        """Store the code; return whether there is such a merchant that was not removed."""
        values = _values(merchant, MerchantFile(uscc=code, uscc_reason=reason))
        written = partial(self._write, self._set_uscc, values)
        return self._ledger.noted(written, lambda done: note if done else None)

    def set_commitment(
        self, merchant: MerchantId, due: date | None, returned: date | None, note: Note
    ) -> bool:
        """Store both days; return whether there is such a merchant that was not removed."""
        days = MerchantFile(commitment_due=due, commitment_returned=returned)
        written = partial(self._write, self._set_commitment, _values(merchant, days))
        return self._ledger.noted(written, lambda done: note if done else None)

    def _write_all(
        self, added: Sequence[tuple[Merchant, MerchantFile, Note]], cursor: Cursor
    ) -> None:
        for merchant, file, _ in added:
            self._directory.write(merchant, cursor)
            self._add.run(cursor, _values(merchant.id, file))
        self._ledger.write_all([note for _, _, note in added], cursor)

    def _write(self, setting: Statement, values: Values, cursor: Cursor) -> bool:
        asked = {"id": values[_KEY], "never": "removed"}
        cursor.execute(self._there.sql, self._there.parameters(asked))
        return cursor.fetchone() is not None and setting.run(cursor, values) > 0


def _setting(dialect: Dialect, *columns: str) -> Statement:
    """Return an insert that overwrites these columns of a file that is there."""
    insert = upsert(dialect, tables.merchants.MerchantFile)
    changed = {name: insert.excluded[name] for name in columns}
    return generate(dialect, insert.on_conflict_do_update(index_elements=[_KEY], set_=changed))


def _values(merchant: MerchantId, file: MerchantFile) -> Values:
    return {
        _KEY: merchant,
        "uscc": file.uscc,
        "uscc_reason": file.uscc_reason,
        "commitment_due": _number(file.commitment_due),
        "commitment_returned": _number(file.commitment_returned),
    }


def _number(day: date | None) -> int | None:
    return None if day is None else day_number(day)


def _file(row: Row) -> MerchantFile:
    _, uscc, reason, due, returned = row
    return MerchantFile(
        uscc=cast("str | None", uscc),
        uscc_reason=cast("str | None", reason),
        commitment_due=_day(due),
        commitment_returned=_day(returned),
    )


def _day(number: object) -> date | None:
    return None if number is None else china_date(cast("int", number))
