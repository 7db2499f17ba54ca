"""All calls, topic by topic; the test compares them with the routes of the app."""

from gateway.web.openapi import (
    about,
    batch,
    bundle,
    codes,
    offering,
    packs,
    practice,
    receipts,
    tokens,
    verifying,
)
from gateway.web.openapi.model import Call, Place


def calls(place: Place) -> tuple[Call, ...]:
    """Return every call, in the order in which a reader meets them."""
    topics = (verifying, batch, practice, receipts, tokens, codes, packs, offering, bundle, about)
    return tuple(call for topic in topics for call in topic.calls(place))
