"""Changes of own keys that need two people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.ids import Timestamp
from gateway.services.audit import Acting
from gateway.services.key_desk import KeyDesk
from gateway.services.proposal_ports import Proposal
from gateway.trust.errors import SuccessorUnnamedError, UnknownKeyError
from gateway.trust.key_set import KeyRole

ROTATE_FEDERATION: Final = "keys.rotate_federation"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateFederation:
    """Let K2next sign; target is the id of K2next."""

    desk: KeyDesk

    def check(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> None:
        """Return if it is K2next, and partners would believe it."""
        del facts, now
        if self.desk.store.keys.keys[KeyRole.FEDERATION_NEXT].public.kid != target:
            raise UnknownKeyError("K2next is another key by now")
        if target not in self.desk.named():
            raise SuccessorUnnamedError(
                "the anchor has not named K2next yet: request, sign, import (docs/keys.md)"
            )

    def is_done(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> bool:
        """Return whether it signs."""
        del facts, now
        return self.desk.store.keys.keys[KeyRole.FEDERATION].public.kid == target

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Rotate, and draw the consequences."""
        self.check(proposal.target, proposal.facts, acting.at)
        self.desk.rotate_federation(acting)
        self.desk.settle(acting.at)
