"""``/staff/sheets``: codes on paper for who has no smartphone, and their revocation.

Whom a sheet is for is typed into the body of a form, and stands in no address, log or ledger.
"""

from flask import Blueprint, Response, request

from gateway.ids import CityId
from gateway.services.consent import WORDING
from gateway.services.issue import NoIncentive
from gateway.services.issue_sheet import COUNTER, NotIdentifiedError, SheetOrder
from gateway.services.revoke import Revocation
from gateway.web.admission import Who, open_to
from gateway.web.bodies import form_number
from gateway.web.context import gateway
from gateway.web.pages.citizen.consent_words import asked_words
from gateway.web.pages.desk import sheets
from gateway.web.pages.frame import page_language
from gateway.web.pages.printed import choices, chosen, drawn, lettering
from gateway.web.pages.staff.acting import acting, draw_office, shown

bp = Blueprint("staff_sheets", __name__)

_PAGE = "/staff/sheets"
_BOXES = ("identified", "read", "shown")


@bp.get("/staff/sheets")
@open_to(Who.OPERATOR)
def show() -> Response:
    """Show the form for one more sheet, and the one for a lost sheet."""
    consents = gateway().consents
    recipients = frozenset[CityId]() if consents is None else consents.recipients
    return draw_office(
        "staff/sheets.html",
        choices=choices(),
        days=sheets().days,
        wording=WORDING,
        words=asked_words(WORDING, recipients, page_language()),
    )


@bp.post("/staff/sheets")
@open_to(Who.OPERATOR)
def issue() -> Response:
    """Hand out a sheet; what is answered is the only copy."""
    return shown(_PAGE, _issued)


@bp.post("/staff/sheets/revoke")
@open_to(Who.OPERATOR)
def revoke() -> Response:
    """Revoke one sheet by its name, or every sheet of a person."""
    return shown(_PAGE, lambda: draw_office("staff/sheet_revoked.html", done=_revoked()))


def _issued() -> Response:
    # Nothing is issued that could not be drawn.
    letters, now = lettering(), gateway().clock.now()
    sheet = sheets().issue(_order(), now)
    if isinstance(sheet, NoIncentive):
        return draw_office("staff/sheet_none.html")
    return draw_office("staff/sheet.html", sheet=drawn(sheet, letters))


def _order() -> SheetOrder:
    form = request.form
    city, scenario = chosen(form.get("purpose", ""))
    channel = form.get("channel", "")
    if channel not in COUNTER or {form.get(box) for box in _BOXES} != {"yes"}:
        raise NotIdentifiedError("the officer says who is there, and ticks every box")
    return SheetOrder(
        subject=form.get("subject", "").strip(),
        name=form.get("name", ""),
        city=city,
        scenario=scenario,
        days=form_number("days"),
        channel=channel,
        acting=acting(),
    )


def _revoked() -> Revocation:
    sheet = "".join(request.form.get("sheet", "").split()).upper()
    codes, subject = sheets().revoke, request.form.get("subject", "").strip()
    return codes.sheet(sheet, acting()) if sheet else codes.person(subject, acting())
