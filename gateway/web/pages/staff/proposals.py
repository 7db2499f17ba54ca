"""``/staff/proposals``: what waits for a second person."""

from flask import Blueprint, Response, request

from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.pages.staff.acting import acting, done, draw_office, office

bp = Blueprint("staff_proposals", __name__)

_SHOWN = 50
_PAGE = "/staff/proposals"


@bp.get("/staff/proposals")
@open_to(Who.OPERATOR, Who.APPROVER, Who.AUDITOR)
def show() -> Response:
    """Show what waits, and what became of the newest."""
    eyes, now = office().four_eyes, gateway().clock.now()
    waiting = eyes.open(now)
    # However many were decided since: what waits is never out of sight.
    ended = [each for each in eyes.newest(now, _SHOWN) if each not in waiting]
    return draw_office("staff/proposals.html", waiting=waiting, ended=ended, me=acting().by)


@bp.post("/staff/proposals/<proposal_id>/approve")
@open_to(Who.APPROVER)
def approve(proposal_id: str) -> Response:
    """Approve what was read; then it happens."""
    eyes, who, seen = office().four_eyes, acting(), request.form.get("digest", "")
    return done(_PAGE, lambda: eyes.approve(proposal_id, who, seen))


@bp.post("/staff/proposals/<proposal_id>/reject")
@open_to(Who.OPERATOR, Who.APPROVER)
def reject(proposal_id: str) -> Response:
    """Close a proposal; nothing happens."""
    eyes, who = office().four_eyes, acting()
    return done(_PAGE, lambda: eyes.reject(proposal_id, who))
