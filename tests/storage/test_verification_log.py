"""Burn, request and record: what becomes of each kind of showing."""

import secrets
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import chain

import pytest

from gateway.ids import KeyId, ReceiptId, Timestamp
from gateway.services.ports import ConflictError, Recorded, StoredAnswer
from gateway.storage.store import Store
from tests.storage.rows import at_once, count, counts, raced, record, showing, tag


def test_the_first_showing_is_recorded_whole(store: Store) -> None:
    outcome = store.verifications.record(showing("a", "till-1"))

    assert outcome is Recorded.FIRST
    assert counts(store) == (1, 1, 1)
    assert store.verifications.find(ReceiptId("R-a-till-1")) == record("R-a-till-1")
    assert store.verifications.stored_answer(tag("till-1")) == StoredAnswer(
        code_tag=tag("a"), sealed=b"sealed till-1"
    )


def test_a_burned_code_is_known_and_another_is_not(store: Store) -> None:
    store.verifications.record(showing("a"))

    assert store.verifications.burned(tag("a"))
    assert not store.verifications.burned(tag("b"))


def test_a_showing_without_request_binds_none(store: Store) -> None:
    outcome = store.verifications.record(showing("a"))

    assert outcome is Recorded.FIRST
    assert counts(store) == (1, 0, 1)


def test_a_record_without_venue_and_offers_is_read_back_alike(store: Store) -> None:
    written = showing("a")
    bare = record("R", venue=None)

    store.verifications.record(
        type(written)(
            code_tag=written.code_tag,
            forget_after=written.forget_after,
            request_tag=None,
            sealed_answer=None,
            record=bare,
        )
    )

    assert store.verifications.find(ReceiptId("R")) == bare


@pytest.mark.parametrize(
    ("code", "request_id", "outcome"),
    [
        ("a", None, Recorded.BURNED),
        ("a", "till-2", Recorded.BURNED),
        ("a", "till-1", Recorded.REPEATED),
        ("b", "till-1", Recorded.REQUEST_ID_REUSED),
        ("c", "till-1", Recorded.REQUEST_ID_REUSED),
    ],
    ids=[
        "used code",
        "used code, new request",
        "the same again",
        "other code, same request",
        "other used code, same request: the request decides",
    ],
)
def test_a_later_showing_writes_nothing(
    store: Store, code: str, request_id: str | None, outcome: Recorded
) -> None:
    store.verifications.record(showing("a", "till-1"))
    store.verifications.record(showing("c"))
    before = counts(store)

    again = store.verifications.record(showing(code, request_id, receipt="R-new"))

    assert again is outcome
    assert counts(store) == before
    assert store.verifications.find(ReceiptId("R-new")) is None


def test_a_code_refused_for_its_request_is_still_good_elsewhere(store: Store) -> None:
    store.verifications.record(showing("a", "till-1"))
    store.verifications.record(showing("b", "till-1"))

    outcome = store.verifications.record(showing("b", "till-2"))

    assert outcome is Recorded.FIRST


def test_a_receipt_number_that_is_taken_undoes_the_burn(store: Store) -> None:
    store.verifications.record(showing("a", receipt="R"))

    with pytest.raises(ConflictError):
        store.verifications.record(showing("b", "till-1", receipt="R"))

    assert counts(store) == (1, 0, 1)


def test_what_is_not_stored_is_not_found(store: Store) -> None:
    assert store.verifications.find(ReceiptId("R")) is None
    assert store.verifications.stored_answer(tag("till-1")) is None


def test_of_32_threads_showing_one_code_exactly_one_is_first(store: Store) -> None:
    shows = [showing("a", f"till-{n}") for n in range(32)]

    outcomes = Counter(at_once([partial(store.verifications.record, one) for one in shows]))

    assert outcomes == {Recorded.FIRST: 1, Recorded.BURNED: 31}
    assert counts(store) == (1, 1, 1)


def test_of_32_threads_with_one_request_and_code_the_rest_are_repeats(store: Store) -> None:
    shows = [showing("a", "till-1", receipt=f"R-{n}") for n in range(32)]

    outcomes = Counter(at_once([partial(store.verifications.record, one) for one in shows]))

    assert outcomes == {Recorded.FIRST: 1, Recorded.REPEATED: 31}


def test_of_32_threads_with_one_request_and_many_codes_one_binds_it(store: Store) -> None:
    shows = [showing(f"code-{n}", "till-1") for n in range(32)]

    outcomes = Counter(at_once([partial(store.verifications.record, one) for one in shows]))

    assert outcomes == {Recorded.FIRST: 1, Recorded.REQUEST_ID_REUSED: 31}
    assert counts(store) == (1, 1, 1)


def test_two_processes_never_burn_a_code_twice(store: Store, migrated_url: str) -> None:
    codes = 25

    firsts = raced(migrated_url, "race", codes)

    assert firsts == {f"code-{n}": 1 for n in range(codes)}
    assert count(store, "verification") == codes


def test_recognitions_by_one_key_are_counted_from_a_minute_on(store: Store) -> None:
    log, kept = store.verifications, record("R")
    for name, minute in (("a", 0), ("b", 1), ("c", 2)):
        written = replace(kept, receipt=ReceiptId(name), at_minute=Timestamp(60 * minute))
        log.record(replace(showing(name), record=written))
    others = replace(kept, receipt=ReceiptId("d"), key_id=KeyId("another"))
    log.record(replace(showing("d"), record=others))

    counted = [
        log.recognised_with(kept.issuer, kept.key_id, Timestamp(since)) for since in (0, 119, 180)
    ]

    assert counted == [3, 2, 0]


def test_many_are_recorded_in_one_transaction(store: Store) -> None:
    many = [showing(f"c{number}", f"r{number}", ticket=f"t{number}") for number in range(20)]
    before = store.writer.commits

    became = store.verifications.record_all(many)

    assert became == (Recorded.FIRST,) * 20
    assert store.writer.commits == before + 1
    assert counts(store) == (20, 20, 20)


def test_of_many_each_becomes_what_it_would_alone(store: Store) -> None:
    store.verifications.record(showing("a", "till-1"))
    store.verifications.record(showing("t", ticket="spent"))
    many = [
        showing("b", "r-1"),
        showing("a", "till-1", receipt="R-1"),
        showing("b", "r-2", receipt="R-2"),
        showing("b", "r-1", receipt="R-3"),
        showing("c", "till-1", receipt="R-4"),
        showing("d", "r-3", ticket="spent"),
        showing("e", "r-4", ticket="fresh"),
    ]

    became = store.verifications.record_all(many)

    assert became == (
        Recorded.FIRST,
        Recorded.REPEATED,
        Recorded.BURNED,
        Recorded.REPEATED,
        Recorded.REQUEST_ID_REUSED,
        Recorded.TICKET_SPENT,
        Recorded.FIRST,
    )
    assert store.verifications.record(showing("d", receipt="R-5")) is Recorded.FIRST


def test_no_showings_make_no_transaction(store: Store) -> None:
    before = store.writer.commits

    assert store.verifications.record_all(()) == ()
    assert store.writer.commits == before


def test_of_many_threads_that_record_the_same_many_each_showing_is_first_once(
    store: Store,
) -> None:
    def upload() -> tuple[Recorded, ...]:
        return store.verifications.record_all(
            [showing(f"c{n}", f"r{n}", receipt=f"R-{n}-{secrets.token_hex(4)}") for n in range(30)]
        )

    became = at_once([upload] * 6)

    assert Counter(chain.from_iterable(became)) == {Recorded.FIRST: 30, Recorded.REPEATED: 150}
    assert counts(store) == (30, 30, 30)
