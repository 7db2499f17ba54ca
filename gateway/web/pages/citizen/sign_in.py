"""``/sign-in``: to the city's provider and back; ``/sign-out``."""

from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from gateway.services.errors import UnauthorizedError
from gateway.services.sessions import LIFE_S, CitizenSessions
from gateway.services.sign_in import ATTEMPT_S, Answer, SignIn, safe_path
from gateway.web.admission import Who, open_to
from gateway.web.browser import drop_cookie, read_cookie, renew_visit, set_cookie
from gateway.web.context import gateway
from gateway.web.doors import CITIZEN_COOKIE
from gateway.web.errors import NotFoundError
from gateway.web.limits import per_address
from gateway.web.pages.frame import draw
from gateway.web.pages.moves import see_other
from gateway.web.phones import forget_phone

bp = Blueprint("sign_in", __name__)

_ATTEMPT: Final = "attempt"
_MAX_CHARS: Final = 2048


@bp.get("/sign-in")
@open_to(Who.PUBLIC)
@per_address("citizen-sign-in")
def show() -> Response:
    """Say where the browser goes and what we get from there; its page code goes on by itself.

    Between the page that was asked for and the provider, so that what a counter's plate put
    into the address stays in this browser: a redirect would carry it to the provider.
    """
    fresh, sign_in = request.args.get("fresh") == "1", _sign_in()
    asked = {"next": safe_path(request.args.get("next")) or "/code"}
    onward = f"/sign-in/provider?{urlencode(asked | ({'fresh': '1'} if fresh else {}))}"
    return draw("citizen/sign_in.html", fresh=fresh, onward=onward, asked=sign_in.asked)


@bp.get("/sign-in/provider")
@open_to(Who.PUBLIC)
@per_address("citizen-sign-in")
def begin() -> Response:
    """Send the browser to the provider."""
    asked, fresh = request.args.get("next"), request.args.get("fresh") == "1"
    url, sealed = _sign_in().begin(asked, gateway().clock.now(), fresh=fresh)
    response = see_other(url)
    set_cookie(response, _ATTEMPT, sealed, max_age_s=ATTEMPT_S)
    return response


@bp.get("/sign-in/callback")
@open_to(Who.PUBLIC)
@per_address("citizen-sign-in")
def finish() -> Response:
    """Take the provider's answer; start a session if it names somebody."""
    city, before = gateway(), read_cookie(CITIZEN_COOKIE)
    brought = _asked("code") or _asked("ticket")
    answer = Answer(state=_asked("state"), code=brought, issuer=_asked("iss"))
    person, path = _sign_in().finish(read_cookie(_ATTEMPT), answer, city.clock.now())
    if city.sessions is None:
        raise NotFoundError("nobody signs in here")
    somebody = _subject_of(city.sessions, before)
    token = city.sessions.start(person, city.clock.now(), instead_of=before)
    response = see_other(path)
    if somebody not in {None, person.subject}:
        # Codes that the one who sat here before left on the phone are not for the next one.
        forget_phone(response)
    set_cookie(response, CITIZEN_COOKIE, token, max_age_s=LIFE_S)
    renew_visit(response)
    drop_cookie(response, _ATTEMPT)
    return response


@bp.post("/sign-out")
@open_to(Who.PUBLIC)
def sign_out() -> Response:
    """End this browser's session, here and at the provider."""
    city, token = gateway(), read_cookie(CITIZEN_COOKIE)
    if token is not None and city.sessions is not None:
        city.sessions.end(token)
    return signed_out()


def signed_out() -> Response:
    """Let the browser forget who was here, and show the way out of the provider."""
    provider = gateway().sign_in
    # Not a redirect: `form-action 'self'` holds for the whole way that a form takes.
    away = None if provider is None else provider.sign_out_url()
    return forgotten(draw("citizen/signed_out.html", away=away))


def forgotten(response: Response) -> Response:
    """Return an answer that lets the browser forget who was here."""
    drop_cookie(response, CITIZEN_COOKIE)
    forget_phone(response)
    return response


def _subject_of(sessions: CitizenSessions, token: str | None) -> str | None:
    try:
        return (
            None if token is None else sessions.authenticate(token, gateway().clock.now()).subject
        )
    except UnauthorizedError:
        return None


def _sign_in() -> SignIn:
    found = gateway().sign_in
    if found is None:
        raise NotFoundError("nobody signs in here")
    return found


def _asked(name: str) -> str | None:
    """Return a parameter that came exactly once, and not at length."""
    found = request.args.getlist(name)
    return found[0] if len(found) == 1 and len(found[0]) <= _MAX_CHARS else None
