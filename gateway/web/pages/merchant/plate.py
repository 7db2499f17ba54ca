"""``/merchant/plate``: what a merchant puts on the counter, to print.

A guest scans it with any phone, names the home city, and has the code for this city and scenario.
The choice stands after ``#``: no server reads from which counter somebody came.
"""

from flask import Blueprint, Response

from gateway.web.admission import Till, Who, open_to, till
from gateway.web.limits import per_visitor
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.merchant.plates import complaints_address, plate_of
from gateway.web.pages.merchant.scenarios import choices_of
from gateway.web.pages.pictures import picture_of

bp = Blueprint("plate", __name__)


@bp.get("/merchant/plate")
@open_to(Who.DEVICE)
@per_visitor
def show() -> Response:
    """Show a plate for each scenario of this device, and where guests may complain."""
    here = till()
    closed = here.merchant.closed_venue(here.venue)
    choices = () if closed else choices_of(here, page_language())
    plates = [plate_of(each) for each in choices]
    complaints = complaints_address(here.merchant)
    return draw(
        "merchant/plate.html",
        plates=plates,
        venue=closed,
        called=_called(here),
        complaints=complaints,
        complaints_picture=picture_of(complaints),
    )


def _called(here: Till) -> str:
    """Return the name of the merchant, or of the one venue that the device is for."""
    venue = next((each for each in here.merchant.venues if each.id == here.venue), None)
    return here.merchant.name if venue is None else f"{here.merchant.name} · {venue.name}"
