"""``/staff/partners``: other cities, from the first contact to the last.

What concerns single keys of a partner is in ``partner_keys``.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from flask import Blueprint, Response, request

from gateway.clock import CHINA
from gateway.ids import EntityId
from gateway.policy.agreement import Member
from gateway.services.acts import ACCEPT_PARTNER, RESUME_PARTNER, end_of_agreement, resume_facts
from gateway.services.partner_acts import REMOVE_PARTNER
from gateway.services.partner_status import PartnerStatus
from gateway.services.probe import ProbeReport
from gateway.trust import entity
from gateway.trust.confirmation import Verdict
from gateway.trust.decisions import Decision
from gateway.trust.errors import RecordError
from gateway.trust.states import PartnerState
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.pages.moves import see_other
from gateway.web.pages.staff.acting import acting, done, draw_office, office, shown

bp = Blueprint("staff_partners", __name__)

READERS = (Who.OPERATOR, Who.APPROVER, Who.AUDITOR)
OFFICERS = (Who.OPERATOR, Who.APPROVER)


@bp.get("/staff/partners")
@open_to(*READERS)
def show_all() -> Response:
    """Show how it stands with every member city."""
    members = [each for each in gateway().agreement.members if each != gateway().city]
    return draw_office("staff/partners.html", members=members, statuses=_statuses())


@bp.get("/staff/partners/<slug>")
@open_to(*READERS)
def show(slug: str) -> Response:
    """Show one city, and what can be done about it."""
    return draw_partner(member_of(slug))


@bp.post("/staff/partners/<slug>/add")
@open_to(Who.OPERATOR)
def add(slug: str) -> Response:
    """Fetch what the city publishes, and make it a candidate."""
    member, who = member_of(slug), acting()
    return done(page_of(member), lambda: office().federation.add(member.entity_id, who.at, who.by))


@bp.post("/staff/partners/<slug>/compare")
@open_to(*OFFICERS)
def compare(slug: str) -> Response:
    """Ask for three groups of the partner's half; then compare what was heard."""
    member = member_of(slug)
    return shown(page_of(member), lambda: _compared(member))


@bp.post("/staff/partners/<slug>/accept")
@open_to(Who.OPERATOR)
def accept(slug: str) -> Response:
    """Propose to recognise a confirmed partner's codes."""
    member, eyes = member_of(slug), office().four_eyes

    def propose() -> None:
        facts: Mapping[str, str | int] = {
            "scenarios": " ".join(sorted(request.form.getlist("scenario"))),
            "until": end_of_agreement(_last_day(request.form.get("until", ""))),
        }
        eyes.propose(ACCEPT_PARTNER, member.entity_id, facts, acting())

    return done("/staff/proposals", propose)


@bp.post("/staff/partners/<slug>/probe")
@open_to(*OFFICERS)
def probe(slug: str) -> Response:
    """Try whether a code of the city can be verified here; nothing is recorded."""
    member, now = member_of(slug), gateway().clock.now()
    anchor = entity.anchor_of(member.entity_id)
    return shown(
        page_of(member), lambda: draw_partner(member, probed=office().probe.run(anchor, now))
    )


@bp.post("/staff/partners/<slug>/suspend")
@open_to(*OFFICERS)
def suspend(slug: str) -> Response:
    """Stop recognising its codes at once: one officer will do, since it protects."""
    member, who = member_of(slug), acting()
    disputed = request.form.get("state") == PartnerState.DISPUTED
    state = PartnerState.DISPUTED if disputed else PartnerState.SUSPENDED

    def stop() -> None:
        here, anchor = office(), entity.anchor_of(member.entity_id)
        here.protect.stop(anchor, state, Decision(officer=who.by, reason=reason(), at=who.at))
        here.ratifications.ask(who)
        here.announce()

    return done(page_of(member), stop)


@bp.post("/staff/partners/<slug>/resume")
@open_to(Who.OPERATOR)
def resume(slug: str) -> Response:
    """Propose to recognise its codes again."""
    member, who, here = member_of(slug), acting(), office()

    def propose() -> None:
        facts = resume_facts(here.protect.book, member.entity_id, reason(), who.at)
        here.four_eyes.propose(RESUME_PARTNER, member.entity_id, facts, who)

    return done("/staff/proposals", propose)


@bp.post("/staff/partners/<slug>/remove")
@open_to(Who.OPERATOR)
def remove(slug: str) -> Response:
    """Propose to end its membership for ever; its name is typed, since that is final."""
    member = member_of(slug)

    def propose() -> None:
        if request.form.get("typed", "").strip() != member.slug:
            raise RecordError("the name of the city is typed")
        facts = {"reason": reason()}
        office().four_eyes.propose(REMOVE_PARTNER, member.entity_id, facts, acting())

    return done("/staff/proposals", propose)


def draw_partner(
    member: Member,
    *,
    asked: Sequence[int] | None = None,
    wrong: bool = False,
    probed: ProbeReport | None = None,
) -> Response:
    """Return the page of one city.

    Args:
        member: Which.
        asked: Groups of the safety number that are asked for now, counted from 1.
        wrong: Whether the ones that were typed before were wrong.
        probed: What a probe led to just now.
    """
    partner, uses = _statuses().get(member.entity_id), office().protect.uses
    blocked = partner.blocked if partner else ()
    return draw_office(
        "staff/partner.html",
        member=member,
        partner=partner,
        counted={
            key.kid: uses.recognised_with(member.division_code, key.kid, key.since)
            for key in blocked
        },
        own_half=office().own_half,
        open_scenarios=office().scenarios,
        asked=asked,
        wrong=wrong,
        probed=probed,
    )


def member_of(slug: str) -> Member:
    """Return the other member city of this name.

    Raises:
        NotFoundError: there is none.
    """
    members = (each for each in gateway().agreement.members if each.slug == slug)
    found = next((each for each in members if each != gateway().city), None)
    if found is None:
        raise NotFoundError("there is no such member city")
    return found


def page_of(member: Member) -> str:
    """Return where the page of a city is."""
    return f"/staff/partners/{member.slug}"


def reason() -> str:
    """Return the reason that was typed."""
    return request.form.get("reason", "").strip()


def proposed(act: str, target: str) -> Response:
    """Propose an act with the reason that was typed, and go on to the proposals."""
    eyes, facts = office().four_eyes, {"reason": reason()}
    return done("/staff/proposals", lambda: eyes.propose(act, target, facts, acting()))


def heard() -> list[str]:
    """Return the three groups that were typed; all empty if none were asked for yet."""
    return [request.form.get(f"group{place}", "").strip() for place in range(3)]


def _compared(member: Member) -> Response:
    who, federation, groups = acting(), office().federation, heard()
    if any(groups):
        verdict = federation.confirm(member.entity_id, who.by, groups, who.at).verdict
        if verdict in {Verdict.FIRST, Verdict.CONFIRMED}:
            return see_other(page_of(member))
    asked = federation.challenge(member.entity_id, who.by, who.at)
    return draw_partner(member, asked=asked.groups, wrong=any(groups))


def _statuses() -> Mapping[EntityId, PartnerStatus]:
    found = office().federation.status(gateway().clock.now())
    return {status.leaf: status for status in found}


def _last_day(day: str) -> date:
    """Return a day that is spelled ``YYYY-MM-DD``."""
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=CHINA).date()
    except ValueError as error:
        raise RecordError("a day is YYYY-MM-DD") from error
