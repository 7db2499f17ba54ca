"""``POST /api/v1/verifications/{receipt}/void``: a till takes back what it granted (撤销)."""

from http import HTTPStatus

from flask import Blueprint, Response

from gateway.clock import monotonic_s
from gateway.ids import UnverifiedText
from gateway.services.void import UnknownReceiptError
from gateway.web.admission import Who, open_to, till
from gateway.web.api.receipts import owner_of
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.pacing import hold

bp = Blueprint("voids", __name__)


@bp.post("/api/v1/verifications/<receipt>/void")
@open_to(Who.MERCHANT, Who.DEVICE)
@per_visitor
def void(receipt: str) -> Response:
    """Void one grant of this till; a receipt that is not its own always takes the same time."""
    void_grant(UnverifiedText(receipt))
    return Response(status=HTTPStatus.NO_CONTENT)


def void_grant(receipt: UnverifiedText) -> None:
    """Void the grant behind ``receipt`` for the till that asks.

    Raises:
        UnknownReceiptError: held on the grid, whoever's or whatever the number is.
        VoidTooLateError: it is this till's, and too old.
    """
    started_s, city, here = monotonic_s(), gateway(), till()
    try:
        owner = owner_of(here)
        now = city.clock.now()
        city.void.void(receipt, here.merchant, owner.venue, now, owner.scenarios)
    except UnknownReceiptError:
        hold(started_s, city.refusal_release_s)
        raise
