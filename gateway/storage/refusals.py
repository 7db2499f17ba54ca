"""Counting refusals by day and reason."""

from collections.abc import Sequence

from sqlalchemy import Dialect

from gateway.clock import china_day
from gateway.ids import Timestamp
from gateway.storage.counting import Counting
from gateway.storage.session import Cursor
from gateway.storage.statements import generate, upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.verifications import Refusal
from gateway.storage.writer import Writer


class SqlRefusalTally:
    """``RefusalTally`` on either database."""

    def __init__(self, dialect: Dialect, writer: Writer) -> None:
        self._counting = Counting(writer, self._write)
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
        self._counting.count((china_day(now), reason))

    def flush(self) -> None:
        """Add what was counted to the database; if that fails, it is kept for the next time."""
        self._counting.flush()

    def _write(self, counted: Sequence[tuple[tuple[int, str], int]], cursor: Cursor) -> None:
        for (day, reason), count in counted:
            self._add.run(cursor, {"day": day, "reason": reason, "count": count})
