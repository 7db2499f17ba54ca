"""Wishes to hear of a partner soon: one row a partner."""

from contextlib import suppress
from functools import partial

from sqlalchemy import Dialect, bindparam, false, or_, select, true, update

from gateway.ids import EntityId, Timestamp
from gateway.storage.columns import ColumnError, declared, text
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import generate, upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.worker import RefreshWish
from gateway.storage.writer import Writer


class SqlRefreshWishes:
    """``RefreshWishes`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        table, insert = table_of(RefreshWish), upsert(dialect, RefreshWish)
        # A time to come is that of a clock that was set back since: it spaces nothing.
        spaced = or_(
            table.c.wished_at <= insert.excluded.wished_at - bindparam("spacing_s"),
            table.c.wished_at > insert.excluded.wished_at,
        )
        self._wish = generate(
            dialect,
            insert.on_conflict_do_update(
                index_elements=["anchor_id"],
                set_={"wished_at": insert.excluded.wished_at, "owed": insert.excluded.owed},
                where=spaced,
            ),
        )
        self._owed = generate(dialect, select(table.c.wished_at).where(table.c.owed == true()))
        granted = update(table).where(table.c.owed == true()).values(owed=false())
        self._take = generate(dialect, granted.returning(declared(dialect, table.c.anchor_id)))

    def wish(self, anchor: EntityId, now: Timestamp, *, spacing_s: int = 0) -> None:
        """Wish that all three statements of a partner be fetched soon."""
        values = {"anchor_id": anchor, "wished_at": now, "owed": True, "spacing_s": spacing_s}
        self._writer.run(partial(self._wish.run, values=values))

    def take(self) -> tuple[EntityId, ...]:
        """Return the partners that were wished for, and consider the wishes granted."""
        # Nearly always there is none, and a read is cheaper than the write lock.
        if self._reader.one(self._owed, {}) is None:
            return ()
        found = list[EntityId]()
        for row in self._writer.run(self._taken):
            with suppress(ColumnError):
                found.append(EntityId(text(row[0])))
        return tuple(found)

    def _taken(self, cursor: Cursor) -> list[Row]:
        self._take.run(cursor, {})
        return list(cursor.fetchall())
