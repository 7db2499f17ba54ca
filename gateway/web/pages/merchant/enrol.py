"""``/merchant/enrol``: a phone becomes a merchant's device, by a link that is spent once."""

from flask import Blueprint, Response, request

from gateway.services.devices import DEVICE_S, LinkSpentError
from gateway.services.errors import ForbiddenError, UnauthorizedError
from gateway.web.admission import Who, open_to
from gateway.web.browser import read_cookie, set_cookie
from gateway.web.context import gateway
from gateway.web.doors import DEVICE_COOKIE
from gateway.web.errors import NotFoundError
from gateway.web.limits import count_bad_token, per_address
from gateway.web.pages.frame import draw
from gateway.web.pages.moves import see_other

bp = Blueprint("enrol", __name__)

_GONE = 410


@bp.get("/merchant/enrol")
@open_to(Who.PUBLIC)
def show() -> Response:
    """Show the button; the secret is in the fragment, so a preview of the link spends nothing."""
    return draw("merchant/enrol.html", spent=False, ended=_has_ended())


@bp.post("/merchant/enrol")
@open_to(Who.PUBLIC)
@per_address("device-enrolment")
def enrol() -> Response:
    """Spend the link; from now on this browser is the device."""
    city = gateway()
    if city.enrol_devices is None:
        raise NotFoundError("no devices are enrolled here")
    try:
        secret, _ = city.enrol_devices.enrol(request.form.get("link", "").strip(), city.clock.now())
    except LinkSpentError:
        return draw("merchant/enrol.html", status=_GONE, spent=True, ended=False)
    response = see_other("/merchant")
    set_cookie(response, DEVICE_COOKIE, secret, max_age_s=DEVICE_S)
    return response


def enrol_address(secret: str) -> str:
    """Return the address that enrols one browser; its secret never leaves the browser by itself."""
    return f"{gateway().leaf}/merchant/enrol#{secret}"


def _has_ended() -> bool:
    """Return whether this browser was a device, and is none any more."""
    city, secret = gateway(), read_cookie(DEVICE_COOKIE)
    if city.devices is None or secret is None:
        return False
    try:
        city.devices.authenticate(secret, city.clock.now())
    except UnauthorizedError:
        # As at every door: whoever tries secrets out is slowed.
        count_bad_token()
        return True
    except ForbiddenError:
        return False
    return False
