"""Bits of partners' status lists that were ever seen set."""

from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, select, update

from gateway.codes import status_list
from gateway.ids import EntityId, Timestamp
from gateway.services.status_ports import SeenBits
from gateway.storage import tables
from gateway.storage.columns import ColumnError, declared, text
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.statements import Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.writer import Writer


class SqlSeenStatus:
    """``SeenStatus`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        model = tables.status.SeenStatus
        table = table_of(model)
        of_one = equal(model, "anchor_id", "list_number")
        columns = (declared(dialect, column) for column in (table.c.digest, table.c.packed))
        self._seen = generate(dialect, select(*columns).where(of_one))
        self._first = insert_new(dialect, model)
        # Locks the row, so that of two processes the second adds to what the first stored.
        locked = update(table).values(seen_at=bindparam("now")).where(of_one)
        self._lock = generate(dialect, locked.returning(declared(dialect, table.c.packed)))
        changed = update(table).values(digest=bindparam("newest"), packed=bindparam("bits"))
        self._store = generate(dialect, changed.where(of_one))

    def seen(self, anchor: EntityId, number: int) -> SeenBits | None:
        """Return what was seen of one list; a row that cannot be read is not there."""
        row = self._reader.one(self._seen, {"anchor_id": anchor, "list_number": number})
        if row is None or not _whole(row[1]):
            return None
        try:
            return SeenBits(digest=text(row[0]), packed=cast("bytes", row[1]))
        except ColumnError:
            return None

    def see(self, anchor: EntityId, number: int, bits: SeenBits, now: Timestamp) -> int:
        """Add bits to those that were seen; return how many were set before and are not in them."""
        key = {"anchor_id": anchor, "list_number": number}
        return self._writer.run(partial(self._add, key, bits, now))

    def _add(self, key: Values, bits: SeenBits, now: Timestamp, cursor: Cursor) -> int:
        first = {"digest": bits.digest, "packed": bits.packed, "seen_at": now}
        if self._first.run(cursor, {**key, **first}):
            return 0
        cursor.execute(self._lock.sql, self._lock.parameters({**key, "now": now}))
        before = (cursor.fetchone() or (None,))[0]
        packed = bits.packed
        if _whole(before):
            packed = status_list.union(bits.packed, cast("bytes", before))
        values = {**key, "newest": bits.digest, "bits": packed}
        self._store.run(cursor, values)
        return status_list.count(packed) - status_list.count(bits.packed)


def _whole(packed: object) -> bool:
    """Return whether a column holds a list; a hand may have written anything else there."""
    return isinstance(packed, bytes) and len(packed) == status_list.SIZE_BYTES
