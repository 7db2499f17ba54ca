"""``/staff``: what the office should look at now."""

from typing import Final

from flask import Blueprint, Response

from gateway.policy.working_days import LONGEST_WORKING_DAYS
from gateway.services.complaints import Complaints
from gateway.services.objections import Objections
from gateway.services.waiting import Waits
from gateway.web.admission import STAFF, Who, officer, open_to
from gateway.web.context import gateway
from gateway.web.pages.staff.acting import draw_office, office

bp = Blueprint("staff_home", __name__)

_PLACES: Final = {Waits.REPLY: "/staff/notices", Waits.COMMITMENT: "/staff/merchants"}


@bp.get("/staff")
@open_to(*STAFF)
def show() -> Response:
    """Show what waits, what ends, and how it stands with the partners."""
    now, me, desk = gateway().clock.now(), officer(), gateway().desk
    reads = bool(me.roles & {Who.OPERATOR, Who.APPROVER, Who.AUDITOR})
    return draw_office(
        "staff/home.html",
        me=me,
        reads=reads,
        audits=bool(me.roles & {Who.AUDITOR, Who.APPROVER}),
        waiting=len(office().four_eyes.open(now)) if reads else 0,
        partners=office().federation.status(now) if reads else (),
        reminders=office().reminders(now) if reads else (),
        stops=office().stop_desk.standing(now).order.stops if reads else (),
        missing_years=office().working_days.due(now, LONGEST_WORKING_DAYS).missing,
        complaints=_waiting(desk.complaints if desk else None),
        waits=office().waiting(now),
        now=now,
        places=_PLACES,
        objections=_waiting(desk.objections if desk and reads else None),
        merchants=len(office().merchants.directory.list_all()),
    )


def _waiting(cases: Complaints | Objections | None) -> int | None:
    """Return how many wait for an answer; None where nobody files any."""
    return None if cases is None else cases.rows.backlog()[0]
