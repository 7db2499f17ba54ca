"""``/code``: the citizen's code. The page draws it; without JavaScript it is a picture of ours."""

from flask import Blueprint, Response

from gateway.codes import qr
from gateway.services.issue import NoIncentive
from gateway.web.admission import Who, citizen, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.fresh_codes import fresh_code
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.moves import see_other

bp = Blueprint("code", __name__)


@bp.get("/code")
@open_to(Who.CITIZEN)
def show() -> Response:
    """Show the page; it asks for its first code itself, so that a page view signs nothing."""
    city = gateway()
    if city.consents is not None and city.consents.of(citizen().subject) is None:
        return see_other("/consent")
    now = city.clock.now()
    offers = city.catalogue.in_force(now, None)
    lang = page_language()
    words = [
        offer.words.zh if lang == "zh" else offer.words.en
        for offer in offers
        if offer.terms.quota is None
    ]
    return draw("citizen/code.html", offers=words, refresh_s=city.refresh_s, live_s=city.live_s)


@bp.get("/code.png")
@open_to(Who.CITIZEN)
def picture() -> Response:
    """Answer with a fresh code as a picture, for a page without JavaScript."""
    issued = fresh_code(citizen(), gateway().clock.now())
    if isinstance(issued, NoIncentive):
        raise NotFoundError("there is no code to draw")
    return Response(qr.png(issued.text), mimetype="image/png")
