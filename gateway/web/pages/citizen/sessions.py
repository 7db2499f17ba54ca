"""``/sessions``: where a citizen is signed in; one button ends it all, for a lost phone."""

from flask import Blueprint, Response

from gateway.services.sessions import CitizenSessions
from gateway.web.admission import Who, citizen, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.pages.citizen.sign_in import signed_out
from gateway.web.pages.frame import draw
from gateway.web.pages.times import day_and_minute

bp = Blueprint("sessions", __name__)


@bp.get("/sessions")
@open_to(Who.CITIZEN)
def show() -> Response:
    """Show since when each session lives; which phone it is, nobody stored."""
    began = _sessions().began(citizen().subject, gateway().clock.now())
    return draw("citizen/sessions.html", began=[day_and_minute(each) for each in began])


@bp.post("/sessions/end")
@open_to(Who.CITIZEN)
def end_all() -> Response:
    """End every session of this citizen, this browser's too."""
    _sessions().end_all(citizen().subject)
    return signed_out()


def _sessions() -> CitizenSessions:
    found = gateway().sessions
    if found is None:
        raise NotFoundError("nobody signs in here")
    return found
