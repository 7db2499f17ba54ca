"""Counting issued codes by subject and day."""

from functools import partial
from typing import Literal, cast

from sqlalchemy import Dialect

from gateway.ids import Tier
from gateway.services.ports import StorageError
from gateway.storage.session import Cursor
from gateway.storage.statements import Values, generate, upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.issuance import IssuanceDay
from gateway.storage.writer import Writer


class SqlIssuanceLog:
    """``IssuanceLog`` on either database."""

    def __init__(self, dialect: Dialect, writer: Writer) -> None:
        self._writer = writer
        table, insert = table_of(IssuanceDay), upsert(dialect, IssuanceDay)
        self._add = generate(
            dialect,
            insert.on_conflict_do_update(
                index_elements=["subject", "day", "kind"],
                set_={
                    "codes": table.c.codes + insert.excluded.codes,
                    "tier": insert.excluded.tier,
                    "scale_version": insert.excluded.scale_version,
                },
            ).returning(table.c.codes),
        )

    def count_issue(  # noqa: PLR0913, PLR0917  # one row has these columns
        self,
        subject: bytes,
        day: int,
        kind: Literal["live", "pack", "printed"],
        tier: Tier,
        scale_version: str,
        codes: int,
    ) -> int:
        """Add ``codes`` to the row and return the new sum: durable on return."""
        values = {
            "subject": subject,
            "day": day,
            "kind": kind,
            "tier": tier,
            "scale_version": scale_version,
            "codes": codes,
        }
        return self._writer.run(partial(self._count, values), subject)

    def _count(self, values: Values, cursor: Cursor) -> int:
        self._add.run(cursor, values)
        row = cursor.fetchone()
        if row is None:
            raise StorageError("an upsert returned no row")
        return cast("int", row[0])
