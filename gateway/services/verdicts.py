"""What a merchant is answered, and how an answer is kept for the same request again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal, Self

from gateway.ids import (
    OfferId,
    ReceiptId,
    RequestId,
    ScenarioId,
    Timestamp,
    UnverifiedText,
    VenueId,
)


class Outcome(StrEnum):
    """The five answers; none of them says anything bad about a guest."""

    RECOGNISED = "recognised"
    NO_BENEFIT = "no_benefit"
    PRESENT_AGAIN = "present_again"
    NOT_A_CODE = "not_a_code"
    UNDETERMINED = "undetermined"


class Hint(StrEnum):
    """What the merchant can do about an outcome."""

    UPDATE = "update"
    NOT_A_MEMBER = "not_a_member"
    SCENARIO_CODE = "scenario_code"
    ANOTHER_CODE = "another_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """One showing of a text at a merchant's, as it came in.

    Attributes:
        text: What was scanned, at most 4,096 characters.
        scenario: What the guest wants to use; the caller checked that it is agreed.
        venue: Where, if the merchant has venues.
        request_id: Name of this showing, for repeats.
        scanned_at: When it was scanned, as the till says, if that was without a network and is
            uploaded later; None is now.
    """

    text: UnverifiedText = field(repr=False)
    scenario: ScenarioId
    venue: VenueId | None = None
    request_id: RequestId | None = None
    scanned_at: Timestamp | None = None

    @property
    def checked(self) -> Literal["now", "later"]:
        """When it is checked, as an answer says."""
        return "now" if self.scanned_at is None else "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedOffer:
    """One offer that the guest gets now.

    Attributes:
        value: As the kind means it; a discount is the part paid, ``"0.80"`` for 20 % off.
        cap: Most that the guest saves, in fen.
        zh: Words for the merchant with their limits, Chinese.
        en: The same, English.
    """

    id: OfferId
    version: int
    kind: str
    value: str | int | None
    cap: int | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to one presentation.

    Attributes:
        reason: Stable code of why, for the operator's tally; never shown to a merchant.
        holder: Masked family name of a printed code, to compare with an ID.
        valid_until: End of the code's life; only with ``recognised``.
        trust_age_s: Age of the oldest trust data; only with ``recognised``, ``undetermined``.
    """

    outcome: Outcome
    reason: str
    hint: Hint | None = None
    receipt: ReceiptId | None = None
    offers: tuple[GrantedOffer, ...] = ()
    holder: str | None = None
    checked: Literal["now", "later"] = "now"
    valid_until: Timestamp | None = None
    trust_age_s: int | None = None

    def to_bytes(self) -> bytes:
        """Return the answer for storing, to be read by ``from_bytes``."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Return the answer that ``to_bytes`` wrote; the seal vouches for its form."""
        members: Mapping[str, Any] = json.loads(raw)
        changed: dict[str, Any] = {
            "outcome": Outcome(members["outcome"]),
            "hint": members["hint"] and Hint(members["hint"]),
            "offers": tuple(GrantedOffer(**offer) for offer in members["offers"]),
        }
        return cls(**{**members, **changed})


class Refusal(Exception):  # noqa: N818  an answer on its way out, not an error
    """Ends a verification with an outcome other than ``recognised``."""

    def __init__(self, outcome: Outcome, reason: str, hint: Hint | None = None) -> None:
        super().__init__(reason)
        self.outcome, self.reason, self.hint = outcome, reason, hint
