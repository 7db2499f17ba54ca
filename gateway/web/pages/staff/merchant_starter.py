"""``/staff/merchants/<id>/starter``: the sheet that an owner takes along, to print.

Without a link it holds no secret and can be printed at any time. With one it is the way to the
owner's first device, for the ten minutes that any link lives: drawn for who stands there now.
"""

from flask import Blueprint, Response, request

from gateway.services.devices import Link
from gateway.services.ports import Merchant
from gateway.web.admission import open_to
from gateway.web.errors import NotFoundError
from gateway.web.pages.frame import page_language
from gateway.web.pages.merchant.enrol import enrol_address
from gateway.web.pages.merchant.plates import complaints_address, plate_of
from gateway.web.pages.merchant.scenarios import choices_among
from gateway.web.pages.pictures import picture_of
from gateway.web.pages.staff.acting import acting, draw_office, office, shown
from gateway.web.pages.staff.merchant_view import filed, today
from gateway.web.pages.staff.merchants import DESK, known_merchant, page_of
from gateway.web.translate import translate

bp = Blueprint("staff_merchant_starter", __name__)


@bp.get("/staff/merchants/<merchant_id>/starter")
@open_to(*DESK)
def show(merchant_id: str) -> Response:
    """Show the sheet without a link."""
    return _sheet(_taking_part(merchant_id), None, "")


@bp.post("/staff/merchants/<merchant_id>/starter")
@open_to(*DESK)
def with_link(merchant_id: str) -> Response:
    """Show the sheet with a link for the owner's first device, once."""
    merchant, who = _taking_part(merchant_id), acting()
    label = request.form.get("label", "").strip() or translate("店主", page_language())

    def view() -> Response:
        secret, made = office().devices.link(merchant.id, None, label, who, owner=True)
        return _sheet(merchant, made, enrol_address(secret))

    return shown(page_of(merchant), view)


def _taking_part(merchant_id: str) -> Merchant:
    merchant = known_merchant(merchant_id)
    if merchant.state == "removed":
        raise NotFoundError("the merchant was removed")
    return merchant


def _sheet(merchant: Merchant, link: Link | None, address: str) -> Response:
    complaints = complaints_address(merchant)
    choices = choices_among(merchant.scenarios, page_language())
    return draw_office(
        "staff/starter.html",
        merchant=merchant,
        filed=filed(merchant),
        today=today(),
        who_pays=office().who_pays,
        contacts=office().contacts,
        choices=choices,
        plates=[plate_of(each) for each in choices],
        complaints=complaints,
        complaints_picture=picture_of(complaints),
        link=link,
        picture=picture_of(address) if link else "",
    )
