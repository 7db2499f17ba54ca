"""``/rights/export`` and ``/rights/delete``: everything that is kept, to take along or to end.

Both ask for a fresh sign-in: a phone that lies about is signed in for thirty days.
"""

from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.clock import china_date, china_day
from gateway.jose import strict_json
from gateway.services.own_copy import OwnCopy
from gateway.web.admission import Who, citizen, open_to
from gateway.web.case_words import OBJECTION_KINDS
from gateway.web.context import gateway
from gateway.web.fresh_sign_in import fresh
from gateway.web.limits import per_visitor
from gateway.web.own_copy import members_of
from gateway.web.own_matters import own_only
from gateway.web.pages.citizen.consent import spelled
from gateway.web.pages.citizen.rights import receipt_told
from gateway.web.pages.citizen.sign_in import forgotten
from gateway.web.pages.citizen.words import CHANNELS, KINDS
from gateway.web.pages.desk import own_rights
from gateway.web.pages.frame import draw
from gateway.web.pages.times import day_and_minute

bp = Blueprint("own_data", __name__)


@bp.get("/rights/export")
@open_to(Who.CITIZEN)
@per_visitor
@fresh
def read() -> Response:
    """Show everything that is kept."""
    copy = _copy()
    return draw(
        "citizen/export.html",
        made=day_and_minute(copy.made_at),
        receipts=[receipt_told(each) for each in copy.consents],
        channels=CHANNELS,
        days=[(china_date(e.day).isoformat(), KINDS[e.kind], e.codes) for e in copy.issued],
        objections=copy.objections,
        objection_kinds=OBJECTION_KINDS,
        sheets=copy.sheets,
        began=[
            (day_and_minute(e.began_at), china_date(china_day(e.ends_at))) for e in copy.sessions
        ],
    )


@bp.get("/rights/export.json")
@open_to(Who.CITIZEN)
@per_visitor
@fresh
def take() -> Response:
    """Answer with everything that is kept, as a file."""
    response = Response(strict_json.encode(members_of(_copy())), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="credit-code.json"'
    return response


@bp.get("/rights/delete")
@open_to(Who.CITIZEN)
@per_visitor
@fresh
def ask() -> Response:
    """Say what goes, what stays and why."""
    own_rights()
    return draw("citizen/delete.html", missing=False)


@bp.post("/rights/delete")
@open_to(Who.CITIZEN)
@per_visitor
@fresh
def delete() -> Response:
    """Delete, if the box is ticked, and let this browser forget as well."""
    own_only("delete")
    if request.form.get("sure") != "yes":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return draw("citizen/delete.html", status=status, missing=True)
    erased, stopped = own_rights().erasure.erase(citizen().subject, gateway().clock.now())
    return forgotten(
        draw("citizen/deleted.html", erased=erased, stopped=stopped, until=spelled(stopped))
    )


def _copy() -> OwnCopy:
    own_only("export")
    return own_rights().copies.copy(citizen().subject, gateway().clock.now())
