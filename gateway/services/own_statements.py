"""This city's own statements as stored: checked before anybody is shown them."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.errors import GatewayError
from gateway.ids import CityId, EntityId, KeyId
from gateway.jose import jws
from gateway.jose.keys import PublicKey
from gateway.services.trust_ports import OwnStatements
from gateway.trust import entity
from gateway.trust.errors import UnknownSignerError
from gateway.trust.partners import OwnEntity
from gateway.trust.record import Pins
from gateway.trust.rows import RowSeal
from gateway.trust.statements import (
    AnchorConfiguration,
    LeafConfiguration,
    SubordinateStatement,
    read,
)
from gateway.trust.trusted_city import Role, StatementT


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A statement as it is served.

    Attributes:
        etag: Strong validator, with its quotes.
    """

    token: str = field(repr=False)
    etag: str

    @classmethod
    def of(cls, token: str) -> "Published":
        """Return the statement with a validator made of its bytes."""
        return cls(token=token, etag=f'"{hashlib.sha256(token.encode()).hexdigest()}"')


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPublished:
    """What this city has published.

    Attributes:
        pins: What a partner would pin of this city; None before an anchor was published.
        entity: For the keyring.
        served: By role, only what was checked.
        refused: Codes of what is stored but was not signed by this city.
    """

    pins: Pins | None
    entity: OwnEntity
    served: Mapping[Role, Published]
    refused: tuple[str, ...]


def load_own(statements: OwnStatements, seal: RowSeal, division: CityId | None) -> OwnPublished:
    """Return the own statements, each verified; one that is not ours is not served.

    The leaf configuration must be by an own federation key that does not come from the
    database, the subordinate statement must name such a key, the anchor must sign itself.
    Whether they live now is asked by whoever uses them.
    """
    check = _OwnCheck(statements.all())
    anchor = check.take(Role.ANCHOR, lambda token: _anchor(token, seal.leaf))
    check.take(Role.SUBORDINATE, lambda token: _subordinate(token, seal, anchor))
    leaf = check.take(Role.LEAF, lambda token: _leaf(token, seal))
    pins = _pins(anchor, seal.leaf, division) if anchor else None
    kids: frozenset[KeyId] = pins.anchor_kids if pins else frozenset()
    return OwnPublished(
        pins=pins,
        entity=OwnEntity(division=division, leaf=leaf, anchor_kids=kids),
        served=check.served,
        refused=tuple(check.refused),
    )


class _OwnCheck:
    """Sorts stored statements into those to serve and those to refuse."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._tokens = tokens
        self.served: dict[Role, Published] = {}
        self.refused: list[str] = []

    def take(self, role: Role, parse: Callable[[str], StatementT]) -> StatementT | None:
        token = self._tokens.get(role)
        if token is None:
            return None
        try:
            statement = parse(token)
        except GatewayError as error:
            self.refused.append(error.code)
            return None
        self.served[role] = Published.of(token)
        return statement


def _pins(anchor: AnchorConfiguration, leaf: EntityId, division: CityId | None) -> Pins:
    return Pins(anchor=anchor.anchor, leaf=leaf, division=division, anchor_keys=anchor.keys)


def _anchor(token: str, leaf: EntityId) -> AnchorConfiguration:
    parts = read(token)
    statement = AnchorConfiguration.parse(parts.payload, entity.anchor_of(leaf))
    jws.verify(parts, _signer(parts, statement.keys))
    return statement


def _subordinate(
    token: str, seal: RowSeal, anchor: AnchorConfiguration | None
) -> SubordinateStatement:
    parts = read(token)
    jws.verify(parts, _signer(parts, anchor.keys if anchor else ()))
    statement = SubordinateStatement.parse(parts.payload, seal.leaf)
    if not {key.kid for key in statement.keys} & {key.kid for key in seal.keys}:
        raise UnknownSignerError("a statement that names no federation key of ours")
    return statement


def _leaf(token: str, seal: RowSeal) -> LeafConfiguration:
    parts = read(token)
    payload = jws.verify(parts, _signer(parts, tuple(seal.keys)))
    return LeafConfiguration.parse(payload, seal.leaf)


def _signer(parts: jws.UnverifiedJws, keys: tuple[PublicKey, ...]) -> PublicKey:
    signer = next((key for key in keys if key.kid == parts.kid), None)
    if signer is None:
        raise UnknownSignerError("signed by no key of ours")
    return signer
