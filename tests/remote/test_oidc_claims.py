"""What an OpenID provider is asked beside the subject, and when it last saw a proof."""

import json
from collections.abc import Generator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.services.identity import AskedClaims, NotAdultError
from gateway.services.sign_in import SKEW_S, SignInRefusedError
from tests.remote.liar import ATTEMPT, Liar, client, lying
from tests.world import NOON

ASKED = AskedClaims(name="name", adult="age_over_18")
FRESH = replace(ATTEMPT, fresh=True)


@pytest.fixture
def liar() -> Generator[Liar]:
    with lying() as made:
        yield made


def asked_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_fresh_sign_in_asks_for_a_proof_of_this_moment(liar: Liar) -> None:
    asked = asked_of(client(liar).authorization_url(FRESH))

    assert (asked["max_age"], asked["prompt"]) == ("0", "login")


@pytest.mark.parametrize("proved_at", [ATTEMPT.began_at - SKEW_S, NOON, NOON + SKEW_S])
def test_a_proof_within_the_attempt_is_fresh(liar: Liar, proved_at: int) -> None:
    liar.claims = {"auth_time": proved_at}

    found = client(liar).identify("c", FRESH, NOON)

    assert found.proved_at == min(proved_at, NOON)
    assert found.proved(NOON)


STALE: dict[str, object] = {
    "a remembered session": ATTEMPT.began_at - SKEW_S - 1,
    "no time": None,
    "of the future": NOON + SKEW_S + 1,
    "no number": str(NOON),
    "true": True,
    "a fraction": NOON + 0.5,
    "negative": -1,
}


@pytest.mark.parametrize("name", STALE)
def test_a_remembered_session_is_no_fresh_proof(liar: Liar, name: str) -> None:
    liar.claims = {"auth_time": STALE[name]}

    with pytest.raises(SignInRefusedError):
        client(liar).identify("c", FRESH, NOON)


@pytest.mark.parametrize("name", ["no time", "of the future", "true", "a fraction", "negative"])
def test_where_no_fresh_proof_is_asked_an_odd_time_is_none(liar: Liar, name: str) -> None:
    liar.claims = {"auth_time": STALE[name]}

    assert client(liar).identify("c", ATTEMPT, NOON).proved_at is None


def test_a_city_that_asks_for_claims_gets_a_masked_name_and_a_yes(liar: Liar) -> None:
    liar.claims = {"name": "张演示", "age_over_18": True}
    liar.metadata = {"claims_parameter_supported": True}

    asked = asked_of(client(liar, asked=ASKED).authorization_url(ATTEMPT))
    found = client(liar, asked=ASKED).identify("c", ATTEMPT, NOON)

    assert asked["scope"] == "openid profile"
    assert json.loads(asked["claims"]) == {
        "id_token": {"name": None, "age_over_18": {"essential": True}}
    }
    assert found.holder == "张*"
    assert "张" not in repr(found)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (AskedClaims(name="name"), {"name": None}),
        (AskedClaims(adult="is_adult"), {"is_adult": {"essential": True}}),
    ],
)
def test_only_what_the_city_asks_for_is_wanted(
    liar: Liar, asked: AskedClaims, wanted: dict[str, object]
) -> None:
    liar.metadata = {"claims_parameter_supported": True}

    url = client(liar, asked=asked).authorization_url(ATTEMPT)

    assert json.loads(asked_of(url)["claims"]) == {"id_token": wanted}


def test_a_provider_that_takes_no_wishes_is_sent_none(liar: Liar) -> None:
    assert "claims" not in asked_of(client(liar, asked=ASKED).authorization_url(ATTEMPT))
    liar.metadata = {"claims_parameter_supported": True}
    assert "claims" not in asked_of(client(liar).authorization_url(ATTEMPT))


@pytest.mark.parametrize("said", [False, None, "true", 1, [True], "1990-01-01"])
def test_whoever_is_not_said_to_be_18_is_not_signed_in(liar: Liar, said: object) -> None:
    liar.claims = {"age_over_18": said}

    with pytest.raises(NotAdultError):
        client(liar, asked=ASKED).identify("c", ATTEMPT, NOON)


@pytest.mark.parametrize("said", [None, "", "  ", "*", "3", 7, ["张"], {"zh": "张"}])
def test_a_name_that_is_none_masks_nobody_and_stops_nobody(liar: Liar, said: object) -> None:
    liar.claims = {"age_over_18": True, "name": said}

    assert client(liar, asked=ASKED).identify("c", ATTEMPT, NOON).holder is None
