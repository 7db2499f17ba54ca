"""Reads of the hot path: a few raw connections, lent out in turn."""

import queue

from sqlalchemy import Engine

from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.faults import at_the_door
from gateway.storage.forks import abandon, reset_in_child
from gateway.storage.session import Row, Session, open_session
from gateway.storage.statements import Statement, Values
from gateway.storage.watchdog import Watchdog

CONNECTIONS = 4
"""At most so many at once; a read on SQLite takes microseconds, so waiting is short."""

_WAIT_S = 3.0


class Reader:
    """Runs single statements that only read, each a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # An SQLite file answers, or fails, by itself.
        self._watchdog = Watchdog() if engine.dialect.name == "postgresql" else None
        self._lent: queue.SimpleQueue[Session | None] = queue.SimpleQueue()
        self._fill()
        reset_in_child(self._after_fork)

    def one(self, statement: Statement, values: Values) -> Row | None:
        """Return the first row, if there is one."""
        rows = self.all(statement, values)
        return rows[0] if rows else None

    def all(self, statement: Statement, values: Values) -> list[Row]:
        """Return all rows; a broken connection is replaced once, since reading twice is harmless.

        Raises:
            DatabaseUnavailableError: The database cannot be read.
        """
        session = self._borrow()
        try:
            with at_the_door():
                if session is not None:
                    try:
                        return self._fetch(session, statement, values)
                    except Exception:
                        lost = not session.is_usable()
                        session.close()
                        session = None
                        if not lost:
                            raise
                session = open_session(self._engine)
                return self._fetch(session, statement, values)
        finally:
            self._lent.put(session)

    def close(self) -> None:
        """Close what is not lent out; a later read opens anew."""
        for _ in range(CONNECTIONS):
            session = self._borrow()
            if session is not None:
                session.close()
            self._lent.put(None)
        if self._watchdog is not None:
            self._watchdog.close()

    def _fetch(self, session: Session, statement: Statement, values: Values) -> list[Row]:
        watchdog = self._watchdog
        if watchdog is None:
            return _rows(session, statement, values)
        watchdog.begin(session)
        try:
            return _rows(session, statement, values)
        finally:
            watchdog.end(session)

    def _borrow(self) -> Session | None:
        try:
            session = self._lent.get(timeout=_WAIT_S)
        except queue.Empty:
            raise DatabaseUnavailableError("busy") from None
        if session is not None and not session.is_usable():
            session.close()
            return None
        return session

    def _fill(self) -> None:
        for _ in range(CONNECTIONS):
            self._lent.put(None)

    def _after_fork(self) -> None:
        abandon(self._lent)
        self._lent = queue.SimpleQueue()
        self._fill()


def _rows(session: Session, statement: Statement, values: Values) -> list[Row]:
    session.cursor.execute(statement.sql, statement.parameters(values))
    return list(session.cursor.fetchall())
