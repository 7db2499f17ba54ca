"""Bounds what no driver bounds: an answer that a living connection never gives.

psycopg waits for ever for a server that keeps its connection open and says nothing (it was
stopped, or hangs in its disk); keep-alive and statement timeouts do not help there.
"""

import threading

from gateway.clock import monotonic_s
from gateway.storage.forks import abandon, reset_in_child
from gateway.storage.session import Session

LIMIT_S = 4.0
"""How long one read may take: more than the server's own limit for a statement."""

_LOOK_S = 0.5


class Watchdog:
    """Interrupts sessions that are busy for too long; its thread starts with the first."""

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._busy: dict[Session, float] = {}
        reset_in_child(self._after_fork)

    def begin(self, session: Session) -> None:
        """Watch ``session`` from now on."""
        if self._thread is None:
            self._start()
        self._busy[session] = monotonic_s()

    def end(self, session: Session) -> None:
        """Watch it no longer."""
        self._busy.pop(session, None)

    def close(self) -> None:
        """End the thread; a later ``begin`` starts it again."""
        with self._door:
            thread, self._thread = self._thread, None
            self._over.set()
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        with self._door:
            if self._thread is None:
                self._over = threading.Event()
                thread = threading.Thread(
                    target=self._watch, args=(self._over,), name="storage-watchdog", daemon=True
                )
                thread.start()
                self._thread = thread

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(_LOOK_S):
            late = monotonic_s() - LIMIT_S
            for session, since in self._busy.copy().items():
                if since < late:
                    session.interrupt()

    def _after_fork(self) -> None:
        abandon(self._busy)
        self._door = threading.Lock()
        self._thread = None
        self._busy = {}
