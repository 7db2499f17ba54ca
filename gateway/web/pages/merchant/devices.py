"""``/merchant/devices``: the owner's device enrols others of its merchant, and ends them."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.ids import VenueId
from gateway.services.devices import UnknownDeviceError
from gateway.web.admission import Who, open_to, till
from gateway.web.limits import per_visitor
from gateway.web.pages.frame import draw
from gateway.web.pages.merchant.acting import (
    REFUSED,
    acting,
    counter,
    done,
    own_device,
    said_of,
)
from gateway.web.pages.merchant.enrol import enrol_address
from gateway.web.pages.pictures import picture_of
from gateway.web.pages.times import day_and_minute

bp = Blueprint("merchant_devices", __name__)

_HERE = "/merchant/devices"


@bp.get("/merchant/devices")
@open_to(Who.OWNER)
def show() -> Response:
    """Show every device of the merchant, and the form for one more."""
    return _page()


@bp.post("/merchant/devices/link")
@open_to(Who.OWNER)
@per_visitor
def link() -> Response:
    """Show a one-time link for one more device, once."""
    desk, form = counter(), request.form
    venue = VenueId(form["venue"]) if form.get("venue") else None
    label, pin = form.get("label", "").strip(), form.get("pin", "")
    who = acting()
    try:
        pin_hash = desk.pins.hash_of(pin) if pin else None
        secret, made = desk.devices.link(till().merchant.id, venue, label, who, pin_hash=pin_hash)
    except REFUSED as error:
        return _page(said_of(error))
    address = enrol_address(secret)
    return draw(
        "merchant/device_link.html",
        label=made.label,
        address=address,
        picture=picture_of(address),
    )


@bp.post("/merchant/devices/revoke")
@open_to(Who.OWNER)
def revoke() -> Response:
    """End another device of the merchant."""
    own, other = own_device(), request.form.get("device", "")
    return done(lambda: counter().devices.revoke_other(own, other, acting()), _HERE, _page)


@bp.post("/merchant/devices/pin")
@open_to(Who.OWNER)
def set_pin() -> Response:
    """Give a device of the merchant another PIN; with none typed, none."""
    device, pin = request.form.get("device", ""), request.form.get("pin", "")

    def act() -> None:
        desk = counter()
        if device not in {each.id for each in desk.devices.rows.list_of(till().merchant.id)}:
            raise UnknownDeviceError("the merchant has no such device")
        if pin:
            desk.pins.set(device, pin, acting())
        else:
            desk.pins.clear(device, acting())

    return done(act, _HERE, _page)


def _page(problem: str | None = None) -> Response:
    merchant = till().merchant
    return draw(
        "merchant/devices.html",
        status=HTTPStatus.OK if problem is None else HTTPStatus.CONFLICT,
        problem=problem,
        merchant=merchant,
        venues={each.id: each.name for each in merchant.venues},
        open_venues=merchant.open_venues,
        devices=counter().devices.rows.list_of(merchant.id),
        own=own_device(),
        moment=day_and_minute,
    )
