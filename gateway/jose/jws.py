"""The plain compact JWS behind the strict shell (RFC 7515, 7.1; RFC 8725).

``read`` takes a token apart and believes nothing, ``verify`` asks the key. The header holds
exactly ``alg``, ``kid`` and ``typ``; which algorithm applies is a property of the key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from jwt.algorithms import ECAlgorithm

from gateway.errors import JoseError
from gateway.ids import KeyId
from gateway.jose import base64url, strict_json
from gateway.jose.errors import BadSignatureError, JwsFormatError, TooLargeError
from gateway.jose.es256 import SIGNATURE_BYTES
from gateway.jose.keys import ALGORITHM, THUMBPRINT, PublicKey, Signer

MAX_HEADER_BYTES = 256
_SEGMENTS = 3
_KID = re.compile(THUMBPRINT)
_ES256 = ECAlgorithm(ECAlgorithm.SHA256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The three parts of a token, decoded; nothing in them may be believed yet."""

    header: Mapping[str, object]
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedJws:
    """A well-formed token; neither its payload nor its kid may be believed yet.

    Attributes:
        kid: The key that the header names.
        signing_input: The bytes that the signature is over; their SHA-256 names a statement.
    """

    kid: KeyId
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def header(kid: KeyId, typ: str) -> bytes:
    """Return the one header of this profile, members in this order, no white space."""
    return f'{{"alg":"{ALGORITHM}","kid":"{kid}","typ":"{typ}"}}'.encode("ascii")


def sign(payload: bytes, signer: Signer, *, typ: str) -> str:
    """Return the compact JWS of ``payload``."""
    head = base64url.encode(header(signer.public.kid, typ))
    signing_input = f"{head}.{base64url.encode(payload)}"
    return f"{signing_input}.{base64url.encode(signer.sign(signing_input.encode('ascii')))}"


def read(token: str, *, typ: str, max_chars: int) -> UnverifiedJws:
    """Return the parts of a token of the given type, unverified.

    Raises:
        TooLargeError: more than ``max_chars``; nothing was decoded.
        JwsFormatError: not three canonical parts, or another header than this profile's.
    """
    parts = take_apart(token, max_chars=max_chars)
    return UnverifiedJws(
        kid=_read_header(parts.header, typ),
        payload=parts.payload,
        signing_input=parts.signing_input,
        signature=parts.signature,
    )


def take_apart(token: str, *, max_chars: int) -> Parts:
    """Return the parts of a token, whatever its header says.

    Raises:
        TooLargeError: more than ``max_chars``; nothing was decoded.
        JwsFormatError: not three canonical parts, or a header that is no strict JSON object.
    """
    if len(token) > max_chars:
        raise TooLargeError(max_chars)
    parts = token.split(".", _SEGMENTS)
    if len(parts) != _SEGMENTS:
        raise JwsFormatError("not three parts")
    try:
        head, payload, signature = (base64url.decode(part) for part in parts)
        members = strict_json.parse(head, max_bytes=MAX_HEADER_BYTES)
    except JoseError as error:
        raise JwsFormatError("a part is not canonical") from error
    if len(signature) != SIGNATURE_BYTES:
        raise JwsFormatError("a signature that is not 64 bytes")
    return Parts(
        header=members,
        payload=payload,
        signing_input=f"{parts[0]}.{parts[1]}".encode("ascii"),
        signature=signature,
    )


def verify(jws: UnverifiedJws, key: PublicKey) -> bytes:
    """Return the payload, now vouched for by the holder of ``key``.

    Raises:
        BadSignatureError: the token names another key, or the signature does not fit.
    """
    if jws.kid != key.kid:
        raise BadSignatureError("the token names another key")
    if not _ES256.verify(jws.signing_input, key.native, jws.signature):
        raise BadSignatureError("the signature does not fit")
    return jws.payload


def _read_header(members: Mapping[str, object], typ: str) -> KeyId:
    if set(members) != {"alg", "kid", "typ"}:
        raise JwsFormatError("a header with other members than alg, kid and typ")
    kid = members["kid"]
    if members["alg"] != ALGORITHM or members["typ"] != typ:
        raise JwsFormatError("another algorithm or type")
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise JwsFormatError("a kid that is no thumbprint")
    return KeyId(kid)
