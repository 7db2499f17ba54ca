"""All partners together: what one may be beside the others, and the keyring of them all."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.ids import CityId, EntityId, KeyId, ScenarioId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.trust.alarms import AlarmCode, TrustAlarm
from gateway.trust.errors import DivisionForeignError, DivisionTakenError, NotAMemberError
from gateway.trust.freshness import EXPIRED_AFTER_S, Freshness, freshness
from gateway.trust.keyring import HINT_CHARS, CodeKey, Issuer, Keyring
from gateway.trust.record import AgreementRecord, Pins
from gateway.trust.statements import LeafConfiguration
from gateway.trust.states import MEMBER_STATES, PartnerState
from gateway.trust.trusted_city import NEVER, TrustedCity

TEST_DIVISION = CityId("000000")
"""The test issuer, which gives test clients one code per outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner as loaded: record and memory, both checked.

    Attributes:
        obtained_at: Last cycle that obtained its leaf configuration; 0 if none did.
    """

    record: AgreementRecord
    city: TrustedCity
    obtained_at: Timestamp = NEVER

    def expires_at(self) -> Timestamp:
        """Return the first moment at which chain, agreement or what we know has run out."""
        ends = [self.city.expires_at(), self.obtained_at + EXPIRED_AFTER_S]
        if self.record.until is not None:
            ends.append(self.record.until)
        return Timestamp(min(ends))

    def stopped_state(self) -> PartnerState:
        """Return the state without time: the record's, or the partner's own kill switch.

        The switch is about issuing: a partner that only verifies has nothing to switch off.
        """
        stored = self.record.state
        issues = self.record.pins.division is not None and self.city.subordinate is not None
        if stored is PartnerState.ACTIVE and issues and not self.city.issuing_allowed():
            return PartnerState.SUSPENDED
        return stored

    def state(self, now: Timestamp) -> PartnerState:
        """Return the state at ``now``; an active partner whose time ran out is expired."""
        state = self.stopped_state()
        if state is PartnerState.ACTIVE and now >= self.expires_at():
            return PartnerState.EXPIRED
        return state

    def freshness(self, now: Timestamp) -> Freshness:
        """Return how old what we know of the partner is."""
        life = self.city.leaf.statement.life if self.city.leaf else None
        issued_at = life.issued_at if life else NEVER
        return freshness(now, obtained_at=self.obtained_at, leaf_issued_at=issued_at)

    def usable_keys(self) -> tuple[CodeKey, ...]:
        """Return its code keys without the dead and the blocked; of one that left, none.

        Its codes are then answered as any that no key fits: the guest shows another one. While
        a partner is stopped its keys stay, so that its codes are only not judged yet.
        """
        if self.record.state is PartnerState.LEFT:
            return ()
        keys = self.city.code_keys()
        return tuple(key for key in keys if key.public.kid not in self.record.blocked)

    def status_keys(self) -> tuple[PublicKey, ...]:
        """Return its live federation keys without the blocked: who may sign its status lists."""
        live = self.city.live_federation_keys()
        return tuple(key for key in live if key.kid not in self.record.blocked)

    def seen_hints(self) -> frozenset[str]:
        """Return the hints of every code key that it ever announced, and of the blocked ones."""
        kids = frozenset(self.city.history.code) | frozenset(self.record.blocked)
        return frozenset(kid[:HINT_CHARS] for kid in kids)

    def takes_codes(self) -> bool:
        """Return whether it says that it verifies codes: who does not offers nothing."""
        return self.city.leaf is not None and self.city.leaf.statement.verifier is not None

    def key_ids(self) -> frozenset[KeyId]:
        """Return every key that the city announced, in whatever role."""
        history = self.city.history
        return history.anchor | history.federation | frozenset(history.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerAlarm:
    """An alarm, and the partner that it is about."""

    anchor: EntityId
    alarm: TrustAlarm


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntity:
    """This city, as its own published leaf configuration says.

    Attributes:
        division: None where it only verifies.
        leaf: Verified under the own federation key; None before anything was published.
        anchor_kids: Ids of the own anchor keys, to notice who copies them.
    """

    division: CityId | None
    leaf: LeafConfiguration | None
    anchor_kids: frozenset[KeyId] = frozenset()

    def issuer(self) -> Issuer | None:
        """Return the own codes' issuer; own keys have no hold-down."""
        metadata = self.leaf.issuer if self.leaf else None
        if self.leaf is None or metadata is None or metadata.division_code != self.division:
            return None
        keys = (
            CodeKey(
                public=key.public,
                not_before=key.not_before,
                expires_at=key.expires_at,
                usable_from=NEVER,
            )
            for key in metadata.code_keys
        )
        return Issuer(
            city=metadata.division_code,
            state=PartnerState.ACTIVE,
            statements_expire_at=self.leaf.life.expires_at,
            obtained_at=self.leaf.life.issued_at,
            keys=tuple(keys),
            code_lifetime_max_s=metadata.code_lifetime_max_s,
            scenarios=self._scenarios(self.leaf),
            status_keys=self.leaf.keys,
        )

    def key_ids(self) -> frozenset[KeyId]:
        """Return every key of this city that is published now."""
        if self.leaf is None:
            return self.anchor_kids
        code = frozenset(key.public.kid for key in self.leaf.code_keys)
        return self.anchor_kids | self.leaf.key_ids | code

    @staticmethod
    def _scenarios(leaf: LeafConfiguration) -> frozenset[ScenarioId]:
        return frozenset(leaf.verifier.scenarios_supported if leaf.verifier else ())


def check_division(
    division: CityId | None, *, own: CityId | None, others: Iterable[AgreementRecord]
) -> None:
    """Raise ``DivisionTakenError`` if a code is our own, or that of another member.

    A verify-only partner has none, so there is nothing to clash. The code of a city that
    left stays taken, since its codes are still recognised as that city's. The test issuer's
    code is no city's.
    """
    if division is None:
        return
    members = (record.pins.division for record in others if record.state in MEMBER_STATES)
    if division in {own, TEST_DIVISION} or division in members:
        raise DivisionTakenError("a division code belongs to one city")


def check_member(pins: Pins, members: Mapping[EntityId, CityId]) -> None:
    """Raise unless the agreement names the city of ``pins``, with the code that it announces.

    A safety number vouches for keys, not for a division code: without this, a city could
    take the code of a member that has not joined yet.

    Args:
        pins: What would be pinned; one that only verifies announces no code.
        members: Division code by leaf, of every member of the agreement.

    Raises:
        NotAMemberError, DivisionForeignError: see there.
    """
    agreed = members.get(pins.leaf)
    if agreed is None:
        raise NotAMemberError("the agreement names no city with this address")
    if pins.division is not None and pins.division != agreed:
        raise DivisionForeignError("the agreement gives this city another division code")


def build_keyring(
    own: OwnEntity, partners: Sequence[Partner], *, clock_doubtful: bool
) -> tuple[Keyring, tuple[PartnerAlarm, ...]]:
    """Return the keyring of this city and all partners, and what stood out.

    Only cities that were accepted once are in it. If two claim one division code, neither
    is, whatever the order.
    """
    members = [partner for partner in partners if partner.record.state in MEMBER_STATES]
    claimed = Counter(partner.record.pins.division for partner in members)
    claimed[own.division] += 1
    issuers: dict[CityId, Issuer] = {}
    alarms = list(_shared_keys(own, members))
    home = own.issuer()
    if home:
        issuers[home.city] = home
    for partner in members:
        division = partner.record.pins.division
        if division is None:
            continue
        if claimed[division] > 1:
            alarm = TrustAlarm(code=AlarmCode.DIVISION_TAKEN)
            alarms.append(PartnerAlarm(anchor=partner.record.pins.anchor, alarm=alarm))
        else:
            issuers[division] = _issuer(partner, division)
    keyring = Keyring(own=own.division, issuers=issuers, clock_doubtful=clock_doubtful)
    return keyring, tuple(alarms)


def _issuer(partner: Partner, division: CityId) -> Issuer:
    metadata = partner.city.leaf.statement.issuer if partner.city.leaf else None
    return Issuer(
        city=division,
        state=partner.stopped_state(),
        statements_expire_at=partner.expires_at(),
        obtained_at=partner.obtained_at,
        keys=partner.usable_keys(),
        code_lifetime_max_s=metadata.code_lifetime_max_s if metadata else 0,
        scenarios=partner.record.scenarios,
        anchor=partner.record.pins.anchor,
        seen_hints=partner.seen_hints(),
        status_keys=partner.status_keys(),
    )


def _shared_keys(own: OwnEntity, members: Sequence[Partner]) -> Iterable[PartnerAlarm]:
    """Refusing either city would let a copier switch the other off: only tell."""
    owners = Counter(own.key_ids())
    for partner in members:
        owners.update(partner.key_ids())
    for partner in members:
        for kid in sorted(kid for kid in partner.key_ids() if owners[kid] > 1):
            alarm = TrustAlarm(code=AlarmCode.KEY_AT_TWO_CITIES, kid=kid)
            yield PartnerAlarm(anchor=partner.record.pins.anchor, alarm=alarm)
