"""First contact: what an unknown city says about itself, before anybody compared anything."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import GatewayError, TrustError
from gateway.ids import EntityId, Timestamp
from gateway.trust import entity
from gateway.trust.cycle import Result, take
from gateway.trust.errors import AnchorKeysError
from gateway.trust.record import ANCHOR_KEYS, Pins
from gateway.trust.statements import AnchorConfiguration, read
from gateway.trust.trusted_city import Role, TrustedCity


class CandidateError(TrustError):
    """The statements of a city do not fit together; nothing was stored.

    Attributes:
        role: The statement that was refused.
        refusal: Why, by the code of the refusal.
    """

    code = "trust_candidate"

    def __init__(self, role: Role, refusal: str) -> None:
        super().__init__(f"the {role} statement is refused: {refusal}")
        self.role, self.refusal = role, refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A city whose statements fit together; that they are its own is for officers to ask.

    Attributes:
        pins: What will be pinned if the safety number agrees.
        city: Its statements, for display. Thrown away: acceptance begins anew.
    """

    pins: Pins
    city: TrustedCity


def read_candidate(leaf: EntityId, tokens: Mapping[Role, str], now: Timestamp) -> Candidate:
    """Return the candidate at ``leaf``, whose anchor is believed as it stands.

    The division code is the announced one; None where the city does not issue.

    Raises:
        CandidateError: one of the three statements is refused under the others.
        AnchorKeysError: the anchor has not two keys.
    """
    anchor = entity.anchor_of(leaf)
    try:
        offered = AnchorConfiguration.parse(read(tokens[Role.ANCHOR]).payload, anchor)
    except GatewayError as error:
        raise CandidateError(Role.ANCHOR, error.code) from error
    if len(offered.keys) != ANCHOR_KEYS:
        raise AnchorKeysError("an anchor to pin has K1 and K1s")
    unpinned = Pins(anchor=anchor, leaf=leaf, division=None, anchor_keys=offered.keys)
    city = TrustedCity.first(unpinned)
    for role in Role:
        update = take(city, role, tokens[role], accepted={}, now=now)
        if update.result is not Result.ACCEPTED:
            raise CandidateError(role, update.refusal or update.result.value)
        city = update.city
    issuer = city.leaf.statement.issuer if city.leaf else None
    pins = Pins(
        anchor=anchor,
        leaf=leaf,
        division=issuer.division_code if issuer else None,
        anchor_keys=offered.keys,
    )
    return Candidate(pins=pins, city=city)
