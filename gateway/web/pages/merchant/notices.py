"""``/merchant/notices``: what the office told this merchant, and the one reply to each of it.

The only pages that a device of a suspended merchant still opens. A device with a PIN shows them to
whoever stands there; the one reply is written by who knows the PIN.
"""

import re
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request

from gateway.errors import PolicyError, RefusedError
from gateway.services.merchant_notices import MerchantNotices
from gateway.web.admission import Who, open_to, till, while_suspended
from gateway.web.case_words import CASE_REFUSALS, NOTICE_KINDS
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.limits import per_visitor
from gateway.web.pages.frame import draw
from gateway.web.pages.merchant.acting import opened_device
from gateway.web.pages.moves import see_other

bp = Blueprint("merchant_notices", __name__)

_PAGE: Final = "/merchant/notices"
_NUMBER: Final = re.compile("[1-9][0-9]{0,5}")


@bp.get("/merchant/notices")
@open_to(Who.DEVICE)
@while_suspended
def show() -> Response:
    """Show every notice, the newest first, with a form where a reply is open."""
    return _page()


@bp.post("/merchant/notices/<number>")
@open_to(Who.DEVICE)
@while_suspended
@per_visitor
def reply(number: str) -> Response:
    """Store the reply to one notice; there is one, and it is not changed."""
    device, which, text = opened_device(), notice_number(number), request.form.get("text", "")
    now = gateway().clock.now()
    try:
        notices().reply(device.merchant, which, text, device.id, now)
    except (PolicyError, RefusedError) as error:
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, refused=error.code, draft=(which, text))
    return see_other(_PAGE)


def notice_number(typed: str) -> int:
    """Return the number that a path names; 0, which no notice has, for what is none."""
    return int(typed) if _NUMBER.fullmatch(typed) else 0


def notices() -> MerchantNotices:
    """Return the notices of this city.

    Raises:
        NotFoundError: this process has no office.
    """
    office = gateway().office
    if office is None:
        raise NotFoundError("there is no office here")
    return office.merchants.notices


def _page(
    status: HTTPStatus = HTTPStatus.OK,
    *,
    refused: str | None = None,
    draft: tuple[int, str] | None = None,
) -> Response:
    merchant = till().merchant
    return draw(
        "merchant/notices.html",
        status=status,
        merchant=merchant,
        notices=notices().of(merchant.id),
        kind_names=NOTICE_KINDS,
        refused=None if refused is None else CASE_REFUSALS.get(refused, CASE_REFUSALS["free_text"]),
        draft=draft,
        locked=till().locked,
    )
