"""``/staff/merchants/<id>/venues`` and ``…/scenarios``: what a merchant that is there has."""

from flask import Blueprint, Response, request

from gateway.ids import ScenarioId, VenueId
from gateway.services.ports import Venue
from gateway.web.admission import open_to
from gateway.web.pages.staff.acting import acting, done, office
from gateway.web.pages.staff.merchants import DESK, known_merchant, page_of
from gateway.web.pages.staff.typed import text_of

bp = Blueprint("staff_merchant_places", __name__)


@bp.post("/staff/merchants/<merchant_id>/venues")
@open_to(*DESK)
def add_venue(merchant_id: str) -> Response:
    """Add a place of business, or open a closed one again."""
    merchant, who = known_merchant(merchant_id), acting()
    listed = frozenset(map(ScenarioId, request.form.getlist("scenario")))
    venue = Venue(id=VenueId(text_of("venue")), name=text_of("name"), scenarios=listed or None)
    return done(page_of(merchant), lambda: office().changes.add_venue(merchant.id, venue, who))


@bp.post("/staff/merchants/<merchant_id>/venues/close")
@open_to(*DESK)
def close_venue(merchant_id: str) -> Response:
    """Close a place of business."""
    merchant, venue, who = known_merchant(merchant_id), VenueId(text_of("venue")), acting()
    return done(page_of(merchant), lambda: office().changes.close_venue(merchant.id, venue, who))


@bp.post("/staff/merchants/<merchant_id>/scenarios")
@open_to(*DESK)
def add_scenario(merchant_id: str) -> Response:
    """Let a merchant verify for one scenario more."""
    merchant, asked, who = known_merchant(merchant_id), ScenarioId(text_of("scenario")), acting()
    return done(page_of(merchant), lambda: office().changes.add_scenario(merchant.id, asked, who))


@bp.post("/staff/merchants/<merchant_id>/scenarios/end")
@open_to(*DESK)
def end_scenario(merchant_id: str) -> Response:
    """Let a merchant verify for one scenario fewer."""
    merchant, asked, who = known_merchant(merchant_id), ScenarioId(text_of("scenario")), acting()
    return done(page_of(merchant), lambda: office().changes.end_scenario(merchant.id, asked, who))
