from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.ids import EntityId, Timestamp
from gateway.services.event_ports import Delivery, Pushes
from gateway.storage.pruning import Retention, prune
from gateway.storage.schema import migrate
from gateway.storage.store import Store
from gateway.trust.events import REMEMBERED_S, Hearing
from tests.storage.rows import NOON, at_once, count

WENZHOU = EntityId("https://credit.wenzhou.example/anchor")
HUZHOU = EntityId("https://credit.huzhou.example/anchor")
DAY = 24 * 3600


def at(seconds: int) -> Timestamp:
    return Timestamp(NOON + seconds)


def due(store: Store, seconds: int = 0) -> list[tuple[EntityId, int, int]]:
    found = store.events.due(at(seconds), at(seconds - DAY))
    return [(each.anchor, each.number, each.attempts) for each in found]


def only(store: Store, seconds: int = 0) -> Delivery:
    (found,) = store.events.due(at(seconds), at(seconds - DAY))
    return found


# Hearing


def test_a_replayed_push_is_known_for_ten_minutes_and_of_its_partner_only(store: Store) -> None:
    assert store.events.hear(WENZHOU, "j", NOON) == (Hearing.FIRST, 0)

    assert store.events.hear(WENZHOU, "j", at(REMEMBERED_S)) == (Hearing.REPEATED, 0)
    assert store.events.hear(HUZHOU, "j", at(1)) == (Hearing.FIRST, 0)
    assert store.events.hear(WENZHOU, "j", at(REMEMBERED_S + 1)) == (Hearing.FIRST, 0)


def test_a_seventh_push_in_a_minute_is_not_taken_and_leaves_no_row(store: Store) -> None:
    for number in range(6):
        assert store.events.hear(WENZHOU, f"j{number}", at(number)) == (Hearing.FIRST, 0)

    assert store.events.hear(WENZHOU, "j6", at(6)) == (Hearing.TOO_MANY, 54)
    assert store.events.hear(HUZHOU, "j6", at(6)) == (Hearing.FIRST, 0)
    assert store.events.hear(WENZHOU, "j6", at(60)) == (Hearing.FIRST, 0)
    assert store.events.pushes(WENZHOU) == Pushes(heard_at=at(60))


def test_a_flood_at_once_is_taken_six_times_by_all_processes_together(store: Store) -> None:
    other = Store.open(store.engine.url.render_as_string(hide_password=False))
    calls = [
        partial(each.events.hear, WENZHOU, f"j{number}", NOON)
        for number in range(10)
        for each in (store, other)
    ]

    verdicts = [verdict for verdict, _ in at_once(calls)]

    other.close()
    assert verdicts.count(Hearing.FIRST) == 6
    assert count(store, "heard_event") == 6


def test_an_event_that_was_forgotten_is_heard_again(store: Store) -> None:
    store.events.hear(WENZHOU, "j", NOON)

    store.events.forget(WENZHOU, "j")

    assert store.events.hear(WENZHOU, "j", at(1)) == (Hearing.FIRST, 0)


def test_what_was_heard_is_dropped_with_the_next_event_and_by_pruning(store: Store) -> None:
    store.events.hear(WENZHOU, "old", NOON)
    store.events.hear(HUZHOU, "old", NOON)

    store.events.hear(WENZHOU, "new", at(REMEMBERED_S + 1))
    assert count(store, "heard_event") == 2

    prune(store.engine, at(REMEMBERED_S + 1), Retention())
    assert count(store, "heard_event") == 1


# Owing


def test_every_partner_is_owed_an_event_at_once(store: Store) -> None:
    store.events.owe(frozenset({WENZHOU, HUZHOU}), NOON, NOON)

    assert due(store) == [(HUZHOU, 1, 0), (WENZHOU, 1, 0)]
    assert store.events.pushes(WENZHOU) == Pushes(owed=True, sending=True)


def test_an_event_is_due_when_it_was_told_to_be(store: Store) -> None:
    store.events.owe(frozenset({WENZHOU}), NOON, at(2))

    assert due(store, 1) == []
    assert due(store, 2) == [(WENZHOU, 1, 0)]


def test_what_arrived_is_owed_no_more(store: Store) -> None:
    store.events.owe(frozenset({WENZHOU}), NOON, NOON)

    store.events.delivered(only(store), at(1))

    assert due(store, 1) == []
    assert store.events.pushes(WENZHOU) == Pushes(sent_at=at(1))


def test_an_attempt_that_failed_is_due_again_when_it_says(store: Store) -> None:
    store.events.owe(frozenset({WENZHOU}), NOON, NOON)

    store.events.failed(only(store), "fetch_timeout", at(8))

    assert due(store, 7) == []
    assert due(store, 8) == [(WENZHOU, 1, 1)]
    told = Pushes(owed=True, sending=True, error="fetch_timeout")
    assert store.events.pushes(WENZHOU) == told


def test_a_newer_event_replaces_the_one_that_failed(store: Store) -> None:
    store.events.owe(frozenset({WENZHOU}), NOON, NOON)
    older = only(store)
    store.events.failed(older, "fetch_timeout", at(600))

    store.events.owe(frozenset({WENZHOU}), at(9), at(9))
    store.events.failed(older, "fetch_status", None)

    assert due(store, 9) == [(WENZHOU, 2, 0)]


def test_an_older_event_that_arrives_late_leaves_the_newer_one_owed(store: Store) -> None:
    store.events.owe(frozenset({WENZHOU}), NOON, NOON)
    older = only(store)
    store.events.owe(frozenset({WENZHOU}), at(1), at(1))

    store.events.delivered(older, at(2))

    assert due(store, 2) == [(WENZHOU, 2, 0)]
    assert store.events.pushes(WENZHOU) == Pushes(sent_at=at(2), owed=True, sending=True)


def test_an_event_that_was_given_up_is_owed_and_not_sent(store: Store) -> None:
    store.events.owe(frozenset({WENZHOU}), NOON, NOON)

    store.events.failed(only(store), "push_refused", None)

    assert due(store, DAY - 1) == []
    told = Pushes(owed=True, sending=False, error="push_refused")
    assert store.events.pushes(WENZHOU) == told


def test_an_event_is_tried_for_a_day(store: Store) -> None:
    store.events.owe(frozenset({WENZHOU}), NOON, NOON)

    assert due(store, DAY) == [(WENZHOU, 1, 0)]
    assert due(store, DAY + 1) == []


@pytest.mark.parametrize("column", ["owed_at", "attempts", "owed", "anchor_id"])
def test_a_row_that_a_hand_spoiled_keeps_no_other_partner_from_its_event(
    tmp_path: Path, column: str
) -> None:
    # On SQLite alone: PostgreSQL keeps the types itself.
    store = Store.open(f"sqlite:///{tmp_path / 'gateway.db'}")
    migrate(store.engine)
    store.events.owe(frozenset({WENZHOU, HUZHOU}), NOON, NOON)
    store.events.hear(WENZHOU, "j", NOON)

    with store.engine.begin() as connection:
        spoil = f"UPDATE event_delivery SET {column} = x'ff' WHERE anchor_id = '{WENZHOU}'"  # noqa: S608  our own names
        connection.execute(text(spoil))
        connection.execute(text("UPDATE heard_event SET heard_at = 'x'"))

    assert due(store) == [(HUZHOU, 1, 0)]
    assert store.events.pushes(WENZHOU).heard_at == NOON
    assert store.events.hear(WENZHOU, "k", at(1)) == (Hearing.FIRST, 0)
    store.close()
