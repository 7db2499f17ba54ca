"""Whether the database takes writes: asked by writing, since nothing else can tell.

A full, locked or read-only database answers every read.
"""

from typing import Final

from sqlalchemy import Dialect, bindparam, delete, insert

from gateway.storage.session import Cursor
from gateway.storage.statements import generate
from gateway.storage.tables import table_of
from gateway.storage.tables.verifications import Refusal
from gateway.storage.writer import Writer

_ROW: Final = {"day": 0, "reason": "write_probe", "count": 0}
"""A day on which nobody refused anything; no figure counts it."""


class WriteProbe:
    """Writes a row and takes it away again, in one transaction that is committed."""

    def __init__(self, dialect: Dialect, writer: Writer) -> None:
        table = table_of(Refusal)
        self._writer = writer
        self._insert = generate(dialect, insert(table))
        self._delete = generate(
            dialect,
            delete(table).where(
                table.c.day == bindparam("day"), table.c.reason == bindparam("reason")
            ),
        )

    def write(self) -> None:
        """Return once the database took a write; nothing is left of it.

        Raises:
            DatabaseUnavailableError: it takes none; the reason says why.
        """
        self._writer.run(self._run)

    def _run(self, cursor: Cursor) -> None:
        self._insert.run(cursor, _ROW)
        self._delete.run(cursor, _ROW)
