"""Quota tickets: which differ, which are the same, and that no two framings meet."""

import hashlib
import hmac

import pytest

from gateway.codes import grammar
from gateway.codes.tickets import ticket_of
from gateway.ids import CityId, ScenarioId
from gateway.jose import base64url
from tests.world import NOON, WENZHOU

SECRET = bytes(range(32))


def ticket(secret: bytes = SECRET, **changes: object) -> str:
    parts: dict[str, object] = {
        "subject": "example-1",
        "destination": CityId("330500"),
        "scenario": ScenarioId("fitness.gym"),
        "period": "1month:674",
        "number": 0,
    }
    return ticket_of(secret, **(parts | changes))  # type: ignore[arg-type]  # builder of tests


def test_a_ticket_is_made_as_documented() -> None:
    parts = (b"example-1", b"330500", b"fitness.gym", b"1month:674")
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts) + bytes(4)

    digest = hmac.new(SECRET, framed, hashlib.sha256).digest()

    assert ticket() == base64url.encode(digest[:16])


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "example-2"},
        {"destination": CityId("330300")},
        {"scenario": ScenarioId("fitness.gym.swim")},
        {"period": "1month:675"},
        {"number": 1},
        {"secret": bytes(32)},
        {"subject": "example-13", "destination": CityId("30500")},
    ],
    ids=str,
)
def test_another_use_has_another_ticket(change: dict[str, object]) -> None:
    assert ticket(**change) != ticket()  # type: ignore[arg-type]  # builder of tests


def test_every_ticket_fits_the_grammar_of_a_code() -> None:
    for number in range(100):
        claims = WENZHOU.claims(
            at=NOON,
            tier=None,
            destination=CityId("330500"),
            scenario=ScenarioId("fitness.gym"),
            policy_version="2026.1",
            ticket=ticket(number=number),
        )

        assert grammar.parse(grammar.serialise(claims)) == claims
