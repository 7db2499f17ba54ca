"""``POST /api/v1/codes``: a citizen asks for a code to show."""

from typing import Final

from flask import Blueprint, Response

from gateway.ids import CityId, ScenarioId
from gateway.jose import strict_json
from gateway.jose.errors import MembersError
from gateway.jose.members import Members
from gateway.policy.agreement import CITY_PATTERN
from gateway.policy.scenarios import SCENARIO_PATTERN
from gateway.services.issue import LiveCode, NoIncentive
from gateway.web.admission import Who, citizen, open_to
from gateway.web.bodies import read_object
from gateway.web.context import gateway
from gateway.web.fresh_codes import fresh_code, fresh_scenario_code
from gateway.web.limits import per_visitor
from gateway.web.words import Language, language

bp = Blueprint("codes", __name__)

NO_INCENTIVE: Final[dict[Language, str]] = {
    "zh": "暂无可用激励,不影响任何服务",
    "en": "No incentive at the moment; no service is affected",
}


@bp.post("/api/v1/codes")
@open_to(Who.CITIZEN)
@per_visitor
def issue() -> Response:
    """Answer with a live code, or with ``"code": null`` and neutral words."""
    body = read_object("code request")
    issued = _scenario(body) if body.values.get("kind") == "scenario" else _general(body)
    if isinstance(issued, NoIncentive):
        members: dict[str, object] = {"code": None, "message": NO_INCENTIVE[language()]}
    else:
        members = {
            "code": issued.text,
            "expires_at": issued.expires_at,
            "refresh_at": issued.refresh_at,
        }
        if issued.as_of is not None:
            members["as_of"] = issued.as_of.isoformat()
    return Response(strict_json.encode(members), mimetype="application/json")


def _general(body: Members) -> LiveCode | NoIncentive:
    body.only("kind")
    if body.text("kind") != "general":
        raise MembersError("code request", "kind", "general or scenario")
    return fresh_code(citizen(), gateway().clock.now())


def _scenario(body: Members) -> LiveCode | NoIncentive:
    body.only("kind", "city", "scenario")
    city = CityId(body.text("city", CITY_PATTERN))
    scenario = ScenarioId(body.text("scenario", SCENARIO_PATTERN))
    return fresh_scenario_code(citizen(), city, scenario, gateway().clock.now())
