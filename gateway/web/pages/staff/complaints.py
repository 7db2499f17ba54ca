"""``/staff/complaints``: what people complain about, and what the office answers."""

from flask import Blueprint, Response, request

from gateway.clock import china_date, china_day
from gateway.services.case_numbers import typed_case_number
from gateway.services.complaints import ComplaintUnknownError
from gateway.web.admission import Who, open_to
from gateway.web.case_words import COMPLAINT_KINDS
from gateway.web.context import gateway
from gateway.web.pages.desk import complaints
from gateway.web.pages.staff.acting import acting, done, draw_office, office
from gateway.web.pages.staff.merchants import DESK

bp = Blueprint("staff_complaints", __name__)

_SHOWN = 100
_PAGE = "/staff/complaints"


@bp.get("/staff/complaints")
@open_to(Who.OPERATOR, Who.APPROVER, Who.AUDITOR, Who.COUNTY)
def show() -> Response:
    """Show what waits, the earliest due first, and the newest answers."""
    here, directory = complaints(), office().merchants.directory
    waiting, answered = here.waiting(_SHOWN), here.answered(_SHOWN)
    return draw_office(
        "staff/complaints.html",
        waiting=waiting,
        answered=answered,
        count=here.rows.backlog()[0],
        kind_names=COMPLAINT_KINDS,
        merchants={each.id: each.name for each in directory.list_all()},
        offers=office().stop_desk.known_offers(),
        today=china_date(china_day(gateway().clock.now())),
    )


@bp.post("/staff/complaints/<number>/answer")
@open_to(*DESK)
def answer(number: str) -> Response:
    """Answer one: whoever has its number reads that."""
    here, who, text = complaints(), acting(), request.form.get("answer", "")

    def act() -> None:
        known = typed_case_number(number)
        if known is None:
            raise ComplaintUnknownError("there is no such number")
        here.answer(known, text, who)

    return done(_PAGE, act)
