"""The keys of one's own city and where each stands in its life; ``key_changes`` moves them on.

next, active, and then: a code key verifies until its last code has ended, a federation key until
nothing that it signed is in use any more. What is gone is remembered by id and never comes back,
since it is dead for ever at every partner (docs/keys.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from gateway.ids import KeyId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.trust.errors import KeyRoleError, TooManyKeysError
from gateway.trust.history import MAX_KEYS_EVER

DAY_S: Final = 24 * 3600

PUBLISHED_AHEAD_S: Final = 48 * 3600
"""How long a code key is published before it signs: twice the hold-down at partners."""

AFTER_LAST_CODE_S: Final = DAY_S
"""How long a code key is announced after the end of the last code that it may have signed."""

CODE_KEY_USE_S: Final = 180 * DAY_S
"""How long a code key is meant to sign before the next one takes over."""

CODE_KEY_AFTER_USE_S: Final = 32 * DAY_S
"""How long it then still verifies: the longest code (31 days) and 24 h (docs/federation.md)."""

MAX_ANNOUNCED: Final = 16
"""Most keys of one kind that a statement may hold."""


class KeyRole(StrEnum):
    """The part that an own key plays; the value names its file."""

    ANCHOR = "anchor"
    """K1: signs the anchor configuration and the subordinate statement; belongs offline."""

    ANCHOR_STANDBY = "anchor-standby"
    """K1s: takes over from K1; belongs offline, somewhere else."""

    FEDERATION = "federation"
    """K2: signs the leaf configuration, events, lists, partner records."""

    FEDERATION_NEXT = "federation-next"
    """K2next: takes over from K2."""

    CODES = "codes"
    """K3, active: signs credit codes, nothing else."""

    CODES_NEXT = "codes-next"
    """K3, next: published ahead, takes over from the active one."""

    @property
    def kind(self) -> "KeyKind":
        """Which of the three kinds of keys this is."""
        return KeyKind(self.value.partition("-")[0])


class KeyKind(StrEnum):
    """One key is of one kind, now and for ever."""

    ANCHOR = "anchor"
    FEDERATION = "federation"
    CODES = "codes"


ANCHOR_ROLES: Final = (KeyRole.ANCHOR, KeyRole.ANCHOR_STANDBY)
CODE_ROLES: Final = (KeyRole.CODES, KeyRole.CODES_NEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """What is publicly known of one own key.

    Attributes:
        created: When it was made; for a code key also its ``iat`` and ``nbf``.
        published_at: When the first statement that names it was stored; None before. Kept
            for code keys.
        active_since: When it began to sign; None before. Kept for working keys.
        expires_at: First moment at which nothing signed by it counts; None if it has no end.
    """

    public: PublicKey
    created: Timestamp
    published_at: Timestamp | None = None
    active_since: Timestamp | None = None
    expires_at: Timestamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldKey:
    """A key that signs no more, and by which something signed is still in use.

    Attributes:
        until: When it goes; None for a federation key, which waits for the anchor's statement.
        leaving: Set when partners are told of it no more: a federation key goes as soon as own
            rows are signed with the one that took over.
    """

    kind: KeyKind
    key: OwnKey
    until: Timestamp | None
    leaving: "Why | None" = None


class Why(StrEnum):
    """Why a key is gone."""

    RETIRED = "retired"
    """Its time was over."""
    REVOKED = "revoked"
    """An officer ended it."""
    REPLACED = "replaced"
    """An anchor key, in whose place another one was put."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneKey:
    """A key that is dead for ever; of it only this is kept."""

    kid: KeyId
    kind: KeyKind
    at: Timestamp
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    """All own keys, past and present: the content of the register.

    Attributes:
        keys: By role, the ones that sign or will; an offline machine has only the anchor's.
        old: The ones that only verify, oldest first.
        gone: The dead.
    """

    keys: Mapping[KeyRole, OwnKey]
    old: tuple[OldKey, ...] = ()
    gone: tuple[GoneKey, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what may never be, whoever writes it.

        Raises:
            KeyRoleError: one key has two roles, or a removed key is back.
            TooManyKeysError: more keys than partners remember, or than a statement holds.
        """
        kids = [key.public.kid for key in self.keys.values()]
        kids += [old.key.public.kid for old in self.old]
        if len(set(kids)) != len(kids):
            raise KeyRoleError("one key in two roles")
        if set(kids) & self.gone_kids():
            raise KeyRoleError("a removed key is back")
        if len(kids) + len(self.gone) > MAX_KEYS_EVER:
            raise TooManyKeysError(f"more than {MAX_KEYS_EVER} keys in all")
        if any(len(self.verifying(kind)) > MAX_ANNOUNCED for kind in KeyKind):
            raise TooManyKeysError(f"more than {MAX_ANNOUNCED} keys of one kind at once")

    def gone_kids(self) -> frozenset[KeyId]:
        """Return the ids of the dead."""
        return frozenset(gone.kid for gone in self.gone)

    def remembers(self, kid: KeyId) -> bool:
        """Return whether this is a key of this city, past or present."""
        return kid in self.gone_kids() or any(
            key.kid == kid for kind in KeyKind for key in self.verifying(kind)
        )

    def old_of(self, kind: KeyKind) -> tuple[OldKey, ...]:
        """Return the keys of a kind that only verify."""
        return tuple(old for old in self.old if old.kind is kind)

    def role_of(self, kid: KeyId) -> KeyRole | None:
        """Return the role that a key has now."""
        return next((role for role, key in self.keys.items() if key.public.kid == kid), None)

    def announced(self, kind: KeyKind) -> tuple[OwnKey, ...]:
        """Return the keys of a kind that partners are told of: active, next, then the old."""
        current = tuple(key for role, key in self.keys.items() if role.kind is kind)
        return current + tuple(old.key for old in self.old_of(kind) if old.leaving is None)

    def verifying(self, kind: KeyKind) -> tuple[PublicKey, ...]:
        """Return the keys of a kind whose signatures count here, the active one first."""
        current = tuple(key.public for role, key in self.keys.items() if role.kind is kind)
        return current + tuple(old.key.public for old in self.old_of(kind))


def first_keys(publics: Mapping[KeyRole, PublicKey], now: Timestamp) -> KeySet:
    """Return the keys of a new city, or of a new offline machine."""
    keys = {role: new_key(role, publics[role], now) for role in KeyRole if role in publics}
    for role in (KeyRole.CODES, KeyRole.FEDERATION):
        if role in keys:
            keys[role] = began(keys[role], now)
    return KeySet(keys=keys)


def new_key(role: KeyRole, public: PublicKey, now: Timestamp) -> OwnKey:
    """Return a key that was just made for a role."""
    life_s = CODE_KEY_USE_S + CODE_KEY_AFTER_USE_S
    if role is KeyRole.CODES_NEXT:
        # It begins to sign when the active one has been used, and lives as long from there.
        life_s += CODE_KEY_USE_S
    expires_at = Timestamp(now + life_s) if role in CODE_ROLES else None
    return OwnKey(public=public, created=now, expires_at=expires_at)


def began(key: OwnKey, now: Timestamp) -> OwnKey:
    """Return the key, signing from now on."""
    return replace(key, active_since=now)
