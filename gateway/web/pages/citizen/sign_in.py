"""``/sign-in``: to the city's OpenID provider and back; ``/sign-out``."""

from typing import Final

from flask import Blueprint, Response, request

from gateway.services.sessions import LIFE_S
from gateway.services.sign_in import ATTEMPT_S, Answer, SignIn
from gateway.web.admission import Who, open_to
from gateway.web.browser import drop_cookie, read_cookie, renew_visit, set_cookie
from gateway.web.context import gateway
from gateway.web.doors import CITIZEN_COOKIE
from gateway.web.errors import NotFoundError
from gateway.web.limits import per_address
from gateway.web.pages.frame import draw
from gateway.web.pages.moves import see_other

bp = Blueprint("sign_in", __name__)

_ATTEMPT: Final = "attempt"
_MAX_CHARS: Final = 2048


@bp.get("/sign-in")
@open_to(Who.PUBLIC)
@per_address("citizen-sign-in")
def begin() -> Response:
    """Send the browser to the provider."""
    url, sealed = _sign_in().begin(request.args.get("next"), gateway().clock.now())
    response = see_other(url)
    set_cookie(response, _ATTEMPT, sealed, max_age_s=ATTEMPT_S)
    return response


@bp.get("/sign-in/callback")
@open_to(Who.PUBLIC)
@per_address("citizen-sign-in")
def finish() -> Response:
    """Take the provider's answer; start a session if it names somebody."""
    city = gateway()
    answer = Answer(state=_asked("state"), code=_asked("code"), issuer=_asked("iss"))
    subject, path = _sign_in().finish(read_cookie(_ATTEMPT), answer, city.clock.now())
    if city.sessions is None:
        raise NotFoundError("nobody signs in here")
    token = city.sessions.start(subject, city.clock.now(), instead_of=read_cookie(CITIZEN_COOKIE))
    response = see_other(path)
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
    response = draw("citizen/signed_out.html", away=away)
    drop_cookie(response, CITIZEN_COOKIE)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _sign_in() -> SignIn:
    found = gateway().sign_in
    if found is None:
        raise NotFoundError("nobody signs in here")
    return found


def _asked(name: str) -> str | None:
    """Return a parameter that came exactly once, and not at length."""
    found = request.args.getlist(name)
    return found[0] if len(found) == 1 and len(found[0]) <= _MAX_CHARS else None
