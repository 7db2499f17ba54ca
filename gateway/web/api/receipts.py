"""``GET /api/v1/verifications/{receipt}``: a till looks up what it granted."""

from datetime import datetime

from flask import Blueprint, Response
from werkzeug.routing import BaseConverter

from gateway.clock import CHINA, monotonic_s
from gateway.ids import Timestamp, UnverifiedText
from gateway.jose import strict_json
from gateway.policy.scenarios import all_within, narrowed
from gateway.services.receipts import Owner, Receipt, SettledOffer
from gateway.services.void import UnknownReceiptError
from gateway.web.admission import Till, Who, open_to, till
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.pacing import hold
from gateway.web.words import Language, language

bp = Blueprint("receipts", __name__)


class ReceiptConverter(BaseConverter):
    """Whatever may stand for a receipt in an address: not the names of calls beside it."""

    regex = r"(?!(?:batch|practice)$)[^/]+"


@bp.get("/api/v1/verifications/<receipt:receipt>")
@open_to(Who.MERCHANT, Who.DEVICE)
@per_visitor
def look_up(receipt: str) -> Response:
    """Return one grant of this till; a receipt that is not its own always takes the same time."""
    started_s, city = monotonic_s(), gateway()
    try:
        found = city.receipts.find(UnverifiedText(receipt), owner_of(till()))
    except UnknownReceiptError:
        hold(started_s, city.refusal_release_s)
        raise
    body = render_receipt(found, language())
    return Response(strict_json.encode(body), mimetype="application/json")


def owner_of(here: Till) -> Owner:
    """Return whose records a till may read: its venue's, and of its scenarios if it has fewer.

    A scenario that the merchant has no more is still read by whom it was open to: what it is kept
    to by the office decides, unless its token is for less.
    """
    kept_to = here.scenarios
    if kept_to is not None and all_within(
        narrowed(here.merchant.scenarios, here.registered), kept_to
    ):
        kept_to = here.registered
    return Owner(merchant=here.merchant.id, venue=here.venue, scenarios=kept_to)


def render_receipt(found: Receipt, lang: Language) -> dict[str, object]:
    """Return the members of an answer."""
    record = found.record
    members: dict[str, object] = {
        "receipt": record.receipt,
        "scenario": record.scenario,
        "minute": minute_of(record.at_minute),
        "checked": record.checked,
        "voided": record.voided,
        "offers": [_offer(each, lang) for each in found.offers],
    }
    return members if record.venue is None else {**members, "venue": record.venue}


def minute_of(at: Timestamp) -> str:
    """Return a minute as RFC 3339 spells it, in Asia/Shanghai."""
    return datetime.fromtimestamp(at, CHINA).isoformat()


def _offer(granted: SettledOffer, lang: Language) -> dict[str, object]:
    named: dict[str, object] = {"id": granted.id, "version": int(granted.version)}
    stated = granted.stated
    if stated is None:
        return named
    words = stated.told.zh if lang == "zh" else stated.told.en
    said = {"kind": stated.kind.value, "value": stated.value, "cap": stated.cap, "words": words}
    return named | said
