"""``GET /api/v1/settlement/{YYYY-MM}.csv``: a merchant's grants of a month, to settle by."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from flask import Blueprint, Response

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
_BYTE_ORDER_MARK: Final = "\ufeff"


@bp.get("/api/v1/settlement/<month>.csv")
@open_to(Who.MERCHANT, Who.OWNER)
@per_visitor
def settlement(month: str) -> Response:
    """Send a month as it is read, a row for each offer that was granted."""
    city, here = gateway(), till()
    city.limits.admit_settlement(here.merchant.id, here.device)
    found = city.receipts.month(UnverifiedText(month), owner_of(here), city.clock.now())
    response = Response(csv_of(found), mimetype=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="settlement-{month}.csv"'
    return response


def csv_of(receipts: Iterable[Receipt]) -> Iterator[bytes]:
    """Yield the lines of a table (RFC 4180), with the mark by which Excel knows UTF-8."""
    yield (_BYTE_ORDER_MARK + _line(COLUMNS)).encode("utf-8")
    for receipt in receipts:
        yield "".join(_line(_cells(receipt, each)) for each in receipt.offers).encode("utf-8")


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
