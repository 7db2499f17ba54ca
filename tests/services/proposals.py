"""Proposals in memory, and four eyes on top of them."""

from collections.abc import Mapping
from dataclasses import replace

from gateway.ids import Timestamp
from gateway.ledger.entries import Note
from gateway.services.proposal_ports import Act, Proposal, ProposalState
from gateway.services.proposals import FourEyes
from gateway.services.trust_ports import ConflictError


class MemoryProposals:
    """``ProposalRows`` without a database; for one thread.

    Attributes:
        full: Refuse every new one.
    """

    def __init__(self) -> None:
        self.rows: dict[str, Proposal] = {}
        self.notes: list[Note] = []
        self.full = False

    def add(self, proposal: Proposal, note: Note) -> None:
        same = (
            each.target == proposal.target and each.act == proposal.act
            for each in self.waiting(note.at)
        )
        if self.full or any(same):
            raise ConflictError("the same waits already, or too many do")
        self.rows[proposal.id] = proposal
        self.notes.append(note)

    def get(self, proposal_id: str) -> Proposal | None:
        return self.rows.get(proposal_id)

    def waiting(self, now: Timestamp) -> tuple[Proposal, ...]:
        found = (each.at(now) for each in self.rows.values())
        return tuple(each for each in found if each.state is ProposalState.OPEN)

    def newest(self, count: int) -> tuple[Proposal, ...]:
        return tuple(self.rows.values())[-count:]

    def decide(self, proposal_id: str, state: ProposalState, by: str, note: Note) -> bool:
        proposal = self.rows[proposal_id]
        if proposal.at(note.at).state is not ProposalState.OPEN:
            return False
        decided = replace(proposal, state=state, decided_by=by, decided_at=note.at)
        self.rows[proposal_id] = decided
        self.notes.append(note)
        return True

    def take_up(self, proposal_id: str, by: str, note: Note) -> bool:
        raise NotImplementedError

    def finish(self, proposal_id: str, state: ProposalState, note: Note) -> None:
        self.rows[proposal_id] = replace(self.rows[proposal_id], state=state)
        self.notes.append(note)


def eyes(rows: MemoryProposals, acts: Mapping[str, Act]) -> FourEyes:
    return FourEyes(rows=rows, acts=acts, seal_key=bytes(32))
