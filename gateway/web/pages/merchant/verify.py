"""``/merchant``: a merchant's phone asks what a shown code is good for."""

import hashlib
import secrets
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request

from gateway.clock import monotonic_s
from gateway.codes.wire import MAX_CHARS
from gateway.ids import RequestId, ScenarioId, UnverifiedText
from gateway.jose.errors import MembersError, TooLargeError
from gateway.policy.scenarios import well_formed
from gateway.services.rates import RateLimitedError
from gateway.services.verdicts import Presentation
from gateway.services.void import VoidTooLateError
from gateway.web.admission import Till, Who, open_to, till, while_suspended
from gateway.web.api.verifications import REQUEST_ID
from gateway.web.api.voids import void_grant
from gateway.web.browser import read_cookie, set_cookie
from gateway.web.context import gateway
from gateway.web.judging import judge
from gateway.web.limits import per_visitor
from gateway.web.locks import close_lock
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.merchant.facts import partner_origins
from gateway.web.pages.merchant.scenarios import choices_of
from gateway.web.pages.merchant.screen import Shown, screen_words, shown_of
from gateway.web.pages.moves import see_other
from gateway.web.translate import translate

bp = Blueprint("merchant", __name__)

_SCENARIO: Final = "scenario"
_SHOWING_BYTES: Final = 16
_DIGEST_CHARS: Final = 32


@bp.get("/merchant")
@open_to(Who.DEVICE)
@while_suspended
def show() -> Response:
    """Show the box for a code; who is suspended is led to why."""
    if not till().merchant.verifies:
        return see_other("/merchant/notices")
    return _page(till(), result=None)


@bp.post("/merchant")
@open_to(Who.DEVICE)
@per_visitor
def verify() -> Response:
    """Answer one code without JavaScript, with the same service as the API."""
    started_s = monotonic_s()
    here = till()
    text = request.form.get("code", "")
    if len(text) > MAX_CHARS:
        raise TooLargeError(MAX_CHARS)
    scenario = _asked()
    if scenario not in {choice.id for choice in choices_of(here, "zh")}:
        # A page that was opened before the office ended it: the next one has what there is.
        return _page(here, result=None, ended=True)
    shown = Presentation(
        text=UnverifiedText(text),
        scenario=scenario,
        venue=here.venue,
        request_id=_request_id(text),
    )
    try:
        verdict = judge(shown, started_s)
    except RateLimitedError as error:
        return _slowed(here, scenario, error.retry_after_s)
    response = _page(here, result=shown_of(verdict, page_language(), scenario), chosen=scenario)
    set_cookie(response, _SCENARIO, scenario, max_age_s=180 * 24 * 3600)
    return response


@bp.post("/merchant/void")
@open_to(Who.DEVICE)
@per_visitor
def void() -> Response:
    """Void a grant without JavaScript, with the same service as the API."""
    said = "已撤销,请按普通价格办理"
    try:
        void_grant(UnverifiedText(request.form.get("receipt", "")))
    except VoidTooLateError:
        said = "已超过15分钟,不能撤销"
    return _page(till(), result=Shown(message=translate(said, page_language())))


def _slowed(here: Till, scenario: ScenarioId, retry_after_s: int) -> Response:
    """Show that this device has to wait a moment; nothing is said of the code or the guest."""
    said = Shown(message=translate("查得太快,请等几秒再扫;不是客人的问题", page_language()))
    response = _page(here, result=said, chosen=scenario)
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response.headers["Retry-After"] = str(retry_after_s)
    return response


def _page(
    here: Till, *, result: Shown | None, chosen: ScenarioId | None = None, ended: bool = False
) -> Response:
    choices = choices_of(here, page_language())
    remembered = read_cookie(_SCENARIO)
    response = draw(
        "merchant/verify.html",
        scanner=True,
        asks=partner_origins(),
        merchant=here.merchant,
        venue=next((v for v in here.merchant.venues if v.id == here.venue), None),
        choices=choices,
        chosen=chosen or remembered,
        result=result,
        ended=ended,
        words=screen_words(page_language()),
        request_id=secrets.token_hex(_SHOWING_BYTES),
        kiosk=here.enrolled is not None and here.enrolled.pin_hash is not None,
    )
    close_lock(response)
    return response


def _request_id(text: str) -> RequestId | None:
    """Return the name of this showing: this form with this text, so that a repeat is a repeat.

    The text belongs to it, since with Back an old form may serve the next guest.
    """
    showing = request.form.get("request_id", "")
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGEST_CHARS]
    named = f"{showing[: 2 * _SHOWING_BYTES]}{digest}"
    return RequestId(named) if showing and REQUEST_ID.fullmatch(named) else None


def _asked() -> ScenarioId:
    asked = ScenarioId(request.form.get("scenario", ""))
    if not well_formed([asked]) or gateway().agreement.agreed(asked) is None:
        raise MembersError("form", "scenario", "one of the list")
    return asked
