"""A trusted city as JSON and back: what a worker remembers between two cycles.

Every signature is checked again on the way back, so that what is used was never only
believed of the database.
"""

from collections.abc import Callable, Iterable

from gateway.ids import KeyId, Timestamp
from gateway.jose import jws
from gateway.jose.keys import PublicKey
from gateway.jose.members import Members
from gateway.trust import wording
from gateway.trust.errors import RecordError, UnknownSignerError
from gateway.trust.history import MAX_KEYS_EVER, KeyHistory, KnownKey
from gateway.trust.record import Pins
from gateway.trust.statements import (
    MAX_STATEMENT_CHARS,
    AnchorConfiguration,
    LeafConfiguration,
    SubordinateStatement,
    fingerprint,
    read,
)
from gateway.trust.trusted_city import Held, Role, StatementT, TrustedCity

_SETS = (
    "anchor",
    "federation",
    "named",
    "newly_named",
    "dead_federation",
    "dead_code",
    "suspended_anchor",
)


def memory_json(city: TrustedCity) -> dict[str, object]:
    """Return all of ``city`` but its pins."""
    held = {Role.ANCHOR: city.anchor, Role.SUBORDINATE: city.subordinate, Role.LEAF: city.leaf}
    history = city.history
    return {
        "statements": {role.value: each.token for role, each in held.items() if each},
        "keys": {name: sorted(_set_of(history, name)) for name in _SETS},
        "named_at": history.named_at,
        "code_keys": [
            {"kid": kid, "known_at": key.known_at, "usable_from": key.usable_from}
            for kid, key in history.code.items()
        ],
        "issuing_ended": int(history.issuing_ended),
    }


def parse_memory(members: Members, pins: Pins) -> TrustedCity:
    """Return the city that ``memory_json`` was made of.

    Raises:
        TrustError, JoseError: a member of another form, a signature that does not fit, or
            a code key without its history.
    """
    statements = members.inner("statements")
    anchor = _held(
        statements,
        Role.ANCHOR,
        lambda payload: AnchorConfiguration.parse(payload, pins.anchor),
        lambda _: pins.anchor_keys,
    )
    subordinate = _held(
        statements,
        Role.SUBORDINATE,
        lambda payload: SubordinateStatement.parse(payload, pins.leaf),
        lambda _: pins.anchor_keys,
    )
    leaf = _held(
        statements,
        Role.LEAF,
        lambda payload: LeafConfiguration.parse(payload, pins.leaf),
        # Whether the signer is live is asked of the whole city, each time it is used.
        lambda statement: statement.keys,
    )
    history = _parse_history(members)
    announced = {key.public.kid for key in leaf.statement.code_keys} if leaf else set[KeyId]()
    if not announced <= set(history.code):
        raise RecordError("a stored code key that nobody remembers seeing")
    return TrustedCity(
        pins=pins, anchor=anchor, subordinate=subordinate, leaf=leaf, history=history
    )


def _held(
    statements: Members,
    role: Role,
    parse: Callable[[bytes], StatementT],
    signers: Callable[[StatementT], Iterable[PublicKey]],
) -> Held[StatementT] | None:
    if not statements.has(role):
        return None
    token = statements.text(role, max_chars=MAX_STATEMENT_CHARS)
    parts = read(token)
    statement = parse(parts.payload)
    signer = next((key for key in signers(statement) if key.kid == parts.kid), None)
    if signer is None:
        raise UnknownSignerError("a stored statement by a key that may not sign it")
    jws.verify(parts, signer)
    return Held(token=token, kid=parts.kid, fingerprint=fingerprint(parts), statement=statement)


def _parse_history(members: Members) -> KeyHistory:
    keys = members.inner("keys")
    sets = {name: _parse_set(keys, name) for name in _SETS}
    known = (
        Members({"key": item}, "memory").inner("key")
        for item in members.array("code_keys", max_items=MAX_KEYS_EVER)
    )
    return KeyHistory(
        **sets,
        named_at=Timestamp(members.integer("named_at")),
        code={
            KeyId(key.text("kid", wording.KID)): KnownKey(
                known_at=Timestamp(key.integer("known_at")),
                usable_from=Timestamp(key.integer("usable_from")),
            )
            for key in known
        },
        issuing_ended=bool(members.integer("issuing_ended", maximum=1)),
    )


def _parse_set(keys: Members, name: str) -> frozenset[KeyId]:
    kids = keys.texts(name, wording.KID, max_items=MAX_KEYS_EVER)
    return frozenset(KeyId(kid) for kid in kids)


def _set_of(history: KeyHistory, name: str) -> frozenset[KeyId]:
    value: frozenset[KeyId] = getattr(history, name)
    return value
