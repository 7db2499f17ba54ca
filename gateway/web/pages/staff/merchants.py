"""``/staff/merchants``: who may verify codes here, and with which devices."""

import base64

from flask import Blueprint, Response, request

from gateway.codes import qr
from gateway.errors import RefusedError
from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.services.ports import Merchant, StorageError, Venue
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.pages.staff.acting import acting, done, draw_office, office, refused

bp = Blueprint("staff_merchants", __name__)

_READERS = (Who.OPERATOR, Who.APPROVER, Who.AUDITOR, Who.COUNTY)
_DESK = (Who.OPERATOR, Who.COUNTY)


@bp.get("/staff/merchants")
@open_to(*_READERS)
def show_all() -> Response:
    """Show every merchant, and the form for one more."""
    found = office().merchants.directory.list_all()
    return draw_office("staff/merchants.html", merchants=found, open_scenarios=office().scenarios)


@bp.post("/staff/merchants")
@open_to(*_DESK)
def add() -> Response:
    """Enrol a merchant."""
    merchant = Merchant(
        id=MerchantId(request.form.get("id", "").strip()),
        name=request.form.get("name", "").strip(),
        scenarios=frozenset(map(ScenarioId, request.form.getlist("scenario"))),
        venues=_venues(request.form.get("venues", "")),
        state="active",
    )
    try:
        office().merchants.enrol(merchant, acting())
    except (RefusedError, StorageError) as error:
        return refused(error, "/staff/merchants")
    return _page(merchant.id)


@bp.get("/staff/merchants/<merchant_id>")
@open_to(*_READERS)
def show(merchant_id: str) -> Response:
    """Show one merchant with its devices."""
    return _page(MerchantId(merchant_id))


@bp.post("/staff/merchants/<merchant_id>/state")
@open_to(*_DESK)
def set_state(merchant_id: str) -> Response:
    """Suspend a merchant, or let it verify again."""
    desk, who, merchant = office().merchants, acting(), MerchantId(merchant_id)
    act = desk.resume if request.form.get("state") == "active" else desk.suspend
    return done(f"/staff/merchants/{_known(merchant).id}", lambda: act(merchant, who))


@bp.post("/staff/merchants/<merchant_id>/link")
@open_to(*_DESK)
def link(merchant_id: str) -> Response:
    """Show a one-time link for one more device, once."""
    merchant = _known(MerchantId(merchant_id))
    venue = request.form.get("venue", "")
    label = request.form.get("label", "").strip()
    try:
        secret, made = office().devices.link(
            merchant.id, VenueId(venue) if venue else None, label, acting()
        )
    except (RefusedError, StorageError) as error:
        return refused(error, f"/staff/merchants/{merchant.id}")
    address = f"{gateway().leaf}/merchant/enrol#{secret}"
    return draw_office(
        "staff/device_link.html",
        merchant=merchant,
        label=made.label,
        address=address,
        picture=base64.b64encode(qr.address_png(address)).decode("ascii"),
    )


@bp.post("/staff/merchants/<merchant_id>/revoke")
@open_to(*_DESK)
def revoke(merchant_id: str) -> Response:
    """End one of the merchant's devices."""
    merchant, device = _known(MerchantId(merchant_id)), request.form.get("device", "")
    if device not in {each.id for each in office().devices.rows.list_of(merchant.id)}:
        raise NotFoundError("the merchant has no such device")
    who = acting()
    return done(f"/staff/merchants/{merchant.id}", lambda: office().devices.revoke(device, who))


def _page(merchant_id: MerchantId) -> Response:
    merchant = _known(merchant_id)
    devices = office().devices.rows.list_of(merchant.id)
    return draw_office("staff/merchant.html", merchant=merchant, devices=devices)


def _known(merchant_id: MerchantId) -> Merchant:
    found = office().merchants.directory.get(merchant_id)
    if found is None:
        raise NotFoundError("there is no such merchant")
    return found


def _venues(lines: str) -> tuple[Venue, ...]:
    """Return the venues of a text, ``id name`` on each line."""
    found = (line.strip().partition(" ") for line in lines.splitlines() if line.strip())
    return tuple(
        Venue(id=VenueId(venue_id), name=name.strip(), scenarios=None)
        for venue_id, _, name in found
    )
