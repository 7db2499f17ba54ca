"""``/merchant/offers``: the owner pauses an offer at this merchant, and resumes it."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.ids import OfferId
from gateway.services.pauses import pauses_at
from gateway.web.admission import Who, open_to, till
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.merchant.acting import acting, counter, done

bp = Blueprint("merchant_offers", __name__)

_HERE = "/merchant/offers"


@bp.get("/merchant/offers")
@open_to(Who.OWNER)
def show() -> Response:
    """Show what this merchant may grant, and what it paused."""
    return _page()


@bp.post("/merchant/offers/pause")
@open_to(Who.OWNER)
@per_visitor
def pause() -> Response:
    """Grant an offer to nobody for now."""
    offer, merchant = OfferId(request.form.get("offer", "")), till().merchant
    return done(lambda: counter().pauses.pause(merchant, offer, acting()), _HERE, _page)


@bp.post("/merchant/offers/resume")
@open_to(Who.OWNER)
@per_visitor
def resume() -> Response:
    """Grant an offer again."""
    offer, merchant = OfferId(request.form.get("offer", "")), till().merchant
    return done(lambda: counter().pauses.resume(merchant, offer, acting()), _HERE, _page)


def _page(problem: str | None = None) -> Response:
    merchant = till().merchant
    return draw(
        "merchant/offers.html",
        status=HTTPStatus.OK if problem is None else HTTPStatus.CONFLICT,
        problem=problem,
        merchant=merchant,
        offers=pauses_at(merchant, counter().pauses.known(), page_language()),
        stopped=gateway().stops.offers,
    )
