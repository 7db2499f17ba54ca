import contextlib
from dataclasses import replace

import pytest

from gateway.errors import UnavailableError
from gateway.ids import MerchantId, ReceiptId, ScenarioId, Timestamp, UnverifiedText, VenueId
from gateway.services.ports import VerificationRecord
from gateway.services.verdicts import Outcome
from gateway.services.void import UnknownReceiptError, VoidGrant, VoidTooLateError
from tests.world import DAY, HOTEL, JINHUA, MINUTE, NOON, Desk, MemoryLog, merchant

MERCHANT = MerchantId("m-1")


def granted(
    desk: Desk, *, at: int = NOON, venue: str | None = None, scenario: ScenarioId = HOTEL
) -> ReceiptId:
    shown = desk.showing(JINHUA.show(at=Timestamp(at)), scenario, venue=venue)
    verdict = desk.verify.verify(shown, merchant(), Timestamp(at))
    assert verdict.receipt is not None
    return verdict.receipt


def void(
    desk: Desk,
    receipt: str,
    *,
    at: int = NOON,
    by: MerchantId = MERCHANT,
    venue: str | None = None,
) -> VerificationRecord | None:
    VoidGrant(log=desk.log, tags=desk.verify.tags).void(
        UnverifiedText(receipt),
        merchant(id=by),
        None if venue is None else VenueId(venue),
        Timestamp(at),
    )
    return desk.log.find(ReceiptId(receipt))


@pytest.mark.parametrize("second", [0, 1, 30, 59])
def test_a_grant_can_be_voided_for_fifteen_minutes_whatever_its_second(second: int) -> None:
    desk = Desk(JINHUA.issuer())
    at = NOON - NOON % MINUTE + second

    record = void(desk, granted(desk, at=at), at=at + 15 * MINUTE)

    assert record is not None
    assert record.voided


@pytest.mark.parametrize("second", [0, 1, 30, 59])
def test_no_grant_can_be_voided_after_sixteen_minutes(second: int) -> None:
    desk = Desk(JINHUA.issuer())
    at = NOON - NOON % MINUTE + second
    receipt = granted(desk, at=at)

    with pytest.raises(VoidTooLateError):
        void(desk, receipt, at=at + 16 * MINUTE)

    assert not desk.log.records[receipt].voided


@pytest.mark.parametrize(("late_s", "voided"), [(959, True), (960, False)])
def test_the_time_runs_from_the_end_of_the_minute(*, late_s: int, voided: bool) -> None:
    desk = Desk(JINHUA.issuer())
    minute = NOON - NOON % MINUTE
    receipt = granted(desk, at=minute + 42)

    with contextlib.suppress(VoidTooLateError):
        void(desk, receipt, at=minute + late_s)

    assert desk.log.records[receipt].voided is voided


def test_a_clock_that_was_set_back_takes_nothing_from_a_till() -> None:
    desk = Desk(JINHUA.issuer())

    record = void(desk, granted(desk), at=NOON - 10)

    assert record is not None
    assert record.voided


def test_voiding_again_is_well_within_the_time_and_refused_after_it() -> None:
    desk = Desk(JINHUA.issuer())
    receipt = granted(desk)
    void(desk, receipt)

    void(desk, receipt, at=NOON + 14 * MINUTE)

    with pytest.raises(VoidTooLateError):
        void(desk, receipt, at=NOON + DAY)
    assert desk.log.records[receipt].voided


def test_a_voided_code_stays_burned() -> None:
    desk = Desk(JINHUA.issuer())
    text = JINHUA.show()
    verdict = desk.verify.verify(desk.showing(text), merchant(), NOON)
    void(desk, str(verdict.receipt))

    again = desk.verify.verify(desk.showing(text), merchant(), NOON)

    assert again.reason == "already_used"


def test_a_repeat_of_a_voided_grant_asks_for_another_code() -> None:
    desk = Desk(JINHUA.issuer())
    text = JINHUA.show()
    verdict = desk.verify.verify(desk.showing(text, request_id="r-1"), merchant(), NOON)
    void(desk, str(verdict.receipt))

    again = desk.verify.verify(desk.showing(text, request_id="r-1"), merchant(), NOON)

    assert (again.outcome, again.reason) == (Outcome.PRESENT_AGAIN, "already_used")
    assert (again.receipt, again.offers) == (None, ())


class NoRecords(MemoryLog):
    def find(self, receipt: ReceiptId) -> VerificationRecord | None:
        raise UnavailableError("the database is gone")


def test_without_its_record_nobody_knows_whether_a_grant_still_stands() -> None:
    desk = Desk(JINHUA.issuer())
    desk.verify = replace(desk.verify, log=NoRecords())
    shown = desk.showing(JINHUA.show(), request_id="r-1")
    desk.verify.verify(shown, merchant(), NOON)

    assert desk.verify.verify(shown, merchant(), NOON).outcome is Outcome.UNDETERMINED


NOT_THIS_TILLS: dict[str, tuple[MerchantId, str | None]] = {
    "another merchant": (MerchantId("m-2"), None),
    "another venue of the merchant": (MERCHANT, "annexe"),
}


@pytest.mark.parametrize(("by", "venue"), NOT_THIS_TILLS.values(), ids=NOT_THIS_TILLS)
def test_a_receipt_of_somebody_else_is_unknown(by: MerchantId, venue: str | None) -> None:
    desk = Desk(JINHUA.issuer())
    receipt = granted(desk, venue="hall")

    with pytest.raises(UnknownReceiptError):
        void(desk, receipt, by=by, venue=venue)

    assert not desk.log.records[receipt].voided


def test_a_device_voids_at_its_venue_and_a_merchants_machine_at_any() -> None:
    desk = Desk(JINHUA.issuer())
    here, there = granted(desk, venue="hall"), granted(desk, venue="hall")

    records = [void(desk, here, venue="hall"), void(desk, there)]

    assert all(record is not None and record.voided for record in records)


def test_a_device_of_a_venue_has_no_receipt_without_one() -> None:
    desk = Desk(JINHUA.issuer())

    with pytest.raises(UnknownReceiptError):
        void(desk, granted(desk), venue="hall")


@pytest.mark.parametrize(
    "text", ["", "AAAA-BBBB-CCCC", "aaaa-bbbb-cccc-dddd", "AAAA-BBBB-CCCC-DDD1", "\0", "\ud800"]
)
def test_a_text_that_is_no_receipt_number_is_unknown_like_any_other(text: str) -> None:
    with pytest.raises(UnknownReceiptError):
        void(Desk(), text)
