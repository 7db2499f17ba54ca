"""What is kept of one citizen, across the tables: read, and ended in one transaction."""

from collections.abc import Sequence
from functools import partial
from typing import Final, cast

from sqlalchemy import Dialect, and_, bindparam, delete, func, select, update

from gateway.ids import Tier
from gateway.services.audit import Acting
from gateway.services.rights_ports import Erased, IssuedDay, KeptSheet, Person, Stopped
from gateway.storage.consents import Ending
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.statements import Statement, equal, generate
from gateway.storage.status_lists import revoking
from gateway.storage.tables import table_of
from gateway.storage.tables.cases import Objection
from gateway.storage.tables.citizens import CitizenSession
from gateway.storage.tables.issuance import IssuanceDay
from gateway.storage.tables.status import RevokedStatus, StatusEntry
from gateway.storage.writer import Writer

NOBODY: Final = bytes(32)
"""In the place of a pseudonym that was deleted."""


class SqlRightsRows:
    """``RightsRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader, self._writer, self._ledger = reader, writer, ledger
        self._issued, self._sheets = _issued(dialect), _sheets(dialect)
        self._ending = Ending(dialect)
        self._revoking = revoking(dialect, equal(StatusEntry, "subject"))
        day, session = table_of(IssuanceDay), table_of(CitizenSession)
        place = table_of(StatusEntry)
        self._delete_days = generate(dialect, delete(day).where(equal(IssuanceDay, "subject")))
        filed = table_of(Objection)
        gone = delete(filed).where(equal(Objection, "subject"))
        self._objections = generate(dialect, gone.returning(filed.c.number, filed.c.open_of))
        theirs = equal(CitizenSession, "owner")
        self._delete_sessions = generate(dialect, delete(session).where(theirs))
        forgotten = update(place).values(subject=bindparam("nobody"))
        self._forget_places = generate(dialect, forgotten.where(place.c.subject == bindparam("of")))

    def issued(self, person: Person, since_day: int = 0) -> Sequence[IssuedDay]:
        """Return the day rows, newest first."""
        rows = self._reader.all(self._issued, {"subject": person.issuing, "since": since_day})
        return [
            IssuedDay(
                day=cast("int", day),
                kind=cast("str", kind),
                codes=cast("int", codes),
                tier=Tier(cast("int", tier)),
                scale_version=cast("str", version),
                assessed_on=cast("int | None", assessed_on),
            )
            for day, kind, codes, tier, version, assessed_on in rows
        ]

    def sheets(self, person: Person) -> Sequence[KeptSheet]:
        """Return the printed sheets that are not forgotten, by their name."""
        return [
            KeptSheet(
                sheet=cast("str", sheet),
                codes=cast("int", codes),
                revoked=cast("int", revoked),
                last_day=cast("int", last_day),
            )
            for sheet, codes, revoked, last_day in self._reader.all(
                self._sheets, {"subject": person.issuing}
            )
        ]

    def stop(self, person: Person, acting: Acting, since_day: int) -> Stopped:
        """End every consent and revoke every printed code: all of it, or nothing."""
        return self._writer.run(partial(self._stop, person, acting, since_day))

    def erase(self, person: Person, acting: Acting, since_day: int) -> Erased:
        """Stop, and delete whatever may go: all of it, or nothing."""
        return self._writer.run(partial(self._erase, person, acting, since_day))

    def _stop(self, person: Person, acting: Acting, since_day: int, cursor: Cursor) -> Stopped:
        ended = self._ending.run(cursor, person.consents, acting.at)
        revoked = self._revoking.run(cursor, {"subject": person.issuing})
        lately = {"subject": person.issuing, "since": since_day}
        cursor.execute(self._issued.sql, self._issued.parameters(lately))
        packs = any(kind == "pack" for _, kind, *_ in cursor.fetchall())
        # Last, since others queue for the ledger.
        if ended:
            self._ledger.write(acting.note("consent.ended", " ".join(ended)), cursor)
        if revoked:
            self._ledger.write(acting.note("status.person_revoked", "citizen"), cursor)
        return Stopped(consents=len(ended), revoked=revoked, packs=packs)

    def _erase(self, person: Person, acting: Acting, since_day: int, cursor: Cursor) -> Erased:
        stopped = self._stop(person, acting, since_day, cursor)
        # Without a person or a receipt: nobody is to be found by it. Before the objections, since
        # whoever changes one has the ledger's head first.
        self._ledger.write(acting.note("rights.erased", "citizen"), cursor)
        return Erased(
            stopped=stopped,
            days=self._delete_days.run(cursor, {"subject": person.issuing}),
            objections=self._delete_objections(person, acting, cursor),
            sessions=self._delete_sessions.run(cursor, {"owner": person.sessions}),
            places=self._forget_places.run(cursor, {"of": person.issuing, "nobody": NOBODY}),
        )

    def _delete_objections(self, person: Person, acting: Acting, cursor: Cursor) -> int:
        values = {"subject": person.issuing}
        cursor.execute(self._objections.sql, self._objections.parameters(values))
        gone = cursor.fetchall()
        for number, waits_for in gone:
            if waits_for is not None:
                note = acting.note("objection.withdrawn", cast("str", number))
                self._ledger.write(note, cursor)
        return len(gone)


def _issued(dialect: Dialect) -> Statement:
    day = table_of(IssuanceDay)
    kept = (day.c.codes, day.c.tier, day.c.scale_version, day.c.assessed_on)
    theirs = select(day.c.day, day.c.kind, *kept).where(equal(IssuanceDay, "subject"))
    lately = theirs.where(day.c.day >= bindparam("since"))
    return generate(dialect, lately.order_by(day.c.day.desc(), day.c.kind))


def _sheets(dialect: Dialect) -> Statement:
    place, gone = table_of(StatusEntry), table_of(RevokedStatus)
    same = and_(gone.c.list_number == place.c.list_number, gone.c.list_index == place.c.list_index)
    counted = (func.count(), func.count(gone.c.list_index), func.max(place.c.last_day))
    theirs = select(place.c.sheet, *counted).select_from(place.outerjoin(gone, same))
    theirs = theirs.where(equal(StatusEntry, "subject"))
    return generate(dialect, theirs.group_by(place.c.sheet).order_by(place.c.sheet))
