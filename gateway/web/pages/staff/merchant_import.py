"""``/staff/merchants/import``: many merchants from one table, seen before they are stored."""

import base64
from itertools import islice
from typing import Final

from flask import Blueprint, Response, request

from gateway.errors import RefusedError
from gateway.jose.errors import MembersError
from gateway.services.merchant_sheet import (
    COLUMNS,
    MAX_SHEET_BYTES,
    TEMPLATE,
    Encoding,
    Sheet,
    SheetError,
)
from gateway.services.ports import StorageError
from gateway.web.admission import open_to
from gateway.web.bodies import takes_up_to
from gateway.web.context import gateway
from gateway.web.pages.moves import see_other
from gateway.web.pages.staff.acting import acting, draw_office, office, refused
from gateway.web.pages.staff.merchants import DESK

bp = Blueprint("staff_merchant_import", __name__)

SHOWN_ROWS: Final = 5
_PAGE: Final = "/staff/merchants/import"
_MAX_FORM_BYTES: Final = MAX_SHEET_BYTES * 4 // 3 + 16 * 1024
"""The file as it is in base64, and what is around it."""

_ENCODINGS: Final[dict[str, Encoding]] = {"utf-8": "utf-8", "gb18030": "gb18030"}


@bp.get(_PAGE)
@open_to(*DESK)
def show() -> Response:
    """Show where a table is chosen."""
    return draw_office("staff/merchant_import.html")


@bp.get("/staff/merchants/template.csv")
@open_to(*DESK)
def template() -> Response:
    """Give a table to begin with; the mark at its head tells a spreadsheet that it is UTF-8."""
    response = Response(TEMPLATE.encode("utf-8-sig"), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="merchants.csv"'
    return response


@bp.post(_PAGE)
@open_to(*DESK)
@takes_up_to(_MAX_FORM_BYTES)
def preview() -> Response:
    """Show what a table would add; nothing is stored."""
    sent = request.files.get("file")
    raw = sent.read(MAX_SHEET_BYTES + 1) if sent else b""
    try:
        sheet = Sheet.parse(raw)
    except SheetError as error:
        return refused(error, _PAGE)
    plan = office().imports.plan(sheet, gateway().clock.now())
    return draw_office(
        "staff/merchant_import_preview.html",
        sheet=sheet,
        first=tuple(islice(sheet.rows, SHOWN_ROWS)),
        columns=COLUMNS,
        plan=plan,
        content=base64.b64encode(raw).decode("ascii"),
    )


@bp.post(f"{_PAGE}/confirm")
@open_to(*DESK)
@takes_up_to(_MAX_FORM_BYTES)
def confirm() -> Response:
    """Store what the preview showed; everything is looked at again."""
    encoding = _ENCODINGS.get(request.form.get("encoding", ""))
    if encoding is None:
        raise MembersError("form", "encoding", "utf-8 or gb18030")
    try:
        raw = base64.b64decode(request.form.get("content", ""), validate=True)
    except ValueError:  # Of base64, and of text that is not ASCII.
        raise MembersError("form", "content", "what the preview showed") from None
    imports, who = office().imports, acting()
    try:
        plan = imports.plan(Sheet.parse(raw, encoding), who.at)
        imports.store(plan, who, skip_bad="skip" in request.form)
    except (RefusedError, StorageError) as error:
        return refused(error, _PAGE)
    return see_other("/staff/merchants")
