"""Quota tickets: each is spent by exactly one code, whoever races for it."""

from collections import Counter
from functools import partial

from gateway.services.ports import Recorded
from gateway.storage.store import Store
from tests.storage.rows import at_once, count, counts, raced, showing


def test_a_ticket_is_spent_with_the_burn_and_by_one_code_only(store: Store) -> None:
    log = store.verifications

    outcomes = [log.record(showing(code, f"till-{code}", ticket="1")) for code in ("a", "b", "a")]

    assert outcomes == [Recorded.FIRST, Recorded.TICKET_SPENT, Recorded.REPEATED]
    assert counts(store) == (1, 1, 1)
    assert (count(store, "spent_ticket"), count(store, "held_ticket")) == (1, 1)


def test_a_code_whose_ticket_is_spent_leaves_no_trace_and_is_as_good_as_before(
    store: Store,
) -> None:
    log = store.verifications
    log.record(showing("a", ticket="1"))

    refused = log.record(showing("b", "till-1", ticket="1"))
    again = log.record(showing("b", "till-1", ticket="2"))

    assert (refused, again) == (Recorded.TICKET_SPENT, Recorded.FIRST)


def test_a_burned_code_says_so_before_its_ticket_does(store: Store) -> None:
    log = store.verifications
    log.record(showing("a", ticket="1"))

    assert log.record(showing("a", ticket="1", receipt="R-2")) is Recorded.BURNED


def test_of_32_threads_with_32_codes_and_3_tickets_3_are_first(store: Store) -> None:
    shows = [showing(f"code-{n}", f"till-{n}", ticket=f"{n % 3}") for n in range(32)]

    outcomes = Counter(at_once([partial(store.verifications.record, one) for one in shows]))

    assert outcomes == {Recorded.FIRST: 3, Recorded.TICKET_SPENT: 29}
    assert counts(store) == (3, 3, 3)
    assert (count(store, "spent_ticket"), count(store, "held_ticket")) == (3, 3)


def test_two_processes_never_spend_a_ticket_twice(store: Store, migrated_url: str) -> None:
    tickets = 12

    firsts = raced(migrated_url, "tickets", tickets)

    assert firsts == {f"{n}": 1 for n in range(tickets)}
    assert count(store, "verification") == count(store, "spent_ticket") == tickets
