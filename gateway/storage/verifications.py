"""Burning codes, binding requests, keeping records: all of one showing or nothing."""

from collections.abc import Sequence
from functools import partial
from typing import Literal, cast

from sqlalchemy import Dialect, bindparam, delete, select, true, update

from gateway.ids import CityId, KeyId, MerchantId, ReceiptId, ScenarioId, Timestamp, VenueId
from gateway.services.ports import (
    ConflictError,
    Recorded,
    Showing,
    StoredAnswer,
    VerificationRecord,
)
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
from gateway.storage.tables.verifications import Burn, Request, Verification
from gateway.storage.writer import Shared, Writer


class SqlVerificationLog:
    """``VerificationLog`` on either database."""

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
        self._unburn = generate(dialect, delete(table_of(Burn)).where(equal(Burn, "code_tag")))
        self._bound = generate(
            dialect,
            select(request.c.code_tag, request.c.sealed).where(equal(Request, "request_tag")),
        )
        burn = table_of(Burn)
        self._burned = generate(dialect, select(burn.c.code_tag).where(equal(Burn, "code_tag")))
        self._find = generate(dialect, select(verification).where(equal(Verification, "receipt")))
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

    def find(self, receipt: ReceiptId) -> VerificationRecord | None:
        """Return the record behind a receipt number, if it is not yet pruned."""
        row = self._reader.one(self._find, {"receipt": receipt})
        return None if row is None else _record_of(row)

    def void(
        self, receipt: ReceiptId, merchant: MerchantId, venue: VenueId | None, after: Timestamp
    ) -> Voided:
        """Mark a record as voided: durable before ``DONE``."""
        values = {"receipt": receipt, "merchant": merchant, "venue": venue, "after": after}
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
        # (3) A receipt number comes once: a second one must not vanish unseen.
        if not self._keep.run(cursor, _values_of(showing.record)):
            raise ConflictError("this receipt number is taken")
        return Recorded.FIRST

    def _record_all(self, showings: Sequence[Showing], cursor: Cursor) -> Recorded | None:
        """Record them if every one is a first use with a new request, as they nearly always are.

        A key that is there already, or comes twice, shows in the number of rows; which one it
        is the slow way finds out.
        """
        requests = [_request_of(each) for each in showings if each.request_tag is not None]
        written = (
            self._burn_all.run(cursor, [_burn_of(each) for each in showings]) == len(showings)
            and (not requests or self._bind_all.run(cursor, requests) == len(requests))
            and self._keep_all.run(cursor, [_values_of(each.record) for each in showings])
            == len(showings)
        )
        return Recorded.FIRST if written else None

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
        voided = update(verification).values(voided=true())
        self._void: Statement = generate(dialect, voided.where(equal(Verification, *mine), young))
        self._mine: Statement = generate(
            dialect, select(verification.c.at_minute).where(equal(Verification, *mine))
        )

    def run(self, values: Values, cursor: Cursor) -> Voided:
        # (1) Mine, and young enough? One statement decides and writes.
        if self._void.run(cursor, values):
            return Voided.DONE
        # (2) Only for the answer: is it mine at all?
        cursor.execute(self._mine.sql, self._mine.parameters(values))
        return Voided.UNKNOWN if cursor.fetchone() is None else Voided.TOO_LATE


def _burn_of(showing: Showing) -> dict[str, object]:
    return {"code_tag": showing.code_tag, "forget_after": showing.forget_after}


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


def _record_of(row: Row) -> VerificationRecord:
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
