"""``/staff``: what the office should look at now."""

from flask import Blueprint, Response

from gateway.web.admission import STAFF, Who, officer, open_to
from gateway.web.context import gateway
from gateway.web.pages.staff.acting import draw_office, office

bp = Blueprint("staff_home", __name__)


@bp.get("/staff")
@open_to(*STAFF)
def show() -> Response:
    """Show what waits, and how it stands with the partners."""
    now, me = gateway().clock.now(), officer()
    reads = bool(me.roles & {Who.OPERATOR, Who.APPROVER, Who.AUDITOR})
    return draw_office(
        "staff/home.html",
        me=me,
        reads=reads,
        audits=bool(me.roles & {Who.AUDITOR, Who.APPROVER}),
        waiting=len(office().four_eyes.open(now)) if reads else 0,
        partners=office().federation.status(now) if reads else (),
        merchants=len(office().merchants.directory.list_all()),
    )
