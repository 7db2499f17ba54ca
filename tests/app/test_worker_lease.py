import pytest

from gateway.app.worker.holding import LEASE_S, RENEWALS, Holding
from gateway.errors import UnavailableError
from gateway.services.worker_ports import FREE
from tests.app.worker import MemoryLease, Watch


class Node:
    """One process that wants the lease, with a stopwatch of its own."""

    def __init__(self, rows: MemoryLease, watch: Watch) -> None:
        self.watch = watch
        self.holding = Holding(rows, monotonic=watch.monotonic)

    def attempt(self) -> bool:
        return self.holding.attempt(self.watch.now())


@pytest.fixture
def rows() -> MemoryLease:
    return MemoryLease()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def first(rows: MemoryLease, watch: Watch) -> Node:
    node = Node(rows, watch)
    assert node.attempt()
    return node


def test_a_holder_that_renews_keeps_the_lease(rows: MemoryLease, watch: Watch, first: Node) -> None:
    second = Node(rows, watch)
    for _ in range(3 * RENEWALS):
        watch.passed_s += LEASE_S / RENEWALS
        assert first.attempt()
        assert not second.attempt()

    assert second.holding.other_lives


def test_a_killed_workers_lease_is_taken_over_once_its_beat_stood_still(
    rows: MemoryLease, watch: Watch, first: Node
) -> None:
    second = Node(rows, watch)
    second.attempt()

    watch.passed_s += LEASE_S - 0.1
    too_soon = second.attempt()
    watch.passed_s += 0.1
    in_time = second.attempt()

    assert (too_soon, in_time) == (False, True)
    assert not second.holding.other_lives
    assert not first.holding.held
    assert not first.attempt()


def test_a_holder_stops_before_anybody_may_take_over(
    rows: MemoryLease, watch: Watch, first: Node
) -> None:
    second = Node(rows, watch)
    second.attempt()

    watch.passed_s += 0.8 * LEASE_S

    assert not first.holding.held
    assert not second.attempt()


def test_a_clock_that_is_an_hour_off_takes_nothing_from_a_holder(
    rows: MemoryLease, watch: Watch, first: Node
) -> None:
    ahead = Node(rows, Watch(passed_s=3600.0))
    for _ in range(2 * RENEWALS):
        watch.passed_s += LEASE_S / RENEWALS
        ahead.watch.passed_s += LEASE_S / RENEWALS
        assert first.attempt()
        assert not ahead.attempt()


def test_a_lease_given_up_is_free_at_once(rows: MemoryLease, watch: Watch, first: Node) -> None:
    first.holding.give_up(watch.now())

    assert not first.holding.held
    assert rows.lease is not None
    assert rows.lease.holder == FREE
    assert Node(rows, watch).attempt()


def test_a_lease_lost_is_not_given_up_for_the_one_who_has_it(
    rows: MemoryLease, watch: Watch, first: Node
) -> None:
    second = Node(rows, watch)
    second.attempt()
    watch.passed_s += LEASE_S
    second.attempt()

    first.holding.give_up(watch.now())

    assert second.attempt()


def test_a_database_that_is_away_for_a_moment_changes_nothing(
    rows: MemoryLease, watch: Watch, first: Node
) -> None:
    rows.away = True
    watch.passed_s += LEASE_S / 2
    with pytest.raises(UnavailableError):
        first.attempt()
    during = first.holding.held
    rows.away = False

    assert during
    assert first.attempt()


def test_a_renewal_whose_answer_was_lost_is_recognised_as_our_own(
    rows: MemoryLease, watch: Watch, first: Node
) -> None:
    rows.take(first.holding.holder, rows.lease, watch.now())

    assert first.attempt()


def test_who_was_interrupted_in_a_renewal_gives_up_what_was_written(
    rows: MemoryLease, watch: Watch, first: Node
) -> None:
    # The main thread waits for the database when a signal ends it; the write goes on.
    rows.take(first.holding.holder, rows.lease, watch.now())

    first.holding.give_up(watch.now())

    assert rows.lease is not None
    assert rows.lease.holder == FREE


def test_who_was_interrupted_as_it_took_the_lease_gives_it_up(
    rows: MemoryLease, watch: Watch
) -> None:
    node = Node(rows, watch)
    rows.take(node.holding.holder, None, watch.now())

    node.holding.give_up(watch.now())

    assert rows.lease is not None
    assert rows.lease.holder == FREE


def test_who_never_held_it_gives_nothing_up(rows: MemoryLease, watch: Watch) -> None:
    Node(rows, watch).holding.give_up(watch.now())

    assert rows.lease is None
