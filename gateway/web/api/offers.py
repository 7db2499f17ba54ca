"""``GET /api/v1/offers``: what a city grants to whom, for everybody to read."""

from flask import Blueprint, Response, request

from gateway.ids import CityId, ScenarioId
from gateway.jose import strict_json
from gateway.jose.errors import MembersError
from gateway.policy.agreement import Agreement
from gateway.policy.scenarios import SCENARIO_PATTERN
from gateway.services.catalogue_view import UnknownCityError
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError

bp = Blueprint("offers", __name__)


@bp.get("/api/v1/offers")
@open_to(Who.PUBLIC)
def offers() -> Response:
    """Answer with the offers in force in a member city, as its signed catalogue says."""
    city, now = gateway(), gateway().clock.now()
    asked = CityId(request.args.get("city", city.city.division_code))
    scenario = _scenario(city.agreement)
    try:
        there = city.destinations.at(asked, now)
    except UnknownCityError as error:
        raise NotFoundError("no member city has this code") from error
    listed = there.all_offers(now, scenario)
    # In the words that a merchant reads: no limit is said in another place only.
    body: dict[str, object] = {
        "city": asked,
        "catalogue": there.published.version,
        "offers": [
            {
                **offer.members(),
                "offline": offer.unlogged.value,
                "words": offer.told.members(),
            }
            for offer in listed
        ],
    }
    response = Response(strict_json.encode(body), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _scenario(agreement: Agreement) -> ScenarioId | None:
    text = request.args.get("scenario")
    if text is None:
        return None
    if not SCENARIO_PATTERN.fullmatch(text) or agreement.agreed(ScenarioId(text)) is None:
        raise MembersError("query", "scenario", "a scenario of the agreement")
    return ScenarioId(text)
