"""Voiding a record: whose it is, how old it is, and that one statement decides."""

from functools import partial

import pytest

from gateway.ids import MerchantId, ReceiptId, Timestamp, VenueId
from gateway.services.ports import Recorded
from gateway.services.void import Voided
from gateway.storage.store import Store
from tests.storage.rows import NOON, at_once, count, showing, spent

MERCHANT, OTHER = MerchantId("lakeside"), MerchantId("hilltop")
YOUNGER = Timestamp(NOON - 1)
RECEIPT = ReceiptId("R-a-None")


def _voided(store: Store) -> bool:
    record = store.verifications.find(RECEIPT)
    assert record is not None
    return record.voided


CASES: dict[str, tuple[ReceiptId, MerchantId, str | None, int, Voided]] = {
    "its merchant": (RECEIPT, MERCHANT, None, NOON - 1, Voided.DONE),
    "its merchant, at its venue": (RECEIPT, MERCHANT, "lobby", NOON - 1, Voided.DONE),
    "as old as may not be": (RECEIPT, MERCHANT, None, NOON, Voided.TOO_LATE),
    "too old, at its venue": (RECEIPT, MERCHANT, "lobby", NOON, Voided.TOO_LATE),
    "another venue": (RECEIPT, MERCHANT, "annexe", NOON - 1, Voided.UNKNOWN),
    "another venue, too old": (RECEIPT, MERCHANT, "annexe", NOON, Voided.UNKNOWN),
    "another merchant": (RECEIPT, OTHER, None, NOON - 1, Voided.UNKNOWN),
    "another merchant, too old": (RECEIPT, OTHER, None, NOON, Voided.UNKNOWN),
    "a number of nobody": (ReceiptId("R-b-None"), MERCHANT, None, NOON - 1, Voided.UNKNOWN),
    "no number": (ReceiptId(""), MERCHANT, None, NOON - 1, Voided.UNKNOWN),
}


@pytest.mark.parametrize("name", CASES)
def test_a_record_is_voided_by_whom_it_belongs_to_and_in_time(store: Store, name: str) -> None:
    receipt, merchant, venue, after, outcome = CASES[name]
    place = None if venue is None else VenueId(venue)
    store.verifications.record(showing("a"))

    found = store.verifications.void(receipt, merchant, place, Timestamp(after))

    assert found is outcome
    assert _voided(store) is (outcome is Voided.DONE)


def test_voiding_keeps_no_time(store: Store) -> None:
    store.verifications.record(showing("a"))
    before = store.verifications.find(RECEIPT)

    store.verifications.void(RECEIPT, MERCHANT, None, YOUNGER)

    after = store.verifications.find(RECEIPT)
    assert before is not None
    assert after is not None
    assert {name for name in VARIES if getattr(before, name) != getattr(after, name)} == {"voided"}


VARIES = (
    *("receipt", "merchant", "venue", "scenario", "issuer"),
    *("key_id", "offers", "checked", "at_minute", "voided"),
)


def test_many_tills_that_void_one_record_at_once_are_all_told_so(store: Store) -> None:
    store.verifications.record(showing("a"))

    outcomes = at_once([partial(store.verifications.void, RECEIPT, MERCHANT, None, YOUNGER)] * 8)

    assert set(outcomes) == {Voided.DONE}


def test_a_voided_record_is_there_for_whoever_opens_the_database_next(
    store: Store, migrated_url: str
) -> None:
    store.verifications.record(showing("a"))
    store.verifications.void(RECEIPT, MERCHANT, None, YOUNGER)

    other = Store.open(migrated_url)

    assert _voided(other)
    other.close()


TICKET = spent("1").tag


def _spent(store: Store) -> tuple[int, int]:
    return count(store, "spent_ticket"), count(store, "held_ticket")


def test_a_void_gives_its_ticket_back_and_the_code_stays_burned(store: Store) -> None:
    first, second = showing("a", ticket="1"), showing("b", ticket="1")
    store.verifications.record(first)
    assert store.verifications.held_ticket(RECEIPT) == b"held 1"

    store.verifications.void(RECEIPT, MERCHANT, None, YOUNGER, TICKET)

    assert _spent(store) == (0, 0)
    assert store.verifications.held_ticket(RECEIPT) is None
    assert store.verifications.record(first) is Recorded.BURNED
    assert store.verifications.record(second) is Recorded.FIRST


def test_a_grant_that_is_voided_twice_gives_one_ticket_back(store: Store) -> None:
    store.verifications.record(showing("a", ticket="1"))

    outcomes = list[Voided]()
    for _ in range(2):
        outcomes.append(store.verifications.void(RECEIPT, MERCHANT, None, YOUNGER, TICKET))
        store.verifications.record(showing("b", ticket="1"))

    assert outcomes == [Voided.DONE, Voided.DONE]
    assert count(store, "spent_ticket") == 1


@pytest.mark.parametrize(("by", "after"), [(OTHER, NOON - 1), (MERCHANT, NOON)])
def test_a_grant_that_is_not_voided_keeps_its_ticket(
    store: Store, by: MerchantId, after: int
) -> None:
    store.verifications.record(showing("a", ticket="1"))

    store.verifications.void(RECEIPT, by, None, Timestamp(after), TICKET)

    assert _spent(store) == (1, 1)
