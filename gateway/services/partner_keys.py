"""The keys of a partner as they stand here, for officers to read and to name."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.ids import KeyId, Timestamp
from gateway.trust.keyring import CodeKey
from gateway.trust.partners import Partner
from gateway.trust.states import PartnerState


class KeyState(StrEnum):
    """What this city makes of a key now."""

    PINNED = "pinned"
    """Anchor key, compared by two officers; what it signs counts."""
    SUSPENDED = "suspended"
    """Pinned anchor key that its city stopped announcing, or that officers took out."""
    ANNOUNCED = "announced"
    """Anchor key that nobody pinned; ignored until two officers have compared it."""
    LIVE = "live"
    """Federation key that the anchor and the leaf both name."""
    IN_USE = "in_use"
    """Code key that verifies codes now."""
    AHEAD = "ahead"
    """Code key whose life, or the end of whose hold-down, is ahead."""
    ENDED = "ended"
    """Code key that is past its end."""
    BLOCKED = "blocked"
    """Code key that an officer here blocked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyShown:
    """One key.

    Attributes:
        role: ``anchor``, ``federation`` or ``code``.
        usable_from: First moment at which it verifies here; None where that has no time.
        expires_at: First moment at which it no longer does; None likewise.
    """

    kid: KeyId
    role: str
    state: KeyState
    usable_from: Timestamp | None = None
    expires_at: Timestamp | None = None


def keys_of(partner: Partner, now: Timestamp) -> tuple[KeyShown, ...]:
    """Return every key of a partner that is announced, pinned or blocked; not the dead.

    Of one that left there are none: nothing is verified with them any more.
    """
    if partner.record.state is PartnerState.LEFT:
        return ()
    return (*_anchors(partner), *_federation(partner), *_codes(partner, now))


def _anchors(partner: Partner) -> Iterable[KeyShown]:
    pinned, suspended = partner.record.pins.anchor_kids, partner.city.history.suspended_anchor
    held = partner.city.anchor
    announced = frozenset(key.kid for key in held.statement.keys) if held else frozenset[KeyId]()
    for kid in sorted(pinned):
        state = KeyState.SUSPENDED if kid in suspended else KeyState.PINNED
        yield KeyShown(kid=kid, role="anchor", state=state)
    for kid in sorted(announced - pinned):
        yield KeyShown(kid=kid, role="anchor", state=KeyState.ANNOUNCED)


def _federation(partner: Partner) -> Iterable[KeyShown]:
    for kid in sorted(partner.city.live_federation()):
        yield KeyShown(kid=kid, role="federation", state=KeyState.LIVE)


def _codes(partner: Partner, now: Timestamp) -> Iterable[KeyShown]:
    blocked, live = partner.record.blocked, partner.city.code_keys()
    for key in sorted(live, key=lambda each: (each.expires_at, each.public.kid)):
        yield KeyShown(
            kid=key.public.kid,
            role="code",
            state=KeyState.BLOCKED if key.public.kid in blocked else _state(key, now),
            usable_from=max(key.not_before, key.usable_from),
            expires_at=key.expires_at,
        )
    for kid in sorted(blocked.keys() - {key.public.kid for key in live}):
        yield KeyShown(kid=kid, role="code", state=KeyState.BLOCKED)


def _state(key: CodeKey, now: Timestamp) -> KeyState:
    if now >= key.expires_at:
        return KeyState.ENDED
    return KeyState.IN_USE if key.usable(now) else KeyState.AHEAD
