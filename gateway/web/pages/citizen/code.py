"""``/code``: the citizen's code, drawn by the page; ``/code/plain``: without JavaScript."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response

from gateway.codes import qr
from gateway.errors import UnavailableError
from gateway.ids import Tier, Timestamp
from gateway.services.issue import NoIncentive
from gateway.web.admission import Who, citizen, open_to
from gateway.web.context import gateway
from gateway.web.fresh_codes import fresh_code
from gateway.web.limits import per_visitor
from gateway.web.pages.assets import asset
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.moves import see_other

bp = Blueprint("code", __name__)

_AGAIN_S: Final = 10
"""A picture that could not be had is asked for again after so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One offer of this city on the page.

    Attributes:
        tier: The lowest that gets it; whose page it is plays no part.
    """

    where: str
    what: str
    tier: Tier


@bp.get("/code")
@open_to(Who.CITIZEN)
@per_visitor
def show() -> Response:
    """Show the page; it asks for its first code itself, so that a page view signs nothing."""
    city = gateway()
    if not _agreed():
        return see_other("/consent")
    if asset("citizen.js") is None:
        return see_other("/code/plain")
    return draw(
        "citizen/code.html", plain=False, offers=_offers(city.clock.now()), live_s=city.live_s
    )


@bp.get("/code/plain")
@open_to(Who.CITIZEN)
@per_visitor
def show_plain() -> Response:
    """Show a fresh code as a picture, or kindly that there is none; the page reloads itself."""
    city = gateway()
    if not _agreed():
        return see_other("/consent")
    try:
        issued = fresh_code(citizen(), city.clock.now())
    except UnavailableError:
        return _plain(HTTPStatus.SERVICE_UNAVAILABLE, picture=None, refresh_s=_AGAIN_S)
    picture = None if isinstance(issued, NoIncentive) else qr.png(issued.text)
    return _plain(HTTPStatus.OK, picture=picture, refresh_s=city.refresh_s)


def _plain(status: HTTPStatus, *, picture: bytes | None, refresh_s: int) -> Response:
    return draw(
        "citizen/code.html",
        status=status,
        plain=True,
        offers=_offers(gateway().clock.now()),
        picture=None if picture is None else base64.b64encode(picture).decode("ascii"),
        failed=status is not HTTPStatus.OK,
        refresh_s=refresh_s,
    )


def _agreed() -> bool:
    consents = gateway().consents
    return consents is None or consents.of(citizen().subject) is not None


def _offers(now: Timestamp) -> Sequence[Choice]:
    """Return what this city grants without a quota."""
    zh, agreement = page_language() == "zh", gateway().agreement
    choices = list[Choice]()
    for offer in gateway().catalogue.in_force(now, None):
        scenario = agreement.agreed(offer.scenario)
        if offer.terms.quota is None and scenario is not None:
            choices.append(
                Choice(
                    where=scenario.zh if zh else scenario.en,
                    what=offer.told.zh if zh else offer.told.en,
                    tier=offer.min_tier,
                )
            )
    return choices
