"""``/staff/accounts``: colleagues and their roles. Accounts are made at the console only.

A link to a password that a colleague could open for somebody else would undo the four eyes.
"""

from flask import Blueprint, Response, request

from gateway.services.acts import STAFF_ROLES
from gateway.services.staff import StaffRole
from gateway.web.admission import Who, open_to
from gateway.web.pages.staff.acting import acting, done, draw_office, office

bp = Blueprint("staff_accounts", __name__)


@bp.get("/staff/accounts")
@open_to(Who.OPERATOR, Who.APPROVER, Who.AUDITOR)
def show() -> Response:
    """Show every account."""
    return draw_office(
        "staff/accounts.html", accounts=office().accounts.list_all(), roles=StaffRole
    )


@bp.post("/staff/accounts/<account_id>/roles")
@open_to(Who.OPERATOR)
def propose(account_id: str) -> Response:
    """Propose other roles for an account; none closes it."""
    eyes, facts = office().four_eyes, {"roles": " ".join(sorted(request.form.getlist("role")))}
    return done("/staff/proposals", lambda: eyes.propose(STAFF_ROLES, account_id, facts, acting()))
