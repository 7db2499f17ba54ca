"""``/staff/sign-in``: password and second factor, or a provider; ``/staff/enrol`` before it."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.errors import RefusedError
from gateway.services.sign_in import ATTEMPT_S, Answer, SignIn
from gateway.services.staff_access import SESSION_S, SecondFactor, StaffLinkSpentError
from gateway.web.addresses import client_address
from gateway.web.admission import Who, open_to
from gateway.web.browser import drop_cookie, read_cookie, renew_visit, set_cookie
from gateway.web.context import gateway
from gateway.web.doors import STAFF_COOKIE
from gateway.web.errors import NotFoundError
from gateway.web.limits import per_address
from gateway.web.office import REFUSALS
from gateway.web.pages.frame import draw
from gateway.web.pages.moves import see_other
from gateway.web.pages.pictures import picture_of
from gateway.web.pages.staff.acting import office

bp = Blueprint("staff_sign_in", __name__)

_ATTEMPT = "staff-attempt"
_MAX_CHARS = 2048


@bp.get("/staff/sign-in")
@open_to(Who.PUBLIC)
def show() -> Response:
    """Show the form."""
    return _form()


@bp.post("/staff/sign-in")
@open_to(Who.PUBLIC)
def enter() -> Response:
    """Start a session for the right account, password and code."""
    account, city = _field("account"), gateway()
    # Before the password is looked at: that is slow by intent.
    city.limits.admit_staff(account, client_address())
    try:
        token = office().access.sign_in(
            account, _field("password"), _field("code").strip(), city.clock.now()
        )
    except RefusedError as error:
        return _form(error)
    return _entered(token)


@bp.get("/staff/sign-in/provider")
@open_to(Who.PUBLIC)
@per_address("staff-provider")
def begin() -> Response:
    """Send the browser to the staff provider."""
    url, sealed = _provider().begin("/staff", gateway().clock.now())
    response = see_other(url)
    set_cookie(response, _ATTEMPT, sealed, max_age_s=ATTEMPT_S)
    return response


@bp.get("/staff/sign-in/callback")
@open_to(Who.PUBLIC)
@per_address("staff-provider")
def finish() -> Response:
    """Take the provider's answer; start a session if an account belongs to whom it names."""
    now = gateway().clock.now()
    answer = Answer(state=_asked("state"), code=_asked("code"), issuer=_asked("iss"))
    person, _ = _provider().finish(read_cookie(_ATTEMPT), answer, now)
    try:
        token = office().access.sign_in_subject(person.subject, now)
    except RefusedError as error:
        return _form(error)
    response = _entered(token)
    drop_cookie(response, _ATTEMPT)
    return response


@bp.post("/staff/sign-out")
@open_to(Who.PUBLIC)
def leave() -> Response:
    """End this browser's session, here and at the provider."""
    token, provider = read_cookie(STAFF_COOKIE), office().sign_in
    if token is not None:
        office().access.end(token)
    away = None if provider is None else provider.sign_out_url()
    # Not a redirect: `form-action 'self'` holds for the whole way that a form takes.
    response = draw("staff/signed_out.html", away=away) if away else see_other("/staff/sign-in")
    drop_cookie(response, STAFF_COOKIE)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@bp.get("/staff/enrol")
@open_to(Who.PUBLIC)
@per_address("staff-enrolment")
def offer() -> Response:
    """Show a fresh second factor; the link's secret is in the fragment and spends nothing."""
    return _enrolment(office().access.new_factor(gateway().clock.now()))


@bp.post("/staff/enrol")
@open_to(Who.PUBLIC)
@per_address("staff-enrolment")
def enrol() -> Response:
    """Set password and second factor; from then on the account signs in."""
    access, now = office().access, gateway().clock.now()
    try:
        factor = access.opened_factor(_field("factor"), now)
    except RefusedError as error:
        return _enrolment(access.new_factor(now), error)
    try:
        access.enrol(
            _field("link").strip(),
            _field("password"),
            factor,
            _field("code").strip(),
            now,
        )
    except StaffLinkSpentError as error:
        # Nothing that came without a good link is shown again.
        return _enrolment(access.new_factor(now), error)
    except RefusedError as error:
        return _enrolment(factor, error)
    return see_other("/staff/sign-in")


def _form(error: RefusedError | None = None) -> Response:
    status = HTTPStatus.OK if error is None else HTTPStatus.UNPROCESSABLE_ENTITY
    said = None if error is None else REFUSALS[error.code]
    with_provider = office().sign_in is not None
    return draw("staff/sign_in.html", status=status, said=said, provider=with_provider)


def _enrolment(factor: SecondFactor, error: RefusedError | None = None) -> Response:
    picture = picture_of(factor.uri)
    return draw(
        "staff/enrol.html",
        status=HTTPStatus.OK if error is None else HTTPStatus.CONFLICT,
        said=None if error is None else REFUSALS[error.code],
        factor=factor,
        picture=picture,
    )


def _entered(token: str) -> Response:
    """Let a colleague in, and whoever sat at this browser before out: a shared machine."""
    old = read_cookie(STAFF_COOKIE)
    if old is not None:
        office().access.end(old)
    response = see_other("/staff")
    set_cookie(response, STAFF_COOKIE, token, max_age_s=SESSION_S)
    renew_visit(response)
    return response


def _provider() -> SignIn:
    found = office().sign_in
    if found is None:
        raise NotFoundError("staff signs in with a password here")
    return found


def _field(name: str) -> str:
    return request.form.get(name, "")[:_MAX_CHARS]


def _asked(name: str) -> str | None:
    """Return a parameter that came exactly once, and not at length."""
    found = request.args.getlist(name)
    return found[0] if len(found) == 1 and len(found[0]) <= _MAX_CHARS else None
