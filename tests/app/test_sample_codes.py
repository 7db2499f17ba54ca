"""The test issuer on a real state directory: a demo's answers its codes, production's none."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.app.composition import OpenCity, open_city
from gateway.app.sample_codes import samples_of, trust_of
from gateway.app.serving import gateway_of
from gateway.demo.layout import Place
from gateway.demo.people import admit
from gateway.ids import TEST_ISSUER, ReceiptId, ScenarioId
from gateway.services.sample_codes import NoTestIssuerError
from gateway.services.verdicts import Outcome
from gateway.settings import StateKind
from gateway.storage.figures import day_figures
from gateway.web.wiring import make_flask
from tests.app.places import new_place

HOTEL = ScenarioId("lodging.hotel")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return new_place(tmp_path_factory.mktemp("test-issuer") / "demo")


@pytest.fixture(scope="module")
def token(place: Place) -> str:
    with open_city(place.settings()) as city:
        return admit(city, city.clock.now()).merchants[HOTEL]


def in_production(city: OpenCity) -> OpenCity:
    """Return the very same city, keys and secrets included, as production would run it."""
    return replace(city, settings=replace(city.settings, kind=StateKind.PRODUCTION))


def ask(city: OpenCity, texts: dict[Outcome, str], token: str) -> dict[Outcome, dict[str, Any]]:
    client = make_flask(gateway_of(city)).test_client()
    return {
        outcome: client.post(
            "/api/v1/verifications",
            json={"code": text, "scenario": HOTEL},
            headers={"Authorization": f"Bearer {token}"},
        ).get_json(force=True)
        for outcome, text in texts.items()
    }


def test_a_demo_gives_each_code_its_outcome_and_a_real_receipt(place: Place, token: str) -> None:
    with open_city(place.settings()) as city:
        now = city.clock.now()
        before = day_figures(city.store.engine, now)

        answers = ask(city, dict(samples_of(city, HOTEL, now).make(now)), token)

        receipt = ReceiptId(answers[Outcome.RECOGNISED]["receipt"])
        record = city.store.verifications.find(receipt)
        after = day_figures(city.store.engine, now)
    assert {outcome: answer["outcome"] for outcome, answer in answers.items()} == {
        outcome: outcome.value for outcome in Outcome
    }
    assert record is not None
    assert record.issuer == TEST_ISSUER
    assert after.recognised == before.recognised


def test_production_refuses_every_test_code_even_of_its_own_secret(
    place: Place, token: str
) -> None:
    with open_city(place.settings()) as city:
        now = city.clock.now()
        texts = dict(samples_of(city, HOTEL, now).make(now))

        answers = ask(in_production(city), texts, token)

    assert {answer["outcome"] for answer in answers.values()} == {"not_a_code"}
    assert {
        outcome: answer["hint"] for outcome, answer in answers.items() if "hint" in answer
    } == dict.fromkeys(set(Outcome) - {Outcome.NOT_A_CODE}, "not_a_member")
    assert not any("receipt" in answer for answer in answers.values())


def test_production_neither_knows_the_test_issuer_nor_makes_its_codes(place: Place) -> None:
    with open_city(place.settings()) as city:
        production = in_production(city)

        assert trust_of(production) is city.trust
        assert gateway_of(production).verify.trust is city.trust
        with pytest.raises(NoTestIssuerError, match="production"):
            samples_of(production, HOTEL, city.clock.now())


def test_another_demo_city_does_not_know_this_ones_test_codes(place: Place, tmp_path: Path) -> None:
    with open_city(place.settings()) as city:
        now = city.clock.now()
        text = samples_of(city, HOTEL, now).make(now)[Outcome.RECOGNISED]
    with open_city(new_place(tmp_path / "other").settings()) as other:
        theirs = admit(other, now).merchants[HOTEL]

        answers = ask(other, {Outcome.RECOGNISED: text}, theirs)

    assert answers[Outcome.RECOGNISED]["outcome"] == "present_again"


def test_without_a_scenario_the_first_with_an_offer_is_taken(place: Place) -> None:
    with open_city(place.settings()) as city:
        now = city.clock.now()

        assert samples_of(city, None, now).scenario == "dining.restaurant"
        with pytest.raises(NoTestIssuerError, match="no offer"):
            samples_of(city, ScenarioId("fitness.gym.monthly"), now)
