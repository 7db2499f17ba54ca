"""Void a grant: the till chose wrong, or the guest left without using it (撤销).

A record keeps the minute in which its code was recognised and nothing finer, so the time is
counted from the end of that minute: at least 15 minutes after the answer, at most 16. Whether a
grant was voided is kept, when it was is not. The code stays burned; a quota ticket is given back in
the same transaction, once (ADR 0091).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from gateway.errors import RefusedError
from gateway.ids import MerchantId, ReceiptId, ScenarioId, Timestamp, UnverifiedText, VenueId
from gateway.policy.scenarios import all_within
from gateway.services.errors import ForbiddenError
from gateway.services.ports import Merchant, VerificationRecord
from gateway.services.showing import RECEIPT_PATTERN
from gateway.services.tags import SealError, Tags, unseal

VOIDABLE_S: Final = 15 * 60
_MINUTE_S: Final = 60
HELD_S: Final = VOIDABLE_S + 2 * _MINUTE_S
"""How long a ticket is held beside its receipt, from the minute of the grant."""
_NOBODYS: Final = ReceiptId("")
"""Stands for every text that cannot be a receipt number."""


class VoidTooLateError(ForbiddenError):
    """The grant was made more than 15 minutes ago; it stands."""

    code = "void_too_late"


class UnknownReceiptError(RefusedError):
    """This till has no such receipt: another's, nobody's or none; which one is not told."""

    code = "receipt_unknown"


class Voided(Enum):
    """What became of one wish to void."""

    DONE = "done"
    """It is voided now; perhaps it was before."""
    TOO_LATE = "too_late"
    """It is this till's, and too old."""
    UNKNOWN = "unknown"
    """This till has none of this number, or it is pruned."""


class GrantLog(Protocol):
    """The records of what was granted; ``VerificationLog`` writes them."""

    def find(self, receipt: ReceiptId) -> VerificationRecord | None:
        """Return the record behind a receipt number, if it is not yet pruned."""
        ...

    def held_ticket(self, receipt: ReceiptId) -> bytes | None:
        """Return the sealed ticket behind a receipt, while it is held."""
        ...

    def void(
        self,
        receipt: ReceiptId,
        merchant: MerchantId,
        venue: VenueId | None,
        after: Timestamp,
        ticket: bytes | None = None,
    ) -> Voided:
        """Mark a record as voided: durable before ``DONE`` is returned.

        Of any number of calls the one that marks it also forgets that the ticket was spent.

        Args:
            receipt: Of the record.
            merchant: Whose it must be.
            venue: Where it must have been granted; None is anywhere, or nowhere in particular.
            after: Its ``at_minute`` must be later.
            ticket: Tag of the ticket that it spent; None if none is held.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidGrant:
    """The use case."""

    log: GrantLog
    tags: Tags

    def void(
        self,
        receipt: UnverifiedText,
        merchant: Merchant,
        venue: VenueId | None,
        now: Timestamp,
        scenarios: frozenset[ScenarioId] | None = None,
    ) -> None:
        """Void the grant behind ``receipt``; doing so again within the time changes nothing.

        Args:
            receipt: As the till sent it.
            merchant: Whose till asks.
            venue: The only venue that it may speak for; None is every one of the merchant.
            now: One reading of the clock.
            scenarios: The only ones of which it may void; None is all, those that the merchant
                has no more included.

        Raises:
            UnknownReceiptError: this till has none of this number.
            VoidTooLateError: 15 to 16 minutes are over.
            UnavailableError: the database is gone; asking again tells.
        """
        # A text of another form asks the database as well, so that it takes as long.
        number = ReceiptId(receipt) if RECEIPT_PATTERN.fullmatch(receipt) else _NOBODYS
        record = self.log.find(number)
        if record is not None and not _among(record, scenarios):
            number = _NOBODYS
        after = Timestamp(now - VOIDABLE_S - _MINUTE_S)
        match self.log.void(number, merchant.id, venue, after, self._ticket(number)):
            case Voided.DONE:
                return
            case Voided.TOO_LATE:
                raise VoidTooLateError("only within 15 minutes")
            case Voided.UNKNOWN:
                raise UnknownReceiptError("this till has no such receipt")

    def _ticket(self, receipt: ReceiptId) -> bytes | None:
        held = self.log.held_ticket(receipt)
        if held is None:
            return None
        try:
            return unseal(self.tags.held_key(receipt), held)
        except SealError:
            # A row that was edited by hand: then nothing is given back.
            return None


def _among(record: VerificationRecord, scenarios: frozenset[ScenarioId] | None) -> bool:
    return scenarios is None or all_within([record.scenario], scenarios)
