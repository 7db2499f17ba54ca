"""Four eyes: one person proposes an act, another one approves it, and only then it happens.

Who acts is told by account, so a second session, browser or spelling of a name is no second
person. What can be proposed is registered as an ``Act``; the mechanism knows none of them.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.errors import (
    GatewayError,
    SettingsError,
    UnavailableError,
    VaultError,
)
from gateway.ids import Timestamp
from gateway.services.audit import Acting
from gateway.services.proposal_ports import (
    LIFE_S,
    MAX_OPEN,
    WAITING,
    Act,
    OwnProposalError,
    Proposal,
    ProposalClosedError,
    ProposalRefusedError,
    ProposalRows,
    ProposalState,
    UnknownProposalError,
)
from gateway.services.trust_ports import ConflictError
from gateway.trust.officers import is_same_person

_ID_BYTES: Final = 4
_ID: Final = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FourEyes:
    """Proposes and decides.

    Attributes:
        acts: What can be proposed, by name.
        seal_key: 32 bytes, outside the database.
    """

    rows: ProposalRows
    acts: Mapping[str, Act]
    seal_key: bytes = field(repr=False)

    def propose(
        self,
        act: str,
        target: str,
        facts: Mapping[str, str | int],
        acting: Acting,
        *,
        life_s: int = LIFE_S,
    ) -> Proposal:
        """Store and return a proposal that can be approved for ``life_s``.

        Raises:
            ProposalRefusedError: nothing is known of such an act, or the same waits already.
            RefusedError: by the act itself, by class.
        """
        known = self.acts.get(act)
        if known is None:
            raise ProposalRefusedError("there is no such act")
        known.check(target, facts, acting.at)
        proposal = Proposal(
            id=secrets.token_hex(_ID_BYTES),
            act=act,
            target=target,
            facts=facts,
            proposed_by=acting.by,
            proposed_at=acting.at,
            expires_at=Timestamp(acting.at + life_s),
        )
        proposal = replace(proposal, seal=proposal.seal_by(self.seal_key))
        note = acting.note(
            "proposal.made", proposal.id, about=act, of=target, digest=proposal.digest
        )
        try:
            self.rows.add(proposal, note)
        except ConflictError as error:
            raise ProposalRefusedError("the same is proposed already; decide first") from error
        return proposal

    def approve(self, proposal_id: str, acting: Acting, seen: str) -> Proposal:
        """Approve a proposal and perform its act; return the proposal.

        One that was approved, but left unfinished by a process or database that died, is
        performed by whoever approves it again.

        Args:
            proposal_id: Which one.
            acting: The second person.
            seen: ``digest`` of the proposal that this person read.

        Raises:
            UnknownProposalError, ProposalClosedError: there is nothing to approve.
            ProposalRefusedError: it is not the one that was made here, or that was read.
            OwnProposalError: the same person proposed it.
            UnavailableError: it stays approved, and can be approved again in a minute.
            GatewayError: by the act; the proposal has then failed.
        """
        # (1) Is it there, and does it wait for somebody?
        proposal = self._waiting(proposal_id, acting.at)
        # (2) Is it as it was made here? A hand in the database may name another proposer.
        if not secrets.compare_digest(proposal.seal, proposal.seal_by(self.seal_key)):
            raise ProposalRefusedError("it is not the proposal that was made")
        # (3) Is it another person?
        if is_same_person(proposal.proposed_by, acting.by):
            raise OwnProposalError("another person approves")
        # (4) Is it what this person read?
        if not secrets.compare_digest(proposal.digest.encode(), seen.encode()):
            raise ProposalRefusedError("it is not the proposal that was read")
        # (5) Is this decision the first? Or the first to finish what another one left?
        if proposal.state is ProposalState.OPEN:
            self._decide(proposal, ProposalState.APPROVED, acting)
        else:
            self._take_up(proposal, acting)
        # (6) Only now it happens.
        return self._performed(proposal, acting)

    def reject(self, proposal_id: str, acting: Acting) -> Proposal:
        """Close a proposal without its act; whoever made it may do so as well.

        Raises:
            UnknownProposalError, ProposalClosedError: there is nothing to reject.
        """
        proposal = self._waiting(proposal_id, acting.at)
        if proposal.state is not ProposalState.OPEN:
            raise ProposalClosedError("it was approved; it can be finished, not taken back")
        self._decide(proposal, ProposalState.REJECTED, acting)
        return replace(proposal, state=ProposalState.REJECTED, decided_by=acting.by)

    def find(self, proposal_id: str) -> Proposal:
        """Return a proposal, whatever became of it.

        Raises:
            UnknownProposalError: there is none.
        """
        found = self.rows.get(proposal_id) if _ID.fullmatch(proposal_id) else None
        if found is None:
            raise UnknownProposalError("there is no such proposal")
        return found

    def open(self, now: Timestamp) -> tuple[Proposal, ...]:
        """Return what waits for a person: open or left unfinished, newest first."""
        found = (each.at(now) for each in self.rows.waiting(now))
        return tuple(each for each in found if each.state is not ProposalState.APPROVED)

    def newest(self, now: Timestamp, count: int = MAX_OPEN) -> tuple[Proposal, ...]:
        """Return the newest proposals as they stand, newest first."""
        return tuple(each.at(now) for each in self.rows.newest(count))

    def _waiting(self, proposal_id: str, now: Timestamp) -> Proposal:
        found = self.find(proposal_id).at(now)
        if found.state not in WAITING or found.act not in self.acts:
            raise ProposalClosedError("it was decided, or its time is over")
        return found

    def _performed(self, proposal: Proposal, acting: Acting) -> Proposal:
        act, again = self.acts[proposal.act], proposal.state is ProposalState.UNFINISHED
        try:
            # What was done before its process died is not done twice.
            if not (again and act.is_done(proposal.target, proposal.facts, acting.at)):
                act.perform(proposal, acting)
        except (UnavailableError, SettingsError, VaultError):
            # This machine could not; that says nothing of the act, which stays unfinished.
            raise
        except GatewayError as error:
            note = acting.note("proposal.failed", proposal.id, refusal=error.code)
            self.rows.finish(proposal.id, ProposalState.FAILED, note)
            raise
        note = acting.note("proposal.done", proposal.id, about=proposal.act, of=proposal.target)
        self.rows.finish(proposal.id, ProposalState.DONE, note)
        return replace(proposal, state=ProposalState.DONE, decided_by=acting.by)

    def _take_up(self, proposal: Proposal, acting: Acting) -> None:
        note = acting.note("proposal.taken_up", proposal.id, about=proposal.act, of=proposal.target)
        if not self.rows.take_up(proposal.id, acting.by, note):
            raise ProposalClosedError("somebody else is at it, or its time is over")

    def _decide(self, proposal: Proposal, state: ProposalState, acting: Acting) -> None:
        note = acting.note(
            f"proposal.{state}",
            proposal.id,
            about=proposal.act,
            of=proposal.target,
            digest=proposal.digest,
        )
        if not self.rows.decide(proposal.id, state, acting.by, note):
            raise ProposalClosedError("it was decided, or its time is over")
