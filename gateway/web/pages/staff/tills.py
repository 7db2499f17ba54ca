"""``/staff/merchants/…/tills``: machines that ask the API by themselves."""

from flask import Blueprint, Response, request

from gateway.errors import JoseError, RefusedError
from gateway.ids import ScenarioId
from gateway.jose import strict_json
from gateway.jose.keys import PublicKey
from gateway.services.ports import StorageError
from gateway.services.tills import MAX_KEY_BYTES, TillRefusedError, parse_till_key
from gateway.web.admission import open_to
from gateway.web.api.oauth import endpoint
from gateway.web.errors import NotFoundError
from gateway.web.pages.staff.acting import acting, done, draw_office, office, refused
from gateway.web.pages.staff.merchants import DESK, known_merchant, page_of, venue_of

bp = Blueprint("staff_tills", __name__)


@bp.post("/staff/merchants/<merchant_id>/tills")
@open_to(*DESK)
def add(merchant_id: str) -> Response:
    """Register a till and show its credentials, once."""
    merchant = known_merchant(merchant_id)
    asked = frozenset(map(ScenarioId, request.form.getlist("scenario")))
    venue, label = venue_of(merchant), request.form.get("label", "").strip()
    try:
        key = _key(request.form.get("key", ""))
        till, secret = office().tills.add(merchant.id, label, asked or None, venue, key, acting())
    except (RefusedError, StorageError) as error:
        return refused(error, page_of(merchant))
    return draw_office(
        "staff/till.html", merchant=merchant, till=till, secret=secret, endpoint=endpoint()
    )


@bp.post("/staff/merchants/<merchant_id>/tills/remove")
@open_to(*DESK)
def remove(merchant_id: str) -> Response:
    """End one of the merchant's tills."""
    merchant, till, who = known_merchant(merchant_id), request.form.get("till", ""), acting()
    if till not in {each.id for each in office().tills.rows.list_of(merchant.id)}:
        raise NotFoundError("the merchant has no such till")
    return done(page_of(merchant), lambda: office().tills.remove(till, who))


def _key(text: str) -> PublicKey | None:
    if not text.strip():
        return None
    try:
        return parse_till_key(strict_json.parse(text.encode(), max_bytes=MAX_KEY_BYTES))
    except JoseError as error:
        raise TillRefusedError("a key is a public JWK with kty EC, crv P-256, x and y") from error
