"""``GET /api/v1/settlement/{YYYY-MM}.csv``: a merchant's grants of a month, to settle by.

A table is whole, or there is none (ADR 0137). It is written down before its first byte leaves, so
that a database that fails midway is a 503, and ``Content-Length`` tells whoever fetches it whether
all of it came. A last line that says so would be a grant to a spreadsheet, and a header of our own
would be looked at by nobody.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from flask import Blueprint, Response

from gateway.errors import UnavailableError
from gateway.ids import UnverifiedText
from gateway.services.receipts import Receipt, SettledOffer
from gateway.web.admission import Who, open_to, till
from gateway.web.api.receipts import minute_of, owner_of
from gateway.web.cells import plain_cell
from gateway.web.context import gateway
from gateway.web.limits import per_visitor

bp = Blueprint("settlements", __name__)

CSV: Final = "text/csv"
COLUMNS: Final = (
    "date",
    "minute",
    "receipt",
    "venue",
    "scenario",
    "offer_id",
    "version",
    "kind",
    "value",
    "cap_fen",
    "checked",
    "voided",
)
SPOOL_BYTES: Final = 1 << 20
"""So much of a table is held in memory, some ten thousand rows; what is more lies in a file."""

_CHUNK_BYTES: Final = 1 << 16
_BYTE_ORDER_MARK: Final = "\ufeff"


@bp.get("/api/v1/settlement/<month>.csv")
@open_to(Who.MERCHANT, Who.OWNER)
@per_visitor
def settlement(month: str) -> Response:
    """Send a month once all of it was read, a row for each offer that was granted."""
    city, here = gateway(), till()
    city.limits.admit_settlement(here.merchant.id, here.device)
    found = city.receipts.month(UnverifiedText(month), owner_of(here), city.clock.now())
    table = _written(csv_of(found))
    length = table.tell()
    response = Response(_read(table), mimetype=CSV)
    # An answer whose body nobody asks for (HEAD) is closed as well.
    response.call_on_close(table.close)
    response.content_length = length
    response.headers["Content-Disposition"] = f'attachment; filename="settlement-{month}.csv"'
    return response


def csv_of(receipts: Iterable[Receipt]) -> Iterator[bytes]:
    """Yield the lines of a table (RFC 4180), with the mark by which Excel knows UTF-8."""
    yield (_BYTE_ORDER_MARK + _line(COLUMNS)).encode("utf-8")
    for receipt in receipts:
        yield "".join(_line(_cells(receipt, each)) for each in receipt.offers).encode("utf-8")


def _written(lines: Iterable[bytes]) -> IO[bytes]:
    """Return a file that nobody else can open, with all lines in it.

    Raises:
        UnavailableError: the database went away meanwhile, or the disk is full.
    """
    # Around the closing as well, which writes what is left in a buffer.
    try:
        with ExitStack() as unfinished:
            table = unfinished.enter_context(SpooledTemporaryFile(max_size=SPOOL_BYTES))
            # Not ``writelines``: it would hold all of them in memory first.
            for line in lines:
                table.write(line)
            table.flush()
            unfinished.pop_all()
            return table
    except OSError as error:
        raise UnavailableError("a table cannot be written down") from error


def _read(table: IO[bytes]) -> Iterator[bytes]:
    with table:
        table.seek(0)
        yield from iter(partial(table.read, _CHUNK_BYTES), b"")


def _cells(receipt: Receipt, granted: SettledOffer) -> tuple[str, ...]:
    record, stated = receipt.record, granted.stated
    at = minute_of(record.at_minute)
    said = (stated.kind.value, stated.value, stated.cap) if stated else ("", None, None)
    return (
        at[:10],
        at[11:16],
        record.receipt,
        record.venue or "",
        record.scenario,
        granted.id,
        granted.version,
        *("" if each is None else str(each) for each in said),
        record.checked,
        "yes" if record.voided else "no",
    )


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(map(plain_cell, cells))
    return out.getvalue()
