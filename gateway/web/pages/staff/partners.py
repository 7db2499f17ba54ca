"""``/staff/partners``: other cities, from the first contact to the last."""

from collections.abc import Mapping
from datetime import date, datetime

from flask import Blueprint, Response, request

from gateway.clock import CHINA
from gateway.ids import EntityId
from gateway.policy.agreement import Member
from gateway.services.acts import ACCEPT_PARTNER, RESUME_PARTNER, end_of_agreement
from gateway.services.partner_status import PartnerStatus
from gateway.trust.confirmation import Verdict
from gateway.trust.errors import RecordError
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.pages.moves import see_other
from gateway.web.pages.staff.acting import acting, done, draw_office, office, shown

bp = Blueprint("staff_partners", __name__)

_READERS = (Who.OPERATOR, Who.APPROVER, Who.AUDITOR)
_OFFICERS = (Who.OPERATOR, Who.APPROVER)


@bp.get("/staff/partners")
@open_to(*_READERS)
def show_all() -> Response:
    """Show how it stands with every member city."""
    statuses = _statuses()
    members = [each for each in gateway().agreement.members if each != gateway().city]
    return draw_office("staff/partners.html", members=members, statuses=statuses)


@bp.get("/staff/partners/<slug>")
@open_to(*_READERS)
def show(slug: str) -> Response:
    """Show one city, and what can be done about it."""
    member = _member(slug)
    return draw_office(
        "staff/partner.html",
        member=member,
        partner=_statuses().get(member.entity_id),
        own_half=office().own_half,
        open_scenarios=office().scenarios,
        asked=None,
    )


@bp.post("/staff/partners/<slug>/add")
@open_to(Who.OPERATOR)
def add(slug: str) -> Response:
    """Fetch what the city publishes, and make it a candidate."""
    member, who = _member(slug), acting()
    return done(_page(member), lambda: office().federation.add(member.entity_id, who.at, who.by))


@bp.post("/staff/partners/<slug>/compare")
@open_to(*_OFFICERS)
def compare(slug: str) -> Response:
    """Ask for three groups of the partner's half; then compare what was heard."""
    member = _member(slug)
    return shown(_page(member), lambda: _compared(member))


@bp.post("/staff/partners/<slug>/accept")
@open_to(Who.OPERATOR)
def accept(slug: str) -> Response:
    """Propose to recognise a confirmed partner's codes."""
    member, eyes = _member(slug), office().four_eyes

    def propose() -> None:
        facts: Mapping[str, str | int] = {
            "scenarios": " ".join(sorted(request.form.getlist("scenario"))),
            "until": end_of_agreement(_last_day(request.form.get("until", ""))),
        }
        eyes.propose(ACCEPT_PARTNER, member.entity_id, facts, acting())

    return done("/staff/proposals", propose)


@bp.post("/staff/partners/<slug>/suspend")
@open_to(*_OFFICERS)
def suspend(slug: str) -> Response:
    """Stop recognising its codes at once: one officer will do, since it protects."""
    member, who = _member(slug), acting()

    def stop() -> None:
        office().federation.suspend(member.entity_id, who.by, _reason(), who.at)
        office().announce()

    return done(_page(member), stop)


@bp.post("/staff/partners/<slug>/resume")
@open_to(Who.OPERATOR)
def resume(slug: str) -> Response:
    """Propose to recognise its codes again."""
    member, eyes = _member(slug), office().four_eyes
    facts = {"reason": _reason()}
    return done(
        "/staff/proposals", lambda: eyes.propose(RESUME_PARTNER, member.entity_id, facts, acting())
    )


def _compared(member: Member) -> Response:
    who, federation = acting(), office().federation
    heard = [request.form.get(f"group{place}", "").strip() for place in range(3)]
    if any(heard):
        verdict = federation.confirm(member.entity_id, who.by, heard, who.at).verdict
        if verdict in {Verdict.FIRST, Verdict.CONFIRMED}:
            return see_other(_page(member))
    asked = federation.challenge(member.entity_id, who.by, who.at)
    return draw_office(
        "staff/partner.html",
        member=member,
        partner=_statuses().get(member.entity_id),
        own_half=office().own_half,
        open_scenarios=office().scenarios,
        asked=asked.groups,
        wrong=any(heard),
    )


def _statuses() -> Mapping[EntityId, PartnerStatus]:
    found = office().federation.status(gateway().clock.now())
    return {status.leaf: status for status in found}


def _member(slug: str) -> Member:
    members = (each for each in gateway().agreement.members if each.slug == slug)
    found = next((each for each in members if each != gateway().city), None)
    if found is None:
        raise NotFoundError("there is no such member city")
    return found


def _page(member: Member) -> str:
    return f"/staff/partners/{member.slug}"


def _reason() -> str:
    return request.form.get("reason", "").strip()


def _last_day(day: str) -> date:
    """Return a day that is spelled ``YYYY-MM-DD``."""
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=CHINA).date()
    except ValueError as error:
        raise RecordError("a day is YYYY-MM-DD") from error
