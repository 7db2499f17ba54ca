"""What may become of own keys: rotation, revocation, retirement; each a pure step.

A step takes the set, and gives the set afterwards or refuses by name. ``fresh`` is the public
half of a key that was just made; whoever stores the set keeps the private half. No step leaves a
gap: somebody signs before and after it.
"""

from collections.abc import Iterable
from dataclasses import replace

from gateway.ids import KeyId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.trust.errors import (
    AnchorKeyError,
    KeyGoneError,
    KeyTooYoungError,
    SuccessorUnnamedError,
    UnknownKeyError,
)
from gateway.trust.history import HOLD_DOWN_S
from gateway.trust.key_set import (
    AFTER_LAST_CODE_S,
    ANCHOR_ROLES,
    CODE_ROLES,
    PUBLISHED_AHEAD_S,
    GoneKey,
    KeyKind,
    KeyRole,
    KeySet,
    OldKey,
    OwnKey,
    Why,
    began,
    new_key,
)


def published(keys: KeySet, kids: Iterable[KeyId], now: Timestamp) -> KeySet:
    """Return the set after a leaf configuration that names ``kids`` was stored."""
    named = frozenset(kids)
    told: dict[KeyRole, OwnKey] = {
        role: replace(key, published_at=now)
        for role, key in keys.keys.items()
        if role in CODE_ROLES and key.published_at is None and key.public.kid in named
    }
    return replace(keys, keys={**keys.keys, **told}) if told else keys


def ready_at(keys: KeySet) -> Timestamp | None:
    """Return from when on the next code key may take over; None while it is not published."""
    published_at = keys.keys[KeyRole.CODES_NEXT].published_at
    return None if published_at is None else Timestamp(published_at + PUBLISHED_AHEAD_S)


def held_down_until(keys: KeySet, now: Timestamp) -> Timestamp | None:
    """Return until when partners refuse codes by the active code key; None if they do not.

    They hold down each code key that they have known for less than 24 h, but for the first ones
    of a city, and for those that a K2 brought which the anchor has just named (docs/keys.md):
    of that nothing is known here.
    """
    active = keys.keys[KeyRole.CODES]
    kinds = {old.kind for old in keys.old} | {gone.kind for gone in keys.gone}
    published_at = now if active.published_at is None else active.published_at
    until = Timestamp(published_at + HOLD_DOWN_S)
    return until if KeyKind.CODES in kinds and now < until else None


def rotate_codes(
    keys: KeySet, fresh: PublicKey, now: Timestamp, *, longest_code_s: int, emergency: bool = False
) -> KeySet:
    """Let the next code key sign; the old one verifies until its last code has ended.

    Args:
        keys: Before.
        fresh: The new next key.
        now: The moment of change.
        longest_code_s: Longest life of this city's codes.
        emergency: Do not ask how long the next has been published; partners that have known
            it for less than 24 h refuse its codes until then.

    Raises:
        KeyTooYoungError: the next key has not been published for 48 h.
        TooManyKeysError: too many keys still verify.
    """
    ready = ready_at(keys)
    if not emergency and (ready is None or now < ready):
        raise KeyTooYoungError(ready)
    old = keys.keys[KeyRole.CODES]
    ends = [now + longest_code_s + AFTER_LAST_CODE_S]
    ends += [] if old.expires_at is None else [old.expires_at]
    kept = OldKey(kind=KeyKind.CODES, key=old, until=Timestamp(min(ends)))
    return _succeeded(keys, KeyKind.CODES, fresh, now, (*keys.old, kept))


def rotate_federation(
    keys: KeySet, fresh: PublicKey, now: Timestamp, *, named: frozenset[KeyId]
) -> KeySet:
    """Let K2next sign; the old K2 is announced until the anchor names the successor alone.

    Args:
        keys: Before.
        fresh: The new K2next.
        now: The moment of change.
        named: Ids of the K2s that anchor and leaf both name now.

    Raises:
        SuccessorUnnamedError: partners would not believe K2next.
    """
    _check_successor(keys, named)
    kept = OldKey(kind=KeyKind.FEDERATION, key=keys.keys[KeyRole.FEDERATION], until=None)
    return _succeeded(keys, KeyKind.FEDERATION, fresh, now, (*keys.old, kept))


def revoke(
    keys: KeySet, kid: KeyId, fresh: PublicKey, now: Timestamp, *, named: frozenset[KeyId]
) -> KeySet:
    """End one working key for ever, at once; its successor signs, and has a new successor.

    A federation key that signed own rows leaves when these are signed anew (``leave``), but no
    partner is told of it any more.

    Args:
        keys: Before.
        kid: Of the key.
        fresh: The new next key, where one is needed.
        now: The moment of change.
        named: Ids of the K2s that anchor and leaf both name now.

    Raises:
        KeyGoneError, UnknownKeyError: there is no such key, or not any more.
        AnchorKeyError: an anchor key ends where it is kept.
        SuccessorUnnamedError: without this K2 partners would believe nobody here.
    """
    match keys.role_of(kid):
        case None:
            return _revoke_old(keys, kid, now)
        case KeyRole.ANCHOR | KeyRole.ANCHOR_STANDBY:
            raise AnchorKeyError("an anchor key ends by `anchor sign --rotate`, where it is kept")
        case KeyRole.CODES_NEXT | KeyRole.FEDERATION_NEXT as role:
            return _with_gone(
                replace(keys, keys={**keys.keys, role: new_key(role, fresh, now)}),
                kid,
                role.kind,
                now,
                Why.REVOKED,
            )
        case KeyRole.CODES:
            after = _succeeded(keys, KeyKind.CODES, fresh, now, keys.old)
            return _with_gone(after, kid, KeyKind.CODES, now, Why.REVOKED)
        case _:
            # K2 signed own rows: it counts here until they are signed anew.
            _check_successor(keys, named)
            old = keys.keys[KeyRole.FEDERATION]
            kept = OldKey(kind=KeyKind.FEDERATION, key=old, until=None, leaving=Why.REVOKED)
            return _succeeded(keys, KeyKind.FEDERATION, fresh, now, (*keys.old, kept))


def due(keys: KeySet, now: Timestamp) -> tuple[OldKey, ...]:
    """Return the code keys whose last code, and a day, is over."""
    return tuple(old for old in keys.old if old.until is not None and now >= old.until)


def retire(keys: KeySet, kid: KeyId, now: Timestamp) -> KeySet:
    """Drop one code key that is due; a key that is not, or gone already, changes nothing."""
    old = next((each for each in due(keys, now) if each.key.public.kid == kid), None)
    return keys if old is None else _without_old(keys, old, now, Why.RETIRED)


def renewed(keys: KeySet, named: frozenset[KeyId]) -> KeySet:
    """Announce no old K2 any more that the anchor's new statement leaves out."""
    old = tuple(
        replace(each, leaving=Why.RETIRED)
        if _stays_announced(each) and each.key.public.kid not in named
        else each
        for each in keys.old
    )
    return replace(keys, old=old)


def leave(keys: KeySet, now: Timestamp) -> KeySet:
    """Drop the old K2s that are announced no more; own rows are signed with K2 by now."""
    for old in keys.old_of(KeyKind.FEDERATION):
        if old.leaving is not None:
            keys = _without_old(keys, old, now, old.leaving)
    return keys


def rotate_anchor(keys: KeySet, fresh: PublicKey, now: Timestamp) -> KeySet:
    """Let K1s take over from K1, and ``fresh`` stand by; for the offline machine."""
    standby = keys.keys[KeyRole.ANCHOR_STANDBY].public
    return anchors_replaced(keys, standby, fresh, now)


def anchors_replaced(keys: KeySet, active: PublicKey, standby: PublicKey, now: Timestamp) -> KeySet:
    """Take over the anchor keys that the anchor itself announces.

    Args:
        keys: Before.
        active: Who signed; one of the present anchor keys.
        standby: The other one.
        now: The moment of change.

    Raises:
        AnchorKeyError: the signer is no anchor key of this city.
        KeyRoleError: one key in two roles, or a removed key is back.
    """
    before = {role: keys.keys[role] for role in ANCHOR_ROLES}
    known = {key.public.kid: key for key in before.values()}
    if active.kid not in known:
        raise AnchorKeyError("the signer is no anchor key of this city")
    after = {
        role: known.get(public.kid) or OwnKey(public=public, created=now)
        for role, public in zip(ANCHOR_ROLES, (active, standby), strict=True)
    }
    vanished = known.keys() - {key.public.kid for key in after.values()}
    gone = tuple(
        GoneKey(kid=kid, kind=KeyKind.ANCHOR, at=now, why=Why.REPLACED) for kid in sorted(vanished)
    )
    return replace(keys, keys={**after, **_others(keys, KeyKind.ANCHOR)}, gone=keys.gone + gone)


def _succeeded(
    keys: KeySet, kind: KeyKind, fresh: PublicKey, now: Timestamp, old: tuple[OldKey, ...]
) -> KeySet:
    """Return the set with the next key of a kind in the active one's place."""
    active, following = KeyRole(kind.value), KeyRole(f"{kind.value}-next")
    moved = {
        active: began(keys.keys[following], now),
        following: new_key(following, fresh, now),
    }
    return replace(keys, keys={**keys.keys, **moved}, old=old)


def _others(keys: KeySet, kind: KeyKind) -> dict[KeyRole, OwnKey]:
    return {role: key for role, key in keys.keys.items() if role.kind is not kind}


def _check_successor(keys: KeySet, named: frozenset[KeyId]) -> None:
    if keys.keys[KeyRole.FEDERATION_NEXT].public.kid not in named:
        raise SuccessorUnnamedError(
            "the anchor has not named K2next yet: request, sign, import (docs/keys.md)"
        )


def _stays_announced(old: OldKey) -> bool:
    return old.kind is KeyKind.FEDERATION and old.leaving is None


def _revoke_old(keys: KeySet, kid: KeyId, now: Timestamp) -> KeySet:
    if kid in keys.gone_kids():
        raise KeyGoneError("this key is gone already, for ever")
    old = next((each for each in keys.old if each.key.public.kid == kid), None)
    if old is None:
        raise UnknownKeyError("this city has no such key; keys list shows them")
    if old.kind is KeyKind.CODES:
        return _without_old(keys, old, now, Why.REVOKED)
    left = replace(old, leaving=Why.REVOKED)
    return replace(keys, old=tuple(left if each is old else each for each in keys.old))


def _without_old(keys: KeySet, old: OldKey, now: Timestamp, why: Why) -> KeySet:
    kept = replace(keys, old=tuple(each for each in keys.old if each is not old))
    return _with_gone(kept, old.key.public.kid, old.kind, now, why)


def _with_gone(keys: KeySet, kid: KeyId, kind: KeyKind, now: Timestamp, why: Why) -> KeySet:
    return replace(keys, gone=(*keys.gone, GoneKey(kid=kid, kind=kind, at=now, why=why)))
