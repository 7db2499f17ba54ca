"""``GET /api/v1/offers``: what this city grants to whom, for everybody to read."""

from flask import Blueprint, Response, request

from gateway.ids import ScenarioId
from gateway.jose import strict_json
from gateway.jose.errors import MembersError
from gateway.policy.agreement import Agreement
from gateway.policy.scenarios import SCENARIO_PATTERN
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError

bp = Blueprint("offers", __name__)


@bp.get("/api/v1/offers")
@open_to(Who.PUBLIC)
def offers() -> Response:
    """Answer with the offers in force; ``city`` may only be this city for now."""
    city = gateway()
    asked = request.args.get("city", city.city.division_code)
    if asked != city.city.division_code:
        raise NotFoundError("offers of other cities are asked for there")
    scenario = _scenario(city.agreement)
    listed = city.catalogue.in_force(city.clock.now(), scenario)
    body: dict[str, object] = {
        "city": city.city.division_code,
        "catalogue": city.catalogue.version,
        # In the words that a merchant reads: no limit is said in another place only.
        "offers": [{**offer.members(), "words": offer.told.members()} for offer in listed],
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
