"""Other people's libraries verify what we sign, and we verify what they sign."""

import jwt
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey

from gateway.jose import jws
from tests.jose.forge import WENZHOU, header

TYP = "test+jwt"
KEY = ECKey.import_key(WENZHOU.public.native)
PRIVATE = ECKey.import_key(WENZHOU.private)
PAYLOADS = st.binary(min_size=1, max_size=100)


@given(PAYLOADS)
def test_pyjwt_verifies_what_we_sign(payload: bytes) -> None:
    text = jws.sign(payload, WENZHOU, typ=TYP)

    assert jwt.PyJWS().decode(text, WENZHOU.public.native, algorithms=["ES256"]) == payload


@given(PAYLOADS)
def test_joserfc_verifies_what_we_sign(payload: bytes) -> None:
    text = jws.sign(payload, WENZHOU, typ=TYP)

    read = joserfc_jws.deserialize_compact(text, KEY, algorithms=["ES256"])

    assert read.payload == payload


@given(PAYLOADS)
def test_we_verify_what_pyjwt_signs(payload: bytes) -> None:
    text = jwt.PyJWS().encode(payload, WENZHOU.private, algorithm="ES256", headers=header())

    read = jws.read(text, typ=TYP, max_chars=1_000)

    assert jws.verify(read, WENZHOU.public) == payload


@given(PAYLOADS)
def test_we_verify_what_joserfc_signs(payload: bytes) -> None:
    text = joserfc_jws.serialize_compact(header(), payload, PRIVATE, algorithms=["ES256"])

    read = jws.read(text, typ=TYP, max_chars=1_000)

    assert jws.verify(read, WENZHOU.public) == payload
