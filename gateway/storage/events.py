"""What partners are owed, and what was heard of them, for all processes of a city."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Table,
    bindparam,
    delete,
    literal_column,
    null,
    select,
    update,
)

from gateway.ids import EntityId, Timestamp
from gateway.services.event_ports import Delivery, Pushes
from gateway.storage.columns import ColumnError, declared, integer, text
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Statement, Values, equal, generate, insert_new, upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.events import EventDelivery, EventSource, HeardEvent
from gateway.storage.writer import Writer
from gateway.trust.events import REMEMBERED_S, Hearing, hear


class SqlEventRows:
    """``EventRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        self._prepare_hearing(dialect)
        self._prepare_delivery(dialect)

    def _prepare_hearing(self, dialect: Dialect) -> None:
        heard, source = table_of(HeardEvent), table_of(EventSource)
        columns = select(*_columns(dialect, heard, "digest", "heard_at"))
        kept = heard.c.heard_at >= bindparam("kept_from")
        self._heard = generate(dialect, columns.where(equal(HeardEvent, "anchor_id"), kept))
        self._remember = insert_new(dialect, HeardEvent)
        old = equal(HeardEvent, "anchor_id") & (heard.c.heard_at < bindparam("kept_from"))
        self._drop_old = generate(dialect, delete(heard).where(old))
        self._forget = generate(
            dialect, delete(heard).where(equal(HeardEvent, "anchor_id", "digest"))
        )
        insert = upsert(dialect, EventSource)
        # Changes nothing where there is a row, and locks it until the transaction ends.
        self._lock = generate(
            dialect,
            insert.on_conflict_do_update(
                index_elements=["anchor_id"], set_={"heard_at": source.c.heard_at}
            ),
        )
        told = update(source).values(heard_at=bindparam("at"))
        self._tell = generate(dialect, told.where(source.c.anchor_id == bindparam("anchor")))
        heard_at = select(*_columns(dialect, source, "heard_at")).where(
            equal(EventSource, "anchor_id")
        )
        self._heard_at = generate(dialect, heard_at)

    def _prepare_delivery(self, dialect: Dialect) -> None:
        table, insert = table_of(EventDelivery), upsert(dialect, EventDelivery)
        again: Values = {
            "owed": table.c.owed + literal_column("1"),
            **{name: insert.excluded[name] for name in ("owed_at", "attempts", "next_at")},
        }
        self._owe = generate(
            dialect,
            insert.on_conflict_do_update(index_elements=["anchor_id"], set_=dict(again)),
        )
        open_ = (table.c.delivered < table.c.owed) & (table.c.owed_at >= bindparam("since"))
        whole = select(*_columns(dialect, table, "anchor_id", "owed", "owed_at", "attempts"))
        due = whole.where(open_, table.c.next_at <= bindparam("now"))
        self._due = generate(dialect, due.order_by(table.c.next_at, table.c.anchor_id))
        ours = table.c.anchor_id == bindparam("anchor")
        taken = update(table).values(
            delivered=bindparam("number"), delivered_at=bindparam("at"), last_error=null()
        )
        older = table.c.delivered < bindparam("number")
        self._delivered = generate(dialect, taken.where(ours, older))
        failed = update(table).values(
            attempts=bindparam("tried"), next_at=bindparam("next"), last_error=bindparam("error")
        )
        newest = table.c.owed == bindparam("number")
        self._failed = generate(dialect, failed.where(ours, newest))
        names = ("delivered_at", "owed", "delivered", "next_at", "last_error")
        told = select(*_columns(dialect, table, *names)).where(equal(EventDelivery, "anchor_id"))
        self._pushes = generate(dialect, told)

    def hear(self, anchor: EntityId, jti: str, now: Timestamp) -> tuple[Hearing, int]:
        """Take a verified event by the rule of ``trust.events.hear``."""
        digest, known = _digest(jti), {"anchor_id": anchor, "kept_from": now - REMEMBERED_S}
        # A flood ends here: no transaction is begun for what is known or too much.
        verdict, wait_s = hear(_by_digest(self._reader.all(self._heard, known)), digest, now)
        if verdict is not Hearing.FIRST:
            return verdict, wait_s
        return self._writer.run(partial(self._take, anchor, digest, now))

    def forget(self, anchor: EntityId, jti: str) -> None:
        """Take back that an event was heard."""
        self._run(self._forget, {"anchor_id": anchor, "digest": _digest(jti)})

    def owe(self, anchors: frozenset[EntityId], now: Timestamp, due_at: Timestamp) -> None:
        """Owe each partner one more event, in place of any older one."""
        self._writer.run(partial(self._owe_all, sorted(anchors), now, due_at))

    def due(self, now: Timestamp, since: Timestamp) -> tuple[Delivery, ...]:
        """Return what may be tried now, of what was announced at ``since`` or later."""
        rows = self._reader.all(self._due, {"now": now, "since": since})
        return tuple(filter(None, map(_delivery_of, rows)))

    def delivered(self, delivery: Delivery, now: Timestamp) -> None:
        """Note that a partner took an event; a newer one stays owed."""
        self._run(
            self._delivered, {"anchor": delivery.anchor, "number": delivery.number, "at": now}
        )

    def failed(self, delivery: Delivery, error: str, next_at: Timestamp | None) -> None:
        """Note why an attempt failed; None ends the attempts."""
        values = {
            "anchor": delivery.anchor,
            "number": delivery.number,
            "tried": delivery.attempts + 1,
            "next": next_at,
            "error": error,
        }
        self._run(self._failed, values)

    def pushes(self, anchor: EntityId) -> Pushes:
        """Return how it went with one partner."""
        known = {"anchor_id": anchor}
        heard, sent = (self._reader.one(each, known) for each in (self._heard_at, self._pushes))
        heard_at = _moment(heard[0]) if heard else None
        with suppress(ColumnError):
            return _pushes_of(sent, heard_at)
        return Pushes(heard_at=heard_at)

    def _take(
        self, anchor: EntityId, digest: str, now: Timestamp, cursor: Cursor
    ) -> tuple[Hearing, int]:
        self._lock.run(cursor, {"anchor_id": anchor, "heard_at": None})
        known = {"anchor_id": anchor, "kept_from": now - REMEMBERED_S}
        cursor.execute(self._heard.sql, self._heard.parameters(known))
        verdict, wait_s = hear(_by_digest(list(cursor.fetchall())), digest, now)
        if verdict is Hearing.FIRST:
            self._drop_old.run(cursor, known)
            values = {"anchor_id": anchor, "digest": digest, "heard_at": now}
            self._remember.run(cursor, values)
            self._tell.run(cursor, {"anchor": anchor, "at": now})
        return verdict, wait_s

    def _owe_all(
        self, anchors: list[EntityId], now: Timestamp, due_at: Timestamp, cursor: Cursor
    ) -> None:
        for anchor in anchors:
            values = {
                "anchor_id": anchor,
                "owed": 1,
                "delivered": 0,
                "owed_at": now,
                "attempts": 0,
                "next_at": due_at,
                "delivered_at": None,
                "last_error": None,
            }
            self._owe.run(cursor, values)

    def _run(self, statement: Statement, values: Values) -> None:
        self._writer.run(lambda cursor: statement.run(cursor, values))


def _digest(jti: str) -> str:
    return hashlib.sha256(jti.encode("ascii")).hexdigest()


def _by_digest(rows: Sequence[Row]) -> dict[str, Timestamp]:
    """Odd rows are none: at worst a repeat makes us look once more."""
    known = dict[str, Timestamp]()
    for digest, heard_at in rows:
        with suppress(ColumnError):
            known[text(digest)] = Timestamp(integer(heard_at))
    return known


def _delivery_of(row: Row) -> Delivery | None:
    """One odd row keeps no other partner from its event."""
    anchor, number, owed_at, attempts = row
    try:
        return Delivery(
            anchor=EntityId(text(anchor)),
            number=integer(number),
            owed_at=Timestamp(integer(owed_at)),
            attempts=integer(attempts),
        )
    except ColumnError:
        return None


def _pushes_of(row: Row | None, heard_at: Timestamp | None) -> Pushes:
    if row is None:
        return Pushes(heard_at=heard_at)
    sent_at, owed, delivered, next_at, error = row
    missing = integer(delivered) < integer(owed)
    return Pushes(
        sent_at=_moment(sent_at),
        owed=missing,
        sending=missing and next_at is not None,
        error=text(error) if missing and error is not None else None,
        heard_at=heard_at,
    )


def _moment(value: object) -> Timestamp | None:
    return Timestamp(value) if isinstance(value, int) else None


def _columns(dialect: Dialect, table: Table, *names: str) -> tuple[ColumnElement[object], ...]:
    return tuple(declared(dialect, table.c[name]) for name in names)
