"""Objections to assessments."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, cast

from sqlalchemy import BindParameter, Dialect, bindparam, func, select, update

from gateway.ledger.entries import Note
from gateway.services.objection_ports import ObjectionRow, ObjectionState
from gateway.services.ports import ConflictError
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.cases import Objection
from gateway.storage.writer import Writer

_CHANGED: Final = (
    *("open_of", "due_day", "review_day", "sealed_reason", "state", "outcome", "sealed_answer"),
    *("answered_by", "review_outcome", "sealed_review", "closed_day"),
)


class SqlObjectionRows:
    """``ObjectionRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader, self._writer, self._ledger = reader, writer, ledger
        table = table_of(Objection)
        self._names = [column.name for column in table.c]
        whole, waits = select(*table.c), table.c.open_of.is_not(None)
        self._add = insert_new(dialect, Objection)
        self._get = generate(dialect, whole.where(equal(Objection, "number")))
        newest_own = whole.where(equal(Objection, "subject")).order_by(
            table.c.filed_day.desc(), table.c.closed_day.desc(), table.c.number
        )
        self._of = generate(dialect, newest_own.limit(bindparam("rows")))
        first = whole.where(waits).order_by(table.c.due_day, table.c.number)
        self._waiting = generate(dialect, first.limit(bindparam("rows")))
        newest = whole.where(~waits).order_by(table.c.closed_day.desc(), table.c.number)
        self._closed = generate(dialect, newest.limit(bindparam("rows")))
        backlog = select(func.count(), func.min(table.c.due_day)).where(waits)
        self._backlog = generate(dialect, backlog)
        self._held = generate(dialect, whole.where(waits, table.c.tier.is_not(None)))
        # Locks nothing: whoever changes an objection queues for the ledger's head before.
        other = select(table.c.number).where(
            table.c.open_of == bindparam("waits_for"), table.c.number != bindparam("of")
        )
        self._other = generate(dialect, other)
        changed: dict[str, BindParameter[object]] = {
            name: bindparam(f"new_{name}") for name in _CHANGED
        }
        put = update(table).values(version=table.c.version + 1, **changed)
        unchanged = (table.c.number == bindparam("of")) & (table.c.version == bindparam("read"))
        self._put = generate(dialect, put.where(unchanged))

    def add(self, row: ObjectionRow, note: Note) -> bool:
        """Store one; return False, and store nothing, if its ``open_of`` has one already."""
        values = {name: getattr(row, name) for name in self._names}
        values["state"] = row.state.value
        stored = partial(self._run_add, values)
        return self._ledger.noted(stored, lambda done: note if done else None)

    def put(self, row: ObjectionRow, note: Note) -> bool:
        """Store a change of a row that still has this ``version``, which rises."""
        try:
            self._writer.run(partial(self._run_put, row, note))
        except ConflictError:
            return False
        return True

    def append(self, note: Note) -> None:
        """Write an entry of an act that changes no row; durable on return."""
        self._ledger.append(note)

    def get(self, number: str) -> ObjectionRow | None:
        """Return one."""
        row = self._reader.one(self._get, {"number": number})
        return None if row is None else self._row(row)

    def list_of(self, subject: bytes, count: int) -> Sequence[ObjectionRow]:
        """Return so many of a person, newest first."""
        rows = self._reader.all(self._of, {"subject": subject, "rows": count})
        return tuple(map(self._row, rows))

    def waiting(self, count: int) -> Sequence[ObjectionRow]:
        """Return so many that wait, the earliest due first."""
        return tuple(map(self._row, self._reader.all(self._waiting, {"rows": count})))

    def closed(self, count: int) -> Sequence[ObjectionRow]:
        """Return so many that do not wait, the newest first."""
        return tuple(map(self._row, self._reader.all(self._closed, {"rows": count})))

    def backlog(self) -> tuple[int, int]:
        """Return how many wait, and the earliest due day; 0 if none does."""
        count, due = self._reader.one(self._backlog, {}) or (0, None)
        return cast("int", count), cast("int", due or 0)

    def held(self) -> Sequence[ObjectionRow]:
        """Return those that wait and hold a tier."""
        return tuple(map(self._row, self._reader.all(self._held, {})))

    def _run_add(self, values: Mapping[str, object], cursor: Cursor) -> bool:
        return self._add.run(cursor, values) > 0

    def _run_put(self, row: ObjectionRow, note: Note, cursor: Cursor) -> None:
        # The entry first: it queues for the ledger's head, so that of two who change the same at
        # once the second sees what the first did.
        self._ledger.write(note, cursor)
        values: dict[str, object] = {f"new_{name}": getattr(row, name) for name in _CHANGED}
        values |= {"new_state": row.state.value, "of": row.number, "read": row.version}
        if row.open_of is not None:
            asked = {"waits_for": row.open_of, "of": row.number}
            cursor.execute(self._other.sql, self._other.parameters(asked))
            if cursor.fetchone() is not None:
                raise ConflictError("it was changed meanwhile, or another one waits")
        if not self._put.run(cursor, values):
            raise ConflictError("it was changed meanwhile, or another one waits")

    def _row(self, row: Row) -> ObjectionRow:
        values = dict(zip(self._names, row, strict=True))
        values["state"] = ObjectionState(cast("str", values["state"]))
        return ObjectionRow(**values)  # type: ignore[arg-type]  # columns are the attributes
