"""What tills do that the office should see, and whose a venue is."""

import threading
from collections.abc import Sequence
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, select

from gateway.ids import MerchantId, VenueId
from gateway.ledger.entries import Note
from gateway.services.till_watch import Incident, IncidentKind
from gateway.storage.counting import Counting
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import generate, insert_new, upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.merchants import Venue
from gateway.storage.tables.tills import TillIncident
from gateway.storage.writer import Writer

_Key = tuple[int, str, str, str]


class SqlIncidentRows:
    """``IncidentRows`` and ``VenueOwners`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader, self._ledger = reader, ledger
        self._lock = threading.Lock()
        self._counting = Counting(writer, self._write)
        self._begun = frozenset[_Key]()
        table, insert = table_of(TillIncident), upsert(dialect, TillIncident)
        self._begin = insert_new(dialect, TillIncident)
        self._add = generate(
            dialect,
            insert.on_conflict_do_update(
                index_elements=["day", "merchant_id", "till", "kind"],
                set_={"count": table.c.count + insert.excluded.count},
            ),
        )
        newest = select(*table.c).where(
            table.c.merchant_id == bindparam("of_merchant"), table.c.day >= bindparam("since_day")
        )
        order = (table.c.day.desc(), table.c.kind, table.c.till)
        self._of = generate(dialect, newest.order_by(*order))
        venue = table_of(Venue)
        elsewhere = select(venue.c.id).where(
            venue.c.id == bindparam("venue"), venue.c.merchant_id != bindparam("of_merchant")
        )
        self._elsewhere = generate(dialect, elsewhere.limit(1))

    def count(self, kind: IncidentKind, merchant: MerchantId, till: str, day: int) -> None:
        """Count one, in this process only until the next flush."""
        self._counting.count((day, merchant, till, kind.value))

    def begin(
        self, kind: IncidentKind, merchant: MerchantId, till: str, day: int, note: Note
    ) -> None:
        """Write the entry of an incident unless this till had one of this kind on this day."""
        key = (day, merchant, till, kind.value)
        if key in self._begun:
            return
        first = partial(self._write, ((key, 0),), begin=True)
        self._ledger.noted(first, lambda written: note if written else None)
        with self._lock:
            # Of one day only: what is older never comes again.
            self._begun = frozenset({key, *(each for each in self._begun if each[0] == day)})

    def of(self, merchant: MerchantId, since_day: int) -> Sequence[Incident]:
        """Return what was seen of a merchant from a day on, the newest first."""
        values = {"of_merchant": merchant, "since_day": since_day}
        return tuple(map(_incident, self._reader.all(self._of, values)))

    def is_elsewhere(self, venue: VenueId, merchant: MerchantId) -> bool:
        """Return whether another merchant has a venue of this id."""
        values = {"venue": venue, "of_merchant": merchant}
        return self._reader.one(self._elsewhere, values) is not None

    def flush(self) -> None:
        """Add what was counted to the database; if that fails, it is kept for the next time."""
        self._counting.flush()

    def _write(
        self, counted: Sequence[tuple[_Key, int]], cursor: Cursor, *, begin: bool = False
    ) -> int:
        statement, written = self._begin if begin else self._add, 0
        for (day, merchant, till, kind), count in counted:
            values = {"day": day, "merchant_id": merchant, "till": till, "kind": kind}
            written += statement.run(cursor, {**values, "count": count})
        return written


def _incident(row: Row) -> Incident:
    day, merchant, till, kind, count = row
    return Incident(
        day=cast("int", day),
        merchant=MerchantId(cast("str", merchant)),
        till=cast("str", till),
        kind=IncidentKind(cast("str", kind)),
        count=cast("int", count),
    )
