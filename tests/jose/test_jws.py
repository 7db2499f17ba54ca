from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.jose import base64url, jws, strict_json
from gateway.jose.errors import (
    BadSignatureError,
    JwsFormatError,
    StrictJsonError,
    TooLargeError,
)
from tests.jose.forge import (
    JIAXING,
    WENZHOU,
    header,
    raw_json,
    segments,
    sign_text,
    token,
    twin,
)

TYP = "test+jwt"
LIMIT = 4_000
PAYLOAD = b'{"iat":1800000000}'
HEAD = raw_json(header())
PARTS = segments(HEAD, PAYLOAD)
CANONICAL = "a part is not canonical"
MEMBERS = "a header with other members than alg, kid and typ"
ALGORITHM = "another algorithm or type"
KID = "a kid that is no thumbprint"
SHORT = "a signature that is not 64 bytes"


def _loosened(text: str) -> str:
    """Return the same value with a bit set that the canonical spelling leaves zero."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def _head(**changes: object) -> str:
    return token(raw_json(header(**changes)), PAYLOAD)


def _spelled(head: str) -> str:
    return token(head.replace("KID", WENZHOU.public.kid).encode(), PAYLOAD)


REFUSALS: dict[str, tuple[str, str]] = {
    "padded header": (sign_text(PARTS[0] + "=", PARTS[1]), CANONICAL),
    "padded payload": (sign_text(PARTS[0], base64url.encode(b"{} ") + "===="), CANONICAL),
    "padded signature": (".".join(PARTS) + "==", CANONICAL),
    "loose bits in the payload": (
        sign_text(PARTS[0], _loosened(base64url.encode(b"{} \n"))),
        CANONICAL,
    ),
    "loose bits in the signature": (
        f"{PARTS[0]}.{PARTS[1]}.{_loosened(PARTS[2])}",
        CANONICAL,
    ),
    "plain base64": (sign_text(PARTS[0], "+/+/"), CANONICAL),
    "line end": (".".join(PARTS) + "\n", CANONICAL),
    "space in front": (" " + ".".join(PARTS), CANONICAL),
    "two parts": (f"{PARTS[0]}.{PARTS[1]}", "not three parts"),
    "four parts": (".".join([*PARTS, ""]), "not three parts"),
    "only dots": ("." * LIMIT, "not three parts"),
    "nothing": ("", "not three parts"),
    "alg none": (_head(alg="none"), ALGORITHM),
    "alg none without signature": (
        ".".join([*segments(raw_json(header(alg="none")), PAYLOAD)[:2], ""]),
        SHORT,
    ),
    "alg HS256": (_head(alg="HS256"), ALGORITHM),
    "alg ES384": (_head(alg="ES384"), ALGORITHM),
    "alg in lower case": (_head(alg="es256"), ALGORITHM),
    "alg as a list": (_head(alg=["ES256"]), ALGORITHM),
    "alg absent": (_head(alg=None), MEMBERS),
    "typ of another kind": (_head(typ="other+jwt"), ALGORITHM),
    "typ in other case": (_head(typ="Test+JWT"), ALGORITHM),
    "typ with its registry": (_head(typ="application/test+jwt"), ALGORITHM),
    "typ absent": (_head(typ=None), MEMBERS),
    "kid absent": (_head(kid=None), MEMBERS),
    "kid that is a number": (_head(kid=1), KID),
    "kid too short": (_head(kid=WENZHOU.public.kid[:-1]), KID),
    "kid not canonical": (_head(kid=_loosened(WENZHOU.public.kid)), KID),
    "kid in another alphabet": (_head(kid="/" * 43), KID),
    "kid that ends its line": (_head(kid=WENZHOU.public.kid + "\n"), KID),
    "crit": (_head(crit=["exp"]), MEMBERS),
    "crit that is empty": (_head(crit=[]), MEMBERS),
    "b64": (_head(b64=False), MEMBERS),
    "jwk in the header": (_head(jwk={"kty": "EC"}), MEMBERS),
    "jku": (_head(jku="https://credit.wenzhou.gov.cn/keys"), MEMBERS),
    "x5c": (_head(x5c=[]), MEMBERS),
    "cty": (_head(cty="json"), MEMBERS),
    "zip": (_head(zip="DEF"), MEMBERS),
    "alg twice": (
        _spelled('{"alg":"ES256","alg":"ES256","kid":"KID","typ":"test+jwt"}'),
        CANONICAL,
    ),
    "header with a byte-order mark": (token(b"\xef\xbb\xbf" + HEAD, PAYLOAD), CANONICAL),
    "header in UTF-16": (token(HEAD.decode().encode("utf-16"), PAYLOAD), CANONICAL),
    "header that is an array": (token(b'["ES256"]', PAYLOAD), CANONICAL),
    "header that is no JSON": (token(b"ES256", PAYLOAD), CANONICAL),
    "header larger than 256 bytes": (token(HEAD + b" " * (257 - len(HEAD)), PAYLOAD), CANONICAL),
    "63 signature bytes": (
        ".".join([*PARTS[:2], base64url.encode(base64url.decode(PARTS[2])[:63])]),
        SHORT,
    ),
    "65 signature bytes": (
        ".".join([*PARTS[:2], base64url.encode(base64url.decode(PARTS[2]) + b"\0")]),
        SHORT,
    ),
}


@pytest.mark.parametrize(("text", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_token_outside_the_profile_is_refused_though_really_signed(text: str, why: str) -> None:
    with pytest.raises(JwsFormatError) as refusal:
        jws.read(text, typ=TYP, max_chars=LIMIT)

    assert refusal.value.code == "jws_format"
    assert str(refusal.value) == why


PAYLOADS: dict[str, bytes] = {
    "duplicate member": b'{"iat":1,"iat":1}',
    "NaN": b'{"iat":NaN}',
    "Infinity": b'{"iat":Infinity}',
    "depth 9": b'{"iat":' + b"[" * 8 + b"]" * 8 + b"}",
    "byte-order mark": b'\xef\xbb\xbf{"iat":1}',
    "UTF-16": '{"iat":1}'.encode("utf-16"),
    "above 2^53-1": b'{"iat":9007199254740992}',
    "minus zero": b'{"iat":-0}',
    "array": b"[1]",
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_that_is_not_strict_is_refused_though_really_signed(payload: bytes) -> None:
    signed = jws.read(token(HEAD, payload), typ=TYP, max_chars=LIMIT)
    raw = jws.verify(signed, WENZHOU.public)

    with pytest.raises(StrictJsonError):
        strict_json.parse(raw, max_bytes=LIMIT)


def test_a_token_of_the_largest_size_is_read() -> None:
    text = jws.sign(PAYLOAD, WENZHOU, typ=TYP)

    assert jws.read(text, typ=TYP, max_chars=len(text)).payload == PAYLOAD


def test_a_larger_token_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(TooLargeError) as refusal:
        jws.read("=" * 101, typ=TYP, max_chars=100)

    assert refusal.value.code == "too_large"
    assert refusal.value.limit == 100


def test_what_is_signed_is_read_and_verified() -> None:
    text = jws.sign(PAYLOAD, WENZHOU, typ=TYP)

    read = jws.read(text, typ=TYP, max_chars=LIMIT)

    assert read.kid == WENZHOU.public.kid
    assert read.payload == PAYLOAD
    assert read.signing_input == text.rpartition(".")[0].encode()
    assert base64url.encode(read.signature) == text.rpartition(".")[2]
    assert jws.verify(read, WENZHOU.public) == PAYLOAD


def test_the_header_is_written_in_one_order_without_white_space() -> None:
    assert jws.header(WENZHOU.public.kid, TYP) == HEAD
    assert jws.sign(b"", WENZHOU, typ=TYP).partition(".")[0] == base64url.encode(HEAD)


def test_the_order_and_space_of_a_header_are_the_signers_in_a_statement() -> None:
    text = _spelled('{ "typ": "test+jwt", "kid": "KID", "alg": "ES256" }')

    read = jws.read(text, typ=TYP, max_chars=LIMIT)

    assert jws.verify(read, WENZHOU.public) == PAYLOAD


def test_a_header_of_256_bytes_is_read() -> None:
    text = token(HEAD + b" " * (256 - len(HEAD)), PAYLOAD)

    assert jws.read(text, typ=TYP, max_chars=LIMIT).payload == PAYLOAD


def test_the_twin_of_a_signature_verifies_too() -> None:
    text = jws.sign(PAYLOAD, WENZHOU, typ=TYP)
    head, _, signature = text.rpartition(".")
    other = f"{head}.{base64url.encode(twin(base64url.decode(signature)))}"

    read = jws.read(other, typ=TYP, max_chars=LIMIT)

    assert other != text
    assert jws.verify(read, WENZHOU.public) == PAYLOAD


FORGERIES: dict[str, tuple[Callable[[], str], str]] = {
    "names another key": (
        lambda: jws.sign(PAYLOAD, JIAXING, typ=TYP),
        "the token names another key",
    ),
    "names this key, signed by another": (
        lambda: token(HEAD, PAYLOAD, JIAXING),
        "the signature does not fit",
    ),
    "payload exchanged": (
        lambda: ".".join([PARTS[0], base64url.encode(b"{}"), PARTS[2]]),
        "the signature does not fit",
    ),
    "no signature but zeros": (
        lambda: ".".join([*PARTS[:2], base64url.encode(bytes(64))]),
        "the signature does not fit",
    ),
}


@pytest.mark.parametrize(("make", "why"), FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_is_refused(make: Callable[[], str], why: str) -> None:
    read = jws.read(make(), typ=TYP, max_chars=LIMIT)

    with pytest.raises(BadSignatureError) as refusal:
        jws.verify(read, WENZHOU.public)

    assert refusal.value.code == "jws_bad_signature"
    assert str(refusal.value) == why


def test_an_unverified_token_prints_no_content() -> None:
    read = jws.read(".".join(PARTS), typ=TYP, max_chars=LIMIT)

    assert repr(read) == f"UnverifiedJws(kid={WENZHOU.public.kid!r})"


@given(st.text(max_size=300) | st.text("AQgwey0.=", max_size=40))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    with pytest.raises((JwsFormatError, TooLargeError)):
        jws.read(text, typ=TYP, max_chars=200)
