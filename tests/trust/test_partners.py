from dataclasses import replace

import pytest

from gateway.ids import CityId, EntityId, KeyId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.trust.decisions import Block, Decision
from gateway.trust.errors import DivisionTakenError
from gateway.trust.freshness import Freshness
from gateway.trust.keyring import Keyring
from gateway.trust.partners import (
    OwnEntity,
    Partner,
    PartnerAlarm,
    build_keyring,
    check_division,
)
from gateway.trust.record import AgreementRecord
from gateway.trust.statements import LeafConfiguration
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role, TrustedCity
from tests.trust.cities import (
    DAY,
    HELD,
    HOTEL,
    HOUR,
    NOON,
    City,
    accepted,
    announced,
    at,
    jinhua,
    signed,
    wenzhou,
)

OWN, CITY = jinhua(), wenzhou()
BLOCK = Block(since=NOON, decision=Decision(officer="Li", reason="stolen", at=NOON))
HUZHOU = City(division=CityId("330500"), leaf=EntityId("https://credit.huzhou.example"))


def own(city: City = OWN) -> OwnEntity:
    leaf: LeafConfiguration = city.leaf_configuration()
    return OwnEntity(division=city.division, leaf=leaf, anchor_kids=city.pins().anchor_kids)


def partner(city: City = CITY, state: PartnerState = PartnerState.ACTIVE) -> Partner:
    record = AgreementRecord(
        pins=city.pins(), state=state, scenarios=frozenset({HOTEL}), until=at(100 * DAY)
    )
    return Partner(record=record, city=city.known(), obtained_at=NOON)


def built(
    *partners: Partner, home: OwnEntity | None = None
) -> tuple[Keyring, list[tuple[EntityId, str]]]:
    keyring, alarms = build_keyring(home or own(), partners, clock_doubtful=False)
    return keyring, [_name(alarm) for alarm in alarms]


def _name(alarm: PartnerAlarm) -> tuple[EntityId, str]:
    return (alarm.anchor, str(alarm.alarm.code))


def test_the_keyring_holds_the_own_city_and_every_member() -> None:
    keyring, alarms = built(partner(), partner(HUZHOU))

    assert set(keyring.issuers) == {OWN.division, CITY.division, HUZHOU.division}
    assert keyring.own == OWN.division
    assert alarms == []
    city = keyring.issuer(CITY.division)
    assert city is not None
    assert city.verifies(NOON)
    assert [key.public for key in city.keys] == [CITY.k3.public, CITY.k3next.public]
    assert city.statements_expire_at == NOON + DAY
    assert city.code_lifetime_max_s == 31 * DAY
    assert city.scenarios == {HOTEL}


def test_own_keys_have_no_hold_down_and_come_from_the_own_statement() -> None:
    home = built()[0].issuer(OWN.division)

    assert home is not None
    assert all(key.usable(NOON) for key in home.keys)
    assert home.statements_expire_at == NOON + DAY
    assert home.scenarios == {HOTEL}


def test_an_own_statement_of_another_division_is_not_ours() -> None:
    keyring, _ = built(home=replace(own(), division=CityId("330999")))

    assert keyring.issuers == {}


def test_without_an_own_statement_there_is_no_own_issuer() -> None:
    nothing = OwnEntity(division=OWN.division, leaf=None)

    assert nothing.issuer() is None
    assert nothing.key_ids() == frozenset()
    assert built(home=nothing)[0].issuers == {}


def test_a_city_may_only_issue_or_only_verify() -> None:
    leaf = OWN.leaf_configuration()
    issues = OwnEntity(division=OWN.division, leaf=replace(leaf, verifier=None)).issuer()
    verifies = OwnEntity(division=None, leaf=replace(leaf, issuer=None))

    assert issues is not None
    assert issues.scenarios == frozenset()
    assert verifies.issuer() is None


@pytest.mark.parametrize("state", [PartnerState.CANDIDATE, PartnerState.CONFIRMED])
def test_a_city_that_was_never_accepted_is_not_in_the_keyring(state: PartnerState) -> None:
    assert built(partner(state=state))[0].issuer(CITY.division) is None


@pytest.mark.parametrize("state", [PartnerState.SUSPENDED, PartnerState.DISPUTED])
def test_a_city_that_was_accepted_once_is_known_but_does_not_verify(state: PartnerState) -> None:
    city = built(partner(state=state))[0].issuer(CITY.division)

    assert city is not None
    assert city.state is state
    assert city.keys
    assert not city.verifies(NOON)


def test_a_city_that_left_is_known_and_has_no_key_that_fits() -> None:
    city = built(partner(state=PartnerState.LEFT))[0].issuer(CITY.division)

    assert city is not None
    assert city.keys == ()
    assert not city.verifies(NOON)


def test_another_partners_division_code_uses_neither_and_alarms_both() -> None:
    twin = City(division=CITY.division, leaf=HUZHOU.leaf)

    keyring, alarms = built(partner(), partner(twin))

    assert keyring.issuer(CITY.division) is None
    assert alarms == [
        (CITY.anchor, "trust_division_taken"),
        (twin.anchor, "trust_division_taken"),
    ]


def test_a_partner_with_our_own_division_code_is_not_used() -> None:
    twin = City(division=OWN.division, leaf=HUZHOU.leaf)

    keyring, alarms = built(partner(twin))

    home = keyring.issuer(OWN.division)
    assert home is not None
    assert home.keys[0].public == OWN.k3.public
    assert alarms == [(twin.anchor, "trust_division_taken")]


def test_a_partner_that_copies_our_next_key_alarms_and_nobody_is_refused() -> None:
    copier = City(division=CITY.division, leaf=CITY.leaf, k3next=OWN.k3next)

    keyring, alarms = built(partner(copier), partner(HUZHOU))

    assert set(keyring.issuers) == {OWN.division, copier.division, HUZHOU.division}
    assert alarms == [(copier.anchor, "trust_key_at_two_cities")]


def test_a_key_at_two_partners_alarms_both() -> None:
    copier = City(division=HUZHOU.division, leaf=HUZHOU.leaf, k2next=CITY.k2)

    _, alarms = built(partner(), partner(copier))

    assert alarms == [
        (CITY.anchor, "trust_key_at_two_cities"),
        (copier.anchor, "trust_key_at_two_cities"),
    ]


def test_blocked_and_dead_keys_are_left_out_and_held_ones_say_from_when() -> None:
    fresh = City(division=CITY.division, leaf=CITY.leaf)
    city = accepted(
        fresh.known(),
        Role.LEAF,
        fresh.leaf_token(NOON + 1, announced(fresh.k3.public), announced(HUZHOU.k3.public)),
        NOON + 1,
    ).city
    record = replace(partner(fresh).record, blocked={fresh.k3.public.kid: BLOCK})

    keyring, _ = built(Partner(record=record, city=city, obtained_at=NOON))

    issuer = keyring.issuer(CITY.division)
    assert issuer is not None
    assert [(key.public, key.usable_from) for key in issuer.keys] == [
        (HUZHOU.k3.public, NOON + 1 + HELD)
    ]


def test_live_federation_keys_sign_lists_and_dead_and_blocked_ones_do_not() -> None:
    known = partner()
    dead = replace(known.city.history, dead_federation=frozenset({CITY.k2.public.kid}))
    blocked = replace(known.record, blocked={CITY.k2next.public.kid: BLOCK})

    def signers(found: Partner) -> tuple[PublicKey, ...]:
        issuer = built(found)[0].issuer(CITY.division)
        assert issuer is not None
        return issuer.status_keys

    assert signers(known) == (CITY.k2.public, CITY.k2next.public)
    assert signers(replace(known, city=replace(known.city, history=dead))) == (CITY.k2next.public,)
    assert signers(replace(known, record=blocked)) == (CITY.k2.public,)


def test_own_lists_are_signed_by_the_keys_of_the_own_statement() -> None:
    issuer = built()[0].issuer(OWN.division)

    assert issuer is not None
    assert issuer.status_keys == (OWN.k2.public, OWN.k2next.public)


def test_a_verify_only_partner_has_no_codes() -> None:
    pins = replace(CITY.pins(), division=None)
    record = replace(partner().record, pins=pins)

    keyring, alarms = built(
        Partner(record=record, city=replace(CITY.known(), pins=pins), obtained_at=NOON)
    )

    assert set(keyring.issuers) == {OWN.division}
    assert alarms == []


def test_a_verify_only_own_city_and_verify_only_partners_do_not_clash() -> None:
    home = OwnEntity(division=None, leaf=replace(OWN.leaf_configuration(), issuer=None))
    pins = replace(CITY.pins(), division=None)
    record = replace(partner().record, pins=pins)

    keyring, alarms = built(
        Partner(record=record, city=TrustedCity.first(pins), obtained_at=NOON), home=home
    )

    assert keyring.issuers == {}
    assert keyring.own is None
    assert alarms == []


def test_a_member_without_a_statement_yet_has_no_keys_and_does_not_verify() -> None:
    bare = Partner(record=partner().record, city=TrustedCity.first(CITY.pins()))

    issuer = built(bare)[0].issuer(CITY.division)

    assert issuer is not None
    assert (issuer.keys, issuer.code_lifetime_max_s, issuer.statements_expire_at) == ((), 0, 0)
    assert issuer.status_keys == ()
    assert bare.state(NOON) is PartnerState.EXPIRED
    assert bare.freshness(NOON) is Freshness.EXPIRED


def test_an_active_partner_expires_with_its_chain_and_returns_by_itself() -> None:
    active = partner()
    renewed = accepted(
        accepted(active.city, Role.ANCHOR, CITY.anchor_token(NOON + DAY), NOON + DAY).city,
        Role.LEAF,
        CITY.leaf_token(NOON + DAY),
        NOON + DAY,
    ).city

    assert active.state(at(DAY - 1)) is PartnerState.ACTIVE
    assert active.state(at(DAY)) is PartnerState.EXPIRED
    back = replace(active, city=renewed, obtained_at=at(DAY))
    assert back.state(at(DAY)) is PartnerState.ACTIVE


def test_an_agreement_ends_the_partner() -> None:
    ended = replace(partner(), record=replace(partner().record, until=at(HOUR)))

    assert ended.state(at(HOUR - 1)) is PartnerState.ACTIVE
    assert ended.state(at(HOUR)) is PartnerState.EXPIRED


def test_a_partner_that_was_not_heard_for_a_day_expires_whatever_its_statements_say() -> None:
    silent = replace(partner(), obtained_at=at(-DAY + HOUR))

    assert silent.expires_at() == at(HOUR)


def test_a_record_without_an_end_runs_with_its_chain() -> None:
    endless = replace(partner(), record=replace(partner().record, until=None))

    assert endless.expires_at() == NOON + DAY


def test_the_partners_own_kill_switch_suspends() -> None:
    off = replace(CITY.subordinate_statement(NOON + 1), allowed_entity_types=("x",))
    city = accepted(CITY.known(), Role.SUBORDINATE, signed(off, CITY.k1), NOON + 1).city

    stopped = replace(partner(), city=city)

    assert stopped.state(NOON) is PartnerState.SUSPENDED
    issuer = built(stopped)[0].issuer(CITY.division)
    assert issuer is not None
    assert issuer.state is PartnerState.SUSPENDED


def test_a_partner_that_only_verifies_has_no_issuing_to_switch_off() -> None:
    off = replace(CITY.subordinate_statement(NOON + 1), allowed_entity_types=("x",))
    city = accepted(CITY.known(), Role.SUBORDINATE, signed(off, CITY.k1), NOON + 1).city
    pins = replace(CITY.pins(), division=None)
    only_verifies = replace(
        partner(), record=replace(partner().record, pins=pins), city=replace(city, pins=pins)
    )

    assert only_verifies.state(NOON) is PartnerState.ACTIVE


def test_a_suspended_record_stays_suspended_past_its_end() -> None:
    assert partner(state=PartnerState.SUSPENDED).state(at(400 * DAY)) is PartnerState.SUSPENDED


def test_freshness_looks_at_the_leaf_and_at_the_last_cycle() -> None:
    assert partner().freshness(NOON) is Freshness.FRESH
    assert replace(partner(), obtained_at=at(3 * HOUR)).freshness(at(3 * HOUR)) is Freshness.LATE
    assert partner().freshness(Timestamp(NOON + 7 * HOUR)) is Freshness.STALE


def test_a_division_code_belongs_to_one_city() -> None:
    others = [partner(HUZHOU).record, partner(CITY, PartnerState.CANDIDATE).record]

    check_division(CITY.division, own=OWN.division, others=others)
    check_division(None, own=OWN.division, others=others)
    check_division(None, own=None, others=others)
    for taken in (OWN.division, HUZHOU.division, CityId("000000")):
        with pytest.raises(DivisionTakenError):
            check_division(taken, own=OWN.division, others=others)


def test_the_code_of_a_city_that_left_stays_taken() -> None:
    with pytest.raises(DivisionTakenError):
        check_division(
            CITY.division, own=OWN.division, others=[partner(state=PartnerState.LEFT).record]
        )


def test_a_doubtful_clock_is_told_to_the_verifiers() -> None:
    keyring, _ = build_keyring(own(), [], clock_doubtful=True)

    assert keyring.clock_doubtful


def test_an_issuer_names_whom_to_ask_about_a_key_that_was_never_seen_and_no_other() -> None:
    dead, held = CITY.k3.public.kid, "h" * 43
    known = partner()
    history = replace(
        known.city.history,
        dead_code=frozenset({dead}),
        code={**known.city.history.code},
    )
    blocked = replace(known.record, blocked={KeyId(held): BLOCK})
    keyring, _ = built(replace(known, record=blocked, city=replace(known.city, history=history)))
    issuer, home = (
        keyring.issuer(CITY.division or CityId("330700")),
        keyring.issuer(CityId("330700")),
    )

    assert issuer is not None
    assert home is not None
    assert issuer.to_ask_about("unknown8") == CITY.pins().anchor
    assert issuer.to_ask_about(dead[:8]) is None
    assert issuer.to_ask_about(held[:8]) is None
    assert home.to_ask_about("unknown8") is None
