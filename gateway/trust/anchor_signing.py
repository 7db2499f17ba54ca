"""Signing what a gateway asks for, where K1 is: requests are checked, answers read back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.ids import EntityId, KeyId, Timestamp
from gateway.jose import jws
from gateway.jose.keys import PublicKey, Signer
from gateway.trust import entity
from gateway.trust.anchor_files import ANCHOR_STATEMENTS, AnchorAnswer, AnchorRequest
from gateway.trust.cycle import Result, take
from gateway.trust.errors import AnchorRequestError
from gateway.trust.record import Pins
from gateway.trust.statements import (
    STATEMENT_TYP,
    AnchorConfiguration,
    Life,
    SubordinateStatement,
)
from gateway.trust.statements.life import ANCHOR_LIFE_S, LEEWAY_S
from gateway.trust.trusted_city import Role, TrustedCity

REQUEST_LIFE_S: Final = 31 * 24 * 3600
"""How long a request may wait for its ceremony."""


_NEVER: Final = Timestamp(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What an offline machine remembers of what it signed.

    Attributes:
        leaf: The one leaf that it speaks for.
        issued_at: ``iat`` of the newest statement of each role.
        named: The federation keys that it named last.
        asked_at: When the newest request was made that it signed.
    """

    leaf: EntityId
    issued_at: Mapping[Role, Timestamp]
    named: frozenset[KeyId] = frozenset()
    asked_at: Timestamp = _NEVER


def check_request(
    request: AnchorRequest,
    anchors: tuple[PublicKey, PublicKey],
    memory: Memory | None,
    now: Timestamp,
) -> None:
    """Return if this anchor may sign what is asked for.

    Args:
        request: As read from its file.
        anchors: K1 and K1s, before a rotation.
        memory: None where nothing was signed here yet.
        now: By this machine's clock.

    Raises:
        AnchorRequestError: another city's, too old, older than one that was signed, from the
            future by this clock, without a successor, or with one key in two roles.
    """
    kids = frozenset(key.kid for key in anchors)
    known = not kids.isdisjoint(request.anchor_kids)
    if not known or (memory is not None and memory.leaf != request.leaf):
        raise AnchorRequestError("it is for the anchor of another city")
    if not request.made_at - LEEWAY_S <= now <= request.made_at + REQUEST_LIFE_S:
        raise AnchorRequestError(
            "by this machine's clock it was made in the future, or over 31 days ago: set the clock,"
            " or make a new request"
        )
    if memory is not None and request.made_at < memory.asked_at:
        # It may name a key that was stolen since, or let the city issue again.
        raise AnchorRequestError("it is older than the last one that was signed here")
    federation = [key.kid for key in request.federation]
    if len(federation) < len(anchors):
        raise AnchorRequestError("it names no successor of the federation key")
    if kids & frozenset(federation):
        raise AnchorRequestError("it has one key in two roles")


def sign_answer(  # noqa: PLR0913 (a ceremony has these parts)
    request: AnchorRequest,
    active: Signer,
    standby: PublicKey,
    memory: Memory | None,
    now: Timestamp,
    *,
    suspend: bool = False,
) -> AnchorAnswer:
    """Return both statements, each as a partner that has pinned these keys accepts it.

    Raises:
        AnchorRequestError: the gateway does not know the signer, an ``iat`` lies in the future
            by this clock, or partners would refuse what was signed.
    """
    if active.public.kid not in request.anchor_kids:
        raise AnchorRequestError("the gateway does not know the key that would sign")
    anchor, keys = entity.anchor_of(request.leaf), (active.public, standby)
    statements = {
        Role.ANCHOR: AnchorConfiguration(
            anchor=anchor,
            life=_life(Role.ANCHOR, request, memory, now),
            keys=keys,
            organization_name=request.organization_name,
        ).payload(),
        Role.SUBORDINATE: SubordinateStatement(
            leaf=request.leaf,
            life=_life(Role.SUBORDINATE, request, memory, now),
            keys=request.federation,
            allowed_entity_types=() if suspend or request.suspend else None,
        ).payload(),
    }
    tokens = {
        role: jws.sign(payload, active, typ=STATEMENT_TYP) for role, payload in statements.items()
    }
    _read_back(Pins(anchor=anchor, leaf=request.leaf, division=None, anchor_keys=keys), tokens, now)
    return AnchorAnswer(leaf=request.leaf, statements=tokens)


def _life(role: Role, request: AnchorRequest, memory: Memory | None, now: Timestamp) -> Life:
    """Return a life that begins now, or a second after the last one that anybody knows of."""
    known = [request.issued_at.get(role, 0), memory.issued_at.get(role, 0) if memory else 0]
    begin = max(now, *(last + 1 for last in known))
    return Life(issued_at=Timestamp(begin), expires_at=Timestamp(begin + ANCHOR_LIFE_S))


def _read_back(pins: Pins, tokens: Mapping[Role, str], now: Timestamp) -> None:
    city = TrustedCity.first(pins)
    for role in ANCHOR_STATEMENTS:
        update = take(city, role, tokens[role], accepted={}, now=now)
        if update.result is not Result.ACCEPTED:
            raise AnchorRequestError(f"partners would refuse it: {update.refusal}")
        city = update.city
