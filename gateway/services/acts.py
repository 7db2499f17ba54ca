"""The acts that need two people: each says whether it could be done, and does it.

The four-eyes mechanism itself is in ``proposals`` and knows none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from gateway.clock import CHINA
from gateway.errors import RefusedError
from gateway.ids import EntityId, ScenarioId, Timestamp
from gateway.policy.agreement import Agreement
from gateway.policy.scenarios import Phase
from gateway.services.audit import Acting
from gateway.services.federate import Federation
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_desk import PartnerDesk, check_stopped
from gateway.services.proposal_ports import Proposal
from gateway.services.staff import ManageStaff, roles_of
from gateway.trust import entity, wording
from gateway.trust.errors import RecordError, TransitionError
from gateway.trust.states import PartnerState

ACCEPT_PARTNER: Final = "partner.accept"
RESUME_PARTNER: Final = "partner.resume"
STAFF_ROLES: Final = "staff.roles"

Facts = Mapping[str, str | int]


class ScenarioNotAgreedError(RefusedError):
    """A scenario is not in the agreement, or never leaves a city."""

    code = "scenario_not_shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptPartner:
    """Recognise a confirmed partner's codes; target is its leaf.

    Facts: ``scenarios``, ids separated by blanks; ``until``, the first moment of no agreement.

    Attributes:
        announce: Publishes anew whom this city accepts; what goes wrong there undoes nothing.
    """

    federation: Federation
    book: PartnerBook
    agreement: Agreement
    announce: Callable[[], object]

    def check(self, target: str, facts: Facts, now: Timestamp) -> None:
        """Return if two officers have compared its keys, and the scenarios are shared."""
        scenarios, until = _agreed(facts)
        self._check_shared(scenarios)
        record = self.book.find(entity.anchor_of(EntityId(target)), now)[1].record
        if record.state is not PartnerState.CONFIRMED:
            raise TransitionError(record.state, PartnerState.ACTIVE)
        record.accepted(scenarios, until, now)

    def is_done(self, target: str, facts: Facts, now: Timestamp) -> bool:
        """Return whether exactly this is in force."""
        record = self.book.find(entity.anchor_of(EntityId(target)), now)[1].record
        agreed = (record.scenarios, record.until) == _agreed(facts)
        return record.state is PartnerState.ACTIVE and agreed

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Sync for the first time, and verify from then on."""
        scenarios, until = _agreed(proposal.facts)
        self.federation.accept(
            proposal.target, scenarios, until, acting.at, officer_name(acting.by)
        )
        self.announce()

    def _check_shared(self, scenarios: frozenset[ScenarioId]) -> None:
        shared = sorted(
            each.id
            for each in self.agreement.scenarios.values()
            if each.phase is not Phase.LOCAL_ONLY
        )
        for scenario in scenarios:
            agreed = self.agreement.agreed(scenario)
            if agreed is None or agreed.phase is Phase.LOCAL_ONLY:
                raise ScenarioNotAgreedError(
                    f"a scenario is not one of the agreement; allowed: {', '.join(shared)}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePartner:
    """Recognise a stopped partner's codes again; target is its leaf.

    Facts: ``reason``, and ``done``, when it was stopped: another stop is not what was read.
    """

    book: PartnerBook
    announce: Callable[[], object]

    def check(self, target: str, facts: Facts, now: Timestamp) -> None:
        """Return if it was stopped here."""
        record = self.book.find(entity.anchor_of(EntityId(target)), now)[1].record
        check_stopped(record, _stopped_at(facts))
        reason = str(facts.get("reason", ""))
        if not wording.is_plain(reason) or len(reason) > wording.MAX_REASON_CHARS:
            raise RecordError("a reason in plain text is kept")

    def is_done(self, target: str, facts: Facts, now: Timestamp) -> bool:
        """Return whether it is recognised."""
        del facts
        record = self.book.find(entity.anchor_of(EntityId(target)), now)[1].record
        return record.state is PartnerState.ACTIVE

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Resume it."""
        desk = PartnerDesk(book=self.book)
        reason, stopped_at = str(proposal.facts.get("reason", "")), _stopped_at(proposal.facts)
        officer = officer_name(acting.by)
        desk.resume(proposal.target, officer, reason, acting.at, stopped_at=stopped_at)
        self.announce()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStaffRoles:
    """Give an account other roles; target is its id, the fact is ``roles``; none closes it."""

    staff: ManageStaff

    def check(self, target: str, facts: Facts, now: Timestamp) -> None:
        """Return if there is such an account, and such roles."""
        del now
        roles_of(str(facts.get("roles", "")))
        self.staff.find_open(target)

    def is_done(self, target: str, facts: Facts, now: Timestamp) -> bool:
        """Return whether the account has these roles."""
        del now
        account = self.staff.rows.get(target)
        return account is not None and account.roles == roles_of(str(facts["roles"]))

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Change them."""
        self.staff.set_roles(proposal.target, roles_of(str(proposal.facts["roles"])), acting)


def resume_facts(
    book: PartnerBook, leaf: EntityId, reason: str, now: Timestamp
) -> Mapping[str, str | int]:
    """Return what a second person reads about resuming a partner.

    Raises:
        UnknownPartnerError, NotStoppedError: there is nothing to resume.
    """
    record = book.find(entity.anchor_of(leaf), now)[1].record
    check_stopped(record)
    return {"reason": reason, "stopped_by": record.decided_by, "done": record.decided_at}


def _stopped_at(facts: Facts) -> Timestamp:
    return Timestamp(int(facts.get("done", -1)))


def officer_name(actor: str) -> str:
    """Return what the partner's record keeps of whoever acts."""
    return actor.removeprefix("officer:")


def end_of_agreement(last_day: date) -> Timestamp:
    """Return the first moment after a day in China.

    Raises:
        RecordError: the calendar has no later day.
    """
    try:
        after = last_day + timedelta(days=1)
    except OverflowError as error:
        raise RecordError("an agreement ends before the calendar does") from error
    return Timestamp(int(datetime.combine(after, time(), CHINA).timestamp()))


def _agreed(facts: Facts) -> tuple[frozenset[ScenarioId], Timestamp]:
    scenarios, until = facts.get("scenarios"), facts.get("until")
    if not isinstance(scenarios, str) or not isinstance(until, int):
        raise RecordError("scenarios and an end are agreed")
    return frozenset(map(ScenarioId, scenarios.split())), Timestamp(until)
