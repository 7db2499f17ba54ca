"""``/sessions``: where a citizen is signed in; one button ends what a lost phone could do."""

from flask import Blueprint, Response

from gateway.clock import china_date, china_day
from gateway.ids import Timestamp
from gateway.services.issue_pack import pack_end
from gateway.services.sessions import CitizenSessions
from gateway.web.admission import Who, citizen, open_to
from gateway.web.browser import read_cookie
from gateway.web.context import gateway
from gateway.web.doors import CITIZEN_COOKIE
from gateway.web.errors import NotFoundError
from gateway.web.pages.citizen.sign_in import signed_out
from gateway.web.pages.frame import draw
from gateway.web.pages.moves import see_other
from gateway.web.pages.times import day_and_minute, whole_minute

bp = Blueprint("sessions", __name__)


@bp.get("/sessions")
@open_to(Who.CITIZEN)
def show() -> Response:
    """Show from when to when each session lives; which phone it is, nobody stored."""
    now = gateway().clock.now()
    living = [
        (day_and_minute(each.began_at), china_date(china_day(each.ends_at)), each.here)
        for each in _sessions().living(citizen().subject, _token(), now)
    ]
    return draw("citizen/sessions.html", living=living, packs=_packs(), until=_codes_end(now))


@bp.post("/sessions/end")
@open_to(Who.CITIZEN)
def end_all() -> Response:
    """End every session of this citizen, this browser's too."""
    _sessions().end_all(citizen().subject)
    return signed_out()


@bp.post("/sessions/end-others")
@open_to(Who.CITIZEN)
def end_others() -> Response:
    """End every session of this citizen but this browser's."""
    _sessions().end_others(citizen().subject, _token())
    return see_other("/sessions")


def _codes_end(now: Timestamp) -> str:
    """Return when the last code that a phone may have drawn by now has ended."""
    end = pack_end(now) if _packs() else Timestamp(now + gateway().live_s)
    return day_and_minute(whole_minute(end))


def _packs() -> bool:
    """Return whether phones of this city keep codes for a time without a network."""
    desk = gateway().desk
    return desk is not None and desk.packs is not None


def _token() -> str:
    return read_cookie(CITIZEN_COOKIE) or ""


def _sessions() -> CitizenSessions:
    found = gateway().sessions
    if found is None:
        raise NotFoundError("nobody signs in here")
    return found
