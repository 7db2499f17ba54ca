"""The published vectors, run from the file alone, and read by a second library."""

import hashlib
import json
from pathlib import Path
from typing import Any, cast

import pytest
from joserfc import jws as other_jws
from joserfc.jwk import ECKey

from gateway.ids import CityId, EntityId, Timestamp
from gateway.jose.keys import parse_jwk
from gateway.trust import entity
from gateway.trust.cycle import take
from gateway.trust.record import Pins
from gateway.trust.safety import half, safety_number
from gateway.trust.statements import fingerprint, read
from gateway.trust.trusted_city import Role, TrustedCity
from tests.vectors import make_trust

VECTORS = cast(
    "dict[str, Any]",
    json.loads((Path(__file__).parents[1] / "vectors" / "trust.json").read_text("utf-8")),
)
CITY = VECTORS["city"]
FIRST = VECTORS["first_contact"]
CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in VECTORS["cases"]}
PINS = Pins(
    anchor=EntityId(CITY["anchor"]),
    leaf=EntityId(CITY["leaf"]),
    division=CityId(CITY["division"]),
    anchor_keys=tuple(parse_jwk(jwk) for jwk in CITY["anchor_keys"]),
)


@pytest.mark.parametrize("name", CASES)
def test_a_sequence_of_statements_ends_as_published(name: str) -> None:
    case = CASES[name]
    city, accepted = TrustedCity.first(PINS), dict[str, tuple[str, Timestamp]]()

    told: list[dict[str, Any]] = []
    for step in [*FIRST, *case["steps"]]:
        role = Role(step["role"])
        update = take(city, role, step["token"], accepted=accepted, now=Timestamp(step["now"]))
        city = update.city
        life = city.life(role)
        if update.result.value == "accepted" and life:
            accepted[fingerprint(read(step["token"]))] = (role.value, life.issued_at)
        alarms = [str(alarm.code) for alarm in update.alarms]
        told.append({"result": update.result.value, "refusal": update.refusal, "alarms": alarms})

    assert [each["result"] for each in told[:3]] == ["accepted"] * 3
    expected = [
        {name: step[name] for name in ("result", "refusal", "alarms")} for step in case["steps"]
    ]
    assert told[3:] == expected
    assert make_trust.after(city) == case["after"]


@pytest.mark.parametrize("pair", VECTORS["safety"])
def test_a_safety_number_is_as_published(pair: dict[str, Any]) -> None:
    halves = [half(EntityId(city["anchor"]), city["kids"]) for city in pair["cities"]]

    assert [list(each) for each in halves] == [city["half"] for city in pair["cities"]]
    assert list(safety_number(*halves)) == pair["safety_number"]


@pytest.mark.parametrize("pair", VECTORS["safety"][:3])
def test_a_safety_number_follows_from_the_document_alone(pair: dict[str, Any]) -> None:
    halves: list[str] = []
    for city in pair["cities"]:
        lines = ["credit-code-safety-1", city["anchor"], *sorted(city["kids"])]
        digest = hashlib.sha512(("\n".join(lines) + "\n").encode()).hexdigest()
        groups = [f"{int(digest[10 * i : 10 * i + 10], 16) % 100000:05d}" for i in range(6)]
        halves.append("".join(groups))

    assert "".join(sorted(halves)) == "".join(pair["safety_number"])


@pytest.mark.parametrize("step", FIRST, ids=lambda step: str(step["role"]))
def test_a_second_library_verifies_what_cities_publish(step: dict[str, Any]) -> None:
    anchor = json.loads(read(FIRST[0]["token"]).payload)
    below = json.loads(read(FIRST[1]["token"]).payload)
    signers = anchor["jwks"]["keys"] if step["role"] != "leaf" else below["jwks"]["keys"]
    kid = read(step["token"]).kid

    key = ECKey.import_key(next(jwk for jwk in signers if jwk["kid"] == kid))
    read_by_other = other_jws.deserialize_compact(step["token"], key, algorithms=["ES256"])

    claims = json.loads(read_by_other.payload)
    assert claims["sub"] == (CITY["anchor"] if step["role"] == "anchor" else CITY["leaf"])
    assert key.thumbprint() == kid


def test_vectors_made_anew_with_other_keys_tell_the_same() -> None:
    made = make_trust.vectors()

    assert [told(case) for case in made["cases"]] == [told(case) for case in CASES.values()]
    assert entity.anchor_of(make_trust.CITY.leaf) == made["city"]["anchor"]


def told(case: dict[str, Any]) -> list[object]:
    steps = [(step["role"], step["now"], step["refusal"], step["alarms"]) for step in case["steps"]]
    return [case["name"], case["after"]["expires_at"], *steps]
