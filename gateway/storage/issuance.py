"""Counting issued codes by subject and day, and what they said last."""

from functools import partial
from typing import cast

from sqlalchemy import Dialect, select

from gateway.ids import Tier
from gateway.services.ports import IssuanceKind, StorageError
from gateway.services.standing import Standing
from gateway.storage.columns import declared, integer, text
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.statements import Values, equal, generate, upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.issuance import IssuanceDay
from gateway.storage.writer import Writer


class SqlIssuanceLog:
    """``IssuanceLog`` and ``LastStandings`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        table, insert = table_of(IssuanceDay), upsert(dialect, IssuanceDay)
        self._add = generate(
            dialect,
            insert.on_conflict_do_update(
                index_elements=["subject", "day", "kind"],
                set_={
                    "codes": table.c.codes + insert.excluded.codes,
                    "tier": insert.excluded.tier,
                    "scale_version": insert.excluded.scale_version,
                    "assessed_on": insert.excluded.assessed_on,
                },
            ).returning(table.c.codes),
        )
        said = table.c.tier, table.c.scale_version, table.c.assessed_on
        self._last = generate(
            dialect,
            select(*(declared(dialect, column) for column in said))
            .where(equal(IssuanceDay, "subject"), table.c.assessed_on.is_not(None))
            .order_by(table.c.day.desc(), table.c.assessed_on.desc(), table.c.tier.desc())
            .limit(1),
        )

    def last_standing(self, subject: bytes) -> Standing | None:
        """Return what the newest day row of a pseudonym says; None without one."""
        row = self._reader.one(self._last, {"subject": subject})
        if row is None:
            return None
        tier, version, day = row
        return Standing(
            tier=Tier(integer(tier)),
            scale_version=text(version),
            assessed_on=integer(day),
            remembered=True,
        )

    def count_issue(
        self, subject: bytes, day: int, kind: IssuanceKind, standing: Standing, codes: int
    ) -> int:
        """Add ``codes`` to the row and return the new sum: durable on return."""
        values = {
            "subject": subject,
            "day": day,
            "kind": kind,
            "tier": standing.tier,
            "scale_version": standing.scale_version,
            "codes": codes,
            "assessed_on": standing.assessed_on,
        }
        return self._writer.run(partial(self._count, values), subject)

    def _count(self, values: Values, cursor: Cursor) -> int:
        self._add.run(cursor, values)
        row = cursor.fetchone()
        if row is None:
            raise StorageError("an upsert returned no row")
        return cast("int", row[0])
