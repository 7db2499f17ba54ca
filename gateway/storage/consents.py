"""Citizens' consents."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, select, update

from gateway.ids import CityId, Timestamp
from gateway.services.audit import Acting
from gateway.services.consent import Channel, ConsentReceipt
from gateway.services.ports import ConflictError
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Statement, Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.citizens import Consent


class SqlConsentRows:
    """``ConsentRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, ledger: SqlLedger) -> None:
        self._reader = reader
        self._ledger = ledger
        table = table_of(Consent)
        newest_first = select(*table.c).where(equal(Consent, "owner"))
        newest_first = newest_first.order_by(table.c.given_at.desc(), table.c.number)
        self._add = insert_new(dialect, Consent)
        self._all_of = generate(dialect, newest_first)
        self._in_force = generate(dialect, newest_first.where(table.c.ended_at.is_(None)))
        self._ending = Ending(dialect)

    def add(self, receipt: ConsentReceipt, acting: Acting) -> None:
        """Store one, and end the others of that person that hold; durable on return."""
        facts = {"wording": receipt.wording, "channel": receipt.channel}
        note = acting.note("consent.given", receipt.number, **facts)
        self._ledger.noted(partial(self._store, receipt, acting), note)

    def in_force(self, owner: bytes) -> ConsentReceipt | None:
        """Return the newest receipt of a person that was not ended."""
        row = self._reader.one(self._in_force, {"owner": owner})
        return None if row is None else _receipt(row)

    def all_of(self, owner: bytes) -> Sequence[ConsentReceipt]:
        """Return every receipt of a person, newest first."""
        return [_receipt(row) for row in self._reader.all(self._all_of, {"owner": owner})]

    def _store(self, receipt: ConsentReceipt, acting: Acting, cursor: Cursor) -> None:
        ended = self._ending.run(cursor, receipt.owner, acting.at)
        if not self._add.run(cursor, _values(receipt)):
            raise ConflictError("this receipt is stored already")
        if ended:
            self._ledger.write(acting.note("consent.ended", " ".join(ended)), cursor)


class Ending:
    """Ends what holds of a person, inside a transaction."""

    def __init__(self, dialect: Dialect) -> None:
        table = table_of(Consent)
        ended = update(table).values(ended_at=bindparam("now"))
        theirs = ended.where(table.c.owner == bindparam("of"), table.c.ended_at.is_(None))
        self._end: Statement = generate(dialect, theirs.returning(table.c.number))

    def run(self, cursor: Cursor, owner: bytes, now: Timestamp) -> Sequence[str]:
        """Return the numbers of the receipts that were ended."""
        values: Values = {"of": owner, "now": now}
        cursor.execute(self._end.sql, self._end.parameters(values))
        return [cast("str", row[0]) for row in cursor.fetchall()]


def _values(receipt: ConsentReceipt) -> Values:
    values = {name: getattr(receipt, name) for name in ConsentReceipt.__dataclass_fields__}
    return values | {"recipients": " ".join(sorted(receipt.recipients))}


def _receipt(row: Row) -> ConsentReceipt:
    number, owner, wording, recipients, channel, given_at, ended_at = row
    return ConsentReceipt(
        number=cast("str", number),
        owner=cast("bytes", owner),
        wording=cast("str", wording),
        recipients=frozenset(map(CityId, cast("str", recipients).split())),
        channel=cast("Channel", channel),
        given_at=Timestamp(cast("int", given_at)),
        ended_at=None if ended_at is None else Timestamp(cast("int", ended_at)),
    )
