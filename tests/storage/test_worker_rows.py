"""The lease, the states of jobs, and wishes, on both databases."""

from functools import partial

import pytest
from sqlalchemy import text

from gateway.ids import EntityId, Timestamp
from gateway.services.wishes import HINT_SPACING_S
from gateway.services.worker_ports import FREE, JobState, Lease
from gateway.storage.store import Store
from tests.storage.rows import NOON, at_once

HUZHOU = EntityId("https://credit.huzhou.example/anchor")
JIAXING = EntityId("https://credit.jiaxing.example/anchor")


def test_the_first_worker_gets_the_lease(store: Store) -> None:
    lease = store.worker_lease.take("a", None, NOON)

    assert lease == Lease(holder="a", beat=1, renewed_at=NOON)
    assert store.worker_lease.read() == lease


def test_of_many_that_take_a_lease_at_once_one_gets_it(store: Store) -> None:
    first = at_once([partial(store.worker_lease.take, f"{n}", None, NOON) for n in range(8)])
    seen = store.worker_lease.read()
    second = at_once([partial(store.worker_lease.take, f"{n}", seen, NOON) for n in range(8)])

    assert [sum(each is not None for each in round_) for round_ in (first, second)] == [1, 1]


def test_a_lease_that_was_renewed_meanwhile_is_not_taken(store: Store) -> None:
    seen = store.worker_lease.take("a", None, NOON)
    store.worker_lease.take("a", seen, NOON)

    assert store.worker_lease.take("b", seen, NOON) is None
    assert store.worker_lease.take(FREE, seen, NOON) is None
    assert store.worker_lease.read() == Lease(holder="a", beat=2, renewed_at=NOON)


def test_nobody_held_the_lease_before_the_first_worker(store: Store) -> None:
    assert store.worker_lease.read() is None
    assert store.jobs.all() == {}
    assert store.wishes.take() == ()


def test_a_lease_spoiled_by_hand_is_none(store: Store) -> None:
    store.worker_lease.take("a", None, NOON)
    # PostgreSQL keeps the types itself.
    spoiled = "x'ff'" if store.engine.dialect.name == "sqlite" else "''"
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE worker_lease SET holder = {spoiled}"))  # noqa: S608  our own names

    found = store.worker_lease.read()
    assert found is None or found.holder == FREE


def test_the_state_of_a_job_is_replaced(store: Store) -> None:
    failed = JobState(name="poll", every_s=0.5, failed_at=NOON, error="fetch_time", failures=2)
    well = JobState(name="poll", every_s=0.5, succeeded_at=Timestamp(NOON + 1))
    store.jobs.save(failed)
    before = store.jobs.all()
    store.jobs.save(well)

    assert before == {"poll": failed}
    assert store.jobs.all() == {"poll": well}


def test_a_wish_is_granted_once(store: Store) -> None:
    store.wishes.wish(HUZHOU, NOON)
    store.wishes.wish(JIAXING, NOON)
    store.wishes.wish(HUZHOU, NOON)

    assert sorted(store.wishes.take()) == [HUZHOU, JIAXING]
    assert store.wishes.take() == ()


@pytest.mark.parametrize(
    ("after_s", "wished"),
    [(HINT_SPACING_S - 1, ()), (HINT_SPACING_S, (HUZHOU,)), (-3600, (HUZHOU,))],
    ids=["too soon", "again", "the clock was set back"],
)
def test_a_flood_of_unknown_hints_is_one_wish_in_30_s(
    store: Store, after_s: int, wished: tuple[EntityId, ...]
) -> None:
    store.wishes.wish(HUZHOU, NOON, spacing_s=HINT_SPACING_S)
    first = store.wishes.take()

    for _ in range(20):
        store.wishes.wish(HUZHOU, Timestamp(NOON + after_s), spacing_s=HINT_SPACING_S)

    assert (first, store.wishes.take()) == ((HUZHOU,), wished)


def test_an_event_is_not_held_back_by_a_hint_a_moment_ago(store: Store) -> None:
    store.wishes.wish(HUZHOU, NOON, spacing_s=HINT_SPACING_S)
    store.wishes.take()

    store.wishes.wish(HUZHOU, Timestamp(NOON + 1))

    assert store.wishes.take() == (HUZHOU,)


def test_two_workers_that_take_wishes_at_once_share_them(store: Store) -> None:
    store.wishes.wish(HUZHOU, NOON)

    taken = at_once([store.wishes.take for _ in range(4)])

    assert sum(taken, ()) == (HUZHOU,)
