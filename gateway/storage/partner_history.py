"""What was accepted from partners, and what was alarming about them."""

from contextlib import suppress
from functools import partial

from sqlalchemy import Dialect, bindparam, case, literal_column, select

from gateway.ids import EntityId, Timestamp
from gateway.services.ports import Alarm
from gateway.storage.columns import ColumnError, declared, integer, text
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Statement, Values, equal, generate, replace, upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.trust import AcceptedStatement
from gateway.storage.tables.trust import Alarm as AlarmTable
from gateway.storage.writer import Writer

_DAY_S = 86_400


class PartnerHistory:
    """The half of ``PartnerRows`` that only ever grows, until it is pruned."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        self._remember = replace(dialect, AcceptedStatement, "anchor_id", "digest")
        accepted = table_of(AcceptedStatement)
        self._accepted = generate(
            dialect,
            select(
                declared(dialect, accepted.c.role), declared(dialect, accepted.c.issued_at)
            ).where(equal(AcceptedStatement, "anchor_id", "digest")),
        )
        self._raise = _raising(dialect)
        table = table_of(AlarmTable)
        self._alarms = generate(
            dialect,
            select(
                declared(dialect, table.c.anchor_id),
                declared(dialect, table.c.code),
                declared(dialect, table.c.at),
                declared(dialect, table.c.count),
            )
            .where(table.c.at >= bindparam("since"))
            .order_by(table.c.at.desc(), table.c.anchor_id, table.c.code),
        )

    def accepted(self, anchor_id: EntityId, digest: str) -> tuple[str, Timestamp] | None:
        """Return role and ``iat`` of an accepted statement by its hash; an odd row is none."""
        row = self._reader.one(self._accepted, {"anchor_id": anchor_id, "digest": digest})
        with suppress(ColumnError):
            if row is not None:
                return text(row[0]), Timestamp(integer(row[1]))
        return None

    def remember_accepted(
        self, anchor_id: EntityId, role: str, digest: str, issued_at: Timestamp, now: Timestamp
    ) -> None:
        """Remember that a statement was accepted."""
        values = {
            "anchor_id": anchor_id,
            "digest": digest,
            "role": role,
            "issued_at": issued_at,
            "accepted_at": now,
        }
        self._writer.run(partial(_run, self._remember, values))

    def alarm(self, anchor_id: EntityId, code: str, at: Timestamp) -> None:
        """Raise an alarm."""
        values = {"anchor_id": anchor_id, "code": code, "day": at // _DAY_S, "at": at, "count": 1}
        self._writer.run(partial(_run, self._raise, values))

    def alarms(self, since: Timestamp) -> tuple[Alarm, ...]:
        """Return the alarms with ``at >= since``, newest first; odd rows are none."""
        rows = self._reader.all(self._alarms, {"since": since})
        return tuple(filter(None, map(_alarm_of, rows)))


def _alarm_of(row: Row) -> Alarm | None:
    anchor_id, code, at, count = row
    try:
        return Alarm(
            anchor_id=EntityId(text(anchor_id)),
            code=text(code),
            at=Timestamp(integer(at)),
            count=integer(count),
        )
    except ColumnError:
        return None


def _raising(dialect: Dialect) -> Statement:
    table, insert = table_of(AlarmTable), upsert(dialect, AlarmTable)
    later = case((table.c.at < insert.excluded.at, insert.excluded.at), else_=table.c.at)
    return generate(
        dialect,
        insert.on_conflict_do_update(
            index_elements=["anchor_id", "code", "day"],
            set_={"at": later, "count": table.c.count + literal_column("1")},
        ),
    )


def _run(statement: Statement, values: Values, cursor: Cursor) -> None:
    statement.run(cursor, values)
