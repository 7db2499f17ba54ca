"""The states of a partner, and who may change them (docs/federation.md).

Six are decided by people and stored in the record; ``EXPIRED`` follows from time, and
``SUSPENDED`` also from a partner's own kill switch: see ``trusted_city`` and ``partners``.
"""

from enum import StrEnum

from gateway.trust.errors import TransitionError


class PartnerState(StrEnum):
    """What a partner is to this city. Only ``ACTIVE`` verifies."""

    CANDIDATE = "candidate"
    """Fetched, not compared: nothing is believed."""
    CONFIRMED = "confirmed"
    """Two officers compared the safety number."""
    ACTIVE = "active"
    """Accepted: its codes are verified."""
    SUSPENDED = "suspended"
    """Stopped for now, by an officer here or by the partner itself."""
    EXPIRED = "expired"
    """Its statements, or the agreement, ran out; never stored, and returns by itself."""
    DISPUTED = "disputed"
    """Two things of this partner contradict each other; people are looking."""
    LEFT = "left"
    """No longer a member; the end of a record."""


_NEXT: dict[PartnerState, frozenset[PartnerState]] = {
    PartnerState.CANDIDATE: frozenset({PartnerState.CONFIRMED, PartnerState.LEFT}),
    PartnerState.CONFIRMED: frozenset({PartnerState.ACTIVE, PartnerState.LEFT}),
    PartnerState.ACTIVE: frozenset(
        {PartnerState.SUSPENDED, PartnerState.DISPUTED, PartnerState.LEFT}
    ),
    PartnerState.SUSPENDED: frozenset(
        {PartnerState.ACTIVE, PartnerState.DISPUTED, PartnerState.LEFT}
    ),
    PartnerState.DISPUTED: frozenset(
        {PartnerState.ACTIVE, PartnerState.SUSPENDED, PartnerState.LEFT}
    ),
    PartnerState.EXPIRED: frozenset(),
    PartnerState.LEFT: frozenset(),
}

MEMBER_STATES = frozenset(
    {PartnerState.ACTIVE, PartnerState.SUSPENDED, PartnerState.DISPUTED, PartnerState.LEFT}
)
"""Stored states of a partner that was accepted once: its codes are known as a city's."""

FOLLOWED_STATES = MEMBER_STATES - {PartnerState.LEFT}
"""Stored states in which a partner's statements are still fetched."""


STOPPED_STATES = frozenset({PartnerState.SUSPENDED, PartnerState.DISPUTED})
"""Stored states in which somebody here stopped a partner that was accepted."""


def check_transition(present: PartnerState, wanted: PartnerState) -> None:
    """Raise ``TransitionError`` unless a record may go from ``present`` to ``wanted``."""
    if wanted not in _NEXT[present]:
        raise TransitionError(present, wanted)
