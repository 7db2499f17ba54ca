"""``/rights`` and the pages below it that only show: what was agreed to, what was given out."""

from typing import Final

from flask import Blueprint, Response, current_app

from gateway.clock import china_date, china_day
from gateway.services.consent import ConsentReceipt
from gateway.web.admission import Who, citizen, open_to
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.own_matters import own_only
from gateway.web.pages.citizen.consent_words import asked_words, city_names
from gateway.web.pages.citizen.printing import PRINT, can_print
from gateway.web.pages.citizen.words import CHANNELS, KINDS, WAYS, WAYS_SAID
from gateway.web.pages.desk import own_rights
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.times import day_and_minute

bp = Blueprint("rights", __name__)

_SHOWN_DAYS: Final = 366
"""Older days are in the export."""


@bp.get("/rights")
@open_to(Who.CITIZEN)
@per_visitor
def show() -> Response:
    """Show the ways that this city has."""
    own_rights()
    routes = current_app.url_map.bind("")
    there = [way for way in WAYS if routes.test(way, "GET") and (way != PRINT or can_print())]
    ways = [(way, WAYS[way], WAYS_SAID[way]) for way in there]
    return draw("citizen/rights.html", ways=ways)


@bp.get("/rights/consents")
@open_to(Who.CITIZEN)
@per_visitor
def consents() -> Response:
    """Show every receipt with the words that were agreed to."""
    own_only("consent")
    copy = own_rights().copies.copy(citizen().subject, gateway().clock.now())
    receipts = [receipt_told(each) for each in copy.consents]
    return draw("citizen/consents.html", receipts=receipts, channels=CHANNELS)


@bp.get("/rights/history")
@open_to(Who.CITIZEN)
@per_visitor
def history() -> Response:
    """Show days, kinds and counts of a year."""
    own_only("history")
    now = gateway().clock.now()
    copy = own_rights().copies.copy(citizen().subject, now)
    since = china_day(now) - _SHOWN_DAYS
    days = [
        (china_date(each.day).isoformat(), KINDS[each.kind], each.codes)
        for each in copy.issued
        if each.day > since
    ]
    return draw("citizen/history.html", days=days, more=len(copy.issued) > len(days))


def receipt_told(receipt: ConsentReceipt) -> dict[str, object]:
    """Return a receipt as templates show it."""
    lang, ended = page_language(), receipt.ended_at
    return {
        "number": receipt.number,
        "wording": receipt.wording,
        "words": asked_words(receipt.wording, receipt.recipients, lang),
        "cities": city_names(receipt.recipients, lang),
        "channel": receipt.channel,
        "given": day_and_minute(receipt.given_at),
        "ended": None if ended is None else day_and_minute(ended),
    }
