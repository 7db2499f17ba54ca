"""The group-commit writer: shared transactions, neighbours, forks and ends."""

import os
import threading
from collections.abc import Callable
from functools import partial

import pytest

from gateway.errors import GatewayError
from gateway.services.ports import Recorded
from gateway.storage import writer as writer_module
from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.session import Cursor
from gateway.storage.store import Store
from tests.storage.rows import at_once, counts, record, showing, tag


class Gate:
    """An operation that holds the writer until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, _cursor: Cursor) -> None:
        self.reached.set()
        assert self.open.wait(4)


def _in_thread(call: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    results: list[object] = []

    def run() -> None:
        try:
            results.append(call())
        except (GatewayError, UnicodeError) as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def _waiting(store: Store, number: int) -> None:
    """Return as soon as ``number`` operations wait behind a gate."""
    jobs = store.writer._jobs  # noqa: SLF001  # there is no other way to see them wait
    pause = threading.Event()
    while jobs.qsize() < number:
        pause.wait(0.001)


def test_waiting_showings_share_one_transaction(store: Store) -> None:
    gate = Gate()
    held, _ = _in_thread(partial(store.writer.run, gate))
    assert gate.reached.wait(4)
    calls = [_in_thread(partial(store.verifications.record, showing(f"c{n}"))) for n in range(16)]
    _waiting(store, 16)

    gate.open.set()
    for thread, _ in [(held, None), *calls]:
        thread.join()

    assert [results for _, results in calls] == [[Recorded.FIRST]] * 16
    assert (store.writer.commits, store.writer.operations) == (2, 17)


def test_16_busy_threads_need_fewer_commits_than_showings(store: Store) -> None:
    def show(thread: int) -> None:
        for n in range(20):
            store.verifications.record(showing(f"{thread}-{n}"))

    at_once([partial(show, thread) for thread in range(16)])

    assert store.writer.operations == 320
    assert store.writer.commits < 320
    assert counts(store) == (320, 0, 320)


def test_a_lone_showing_is_a_transaction_of_its_own(store: Store) -> None:
    store.verifications.record(showing("a"))
    store.verifications.record(showing("b"))

    assert (store.writer.commits, store.writer.operations) == (2, 2)


def test_a_showing_that_cannot_be_written_does_not_hurt_its_neighbours(store: Store) -> None:
    good = [showing(f"good-{n}") for n in range(4)]
    bad = showing("bad", "till-bad")
    object.__setattr__(bad, "record", record("R-bad", venue="\ud800"))
    gate = Gate()
    held, _ = _in_thread(partial(store.writer.run, gate))
    assert gate.reached.wait(4)
    calls = [
        _in_thread(partial(store.verifications.record, one)) for one in (*good[:2], bad, *good[2:])
    ]
    _waiting(store, 5)

    gate.open.set()
    for thread, _ in [(held, None), *calls]:
        thread.join()

    outcomes = [results[0] for _, results in calls]
    assert outcomes[:2] == outcomes[3:] == [Recorded.FIRST] * 2
    assert isinstance(outcomes[2], UnicodeEncodeError)
    assert counts(store) == (4, 0, 4)
    assert store.verifications.stored_answer(tag("till-bad")) is None


def test_more_callers_than_may_wait_are_told_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_WAITING", 1)
    gate = Gate()
    held, _ = _in_thread(partial(store.writer.run, gate))
    assert gate.reached.wait(4)
    waiting, _ = _in_thread(partial(store.verifications.record, showing("a")))
    _waiting(store, 1)

    with pytest.raises(DatabaseUnavailableError) as refused:
        store.verifications.record(showing("b"))

    gate.open.set()
    held.join()
    waiting.join()
    assert refused.value.reason == "busy"
    assert counts(store) == (1, 0, 1)


def test_a_caller_who_gave_up_waiting_wrote_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    held, _ = _in_thread(partial(store.writer.run, gate))
    assert gate.reached.wait(4)
    monkeypatch.setattr(writer_module, "ANSWER_S", 0.01)

    with pytest.raises(DatabaseUnavailableError) as refused:
        store.verifications.record(showing("a"))
    gate.open.set()
    held.join()
    monkeypatch.undo()

    assert refused.value.reason == "timeout"
    assert store.verifications.record(showing("a")) is Recorded.FIRST


def test_a_caller_who_gave_up_late_leaves_the_next_batch_alone(store: Store) -> None:
    gate = Gate()
    held, results = _in_thread(partial(store.writer.run, gate))
    assert gate.reached.wait(4)
    late = writer_module._Job(gate, b"")  # noqa: SLF001  # a job whose batch is over already
    late.claim()
    late.done.release()

    store.writer._give_up(late)  # noqa: SLF001  # what its caller does after the time-out
    gate.open.set()
    held.join()

    assert results == [None]


def test_a_writer_whose_thread_died_starts_another(store: Store) -> None:
    store.writer.run(lambda _: None)
    dead = store.writer._thread  # noqa: SLF001  # nothing else can kill it
    assert dead is not None
    store.writer._jobs.put(None)  # noqa: SLF001  # it ends as if at a close
    dead.join(4)

    assert store.verifications.record(showing("a")) is Recorded.FIRST


def test_a_machine_without_room_for_a_thread_is_busy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_room)

    with pytest.raises(DatabaseUnavailableError) as refusal:
        store.verifications.record(showing("a"))
    assert refusal.value.reason == "busy"


def test_close_writes_what_is_waiting(store: Store) -> None:
    gate = Gate()
    held, _ = _in_thread(partial(store.writer.run, gate))
    assert gate.reached.wait(4)
    calls = [_in_thread(partial(store.verifications.record, showing(f"c{n}"))) for n in range(3)]
    _waiting(store, 3)

    closing, _ = _in_thread(partial(store.writer.close))
    _waiting(store, 4)
    gate.open.set()
    for thread, _ in [(held, None), (closing, None), *calls]:
        thread.join()

    assert [results for _, results in calls] == [[Recorded.FIRST]] * 3
    assert counts(store) == (3, 0, 3)


def test_a_closed_writer_refuses(store: Store) -> None:
    store.writer.close()

    with pytest.raises(DatabaseUnavailableError) as refused:
        store.verifications.record(showing("a"))

    assert refused.value.reason == "closed"


def test_an_unused_writer_closes(store: Store) -> None:
    store.writer.close()
    store.writer.close()

    assert store.writer.commits == 0


def test_parent_and_forked_child_both_go_on_writing(store: Store) -> None:
    store.verifications.record(showing("before"))
    store.revision.current()

    child = os.fork()
    if child == 0:
        # Only plain facts leave the child, as its exit status; pytest must not run on in it.
        status = 1
        try:
            again = store.verifications.record(showing("before"))
            first = store.verifications.record(showing("in child"))
            store.revision.current()
            status = 0 if (again, first) == (Recorded.BURNED, Recorded.FIRST) else 2
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert store.verifications.record(showing("in child")) is Recorded.BURNED
    assert store.verifications.record(showing("after")) is Recorded.FIRST
    assert store.revision.current() == 1
