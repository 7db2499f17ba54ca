"""``/merchant/enrol``: a phone becomes a merchant's device, by a link that is spent once."""

from flask import Blueprint, Response, request

from gateway.services.devices import DEVICE_S, LinkSpentError
from gateway.web.admission import Who, open_to
from gateway.web.browser import set_cookie
from gateway.web.context import gateway
from gateway.web.doors import DEVICE_COOKIE
from gateway.web.errors import NotFoundError
from gateway.web.limits import per_address
from gateway.web.pages.frame import draw
from gateway.web.pages.moves import see_other

bp = Blueprint("enrol", __name__)

_GONE = 410


@bp.get("/merchant/enrol")
@open_to(Who.PUBLIC)
def show() -> Response:
    """Show the button; the secret is in the fragment, so a preview of the link spends nothing."""
    return draw("merchant/enrol.html", spent=False)


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
        return draw("merchant/enrol.html", status=_GONE, spent=True)
    response = see_other("/merchant")
    set_cookie(response, DEVICE_COOKIE, secret, max_age_s=DEVICE_S)
    return response
