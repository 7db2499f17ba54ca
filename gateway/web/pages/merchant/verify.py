"""``/merchant``: a merchant's phone asks what a shown code is good for."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, request

from gateway.clock import monotonic_s
from gateway.codes.wire import MAX_CHARS
from gateway.ids import RequestId, ScenarioId, UnverifiedText
from gateway.jose.errors import MembersError, TooLargeError
from gateway.policy.scenarios import covers
from gateway.services.verdicts import Outcome, Presentation
from gateway.services.void import VoidTooLateError
from gateway.web.admission import Till, Who, open_to, till
from gateway.web.api.verifications import REQUEST_ID
from gateway.web.api.voids import void_grant
from gateway.web.browser import read_cookie, set_cookie
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.pacing import release
from gateway.web.pages.frame import draw, page_language
from gateway.web.translate import translate
from gateway.web.words import Language, message

bp = Blueprint("merchant", __name__)

_SCENARIO: Final = "scenario"
_SHOWING_BYTES: Final = 16
_DIGEST_CHARS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One scenario that the device may verify for."""

    id: ScenarioId
    name: str


@bp.get("/merchant")
@open_to(Who.DEVICE)
def show() -> Response:
    """Show the box for a code."""
    return _page(till(), result=None)


@bp.post("/merchant")
@open_to(Who.DEVICE)
@per_visitor
def verify() -> Response:
    """Answer one code without JavaScript, with the same service as the API."""
    started_s = monotonic_s()
    city, here = gateway(), till()
    text = request.form.get("code", "")
    if len(text) > MAX_CHARS:
        raise TooLargeError(MAX_CHARS)
    scenario = _asked(here)
    shown = Presentation(
        text=UnverifiedText(text),
        scenario=scenario,
        venue=here.venue,
        request_id=_request_id(text),
    )
    verdict = city.verify.verify(shown, here.serving, city.clock.now(), plain_jws=True)
    release(verdict.outcome, started_s, city.refusal_release_s)
    result = {
        "recognised": verdict.outcome is Outcome.RECOGNISED,
        "outcome": verdict.outcome.value,
        "message": message(verdict, page_language()),
        "receipt": verdict.receipt,
    }
    response = _page(here, result=result, chosen=scenario)
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
    result = {
        "recognised": False,
        "message": translate(said, page_language()),
        "receipt": None,
    }
    return _page(till(), result=result)


def _page(
    here: Till, *, result: Mapping[str, object] | None, chosen: ScenarioId | None = None
) -> Response:
    choices = _choices(here, page_language())
    remembered = read_cookie(_SCENARIO)
    return draw(
        "merchant/verify.html",
        wasm=True,
        merchant=here.merchant,
        venue=next((v for v in here.merchant.venues if v.id == here.venue), None),
        choices=choices,
        chosen=chosen or remembered,
        result=result,
        request_id=secrets.token_hex(_SHOWING_BYTES),
    )


def _request_id(text: str) -> RequestId | None:
    """Return the name of this showing: this form with this text, so that a repeat is a repeat.

    The text belongs to it, since with Back an old form may serve the next guest.
    """
    showing = request.form.get("request_id", "")
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGEST_CHARS]
    named = f"{showing[: 2 * _SHOWING_BYTES]}{digest}"
    return RequestId(named) if showing and REQUEST_ID.fullmatch(named) else None


def _asked(here: Till) -> ScenarioId:
    asked = ScenarioId(request.form.get("scenario", ""))
    if asked not in {choice.id for choice in _choices(here, "zh")}:
        raise MembersError("form", "scenario", "one of the list")
    return asked


def _choices(here: Till, lang: Language) -> list[Choice]:
    """Return what this device may ask for: whole scenarios, and parts where it has only those."""
    venue = next((v for v in here.merchant.venues if v.id == here.venue), None)
    own = here.merchant.scenarios
    if venue is not None and venue.scenarios is not None:
        own = venue.scenarios
    agreed = gateway().agreement.scenarios
    names = {name: each.zh if lang == "zh" else each.en for name, each in agreed.items()}
    whole = [
        Choice(id=id_, name=name)
        for id_, name in names.items()
        if any(covers(mine, id_) for mine in own)
    ]
    listed = {each.id for each in whole}
    # The agreement names no parts, so a part is told apart by its id.
    parts = [
        Choice(id=mine, name=f"{names[agreed_whole.id]} ({mine})")
        for mine in sorted(own)
        if (agreed_whole := gateway().agreement.agreed(mine)) and agreed_whole.id not in listed
    ]
    return whole + parts
