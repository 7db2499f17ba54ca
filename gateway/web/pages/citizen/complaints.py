"""``/complaints``: about a merchant of this city, by anybody, without a sign-in.

An offer or a merchant's plate may lead here from any city: ``?offer=<id>`` or ``?merchant=<id>``.
"""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request

from gateway.errors import PolicyError, RefusedError
from gateway.ids import MerchantId, OfferId
from gateway.policy.offers import Offer
from gateway.services.complaints import Complaint, ComplaintKind, Draft
from gateway.services.ports import Merchant
from gateway.services.rates import RateLimitedError
from gateway.web.addresses import client_address
from gateway.web.admission import Who, open_to
from gateway.web.case_words import CASE_REFUSALS, COMPLAINT_KINDS
from gateway.web.context import gateway
from gateway.web.limits import per_address
from gateway.web.pages.desk import complaints
from gateway.web.pages.frame import draw, page_language

bp = Blueprint("complaints", __name__)

_DOOR: Final = "complaints"
_MAX_CHARS: Final = 64


@bp.get("/complaints")
@open_to(Who.PUBLIC)
@per_address(_DOOR)
def ask() -> Response:
    """Show the form, about what the address names, and the question for an earlier one."""
    return _form()


@bp.post("/complaints")
@open_to(Who.PUBLIC)
@per_address(_DOOR)
def file() -> Response:
    """Store a complaint and show its number, or the form with what is missing."""
    here, form = complaints(), request.form
    offer, merchant = _offer(), _merchant()
    draft = Draft(
        kind=form.get("kind", ""),
        offer=None if offer is None else offer.id,
        merchant=None if merchant is None else merchant.id,
        place=form.get("place", "") if merchant is None else "",
        text=form.get("text", ""),
    )
    try:
        checked = here.check(draft)
        # Only what is stored is counted: whoever corrects a form is not turned away.
        gateway().limits.admit_complaint(client_address())
        filed = here.file(checked, gateway().clock.now())
    except RateLimitedError:
        raise
    except (PolicyError, RefusedError) as error:
        return _form(HTTPStatus.UNPROCESSABLE_ENTITY, draft, refused=error.code)
    return draw("citizen/complaint_filed.html", filed=filed)


@bp.post("/complaints/answer")
@open_to(Who.PUBLIC)
@per_address(_DOOR)
def look_up() -> Response:
    """Show what became of a complaint, to whoever has its number."""
    found = complaints().find(request.form.get("number", ""))
    return _form(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND, asked=True, found=found)


def _form(
    status: HTTPStatus = HTTPStatus.OK,
    draft: Draft | None = None,
    *,
    refused: str | None = None,
    asked: bool = False,
    found: Complaint | None = None,
) -> Response:
    complaints()
    offer, merchant = _offer(), _merchant()
    return draw(
        "citizen/complaint.html",
        status=status,
        draft=draft,
        refused=None if refused is None else CASE_REFUSALS.get(refused, CASE_REFUSALS["free_text"]),
        offer=offer,
        offer_words=None if offer is None else _words(offer),
        merchant=merchant,
        kinds=[(each.value, COMPLAINT_KINDS[each]) for each in ComplaintKind],
        kind_names=COMPLAINT_KINDS,
        asked=asked,
        found=found,
    )


def _words(offer: Offer) -> str:
    zh, scenario = page_language() == "zh", gateway().agreement.agreed(offer.scenario)
    told = offer.told.zh if zh else offer.told.en
    return told if scenario is None else f"{scenario.zh if zh else scenario.en} · {told}"


def _offer() -> Offer | None:
    """Return the offer of this city that is named; one that is not known is not repeated."""
    named, city = _named("offer"), gateway()
    if not named:
        return None
    here = city.destinations.at(city.city.division_code, city.clock.now())
    offers = here.all_offers(city.clock.now(), None)
    return next((each for each in offers if each.id == OfferId(named)), None)


def _merchant() -> Merchant | None:
    named, office = _named("merchant"), gateway().office
    found = office.merchants.find(MerchantId(named)) if named and office else None
    return None if found is None or found.state == "removed" else found


def _named(what: str) -> str:
    found = request.form.get(what, "") if request.method == "POST" else request.args.get(what, "")
    return found if len(found) <= _MAX_CHARS else ""
