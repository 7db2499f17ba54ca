"""One statement after another into the trusted set, each at once (TUF, 5.3 to 5.6).

``take`` is the only way in: hand it the anchor configuration, the subordinate statement and
the leaf configuration in that order, under one ``now``. If one is missing or refused, go on
with the next: it is checked under the stored one, while that counts. No refusal is raised,
each is a typed result with its alarms.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from gateway.errors import GatewayError
from gateway.ids import KeyId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.keys import PublicKey
from gateway.jose.members import Members
from gateway.trust.alarms import AlarmCode, TrustAlarm
from gateway.trust.errors import (
    ChainIncompleteError,
    DeadSignerError,
    DivisionChangedError,
    EquivocationError,
    IssuerDroppedError,
    RollbackError,
    SuspendedSignerError,
    UnknownSignerError,
)
from gateway.trust.history import HOLD_DOWN_S, KeyHistory
from gateway.trust.statements import (
    MAX_STATEMENT_CHARS,
    AnchorConfiguration,
    LeafConfiguration,
    Life,
    SubordinateStatement,
    fingerprint,
    read,
)
from gateway.trust.trusted_city import Held, Role, StatementT, TrustedCity


class Accepted(Protocol):
    """Statements accepted in the last 90 days: fingerprint to (role, ``iat``); a mapping is one."""

    def __contains__(self, fingerprint: object, /) -> bool: ...
    def __getitem__(self, fingerprint: str, /) -> tuple[str, Timestamp]: ...


class Result(Enum):
    """What became of an offered statement."""

    ACCEPTED = "accepted"
    """It is the trusted one now, and to be stored before the next is offered."""
    UNCHANGED = "unchanged"
    """It is the trusted one already."""
    NOT_NEWER = "not_newer"
    """It was the trusted one once; a slow mirror, no alarm."""
    REFUSED = "refused"
    """It is not believed; the trusted one stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What an offered statement led to.

    Attributes:
        city: The trusted set afterwards; the same as before unless accepted.
        refusal: The code of the error, if refused.
        alarms: What an officer must look at.
    """

    role: Role
    result: Result
    city: TrustedCity
    refusal: str | None = None
    alarms: tuple[TrustAlarm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    token: str
    parts: jws.UnverifiedJws
    fingerprint: str


def take(
    city: TrustedCity, role: Role, token: str, *, accepted: Accepted, now: Timestamp
) -> Update:
    """Return what becomes of ``city`` when ``token`` is offered as its statement of a role."""
    try:
        # (1) Is it one, by its size and form?
        parts = read(token)
        offer = _Offer(token=token, parts=parts, fingerprint=fingerprint(parts))
        # (2) Have we had it before? Then there is nothing to check, nor to alarm.
        seen = _seen(city, role, offer, accepted)
        if seen is not None:
            return Update(role=role, result=seen, city=city)
        # (3) May it be believed, and is it newer than what is?
        return _TAKE[role](city, offer, now)
    except ChainIncompleteError as error:
        # Whatever broke the statement above has its own alarm.
        return Update(role=role, result=Result.REFUSED, city=city, refusal=error.code)
    except GatewayError as error:
        alarm = TrustAlarm(code=error.code)
        return Update(
            role=role, result=Result.REFUSED, city=city, refusal=error.code, alarms=(alarm,)
        )


def _seen(city: TrustedCity, role: Role, offer: _Offer, accepted: Accepted) -> Result | None:
    if offer.fingerprint == city.fingerprint(role):
        return Result.UNCHANGED
    trusted = city.life(role)
    if trusted is None or offer.fingerprint not in accepted:
        return None
    # The statement's own word, not the database's: a hash planted there hides nothing newer.
    # One that is newer was noted, but lost before it was stored; of the same moment, none was.
    issued_at = _said_issued_at(offer.parts)
    known = accepted[offer.fingerprint] == (role.value, issued_at)
    return Result.NOT_NEWER if known and issued_at < trusted.issued_at else None


def _said_issued_at(parts: jws.UnverifiedJws) -> int:
    payload = strict_json.parse(parts.payload, max_bytes=MAX_STATEMENT_CHARS)
    return Members(payload, "statement").integer("iat")


def _take_anchor(city: TrustedCity, offer: _Offer, now: Timestamp) -> Update:
    payload = _verified(offer, city.pins.anchor_keys, suspended=city.history.suspended_anchor)
    statement = AnchorConfiguration.parse(payload, city.pins.anchor)
    kids = _kids(statement.keys)
    if offer.parts.kid not in kids:
        raise UnknownSignerError("an anchor signs with a key that it announces")
    _check_time(city.anchor, statement.life, now)
    vanished = city.pins.anchor_kids - kids - city.history.suspended_anchor
    history = replace(
        city.history.with_anchor(kids),
        suspended_anchor=city.history.suspended_anchor | vanished,
    )
    return Update(
        role=Role.ANCHOR,
        result=Result.ACCEPTED,
        city=replace(city, anchor=_held(offer, statement), history=history),
        alarms=_alarms(AlarmCode.ANCHOR_KEY_VANISHED, vanished)
        + _alarms(AlarmCode.ANCHOR_KEY_ANNOUNCED, kids - city.pins.anchor_kids),
    )


def _take_subordinate(city: TrustedCity, offer: _Offer, now: Timestamp) -> Update:
    if not city.counts(Role.ANCHOR, now):
        raise ChainIncompleteError("no anchor configuration that counts")
    payload = _verified(offer, city.pins.anchor_keys, suspended=city.history.suspended_anchor)
    statement = SubordinateStatement.parse(payload, city.pins.leaf)
    _check_time(city.subordinate, statement.life, now)
    kids = _kids(statement.keys)
    before, history = city.history, city.history.with_federation(kids)
    # At first contact all is new; the first leaf configuration is exempt anyway.
    newly_named = kids - before.named if city.subordinate else frozenset[KeyId]()
    after = replace(
        city,
        subordinate=_held(offer, statement),
        history=replace(history, named=before.named | kids, newly_named=newly_named, named_at=now),
    )
    return Update(
        role=Role.SUBORDINATE,
        result=Result.ACCEPTED,
        city=_bury_federation(city, after),
        alarms=_alarms(AlarmCode.DEAD_KEY_RETURNED, kids & before.dead_federation),
    )


def _take_leaf(city: TrustedCity, offer: _Offer, now: Timestamp) -> Update:
    if city.subordinate is None or not city.counts(Role.SUBORDINATE, now):
        raise ChainIncompleteError("no subordinate statement that counts")
    if offer.parts.kid in city.history.dead_federation:
        raise DeadSignerError("signed by a federation key that was removed")
    statement = LeafConfiguration.parse(
        _verified(offer, city.subordinate.statement.keys), city.pins.leaf
    )
    if offer.parts.kid not in statement.key_ids:
        raise UnknownSignerError("a leaf signs with a key that it announces")
    _check_time(city.leaf, statement.life, now)
    _check_division(city, statement)
    history = _learn_keys(city, statement, offer.parts.kid, now)
    after = _bury_federation(city, replace(city, leaf=_held(offer, statement), history=history))
    return Update(
        role=Role.LEAF,
        result=Result.ACCEPTED,
        city=_bury_code(city, after),
        alarms=_leaf_alarms(city, statement),
    )


_TAKE = {Role.ANCHOR: _take_anchor, Role.SUBORDINATE: _take_subordinate, Role.LEAF: _take_leaf}


def _verified(
    offer: _Offer, keys: tuple[PublicKey, ...], *, suspended: frozenset[KeyId] = frozenset()
) -> bytes:
    signer = next((key for key in keys if key.kid == offer.parts.kid), None)
    if signer is None:
        raise UnknownSignerError("signed by a key that may not sign it")
    if signer.kid in suspended:
        raise SuspendedSignerError("signed by an anchor key that vanished before")
    return jws.verify(offer.parts, signer)


def _check_time(
    held: Held[AnchorConfiguration] | Held[SubordinateStatement] | Held[LeafConfiguration] | None,
    life: Life,
    now: Timestamp,
) -> None:
    """Raise unless a statement lives now and is newer than the trusted one."""
    life.check(now)
    if held is None:
        return
    trusted = held.statement.life.issued_at
    if life.issued_at < trusted:
        raise RollbackError(trusted, life.issued_at)
    if life.issued_at == trusted:
        raise EquivocationError("another statement of the same moment")


def _check_division(city: TrustedCity, statement: LeafConfiguration) -> None:
    """Raise unless the leaf is the city of the record; a verify-only record names none."""
    agreed = city.pins.division
    if agreed is None:
        return
    if statement.issuer is None:
        raise IssuerDroppedError("credit_code_issuer is gone")
    if statement.issuer.division_code != agreed:
        raise DivisionChangedError("another division code than agreed")


def _learn_keys(
    city: TrustedCity, statement: LeafConfiguration, signer: KeyId, now: Timestamp
) -> KeyHistory:
    """Return the history with the keys of a leaf; new code keys are held down, unless exempt."""
    history = city.history
    exempt = city.leaf is None or history.exempts(signer, now)
    code = frozenset(key.public.kid for key in statement.code_keys)
    ended = history.issuing_ended or (statement.issuer is not None and not code)
    history = replace(
        history, newly_named=history.newly_named - {signer}, issuing_ended=ended
    ).with_federation(statement.key_ids)
    return history.with_code(code, now, 0 if exempt else HOLD_DOWN_S)


def _bury_federation(before: TrustedCity, after: TrustedCity) -> TrustedCity:
    """Live and vanished is dead for ever."""
    vanished = before.live_federation() - after.live_federation()
    dead = after.history.dead_federation | vanished
    return replace(after, history=replace(after.history, dead_federation=dead))


def _bury_code(before: TrustedCity, after: TrustedCity) -> TrustedCity:
    vanished = before.live_code() - after.live_code()
    dead = after.history.dead_code | vanished
    return replace(after, history=replace(after.history, dead_code=dead))


def _leaf_alarms(city: TrustedCity, statement: LeafConfiguration) -> tuple[TrustAlarm, ...]:
    history = city.history
    code = frozenset(key.public.kid for key in statement.code_keys)
    returned = (statement.key_ids & history.dead_federation) | (code & history.dead_code)
    alarms = _alarms(AlarmCode.DEAD_KEY_RETURNED, returned)
    if history.issuing_ended:
        alarms += _alarms(AlarmCode.KEY_AFTER_END, code - history.dead_code)
    elif statement.issuer is not None and not code:
        alarms += (TrustAlarm(code=AlarmCode.ISSUING_ENDED),)
    if statement.issuer is not None and city.pins.division is None:
        alarms += (TrustAlarm(code=AlarmCode.ISSUER_NOT_AGREED),)
    return alarms


def _kids(keys: tuple[PublicKey, ...]) -> frozenset[KeyId]:
    return frozenset(key.kid for key in keys)


def _alarms(code: AlarmCode, kids: frozenset[KeyId]) -> tuple[TrustAlarm, ...]:
    return tuple(TrustAlarm(code=code, kid=kid) for kid in sorted(kids))


def _held(offer: _Offer, statement: StatementT) -> Held[StatementT]:
    return Held(
        token=offer.token,
        kid=offer.parts.kid,
        fingerprint=offer.fingerprint,
        statement=statement,
    )
