"""``/merchant/settings``: what is set on one device; with a PIN, only who knows it comes here."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.clock import china_date, china_day
from gateway.web.admission import Who, open_to, till, while_suspended
from gateway.web.browser import drop_cookie
from gateway.web.context import gateway
from gateway.web.doors import DEVICE_COOKIE
from gateway.web.locks import close_lock, open_lock
from gateway.web.pages.frame import draw
from gateway.web.pages.merchant.acting import (
    REFUSED,
    acting,
    counter,
    done,
    opened_device,
    own_device,
    said_of,
)
from gateway.web.pages.moves import see_other
from gateway.web.pages.times import day_and_minute

bp = Blueprint("merchant_settings", __name__)

_HERE = "/merchant/settings"
_NOTICES = "notices"


@bp.get("/merchant/settings")
@open_to(Who.DEVICE)
def show() -> Response:
    """Show this device and what can be set on it."""
    return _page()


@bp.post("/merchant/pin")
@open_to(Who.DEVICE)
def set_pin() -> Response:
    """Give this device a PIN, or take it away; with a new one its settings are locked at once."""
    device, pin = opened_device(), request.form.get("pin", "")
    if not pin and request.form.get("clear") == "yes":
        return done(lambda: counter().pins.clear(device.id, acting()), _HERE, _page)
    return done(lambda: counter().pins.set(device.id, pin, acting()), "/merchant", _page)


@bp.get("/merchant/unlock")
@open_to(Who.DEVICE)
@while_suspended
def ask_pin() -> Response:
    """Ask for the PIN, where there is one to ask for."""
    return _ask() if till().locked else see_other(_opened())


@bp.post("/merchant/unlock")
@open_to(Who.DEVICE)
@while_suspended
def unlock() -> Response:
    """Open the settings for ten minutes, or until the verify page is shown."""
    device, city = own_device(), gateway()
    city.limits.admit_pin(device.id)
    try:
        counter().pins.check(device, request.form.get("pin", ""))
    except REFUSED as error:
        return _ask(said_of(error))
    response = see_other(_opened())
    open_lock(response, device, city.clock.now())
    return response


@bp.post("/merchant/leave")
@open_to(Who.DEVICE)
def leave() -> Response:
    """End this device: it has to be enrolled again."""
    counter().devices.leave(opened_device(), acting())
    response = draw("merchant/left.html")
    close_lock(response)
    drop_cookie(response, DEVICE_COOKIE)
    return response


def _page(problem: str | None = None) -> Response:
    device, here = opened_device(), till()
    return draw(
        "merchant/settings.html",
        status=HTTPStatus.OK if problem is None else HTTPStatus.CONFLICT,
        problem=problem,
        merchant=here.merchant,
        venue=next((each for each in here.merchant.venues if each.id == here.venue), None),
        device=device,
        until=day_and_minute(device.expires_at),
        months=_months() if here.owner else (),
    )


def _ask(problem: str | None = None) -> Response:
    status = HTTPStatus.OK if problem is None else HTTPStatus.FORBIDDEN
    then = _NOTICES if request.values.get("then") == _NOTICES else ""
    return draw("merchant/unlock.html", status=status, problem=problem, then=then)


def _opened() -> str:
    """Return where the PIN leads: while a merchant is suspended, to its notices alone."""
    if request.values.get("then") == _NOTICES or not till().merchant.verifies:
        return "/merchant/notices"
    return _HERE


def _months() -> list[str]:
    """Return this month and the five before, in China, as YYYY-MM."""
    today = china_date(china_day(gateway().clock.now()))
    counted = 12 * today.year + today.month - 1
    return [f"{each // 12:04d}-{each % 12 + 1:02d}" for each in range(counted, counted - 6, -1)]
