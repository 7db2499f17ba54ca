"""What is believed of one city: its three accepted statements and its key history.

``cycle`` changes it, ``memory`` keeps it. Nothing in here is older than what was accepted,
and nothing counts past its end or under a key that lost its say.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from gateway.ids import KeyId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.trust.history import KeyHistory
from gateway.trust.keyring import CodeKey
from gateway.trust.record import Pins
from gateway.trust.statements import (
    AnchorConfiguration,
    LeafConfiguration,
    Life,
    SubordinateStatement,
)

StatementT = TypeVar("StatementT", AnchorConfiguration, SubordinateStatement, LeafConfiguration)

NEVER = Timestamp(0)


class Role(StrEnum):
    """The three statements of a city, in the order in which they are checked."""

    ANCHOR = "anchor"
    SUBORDINATE = "subordinate"
    LEAF = "leaf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Generic[StatementT]):
    """An accepted statement.

    Attributes:
        token: As it came.
        kid: The key that signed it.
        fingerprint: SHA-256 of the signing input, hex.
    """

    token: str = field(repr=False)
    kid: KeyId
    fingerprint: str
    statement: StatementT


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedCity:
    """The trusted set of one city."""

    pins: Pins
    anchor: Held[AnchorConfiguration] | None = None
    subordinate: Held[SubordinateStatement] | None = None
    leaf: Held[LeafConfiguration] | None = None
    history: KeyHistory = field(default_factory=KeyHistory)

    @classmethod
    def first(cls, pins: Pins) -> "TrustedCity":
        """Return what is believed before anything was fetched: the pins."""
        return cls(pins=pins, history=KeyHistory(anchor=pins.anchor_kids))

    def fingerprint(self, role: Role) -> str | None:
        """Return the name of the accepted statement of a role."""
        held = self._held(role)
        return held.fingerprint if held else None

    def life(self, role: Role) -> Life | None:
        """Return the life of the accepted statement of a role."""
        held = self._held(role)
        return held.statement.life if held else None

    def counts(self, role: Role, now: Timestamp) -> bool:
        """Return whether the statement of a role, and those above it, may be used now."""
        roles = tuple(Role)
        needed = roles[: roles.index(role) + 1]
        lives = [self.life(each) for each in needed]
        return all(self._stands(each) for each in needed) and all(
            life is not None and life.holds(now) for life in lives
        )

    def expires_at(self) -> Timestamp:
        """Return the first moment at which the chain no longer counts; 0 if it does not now."""
        lives = [self.life(role) for role in Role]
        if not all(self._stands(role) for role in Role):
            return NEVER
        return min((life.expires_at for life in lives if life), default=NEVER)

    def live_federation(self) -> frozenset[KeyId]:
        """Return the K2s that anchor and leaf both name, without the dead."""
        if self.subordinate is None or self.leaf is None:
            return frozenset()
        named = frozenset(key.kid for key in self.subordinate.statement.keys)
        return (named & self.leaf.statement.key_ids) - self.history.dead_federation

    def federation_keys(self, now: Timestamp) -> tuple[PublicKey, ...]:
        """Return the K2s whose signature on the city's documents counts now.

        None where its chain does not: who the city is comes before what it signed.
        """
        return self.live_federation_keys() if self.counts(Role.LEAF, now) else ()

    def live_federation_keys(self) -> tuple[PublicKey, ...]:
        """Return the keys of ``live_federation``, whether or not the chain counts now."""
        live = self.live_federation()
        named = self.subordinate.statement.keys if self.subordinate else ()
        return tuple(key for key in named if key.kid in live)

    def live_code(self) -> frozenset[KeyId]:
        """Return the ids of the announced K3s, without the dead."""
        if self.leaf is None or self.history.issuing_ended:
            return frozenset()
        announced = frozenset(key.public.kid for key in self.leaf.statement.code_keys)
        return announced - self.history.dead_code

    def code_keys(self) -> tuple[CodeKey, ...]:
        """Return the live code keys, with the end of their hold-down."""
        if self.leaf is None:
            return ()
        live = self.live_code()
        return tuple(
            CodeKey(
                public=key.public,
                not_before=key.not_before,
                expires_at=key.expires_at,
                usable_from=self.history.code[key.public.kid].usable_from,
            )
            for key in self.leaf.statement.code_keys
            if key.public.kid in live
        )

    def issuing_allowed(self) -> bool:
        """Return whether the anchor lets the city issue: the reversible kill switch."""
        return self.subordinate is not None and self.subordinate.statement.allows_issuing

    def _held(
        self, role: Role
    ) -> Held[AnchorConfiguration] | Held[SubordinateStatement] | Held[LeafConfiguration] | None:
        return {
            Role.ANCHOR: self.anchor,
            Role.SUBORDINATE: self.subordinate,
            Role.LEAF: self.leaf,
        }[role]

    def _stands(self, role: Role) -> bool:
        """Return whether there is a statement whose signer still has a say."""
        held = self._held(role)
        if held is None:
            return False
        if role is Role.LEAF:
            return held.kid in self.live_federation()
        return held.kid not in self.history.suspended_anchor
