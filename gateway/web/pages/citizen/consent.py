"""``/consent``: two boxes, none ticked, one button; and one button that stops everything."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.clock import CHINA
from gateway.services.consent import WORDING, Consents
from gateway.web.admission import Who, citizen, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.pages.frame import draw
from gateway.web.pages.moves import see_other
from gateway.web.pages.times import hour_and_minute

bp = Blueprint("consent", __name__)


@bp.get("/consent")
@open_to(Who.CITIZEN)
def show() -> Response:
    """Show what is asked, or the receipt of what was given."""
    return _page(missing=False)


@bp.post("/consent")
@open_to(Who.CITIZEN)
def give() -> Response:
    """Store the consent if both boxes are ticked."""
    if request.form.get("read") != "yes" or request.form.get("shown") != "yes":
        return _page(missing=True)
    _consents().give(citizen().subject, gateway().clock.now())
    return see_other("/code")


@bp.post("/consent/stop")
@open_to(Who.CITIZEN)
def stop() -> Response:
    """End the consent: no new codes from this moment on."""
    city = gateway()
    now = city.clock.now()
    _consents().stop(citizen().subject, now)
    # A code on a phone cannot be called back: say when the last one ends.
    return draw("citizen/stopped.html", until=hour_and_minute(now + city.live_s, CHINA))


def _page(*, missing: bool) -> Response:
    receipt = _consents().of(citizen().subject)
    members = gateway().agreement.members
    return draw(
        "citizen/consent.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if missing else HTTPStatus.OK,
        missing=missing,
        receipt=receipt,
        wording=WORDING,
        members=members,
    )


def _consents() -> Consents:
    found = gateway().consents
    if found is None:
        raise NotFoundError("this city issues no codes")
    return found
