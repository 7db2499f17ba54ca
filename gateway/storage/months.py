"""What is left of pruned records: how many codes of which city, in which scenario and month.

No merchant, no receipt and no finer time; kept for good. Codes of the test issuer are not
counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Connection

from gateway.clock import CHINA
from gateway.ids import TEST_ISSUER, Timestamp
from gateway.storage.statements import upsert
from gateway.storage.tables import table_of
from gateway.storage.tables.verifications import Verification, VerificationMonth

_KEY = ("month", "issuer", "scenario")


@dataclass(slots=True)
class _Counts:
    """How many records, and how many of them were voided."""

    count: int = 0
    voided: int = 0


def counted_columns() -> tuple[ColumnElement[object], ...]:
    """Return what ``add_to_months`` wants to know of each record."""
    record = table_of(Verification)
    return (record.c.at_minute, record.c.issuer, record.c.scenario, record.c.voided)


def add_to_months(connection: Connection, records: Iterable[Sequence[object]]) -> None:
    """Add records, each as ``counted_columns``, to their months, in the caller's transaction."""
    months: defaultdict[tuple[str, str, str], _Counts] = defaultdict(_Counts)
    for record in records:
        at_minute, issuer, scenario, voided = cast("tuple[Timestamp, str, str, bool]", record)
        if issuer == TEST_ISSUER:
            continue
        counts = months[month_of(at_minute), issuer, scenario]
        counts.count += 1
        counts.voided += bool(voided)
    if not months:
        return
    month = table_of(VerificationMonth)
    insert = upsert(connection.dialect, VerificationMonth)
    adding = insert.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={name: month.c[name] + insert.excluded[name] for name in ("count", "voided")},
    )
    # In one order everywhere: two machines that prune at once would deadlock otherwise.
    rows = [
        dict(zip(_KEY, key, strict=True)) | {"count": counts.count, "voided": counts.voided}
        for key, counts in sorted(months.items())
    ]
    connection.execute(adding, rows)


def month_of(at: Timestamp) -> str:
    """Return the month of a moment in China, of the form YYYY-MM."""
    return f"{datetime.fromtimestamp(at, CHINA):%Y-%m}"
