"""``POST /api/v1/verifications/batch``: what a till scanned without a network comes later."""

from typing import Final, cast

from flask import Blueprint, Response

from gateway.clock import monotonic_s
from gateway.errors import GatewayError, JoseError
from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.jose.errors import MembersError
from gateway.jose.members import Members
from gateway.services.errors import ForbiddenError
from gateway.services.rates import RateLimitedError
from gateway.services.till_watch import WRONG
from gateway.services.verdicts import Presentation, Verdict
from gateway.services.verify_later import Later, VerifyLater
from gateway.web.admission import Till, Who, open_to, till
from gateway.web.api.verifications import parse_scan, render
from gateway.web.bodies import read_object
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.pacing import BATCH_LINES, hold
from gateway.web.problems import told
from gateway.web.words import Language, language

bp = Blueprint("batches", __name__)

MAX_BODY_BYTES: Final = 512 * 1024
MAX_ITEMS: Final = 100


@bp.post("/api/v1/verifications/batch")
@open_to(Who.MERCHANT, Who.DEVICE)
@per_visitor
def verify_later() -> Response:
    """Answer each item by itself, in order, by one commit; every upload leaves on the grid."""
    started_s = monotonic_s()
    city, here = gateway(), till()
    body = read_object("batch", max_bytes=MAX_BODY_BYTES)
    body.only("items")
    items = body.array("items", max_items=MAX_ITEMS)
    city.limits.admit_later(here.merchant.id, here.device, max(1, len(items)))
    now = city.clock.now()
    read = [_read(each, here, now) for each in items]
    became = iter(
        VerifyLater(verify=city.verify).verify_all(
            [each for each in read if isinstance(each, Presentation)],
            here.serving,
            _since(here),
            now,
            plain_jws=True,
        )
    )
    lang = language()
    results = [
        _result(_paced(next(became), here, now), lang, each)
        if isinstance(each, Presentation)
        else {"problem": told(each)}
        for each in read
    ]
    hold(started_s, BATCH_LINES * city.refusal_release_s)
    return Response(strict_json.encode({"results": results}), mimetype="application/json")


def _read(item: object, here: Till, now: Timestamp) -> Presentation | GatewayError:
    """Return what an item spells, or what is wrong with it: the others are good all the same."""
    if not isinstance(item, dict):
        return MembersError("batch", "items", "objects")
    members = Members(cast("dict[str, object]", item), "item")
    try:
        scan = parse_scan(members, gateway().agreement, here.venue)
        gateway().till_watch.check_venue(here.merchant, scan.venue, here.device, now)
    except (JoseError, ForbiddenError) as error:
        return error
    return scan


def _since(here: Till) -> Timestamp:
    """Return from when on this till can have scanned anything; 0 for a lasting token."""
    if here.enrolled_at is not None:
        return here.enrolled_at
    tills = gateway().tills
    if here.device is None or tills is None:
        return Timestamp(0)
    return tills.registered_at(here.device)


def _paced(became: Later, here: Till, now: Timestamp) -> Later | RateLimitedError:
    """Return what became of an item, unless it is a wrong code too many: as at the counter."""
    if not isinstance(became, Verdict) or became.outcome not in WRONG:
        return became
    try:
        gateway().limits.admit_wrong_later(here.merchant.id, here.device)
    except RateLimitedError as error:
        gateway().till_watch.slowed(here.merchant.id, here.device, now)
        return error
    return became


def _result(
    became: Verdict | GatewayError, lang: Language, scan: Presentation
) -> dict[str, object]:
    if isinstance(became, Verdict):
        return render(became, lang, scan.scenario)
    return {"problem": told(became)}
