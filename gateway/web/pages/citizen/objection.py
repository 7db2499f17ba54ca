"""``/rights/objection``: to the own assessment, with a clock that the citizen sees."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.errors import PolicyError, RefusedError
from gateway.services.objection_ports import ObjectionKind
from gateway.web.admission import Who, citizen, open_to
from gateway.web.case_words import (
    CASE_REFUSALS,
    OBJECTION_KINDS,
    OBJECTION_STATES,
    OUTCOMES,
)
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.pages.desk import objections
from gateway.web.pages.frame import draw
from gateway.web.pages.moves import see_other

bp = Blueprint("objection", __name__)

_PAGE = "/rights/objection"


@bp.get("/rights/objection")
@open_to(Who.CITIZEN)
@per_visitor
def show() -> Response:
    """Show the own objections, and the form while none waits."""
    return _page()


@bp.post("/rights/objection")
@open_to(Who.CITIZEN)
@per_visitor
def file() -> Response:
    """Store an objection; from now on the tier in force is not lowered."""
    kind, text = request.form.get("kind", ""), request.form.get("text", "")
    return _done(lambda: objections().file(citizen().subject, kind, text, gateway().clock.now()))


@bp.post("/rights/objection/withdraw")
@open_to(Who.CITIZEN)
@per_visitor
def withdraw() -> Response:
    """Close an own objection that waits."""
    number = request.form.get("number", "")
    return _done(lambda: objections().withdraw(citizen().subject, number, gateway().clock.now()))


@bp.post("/rights/objection/review")
@open_to(Who.CITIZEN)
@per_visitor
def ask_review() -> Response:
    """Let another officer look at an answer."""
    number = request.form.get("number", "")
    return _done(lambda: objections().ask_review(citizen().subject, number, gateway().clock.now()))


def _done(act: Callable[[], object]) -> Response:
    objections()
    try:
        act()
    except (PolicyError, RefusedError) as error:
        return _page(refused=CASE_REFUSALS.get(error.code, CASE_REFUSALS["free_text"]))
    return see_other(_PAGE)


def _page(refused: str | None = None) -> Response:
    here, now = objections(), gateway().clock.now()
    own = here.own(citizen().subject, now)
    kinds = [(each.value, OBJECTION_KINDS[each]) for each in ObjectionKind]
    return draw(
        "citizen/objection.html",
        status=HTTPStatus.OK if refused is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        own=own,
        waits=any(each.waits for each in own),
        refused=refused,
        kinds=kinds,
        chosen=request.form.get("kind", ""),
        typed=request.form.get("text", ""),
        kind_names=OBJECTION_KINDS,
        states=OBJECTION_STATES,
        outcomes=OUTCOMES,
        guessed=[
            year
            for each in own
            if each.waits
            for year in here.days.missing(each.filed_on, each.due_on)
        ],
    )
