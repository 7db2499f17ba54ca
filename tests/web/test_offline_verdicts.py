"""What a page answers without its city: every outcome, and both sides of every edge.

All rows are asked in one run of Node.
"""

import json
from typing import Final

import pytest

from tests.web.offline_counter import (
    CATALOGUE,
    FACTS,
    LIST,
    OFFERS,
    TO_COME,
    TOLERANCE_S,
    TTL_S,
    YOGA,
    asks,
    bundle,
    general,
    known,
    printed,
    scenario_code,
    the_list,
    without,
)
from tests.web.page_verifier import Asked, ask_page
from tests.world import (
    ATTRACTION,
    DAY,
    GYM,
    HANGZHOU,
    HOTEL,
    HOUR,
    JIAXING,
    JINHUA,
    NOON,
    WENZHOU,
    City,
)

OK = ("recognised", "recognised")
AGAIN, NOTHING, UNKNOWN = "present_again", "no_benefit", "undetermined"

ROWS: Final[dict[str, tuple[Asked, tuple[str, ...]]]] = {
    "a visitor": (asks(general()), OK),
    "a local": (asks(general(WENZHOU)), OK),
    # The text
    "nothing": (asks(""), ("not_a_code", "not_a_code")),
    "a health code": (asks("HC1:ABC"), ("not_a_code", "not_a_code")),
    "an address": (asks("https://pay.example/?CC1:"), ("not_a_code", "not_a_code")),
    "a later form": (asks("CC2:ABC"), ("not_a_code", "newer_form", "update")),
    "lower case": (asks(general().lower()), ("not_a_code", "not_a_code")),
    "white space around": (asks(f"\r\n\t {general()} \n"), OK),
    "a line separator around": (asks(f"{general()}\u2028"), ("not_a_code", "not_a_code")),
    "another city's code": (
        asks(general(HANGZHOU)),
        ("not_a_code", "not_a_member", "not_a_member"),
    ),
    # What is missing
    "no facts": ({**asks(general()), "facts": None}, (UNKNOWN, "facts_missing")),
    "half the facts": (
        {**asks(general()), "facts": without(FACTS, "agreed")},
        (UNKNOWN, "facts_missing"),
    ),
    "no trust": ({**asks(general()), "trust": None}, (UNKNOWN, "facts_missing")),
    "no code, and no facts": (
        {**asks("HC1:"), "facts": None, "trust": None},
        ("not_a_code", "not_a_code"),
    ),
    "no bundle": (asks(general(), bundle=None), (UNKNOWN, "issuer_unknown")),
    "a bundle of another form": (
        asks(general(), bundle=bundle(issuers=[])),
        (UNKNOWN, "json_members"),
    ),
    "a member that is in no bundle": (asks(general(JIAXING)), (UNKNOWN, "issuer_unknown")),
    "a longest life that nobody told": (
        asks(general(), facts={"lifetimeMax": {}}),
        (UNKNOWN, "lifetime_unknown"),
    ),
    "no catalogue": (asks(general(), catalogues=[]), (UNKNOWN, "catalogue_unknown")),
    "a catalogue to come alone": (
        asks(general(), catalogues=[TO_COME]),
        (UNKNOWN, "catalogue_unknown"),
    ),
    "a catalogue of another form": (
        asks(general(), catalogues=[without(CATALOGUE, "version")]),
        (UNKNOWN, "catalogue_refused"),
    ),
    # Keys
    "the first second of a key": (asks(general(), bundle=bundle(known(nbf=NOON))), OK),
    "a second before a key": (
        asks(general(), bundle=bundle(known(nbf=NOON + 1))),
        (AGAIN, "key_not_usable"),
    ),
    "a code that ends with its key": (asks(general(), bundle=bundle(known(exp=NOON + 90))), OK),
    "a code that outlives its key": (
        asks(general(), bundle=bundle(known(exp=NOON + 89))),
        (AGAIN, "code_outlives_key"),
    ),
    "the end of a key": (
        asks(general(), bundle=bundle(known(exp=NOON))),
        (AGAIN, "key_not_usable"),
    ),
    "a key of another city": (
        asks(general(), bundle=bundle({**known(), "city": JIAXING.code}, known(WENZHOU))),
        (UNKNOWN, "issuer_unknown"),
    ),
    "the same city's other key": (
        asks(general(City(JINHUA.code))),
        (AGAIN, "no_key"),
    ),
    # Trust, in time
    "the last second of its city": (asks(general(), bundle=bundle(expires=NOON + 1)), OK),
    "the end of its city": (
        asks(general(), bundle=bundle(expires=NOON)),
        (UNKNOWN, "issuer_not_active"),
    ),
    "a forged code at the end of its city": (
        asks(general(City(JINHUA.code)), bundle=bundle(expires=NOON)),
        (AGAIN, "no_key"),
    ),
    "the last second of the bundle": (asks(general(), bundle=bundle(exp=NOON + 1)), OK),
    "the end of the bundle": (
        asks(general(), bundle=bundle(exp=NOON)),
        (UNKNOWN, "bundle_expired"),
    ),
    "a bundle 60 s ahead": (asks(general(), bundle=bundle(iat=NOON + 60)), OK),
    "a bundle 61 s ahead": (
        asks(general(), bundle=bundle(iat=NOON + 61)),
        (UNKNOWN, "bundle_expired"),
    ),
    # Life
    "a code 60 s ahead": (asks(general(at=NOON + 60)), OK),
    "a code 61 s ahead": (asks(general(at=NOON + 61)), (AGAIN, "code_life")),
    "the last second of a code": (asks(general(), now=NOON + 89), OK),
    "the last moment of a code": (asks(general(), now=NOON + 89.999), OK),
    "the end of a code": (asks(general(), now=NOON + 90), (AGAIN, "code_life")),
    "a life backwards": (asks(general(life_s=-1)), (AGAIN, "code_life")),
    "an hour": (asks(general(life_s=HOUR)), OK),
    "an hour and a second": (asks(general(life_s=HOUR + 1)), (AGAIN, "code_status_rule")),
    "as long as its city says": (
        asks(general(life_s=120), facts={"lifetimeMax": {JINHUA.code: 120}}),
        OK,
    ),
    "longer than its city says": (
        asks(general(life_s=121), facts={"lifetimeMax": {JINHUA.code: 120}}),
        (AGAIN, "code_lifetime"),
    ),
    "31 days": (asks(printed(life_s=31 * DAY)), OK),
    "31 days and a second": (asks(printed(life_s=31 * DAY + 1)), (AGAIN, "code_lifetime")),
    # Place
    "for another city": (
        asks(scenario_code(destination=JIAXING.code)),
        (NOTHING, "other_destination"),
    ),
    "for another scenario": (asks(scenario_code(HOTEL)), (NOTHING, "other_scenario")),
    "for a part": (asks(scenario_code(YOGA, ticket="A" * 22), GYM), OK),
    "for the whole, asked for a part": (
        asks(scenario_code(GYM, ticket="A" * 22), YOGA),
        (NOTHING, "other_scenario"),
    ),
    "for a scenario that only begins alike": (
        asks(scenario_code("fitness.gymnasium"), GYM),
        (NOTHING, "other_scenario"),
    ),
    "a merchant without the scenario": (
        asks(general(), facts={"scenarios": [HOTEL]}),
        (NOTHING, "merchant_scenario"),
    ),
    "no code, at a merchant without the scenario": (
        asks("HC1:", facts={"scenarios": [HOTEL]}),
        (NOTHING, "merchant_scenario"),
    ),
    "a scenario that was not agreed with its city": (
        asks(
            general(JIAXING),
            bundle=bundle(known(JIAXING)),
        ),
        (NOTHING, "scenario_not_agreed"),
    ),
    "a venue": (asks(general(at=NOON - 5), ATTRACTION, venue="hall", now=NOON - 1), OK),
    "no venue, where an offer has one": (
        asks(general(at=NOON - 5), ATTRACTION, now=NOON - 1),
        (NOTHING, "no_offer"),
    ),
    "a venue that nobody knows": (
        asks(general(), venue="elsewhere"),
        (NOTHING, "merchant_scenario"),
    ),
    "a venue of another scenario": (asks(general(), venue="inn"), (NOTHING, "merchant_scenario")),
    "a venue that was closed": (
        asks(general(), venue="inn", facts={"venues": [{"id": "inn", "scenarios": []}]}),
        (NOTHING, "merchant_scenario"),
    ),
    "a venue called as a member of every object": (
        asks(general(), venue="constructor"),
        (NOTHING, "merchant_scenario"),
    ),
    # Status
    "a bit that is not set": (asks(printed(1)), OK),
    "a bit that is set": (asks(printed(7)), (AGAIN, "revoked")),
    "the last entry": (asks(printed(2**20 - 1)), OK),
    "behind the last entry": (asks(printed(2**20)), (UNKNOWN, "status_index")),
    "far behind the last entry": (asks(printed(2**32 + 1)), (UNKNOWN, "status_index")),
    "no list at hand": (asks(printed(), statusLists={}), (UNKNOWN, "status_unlisted")),
    "a list that its city does not name": (
        asks(printed(uri="https://credit.jinhua.example/status/2")),
        (UNKNOWN, "status_unlisted"),
    ),
    "a list for another address": (
        asks(printed(), statusLists={LIST: the_list(sub="https://x.example/status/1")}),
        (UNKNOWN, "status_list_form"),
    ),
    "the last second of a list": (
        asks(printed(7), statusLists={LIST: the_list(NOON - TTL_S - TOLERANCE_S)}),
        (AGAIN, "revoked"),
    ),
    "a list a second too old": (
        asks(printed(7), statusLists={LIST: the_list(NOON - TTL_S - TOLERANCE_S - 1)}),
        (UNKNOWN, "status_too_old"),
    ),
    "the end of a list": (
        asks(printed(), statusLists={LIST: the_list(exp=NOON)}),
        (UNKNOWN, "status_too_old"),
    ),
    # Offers
    "a tier that is enough": (asks(general(tier=3)), OK),
    "a tier that is not": (asks(general(tier=1)), (NOTHING, "no_offer")),
    "a general code where there is a quota": (
        asks(general(), GYM),
        (NOTHING, "no_offer", "scenario_code"),
    ),
    "a stopped offer": (
        asks(general(), facts={"stoppedOffers": ["meal"]}),
        (NOTHING, "no_offer"),
    ),
    "a stopped offer, and a code for it": (
        asks(scenario_code(), facts={"stoppedOffers": ["meal"]}),
        (NOTHING, "no_offer"),
    ),
    "the first second of an offer": (asks(general(), "travel.attraction.tower"), OK),
    "a second before an offer": (
        asks(general(), "travel.attraction.tower", now=NOON - 1),
        (NOTHING, "no_offer"),
    ),
    "the end of an offer": (
        asks(general(), "travel.attraction.tower", now=NOON + 10),
        (NOTHING, "no_offer"),
    ),
    "a quota without a ticket": (asks(scenario_code(YOGA), GYM), (NOTHING, "ticket_missing")),
    "the next catalogue, in its first second": (
        asks(general(at=NOON + 950), now=NOON + 1000),
        (NOTHING, "no_offer"),
    ),
    "the catalogue before, in its last second": (asks(general(at=NOON + 950), now=NOON + 999), OK),
    # Versions
    "a version in force": (asks(scenario_code()), OK),
    "a version 60 s ahead of its time": (
        asks(scenario_code(pol="2026.3", at=NOON + 940), now=NOON + 1000),
        OK,
    ),
    "a version 61 s ahead of its time": (
        asks(scenario_code(pol="2026.3", at=NOON + 939), now=NOON + 1000),
        (NOTHING, "version_not_in_force"),
    ),
    "the version before": (
        asks(scenario_code(pol="2026.1", at=NOON - 80)),
        (NOTHING, "version_not_in_force"),
    ),
    "a version in its last minute": (
        asks(printed(life_s=2 * DAY, pol="2026.1", at=NOON - DAY + 59)),
        OK,
    ),
    "a version a minute after its end": (
        asks(printed(life_s=2 * DAY, pol="2026.1", at=NOON - DAY + 60)),
        (NOTHING, "version_not_in_force"),
    ),
    "a version that was never seen here": (
        asks(scenario_code(pol="2025.9")),
        (UNKNOWN, "version_unknown"),
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Asked]:
    """Return what the page says to each row, and what it says to a merchant."""
    directory = tmp_path_factory.mktemp("asks")
    judged = [{"do": "judge", **asked} for asked, _ in ROWS.values()]
    told = [{"do": "verify", **asked} for asked, _ in ROWS.values()]
    found = ask_page([*judged, *told], directory)
    names = list(ROWS)
    half = len(names)
    return {
        name: {"judged": found[place], "told": found[half + place]}
        for place, name in enumerate(names)
    }


@pytest.mark.parametrize("name", ROWS)
def test_a_page_answers(name: str, said: dict[str, Asked]) -> None:
    judged = said[name]["judged"]

    found = (judged["outcome"], judged["reason"], judged.get("hint"))

    outcome, reason, *hint = ROWS[name][1]
    assert found == (outcome, reason, hint[0] if hint else None)


def test_a_merchant_learns_no_reason_and_nothing_beside_another_code_please(
    said: dict[str, Asked],
) -> None:
    told = [each["told"] for each in said.values()]
    again = {json.dumps(each) for each in told if each["outcome"] == AGAIN}

    assert all("reason" not in each for each in told)
    assert again == {'{"outcome": "present_again", "offers": []}'}


def test_a_grant_says_what_when_and_whose_and_neither_tier_nor_ticket(
    said: dict[str, Asked],
) -> None:
    told = said["a visitor"]["told"]

    (granted,) = told.pop("offers")
    code_id = told.pop("codeId")
    assert granted == {
        "id": "meal",
        "version": 1,
        "kind": "discount_rate",
        "value": "0.80",
        "cap": None,
        "zh": "8折",
        "en": "20 % off",
        "offline": "grant",
    }
    assert len(code_id) == 16
    assert told == {"outcome": "recognised", "validUntil": NOON + 90, "issuer": JINHUA.code}


def test_a_printed_code_names_its_holder(said: dict[str, Asked]) -> None:
    assert said["a bit that is not set"]["told"]["holder"] == "张*"
    assert "holder" not in said["a visitor"]["told"]


def test_an_offer_with_a_quota_needs_the_connection(said: dict[str, Asked]) -> None:
    (yoga,) = said["for a part"]["told"]["offers"]

    assert OFFERS[2]["offline"] == "grant"
    assert yoga["offline"] == "online_only"
