"""``/merchant/check``: is this phone, or this scanner, fit for the counter?

The card has every character that a code is written in (RFC 9285, Base45), so that a scanner which
types one of them wrongly is found before a guest waits.
"""

from typing import Final

from flask import Blueprint, Response

from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.pages.frame import draw
from gateway.web.pages.pictures import picture_of

bp = Blueprint("merchant_check", __name__)

CARD: Final = (
    "CC-CARD:0123456789",
    "CC-CARD:ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "CC-CARD:$%*+-./: $%*+-./:",
)
"""What the codes of the card say; ``card.js`` knows them, and none is a credit code."""


@bp.get("/merchant/check")
@open_to(Who.DEVICE)
def show() -> Response:
    """Show the checks; the page's code carries them out."""
    pictures = [picture_of(each) for each in CARD]
    return draw(
        "merchant/check.html",
        scanner=True,
        card=list(zip(CARD, pictures, strict=True)),
        now=gateway().clock.now(),
    )
