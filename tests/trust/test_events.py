"""The published events, run from the file alone, and what a vector cannot hold."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as other_jws
from joserfc.jwk import ECKey

from gateway.errors import GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.jose import jws
from gateway.jose.errors import TooLargeError
from gateway.jose.keys import SoftwareSigner, generate, parse_jwk
from gateway.trust import events
from gateway.trust.errors import UnknownSignerError
from gateway.trust.events import (
    EVENT_TYP,
    REMEMBERED_S,
    EventError,
    EventFormError,
    EventIssuerError,
    EventKeyError,
    Hearing,
    event_keys,
    hear,
)
from gateway.trust.statements import read as read_statement
from gateway.trust.trusted_city import Role, TrustedCity
from tests.trust.cities import HOUR, NOON, accepted, at, jinhua, offered, signed, wenzhou
from tests.vectors import make_events

VECTORS = cast(
    "dict[str, Any]",
    json.loads((Path(__file__).parents[1] / "vectors" / "events.json").read_text("utf-8")),
)
CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in VECTORS["cases"]}
RECIPIENT, NOW = EntityId(VECTORS["recipient"]), Timestamp(VECTORS["now"])


def told(token: str) -> str | None:
    """Return what a sender is told, as a recipient does who knows the partners of the file."""
    try:
        event = events.read(token)
        partner = VECTORS["partners"].get(event.issuer)
        if partner is None:
            raise EventIssuerError("no partner of ours")
        keys = [parse_jwk(jwk) for jwk in partner["live"]]
        events.verify(event, keys, audience=RECIPIENT, now=NOW)
    except TooLargeError as error:
        return error.code
    except EventError as error:
        return error.err
    return None


@pytest.mark.parametrize("name", CASES)
def test_an_event_is_answered_as_published(name: str) -> None:
    assert told(CASES[name]["token"]) == CASES[name]["err"]


def test_the_file_is_what_its_maker_makes() -> None:
    assert make_events.vectors() == VECTORS


def test_every_answer_occurs() -> None:
    assert {case["err"] for case in CASES.values()} == {
        None,
        "too_large",
        *(error.err for error in EventError.__subclasses__()),
    }


def test_a_second_library_verifies_an_event() -> None:
    token = events.sign(
        (signer := generate()), issuer=EntityId("a"), audience=RECIPIENT, now=NOW, jti="j"
    )

    key = ECKey.import_key(dict(signer.public.jwk()))
    read_by_other = other_jws.deserialize_compact(token, key, algorithms=["ES256"])

    assert read_by_other.headers()["typ"] == "secevent+jwt"
    assert json.loads(read_by_other.payload) == {
        "iss": "a",
        "aud": RECIPIENT,
        "iat": NOW,
        "jti": "j",
        "events": {"urn:credit-code:event:trust-changed": {}},
    }


def test_an_event_that_a_second_library_signed_verifies() -> None:
    signer = generate()
    key = ECKey.import_key(signer.private)
    header = {"typ": EVENT_TYP, "kid": signer.public.kid, "alg": "ES256"}
    payload = json.dumps(make_events.EVENT, indent=2).encode()

    event = events.read(other_jws.serialize_compact(header, payload, key))
    events.verify(event, [generate().public, signer.public], audience=RECIPIENT, now=NOW)

    assert event.issuer == make_events.SENDER


# Which keys count

CITY = wenzhou()


def event_by(signer: SoftwareSigner) -> events.UnverifiedEvent:
    return events.read(events.sign(signer, issuer=CITY.leaf, audience=RECIPIENT, now=NOON, jti="j"))


def heard(city: TrustedCity, signer: SoftwareSigner) -> bool:
    try:
        events.verify(event_by(signer), event_keys(city), audience=RECIPIENT, now=NOON)
    except EventKeyError:
        return False
    return True


def after_emergency() -> TrustedCity:
    """Return a partner whose K2 was stolen, and whose leaf by K2next no longer names it."""
    leaf = replace(CITY.leaf_configuration(at(HOUR)), keys=(CITY.k2next.public,))
    return accepted(CITY.known(), Role.LEAF, signed(leaf, CITY.k2next), at(HOUR)).city


def test_both_live_federation_keys_of_a_partner_may_push() -> None:
    assert heard(CITY.known(), CITY.k2)
    assert heard(CITY.known(), CITY.k2next)


def test_an_event_by_a_dead_k2_is_refused_while_k2next_goes_on_pushing() -> None:
    city = after_emergency()

    assert not heard(city, CITY.k2)
    assert heard(city, CITY.k2next)


def test_a_dead_k2_that_is_announced_again_does_not_push() -> None:
    again = signed(CITY.leaf_configuration(at(2 * HOUR)), CITY.k2next)
    city = accepted(after_emergency(), Role.LEAF, again, at(2 * HOUR)).city

    assert not heard(city, CITY.k2)


def test_a_key_that_only_the_leaf_names_does_not_push() -> None:
    thief = generate()
    leaf = replace(CITY.leaf_configuration(at(HOUR)), keys=(CITY.k2.public, thief.public))
    city = accepted(CITY.known(), Role.LEAF, signed(leaf, CITY.k2), at(HOUR)).city

    assert not heard(city, thief)


def test_a_partner_pushes_though_its_statements_ran_out() -> None:
    city = CITY.known()

    assert not city.counts(Role.LEAF, at(200 * 24 * HOUR))
    assert heard(city, CITY.k2)


def test_nobody_pushes_for_a_city_of_which_only_pins_are_known() -> None:
    assert event_keys(TrustedCity.first(CITY.pins())) == ()


def test_a_key_named_under_a_stolen_k1_that_was_suspended_does_not_push() -> None:
    thief = generate()
    below = replace(CITY.subordinate_statement(at(HOUR)), keys=(CITY.k2.public, thief.public))
    leaf = replace(CITY.leaf_configuration(at(HOUR)), keys=(CITY.k2.public, thief.public))
    city = accepted(CITY.known(), Role.SUBORDINATE, signed(below, CITY.k1), at(HOUR)).city
    city = accepted(city, Role.LEAF, signed(leaf, CITY.k2), at(HOUR)).city
    assert heard(city, thief)

    saved = replace(CITY.anchor_configuration(at(2 * HOUR)), keys=(CITY.k1s.public,))
    city = accepted(city, Role.ANCHOR, signed(saved, CITY.k1s), at(2 * HOUR)).city

    assert not heard(city, thief)


# Repeats and floods


def taken(*seconds: int) -> dict[str, Timestamp]:
    return {f"{NOON + second}": at(second) for second in seconds}


def test_a_replayed_event_is_known_again() -> None:
    assert hear({"j": NOON}, "j", at(REMEMBERED_S)) == (Hearing.REPEATED, 0)


def test_a_flood_of_repeats_uses_up_nobodys_rate() -> None:
    assert hear(taken(0, 1, 2, 3, 4, 5), f"{NOON}", at(6)) == (Hearing.REPEATED, 0)


def test_the_seventh_event_in_a_minute_has_to_wait_until_the_first_is_a_minute_old() -> None:
    heard = taken(0, 10, 20, 30, 40, 50)

    assert hear(taken(10, 20, 30, 40, 50), "j", at(59)) == (Hearing.FIRST, 0)
    assert hear(heard, "j", at(59)) == (Hearing.TOO_MANY, 1)
    assert hear(heard, "j", at(60)) == (Hearing.FIRST, 0)


def test_six_events_of_one_second_are_taken_and_no_seventh() -> None:
    assert hear(taken(0) | dict.fromkeys("abcd", NOON), "j", NOON) == (Hearing.FIRST, 0)
    assert hear(taken(0) | dict.fromkeys("abcde", NOON), "j", NOON) == (Hearing.TOO_MANY, 60)


def test_one_that_waits_as_told_is_taken() -> None:
    heard = taken(0, 0, 0) | {name: at(7) for name in "abcdef"}

    verdict, wait_s = hear(heard, "j", at(8))

    assert verdict is Hearing.TOO_MANY
    assert hear(heard, "j", at(8 + wait_s - 1))[0] is Hearing.TOO_MANY
    assert hear(heard, "j", at(8 + wait_s)) == (Hearing.FIRST, 0)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), max_size=60))
def test_whatever_comes_no_minute_has_seven_events_and_no_name_counts_twice(
    arrivals: list[tuple[int, int]],
) -> None:
    heard, now = dict[str, Timestamp](), NOON
    for pause_s, number in arrivals:
        now = Timestamp(now + pause_s)
        kept = {name: when for name, when in heard.items() if now - when <= REMEMBERED_S}
        verdict, wait_s = hear(kept, f"j{number}", now)
        if verdict is Hearing.FIRST:
            heard[f"j{number}"] = now
        within = [when for when in heard.values() if 0 <= now - when < 60]

        assert len(within) <= 6
        assert (verdict is Hearing.REPEATED) == (f"j{number}" in kept)
        assert (verdict is Hearing.TOO_MANY) == (0 < wait_s <= 60)


def test_a_clock_that_was_set_back_limits_nobody() -> None:
    assert hear(taken(*range(100, 110)), "j", NOON) == (Hearing.FIRST, 0)


# One kind of token for another


@pytest.mark.parametrize(
    "token",
    [CITY.leaf_token(), CITY.subordinate_token(), jws.sign(b"{}", CITY.k2, typ="credit-code+jwt")],
    ids=["leaf configuration", "subordinate statement", "credit code"],
)
def test_a_statement_or_a_code_is_no_event(token: str) -> None:
    with pytest.raises(EventFormError):
        events.read(token)


def test_an_event_is_no_statement() -> None:
    event = jws.sign(CITY.leaf_configuration(at(HOUR)).payload(), CITY.k2, typ=EVENT_TYP)

    update = offered(CITY.known(), Role.LEAF, event, at(HOUR))

    assert update.refusal == "jws_format"
    with pytest.raises(GatewayError):
        read_statement(event)


def test_another_citys_key_signs_no_statement_and_no_event() -> None:
    other = jinhua()

    update = offered(CITY.known(), Role.LEAF, signed(CITY.leaf_configuration(), other.k2), NOON)

    assert update.refusal == UnknownSignerError.code
    assert not heard(CITY.known(), other.k2)
