"""``POST /api/v1/verifications``: a merchant asks what a shown code is good for."""

import re
from dataclasses import replace
from typing import Final

from flask import Blueprint, Response

from gateway.clock import monotonic_s
from gateway.codes.wire import MAX_CHARS
from gateway.ids import RequestId, ScenarioId, Timestamp, UnverifiedText, VenueId
from gateway.jose import strict_json
from gateway.jose.errors import MembersError, TooLargeError
from gateway.jose.members import Members
from gateway.policy.agreement import Agreement
from gateway.policy.offers import VENUE_PATTERN
from gateway.policy.scenarios import SCENARIO_PATTERN
from gateway.services.verdicts import GrantedOffer, Presentation, Verdict
from gateway.web.admission import Who, open_to, till
from gateway.web.bodies import read_object
from gateway.web.context import gateway
from gateway.web.judging import judge
from gateway.web.limits import per_visitor
from gateway.web.words import Language, language, message, words_of

bp = Blueprint("verifications", __name__)

MAX_BODY_BYTES: Final = 64 * 1024
"""4,096 characters, each spelled by JSON in 12 bytes at most, and the other members (ADR 0065)."""

MEMBERS: Final = ("code", "scenario", "venue", "request_id")

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@bp.post("/api/v1/verifications")
@open_to(Who.MERCHANT, Who.DEVICE)
@per_visitor
def verify() -> Response:
    """Answer one presentation; ``present_again`` always takes the same time."""
    started_s = monotonic_s()
    body = read_object("verification", max_bytes=MAX_BODY_BYTES)
    shown = parse_presentation(body, gateway().agreement, till().venue)
    verdict = judge(shown, started_s)
    members = render(verdict, language(), shown.scenario)
    return Response(strict_json.encode(members), mimetype="application/json")


def parse_presentation(
    body: Members, agreement: Agreement, venue: VenueId | None = None
) -> Presentation:
    """Return the presentation that a body spells.

    Args:
        body: What the till sent.
        agreement: Which scenarios there are.
        venue: Where, if the body does not say.

    Raises:
        TooLargeError: a code over 4,096 characters.
        MembersError: a member missing, unknown or of the wrong form; a scenario that is not
            in the agreement.
    """
    body.only(*MEMBERS)
    return _presentation(body, agreement, venue)


def parse_scan(body: Members, agreement: Agreement, venue: VenueId | None = None) -> Presentation:
    """Return the presentation that was made earlier, as ``parse_presentation`` does one of now.

    Raises:
        TooLargeError: a code over 4,096 characters.
        MembersError: as ``parse_presentation``; no ``request_id`` or ``scanned_at``.
    """
    body.only(*MEMBERS, "scanned_at")
    scanned_at = Timestamp(body.integer("scanned_at"))
    body.text("request_id", REQUEST_ID)
    return replace(_presentation(body, agreement, venue), scanned_at=scanned_at)


def _presentation(body: Members, agreement: Agreement, venue: VenueId | None) -> Presentation:
    scenario = ScenarioId(body.text("scenario", SCENARIO_PATTERN, max_chars=32))
    if agreement.agreed(scenario) is None:
        raise MembersError("verification", "scenario", "a scenario of the agreement")
    return Presentation(
        text=_code(body),
        scenario=scenario,
        venue=VenueId(body.text("venue", VENUE_PATTERN)) if body.has("venue") else venue,
        request_id=RequestId(body.text("request_id", REQUEST_ID))
        if body.has("request_id")
        else None,
    )


def render(verdict: Verdict, lang: Language, scenario: ScenarioId) -> dict[str, object]:
    """Return the members of an answer; every ``present_again`` has the same ones."""
    members: dict[str, object] = {
        "outcome": verdict.outcome.value,
        "message": message(verdict, lang, scenario),
        "checked": verdict.checked,
    }
    optional: dict[str, object] = {
        "hint": verdict.hint,
        "receipt": verdict.receipt,
        "offers": [_offer(offer, lang) for offer in verdict.offers] or None,
        "holder": verdict.holder,
        "valid_until": verdict.valid_until,
        "trust_age": verdict.trust_age_s,
    }
    return members | {name: value for name, value in optional.items() if value is not None}


def _code(body: Members) -> UnverifiedText:
    text = body.values.get("code")
    if not isinstance(text, str):
        raise MembersError("verification", "code", "the scanned text")
    if len(text) > MAX_CHARS:
        raise TooLargeError(MAX_CHARS)
    return UnverifiedText(text)


def _offer(offer: GrantedOffer, lang: Language) -> dict[str, object]:
    return {
        "id": offer.id,
        "version": offer.version,
        "kind": offer.kind,
        "value": offer.value,
        "cap": offer.cap,
        "words": words_of(offer, lang),
    }
