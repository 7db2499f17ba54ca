"""Places in own status lists, and which codes were revoked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Final, cast

from sqlalchemy import ColumnElement, Dialect, bindparam, case, func, literal_column, select, update

from gateway.ledger.entries import Note
from gateway.services.audit import Acting
from gateway.services.ports import ConflictError
from gateway.services.status_ports import HandOut, StatusEntry
from gateway.storage import tables
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.statements import (
    Statement,
    Values,
    equal,
    generate,
    insert_new,
    upsert,
)
from gateway.storage.tables import table_of
from gateway.storage.writer import Writer

_ONLY: Final = 1


class SqlStatusRows:
    """``StatusRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader, self._writer, self._ledger = reader, writer, ledger
        counter = table_of(tables.status.StatusCounter)
        entry = table_of(tables.status.StatusEntry)
        gone = table_of(tables.status.RevokedStatus)
        self._begin = insert_new(dialect, tables.status.StatusCounter)
        least = bindparam("least", type_=counter.c.taken.type)
        known = case((counter.c.taken < least, least), else_=counter.c.taken)
        more = update(counter).values(taken=known + bindparam("count"))
        self._take = generate(dialect, more.returning(counter.c.taken))
        self._taken = generate(dialect, select(counter.c.taken))
        self._remember = insert_new(dialect, tables.status.StatusEntry)
        next_one = select(func.min(entry.c.list_number))
        self._next = generate(dialect, next_one.where(entry.c.list_number > bindparam("after")))
        self._by_subject = revoking(dialect, equal(tables.status.StatusEntry, "subject"))
        self._by_sheet = revoking(dialect, equal(tables.status.StatusEntry, "sheet"))
        like = entry.c.sheet.like(bindparam("purpose"))
        self._by_purpose = revoking(dialect, equal(tables.status.StatusEntry, "subject") & like)
        of_sheet = select(func.count()).select_from(entry)
        self._on_sheet = generate(
            dialect, of_sheet.where(equal(tables.status.StatusEntry, "sheet"))
        )
        one = select(gone.c.list_index).where(gone.c.list_number == bindparam("number"))
        self._revoked = generate(dialect, one)
        counted = select(gone.c.list_number, func.count()).group_by(gone.c.list_number)
        self._counts = generate(dialect, counted)

    def take(self, count: int, least: int) -> int:
        """Return how many places were given out before these ``count``, which are now taken."""
        return self._writer.run(partial(self._run_take, count, least))

    def taken(self) -> int:
        """Return how many places were given out."""
        row = self._reader.one(self._taken, {})
        return 0 if row is None else cast("int", row[0])

    def remember(self, entries: Sequence[StatusEntry], handing: HandOut | None = None) -> None:
        """Store entries of one sheet, all or none; revoke those that they replace."""
        rows = [_values(entry) for entry in entries]
        if handing is None:
            self._writer.run(partial(self._store, rows))
            return
        earlier = {"subject": entries[0].subject, "purpose": f"{handing.purpose}%"}
        note = handing.acting.note(
            "sheet.handed_out", entries[0].sheet, codes=len(entries), channel=handing.channel
        )
        self._ledger.noted(partial(self._replace, earlier, rows), note)

    def numbers(self) -> frozenset[int]:
        """Return the lists that have an entry which is not pruned."""
        found = list[int]()
        # From one to the next by the key: a list may have a million entries.
        while row := self._reader.one(self._next, {"after": found[-1] if found else 0}):
            if row[0] is None:
                break
            found.append(cast("int", row[0]))
        return frozenset(found)

    def revoke_subject(self, subject: bytes, acting: Acting) -> int:
        """Revoke every entry of a person, for ever; return how many were not yet."""
        note = acting.note("status.person_revoked", "citizen")
        values = {"subject": subject}
        return self._ledger.noted(partial(self._by_subject.run, values=values), note)

    def revoke_sheet(self, sheet: str, acting: Acting) -> int:
        """Revoke every entry of a sheet, for ever; return how many were not yet."""

        def told(found: tuple[int, int]) -> Note | None:
            return acting.note("status.sheet_revoked", sheet) if found[0] else None

        return self._ledger.noted(partial(self._run_sheet, {"sheet": sheet}), told)[1]

    def revoked(self, number: int) -> tuple[int, ...]:
        """Return the indexes of a list that were ever revoked."""
        rows = self._reader.all(self._revoked, {"number": number})
        return tuple(cast("int", row[0]) for row in rows)

    def revoked_counts(self) -> Mapping[int, int]:
        """Return how many indexes were ever revoked, by list."""
        rows = self._reader.all(self._counts, {})
        return {cast("int", number): cast("int", count) for number, count in rows}

    def _run_take(self, count: int, least: int, cursor: Cursor) -> int:
        self._begin.run(cursor, {"id": _ONLY, "taken": 0})
        cursor.execute(self._take.sql, self._take.parameters({"count": count, "least": least}))
        return _number(cursor) - count

    def _replace(self, earlier: Values, rows: Sequence[Values], cursor: Cursor) -> None:
        # Locks the counter: of two sheets for one purpose the second sees, and ends, the first.
        self._run_take(0, 0, cursor)
        self._by_purpose.run(cursor, earlier)
        self._store(rows, cursor)

    def _store(self, rows: Sequence[Values], cursor: Cursor) -> None:
        for row in rows:
            if not self._remember.run(cursor, row):
                raise ConflictError("this index of this list is stored already")

    def _run_sheet(self, values: Values, cursor: Cursor) -> tuple[int, int]:
        cursor.execute(self._on_sheet.sql, self._on_sheet.parameters(values))
        return _number(cursor), self._by_sheet.run(cursor, values)


def revoking(dialect: Dialect, which: ColumnElement[bool]) -> Statement:
    """Return what sets the bits of some entries, and leaves alone those that are set."""
    entry = table_of(tables.status.StatusEntry)
    # SQLite takes ON CONFLICT after a SELECT only behind a WHERE that cannot be a join's.
    places = select(entry.c.list_number, entry.c.list_index).where(which, literal_column("1=1"))
    insert = upsert(dialect, tables.status.RevokedStatus)
    filled = insert.from_select(["list_number", "list_index"], places)
    return generate(dialect, filled.on_conflict_do_nothing())


def _values(entry: StatusEntry) -> Values:
    values = asdict(entry)
    return values | {"list_number": values.pop("number"), "list_index": values.pop("index")}


def _number(cursor: Cursor) -> int:
    return cast("int", (cursor.fetchone() or (0,))[0])
