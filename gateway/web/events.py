"""``POST /federation/events``: a partner says that its trust data changed (RFC 8935, 2).

Open to everybody, since the event itself proves who sends it. What is taken is answered before
anything was looked at, and says nothing of what we believe.
"""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response

from gateway.trust.events import MAX_EVENT_CHARS
from gateway.web.admission import Who, open_to
from gateway.web.bodies import read_text
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.limits import per_address

bp = Blueprint("events", __name__)

EVENT_TYPE: Final = "application/secevent+jwt"


@bp.post("/federation/events")
@open_to(Who.PUBLIC)
@per_address("events")
def receive() -> Response:
    """Take one event."""
    city = gateway()
    if city.events is None:
        raise NotFoundError("no partner is listened to here")
    city.events.receive(read_text(EVENT_TYPE, max_bytes=MAX_EVENT_CHARS), city.clock.now())
    taken = Response(status=HTTPStatus.ACCEPTED)
    del taken.headers["Content-Type"]
    return taken
