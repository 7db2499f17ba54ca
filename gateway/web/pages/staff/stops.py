"""``/staff/stops``: what one officer stops at once, and two lift again."""

from flask import Blueprint, Response, request

from gateway.policy.stops import parse_target
from gateway.services.stop_desk import LIFT_STOP, lift_facts
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.pages.staff.acting import acting, done, draw_office, office

bp = Blueprint("staff_stops", __name__)

_PAGE = "/staff/stops"


@bp.get("/staff/stops")
@open_to(Who.OPERATOR, Who.APPROVER, Who.AUDITOR)
def show() -> Response:
    """Show what is stopped, and what can be."""
    city = gateway()
    standing = office().stop_desk.standing(city.clock.now())
    offers = office().stop_desk.known_offers()
    return draw_office(
        "staff/stops.html",
        standing=standing,
        offers=offers,
        free=sorted(set(offers) - standing.order.offers),
        issues=city.issue is not None and not standing.order.issuing,
    )


@bp.post("/staff/stops")
@open_to(Who.OPERATOR, Who.APPROVER)
def stop() -> Response:
    """Stop issuing, or one offer, at once: one officer will do, since it protects."""
    here, who = office(), acting()

    def order() -> None:
        target = parse_target(request.form.get("target", ""))
        here.stop_desk.stop(target, _reason(), who)
        here.ratifications.ask(who)

    return done(_PAGE, order)


@bp.post("/staff/stops/lift")
@open_to(Who.OPERATOR)
def lift() -> Response:
    """Propose to lift a stop."""
    here, who = office(), acting()

    def propose() -> None:
        target = parse_target(request.form.get("target", ""))
        facts = lift_facts(here.stop_desk.find(target, who.at), _reason())
        here.four_eyes.propose(LIFT_STOP, target, facts, who)

    return done("/staff/proposals", propose)


def _reason() -> str:
    return request.form.get("reason", "").strip()
