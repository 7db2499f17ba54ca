"""``/print``: one's own sheet of codes on paper, for oneself or for a relative to carry.

It asks for a fresh sign-in, since a sheet outlives the session that printed it, and for the name
that the provider says: without one there is nothing to compare with an ID, and no way to print.
"""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request

from gateway.services.catalogue_view import UnknownCityError
from gateway.services.consent import by_citizen
from gateway.services.issue import NoIncentive
from gateway.services.issue_printed import PrintedLifeError
from gateway.services.issue_scenario import ScenarioNotOfferedError
from gateway.services.issue_sheet import SheetOrder
from gateway.web.admission import Who, citizen, open_to
from gateway.web.bodies import form_number
from gateway.web.context import gateway
from gateway.web.fresh_sign_in import fresh
from gateway.web.limits import per_visitor
from gateway.web.pages.desk import agreed, sheets
from gateway.web.pages.frame import draw
from gateway.web.pages.moves import see_other
from gateway.web.pages.printed import choices, chosen, drawn, lettering

bp = Blueprint("printing", __name__)

PRINT: Final = "/print"


def can_print() -> bool:
    """Return whether this citizen can print here: the city does, and a name is known."""
    desk = gateway().desk
    return desk is not None and desk.sheets is not None and citizen().holder is not None


@bp.get(PRINT)
@open_to(Who.CITIZEN)
@per_visitor
@fresh
def show() -> Response:
    """Show what can be printed, or where else there is a sheet."""
    sheets()
    return _form(HTTPStatus.OK) if agreed() else see_other("/consent")


@bp.post(PRINT)
@open_to(Who.CITIZEN)
@per_visitor
@fresh
def issue() -> Response:
    """Hand out a sheet; what is answered is the only copy."""
    holder = citizen().holder
    if holder is None:
        return _form(HTTPStatus.OK)
    try:
        return _issued(holder) if agreed() else see_other("/consent")
    except (UnknownCityError, ScenarioNotOfferedError, PrintedLifeError):
        return _form(HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.post("/print/revoke")
@open_to(Who.CITIZEN)
@per_visitor
def revoke() -> Response:
    """Revoke every sheet of this citizen; codes on the phone go on."""
    done = sheets().revoke.person(citizen().subject, by_citizen(gateway().clock.now()))
    return draw("citizen/print_revoked.html", done=done)


def _issued(holder: str) -> Response:
    # Nothing is issued that could not be drawn.
    letters, now = lettering(), gateway().clock.now()
    gateway().limits.admit_sheet(citizen().subject)
    city, scenario = chosen(request.form.get("purpose", ""))
    order = SheetOrder(
        subject=citizen().subject,
        name=holder,
        city=city,
        scenario=scenario,
        days=form_number("days"),
        channel="page",
        acting=by_citizen(now),
    )
    sheet = sheets().issue(order, now)
    if isinstance(sheet, NoIncentive):
        return draw("citizen/print_none.html")
    return draw("citizen/printed.html", sheet=drawn(sheet, letters))


def _form(status: HTTPStatus) -> Response:
    return draw(
        "citizen/print.html",
        status=status,
        holder=citizen().holder,
        again=status is HTTPStatus.UNPROCESSABLE_ENTITY,
        choices=choices(),
        days=sheets().days,
        hotline=sheets().hotline,
    )
