from collections.abc import Callable

import pytest

from gateway.errors import JoseError
from gateway.jose import assertion, base64url
from tests.jose.forge import JIAXING, WENZHOU, header, raw_json, sign_text, token

CLAIMS = raw_json({"sub": "till"})


def head(**changes: object) -> bytes:
    return raw_json(header(**{"typ": None, **changes}))


@pytest.mark.parametrize("changes", [{}, {"kid": None}, {"typ": "JWT"}])
def test_what_other_libraries_write_is_read_and_verified(changes: dict[str, object]) -> None:
    shown = assertion.read(token(head(**changes), CLAIMS))

    assert assertion.verify(shown, WENZHOU.public).text("sub") == "till"


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "another algorithm": (lambda: token(head(alg="HS256"), CLAIMS), "jws_format"),
    "none": (lambda: token(head(alg="none"), CLAIMS), "jws_format"),
    "no algorithm": (lambda: token(head(alg=None), CLAIMS), "jws_format"),
    "another type": (lambda: token(head(typ="credit-code+jwt"), CLAIMS), "jws_format"),
    "an empty crit": (lambda: token(head(crit=[]), CLAIMS), "jws_format"),
    "a key of its own": (lambda: token(head(jwk={}), CLAIMS), "jws_format"),
    "claims that are no object": (lambda: token(head(), b"[]"), "jws_format"),
    "claims with a member twice": (lambda: token(head(), b'{"sub":1,"sub":1}'), "jws_format"),
    "padding": (
        lambda: sign_text(base64url.encode(head()), base64url.encode(CLAIMS) + "="),
        "jws_format",
    ),
    "two parts": (lambda: "a.b", "jws_format"),
    "4,097 characters": (lambda: "a" * 4097, "too_large"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_assertion_is_refused_unread(case: str) -> None:
    made, code = REFUSED[case]

    with pytest.raises(JoseError) as caught:
        assertion.read(made())

    assert caught.value.code == code


FORGED: dict[str, Callable[[], str]] = {
    "another's signature": lambda: token(head(), CLAIMS, JIAXING),
    "another's key is named": lambda: token(head(kid=JIAXING.public.kid), CLAIMS),
    "a kid that is no text": lambda: token(head(kid=[]), CLAIMS),
}


@pytest.mark.parametrize("case", FORGED)
def test_an_assertion_of_another_key_is_refused(case: str) -> None:
    shown = assertion.read(FORGED[case]())

    with pytest.raises(JoseError) as caught:
        assertion.verify(shown, WENZHOU.public)

    assert caught.value.code == "jws_bad_signature"
