"""Counting refusals by day and reason."""

import threading
from collections import Counter
from functools import partial

from sqlalchemy import Dialect

from gateway.clock import china_day
from gateway.ids import Timestamp
from gateway.storage.session import Cursor
from gateway.storage.statements import generate, upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.verifications import Refusal
from gateway.storage.writer import Writer

_DAY_S = 86_400
"""China has one time zone and no summer time."""


class SqlRefusalTally:
    """``RefusalTally`` on either database."""

    def __init__(self, dialect: Dialect, writer: Writer) -> None:
        self._writer = writer
        self._lock = threading.Lock()
        self._counted: Counter[tuple[int, str]] = Counter()
        table, insert = table_of(Refusal), upsert(dialect, Refusal)
        self._add = generate(
            dialect,
            insert.on_conflict_do_update(
                index_elements=["day", "reason"],
                set_={"count": table.c.count + insert.excluded.count},
            ),
        )

    def count(self, reason: str, now: Timestamp) -> None:
        """Count one refusal of the day in Asia/Shanghai, in this process only."""
        day = china_day(now)
        with self._lock:
            self._counted[day, reason] += 1

    def flush(self) -> None:
        """Add what was counted to the database; if that fails, it is kept for the next time."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
        if not counted:
            return
        try:
            self._writer.run(partial(self._write, counted))
        except Exception:
            with self._lock:
                self._counted.update(counted)
            raise

    def _write(self, counted: Counter[tuple[int, str]], cursor: Cursor) -> None:
        for (day, reason), count in sorted(counted.items()):
            self._add.run(cursor, {"day": day, "reason": reason, "count": count})
