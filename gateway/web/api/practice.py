"""``POST /api/v1/verifications/practice``: a till tries each outcome without anybody's code."""

from typing import Final

from flask import Blueprint, Response

from gateway.ids import ScenarioId, UnverifiedText, VenueId
from gateway.jose import strict_json
from gateway.jose.errors import MembersError
from gateway.policy.offers import VENUE_PATTERN
from gateway.policy.scenarios import SCENARIO_PATTERN
from gateway.services.practice import Practise, Wanted
from gateway.services.verdicts import Presentation, Verdict
from gateway.web.admission import Who, open_to, till
from gateway.web.api.verifications import render
from gateway.web.bodies import read_object
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.words import Language, language

bp = Blueprint("practice", __name__)

_MARK: Final[dict[Language, str]] = {"zh": "【练习】", "en": "[Practice] "}


@bp.post("/api/v1/verifications/practice")
@open_to(Who.MERCHANT, Who.DEVICE)
@per_visitor
def practise() -> Response:
    """Answer as a verification would; nothing is written, and there is no receipt."""
    city, here = gateway(), till()
    body = read_object("practice")
    body.only("want", "scenario", "venue")
    try:
        wanted = Wanted(body.text("want"))
    except ValueError:
        raise MembersError("practice", "want", f"one of {', '.join(Wanted)}") from None
    scenario = ScenarioId(body.text("scenario", SCENARIO_PATTERN, max_chars=32))
    if city.agreement.agreed(scenario) is None:
        raise MembersError("practice", "scenario", "a scenario of the agreement")
    venue = VenueId(body.text("venue", VENUE_PATTERN)) if body.has("venue") else here.venue
    shown = Presentation(text=UnverifiedText(""), scenario=scenario, venue=venue)
    answer = Practise(verify=city.verify).answer(wanted, shown, here.serving, city.clock.now())
    told = render_practice(answer, language(), scenario)
    return Response(strict_json.encode(told), mimetype="application/json")


def render_practice(answer: Verdict, lang: Language, scenario: ScenarioId) -> dict[str, object]:
    """Return the members of an answer that nobody can take for a grant."""
    told = render(answer, lang, scenario)
    return {"practice": True, **told, "message": f"{_MARK[lang]}{told['message']}"}
