"""Issue an offline pack: general codes for the half hours of the next day, kept on a phone.

The slots begin at the same seconds for everybody, so that a code's life tells nothing of when its
pack was asked for. One day row, durable first, counts all codes of a pack; which of them are ever
shown, nobody learns.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from gateway.clock import china_day
from gateway.codes.claims import CreditClaims
from gateway.ids import CodeId, Tier, Timestamp
from gateway.jose import base64url
from gateway.services.issue import IssueCode, NoIncentive

SLOT_S: Final = 1800
"""Length of a slot; slots begin at whole multiples of it, counted from 1970."""
PACK_SLOTS: Final = 48
"""Slots of a pack: the one in which it is asked for, and those of the next 24 hours."""
PER_SLOT: Final = 2
"""Codes of a slot: one, and another one if the first was used."""
OVERLAP_S: Final = 60
"""A code ends so long after its slot: who shows it in its last second is served."""
PACK_CODE_LIFE_S: Final = SLOT_S + OVERLAP_S

_CODE_ID_BYTES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The codes of one pack.

    Attributes:
        start: First second of its first slot.
        texts: Wire texts, ``PER_SLOT`` a slot, in the order of the slots.
    """

    start: Timestamp
    texts: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePack:
    """The use case, on top of that of live codes."""

    issue: IssueCode

    def pack(self, subject: str, now: Timestamp) -> Pack | NoIncentive:
        """Return a pack for the 24 hours from the slot of ``now`` on, or that there is none.

        Raises:
            GatewayError: as ``IssueCode.general``; also ``IssuingStoppedError`` where the code
                key ends before the pack does: live codes are given then, and no pack.
        """
        first = Timestamp(now - now % SLOT_S)
        # (1) May this city sign at all, with a key that outlives the last of the codes?
        start = self.issue.begin(now, life_s=pack_end(now) - now)
        # (2) What does the city say of this person today?
        standing = self.issue.standing(subject, now)
        if standing is None:
            return NoIncentive()
        # (3) Count all of them, durably, before a signature leaves.
        self.issue.log.count_issue(
            self.issue.tags.subject_pseudonym(subject),
            china_day(now),
            "pack",
            standing,
            PACK_SLOTS * PER_SLOT,
        )
        # (4) Sign.
        slots = (Timestamp(first + number * SLOT_S) for number in range(PACK_SLOTS))
        codes = (self._claims(standing.tier, at) for at in slots for _ in range(PER_SLOT))
        return Pack(start=first, texts=start.key.signer.sign_all(codes))

    def _claims(self, tier: Tier, at: Timestamp) -> CreditClaims:
        return CreditClaims(
            issuer=self.issue.city,
            issued_at=at,
            expires_at=Timestamp(at + PACK_CODE_LIFE_S),
            code_id=CodeId(base64url.encode(secrets.token_bytes(_CODE_ID_BYTES))),
            tier=tier,
        )


def pack_end(now: Timestamp) -> Timestamp:
    """Return the first moment at which every code of a pack that is given at ``now`` has ended."""
    return Timestamp(now - now % SLOT_S + PACK_SLOTS * SLOT_S + OVERLAP_S)
