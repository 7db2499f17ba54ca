"""``POST /api/v1/codes/pack``: a citizen's phone asks for the codes of the next 24 hours."""

from flask import Blueprint, Response

from gateway.jose import strict_json
from gateway.services.issue import NoIncentive
from gateway.services.issue_pack import PER_SLOT, SLOT_S
from gateway.web.admission import Who, citizen, open_to
from gateway.web.api.codes import NO_INCENTIVE
from gateway.web.bodies import read_object
from gateway.web.context import gateway
from gateway.web.fresh_codes import fresh_pack
from gateway.web.limits import per_visitor
from gateway.web.own_matters import own_only
from gateway.web.words import language

bp = Blueprint("packs", __name__)


@bp.post("/api/v1/codes/pack")
@open_to(Who.CITIZEN)
@per_visitor
def issue_pack() -> Response:
    """Answer with a pack and our time, or with ``"codes": null`` and neutral words."""
    # Nobody is named: a pack is for whoever asks.
    body = read_object("pack request")
    own_only("pack", body.values)
    body.only()
    now = gateway().clock.now()
    pack = fresh_pack(citizen(), now)
    if isinstance(pack, NoIncentive):
        members: dict[str, object] = {"codes": None, "message": NO_INCENTIVE[language()]}
    else:
        members = {
            "start": pack.start,
            "slot_s": SLOT_S,
            "per_slot": PER_SLOT,
            "codes": list(pack.texts),
            "now": now,
        }
    return Response(strict_json.encode(members), mimetype="application/json")
