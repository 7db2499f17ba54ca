"""What a credit code says (docs/protocol/codes.md)."""

from dataclasses import dataclass
from enum import Enum

from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp


class Kind(Enum):
    """What a code is for, told by which claims it has."""

    GENERAL = "general"
    SCENARIO = "scenario"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReference:
    """Where the status of one code is published (IETF Token Status List, 6.1).

    Attributes:
        index: Position in the list, 0 and up; whether it is inside is asked of the list.
        uri: Address of the list, at most 48 characters; never fetched because a code says so.
    """

    index: int
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditClaims:
    """Content of one credit code.

    Attributes:
        issuer: Home city.
        issued_at: Start of life; in a pack code the start of its slot.
        expires_at: First moment at which the code is refused.
        code_id: 96 random bits, the same in every wire text of the code.
        tier: Common tier that the home city vouches for; only in a general code.
        destination: City for which a scenario code was evaluated.
        scenario: Application scenario for which it was evaluated.
        policy_version: Version of the destination's catalogue it was evaluated under.
        ticket: Quota ticket, 128 bits as 22 base64url characters.
        masked_name: Family name and one ``*``; only in a printed code.
        status: Where revocation is published; exactly if the life is over an hour.
    """

    issuer: CityId
    issued_at: Timestamp
    expires_at: Timestamp
    code_id: CodeId
    tier: Tier | None = None
    destination: CityId | None = None
    scenario: ScenarioId | None = None
    policy_version: str | None = None
    ticket: str | None = None
    masked_name: str | None = None
    status: StatusReference | None = None

    @property
    def kind(self) -> Kind:
        """Whether the code is good everywhere or for one scenario in one city."""
        return Kind.SCENARIO if self.tier is None else Kind.GENERAL
