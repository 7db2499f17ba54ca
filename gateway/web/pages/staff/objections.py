"""``/staff/objections``: what citizens object to, until when an answer is due, and the answers."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from gateway.clock import china_date, china_day
from gateway.services.objection_ports import Objection, Outcome
from gateway.web.admission import Who, officer, open_to
from gateway.web.bodies import form_number
from gateway.web.case_words import OBJECTION_KINDS, OBJECTION_STATES, OUTCOMES
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.pages.desk import objections
from gateway.web.pages.staff.acting import acting, done, draw_office, shown

bp = Blueprint("staff_objections", __name__)

_SHOWN = 100
_PAGE = "/staff/objections"


@bp.get("/staff/objections")
@open_to(Who.OPERATOR, Who.APPROVER, Who.AUDITOR)
def show_all() -> Response:
    """Show what waits, the earliest due first, and the newest answers."""
    here, now = objections(), gateway().clock.now()
    return draw_office(
        "staff/objections.html",
        waiting=here.waiting(_SHOWN, now),
        closed=here.closed(_SHOWN, now),
        count=here.rows.backlog()[0],
        kind_names=OBJECTION_KINDS,
        states=OBJECTION_STATES,
        outcomes=OUTCOMES,
        today=china_date(china_day(now)),
    )


@bp.get("/staff/objections/<number>")
@open_to(Who.OPERATOR, Who.APPROVER, Who.AUDITOR)
def show(number: str) -> Response:
    """Show one, but not who filed it."""
    return _page(_known(number))


@bp.post("/staff/objections/<number>/read")
@open_to(Who.OPERATOR, Who.APPROVER)
def read(number: str) -> Response:
    """Show who filed it and what was written; the ledger says that it was read."""
    found, who = _known(number), acting()

    def opened() -> Response:
        subject, text = objections().read(number, who)
        return _page(found, subject=subject, text=text)

    return shown(_page_of(found), opened)


@bp.post("/staff/objections/<number>/extend")
@open_to(Who.OPERATOR, Who.APPROVER)
def extend(number: str) -> Response:
    """Take more time, once, with a reason that the citizen reads."""
    days, reason, who = form_number("days"), request.form.get("reason", ""), acting()
    return _act(number, lambda: objections().extend(number, days, reason, who))


@bp.post("/staff/objections/<number>/answer")
@open_to(Who.OPERATOR, Who.APPROVER)
def answer(number: str) -> Response:
    """Answer one that waits; a review is for an approver who did not answer before."""
    outcome, text, who = request.form.get("outcome", ""), request.form.get("answer", ""), acting()
    reviewer = Who.APPROVER in officer().roles
    return _act(number, lambda: objections().answer(number, outcome, text, who, reviewer=reviewer))


def _act(number: str, act: Callable[[], object]) -> Response:
    return done(_page_of(_known(number)), act)


def _known(number: str) -> Objection:
    found = objections().find(number, gateway().clock.now())
    if found is None:
        raise NotFoundError("there is no such objection")
    return found


def _page_of(found: Objection) -> str:
    return f"{_PAGE}/{found.number}"


def _page(found: Objection, *, subject: str | None = None, text: str | None = None) -> Response:
    return draw_office(
        "staff/objection.html",
        each=found,
        subject=subject,
        text=text,
        kind_names=OBJECTION_KINDS,
        states=OBJECTION_STATES,
        outcomes=OUTCOMES,
        choices=[(each.value, OUTCOMES[each]) for each in Outcome],
        me=acting().by,
        today=china_date(china_day(gateway().clock.now())),
    )
