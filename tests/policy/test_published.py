"""The catalogue as published: written, read back, and refused where it is not as documented."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gateway.errors import PolicyError
from gateway.ids import ScenarioId, VenueId
from gateway.policy.catalogue import Catalogue
from gateway.policy.published import (
    CatalogueRefusedError,
    PublishedCatalogue,
    content_of,
    parse_published,
)
from tests.policy.builders import AGREEMENT, JAN_2026, city_raw, offer_raw, parse, terms_raw

HOTEL, LUCKY = ScenarioId("lodging.hotel"), VenueId("hall")
QUOTA = {"count": 2, "every": 1, "unit": "month"}


def payload(catalogue: Catalogue | None = None, **changes: object) -> dict[str, Any]:
    limited = offer_raw(venues=["hall"], exclusions=[{"zh": "除外", "en": "not that"}])
    of = catalogue or parse(limited, offer_raw(id="second", scenario="lodging.hotel.late"))
    venues = {LUCKY: "示例大厅", VenueId("elsewhere"): "别处"}
    content = content_of(of, AGREEMENT.scenarios, venues)
    whole = {**content, "valid_from": JAN_2026, **changes}
    return dict(json.loads(json.dumps(whole)))


def read(raw: Mapping[str, object]) -> PublishedCatalogue:
    return parse_published(raw, AGREEMENT.scenarios)


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    raw = copy.deepcopy(payload())
    change(raw)
    return raw


def first(raw: dict[str, Any]) -> dict[str, Any]:
    offer: dict[str, Any] = raw["scenarios"]["lodging.hotel"]["offers"][0]
    return offer


@pytest.mark.parametrize("slug", ["wenzhou", "jiaxing", "huzhou", "jinhua"])
def test_what_a_city_publishes_is_read_back_alike(slug: str) -> None:
    raw = city_raw(slug)["catalogue"]
    catalogue = Catalogue.parse(
        raw,
        agreement=AGREEMENT,
        open_scenarios=AGREEMENT.open_scenarios(frozenset(AGREEMENT.scenarios)),
    )

    found = read(payload(catalogue, valid_from=catalogue.valid_from))

    assert set(found.catalogue.offers) == set(catalogue.offers)
    assert found.version == catalogue.version
    assert {each.scenario for each in catalogue.offers} == set(found.names)


def test_a_code_for_a_scenario_gets_the_offers_of_exactly_that_scenario() -> None:
    found = read(payload())

    assert [each.id for each in found.offers(HOTEL)] == ["hotel-discount"]
    assert [each.id for each in found.offers(ScenarioId("lodging.hotel.late"))] == ["second"]
    assert found.offers(ScenarioId("fitness.gym")) == ()


def test_names_of_scenarios_and_of_the_venues_that_offers_name_are_told() -> None:
    found = read(payload())

    assert found.names[HOTEL].zh == "酒店住宿"
    assert found.venues == {LUCKY: "示例大厅"}


def test_offers_of_scenarios_that_are_not_agreed_are_left_out_when_writing() -> None:
    scenarios = {name: each for name, each in AGREEMENT.scenarios.items() if name != HOTEL}

    assert content_of(parse(offer_raw()), scenarios, {})["scenarios"] == {}


def test_unknown_members_are_ignored_at_every_depth() -> None:
    raw = changed(lambda r: r.update(later=1))
    raw["scenarios"]["lodging.hotel"]["later"] = 1
    raw["scenarios"]["lodging.hotel"]["name"]["fr"] = "hôtel"
    raw["venues"]["hall"]["later"] = 1
    offer = first(raw)
    offer.update(later=1, only_for=["330500"], visitors={"330500": {}}, quota={**QUOTA, "later": 1})
    offer["resident"].update(later=1, quota={**QUOTA, "later": 1})
    offer["words"]["fr"] = "x"
    offer["exclusions"][0]["fr"] = "x"

    assert read(raw).catalogue.offers[0].quota is not None


def test_scenarios_that_are_not_agreed_or_local_are_not_looked_at() -> None:
    raw = changed(lambda r: r["scenarios"].update({"made.up": "<script>", "health.pay_later": 1}))

    assert set(read(raw).names) == {HOTEL, ScenarioId("lodging.hotel.late")}


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "script tags in words": (
        lambda r: first(r)["words"].update(zh="<script>alert(1)</script>"),
        "policy_not_allowed",
    ),
    "script tags in the name of a scenario": (
        lambda r: r["scenarios"]["lodging.hotel"]["name"].update(en="<b>"),
        "policy_not_allowed",
    ),
    "script tags in the name of a venue": (
        lambda r: r["venues"]["hall"].update(name="<img>"),
        "policy_not_allowed",
    ),
    "bidi override in words": (
        lambda r: first(r)["words"].update(en="free \u202eecnadmittimda"),
        "policy_not_allowed",
    ),
    "bidi isolate in an exclusion": (
        lambda r: first(r)["exclusions"][0].update(zh="\u2066x\u2069"),
        "policy_not_allowed",
    ),
    "zero width in words": (
        lambda r: first(r)["words"].update(en="fr\u200bee"),
        "policy_not_allowed",
    ),
    "control in words": (lambda r: first(r)["words"].update(en="a\nb"), "policy_not_allowed"),
    "not NFC": (lambda r: first(r)["words"].update(en="e\u0301"), "policy_not_allowed"),
    "words too long": (lambda r: first(r)["words"].update(en="x" * 91), "policy_not_allowed"),
    "a thousand scenarios": (
        lambda r: r["scenarios"].update({f"x.y{i}": {} for i in range(200)}),
        "policy_not_allowed",
    ),
    "501 offers in one scenario": (
        lambda r: r["scenarios"]["lodging.hotel"].update(offers=[first(r)] * 501),
        "policy_not_allowed",
    ),
    "501 offers in two scenarios": (
        lambda r: (
            r["scenarios"]["lodging.hotel"].update(offers=[first(r)] * 250),
            r["scenarios"]["lodging.hotel.late"].update(
                offers=r["scenarios"]["lodging.hotel.late"]["offers"] * 251
            ),
        ),
        "policy_not_allowed",
    ),
    "1,001 venues": (
        lambda r: r["venues"].update({f"v{i}": {"name": "v"} for i in range(1001)}),
        "policy_not_allowed",
    ),
    "an odd venue id": (lambda r: r["venues"].update({"a b": {"name": "v"}}), "policy_not_allowed"),
    "a version that no code can name": (lambda r: r.update(version="1" * 13), "policy_not_allowed"),
    "no version": (lambda r: r.pop("version"), "policy_missing"),
    "a moment that is no integer": (lambda r: r.update(valid_from=1.5), "policy_wrong_type"),
    "an offer in another scenario": (
        lambda r: first(r).update(scenario="fitness.gym"),
        "policy_not_allowed",
    ),
    "an offer that is no object": (
        lambda r: r["scenarios"]["lodging.hotel"].update(offers=["x"]),
        "policy_wrong_type",
    ),
    "exclusions that are no list": (
        lambda r: first(r).update(exclusions="x"),
        "policy_wrong_type",
    ),
    "resident terms that are no object": (
        lambda r: first(r).update(resident=1),
        "policy_wrong_type",
    ),
    "a quota that is no object": (lambda r: first(r).update(quota=1), "policy_wrong_type"),
    "other terms for visitors than for residents": (
        lambda r: first(r).update(min_tier=3),
        "parity",
    ),
    "an id that comes twice": (
        lambda r: r["scenarios"]["lodging.hotel"]["offers"].append(first(r)),
        "offer_repeated",
    ),
    "offers of one scenario with two quotas": (
        lambda r: r["scenarios"]["lodging.hotel"]["offers"].append(
            json.loads(
                json.dumps(
                    dict(parse(offer_raw(terms_raw(min_tier=2), id="b")).offers[0].members())
                )
            )
        ),
        "offers_not_split",
    ),
    "scenarios that are a list": (lambda r: r.update(scenarios=[]), "policy_wrong_type"),
    "a scenario that is a text": (
        lambda r: r["scenarios"].update({"lodging.hotel": "x"}),
        "policy_wrong_type",
    ),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_a_catalogue_is_refused_whole(attack: str) -> None:
    change, code = REFUSED[attack]

    with pytest.raises(CatalogueRefusedError) as refused:
        read(changed(change))

    assert refused.value.problem.code == code
    assert "script" not in str(refused.value)


def test_a_catalogue_without_venues_is_read() -> None:
    assert read(changed(lambda r: r.pop("venues"))).venues == {}


FOLLOWERS: dict[str, tuple[dict[str, object], str | None]] = {
    "the same again": ({}, None),
    "the same, moved": ({"valid_from": JAN_2026 + 1}, None),
    "a later version": ({"version": "2026.2", "valid_from": JAN_2026 + 1}, None),
    "an older version replayed": (
        {"version": "2025.9", "valid_from": JAN_2026 - 1},
        "catalogue_rollback",
    ),
    "another version of the same moment": ({"version": "2026.2"}, "catalogue_rollback"),
    "same version, other content": ({"venues": {}}, "catalogue_changed"),
}


@pytest.mark.parametrize("case", FOLLOWERS)
def test_what_may_follow_a_catalogue(case: str) -> None:
    changes, code = FOLLOWERS[case]

    def check() -> str | None:
        try:
            read(payload()).check_followed_by(read({**payload(), **changes}))
        except PolicyError as error:
            return error.code
        return None

    assert check() == code
