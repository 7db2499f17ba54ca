"""Cities with real keys, and what they would publish; each right until a test breaks it."""

import json
from dataclasses import dataclass, field, replace
from typing import Any, cast

from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.jose import jws
from gateway.jose.keys import PublicKey, SoftwareSigner, generate
from gateway.trust import entity
from gateway.trust.cycle import Result, Update, take
from gateway.trust.history import HOLD_DOWN_S
from gateway.trust.record import Pins
from gateway.trust.statements import (
    STATEMENT_TYP,
    AnchorConfiguration,
    AnnouncedKey,
    IssuerMetadata,
    LeafConfiguration,
    Life,
    SubordinateStatement,
    VerifierMetadata,
)
from gateway.trust.trusted_city import Role, TrustedCity

NOON = Timestamp(1_795_500_000)
"""An arbitrary moment; every test begins here."""

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
HOTEL = ScenarioId("lodging.hotel")
HELD = HOLD_DOWN_S


def at(seconds: int) -> Timestamp:
    return Timestamp(NOON + seconds)


def life(issued_at: int = NOON, seconds: int = HOUR) -> Life:
    return Life(issued_at=Timestamp(issued_at), expires_at=Timestamp(issued_at + seconds))


def announced(
    key: PublicKey, *, nbf: int = NOON, exp: int = NOON + 400 * DAY, iat: int = NOON
) -> AnnouncedKey:
    return AnnouncedKey(
        public=key,
        issued_at=Timestamp(iat),
        not_before=Timestamp(nbf),
        expires_at=Timestamp(exp),
    )


@dataclass(kw_only=True)
class City:
    """Holds every key of a city; only tests may do that."""

    division: CityId
    leaf: EntityId
    k1: SoftwareSigner = field(default_factory=generate)
    k1s: SoftwareSigner = field(default_factory=generate)
    k2: SoftwareSigner = field(default_factory=generate)
    k2next: SoftwareSigner = field(default_factory=generate)
    k3: SoftwareSigner = field(default_factory=generate)
    k3next: SoftwareSigner = field(default_factory=generate)

    @property
    def anchor(self) -> EntityId:
        return entity.anchor_of(self.leaf)

    def pins(self) -> Pins:
        return Pins(
            anchor=self.anchor,
            leaf=self.leaf,
            division=self.division,
            anchor_keys=(self.k1.public, self.k1s.public),
        )

    def anchor_configuration(self, issued_at: int = NOON) -> AnchorConfiguration:
        return AnchorConfiguration(
            anchor=self.anchor,
            life=life(issued_at, 90 * DAY),
            keys=(self.k1.public, self.k1s.public),
            organization_name="Credit Office (illustrative)",
        )

    def subordinate_statement(self, issued_at: int = NOON) -> SubordinateStatement:
        return SubordinateStatement(
            leaf=self.leaf,
            life=life(issued_at, 90 * DAY),
            keys=(self.k2.public, self.k2next.public),
        )

    def issuer(self, *keys: AnnouncedKey) -> IssuerMetadata:
        return IssuerMetadata(
            organization_name="Credit Office (illustrative)",
            organization_name_zh="信用办(示例)",
            division_code=self.division,
            contacts=("federation@city.example",),
            code_keys=keys or (announced(self.k3.public), announced(self.k3next.public)),
            code_lifetime_max_s=31 * DAY,
        )

    def no_keys(self) -> IssuerMetadata:
        return replace(self.issuer(), code_keys=())

    def leaf_configuration(
        self, issued_at: int = NOON, *keys: AnnouncedKey, seconds: int = DAY
    ) -> LeafConfiguration:
        return LeafConfiguration(
            leaf=self.leaf,
            life=life(issued_at, seconds),
            keys=(self.k2.public, self.k2next.public),
            trust_anchor_hints=(self.anchor,),
            issuer=self.issuer(*keys),
            verifier=VerifierMetadata(scenarios_supported=(HOTEL,)),
        )

    def anchor_token(self, issued_at: int = NOON) -> str:
        return signed(self.anchor_configuration(issued_at), self.k1)

    def subordinate_token(self, issued_at: int = NOON) -> str:
        return signed(self.subordinate_statement(issued_at), self.k1)

    def leaf_token(self, issued_at: int = NOON, *keys: AnnouncedKey) -> str:
        return signed(self.leaf_configuration(issued_at, *keys), self.k2)

    def tokens(self, issued_at: int = NOON) -> dict[Role, str]:
        return {
            Role.ANCHOR: self.anchor_token(issued_at),
            Role.SUBORDINATE: self.subordinate_token(issued_at),
            Role.LEAF: self.leaf_token(issued_at),
        }

    def known(self, now: Timestamp = NOON) -> TrustedCity:
        """Return what a partner believes after first contact."""
        trusted = TrustedCity.first(self.pins())
        for role, token in self.tokens().items():
            trusted = accepted(trusted, role, token, now).city
        return trusted


def wenzhou() -> City:
    return City(division=CityId("330300"), leaf=EntityId("https://credit.wenzhou.example"))


def jinhua() -> City:
    return City(division=CityId("330700"), leaf=EntityId("https://credit.jinhua.example"))


def signed(
    statement: AnchorConfiguration | SubordinateStatement | LeafConfiguration,
    signer: SoftwareSigner,
) -> str:
    return jws.sign(statement.payload(), signer, typ=STATEMENT_TYP)


def edited(
    statement: AnchorConfiguration | SubordinateStatement | LeafConfiguration, **changes: object
) -> dict[str, Any]:
    """Return a statement as JSON with members changed; ``...`` takes one out."""
    body: dict[str, Any] = json.loads(statement.payload())
    body |= changes
    return {name: value for name, value in body.items() if value is not ...}


def raw_token(payload: dict[str, Any] | bytes, signer: SoftwareSigner) -> str:
    """Sign whatever a city should never sign."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return jws.sign(raw, signer, typ=STATEMENT_TYP)


def offered(
    city: TrustedCity,
    role: Role,
    token: str,
    now: int = NOON,
    known: dict[str, tuple[str, Timestamp]] | None = None,
) -> Update:
    return take(city, role, token, accepted=known or {}, now=Timestamp(now))


def accepted(city: TrustedCity, role: Role, token: str, now: int = NOON) -> Update:
    update = offered(city, role, token, now)
    assert update.result is Result.ACCEPTED, update.refusal
    return update


def codes(update: Update) -> list[str]:
    return [str(alarm.code) for alarm in update.alarms]


def members(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value)
