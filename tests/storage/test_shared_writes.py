"""Many showings in two statements: exactly as if each were written alone."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import cast

import pytest

from gateway.errors import GatewayError
from gateway.ids import MerchantId, ReceiptId
from gateway.services.ports import Recorded, Showing
from gateway.storage.session import Cursor
from gateway.storage.store import Store
from tests.storage.rows import counts, showing


def _in_one_batch(store: Store, showings: list[Showing]) -> list[object]:
    """Return what became of each, all recorded in one transaction."""
    reached, opened = threading.Event(), threading.Event()

    def gate(_cursor: Cursor) -> None:
        reached.set()
        assert opened.wait(4)

    results: list[object] = [None] * len(showings)

    def record(place: int) -> None:
        try:
            results[place] = store.verifications.record(showings[place])
        except GatewayError as error:
            results[place] = error.code

    held = threading.Thread(target=partial(store.writer.run, gate))
    held.start()
    assert reached.wait(4)
    threads = [threading.Thread(target=record, args=(place,)) for place in range(len(showings))]
    for thread in threads:
        thread.start()
    pause = threading.Event()
    while store.writer._jobs.qsize() < len(showings):  # noqa: SLF001  # no other way to see them
        pause.wait(0.001)
    opened.set()
    for thread in (held, *threads):
        thread.join(60)
    return results


def test_first_showings_of_a_batch_are_all_recorded(store: Store) -> None:
    showings = [showing(f"c{number}", request=f"r{number}") for number in range(12)]

    results = _in_one_batch(store, showings)

    assert results == [Recorded.FIRST] * 12
    assert counts(store) == (12, 12, 12)
    found = [store.verifications.find(each.record.receipt) for each in showings]
    assert found == [each.record for each in showings]


def test_with_and_without_request_ids_go_together(store: Store) -> None:
    results = _in_one_batch(store, [showing("a", request="r"), showing("b", request=None)])

    assert results == [Recorded.FIRST] * 2
    assert counts(store) == (2, 1, 2)


_TAKEN = showing("old", request="used")
_NAMELESS = replace(
    _TAKEN.record,
    receipt=ReceiptId("R-nameless"),
    merchant=cast("MerchantId", None),  # what no service does
)

SPOILED: dict[str, tuple[Callable[[], Showing], Recorded | str]] = {
    "a code that was burned before": (
        lambda: showing("old", request="other"),
        Recorded.BURNED,
    ),
    "a request that is stored already": (
        lambda: showing("old", request="used"),
        Recorded.REPEATED,
    ),
    "a request id with another code": (
        lambda: showing("new", request="used"),
        Recorded.REQUEST_ID_REUSED,
    ),
    "a receipt number that is taken": (
        lambda: replace(showing("new", request="new"), record=_TAKEN.record),
        "storage_conflict",
    ),
    "a record without what the table asks for": (
        lambda: replace(showing("new", request="new"), record=_NAMELESS),
        "storage_write_refused",
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_one_that_is_refused_does_not_touch_its_batch(store: Store, name: str) -> None:
    make, expected = SPOILED[name]
    assert store.verifications.record(_TAKEN) is Recorded.FIRST
    good = [showing(f"c{number}", request=f"r{number}") for number in range(4)]

    results = _in_one_batch(store, [*good[:2], make(), *good[2:]])

    assert results == [Recorded.FIRST, Recorded.FIRST, expected, Recorded.FIRST, Recorded.FIRST]
    assert counts(store) == (5, 5, 5)


def test_a_code_twice_in_a_batch_is_recorded_once(store: Store) -> None:
    twice = [showing("a", request="r1"), showing("b", request="r2"), showing("a", request="r3")]

    results = _in_one_batch(store, twice)

    assert Counter(results) == {Recorded.FIRST: 2, Recorded.BURNED: 1}
    assert counts(store) == (2, 2, 2)
