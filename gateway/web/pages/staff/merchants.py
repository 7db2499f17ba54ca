"""``/staff/merchants``: who may verify codes here, and with which devices."""

import base64
from collections.abc import Callable

from flask import Blueprint, Response, request

from gateway.codes import qr
from gateway.errors import RefusedError
from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.jose.errors import MembersError
from gateway.services.merchants import MerchantRefusedError
from gateway.services.ports import Merchant, StorageError, Venue
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.pages.staff.acting import acting, done, draw_office, office, refused

bp = Blueprint("staff_merchants", __name__)

_READERS = (Who.OPERATOR, Who.APPROVER, Who.AUDITOR, Who.COUNTY)
DESK = (Who.OPERATOR, Who.COUNTY)
"""Who may change merchants, devices and tills."""


@bp.get("/staff/merchants")
@open_to(*_READERS)
def show_all() -> Response:
    """Show every merchant, and the form for one more."""
    found = office().merchants.directory.list_all()
    return draw_office("staff/merchants.html", merchants=found, open_scenarios=office().scenarios)


@bp.post("/staff/merchants")
@open_to(*DESK)
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
    return _page(merchant)


@bp.get("/staff/merchants/<merchant_id>")
@open_to(*_READERS)
def show(merchant_id: str) -> Response:
    """Show one merchant with its devices and tills."""
    return _page(known_merchant(merchant_id))


@bp.post("/staff/merchants/<merchant_id>/state")
@open_to(*DESK)
def set_state(merchant_id: str) -> Response:
    """Warn, suspend, resume or remove a merchant."""
    desk, who, merchant = office().merchants, acting(), known_merchant(merchant_id)
    reason = request.form.get("reason", "").strip()
    acts: dict[str, Callable[[], object]] = {
        "active": lambda: desk.resume(merchant.id, who),
        "warned": lambda: desk.warn(merchant.id, reason, who),
        "suspended": lambda: desk.suspend(merchant.id, reason, who),
        "removed": lambda: desk.remove(merchant.id, reason, who),
    }
    asked = request.form.get("state", "")
    # There is no way back from removing: whoever does it types whom.
    if asked == "removed" and request.form.get("typed", "").strip() != merchant.id:
        return refused(MerchantRefusedError("type the merchant's id"), page_of(merchant))
    if asked not in acts:
        raise MembersError("form", "state", "one of the buttons")
    return done(page_of(merchant), acts[asked])


@bp.post("/staff/merchants/<merchant_id>/link")
@open_to(*DESK)
def link(merchant_id: str) -> Response:
    """Show a one-time link for one more device, once."""
    merchant = known_merchant(merchant_id)
    venue, label = venue_of(merchant), request.form.get("label", "").strip()
    try:
        secret, made = office().devices.link(merchant.id, venue, label, acting())
    except (RefusedError, StorageError) as error:
        return refused(error, page_of(merchant))
    address = f"{gateway().leaf}/merchant/enrol#{secret}"
    return draw_office(
        "staff/device_link.html",
        merchant=merchant,
        label=made.label,
        address=address,
        picture=base64.b64encode(qr.address_png(address)).decode("ascii"),
    )


@bp.post("/staff/merchants/<merchant_id>/revoke")
@open_to(*DESK)
def revoke(merchant_id: str) -> Response:
    """End one of the merchant's devices."""
    merchant, device = known_merchant(merchant_id), request.form.get("device", "")
    if device not in {each.id for each in office().devices.rows.list_of(merchant.id)}:
        raise NotFoundError("the merchant has no such device")
    who = acting()
    return done(page_of(merchant), lambda: office().devices.revoke(device, who))


def known_merchant(merchant_id: str) -> Merchant:
    """Return the merchant of a path.

    Raises:
        NotFoundError: there is none; one answer for every id that is not known.
    """
    found = office().merchants.find(MerchantId(merchant_id))
    if found is None:
        raise NotFoundError("there is no such merchant")
    return found


def venue_of(merchant: Merchant) -> VenueId | None:
    """Return the venue that a form names, if it names one.

    Raises:
        NotFoundError: it is not this merchant's.
    """
    named = request.form.get("venue", "")
    if named and named not in {each.id for each in merchant.venues}:
        raise NotFoundError("the merchant has no such venue")
    return VenueId(named) if named else None


def page_of(merchant: Merchant) -> str:
    """Return the path of a merchant's page."""
    return f"/staff/merchants/{merchant.id}"


def _page(merchant: Merchant) -> Response:
    devices = office().devices.rows.list_of(merchant.id)
    tills = office().tills.rows.list_of(merchant.id)
    return draw_office("staff/merchant.html", merchant=merchant, devices=devices, tills=tills)


def _venues(lines: str) -> tuple[Venue, ...]:
    """Return the venues of a text, ``id name`` on each line."""
    found = (line.strip().partition(" ") for line in lines.splitlines() if line.strip())
    return tuple(
        Venue(id=VenueId(venue_id), name=name.strip(), scenarios=None)
        for venue_id, _, name in found
    )
