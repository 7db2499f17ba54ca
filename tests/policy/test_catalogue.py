from copy import deepcopy

import pytest

from gateway.ids import ScenarioId
from gateway.policy.catalogue import Catalogue
from gateway.policy.errors import PolicyFileError
from gateway.policy.offers import (
    MAX_EXCLUSIONS,
    MAX_TOLD_EN_CHARS,
    MAX_TOLD_ZH_CHARS,
    Offer,
)
from gateway.policy.terms import Kind
from gateway.policy.words import MAX_EN_CHARS, MAX_ZH_CHARS
from tests.policy.builders import (
    AGREEMENT,
    JAN_2026,
    Raw,
    catalogue_raw,
    city_raw,
    found,
    offer_raw,
    parse,
    table_of,
    terms_raw,
    without,
)

PHASE_1 = ("travel.attraction", "lodging.hotel", "dining.restaurant", "fitness.gym")
MONTHLY: Raw = {"count": 1, "every": 1, "unit": "month"}


def resident_without(name: str) -> Raw:
    raw = deepcopy(offer_raw())
    del table_of(raw, "resident")[name]
    return raw


def parse_city(slug: str) -> Catalogue:
    return Catalogue.parse(
        city_raw(slug)["catalogue"],
        agreement=AGREEMENT,
        open_scenarios=AGREEMENT.open_scenarios(frozenset()),
    )


@pytest.mark.parametrize("slug", ["wenzhou", "jiaxing", "huzhou", "jinhua"])
@pytest.mark.parametrize("scenario", PHASE_1)
def test_every_city_has_an_offer_without_quota_in_the_first_phase(slug: str, scenario: str) -> None:
    offers = parse_city(slug).at(ScenarioId(scenario))

    assert [offer.id for offer in offers if offer.quota is None] != []


def test_what_wenzhou_has_not_published_is_marked() -> None:
    offers = parse_city("wenzhou").offers

    marked = {offer.id for offer in offers if offer.illustrative}

    assert marked == {"dining-discount", "gym-discount"}
    assert all(offer.source.startswith("illustrative") is offer.illustrative for offer in offers)


@pytest.mark.parametrize("slug", ["jiaxing", "huzhou", "jinhua"])
def test_cities_that_publish_nothing_are_all_illustrative(slug: str) -> None:
    assert all(offer.illustrative for offer in parse_city(slug).offers)


@pytest.mark.parametrize("slug", ["wenzhou", "jiaxing", "huzhou", "jinhua"])
def test_an_offer_written_as_json_reads_back_the_same(slug: str) -> None:
    catalogue = parse_city(slug)

    again = parse(*(dict(offer.members()) for offer in catalogue.offers))

    assert again.offers == catalogue.offers


def test_an_end_is_written_as_json_too() -> None:
    offer = parse(offer_raw(valid_until=JAN_2026 + 1, venues=["b", "a"])).offers[0]

    stated = offer.members()

    assert (stated["valid_until"], stated["venues"]) == (JAN_2026 + 1, ["a", "b"])


def test_an_offer_shows_its_terms_and_words() -> None:
    (offer,) = parse(offer_raw(terms_raw(cap=5000, min_tier=2))).offers

    shown = (offer.min_tier, offer.kind, offer.value, offer.cap, offer.quota, offer.note)

    assert shown == (2, Kind.DISCOUNT_RATE, "0.80", 5000, None, None)
    assert offer.words.zh == "8折(最多50元)"


def test_words_that_are_given_are_kept() -> None:
    (offer,) = parse(offer_raw(words={"zh": "八折", "en": "20 % off"})).offers

    assert offer.words.zh == "八折"


def test_a_deposit_waiver_says_that_damage_touches_no_code() -> None:
    (offer,) = parse(offer_raw({"min_tier": 1, "kind": "deposit_waiver"})).offers

    assert offer.note is not None
    assert "no code" in offer.note.en


def test_what_is_told_has_every_limit_and_the_note_of_a_deposit() -> None:
    exclusions = [
        {"zh": "限泰顺参加的五家酒店", "en": "Only the five hotels in Taishun"},
        {"zh": "节假日除外", "en": "Not on holidays"},
    ]
    (offer,) = parse(
        offer_raw({"min_tier": 1, "kind": "deposit_waiver"}, exclusions=exclusions)
    ).offers

    assert offer.told.members() == {
        "zh": "免押金(限泰顺参加的五家酒店;节假日除外;损坏照常赔付,与信用码无关)",
        "en": "no deposit (Only the five hotels in Taishun; Not on holidays;"
        " Damage is settled as usual and touches no code)",
    }


def test_an_offer_without_limits_is_told_in_its_words() -> None:
    (offer,) = parse(offer_raw()).offers

    assert offer.told == offer.words


def test_the_longest_that_can_be_told_is_known() -> None:
    longest = {"zh": "限" * MAX_ZH_CHARS, "en": "a" * MAX_EN_CHARS}
    terms: Raw = {"min_tier": 1, "kind": "deposit_waiver"}
    (offer,) = parse(offer_raw(terms, words=longest, exclusions=[longest] * MAX_EXCLUSIONS)).offers

    assert (len(offer.told.zh), len(offer.told.en)) == (MAX_TOLD_ZH_CHARS, MAX_TOLD_EN_CHARS)


def test_an_offer_is_found_under_its_scenario_and_every_whole() -> None:
    catalogue = parse(offer_raw(scenario="travel.attraction.free.island"))

    counts = {
        scenario: len(catalogue.at(ScenarioId(scenario)))
        for scenario in (
            "travel.attraction.free.island",
            "travel.attraction.free",
            "travel.attraction",
            "travel.attraction.free.island.north",
            "lodging.hotel",
        )
    }

    assert list(counts.values()) == [1, 1, 1, 0, 0]


def test_offers_of_one_scenario_may_share_tier_and_quota() -> None:
    catalogue = parse(offer_raw(id="a"), offer_raw({"min_tier": 1, "kind": "gift"}, id="b"))

    assert [offer.id for offer in catalogue.offers] == ["a", "b"]


def test_a_catalogue_may_be_empty() -> None:
    catalogue = Catalogue.parse(
        without(catalogue_raw(), "offers"), agreement=AGREEMENT, open_scenarios=frozenset()
    )

    assert catalogue.offers == ()


def test_a_second_phase_scenario_is_offered_where_it_is_open() -> None:
    parking = ScenarioId("mobility.parking")

    catalogue = parse(offer_raw(scenario=parking), second_phase=frozenset({parking}))

    assert catalogue.offers[0].scenario == parking


OFFER = "catalogue.offers.hotel-discount"
REFUSALS: dict[str, tuple[list[Raw], list[tuple[str, str]]]] = {
    "an office": (
        [offer_raw(scenario="gov.fast_track")],
        [("scenario_refused", f"{OFFER}.scenario")],
    ),
    "a loan": ([offer_raw(scenario="finance.loan")], [("scenario_refused", f"{OFFER}.scenario")]),
    "a doctor": (
        [offer_raw(scenario="health.pay_later")],
        [("scenario_local_only", f"{OFFER}.scenario")],
    ),
    "a part of a local scenario": (
        [offer_raw(scenario="health.pay_later.cash")],
        [("scenario_local_only", f"{OFFER}.scenario")],
    ),
    "a scenario that is not agreed": (
        [offer_raw(scenario="lodging.camp")],
        [("scenario_not_agreed", f"{OFFER}.scenario")],
    ),
    "a second-phase scenario that is not open": (
        [offer_raw(scenario="mobility.parking")],
        [("scenario_not_open", f"{OFFER}.scenario")],
    ),
    "no dot in the scenario": (
        [offer_raw(scenario="hotel")],
        [("scenario_malformed", f"{OFFER}.scenario")],
    ),
    "no scenario": (
        [without(offer_raw(), "scenario")],
        [("policy_missing", f"{OFFER}.scenario")],
    ),
    "one scenario, two tiers": (
        [offer_raw(id="half"), offer_raw(terms_raw(min_tier=2), id="free")],
        [("offers_not_split", "catalogue.offers")],
    ),
    "one scenario, with and without quota": (
        [offer_raw(id="half"), offer_raw(terms_raw(quota=MONTHLY), id="ticket")],
        [("offers_not_split", "catalogue.offers")],
    ),
    "an id twice": ([offer_raw(), offer_raw()], [("offer_repeated", OFFER)]),
    "an id in upper case is called by it": (
        [offer_raw(id="Hotel")],
        [("policy_not_allowed", "catalogue.offers.Hotel.id")],
    ),
    "an id of many words is called by its place": (
        [offer_raw(id="\u202e" * 3)],
        [("policy_not_allowed", "catalogue.offers.#1.id")],
    ),
    "an offer that is no table": ([7], [("policy_wrong_type", "catalogue.offers.#1")]),  # type: ignore[list-item]  # what a file may hold
    "no source": (
        [resident_without("source")],
        [("policy_missing", f"{OFFER}.resident.source")],
    ),
    "no resident terms": (
        [without(offer_raw(), "resident")],
        [("policy_missing", f"{OFFER}.resident")],
    ),
    "an end that is the beginning": (
        [offer_raw(valid_until=JAN_2026)],
        [("offer_never_valid", f"{OFFER}.valid_until")],
    ),
    "a beginning before 1970": (
        [offer_raw(valid_from=-1)],
        [("policy_not_allowed", f"{OFFER}.valid_from")],
    ),
    "a beginning as text": (
        [offer_raw(valid_from="2026-01-01")],
        [("policy_wrong_type", f"{OFFER}.valid_from")],
    ),
    "offline left to the staff": (
        [offer_raw(offline="ask")],
        [("policy_not_allowed", f"{OFFER}.offline")],
    ),
    "offline as number": ([offer_raw(offline=1)], [("policy_wrong_type", f"{OFFER}.offline")]),
    "venues as text": ([offer_raw(venues="a")], [("policy_wrong_type", f"{OFFER}.venues")]),
    "a venue that is a number": (
        [offer_raw(venues=[1])],
        [("policy_wrong_type", f"{OFFER}.venues")],
    ),
    "a venue twice": ([offer_raw(venues=["a", "a"])], [("policy_not_allowed", f"{OFFER}.venues")]),
    "an exclusion in one language": (
        [offer_raw(exclusions=[{"zh": "节日除外"}])],
        [("policy_missing", f"{OFFER}.exclusions.#1.en")],
    ),
    "words that turn the line around": (
        [offer_raw(words={"zh": "8折\u202e", "en": "20 % off"})],
        [("policy_not_allowed", f"{OFFER}.words.zh")],
    ),
    "words that mark up": (
        [offer_raw(words={"zh": "8折", "en": "<b>20 %</b>"})],
        [("policy_not_allowed", f"{OFFER}.words.en")],
    ),
    "illustrative as text": (
        [{**offer_raw(), "resident": {**terms_raw(), "source": "x", "illustrative": "no"}}],
        [("policy_wrong_type", f"{OFFER}.resident.illustrative")],
    ),
    "a city that is no code": (
        [offer_raw(visitors={"jiaxing": terms_raw()})],
        [("policy_not_allowed", f"{OFFER}.visitors.#1")],
    ),
    "a city that is no member": (
        [offer_raw(visitors={"330100": terms_raw()})],
        [("city_not_member", OFFER)],
    ),
    "a misspelled key": (
        [offer_raw(min_teir=1)],
        [("policy_unknown_key", f"{OFFER}.min_teir")],
    ),
}


@pytest.mark.parametrize(("offers", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_a_catalogue_that_breaks_a_rule_is_refused(
    offers: list[Raw], expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(PolicyFileError) as refusal:
        parse(*offers)

    assert found(refusal.value) == expected


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"version": "1.2026"}, "catalogue.version"),
        ({"version": "2026.0"}, "catalogue.version"),
        ({"version": "2026.12345"}, "catalogue.version"),
        ({"offers": [offer_raw(id=str(number)) for number in range(501)]}, "catalogue.offers"),
    ],
)
def test_a_catalogue_is_bounded_and_named_by_year(changes: Raw, key: str) -> None:
    with pytest.raises(PolicyFileError) as refusal:
        Catalogue.parse(catalogue_raw(**changes), agreement=AGREEMENT, open_scenarios=frozenset())

    assert found(refusal.value) == [("policy_not_allowed", key)]


def test_the_longest_version_is_still_one_that_a_code_can_name() -> None:
    catalogue = Catalogue.parse(
        catalogue_raw(version="2026.9999"), agreement=AGREEMENT, open_scenarios=frozenset()
    )

    assert len(catalogue.version) <= 12


def test_an_offer_cannot_be_changed_once_read() -> None:
    (offer,) = parse(offer_raw()).offers

    with pytest.raises(AttributeError):
        offer.version = 2  # type: ignore[misc]  # the refusal is the point

    assert isinstance(offer, Offer)
