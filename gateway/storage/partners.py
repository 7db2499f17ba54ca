"""Partner rows, and how the last attempts to reach each partner went."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, select, update

from gateway.ids import EntityId, Timestamp
from gateway.ledger.entries import Note
from gateway.services.ports import Alarm, ConflictError, Contact, PartnerRow
from gateway.storage import tables
from gateway.storage.columns import ColumnError, declared, integer, text
from gateway.storage.ledger import SqlLedger
from gateway.storage.partner_history import PartnerHistory
from gateway.storage.reader import Reader
from gateway.storage.revision import Bump
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Statement, equal, generate, insert_new, replace
from gateway.storage.tables import table_of
from gateway.storage.writer import Writer

UNREADABLE = EntityId("unreadable/anchor")
"""Stands for an anchor that is no text, in alarms and lists; no city has this name."""


class SqlPartnerRows:
    """``PartnerRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader = reader
        self._writer = writer
        self._ledger = ledger
        self._bump = Bump(dialect)
        self._history = PartnerHistory(dialect, reader, writer)
        self._prepare_rows(dialect)
        self._prepare_contacts(dialect)

    def _prepare_rows(self, dialect: Dialect) -> None:
        model = tables.trust.Partner
        table = table_of(model)
        columns = select(*(declared(dialect, column) for column in table.columns))
        self._all = generate(dialect, columns.order_by(table.c.anchor_id))
        self._get = generate(dialect, columns.where(equal(model, "anchor_id")))
        self._insert = insert_new(dialect, model)
        changed = update(table).values(
            record=bindparam("record"), memory=bindparam("memory"), version=bindparam("next")
        )
        ours = (table.c.anchor_id == bindparam("anchor")) & (table.c.version == bindparam("known"))
        self._replace = generate(dialect, changed.where(ours))

    def _prepare_contacts(self, dialect: Dialect) -> None:
        model = tables.trust.Contact
        table = table_of(model)
        columns = select(*(declared(dialect, column) for column in table.columns))
        self._contact = generate(dialect, columns.where(equal(model, "anchor_id")))
        self._contacts = generate(dialect, columns)
        obtained_at = select(declared(dialect, table.c.obtained_at))
        self._obtained = generate(dialect, obtained_at.where(equal(model, "anchor_id")))
        self._save: Statement = replace(dialect, model, "anchor_id")

    def all(self) -> tuple[PartnerRow, ...]:
        """Return every partner row, by anchor id; one that cannot be read comes with no text."""
        return tuple(_partner_of(row) for row in self._reader.all(self._all, {}))

    def get(self, anchor_id: EntityId) -> PartnerRow | None:
        """Return one partner row with its stored version."""
        row = self._reader.one(self._get, {"anchor_id": anchor_id})
        return None if row is None else _partner_of(row)

    def put(self, row: PartnerRow, note: Note | None) -> None:
        """Insert a row of version 0, or replace the stored row of the same version."""
        self.put_all((row,), note)

    def put_all(self, rows: Sequence[PartnerRow], note: Note | None) -> None:
        """Put all rows or none, for a new own key that re-signs every row."""
        if rows:
            self._ledger.noted(partial(self._store, rows), lambda _: note)

    def contact(self, anchor_id: EntityId) -> Contact | None:
        """Return how the last attempts went, if there were any and it can be read."""
        row = self._reader.one(self._contact, {"anchor_id": anchor_id})
        return None if row is None else _contact_of(row)

    def all_contacts(self) -> Mapping[EntityId, Contact]:
        """Return how the last attempts went with every partner of whom it can be read."""
        found = map(_contact_of, self._reader.all(self._contacts, {}))
        return {contact.anchor_id: contact for contact in found if contact is not None}

    def save_contact(self, contact: Contact, *, quietly: bool = False) -> None:
        """Replace the contact; raise the trust revision iff ``obtained_at`` changed."""
        self._writer.run(partial(self._store_contact, contact, quietly))

    def accepted(self, anchor_id: EntityId, digest: str) -> tuple[str, Timestamp] | None:
        """Return role and ``iat`` of an accepted statement by its hash (lower-case hex)."""
        return self._history.accepted(anchor_id, digest)

    def remember_accepted(
        self, anchor_id: EntityId, role: str, digest: str, issued_at: Timestamp, now: Timestamp
    ) -> None:
        """Remember that a statement was accepted; kept for 90 days from the last time."""
        self._history.remember_accepted(anchor_id, role, digest, issued_at, now)

    def alarm(self, anchor_id: EntityId, code: str, at: Timestamp) -> None:
        """Raise an alarm; one code of one partner has one row a day, however often it comes."""
        self._history.alarm(anchor_id, code, at)

    def alarms(self, since: Timestamp) -> tuple[Alarm, ...]:
        """Return the alarms with ``at >= since``, newest first."""
        return self._history.alarms(since)

    def _store(self, rows: Sequence[PartnerRow], cursor: Cursor) -> None:
        for row in rows:
            if not (self._replaced(row, cursor) if row.version else self._inserted(row, cursor)):
                raise ConflictError("the partner row was changed meanwhile")
        self._bump.run(cursor)

    def _inserted(self, row: PartnerRow, cursor: Cursor) -> int:
        values = {
            "anchor_id": row.anchor_id,
            "record": row.record,
            "memory": row.memory,
            "version": 1,
        }
        return self._insert.run(cursor, values)

    def _replaced(self, row: PartnerRow, cursor: Cursor) -> int:
        values = {
            "anchor": row.anchor_id,
            "known": row.version,
            "record": row.record,
            "memory": row.memory,
            "next": row.version + 1,
        }
        return self._replace.run(cursor, values)

    def _store_contact(
        self,
        contact: Contact,
        quietly: bool,  # noqa: FBT001 (bound by partial)
        cursor: Cursor,
    ) -> None:
        cursor.execute(self._obtained.sql, (contact.anchor_id,))
        before = cursor.fetchone()
        self._save.run(
            cursor,
            {
                "anchor_id": contact.anchor_id,
                "obtained_at": contact.obtained_at,
                "etags": json.dumps(dict(contact.etags), sort_keys=True),
                "clock_offset_s": contact.clock_offset_s,
                "clock_sampled_at": contact.clock_sampled_at,
                "last_error": contact.last_error,
                "failures": contact.failures,
            },
        )
        if not quietly and (None if before is None else before[0]) != contact.obtained_at:
            self._bump.run(cursor)


def _partner_of(row: Row) -> PartnerRow:
    """An unreadable row is one that nobody signed: it is seen, and opens for nobody."""
    anchor_id = UNREADABLE
    try:
        anchor_id = EntityId(text(row[0]))
        _, record, memory, version = row
        return PartnerRow(
            anchor_id=anchor_id,
            record=text(record),
            memory=text(memory),
            version=integer(version),
        )
    except ColumnError:
        return PartnerRow(anchor_id=anchor_id, record="", memory="", version=0)


def _contact_of(row: Row) -> Contact | None:
    anchor_id, obtained_at, etags, clock_offset_s, clock_sampled_at, last_error, failures = row
    try:
        return Contact(
            anchor_id=EntityId(text(anchor_id)),
            obtained_at=_moment(obtained_at),
            etags=_etags(text(etags)),
            clock_offset_s=None if clock_offset_s is None else integer(clock_offset_s),
            clock_sampled_at=_moment(clock_sampled_at),
            last_error=None if last_error is None else text(last_error),
            failures=integer(failures),
        )
    except ColumnError:
        return None


def _moment(value: object) -> Timestamp | None:
    return None if value is None else Timestamp(integer(value))


def _etags(written: str) -> dict[str, str]:
    try:
        etags: object = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise ColumnError("no JSON") from error
    if not isinstance(etags, dict):
        raise ColumnError("no JSON object")
    pairs = cast("dict[str, object]", etags).items()
    return {url: text(etag) for url, etag in pairs}
