"""All keys that a city ever announced, and what became of them.

Removal is permanent, so this only ever grows: a key that is dead here stays dead whatever
the city publishes later (docs/federation.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.ids import KeyId, Timestamp
from gateway.trust.errors import KeyRoleError, TooManyKeysError

MAX_KEYS_EVER = 1024
"""Most keys remembered for one city (ours): rotation needs a handful a year, and a city that
announces keys without end must not fill our memory."""

HOLD_DOWN_S = 24 * 3600

EXEMPTION_S = 3600
"""How long a newly named K2 may bring code keys without hold-down (ours): after an emergency both
statements come in one cycle or two, while K2next may lie in its vault for a year."""

_NONE: frozenset[KeyId] = frozenset()
_NEVER = Timestamp(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A code key, since it is known here.

    Attributes:
        known_at: When it was first seen in an accepted statement.
        usable_from: End of its hold-down; ``known_at`` where it is exempt.
    """

    known_at: Timestamp
    usable_from: Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHistory:
    """Keys of one city by role, past and present.

    Attributes:
        anchor: Every K1 ever announced or pinned.
        federation: Every K2 ever announced, by the anchor or by the leaf.
        code: Every K3 ever announced.
        named: K2s that any subordinate statement ever named.
        newly_named: K2s that the present subordinate statement is the first to name, and
            that signed no leaf configuration yet: the first one they sign brings its code
            keys without hold-down, if it comes in time.
        named_at: When the present subordinate statement was accepted.
        dead_federation: K2s that were live and vanished.
        dead_code: K3s that were live and vanished.
        suspended_anchor: Pinned K1s that vanished from the anchor configuration.
        issuing_ended: An empty set of code keys was published.
    """

    anchor: frozenset[KeyId] = _NONE
    federation: frozenset[KeyId] = _NONE
    code: Mapping[KeyId, KnownKey] = field(default_factory=dict[KeyId, KnownKey])
    named: frozenset[KeyId] = _NONE
    newly_named: frozenset[KeyId] = _NONE
    named_at: Timestamp = _NEVER
    dead_federation: frozenset[KeyId] = _NONE
    dead_code: frozenset[KeyId] = _NONE
    suspended_anchor: frozenset[KeyId] = _NONE
    issuing_ended: bool = False

    def exempts(self, signer: KeyId, now: Timestamp) -> bool:
        """Return whether the code keys of a leaf by ``signer``, accepted now, are not held down.

        A clock that was set back behind ``named_at`` exempts nobody.
        """
        return signer in self.newly_named and 0 <= now - self.named_at < EXEMPTION_S

    def with_anchor(self, kids: frozenset[KeyId]) -> "KeyHistory":
        """Return the history with ``kids`` announced as anchor keys.

        Raises:
            KeyRoleError: one of them has, or had, another role.
            TooManyKeysError: more keys than are remembered.
        """
        _check_roles(kids, self.federation, frozenset(self.code))
        return _bounded(replace(self, anchor=self.anchor | kids))

    def with_federation(self, kids: frozenset[KeyId]) -> "KeyHistory":
        """Return the history with ``kids`` announced as federation keys.

        Raises:
            KeyRoleError, TooManyKeysError: as above.
        """
        _check_roles(kids, self.anchor, frozenset(self.code))
        return _bounded(replace(self, federation=self.federation | kids))

    def with_code(self, kids: frozenset[KeyId], now: Timestamp, hold_s: int) -> "KeyHistory":
        """Return the history with ``kids`` announced as code keys.

        Those that are new become usable ``hold_s`` after ``now``. Without a wait (0) no other of
        them waits on either: whoever exempts a leaf vouches for all of it.

        Raises:
            KeyRoleError, TooManyKeysError: as above.
        """
        _check_roles(kids, self.anchor, self.federation)
        new = KnownKey(known_at=now, usable_from=Timestamp(now + hold_s))
        code = {**dict.fromkeys(sorted(kids), new), **self.code}
        if not hold_s:
            code |= {
                kid: replace(code[kid], usable_from=min(code[kid].usable_from, now)) for kid in kids
            }
        return _bounded(replace(self, code=code))


def _check_roles(kids: frozenset[KeyId], *others: frozenset[KeyId]) -> None:
    if any(kids & other for other in others):
        raise KeyRoleError("a key that has, or had, another role in this city")


def _bounded(history: KeyHistory) -> KeyHistory:
    if len(history.anchor) + len(history.federation) + len(history.code) > MAX_KEYS_EVER:
        raise TooManyKeysError(f"more than {MAX_KEYS_EVER} keys in all")
    return history
