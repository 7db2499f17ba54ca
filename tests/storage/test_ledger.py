"""The ledger on real databases: no act without its entry, and no hand in it unseen."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from gateway.ids import Timestamp
from gateway.ledger.chain import Fault, Finding
from gateway.ledger.entries import Head, Note
from gateway.services.audit import AuditLedger
from gateway.storage.errors import LedgerKeyError
from gateway.storage.ledger import PAGE_ROWS
from gateway.storage.session import Cursor
from gateway.storage.store import Store
from tests.storage.rows import NOON, count


@dataclass(slots=True)
class Heads:
    """A shelf for noted heads."""

    all: list[Head] = field(default_factory=list[Head])

    def noted(self) -> Sequence[Head]:
        return self.all

    def note(self, head: Head, now: Timestamp) -> None:
        assert now == NOON
        self.all.append(head)


def note(number: int) -> Note:
    return Note(
        act="merchant.suspended",
        actor="staff:lin",
        target=f"hotel-{number}",
        at=Timestamp(NOON + number),
        facts={"reason": "演练 drill", "number": number},
    )


def audit(store: Store, heads: Heads | None = None) -> tuple[Finding, ...]:
    return AuditLedger(rows=store.ledger, heads=heads or Heads()).verify(NOON).findings


def by_hand(store: Store, statement: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.fixture
def five(store: Store) -> Store:
    for number in range(1, 6):
        store.ledger.append(note(number))
    return store


def test_a_ledger_that_nobody_wrote_in_is_whole(store: Store) -> None:
    assert audit(store) == ()
    assert store.ledger.latest(10) == ()


def test_entries_are_read_as_they_were_written(five: Store) -> None:
    entries = list(five.ledger.read())

    assert [each.seq for each in entries] == [1, 2, 3, 4, 5]
    assert five.ledger.latest(2) == (entries[4], entries[3])
    details = entries[0].details
    assert details is not None
    assert (details.actor, details.target, dict(details.facts)) == (
        "staff:lin",
        "hotel-1",
        {"reason": "演练 drill", "number": 1},
    )
    assert audit(five) == ()


def test_a_ledger_of_many_pages_is_read_whole(store: Store) -> None:
    def many(cursor: Cursor) -> None:
        for number in range(PAGE_ROWS + 1):
            store.ledger.write(note(number), cursor)

    store.writer.run(many)

    assert len(list(store.ledger.read())) == PAGE_ROWS + 1
    assert audit(store) == ()


HANDS: dict[str, tuple[str, Finding]] = {
    "one removed": (
        "DELETE FROM ledger_entry WHERE seq = 3",
        Finding(fault=Fault.REMOVED, seq=4),
    ),
    "the last removed": (
        "DELETE FROM ledger_entry WHERE seq = 5",
        Finding(fault=Fault.TRUNCATED, seq=4),
    ),
    "a time changed": (
        "UPDATE ledger_entry SET at = at + 1 WHERE seq = 3",
        Finding(fault=Fault.CHANGED, seq=4),
    ),
    "an actor changed": (
        "UPDATE ledger_entry SET actor = 'staff:wu' WHERE seq = 3",
        Finding(fault=Fault.DETAILS_CHANGED, seq=3),
    ),
    "facts that are no JSON": (
        "UPDATE ledger_entry SET facts = '[1' WHERE seq = 3",
        Finding(fault=Fault.DETAILS_CHANGED, seq=3),
    ),
    "facts that are no object": (
        "UPDATE ledger_entry SET facts = '[]' WHERE seq = 3",
        Finding(fault=Fault.DETAILS_CHANGED, seq=3),
    ),
    "half the details removed": (
        "UPDATE ledger_entry SET actor = NULL WHERE seq = 3",
        Finding(fault=Fault.DETAILS_CHANGED, seq=3),
    ),
    "the details removed": (
        "UPDATE ledger_entry SET salt=NULL, actor=NULL, target=NULL, facts=NULL WHERE seq = 3",
        Finding(fault=Fault.DETAILS_REMOVED, seq=3),
    ),
    "the head moved back": (
        "UPDATE ledger_head SET seq = 4",
        Finding(fault=Fault.HEAD_FORGED, seq=4),
    ),
    "the head given another hash": (
        "UPDATE ledger_head SET hash = seal",
        Finding(fault=Fault.HEAD_FORGED, seq=5),
    ),
    "two in each other's place": (
        "UPDATE ledger_entry SET seq = CASE seq WHEN 2 THEN 13 ELSE 12 END WHERE seq IN (2, 3)",
        Finding(fault=Fault.REMOVED, seq=4),
    ),
}


@pytest.mark.parametrize("hand", HANDS)
def test_a_hand_in_the_database_is_found_and_where(five: Store, hand: str) -> None:
    statement, finding = HANDS[hand]

    by_hand(five, statement)

    assert finding in audit(five)


def test_what_a_hand_did_stays_visible_under_later_entries(five: Store) -> None:
    by_hand(five, "UPDATE ledger_head SET seq = 4")
    by_hand(five, "DELETE FROM ledger_entry WHERE seq = 5")

    five.ledger.append(note(6))

    assert [each.act for each in five.ledger.latest(2)] == [
        "merchant.suspended",
        "ledger.head_forged",
    ]
    assert Finding(fault=Fault.HEAD_FORGED, seq=5) in audit(five)


def test_an_entry_put_past_the_end_stops_nobody_and_stays_visible(five: Store) -> None:
    by_hand(
        five,
        "INSERT INTO ledger_entry SELECT 6, at, act, commitment, previous, salt, actor, target,"
        " facts FROM ledger_entry WHERE seq = 5",
    )

    five.ledger.append(note(7))

    assert {Finding(fault=Fault.CHANGED, seq=6), Finding(fault=Fault.HEAD_FORGED, seq=7)} <= set(
        audit(five)
    )


def test_a_ledger_taken_away_whole_shows_against_the_head_that_was_noted(five: Store) -> None:
    heads = Heads()
    assert audit(five, heads) == ()

    by_hand(five, "DELETE FROM ledger_entry")
    by_hand(five, "DELETE FROM ledger_head")

    assert audit(five) == ()
    assert audit(five, heads) == (Finding(fault=Fault.TRUNCATED, seq=0),)
    assert len(heads.all) == 1


def test_an_act_that_fails_leaves_no_entry_and_an_entry_that_fails_no_act(store: Store) -> None:
    def act(cursor: Cursor) -> int:
        cursor.execute("UPDATE trust_revision SET revision = revision + 1")
        return 7

    def failing(cursor: Cursor) -> int:
        act(cursor)
        raise ValueError("the act fails")

    before = store.revision.current()
    with pytest.raises(ValueError, match="the act fails"):
        store.ledger.noted(failing, note(1))
    store.ledger.key = b""
    with pytest.raises(LedgerKeyError):
        store.ledger.noted(act, note(1))

    assert store.revision.current() == before
    assert count(store, "ledger_entry") == 0


def test_an_act_that_did_nothing_can_leave_no_entry(store: Store) -> None:
    told: list[Callable[[int], Note | None]] = [lambda _: None, note]

    results = [store.ledger.noted(lambda _: 7, each) for each in told]

    assert results == [7, 7]
    assert [each.at for each in store.ledger.read()] == [NOON + 7]


def test_writers_at_the_same_time_make_one_chain(store: Store, migrated_url: str) -> None:
    other = Store.open(migrated_url, ledger_key=store.ledger.key)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda number: (store, other)[number % 2].ledger.append(note(number)),
                    range(40),
                )
            )

        assert [each.seq for each in store.ledger.read()] == list(range(1, 41))
        assert audit(store) == ()
    finally:
        other.close()
