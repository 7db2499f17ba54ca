"""``/code``: the citizen's code, drawn by the page; ``/code/plain``: without JavaScript.

What a code is for is chosen in the page, after ``#``, which no browser sends: the city learns it
only from the request for the code. Without JavaScript it is in the address, since there is no other
way; it says nothing of the person.
"""

import base64
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request

from gateway.codes import qr
from gateway.errors import UnavailableError
from gateway.ids import CityId, ScenarioId, Timestamp
from gateway.policy.scenarios import SCENARIO_PATTERN
from gateway.services.catalogue_view import CatalogueUnavailableError
from gateway.services.issue import LiveCode, NoIncentive
from gateway.services.issue_scenario import ScenarioNotOfferedError
from gateway.web.admission import Who, citizen, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.fresh_codes import fresh_code, fresh_scenario_code
from gateway.web.limits import per_visitor
from gateway.web.pages.assets import asset
from gateway.web.pages.citizen.good_for import Place, places
from gateway.web.pages.citizen.mosaic import mosaic
from gateway.web.pages.desk import agreed
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.moves import see_other

bp = Blueprint("code", __name__)

_AGAIN_S: Final = 10
"""A picture that could not be had is asked for again after so long."""

_GENERAL: Final = "general"
_PLAIN: Final = "/code/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a code is wanted for.

    Attributes:
        city: Destination; of a general code the one whose offers are shown.
        scenario: Exactly this one there; None is a general code.
    """

    city: CityId
    scenario: ScenarioId | None

    @property
    def members(self) -> dict[str, str]:
        """Return it as in an address."""
        return {"city": self.city, "scenario": self.scenario or _GENERAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page without JavaScript shows in place of a picture, or beside it.

    Attributes:
        why: Why there is no picture: ``failed``, ``none``, ``none-here``, or a problem's code.
        as_of: Day of the assessment behind it, if it is an earlier one.
    """

    picture: bytes | None = None
    why: str | None = None
    as_of: date | None = None


@bp.get("/code")
@open_to(Who.CITIZEN)
@per_visitor
def show() -> Response:
    """Show the page; it asks for its first code itself, so that a page view signs nothing."""
    city = gateway()
    if not agreed():
        return see_other("/consent")
    if asset("citizen.js") is None:
        return see_other(_PLAIN)
    everywhere = places(city.clock.now(), page_language())
    return draw("citizen/code.html", places=everywhere, live_s=city.live_s)


@bp.get(_PLAIN)
@open_to(Who.CITIZEN)
@per_visitor
def show_plain() -> Response:
    """Show a fresh code as a picture, or kindly that there is none; the page reloads itself."""
    city, wanted = gateway(), _wanted()
    if not agreed():
        return see_other("/consent")
    now = city.clock.now()
    everywhere = places(now, page_language())
    place = next((each for each in everywhere if each.city == wanted.city), None)
    if place is None:
        raise NotFoundError("no member city has this code")
    shown = _picture(wanted, place, now)
    failed = shown.why == "failed"
    return draw(
        "citizen/code_plain.html",
        status=HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK,
        kept=wanted.members if request.args else {},
        places=everywhere,
        place=place,
        wanted=wanted,
        use=wanted.scenario and place.use(wanted.scenario),
        picture=shown.picture and base64.b64encode(shown.picture).decode("ascii"),
        mosaic=mosaic(),
        why=shown.why,
        as_of=shown.as_of,
        refresh_s=_AGAIN_S if failed else city.refresh_s,
    )


def _wanted() -> Choice:
    """Return what the address asks for; without a word, a general code.

    Raises:
        NotFoundError: it asks for what no address of ours does.
    """
    scenario = request.args.get("scenario", _GENERAL)
    if scenario != _GENERAL and SCENARIO_PATTERN.fullmatch(scenario) is None:
        raise NotFoundError("no scenario is called like this")
    return Choice(
        city=CityId(request.args.get("city", gateway().city.division_code)),
        scenario=None if scenario == _GENERAL else ScenarioId(scenario),
    )


def _picture(wanted: Choice, place: Place, now: Timestamp) -> Shown:
    try:
        issued = _issued(wanted, place, now)
    except (ScenarioNotOfferedError, CatalogueUnavailableError) as error:
        return Shown(why=error.code)
    except UnavailableError:
        return Shown(why="failed")
    if isinstance(issued, NoIncentive):
        return Shown(why="none" if wanted.scenario is None else "none-here")
    return Shown(picture=qr.png(issued.text), as_of=issued.as_of)


def _issued(wanted: Choice, place: Place, now: Timestamp) -> LiveCode | NoIncentive:
    if wanted.scenario is None:
        return fresh_code(citizen(), now)
    return fresh_scenario_code(citizen(), place.city, wanted.scenario, now)
