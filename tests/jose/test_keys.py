from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from gateway.jose import base64url, keys
from gateway.jose.errors import JwkError
from tests.jose.forge import JIAXING, WENZHOU, jwk

FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
"""Prime p of P-256."""

FORM = "not a point on P-256 with a kid"
KIND = "not an ES256 signing key on P-256"
ONE = base64url.encode((1).to_bytes(32, "big"))
PUBLIC = WENZHOU.public


def _off_curve() -> dict[str, object]:
    return jwk(x=ONE, y=ONE, kid=keys.thumbprint(ONE, ONE))


def _coordinate_plus_field() -> dict[str, object]:
    # x = 0 is on the curve, so x = p would be the same point in a second spelling.
    y = 0x66485C780E2F83D72433BD5D84A06BB6541C2AF31DAE871728BF856A174F93F4
    first, spelled = (base64url.encode(n.to_bytes(32, "big")) for n in (FIELD, y))
    return jwk(x=first, y=spelled, kid=keys.thumbprint(base64url.encode(bytes(32)), spelled))


REFUSALS: dict[str, tuple[dict[str, object], str]] = {
    "private member d": (jwk(d=ONE), "a private member"),
    "private member d that is null": ({**jwk(), "d": None}, "a private member"),
    **{
        f"private member {name}": (jwk(**{name: ONE}), "a private member")
        for name in (
            "p",
            "q",
            "dp",
            "dq",
            "qi",
            "oth",
            "k",
        )
    },
    "other key type": (jwk(kty="RSA"), KIND),
    "no key type": (jwk(kty=None), KIND),
    "other curve": (jwk(crv="P-384"), KIND),
    "no curve": (jwk(crv=None), KIND),
    "for encryption": (jwk(use="enc"), KIND),
    "use that is null": ({**jwk(), "use": None}, KIND),
    "alg none": (jwk(alg="none"), KIND),
    "alg HS256": (jwk(alg="HS256"), KIND),
    "alg ES384": (jwk(alg="ES384"), KIND),
    "alg that is a list": (jwk(alg=["ES256"]), KIND),
    "no x": (jwk(x=None), FORM),
    "no y": (jwk(y=None), FORM),
    "no kid": (jwk(kid=None), FORM),
    "x that is a number": (jwk(x=1), FORM),
    "padded x": (jwk(x=f"{PUBLIC.x}="), FORM),
    "short x": (jwk(x=base64url.encode(bytes(31))), FORM),
    "long y": (jwk(y=base64url.encode(bytes(33))), FORM),
    "off the curve": (_off_curve(), FORM),
    "the point (0, 0)": (
        jwk(x=base64url.encode(bytes(32)), y=base64url.encode(bytes(32))),
        FORM,
    ),
    "coordinate not reduced": (_coordinate_plus_field(), "a coordinate that is not reduced"),
    "kid of another key": (jwk(kid=JIAXING.public.kid), "kid is not the thumbprint"),
    "kid of one's own": (jwk(kid="key-1"), "kid is not the thumbprint"),
}
NO_SET = "a set has a member keys of at most 16"
KIDS = "a kid is missing or occurs twice"
SEVENTEEN = [jwk(keys.generate().public) for _ in range(17)]
SET_REFUSALS: dict[str, tuple[Mapping[str, object], str]] = {
    "no keys": ({}, NO_SET),
    "keys that are no array": ({"keys": {}}, NO_SET),
    "17 keys": ({"keys": SEVENTEEN}, NO_SET),
    "one key that is a text": ({"keys": [jwk(), "key"]}, "a key that is not an object"),
    "the same key twice": ({"keys": [jwk(), jwk()]}, KIDS),
    "the same kid twice": ({"keys": [jwk(), jwk(JIAXING.public, kid=PUBLIC.kid)]}, KIDS),
    "a key without kid": ({"keys": [jwk(kid=None)]}, KIDS),
    "a kid that is a list": ({"keys": [jwk(kid=[])]}, KIDS),
    "a private key": ({"keys": [jwk(JIAXING.public), jwk(d=ONE)]}, "a private member"),
}


@pytest.mark.parametrize(("members", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_key_of_another_form_is_refused(members: dict[str, object], why: str) -> None:
    with pytest.raises(JwkError) as refusal:
        keys.parse_jwk(members)

    assert refusal.value.code == "jwk_invalid"
    assert str(refusal.value) == why


@pytest.mark.parametrize(("jwks", "why"), SET_REFUSALS.values(), ids=SET_REFUSALS)
def test_a_set_with_one_bad_key_is_refused(jwks: Mapping[str, object], why: str) -> None:
    with pytest.raises(JwkError) as refusal:
        keys.parse_jwk_set(jwks)

    assert refusal.value.code == "jwk_invalid"
    assert str(refusal.value) == why


def test_16_keys_are_read_in_their_order() -> None:
    sixteen = SEVENTEEN[:16]

    read = keys.parse_jwk_set({"keys": sixteen})

    assert [key.jwk() for key in read] == sixteen


def test_an_empty_set_is_allowed() -> None:
    assert keys.parse_jwk_set({"keys": []}) == ()


def test_members_beyond_a_plain_key_are_left_to_the_caller() -> None:
    key = keys.parse_jwk(jwk(use="sig", alg="ES256", nbf=1, comment="x"))

    assert key == PUBLIC
    (extended,) = keys.parse_jwk_objects({"keys": [jwk(nbf=1)]})
    assert extended["nbf"] == 1


def test_the_kid_is_the_thumbprint_that_joserfc_computes() -> None:
    key = ECKey.import_key(PUBLIC.native)

    assert PUBLIC.kid == key.thumbprint() == keys.thumbprint(PUBLIC.x, PUBLIC.y)


def test_a_key_is_the_same_whichever_way_it_came() -> None:
    again = keys.parse_jwk(PUBLIC.jwk())

    assert again == PUBLIC
    assert again.native.public_numbers() == PUBLIC.native.public_numbers()
    assert PUBLIC.jwk()["kty"] == "EC"
    assert PUBLIC.jwk()["crv"] == "P-256"


def test_a_small_coordinate_is_spelled_with_32_bytes() -> None:
    while (signer := keys.generate()).public.native.public_numbers().x >> 248:
        pass

    assert base64url.decode(signer.public.x)[0] == 0
    assert keys.parse_jwk(signer.public.jwk()) == signer.public


def test_a_key_on_another_curve_is_refused() -> None:
    native = ec.generate_private_key(ec.SECP384R1()).public_key()

    with pytest.raises(JwkError) as refusal:
        keys.from_native(native)

    assert str(refusal.value) == "another curve than P-256"


def test_a_printed_key_shows_its_kid_only() -> None:
    assert repr(PUBLIC) == f"PublicKey(kid={PUBLIC.kid!r})"


def test_two_generated_keys_differ() -> None:
    first, second = keys.generate(), keys.generate()

    assert first.public.kid != second.public.kid
    assert keys.from_native(first.private.public_key()) == first.public
