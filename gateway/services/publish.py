"""Publishing this city: its own three statements, signed ahead and served as they are.

``PublishAnchor`` needs K1, which is offline most of the time; ``PublishLeaf`` runs hourly
with K2. Each statement is read back by our own parser under the statements above it before
it is stored, so what is published is what partners accept.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.keys import PublicKey, Signer
from gateway.jose.members import Members
from gateway.services.own_keys import OwnKeys
from gateway.services.partner_ports import (
    OwnClockDoubtfulError,
    OwnKeysOlderError,
    OwnStatementForeignError,
    OwnStatementRefusedError,
    OwnStatementsMissingError,
)
from gateway.services.trust_ports import OwnStatements
from gateway.trust import entity
from gateway.trust.cycle import Result, take
from gateway.trust.record import Pins
from gateway.trust.statements import (
    MAX_STATEMENT_CHARS,
    STATEMENT_TYP,
    AnchorConfiguration,
    IssuerMetadata,
    LeafConfiguration,
    Life,
    SubordinateStatement,
    VerifierMetadata,
    read,
)
from gateway.trust.statements.life import ANCHOR_LIFE_S, LEAF_LIFE_S
from gateway.trust.trusted_city import Role, TrustedCity


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerProfile:
    """What this city says of itself as an issuer."""

    division: CityId
    contacts: tuple[str, ...]
    code_lifetime_max_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What this city says of itself.

    Attributes:
        issuer: None where it only verifies.
        scenarios: In which its merchants verify; None where it only issues.
    """

    leaf: EntityId
    organization_name: str
    organization_name_zh: str
    issuer: IssuerProfile | None
    scenarios: tuple[ScenarioId, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAnchor:
    """Signs with K1 what the anchor says.

    Attributes:
        active: K1.
        standby: K1s, public half.
        federation: K2 and K2next, public halves.
    """

    profile: Profile
    statements: OwnStatements
    active: Signer
    standby: PublicKey
    federation: tuple[PublicKey, ...]

    def configuration(self, now: Timestamp, *, clock_doubtful: bool) -> str:
        """Sign and store the anchor configuration, 90 days; return it.

        Raises:
            OwnClockDoubtfulError, OwnStatementRefusedError: nothing was signed or stored.
        """
        life = _next_life(
            self.statements, Role.ANCHOR, self._anchor_keys(), now, ANCHOR_LIFE_S, clock_doubtful
        )
        statement = AnchorConfiguration(
            anchor=entity.anchor_of(self.profile.leaf),
            life=life,
            keys=self._anchor_keys(),
            organization_name=self.profile.organization_name,
        )
        return self._publish(Role.ANCHOR, statement.payload(), life, now)

    def subordinate(
        self,
        now: Timestamp,
        *,
        clock_doubtful: bool,
        allowed_entity_types: tuple[str, ...] | None = None,
    ) -> str:
        """Sign and store the statement about the leaf, 90 days; return it.

        Args:
            now: The moment of signing.
            clock_doubtful: Whether partners contradict the own clock.
            allowed_entity_types: The kill switch: empty suspends; None allows all.

        Raises:
            OwnClockDoubtfulError, OwnStatementRefusedError: nothing was stored.
        """
        life = _next_life(
            self.statements,
            Role.SUBORDINATE,
            self._anchor_keys(),
            now,
            ANCHOR_LIFE_S,
            clock_doubtful,
        )
        statement = SubordinateStatement(
            leaf=self.profile.leaf,
            life=life,
            keys=self.federation,
            allowed_entity_types=allowed_entity_types,
        )
        return self._publish(Role.SUBORDINATE, statement.payload(), life, now)

    def _anchor_keys(self) -> tuple[PublicKey, ...]:
        return (self.active.public, self.standby)

    def _publish(self, role: Role, payload: bytes, life: Life, now: Timestamp) -> str:
        token = jws.sign(payload, self.active, typ=STATEMENT_TYP)
        _check(self.statements, self.profile.leaf, self._anchor_keys(), role, token, now)
        self.statements.put(role.value, token, life.issued_at, now)
        return token


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishLeaf:
    """Signs with K2 what the leaf says.

    Attributes:
        keys: Asked anew for each signature: which K2 signs, which K2s and K3s are announced.
    """

    profile: Profile
    statements: OwnStatements
    keys: OwnKeys

    def configuration(
        self,
        now: Timestamp,
        *,
        accepted: Iterable[EntityId],
        clock_doubtful: bool,
        older_keys: bool = False,
    ) -> str:
        """Sign and store the leaf configuration, 24 h; return it.

        Args:
            now: The moment of signing.
            accepted: Anchors of the partners that this city accepts.
            clock_doubtful: Whether partners contradict the own clock.
            older_keys: The newest keys are lost: publish these, and let partners drop those.

        Raises:
            OwnClockDoubtfulError, OwnKeysOlderError, OwnStatementRefusedError: nothing was
                stored.
        """
        self.keys.refresh()
        if not older_keys:
            self._check_newest()
        ours = self.keys.federation_public()
        life = _next_life(self.statements, Role.LEAF, ours, now, LEAF_LIFE_S, clock_doubtful)
        # Once more, after the last statement was read: whoever changes keys from here on
        # publishes one that is newer than ours, so ours with the old keys is not stored. A key
        # left out by mistake would be dead for ever.
        self.keys.refresh()
        payload = self.draft(life, accepted).payload()
        token = jws.sign(payload, self.keys.federation(), typ=STATEMENT_TYP)
        _check(self.statements, self.profile.leaf, self.keys.anchors(), Role.LEAF, token, now)
        self.statements.put("leaf", token, life.issued_at, now)
        return token

    def _check_newest(self) -> None:
        """Raise if the stored leaf names a key that these keys never heard of.

        Then an older copy of the vault was restored. To publish it would bring keys back that
        are dead at every partner, and leave out living ones, which then are dead as well.
        """
        stored = self.statements.all().get(Role.LEAF)
        if stored is None:
            return
        parts = read(stored)
        signer = next((key for key in self.keys.federation_public() if key.kid == parts.kid), None)
        # One that is not ours is refused, with its own name, when its time is asked for.
        if signer is None:
            return
        leaf = LeafConfiguration.parse(jws.verify(parts, signer), self.profile.leaf)
        named = leaf.key_ids | {key.public.kid for key in leaf.code_keys}
        if not all(map(self.keys.remembers, named)):
            raise OwnKeysOlderError("the published leaf names keys that are not in this vault")

    def draft(self, life: Life, accepted: Iterable[EntityId]) -> LeafConfiguration:
        """Return what the leaf would say now; nothing is signed.

        Args:
            life: From when until when.
            accepted: Anchors of the partners that this city accepts.
        """
        own_anchor, scenarios = entity.anchor_of(self.profile.leaf), self.profile.scenarios
        return LeafConfiguration(
            leaf=self.profile.leaf,
            life=life,
            keys=self.keys.federation_announced(),
            trust_anchor_hints=(own_anchor, *sorted(set(accepted) - {own_anchor})),
            issuer=self._issuer(),
            verifier=None if scenarios is None else VerifierMetadata(scenarios_supported=scenarios),
        )

    def _issuer(self) -> IssuerMetadata | None:
        about = self.profile.issuer
        if about is None:
            return None
        return IssuerMetadata(
            organization_name=self.profile.organization_name,
            organization_name_zh=self.profile.organization_name_zh,
            division_code=about.division,
            contacts=about.contacts,
            code_keys=self.keys.codes_announced(),
            code_lifetime_max_s=about.code_lifetime_max_s,
        )


def _next_life(  # noqa: PLR0913, PLR0917 (private)
    statements: OwnStatements,
    role: Role,
    keys: tuple[PublicKey, ...],
    now: Timestamp,
    life_s: int,
    clock_doubtful: bool,  # noqa: FBT001 (private)
) -> Life:
    """Return a life that begins now, or a second after the last one: ``iat`` never stands.

    Raises:
        OwnClockDoubtfulError: most partners contradict our clock.
        OwnStatementForeignError, BadSignatureError: the stored one was not signed with
            ``keys``: somebody edited the database, and its time must not steer ours.
    """
    if clock_doubtful:
        raise OwnClockDoubtfulError("most partners contradict our clock")
    last = statements.all().get(role)
    begin = now if last is None else max(now, _issued_at(last, keys) + 1)
    return Life(issued_at=Timestamp(begin), expires_at=Timestamp(begin + life_s))


def _issued_at(token: str, keys: tuple[PublicKey, ...]) -> Timestamp:
    parts = read(token)
    signer = next((key for key in keys if key.kid == parts.kid), None)
    if signer is None:
        raise OwnStatementForeignError("the stored statement was signed by no key of ours")
    payload = strict_json.parse(jws.verify(parts, signer), max_bytes=MAX_STATEMENT_CHARS)
    return Life.read(Members(payload, "own statement"), longest_s=ANCHOR_LIFE_S).issued_at


def _check(  # noqa: PLR0913, PLR0917 (private, three callers)
    statements: OwnStatements,
    leaf: EntityId,
    anchor_keys: tuple[PublicKey, ...],
    role: Role,
    token: str,
    now: Timestamp,
) -> None:
    """Raise unless a partner that meets this city now accepts ``token`` as its ``role``."""
    pins = Pins(anchor=entity.anchor_of(leaf), leaf=leaf, division=None, anchor_keys=anchor_keys)
    city, stored = TrustedCity.first(pins), statements.all()
    for each in tuple(Role)[: tuple(Role).index(role) + 1]:
        offered = token if each is role else stored.get(each)
        if offered is None:
            raise OwnStatementsMissingError(f"the {each} statement comes first")
        update = take(city, each, offered, accepted={}, now=now)
        if update.result is not Result.ACCEPTED:
            raise OwnStatementRefusedError(update.refusal or update.result.value)
        city = update.city
