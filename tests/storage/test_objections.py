"""Objections on both databases."""

from dataclasses import replace
from functools import partial

from gateway.ids import Tier, Timestamp
from gateway.ledger.entries import Note
from gateway.services.objection_ports import ObjectionRow, ObjectionState
from gateway.storage.pruning import CASE_DAYS, Retention, prune
from gateway.storage.store import Store
from tests.storage.rows import DAY_S, NOON, at_once, tag

TODAY = NOON // DAY_S
NOTE = Note(act="objection.filed", actor="citizen", target="A", at=NOON)
ONE, OTHER = tag("one") * 2, tag("other") * 2
ROW = ObjectionRow(
    number="A",
    subject=ONE,
    open_of=ONE,
    kind="assessment",
    sealed=b"sealed",
    tier=Tier(2),
    scale_version="2026-1",
    assessed_on=TODAY - 3,
    filed_day=TODAY,
    due_day=TODAY + 7,
    state=ObjectionState.OPEN,
)
ENDED = replace(ROW, open_of=None, state=ObjectionState.ANSWERED, closed_day=TODAY)


def acts(store: Store) -> list[str]:
    return [entry.act for entry in store.ledger.read()]


def test_an_objection_comes_back_and_holds_its_tier(store: Store) -> None:
    other = replace(ROW, number="B", subject=OTHER, open_of=OTHER, tier=None, due_day=TODAY + 6)

    assert store.objections.add(ROW, NOTE)
    assert store.objections.add(other, NOTE)

    assert store.objections.get("A") == ROW
    assert store.objections.get("C") is None
    assert store.objections.waiting(10) == (other, ROW)
    assert store.objections.list_of(ONE, 10) == (ROW,)
    assert store.objections.backlog() == (2, TODAY + 6)
    assert store.objections.held() == (ROW,)


def test_of_many_at_once_one_waits_for_a_person(store: Store) -> None:
    adds = [partial(store.objections.add, replace(ROW, number=n), NOTE) for n in "ABCD"]

    assert sorted(at_once(adds)) == [False, False, False, True]
    assert acts(store) == ["objection.filed"]


def test_a_change_counts_of_the_row_that_was_read(store: Store) -> None:
    store.objections.add(ROW, NOTE)

    assert sorted(at_once([partial(store.objections.put, ENDED, NOTE)] * 3)) == [False, False, True]
    assert store.objections.get("A") == replace(ENDED, version=1)
    assert store.objections.closed(10) == (replace(ENDED, version=1),)
    assert (store.objections.held(), store.objections.backlog()) == ((), (0, 0))
    assert len(acts(store)) == 2


def test_none_is_reopened_while_another_waits(store: Store) -> None:
    store.objections.add(ROW, NOTE)
    store.objections.put(ENDED, NOTE)
    store.objections.add(replace(ROW, number="B"), NOTE)

    again = replace(ROW, version=1, state=ObjectionState.REVIEW)

    assert not store.objections.put(again, NOTE)
    assert len(acts(store)) == 3
    store.objections.put(replace(ENDED, number="B"), NOTE)
    assert store.objections.put(again, NOTE)


def test_one_is_forgotten_three_years_after_its_end(store: Store) -> None:
    store.objections.add(ROW, NOTE)
    store.objections.put(ENDED, NOTE)
    store.objections.add(replace(ROW, number="B"), NOTE)

    for days, left in ((CASE_DAYS, 2), (CASE_DAYS + 1, 1)):
        prune(store.engine, Timestamp(NOON - NOON % DAY_S + days * DAY_S), Retention())
        assert len(store.objections.list_of(ONE, 10)) == left
