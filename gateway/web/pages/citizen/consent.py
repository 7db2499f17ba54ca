"""``/consent``: two boxes, none ticked, one button; and one button that stops everything."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.clock import CHINA
from gateway.ids import CityId
from gateway.services.consent import WORDING, Consents
from gateway.services.consent_stop import StopAnswer
from gateway.web.admission import Who, citizen, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.limits import per_visitor
from gateway.web.own_matters import own_only
from gateway.web.pages.citizen.consent_words import asked_words, city_names
from gateway.web.pages.desk import own_rights
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.moves import see_other
from gateway.web.pages.times import day_and_minute, hour_and_minute, whole_minute
from gateway.web.phones import forget_phone

bp = Blueprint("consent", __name__)


@bp.get("/consent")
@open_to(Who.CITIZEN)
def show() -> Response:
    """Show what is asked, or the receipt of what was given."""
    return _page(missing=False)


@bp.post("/consent")
@open_to(Who.CITIZEN)
@per_visitor
def give() -> Response:
    """Store the consent if both boxes are ticked."""
    if request.form.get("read") != "yes" or request.form.get("shown") != "yes":
        return _page(missing=True)
    _consents().give(citizen().subject, gateway().clock.now())
    return see_other("/code")


@bp.post("/consent/stop")
@open_to(Who.CITIZEN)
@per_visitor
def stop() -> Response:
    """End the consent: no new codes from this moment on, and no printed one goes on."""
    own_only("stop")
    stopped = own_rights().stop.stop(citizen().subject, gateway().clock.now())
    response = draw("citizen/stopped.html", until=spelled(stopped), stopped=stopped)
    forget_phone(response)
    return response


def spelled(stopped: StopAnswer) -> str:
    """Return the last moment of a code on a phone: with its day, if that may be tomorrow."""
    if stopped.offline:
        return day_and_minute(whole_minute(stopped.until))
    return hour_and_minute(stopped.until, CHINA)


def _page(*, missing: bool) -> Response:
    consents, lang = _consents(), page_language()
    held = consents.held(citizen().subject)
    # What was agreed to once, but not for all that is asked now.
    before = None if consents.of(citizen().subject) else held
    more = frozenset[CityId]() if before is None else consents.recipients - before.recipients
    return draw(
        "citizen/consent.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if missing else HTTPStatus.OK,
        missing=missing,
        receipt=None if before else held,
        given=None if held is None else day_and_minute(held.given_at),
        before=before,
        more=city_names(more, lang),
        wording=WORDING,
        words=asked_words(WORDING, consents.recipients, lang),
    )


def _consents() -> Consents:
    found = gateway().consents
    if found is None:
        raise NotFoundError("this city issues no codes")
    return found
