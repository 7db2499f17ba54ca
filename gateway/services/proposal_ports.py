"""A proposal, and what four eyes need around it: the acts that can be proposed, and their rows."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol

from gateway.errors import RefusedError
from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.ledger.entries import Note
from gateway.services.audit import Acting

LIFE_S: Final = 72 * 3600
"""A proposal outlives a weekend, and is forgotten by the people who could remember why."""

UNDER_WAY_S: Final = 60
"""An act that has said nothing for so long was interrupted: a first sync takes some seconds."""

MAX_OPEN: Final = 200


class ProposalState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    APPROVED = "approved"
    """It was approved, and is being done."""
    UNFINISHED = "unfinished"
    """It was approved, and nobody knows whether it was done: follows from time, is not stored."""
    DONE = "done"
    """It was approved, and has happened."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Its time was over before anybody approved it, or finished it: follows from time."""
    FAILED = "failed"
    """It was approved, but the act itself was refused; what refused it is in the ledger."""


WAITING: Final = frozenset({ProposalState.OPEN, ProposalState.UNFINISHED})
"""Somebody can do something about these."""


class UnknownProposalError(RefusedError):
    """There is no proposal of this id."""

    code = "proposal_unknown"


class ProposalClosedError(RefusedError):
    """The proposal was decided or has expired."""

    code = "proposal_closed"


class OwnProposalError(RefusedError):
    """Nobody approves what they proposed themselves."""

    code = "proposal_own"


class ProposalRefusedError(RefusedError):
    """Nothing of this kind can be proposed now; the message says why."""

    code = "proposal_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An act that waits for another person, or waited.

    Attributes:
        id: 8 hexadecimal digits, for people to tell each other.
        act: Name of a registered act, such as ``partner.accept``.
        target: What it is about.
        facts: What exactly is to happen.
        expires_at: First moment at which it cannot be approved.
    """

    id: str
    act: str
    target: str
    facts: Mapping[str, str | int] = field(default_factory=dict[str, "str | int"])
    proposed_by: str
    proposed_at: Timestamp
    expires_at: Timestamp
    state: ProposalState = ProposalState.OPEN
    decided_by: str | None = None
    decided_at: Timestamp | None = None
    seal: bytes = field(default=b"", repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 over what is to happen, hexadecimal: what was seen is what is approved."""
        members = {"act": self.act, "target": self.target, "facts": dict(self.facts)}
        return hashlib.sha256(strict_json.encode(members)).hexdigest()

    def seal_by(self, key: bytes) -> bytes:
        """Return the HMAC over what was proposed, by whom and when, but not what became of it."""
        members = {
            "id": self.id,
            "digest": self.digest,
            "by": self.proposed_by,
            "at": self.proposed_at,
            "expires_at": self.expires_at,
        }
        return hmac.digest(key, strict_json.encode(members), "sha256")

    def at(self, now: Timestamp) -> "Proposal":
        """Return it as it stands at a moment: it may have expired, or been left unfinished."""
        state = self.state
        if state is ProposalState.OPEN and now >= self.expires_at:
            state = ProposalState.EXPIRED
        if state is ProposalState.APPROVED and self.decided_at is not None:
            age_s = now - self.decided_at
            if age_s >= LIFE_S:
                state = ProposalState.EXPIRED
            elif age_s >= UNDER_WAY_S:
                state = ProposalState.UNFINISHED
        return replace(self, state=state)


class Act(Protocol):
    """Something that needs two people."""

    def check(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> None:
        """Return if it could be done now.

        Raises:
            RefusedError: it could not; nothing is proposed.
        """
        ...

    def is_done(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> bool:
        """Return whether it has happened already, asked before it is done once more."""
        ...

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Do it.

        Raises:
            GatewayError: it cannot be done any more.
        """
        ...


class ProposalRows(Protocol):
    """Keeps proposals."""

    def add(self, proposal: Proposal, note: Note) -> None:
        """Store one; durable on return.

        Raises:
            ConflictError: the same act on the same target waits already, or too many do.
        """
        ...

    def get(self, proposal_id: str) -> Proposal | None:
        """Return one."""
        ...

    def waiting(self, now: Timestamp) -> tuple[Proposal, ...]:
        """Return what is open and has not expired, and what was approved and has not ended."""
        ...

    def newest(self, count: int) -> tuple[Proposal, ...]:
        """Return the newest, newest first."""
        ...

    def decide(self, proposal_id: str, state: ProposalState, by: str, note: Note) -> bool:
        """Store a decision on an open proposal that has not expired at ``note.at``.

        Of any number of calls for one proposal exactly one returns True.
        """
        ...

    def take_up(self, proposal_id: str, by: str, note: Note) -> bool:
        """Store that ``by`` finishes an approved proposal that ``note.at`` finds unfinished.

        Of any number of calls within ``UNDER_WAY_S`` exactly one returns True.
        """
        ...

    def finish(self, proposal_id: str, state: ProposalState, note: Note) -> None:
        """Store that the act of an approved proposal is done, or was refused.

        What is done stays so: two may have been at it, and the other's came too late.
        """
        ...
