"""The group-commit writer: many requests, one transaction, one fsync.

Each process has one writer thread. It takes what is waiting, however little, runs it in one
transaction, and wakes the callers when that transaction is durable: a lone caller waits for
nobody, and while one fsync runs the next batch gathers by itself. Races are decided by unique
keys in the database, so that other processes and machines may write as well.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Engine

from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.faults import Fault, fault_of
from gateway.storage.forks import abandon, reset_in_child
from gateway.storage.session import Cursor, Session, open_session

P = TypeVar("P")
T = TypeVar("T")

Operation = Callable[[Cursor], T]
"""What one caller wants done inside a transaction. It may be run again after a rollback, so it
touches nothing but the cursor; whatever it raises undoes it and reaches its caller."""


@dataclass(frozen=True, slots=True)
class Shared(Generic[P, T]):
    """An operation that is cheaper for many callers than for each.

    Between two statements a thread waits for the interpreter: two statements for a batch, in
    the place of two for each of its operations, are a third of the writer's work.

    Attributes:
        one: Does it for one item.
        alike: Does it for all items if that is one result for all; else returns None, what it
            did is undone, and each is done by ``one``.
    """

    one: Callable[[P, Cursor], T]
    alike: Callable[[Sequence[P], Cursor], T | None]


MAX_BATCH = 256
"""Operations in one transaction: a bound on how long a lock is held."""

MAX_WAITING = 2048
"""Operations in the queue; more callers than that are told to try again at once."""

ANSWER_S = 5.0
"""How long a caller waits at most before the database counts as gone."""

_LAST_CALL_S = 1.0
"""How long a caller waits on for an operation that was just interrupted."""

_ATTEMPTS = 4
"""Runs of one transaction that deadlocks, or whose connection turns out to be broken."""


class _Job(Generic[T]):
    """One operation and its caller, who waits for ``done``."""

    __slots__ = ("_claim", "done", "error", "item", "key", "operation", "result", "shared")

    def __init__(
        self,
        operation: Operation[T],
        key: bytes,
        shared: "Shared[Any, T] | None" = None,
        item: object = None,
    ) -> None:
        self.operation = operation
        self.key = key
        self.shared = shared
        self.item = item
        self.result: T | None = None
        self.error: Exception | None = None
        # Bare locks: an Event costs ten times as much.
        self.done = threading.Lock()
        self.done.acquire()
        self._claim = threading.Lock()

    def claim(self) -> bool:
        """Return whether the asker is the first: the writer, or the caller who gave up."""
        return self._claim.acquire(blocking=False)

    def fail(self, error: Exception) -> None:
        self.error = error
        self.done.release()


class Writer:
    """Runs operations of many threads in shared transactions.

    Attributes:
        operations: How many were made durable by this process.
        commits: In how many transactions.
    """

    def __init__(self, engine: Engine) -> None:
        self.operations = 0
        self.commits = 0
        self._engine = engine
        self._session: Session | None = None
        self._thread: threading.Thread | None = None
        self._closed: bool = False
        self._running: list[_Job[object]] = []
        self._reset()
        reset_in_child(self._after_fork)

    def run(self, operation: Operation[T], key: bytes = b"") -> T:
        """Return what ``operation`` returned, once its transaction is durable.

        Args:
            operation: Run in the writer's thread, perhaps more than once.
            key: What it locks first. A batch is run in the order of its keys, so that two
                machines with the same keys do not deadlock.

        Raises:
            DatabaseUnavailableError: Nothing was written; except that a connection that broke
                in the commit itself, or hung, leaves the outcome unknown.
        """
        return self._wait_for(_Job(operation, key))

    def run_shared(self, shared: Shared[P, T], item: P, key: bytes = b"") -> T:
        """Return what ``shared`` gave for ``item``, once its transaction is durable; see ``run``.

        Raises:
            DatabaseUnavailableError: As in ``run``.
        """
        return self._wait_for(_Job(partial(shared.one, item), key, shared, item))

    def _wait_for(self, job: "_Job[T]") -> T:
        self._enqueue(job)
        if not job.done.acquire(timeout=ANSWER_S):
            self._give_up(job)
        if job.error is not None:
            raise job.error
        return cast("T", job.result)

    def close(self) -> None:
        """Write what is waiting, end the thread, close the connection; the writer is over."""
        with self._door:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._jobs.put(None)
            thread.join(2 * ANSWER_S)
        self._fail_waiting(DatabaseUnavailableError("closed"))

    def _enqueue(self, job: "_Job[T]") -> None:
        if self._closed:
            raise DatabaseUnavailableError("closed")
        if self._thread is None or not self._thread.is_alive():
            self._start()
        if self._jobs.qsize() >= MAX_WAITING:
            raise DatabaseUnavailableError("busy")
        self._jobs.put(cast("_Job[object]", job))

    def _start(self) -> None:
        """Start the thread, the first one or in place of one that died."""
        with self._door:
            if self._closed or (self._thread is not None and self._thread.is_alive()):
                return
            thread = threading.Thread(target=self._serve, name="storage-writer", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                raise DatabaseUnavailableError("busy") from error
            self._thread = thread

    def _give_up(self, job: "_Job[T]") -> None:
        """Withdraw a job that nobody took up; otherwise free the writer and learn the outcome."""
        if job.claim():
            raise DatabaseUnavailableError("timeout")
        with self._turn:
            # Only its own batch: an innocent next one must not pay for a late look.
            session = self._session
            if session is not None and any(each is job for each in self._running):
                session.interrupt()
        if not job.done.acquire(timeout=_LAST_CALL_S):
            raise DatabaseUnavailableError("timeout")

    def _serve(self) -> None:
        jobs = self._jobs
        open_door = True
        while open_door:
            batch: list[_Job[object]] = []
            job = jobs.get()
            while True:
                if job is None:
                    open_door = False
                elif job.claim():
                    batch.append(job)
                if len(batch) >= MAX_BATCH or jobs.empty():
                    break
                job = jobs.get()
            if batch:
                with self._turn:
                    self._running = batch
                self._write(batch)
                with self._turn:
                    self._running = []
        self._drop_session()

    def _write(self, batch: "list[_Job[object]]") -> None:
        """Make a batch durable, or tell each of its callers why not."""
        batch.sort(key=_key)
        try:
            self._transact(batch)
        except Exception as error:  # noqa: BLE001  # the callers raise it
            fault, raised = fault_of(error)
            if fault is not Fault.REFUSED:
                self._fail(batch, raised)
                self._fail_waiting(raised)
            elif len(batch) == 1:
                batch[0].fail(raised)
            else:
                # One of them is at fault: its neighbours must not pay for it.
                for position, job in enumerate(batch):
                    self._write([job])
                    if _is_unavailable(job.error):
                        self._fail(batch[position + 1 :], cast("Exception", job.error))
                        return
        else:
            for job in batch:
                job.done.release()

    def _transact(self, batch: "list[_Job[object]]") -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            session = self._current_session()
            committing = False
            try:
                session.begin()
                if not _done_alike(batch, session.cursor):
                    session.rollback()
                    session.begin()
                    for job in batch:
                        job.result = job.operation(session.cursor)
                committing = True
                session.commit()
            except Exception as error:
                session.rollback()
                lost = not session.is_usable()
                fault, _ = fault_of(error)
                if lost or fault is Fault.UNAVAILABLE:
                    # A fresh connection after any trouble: nothing half-done is left in it.
                    self._drop_session()
                # A commit whose answer was lost may have happened: do not run it twice.
                again = fault is Fault.AGAIN or (lost and not committing)
                if not again or attempt == _ATTEMPTS:
                    raise
            else:
                self.commits += 1
                self.operations += len(batch)
                return

    def _current_session(self) -> Session:
        if self._session is not None and not self._session.is_usable():
            self._drop_session()
        if self._session is None:
            self._session = open_session(self._engine)
        return self._session

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _fail_waiting(self, error: Exception) -> None:
        """Fail all that wait behind a failure: each would only find out the slow way."""
        waiting: list[_Job[object]] = []
        for _ in range(self._jobs.qsize()):
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
            elif job.claim():
                waiting.append(job)
        self._fail(waiting, error)

    @staticmethod
    def _fail(batch: "list[_Job[object]]", error: Exception) -> None:
        for job in batch:
            job.fail(_copy(error))

    def _reset(self) -> None:
        self._door = threading.Lock()
        self._turn = threading.Lock()
        self._running = []
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._thread = None
        self._closed = False

    def _after_fork(self) -> None:
        abandon((self._session, self._jobs))
        self._session = None
        self._reset()


def _done_alike(batch: "list[_Job[object]]", cursor: Cursor) -> bool:
    """Run a batch, what is shared in it together; return whether all that was possible so."""
    groups: dict[int, list[_Job[object]]] = {}
    for job in batch:
        groups.setdefault(id(job.shared or job), []).append(job)
    for jobs in groups.values():
        shared = jobs[0].shared
        if shared is None or len(jobs) == 1:
            jobs[0].result = jobs[0].operation(cursor)
            continue
        result = shared.alike([job.item for job in jobs], cursor)
        if result is None:
            return False
        for job in jobs:
            job.result = result
    return True


def _key(job: "_Job[object]") -> bytes:
    return job.key


def _is_unavailable(error: Exception | None) -> bool:
    return isinstance(error, DatabaseUnavailableError)


def _copy(error: Exception) -> Exception:
    """Return an error of its own for each thread: a traceback belongs to one."""
    if not isinstance(error, DatabaseUnavailableError):
        return error
    copy = DatabaseUnavailableError(error.reason)
    copy.__cause__ = error.__cause__
    return copy
