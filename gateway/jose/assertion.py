"""A JWT that another party's library signed, as OAuth 2.0 clients send it (RFC 7523).

Such libraries differ in what they put into the header; beyond that the shell is as strict as for
our own tokens. ``read`` takes one apart and believes nothing, ``verify`` asks the key.
"""

from dataclasses import dataclass

from gateway.errors import JoseError
from gateway.jose import es256, strict_json
from gateway.jose.errors import BadSignatureError, JwsFormatError
from gateway.jose.jws import Parts, take_apart
from gateway.jose.keys import ALGORITHM, PublicKey
from gateway.jose.members import Members

MAX_CHARS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedAssertion:
    """A well-formed assertion; its claims may be used to find a key, and for nothing else.

    Attributes:
        kid: The key that the header names; None if it names none.
    """

    kid: object
    claims: Members
    parts: Parts


def read(token: str) -> UnverifiedAssertion:
    """Return an assertion, unverified.

    Raises:
        TooLargeError: more than 4,096 characters; nothing was decoded.
        JwsFormatError: not three canonical parts, claims that are no strict JSON object, or a
            header with another algorithm or type, or with members beyond alg, kid and typ.
    """
    parts = take_apart(token, max_chars=MAX_CHARS)
    header = parts.header
    if not set(header) <= {"alg", "kid", "typ"} or header.get("alg") != ALGORITHM:
        raise JwsFormatError("another algorithm, or members beyond alg, kid and typ")
    if header.get("typ", "JWT") != "JWT":
        raise JwsFormatError("another type")
    try:
        claims = strict_json.parse(parts.payload, max_bytes=MAX_CHARS)
    except JoseError as error:
        raise JwsFormatError("claims that are no strict JSON object") from error
    return UnverifiedAssertion(
        kid=header.get("kid"), claims=Members(claims, "assertion"), parts=parts
    )


def verify(assertion: UnverifiedAssertion, key: PublicKey) -> Members:
    """Return the claims, now vouched for by the holder of ``key``.

    Raises:
        BadSignatureError: the header names another key, or the signature does not fit.
    """
    if assertion.kid is not None and assertion.kid != key.kid:
        raise BadSignatureError("the assertion names another key")
    es256.verify(key.native, assertion.parts.signature, assertion.parts.signing_input)
    return assertion.claims
