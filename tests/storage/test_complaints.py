"""Complaints on both databases."""

from dataclasses import replace
from functools import partial

from gateway.ids import MerchantId, OfferId, Timestamp
from gateway.ledger.entries import Note
from gateway.services.complaints import ComplaintRow
from gateway.storage.pruning import CASE_DAYS, Retention, prune
from gateway.storage.store import Store
from tests.storage.rows import DAY_S, NOON, at_once

TODAY = NOON // DAY_S
NOTE = Note(act="complaint.answered", actor="staff:lin", target="A", at=NOON)
ROW = ComplaintRow(
    number="A",
    kind="refused",
    offer=OfferId("gym-discount"),
    merchant=MerchantId("m-1"),
    sealed=b"sealed",
    filed_day=TODAY,
    due_day=TODAY + 7,
)


def test_a_complaint_comes_back_and_waits_for_its_answer(store: Store) -> None:
    later = replace(ROW, number="B", offer=None, merchant=None, due_day=TODAY + 6)

    assert store.complaints.add(ROW, 10)
    assert store.complaints.add(later, 10)

    assert store.complaints.get("A") == ROW
    assert store.complaints.get("C") is None
    assert store.complaints.waiting(10) == (later, ROW)
    assert store.complaints.waiting(1) == (later,)
    assert store.complaints.answered(10) == ()


def test_no_more_are_kept_than_may_wait(store: Store) -> None:
    kept = [store.complaints.add(replace(ROW, number=n), 2) for n in "ABC"]

    assert kept == [True, True, False]
    assert store.complaints.backlog() == (2, TODAY + 7)


def test_of_many_answers_at_once_one_is_stored_with_one_entry(store: Store) -> None:
    store.complaints.add(ROW, 10)
    answers = [partial(store.complaints.answer, "A", bytes([n]), TODAY, NOTE) for n in range(4)]

    assert sorted(at_once(answers)) == [False, False, False, True]
    assert [entry.act for entry in store.ledger.read()] == ["complaint.answered"]
    (found,) = store.complaints.answered(10)
    assert (found.closed_day, store.complaints.backlog()) == (TODAY, (0, 0))


def test_an_answered_one_is_forgotten_after_three_years_and_no_other_ever(store: Store) -> None:
    store.complaints.add(ROW, 10)
    store.complaints.add(replace(ROW, number="B"), 10)
    store.complaints.answer("A", b"answer", TODAY, NOTE)

    for days, left in ((CASE_DAYS, 2), (CASE_DAYS + 1, 1)):
        prune(store.engine, Timestamp(NOON - NOON % DAY_S + days * DAY_S), Retention())
        assert sum(store.complaints.get(n) is not None for n in "AB") == left
    assert store.complaints.get("B") is not None
