from collections.abc import Callable
from dataclasses import replace

import jwt
import pytest
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey

from gateway.codes import grammar, reading, wire
from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.errors import (
    CodeLifeError,
    CodeLifetimeError,
    CodeOutlivesKeyError,
    CodeSignatureError,
    CodeStatusRuleError,
)
from gateway.errors import CodeError
from gateway.ids import KeyId, Tier, Timestamp, UnverifiedText
from gateway.jose.keys import PublicKey
from tests.codes.builders import (
    CODES,
    GENERAL,
    HINT,
    JIAXING,
    KINDS,
    LASTING,
    NOON,
    PRINTED,
    SCENARIO,
    STATUS,
    WENZHOU,
    signature_of,
    signed,
)
from tests.jose.forge import twin

HOUR, DAY = 3600, 24 * 3600
MONTH = 31 * DAY
PAYLOAD = grammar.serialise(GENERAL)
SIGNATURE = signature_of(PAYLOAD)
UNFIT = "the signature does not fit"


def _shown(payload: bytes = PAYLOAD, signature: bytes = SIGNATURE) -> UnverifiedText:
    return UnverifiedText(wire.write(hint=HINT, signature=signature, payload=payload))


def _jws(payload: bytes, kid: KeyId = WENZHOU.public.kid) -> UnverifiedText:
    return UnverifiedText(reading.as_jws(reading.read(signed(payload)), kid))


@pytest.mark.parametrize("claims", KINDS.values(), ids=KINDS)
def test_the_key_that_signed_vouches_for_the_claims(claims: CreditClaims) -> None:
    code = reading.read(UnverifiedText(CODES.sign(claims)))

    assert reading.verify(code, WENZHOU.public) == claims


FORGERIES: dict[str, tuple[Callable[[], UnverifiedText], str]] = {
    "signed by another city under this hint": (
        lambda: _shown(signature=signature_of(PAYLOAD, JIAXING)),
        UNFIT,
    ),
    "tier raised": (
        lambda: _shown(payload=grammar.serialise(replace(GENERAL, tier=Tier(3)))),
        UNFIT,
    ),
    "signature of zeros (CVE-2022-21449)": (lambda: _shown(signature=bytes(64)), UNFIT),
    "one bit of the signature": (
        lambda: _shown(signature=SIGNATURE[:-1] + bytes([SIGNATURE[-1] ^ 1])),
        UNFIT,
    ),
    "signature over the payload alone": (lambda: _shown(signature=WENZHOU.sign(PAYLOAD)), UNFIT),
    "signature of another document kind": (
        lambda: _shown(
            signature=WENZHOU.sign(
                wire.header_bytes(WENZHOU.public.kid).replace(b"code", b"bundle") + PAYLOAD
            )
        ),
        UNFIT,
    ),
}


@pytest.mark.parametrize(("make", "why"), FORGERIES.values(), ids=FORGERIES)
def test_a_forged_code_is_refused(make: Callable[[], UnverifiedText], why: str) -> None:
    code = reading.read(make())

    with pytest.raises(CodeSignatureError) as refusal:
        reading.verify(code, WENZHOU.public)

    assert refusal.value.code == "code_bad_signature"
    assert str(refusal.value) == why


def test_a_plain_jws_that_names_another_key_is_refused() -> None:
    code = reading.read_jws(_jws(PAYLOAD, JIAXING.public.kid))

    with pytest.raises(CodeSignatureError) as refusal:
        reading.verify(code, WENZHOU.public)

    assert str(refusal.value) == "the text names another key"


def test_a_key_with_the_same_hint_is_tried_and_refused() -> None:
    other = JIAXING.public
    lookalike = PublicKey(
        kid=KeyId(WENZHOU.public.kid[:8] + other.kid[8:]), x=other.x, y=other.y, native=other.native
    )

    with pytest.raises(CodeSignatureError):
        reading.verify(reading.read(_shown()), lookalike)


def test_the_twin_of_a_signature_is_the_same_code() -> None:
    shown, again = reading.read(_shown()), reading.read(_shown(signature=twin(SIGNATURE)))

    first = reading.verify(shown, WENZHOU.public)
    second = reading.verify(again, WENZHOU.public)

    assert shown.signature != again.signature
    assert (first.issuer, first.code_id) == (second.issuer, second.code_id)


@pytest.mark.parametrize("claims", KINDS.values(), ids=KINDS)
def test_the_plain_jws_is_the_same_code(claims: CreditClaims) -> None:
    code = reading.read(UnverifiedText(CODES.sign(claims)))

    plain = reading.read_jws(UnverifiedText(reading.as_jws(code, WENZHOU.public.kid)))

    assert replace(plain, kid=None) == code
    assert reading.verify(plain, WENZHOU.public) == claims


def test_other_libraries_verify_the_plain_jws() -> None:
    text = _jws(PAYLOAD)
    key = ECKey.import_key(WENZHOU.public.native)

    assert jwt.PyJWS().decode(text, WENZHOU.public.native, algorithms=["ES256"]) == PAYLOAD
    assert joserfc_jws.deserialize_compact(text, key, algorithms=["ES256"]).payload == PAYLOAD


def test_a_code_that_joserfc_signs_is_read() -> None:
    header = {"alg": "ES256", "kid": WENZHOU.public.kid, "typ": "credit-code+jwt"}
    key = ECKey.import_key(WENZHOU.private)
    text = joserfc_jws.serialize_compact(header, PAYLOAD, key, algorithms=["ES256"])

    code = reading.read_jws(UnverifiedText(text))

    assert reading.verify(code, WENZHOU.public) == GENERAL


def test_a_code_that_pyjwt_signs_is_read() -> None:
    header = {"alg": "ES256", "kid": WENZHOU.public.kid, "typ": "credit-code+jwt"}
    text = jwt.PyJWS().encode(PAYLOAD, WENZHOU.private, algorithm="ES256", headers=header)

    code = reading.read_jws(UnverifiedText(text))

    assert reading.verify(code, WENZHOU.public) == GENERAL


def _check(
    claims: CreditClaims,
    *,
    now: int = NOON,
    most: int = MONTH,
    key_ends: int = NOON + 10 * MONTH,
) -> None:
    reading.check(
        claims,
        now=Timestamp(now),
        code_lifetime_max_s=most,
        key_expires_at=Timestamp(key_ends),
    )


def _life(claims: CreditClaims, life_s: int, status: StatusReference | None) -> CreditClaims:
    return replace(claims, expires_at=Timestamp(claims.issued_at + life_s), status=status)


LIFE, LIFETIME = "not alive at this time", "a longer life than codes of this city may have"
RULE = "a status reference exactly if the life is over an hour"
OUTLIVES = "the code lives longer than its key"
REFUSALS: dict[str, tuple[Callable[[], None], type[CodeError], str, str]] = {
    "iat = now + 61": (lambda: _check(GENERAL, now=NOON - 61), CodeLifeError, "code_life", LIFE),
    "exp = now": (lambda: _check(GENERAL, now=NOON + 90), CodeLifeError, "code_life", LIFE),
    "exp long ago": (lambda: _check(GENERAL, now=NOON + DAY), CodeLifeError, "code_life", LIFE),
    "exp = iat": (
        lambda: _check(_life(GENERAL, 0, None), now=NOON - 60),
        CodeLifeError,
        "code_life",
        LIFE,
    ),
    "exp before iat": (
        lambda: _check(_life(GENERAL, -1, None), now=NOON - 60),
        CodeLifeError,
        "code_life",
        LIFE,
    ),
    "3601 s without a status": (
        lambda: _check(_life(GENERAL, HOUR + 1, None)),
        CodeStatusRuleError,
        "code_status_rule",
        RULE,
    ),
    "3600 s with a status": (
        lambda: _check(_life(LASTING, HOUR, STATUS)),
        CodeStatusRuleError,
        "code_status_rule",
        RULE,
    ),
    "31 days and a second": (
        lambda: _check(_life(PRINTED, MONTH + 1, STATUS), most=MONTH + 1),
        CodeLifetimeError,
        "code_lifetime",
        LIFETIME,
    ),
    "a second more than the city announced": (
        lambda: _check(GENERAL, most=89),
        CodeLifetimeError,
        "code_lifetime",
        LIFETIME,
    ),
    "a second more than its key": (
        lambda: _check(GENERAL, key_ends=NOON + 89),
        CodeOutlivesKeyError,
        "code_outlives_key",
        OUTLIVES,
    ),
}


@pytest.mark.parametrize(("check", "error", "code", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_code_outside_its_life_is_refused(
    check: Callable[[], None], error: type[CodeError], code: str, why: str
) -> None:
    with pytest.raises(error) as refusal:
        check()

    assert type(refusal.value) is error
    assert refusal.value.code == code
    assert str(refusal.value) == why


ACCEPTED: dict[str, Callable[[], None]] = {
    "iat = now + 60": lambda: _check(GENERAL, now=NOON - 60),
    "exp = now + 1": lambda: _check(GENERAL, now=NOON + 89),
    "a life of 1 s": lambda: _check(_life(GENERAL, 1, None)),
    "120 s": lambda: _check(_life(GENERAL, 120, None)),
    "121 s, which binds the issuer only": lambda: _check(_life(GENERAL, 121, None)),
    "3600 s without a status": lambda: _check(_life(SCENARIO, HOUR, None)),
    "3601 s with a status": lambda: _check(_life(LASTING, HOUR + 1, STATUS)),
    "31 days": lambda: _check(_life(PRINTED, MONTH, STATUS), most=MONTH + 1),
    "just what the city announced": lambda: _check(GENERAL, most=90),
    "just as long as its key": lambda: _check(GENERAL, key_ends=NOON + 90),
}


@pytest.mark.parametrize("check", ACCEPTED.values(), ids=ACCEPTED)
def test_a_code_inside_its_life_is_accepted(check: Callable[[], None]) -> None:
    check()


def test_the_bounds_of_life_are_those_of_the_protocol() -> None:
    assert reading.MAX_LIFETIME_S == MONTH
    assert reading.STATUS_FROM_S == HOUR
    assert reading.CLOCK_SKEW_S == 60
