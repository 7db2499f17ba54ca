"""What needs two people about a merchant: to remove it, since there is no way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.ids import MerchantId, Timestamp
from gateway.services.audit import Acting
from gateway.services.merchant_notices import typed_complaints
from gateway.services.merchants import EnrolMerchants, UnknownMerchantIdError
from gateway.services.ports import Merchant
from gateway.services.proposal_ports import Proposal

REMOVE_MERCHANT: Final = "merchant.remove"

Facts = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMerchant:
    """End a merchant for good; target is its id, facts are ``reason`` and ``complaints``."""

    desk: EnrolMerchants

    def check(self, target: str, facts: Facts, now: Timestamp) -> None:
        """Return if it is there, and the notice may say this."""
        del now
        merchant, (reason, complaints) = self._known(target), _said(facts)
        self.desk.check_reason(merchant.id, reason, complaints)

    def is_done(self, target: str, facts: Facts, now: Timestamp) -> bool:
        """Return whether it is removed."""
        del facts, now
        found = self.desk.find(MerchantId(target))
        return found is not None and found.state == "removed"

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Remove it, with a notice to print: its devices show nothing any more."""
        reason, complaints = _said(proposal.facts)
        self.desk.remove(MerchantId(proposal.target), reason, acting, complaints)

    def _known(self, target: str) -> Merchant:
        found = self.desk.find(MerchantId(target))
        if found is None or found.state == "removed":
            raise UnknownMerchantIdError("there is no such merchant, or it was removed")
        return found


def removal_facts(reason: str, complaints: tuple[str, ...]) -> Facts:
    """Return what a second person reads about a removal."""
    return {"reason": reason, **({"complaints": ", ".join(complaints)} if complaints else {})}


def _said(facts: Facts) -> tuple[str, tuple[str, ...]]:
    return str(facts.get("reason", "")), typed_complaints(str(facts.get("complaints", "")))
