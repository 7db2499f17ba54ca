"""What the office keeps on file of a merchant: which business it is, and what it promised.

A file changes nothing by itself: a commitment (告知承诺) that is overdue, or a code that does not
fit, is shown wherever the merchant is, and an officer decides. None of it is on any page or answer
for merchants or citizens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from gateway.ids import MerchantId
from gateway.ledger.entries import Note
from gateway.services.ports import Merchant


class Commitment(StrEnum):
    """How a merchant's commitment stands."""

    NONE = "none"
    """It was never asked for one."""
    PENDING = "pending"
    OVERDUE = "overdue"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantFile:
    """The file of one merchant; an empty one stands for none.

    Attributes:
        uscc: Its 统一社会信用代码, in capital letters.
        uscc_reason: Why a code whose check character does not fit was taken.
        commitment_due: Last day on which the stamped commitment is in time.
        commitment_returned: Day on which it came back.
    """

    uscc: str | None = None
    uscc_reason: str | None = None
    commitment_due: date | None = None
    commitment_returned: date | None = None

    def commitment(self, today: date) -> Commitment:
        """Return how the commitment stands; the due day counts whole."""
        if self.commitment_returned is not None:
            return Commitment.RETURNED
        if self.commitment_due is None:
            return Commitment.NONE
        return Commitment.OVERDUE if today > self.commitment_due else Commitment.PENDING


class MerchantFileRows(Protocol):
    """Keeps the files."""

    def add_all(self, added: Sequence[tuple[Merchant, MerchantFile, Note]]) -> None:
        """Store merchants with their files, and the entry of each: all of them or none.

        Raises:
            ConflictError: A merchant of such an id exists, or a venue id comes twice.
        """
        ...

    def get(self, merchant: MerchantId) -> MerchantFile:
        """Return a file; an empty one where there is none."""
        ...

    def list_all(self) -> Mapping[MerchantId, MerchantFile]:
        """Return every file that there is."""
        ...

    def set_uscc(
        self, merchant: MerchantId, code: str | None, reason: str | None, note: Note
    ) -> bool:
        """Store the code; return whether there is such a merchant that was not removed."""
        ...

    def set_commitment(
        self, merchant: MerchantId, due: date | None, returned: date | None, note: Note
    ) -> bool:
        """Store both days; return whether there is such a merchant that was not removed."""
        ...


def shared_codes(files: Mapping[MerchantId, MerchantFile]) -> frozenset[str]:
    """Return the codes that more than one merchant has: branches of a chain, or a mistake."""
    seen, shared = set[str](), set[str]()
    for each in files.values():
        if each.uscc is not None:
            (shared if each.uscc in seen else seen).add(each.uscc)
    return frozenset(shared)
