"""``/staff/merchants``: who may verify codes here, and with which devices."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from gateway.clock import china_date
from gateway.errors import PolicyError, RefusedError
from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.jose.errors import MembersError
from gateway.policy.scenarios import all_within
from gateway.services.merchant_acts import REMOVE_MERCHANT, removal_facts
from gateway.services.merchant_notices import typed_complaints
from gateway.services.merchants import MerchantRefusedError, venues_of
from gateway.services.onboard import COMMITMENT_WORKING_DAYS, Application
from gateway.services.pauses import pauses_at
from gateway.services.ports import Merchant, StorageError
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.pages.frame import page_language
from gateway.web.pages.merchant.enrol import enrol_address
from gateway.web.pages.pictures import picture_of
from gateway.web.pages.staff.acting import acting, done, draw_office, office, refused
from gateway.web.pages.staff.merchant_view import applicable, filed, files, idle_of
from gateway.web.pages.staff.typed import day_of, text_of

bp = Blueprint("staff_merchants", __name__)

_READERS = (Who.OPERATOR, Who.APPROVER, Who.AUDITOR, Who.COUNTY)
DESK = (Who.OPERATOR, Who.COUNTY)
"""Who may change merchants, devices and tills."""


@bp.get("/staff/merchants")
@open_to(*_READERS)
def show_all() -> Response:
    """Show every merchant, and the form for one more."""
    found = office().merchants.directory.list_all()
    return draw_office(
        "staff/merchants.html",
        merchants=found,
        files=files(),
        filed=None,
        open_scenarios=office().scenarios,
        working_days=COMMITMENT_WORKING_DAYS,
    )


@bp.post("/staff/merchants")
@open_to(*DESK)
def add() -> Response:
    """Enrol a merchant."""
    merchant = Merchant(
        id=MerchantId(text_of("id")),
        name=text_of("name"),
        scenarios=frozenset(map(ScenarioId, request.form.getlist("scenario"))),
        venues=venues_of(request.form.get("venues", "").splitlines()),
        state="active",
    )
    asked = Application(
        merchant=merchant,
        uscc=text_of("uscc"),
        uscc_reason=text_of("uscc_reason"),
        due=day_of("due"),
    )
    try:
        office().onboarding.enrol(asked, acting())
    except (PolicyError, RefusedError, StorageError) as error:
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
    """Warn, suspend or resume a merchant, or propose to remove it."""
    desk, who, merchant = office().merchants, acting(), known_merchant(merchant_id)
    reason = request.form.get("reason", "").strip()
    typed, eyes = request.form.get("complaints", ""), office().four_eyes
    acts: dict[str, Callable[[], object]] = {
        "active": lambda: desk.resume(merchant.id, who),
        "warned": lambda: desk.warn(merchant.id, reason, who, typed_complaints(typed)),
        "suspended": lambda: desk.suspend(merchant.id, reason, who, typed_complaints(typed)),
        "removed": lambda: eyes.propose(
            REMOVE_MERCHANT, merchant.id, removal_facts(reason, typed_complaints(typed)), who
        ),
    }
    asked = request.form.get("state", "")
    # There is no way back from removing: whoever proposes it types whom, and another approves.
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
    owner = request.form.get("owner") == "yes"
    try:
        secret, made = office().devices.link(merchant.id, venue, label, acting(), owner=owner)
    except (RefusedError, StorageError) as error:
        return refused(error, page_of(merchant))
    address = enrol_address(secret)
    return draw_office(
        "staff/device_link.html",
        merchant=merchant,
        label=made.label,
        address=address,
        picture=picture_of(address),
    )


@bp.post("/staff/merchants/<merchant_id>/revoke")
@open_to(*DESK)
def revoke(merchant_id: str) -> Response:
    """End one of the merchant's devices."""
    merchant = known_merchant(merchant_id)
    device, who = _device_of(merchant), acting()
    return done(page_of(merchant), lambda: office().devices.revoke(device, who))


@bp.post("/staff/merchants/<merchant_id>/clear-pin")
@open_to(*DESK)
def clear_pin(merchant_id: str) -> Response:
    """Take away the PIN of one of the merchant's devices, which somebody forgot."""
    merchant = known_merchant(merchant_id)
    device, who = _device_of(merchant), acting()
    return done(page_of(merchant), lambda: office().pins.clear(device, who))


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
    seen = gateway().till_watch.newest(merchant.id, gateway().clock.now())
    pauses = pauses_at(merchant, office().known_offers(), page_language())
    return draw_office(
        "staff/merchant.html",
        merchant=merchant,
        devices=devices,
        tills=tills,
        incidents=seen,
        day_of=china_date,
        filed=filed(merchant),
        offers=applicable(merchant),
        idle=idle_of(merchant, devices, tills),
        more_scenarios=[
            each
            for each in sorted(office().scenarios)
            if not all_within([each], merchant.scenarios)
        ],
        paused=[each for each in pauses if each.paused],
    )


def _device_of(merchant: Merchant) -> str:
    device = request.form.get("device", "")
    if device not in {each.id for each in office().devices.rows.list_of(merchant.id)}:
        raise NotFoundError("the merchant has no such device")
    return device
