from copy import deepcopy

import pytest

from gateway.ids import CityId, ScenarioId
from gateway.policy.agreement import Agreement
from gateway.policy.errors import PolicyFileError
from gateway.policy.scenarios import Phase
from tests.policy.builders import AGREEMENT, Raw, agreement_raw, found, list_of, table_of, without

HOTEL = ScenarioId("lodging.hotel")
PARKING = ScenarioId("mobility.parking")
HEALTH = ScenarioId("health.pay_later")


def with_member(**changes: object) -> Raw:
    raw = deepcopy(agreement_raw())
    list_of(raw, "members")[0].update(changes)
    return raw


def with_tier(number: int, **changes: object) -> Raw:
    raw = deepcopy(agreement_raw())
    list_of(raw, "tiers")[number - 1].update(changes)
    return raw


def with_scenario(name: str, **changes: object) -> Raw:
    raw = deepcopy(agreement_raw())
    hotel = table_of(table_of(raw, "scenarios"), HOTEL)
    table_of(raw, "scenarios")[name] = {**hotel, **changes}
    return raw


def with_scenarios(scenarios: object) -> Raw:
    return {**agreement_raw(), "scenarios": scenarios}


def test_the_four_cities_are_members_under_their_division_codes() -> None:
    members = [(member.division_code, member.name_zh) for member in AGREEMENT.members]

    assert members == [
        ("330300", "温州"),
        ("330400", "嘉兴"),
        ("330500", "湖州"),
        ("330700", "金华"),
    ]


def test_two_members_of_one_name_are_named_beside_another_fault() -> None:
    raw = {**with_member(slug="huzhou"), "version": "1"}

    with pytest.raises(PolicyFileError) as refusal:
        Agreement.parse(raw)

    assert found(refusal.value) == [
        ("policy_not_allowed", "version"),
        ("member_repeated", "members"),
    ]


def test_a_member_is_found_by_its_division_code_only() -> None:
    found_ = AGREEMENT.member(CityId("330500"))

    assert found_ is not None
    assert found_.slug == "huzhou"
    assert AGREEMENT.member(CityId("330100")) is None


def test_a_part_of_an_agreed_scenario_is_agreed() -> None:
    part = AGREEMENT.agreed(ScenarioId("lodging.hotel.suite"))

    assert part is not None
    assert part.id == HOTEL
    assert AGREEMENT.agreed(ScenarioId("lodging.camp")) is None


def test_the_first_phase_is_open_and_the_second_where_a_city_says_so() -> None:
    closed = AGREEMENT.open_scenarios(frozenset())
    opened = AGREEMENT.open_scenarios(frozenset({PARKING, HEALTH}))

    assert closed == {HOTEL, "travel.attraction", "dining.restaurant", "fitness.gym"}
    assert opened == closed | {PARKING}


def test_health_stays_in_the_home_city() -> None:
    assert AGREEMENT.scenarios[HEALTH].phase is Phase.LOCAL_ONLY


REFUSALS: dict[str, tuple[Raw, list[tuple[str, str]]]] = {
    "no version": (without(agreement_raw(), "version"), [("policy_missing", "version")]),
    "a version that is a number": (
        {**agreement_raw(), "version": 2026.1},
        [("policy_wrong_type", "version")],
    ),
    "a version of another form": (
        {**agreement_raw(), "version": "v1"},
        [("policy_not_allowed", "version")],
    ),
    "no member": ({**agreement_raw(), "members": []}, [("policy_not_allowed", "members")]),
    "a member that is no table": (
        {**agreement_raw(), "members": ["330300"]},
        [("policy_wrong_type", "members.#1")],
    ),
    "a division code of five digits": (
        with_member(division_code="33030"),
        [("policy_not_allowed", "members.#1.division_code")],
    ),
    "the test issuer as a member": (
        with_member(division_code="000000"),
        [("policy_not_allowed", "members.#1.division_code")],
    ),
    "a division code twice": (
        with_member(division_code="330400"),
        [("member_repeated", "members")],
    ),
    "a slug twice": (with_member(slug="huzhou"), [("member_repeated", "members")]),
    "an entity twice": (
        with_member(entity_id="https://credit.huzhou.example"),
        [("member_repeated", "members")],
    ),
    "an entity with a trailing slash": (
        with_member(entity_id="https://credit.wenzhou.example/"),
        [("policy_not_allowed", "members.#1.entity_id")],
    ),
    "an entity over plain http": (
        with_member(entity_id="http://credit.wenzhou.example"),
        [("policy_not_allowed", "members.#1.entity_id")],
    ),
    "an entity in upper case": (
        with_member(entity_id="https://Credit.wenzhou.example"),
        [("policy_not_allowed", "members.#1.entity_id")],
    ),
    "an entity that is an anchor": (
        with_member(entity_id="https://credit.wenzhou.example/anchor"),
        [("policy_not_allowed", "members.#1.entity_id")],
    ),
    "an entity of 129 characters": (
        with_member(entity_id="https://credit.example/" + "a" * 106),
        [("policy_not_allowed", "members.#1.entity_id")],
    ),
    "a demo entity with a path": (
        with_member(entity_id="http://127.0.0.1:18301/a"),
        [("policy_not_allowed", "members.#1.entity_id")],
    ),
    "two tiers": (
        {**agreement_raw(), "tiers": list_of(agreement_raw(), "tiers")[:2]},
        [("policy_not_allowed", "tiers")],
    ),
    "a tier zero": (with_tier(1, tier=0), [("policy_not_allowed", "tiers.#1.tier")]),
    "tiers out of order": (with_tier(1, tier=2), [("tier_unknown", "tiers.#1")]),
    "another name for a tier": (with_tier(3, zh="一般"), [("tier_unknown", "tiers.#3")]),
    "no scenario": (with_scenarios({}), [("policy_not_allowed", "scenarios")]),
    "scenarios that are a list": (with_scenarios([]), [("policy_wrong_type", "scenarios")]),
    "a scenario of an office": (
        with_scenario("gov.fast_track"),
        [("scenario_refused", "scenarios.gov.fast_track")],
    ),
    "a loan": (with_scenario("finance.loan"), [("scenario_refused", "scenarios.finance.loan")]),
    "a family of offices": (
        with_scenario("service.office", family="信易批"),
        [("policy_not_allowed", "scenarios.service.office.family")],
    ),
    "a visit to a doctor between cities": (
        with_scenario("health.visit", phase="2"),
        [("scenario_local_only", "scenarios.health.visit.phase")],
    ),
    "a scenario without a dot": (
        with_scenario("hotel"),
        [("scenario_malformed", "scenarios.hotel")],
    ),
    "a scenario named in Chinese is not echoed": (
        with_scenario("住宿"),
        [("scenario_malformed", "scenarios.#16")],
    ),
    "a phase as number": (
        with_scenario("retail.market", phase=1),
        [("policy_wrong_type", "scenarios.retail.market.phase")],
    ),
    "two faults at once": (
        {**with_member(slug="Wenzhou"), "version": "1"},
        [("policy_not_allowed", "version"), ("policy_not_allowed", "members.#1.slug")],
    ),
}


@pytest.mark.parametrize(("raw", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_an_agreement_that_breaks_a_rule_is_refused(
    raw: Raw, expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(PolicyFileError) as refusal:
        Agreement.parse(raw)

    assert found(refusal.value) == expected


@pytest.mark.parametrize(
    "entity_id",
    [
        "http://127.0.0.1:18301",
        "https://credit.example:8443/a/b",
        "https://credit.example/" + "a" * 105,
    ],
)
def test_an_entity_id_of_the_protocol_is_read(entity_id: str) -> None:
    agreement = Agreement.parse(with_member(entity_id=entity_id))

    assert agreement.members[0].entity_id == entity_id


def test_a_misspelled_key_is_answered_with_the_right_one() -> None:
    raw = {**without(agreement_raw(), "version"), "ver_sion": "2026.1"}

    with pytest.raises(PolicyFileError) as refusal:
        Agreement.parse(raw)

    assert "ver_sion: is not a known key; did you mean version?" in str(refusal.value)
    assert ("policy_missing", "version") in found(refusal.value)


def test_a_key_like_no_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(PolicyFileError) as refusal:
        Agreement.parse({**agreement_raw(), "zzz\u202e": 1})

    assert str(refusal.value) == (
        "#0: is not a known key; allowed: version, members, tiers, scenarios"
    )
