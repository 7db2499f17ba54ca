"""Burning codes, spending tickets, binding requests, keeping records: all of it or nothing."""

from collections.abc import Sequence
from functools import partial
from typing import Final, Literal, cast

from sqlalchemy import Dialect, bindparam, delete, false, func, select, true, update

from gateway.ids import CityId, KeyId, MerchantId, ReceiptId, ScenarioId, Timestamp, VenueId
from gateway.services.ports import (
    ConflictError,
    Recorded,
    Showing,
    StoredAnswer,
    VerificationRecord,
)
from gateway.services.ports import SpentTicket as Ticket
from gateway.services.void import Voided
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import (
    Statement,
    Values,
    equal,
    generate,
    insert_new,
    insert_new_rows,
)
from gateway.storage.tables import table_of
from gateway.storage.tables.verifications import (
    Burn,
    HeldTicket,
    Request,
    SpentTicket,
    Verification,
)
from gateway.storage.writer import Shared, Writer

_MINUTE_S: Final = 60


class SqlVerificationLog:
    """``VerificationLog`` and ``KeyUse`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        request, verification = table_of(Request), table_of(Verification)
        self._burn = insert_new(dialect, Burn)
        self._bind = insert_new(dialect, Request)
        self._keep = insert_new(dialect, Verification)
        self._burn_all = insert_new_rows(dialect, Burn)
        self._bind_all = insert_new_rows(dialect, Request)
        self._keep_all = insert_new_rows(dialect, Verification)
        self._recording = Shared(self._record, self._record_all)
        self._spend = insert_new(dialect, SpentTicket)
        self._hold = insert_new(dialect, HeldTicket)
        self._spend_all = insert_new_rows(dialect, SpentTicket)
        self._hold_all = insert_new_rows(dialect, HeldTicket)
        self._unbind = generate(
            dialect, delete(table_of(Request)).where(equal(Request, "request_tag"))
        )
        held = table_of(HeldTicket)
        self._held = generate(dialect, select(held.c.sealed).where(equal(HeldTicket, "receipt")))
        self._unburn = generate(dialect, delete(table_of(Burn)).where(equal(Burn, "code_tag")))
        self._bound = generate(
            dialect,
            select(request.c.code_tag, request.c.sealed).where(equal(Request, "request_tag")),
        )
        burn = table_of(Burn)
        self._burned = generate(dialect, select(burn.c.code_tag).where(equal(Burn, "code_tag")))
        self._find = generate(dialect, select(verification).where(equal(Verification, "receipt")))
        from_then = verification.c.at_minute >= bindparam("since")
        self._by_key = generate(
            dialect,
            select(func.count()).where(equal(Verification, "issuer", "key_id"), from_then),
        )
        self._voiding = _Voiding(dialect, "receipt", "merchant")
        self._voiding_at_venue = _Voiding(dialect, "receipt", "merchant", "venue")

    def stored_answer(self, request_tag: bytes) -> StoredAnswer | None:
        """Return what this request was answered, if it is stored and not yet pruned."""
        row = self._reader.one(self._bound, {"request_tag": request_tag})
        if row is None:
            return None
        return StoredAnswer(code_tag=cast("bytes", row[0]), sealed=cast("bytes", row[1]))

    def burned(self, code_tag: bytes) -> bool:
        """Return whether the code was burned, and its burn is not yet pruned."""
        return self._reader.one(self._burned, {"code_tag": code_tag}) is not None

    def record(self, showing: Showing) -> Recorded:
        """Burn the code, bind the request, keep the record: durable before ``FIRST``."""
        return self._writer.run_shared(self._recording, showing, showing.code_tag)

    def record_all(self, showings: Sequence[Showing]) -> tuple[Recorded, ...]:
        """Record many in one transaction, each as ``record`` does; durable on return."""
        if not showings:
            return ()
        # In the order of their codes: two machines with the same ones do not deadlock.
        order = sorted(range(len(showings)), key=lambda place: showings[place].code_tag)
        ordered = [showings[place] for place in order]
        became = self._writer.run(partial(self._record_each, ordered), ordered[0].code_tag)
        told = dict(zip(order, became, strict=True))
        return tuple(told[place] for place in range(len(showings)))

    def find(self, receipt: ReceiptId) -> VerificationRecord | None:
        """Return the record behind a receipt number, if it is not yet pruned."""
        row = self._reader.one(self._find, {"receipt": receipt})
        return None if row is None else record_of(row)

    def recognised_with(self, issuer: CityId, key_id: KeyId, since: Timestamp) -> int:
        """Return how many records there are of this key from the minute of ``since`` on."""
        values = {"issuer": issuer, "key_id": key_id, "since": since - since % _MINUTE_S}
        row = self._reader.one(self._by_key, values)
        return 0 if row is None else cast("int", row[0])

    def held_ticket(self, receipt: ReceiptId) -> bytes | None:
        """Return the sealed ticket behind a receipt, while it is held."""
        row = self._reader.one(self._held, {"receipt": receipt})
        return None if row is None else cast("bytes", row[0])

    def void(
        self,
        receipt: ReceiptId,
        merchant: MerchantId,
        venue: VenueId | None,
        after: Timestamp,
        ticket: bytes | None = None,
    ) -> Voided:
        """Mark a record as voided, and give its ticket back: durable before ``DONE``."""
        values = {
            "receipt": receipt,
            "merchant": merchant,
            "venue": venue,
            "after": after,
            "ticket_tag": ticket,
        }
        voiding = self._voiding if venue is None else self._voiding_at_venue
        return self._writer.run(partial(voiding.run, values))

    def _record(self, showing: Showing, cursor: Cursor) -> Recorded:
        burn = _burn_of(showing)
        # (1) Is it the first use? The key decides, also against other machines.
        if not self._burn.run(cursor, burn):
            return self._why_burned(showing, cursor)
        # (2) Is the request new? If not it holds another code, since this one was not burned.
        if showing.request_tag is not None and not self._bind.run(cursor, _request_of(showing)):
            self._unburn.run(cursor, burn)
            return Recorded.REQUEST_ID_REUSED
        # (3) Was its ticket spent with another code? Then this one is as good as before.
        if showing.ticket is not None and not self._spend.run(cursor, _ticket_of(showing.ticket)):
            self._unburn.run(cursor, burn)
            if showing.request_tag is not None:
                self._unbind.run(cursor, {"request_tag": showing.request_tag})
            return Recorded.TICKET_SPENT
        if showing.ticket is not None:
            self._hold.run(cursor, _held_of(showing.record.receipt, showing.ticket))
        # (4) A receipt number comes once: a second one must not vanish unseen.
        if not self._keep.run(cursor, _values_of(showing.record)):
            raise ConflictError("this receipt number is taken")
        return Recorded.FIRST

    def _record_all(self, showings: Sequence[Showing], cursor: Cursor) -> Recorded | None:
        """Record them if every one is a first use with a new request, as they nearly always are.

        A key that is there already, or comes twice, shows in the number of rows; which one it
        is the slow way finds out.
        """
        requests = [_request_of(each) for each in showings if each.request_tag is not None]
        tickets = [(each.record.receipt, each.ticket) for each in showings if each.ticket]
        spent = [_ticket_of(ticket) for _, ticket in tickets]
        held = [_held_of(receipt, ticket) for receipt, ticket in tickets]
        written = (
            self._burn_all.run(cursor, [_burn_of(each) for each in showings]) == len(showings)
            and (not requests or self._bind_all.run(cursor, requests) == len(requests))
            and (not spent or self._spend_all.run(cursor, spent) == len(spent))
            and (not held or self._hold_all.run(cursor, held) == len(held))
            and self._keep_all.run(cursor, [_values_of(each.record) for each in showings])
            == len(showings)
        )
        return Recorded.FIRST if written else None

    def _record_each(self, showings: Sequence[Showing], cursor: Cursor) -> list[Recorded]:
        """Record them together if all are first uses; otherwise undo that, and one by one."""
        cursor.execute("SAVEPOINT together")
        if self._record_all(showings, cursor) is not None:
            return [Recorded.FIRST] * len(showings)
        cursor.execute("ROLLBACK TO SAVEPOINT together")
        return [self._record(each, cursor) for each in showings]

    def _why_burned(self, showing: Showing, cursor: Cursor) -> Recorded:
        if showing.request_tag is None:
            return Recorded.BURNED
        cursor.execute(self._bound.sql, (showing.request_tag,))
        row = cursor.fetchone()
        if row is None:
            return Recorded.BURNED
        same = cast("bytes", row[0]) == showing.code_tag
        return Recorded.REPEATED if same else Recorded.REQUEST_ID_REUSED


class _Voiding:
    """Voids one record of whoever is named by ``mine``."""

    def __init__(self, dialect: Dialect, *mine: str) -> None:
        verification = table_of(Verification)
        young = verification.c.at_minute > bindparam("after")
        grants = equal(Verification, *mine) & young & (verification.c.voided == false())
        voided = update(verification).values(voided=true())
        self._void: Statement = generate(dialect, voided.where(grants))
        self._mine: Statement = generate(
            dialect, select(verification.c.at_minute).where(equal(Verification, *mine))
        )
        spent, held = table_of(SpentTicket), table_of(HeldTicket)
        self._give_back = generate(dialect, delete(spent).where(equal(SpentTicket, "ticket_tag")))
        self._let_go = generate(dialect, delete(held).where(equal(HeldTicket, "receipt")))

    def run(self, values: Values, cursor: Cursor) -> Voided:
        # (1) Mine, young enough, and not voided yet? One statement decides and writes.
        if self._void.run(cursor, values):
            # (2) Only who voids it gives its ticket back: the guest may have spent it anew.
            if values["ticket_tag"] is not None:
                self._give_back.run(cursor, values)
                self._let_go.run(cursor, values)
            return Voided.DONE
        # (3) Only for the answer: is it mine at all, and still young?
        cursor.execute(self._mine.sql, self._mine.parameters(values))
        row = cursor.fetchone()
        if row is None:
            return Voided.UNKNOWN
        young = cast("int", row[0]) > cast("int", values["after"])
        return Voided.DONE if young else Voided.TOO_LATE


def _burn_of(showing: Showing) -> dict[str, object]:
    return {"code_tag": showing.code_tag, "forget_after": showing.forget_after}


def _ticket_of(ticket: Ticket) -> dict[str, object]:
    return {"ticket_tag": ticket.tag, "forget_after": ticket.forget_after}


def _held_of(receipt: ReceiptId, ticket: Ticket) -> dict[str, object]:
    return {"receipt": receipt, "sealed": ticket.held, "forget_after": ticket.held_until}


def _request_of(showing: Showing) -> dict[str, object]:
    return {
        "request_tag": showing.request_tag,
        "code_tag": showing.code_tag,
        "sealed": showing.sealed_answer,
        "forget_after": showing.forget_after,
    }


def _values_of(record: VerificationRecord) -> dict[str, object]:
    return {
        "receipt": record.receipt,
        "merchant": record.merchant,
        "venue": record.venue,
        "scenario": record.scenario,
        "issuer": record.issuer,
        "key_id": record.key_id,
        "offers": " ".join(record.offers),
        "checked": record.checked,
        "at_minute": record.at_minute,
        "voided": record.voided,
    }


def record_of(row: Row) -> VerificationRecord:
    """Return what a row of the table says."""
    receipt, merchant, venue, scenario, issuer, key_id, offers, checked, at_minute, voided = row
    return VerificationRecord(
        receipt=ReceiptId(cast("str", receipt)),
        merchant=MerchantId(cast("str", merchant)),
        venue=None if venue is None else VenueId(cast("str", venue)),
        scenario=ScenarioId(cast("str", scenario)),
        issuer=CityId(cast("str", issuer)),
        key_id=KeyId(cast("str", key_id)),
        offers=tuple(cast("str", offers).split()),
        checked=cast('Literal["now", "later"]', checked),
        at_minute=Timestamp(cast("int", at_minute)),
        voided=bool(voided),
    )
