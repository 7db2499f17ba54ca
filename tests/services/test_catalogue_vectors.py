"""The published catalogues and tickets, run from the files, and made from the document alone."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.codes.tickets import ticket_of
from gateway.errors import GatewayError
from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.jose import base64url
from gateway.jose.keys import parse_jwk
from gateway.policy.published import PublishedCatalogue, parse_published
from gateway.policy.quotas import period_of, ticket_number
from gateway.policy.terms import Quota, Unit
from gateway.services.catalogue_kinds import catalogue_kinds
from gateway.trust.documents import CATALOGUE_TYPE, verify_document
from tests.policy.builders import AGREEMENT
from tests.vectors import make_catalogue

HERE = Path(__file__).parents[1] / "vectors"


def _read(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((HERE / name).read_text("utf-8")))


CATALOGUE, TICKETS = _read("catalogue.json"), _read("tickets.json")
CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in CATALOGUE["cases"]}
FOLLOWERS: dict[str, dict[str, Any]] = {each["name"]: each for each in CATALOGUE["followers"]}
IN_FORCE, _ = catalogue_kinds(AGREEMENT.scenarios)


def _published(case: dict[str, Any]) -> PublishedCatalogue:
    document = verify_document(
        case["token"],
        kind=CATALOGUE_TYPE,
        issuer=EntityId(CATALOGUE["leaf"]),
        keys=tuple(parse_jwk(jwk) for jwk in CATALOGUE["keys"]),
        now=Timestamp(case["now"]),
    )
    value = IN_FORCE.read("catalogue", document)
    assert isinstance(value, PublishedCatalogue)
    return value


@pytest.mark.parametrize("name", CASES)
def test_a_catalogue_is_read_as_published(name: str) -> None:
    case = CASES[name]
    told: dict[str, Any]

    try:
        offers = _published(case).catalogue.offers
        told = {"accepted": True, "offers": {each.id: each.scenario for each in offers}}
    except GatewayError as error:
        told = {"accepted": False, "error": error.code}

    assert told == case["expected"]


@pytest.mark.parametrize("name", FOLLOWERS)
def test_a_catalogue_follows_another_as_published(name: str) -> None:
    first, second = CATALOGUE["cases"][0], FOLLOWERS[name]

    try:
        _published(first).check_followed_by(_published(second))
        error = None
    except GatewayError as refused:
        error = refused.code

    assert error == second["error"]


def test_the_vectors_are_those_that_their_maker_writes() -> None:
    assert CATALOGUE["cases"] == make_catalogue.cases()
    assert CATALOGUE["followers"] == make_catalogue.pairs()
    assert TICKETS["tickets"] == make_catalogue.tickets()


def test_the_catalogue_that_the_document_shows_is_one() -> None:
    text = (HERE.parents[1] / "docs/protocol/documents.md").read_text("utf-8")
    shown = text.partition("## The catalogue")[2].partition("```json")[2].partition("```")[0]

    (offer,) = parse_published(json.loads(shown), AGREEMENT.scenarios).catalogue.offers

    assert (offer.id, offer.told.en.split(" (")[0]) == ("hotel-deposit", "no deposit")


def _name(row: dict[str, Any]) -> str:
    return f"{row['period']}, {row['quota']['count']}, {row['iat']}, {row['codes_today']}"


@pytest.mark.parametrize("row", TICKETS["tickets"], ids=_name)
def test_a_ticket_is_as_published(row: dict[str, Any]) -> None:
    told = row["quota"]
    quota = Quota(count=told["count"], every=told["every"], unit=Unit(told["unit"]))
    period = period_of(quota, Timestamp(row["iat"]))
    number = ticket_number(quota, period, row["codes_today"])

    made = ticket_of(
        bytes.fromhex(TICKETS["secret"]),
        subject=row["subject"],
        destination=CityId(row["aud"]),
        scenario=ScenarioId(row["scn"]),
        period=period.name,
        number=number,
    )

    assert (period.name, period.day, period.ends_at) == (row["period"], row["day"], row["ends"])
    assert (number, made) == (row["i"], row["nul"])


@pytest.mark.parametrize("row", TICKETS["tickets"], ids=_name)
def test_a_ticket_follows_from_the_document_alone(row: dict[str, Any]) -> None:
    parts = [row[name].encode() for name in ("subject", "aud", "scn", "period")]
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    secret, number = bytes.fromhex(TICKETS["secret"]), row["i"].to_bytes(4, "big")

    digest = hmac.new(secret, framed + number, hashlib.sha256).digest()

    assert base64url.encode(digest[:16]) == row["nul"]
    assert row["i"] == (row["day"] + row["codes_today"]) % row["quota"]["count"]
