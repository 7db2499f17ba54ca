"""``/staff/audit``: what was done here, by whom, and whether that record is whole."""

import csv
import io

from flask import Blueprint, Response

from gateway.ledger.entries import Entry
from gateway.web.admission import Who, open_to
from gateway.web.cells import plain_cell
from gateway.web.context import gateway
from gateway.web.pages.staff.acting import draw_office, office
from gateway.web.pages.times import day_and_second

bp = Blueprint("staff_audit", __name__)

_SHOWN = 100
_EXPORTED = 10_000


@bp.get("/staff/audit")
@open_to(Who.AUDITOR, Who.APPROVER)
def show() -> Response:
    """Show the newest entries."""
    return _page(None)


@bp.post("/staff/audit")
@open_to(Who.AUDITOR)
def verify() -> Response:
    """Read every entry, and say what is wrong and where."""
    return _page(office().audit.verify(gateway().clock.now()))


@bp.get("/staff/audit.csv")
@open_to(Who.AUDITOR)
def export() -> Response:
    """Answer with the newest 10,000 entries as a table."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(("seq", "at", "act", "by", "about", "facts"))
    for entry in office().audit.rows.latest(_EXPORTED):
        table.writerow(plain_cell(each) for each in _row(entry))
    # With a byte-order mark: without it the usual spreadsheets take the Chinese for something else.
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def _page(report: object) -> Response:
    rows = [_row(entry) for entry in office().audit.rows.latest(_SHOWN)]
    return draw_office("staff/audit.html", rows=rows, report=report)


def _row(entry: Entry) -> tuple[str, ...]:
    details = entry.details
    facts = details.facts.items() if details else ()
    return (
        str(entry.seq),
        day_and_second(entry.at),
        entry.act,
        details.actor if details else "",
        details.target if details else "",
        ", ".join(f"{name}={value}" for name, value in facts),
    )
