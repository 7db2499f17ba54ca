"""The trust bundle: what goes out of the keyring, and what is refused when one is read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from gateway.errors import GatewayError
from gateway.ids import CityId, Timestamp
from gateway.jose import strict_json
from gateway.jose.keys import generate
from gateway.jose.members import Members
from gateway.trust import bundle
from gateway.trust.bundle import MAX_ISSUERS, MAX_STATUS_LISTS
from gateway.trust.keyring import CodeKey, Issuer, Keyring
from gateway.trust.states import PartnerState
from tests.trust.cities import DAY, HOUR, NOON, at

OWN, PARTNER = CityId("330300"), CityId("330500")
URI = "https://credit.huzhou.example/status/1"
NEVER = Timestamp(0)


def key(*, nbf: int = NOON, exp: int = NOON + DAY, usable: int = 0) -> CodeKey:
    return CodeKey(
        public=generate().public,
        not_before=Timestamp(nbf),
        expires_at=Timestamp(exp),
        usable_from=Timestamp(usable),
    )


def city(code: CityId, *keys: CodeKey, state: PartnerState = PartnerState.ACTIVE) -> Issuer:
    return Issuer(
        city=code,
        state=state,
        statements_expire_at=at(HOUR),
        obtained_at=at(-60),
        keys=keys,
        code_lifetime_max_s=120,
        scenarios=frozenset(),
    )


def keyring(*issuers: Issuer) -> Keyring:
    return Keyring(own=OWN, issuers={issuer.city: issuer for issuer in issuers})


def read_back(made: bundle.Bundle) -> bundle.Bundle:
    raw = strict_json.encode(made.payload())
    return bundle.parse(Members(strict_json.parse(raw, max_bytes=1 << 20), "bundle"))


def test_own_city_and_partners_are_in_it_with_keys_lists_and_their_own_end() -> None:
    own, theirs = key(), key()

    made = bundle.build(keyring(city(OWN, own), city(PARTNER, theirs)), {PARTNER: (URI,)}, NOON)

    assert list(made.issuers) == [OWN, PARTNER]
    found = made.issuers[PARTNER]
    assert [each.public.kid for each in found.keys] == [theirs.public.kid]
    assert (found.status_lists, found.checked, found.expires) == ((URI,), at(-60), at(HOUR))
    assert made.issuers[OWN].status_lists == ()
    assert read_back(made) == made


def test_a_key_in_hold_down_is_left_out_until_the_second_it_ends() -> None:
    held = keyring(city(PARTNER, key(usable=NOON + 1)))

    assert bundle.build(held, {}, NOON).issuers[PARTNER].keys == ()
    assert len(bundle.build(held, {}, at(1)).issuers[PARTNER].keys) == 1


def test_a_key_that_ended_is_left_out_and_one_that_has_yet_to_begin_goes_along() -> None:
    known = keyring(city(PARTNER, key(exp=NOON), key(nbf=NOON + 1, exp=NOON + 2)))

    (found,) = bundle.build(known, {}, NOON).issuers[PARTNER].keys

    assert found.not_before == NOON + 1


def test_keys_that_may_sign_a_city_s_lists_go_along() -> None:
    signer = generate().public
    known = keyring(replace(city(PARTNER, key()), status_keys=(signer,)))

    made = bundle.build(known, {PARTNER: (URI,)}, NOON)

    assert made.issuers[PARTNER].status_keys == (signer,)
    assert read_back(made) == made


def test_a_bundle_of_an_older_gateway_names_no_keys_for_lists() -> None:
    payload = _good()
    del payload["issuers"][PARTNER]["status_keys"]

    found = bundle.parse(Members(payload, "bundle"))

    assert found.issuers[PARTNER].status_keys == ()


def test_a_city_that_does_not_verify_now_is_left_out() -> None:
    known = keyring(
        city(OWN, key()),
        city(PARTNER, key(), state=PartnerState.SUSPENDED),
        replace(city(CityId("330700"), key()), statements_expire_at=NOON),
    )

    assert set(bundle.build(known, {}, NOON).issuers) == {OWN}


def test_cities_stand_in_the_order_of_their_codes_so_that_the_same_is_spelled_the_same() -> None:
    one, other = city(OWN, key()), city(PARTNER, key())

    first = bundle.build(keyring(one, other), {}, NOON).payload()
    second = bundle.build(keyring(other, one), {}, NOON).payload()

    assert strict_json.encode(first) == strict_json.encode(second)


def _good() -> dict[str, Any]:
    made = bundle.build(keyring(city(PARTNER, key(), key())), {PARTNER: (URI,)}, NOON)
    return strict_json_copy(made.payload())


def strict_json_copy(payload: dict[str, object]) -> dict[str, Any]:
    return cast("dict[str, Any]", strict_json.parse(strict_json.encode(payload), max_bytes=1 << 20))


def _edited(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    payload = _good()
    change(payload["issuers"][PARTNER])
    return payload


def _with_key(**members: object) -> dict[str, Any]:
    return _edited(lambda issuer: issuer["keys"][0].update(members))


REFUSALS: dict[str, Callable[[], dict[str, Any]]] = {
    "without issuers": dict,
    "of a city that is no division code": lambda: {
        "issuers": {"huzhou": _good()["issuers"][PARTNER]}
    },
    "of more cities than there may be": lambda: {
        "issuers": {f"{n:06}": {} for n in range(MAX_ISSUERS + 1)}
    },
    "of a city that is no object": lambda: {"issuers": {PARTNER: []}},
    "without keys": lambda: _edited(lambda issuer: issuer.pop("keys")),
    "of 17 keys": lambda: _edited(
        lambda issuer: issuer.update(keys=[bundle_key() for _ in range(17)])
    ),
    "with one key twice": lambda: _edited(
        lambda issuer: issuer.update(keys=[issuer["keys"][0]] * 2)
    ),
    "with a private member": lambda: _with_key(d="AA"),
    "with a kid that is not the thumbprint": lambda: _with_key(kid="A" * 43),
    "without alg": lambda: _with_key(alg=None),
    "of another use": lambda: _with_key(use="enc"),
    "with a key that ends before it begins": lambda: _with_key(exp=NOON, nbf=NOON),
    "without the end of a key": lambda: _with_key(exp=None),
    "without lists": lambda: _edited(lambda issuer: issuer.pop("status_lists")),
    "with one list twice": lambda: _edited(lambda issuer: issuer.update(status_lists=[URI] * 2)),
    "of 17 lists": lambda: _edited(
        lambda issuer: issuer.update(
            status_lists=[f"{URI}{n}" for n in range(MAX_STATUS_LISTS + 1)]
        )
    ),
    "with a list that is elsewhere": lambda: _edited(
        lambda issuer: issuer.update(status_lists=["https://credit.huzhou.example/other/1"])
    ),
    "with a list of number 0": lambda: _edited(lambda issuer: issuer.update(status_lists=["/0"])),
    "without checked": lambda: _edited(lambda issuer: issuer.pop("checked")),
    "with an end that is no integer": lambda: _edited(lambda issuer: issuer.update(expires=1.5)),
}


def bundle_key() -> dict[str, object]:
    public = generate().public
    return bundle.BundleKey(public=public, not_before=NOON, expires_at=at(1)).jwk()


@pytest.mark.parametrize("payload", REFUSALS.values(), ids=list(REFUSALS))
def test_a_bundle_is_refused(payload: Callable[[], dict[str, Any]]) -> None:
    with pytest.raises(GatewayError):
        bundle.parse(Members(payload(), "bundle"))


def test_unknown_members_are_ignored() -> None:
    payload = _edited(lambda issuer: issuer.update(later="something"))

    assert bundle.parse(Members(payload | {"version": 2}, "bundle")).issuers.keys() == {PARTNER}
