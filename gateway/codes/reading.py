"""From outside text to verified claims: the function on the hot path.

Of docs/protocol/verification.md it answers steps 0 and 1 (``read``), 4 (``verify``), 5 (``check``).
Which key to ask (steps 2 and 3) is the caller's: keys belong to a city, see gateway.trust.
"""

import functools

from gateway.codes.claims import CreditClaims
from gateway.codes.errors import (
    CodeLifeError,
    CodeLifetimeError,
    CodeOutlivesKeyError,
    CodeSignatureError,
    CodeStatusRuleError,
)
from gateway.codes.wire import UnverifiedCode, header_bytes, read, read_jws
from gateway.errors import JoseError
from gateway.ids import KeyId, Timestamp
from gateway.jose import base64url, es256
from gateway.jose.keys import PublicKey

__all__ = ["MAX_LIFETIME_S", "as_jws", "check", "read", "read_jws", "verify"]

MAX_LIFETIME_S = 31 * 24 * 3600
"""Longest life of any code (printed)."""

STATUS_FROM_S = 3600
"""A code that lives longer than this has a status reference, and no other code has one."""

CLOCK_SKEW_S = 60
"""How far ahead of ours the issuer's clock may be; there is no leniency at the end."""


def verify(code: UnverifiedCode, key: PublicKey) -> CreditClaims:
    """Return the claims, now vouched for by the holder of ``key``, whatever the time.

    Raises:
        CodeSignatureError: the signature does not fit, or the text names another key.
    """
    if code.kid is not None and code.kid != key.kid:
        raise CodeSignatureError("the text names another key")
    message = _header_segment(key.kid) + base64url.encode_ascii(code.payload)
    try:
        es256.verify(key.native, code.signature, message)
    except JoseError as error:
        raise CodeSignatureError("the signature does not fit") from error
    return code.claims


def check(
    claims: CreditClaims,
    *,
    now: Timestamp,
    code_lifetime_max_s: int,
    key_expires_at: Timestamp,
) -> None:
    """Return if the code may be used at ``now``: what a pattern cannot express.

    Args:
        claims: As ``verify`` gave them.
        now: The verifier's time; life is ``iat <= now + 60`` and ``now < exp``.
        code_lifetime_max_s: What the issuing city announced.
        key_expires_at: End of the key that signed.

    Raises:
        CodeLifeError: not alive at ``now``, or never (exp not after iat).
        CodeLifetimeError: lives longer than the city, or than any code, may.
        CodeStatusRuleError: a status reference without need, or a need without one.
        CodeOutlivesKeyError: lives longer than its key.
    """
    lifetime_s = claims.expires_at - claims.issued_at
    if lifetime_s <= 0 or claims.issued_at > now + CLOCK_SKEW_S or now >= claims.expires_at:
        raise CodeLifeError("not alive at this time")
    if (lifetime_s > STATUS_FROM_S) != (claims.status is not None):
        raise CodeStatusRuleError("a status reference exactly if the life is over an hour")
    if lifetime_s > min(MAX_LIFETIME_S, code_lifetime_max_s):
        raise CodeLifetimeError("a longer life than codes of this city may have")
    if claims.expires_at > key_expires_at:
        raise CodeOutlivesKeyError("the code lives longer than its key")


def as_jws(code: UnverifiedCode, kid: KeyId) -> str:
    """Return the plain JWS that the wire text stands for, if signed with the key ``kid``."""
    head = _header_segment(kid).decode("ascii")
    return f"{head}{base64url.encode(code.payload)}.{base64url.encode(code.signature)}"


@functools.lru_cache(maxsize=4096)
def _header_segment(kid: KeyId) -> bytes:
    """Return header and dot, as they begin every signing input of this key."""
    return base64url.encode_ascii(header_bytes(kid)) + b"."
