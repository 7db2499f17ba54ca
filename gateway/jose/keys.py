"""Public keys as JWK (RFC 7517) of profile 1, and what can sign with the private half.

One form only: kty EC, crv P-256, x and y of 32 bytes, on the curve, ``kid`` the RFC 7638
thumbprint. A private member is refused wherever a public key is expected.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

from cryptography.hazmat.primitives.asymmetric import ec

from gateway.errors import JoseError
from gateway.ids import KeyId
from gateway.jose import base64url, es256
from gateway.jose.errors import JwkError
from gateway.jose.members import Members

ALGORITHM = "ES256"
MAX_KEYS = 16
"""Most keys in one set."""

THUMBPRINT = r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
"""Pattern of a kid: the canonical base64url spelling of 32 bytes."""

_COORDINATE_BYTES = 32
_PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A P-256 public key, checked to be on the curve.

    Attributes:
        kid: RFC 7638 SHA-256 thumbprint.
        native: The same key as ``cryptography`` holds it.
    """

    kid: KeyId
    x: str = field(repr=False)
    y: str = field(repr=False)
    native: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    def jwk(self) -> dict[str, str]:
        """Return the key as a JWK with its kid, without ``use`` and ``alg``."""
        return {"kty": "EC", "crv": "P-256", "x": self.x, "y": self.y, "kid": self.kid}


class Signer(Protocol):
    """Signs with one private key, wherever that is kept."""

    @property
    def public(self) -> PublicKey:
        """The public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return r and s, 64 bytes (RFC 7518, 3.4)."""
        ...


class SoftwareSigner:
    """A private key in this process's memory."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self._public = from_native(private.public_key())

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return self._public

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        """The private half, for the vault to encrypt."""
        return self._private

    def sign(self, message: bytes) -> bytes:
        """Return r and s, 64 bytes (RFC 7518, 3.4)."""
        return es256.sign(self._private, message)


def generate() -> SoftwareSigner:
    """Return a new P-256 key from the system's random source."""
    return SoftwareSigner(ec.generate_private_key(ec.SECP256R1()))


def from_native(native: ec.EllipticCurvePublicKey) -> PublicKey:
    """Return the key with its thumbprint.

    Raises:
        JwkError: another curve than P-256.
    """
    if not isinstance(native.curve, ec.SECP256R1):
        raise JwkError("another curve than P-256")
    numbers = native.public_numbers()
    x = base64url.encode(numbers.x.to_bytes(_COORDINATE_BYTES, "big"))
    y = base64url.encode(numbers.y.to_bytes(_COORDINATE_BYTES, "big"))
    return PublicKey(kid=thumbprint(x, y), x=x, y=y, native=native)


def thumbprint(x: str, y: str) -> KeyId:
    """Return the RFC 7638 thumbprint of a P-256 key: required members in their order."""
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return KeyId(base64url.encode(hashlib.sha256(canonical.encode("ascii")).digest()))


def parse_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """Return the public key of a JWK.

    ``use`` and ``alg`` may be absent but not otherwise; members beyond RFC 7517's are left
    to the caller.

    Raises:
        JwkError: any other key type, curve or form, a private member, a point off the
            curve or in a second spelling, a kid that is missing or not the thumbprint.
    """
    members = Members(jwk, "jwk")
    if any(members.has(name) for name in _PRIVATE_MEMBERS):
        raise JwkError("a private member")
    expected = {"kty": "EC", "crv": "P-256"} | {
        name: value for name, value in (("use", "sig"), ("alg", ALGORITHM)) if members.has(name)
    }
    if any(jwk.get(name) != value for name, value in expected.items()):
        raise JwkError("not an ES256 signing key on P-256")
    try:
        numbers = ec.EllipticCurvePublicNumbers(
            _coordinate(members.text("x")), _coordinate(members.text("y")), ec.SECP256R1()
        )
        key = from_native(numbers.public_key())
        kid = members.text("kid")
    except (JoseError, ValueError) as error:
        raise JwkError("not a point on P-256 with a kid") from error
    if (jwk["x"], jwk["y"]) != (key.x, key.y):
        raise JwkError("a coordinate that is not reduced")
    if kid != key.kid:
        raise JwkError("kid is not the thumbprint")
    return key


def parse_jwk_set(jwks: Mapping[str, object]) -> tuple[PublicKey, ...]:
    """Return the keys of a JWK set, in order; an empty set is allowed.

    Raises:
        JwkError: no ``keys``, more than 16, a bad key, or the same kid twice.
    """
    return tuple(parse_jwk(jwk) for jwk in parse_jwk_objects(jwks))


def parse_jwk_objects(jwks: Mapping[str, object]) -> tuple[Mapping[str, object], ...]:
    """Return the JWKs of a set as objects, for a caller that reads more members.

    Raises:
        JwkError: no ``keys``, more than 16, one that is no object, or the same kid twice.
    """
    try:
        items = Members(jwks, "jwks").array("keys", max_items=MAX_KEYS)
    except JoseError as error:
        raise JwkError(f"a set has a member keys of at most {MAX_KEYS}") from error
    if not all(isinstance(item, dict) for item in items):
        raise JwkError("a key that is not an object")
    objects = tuple(cast("dict[str, object]", item) for item in items)
    kids = [item.get("kid") for item in objects]
    if any(not isinstance(kid, str) for kid in kids) or len(set(kids)) != len(kids):
        raise JwkError("a kid is missing or occurs twice")
    return objects


def _coordinate(text: str) -> int:
    raw = base64url.decode(text)
    if len(raw) != _COORDINATE_BYTES:
        raise JwkError("a coordinate that is not 32 bytes")
    return int.from_bytes(raw, "big")
