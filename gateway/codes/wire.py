"""The text in the QR: ``CC1:`` and Base45 of form byte, hint, signature, packed payload.

One code has many wire texts, since DEFLATE leaves its bits to the packer: nothing may be
keyed on the text.
"""

import functools
import re
import zlib
from dataclasses import dataclass, field
from typing import Protocol, Self

from gateway.codes import base45, grammar
from gateway.codes.claims import CreditClaims
from gateway.codes.dictionary import DICTIONARY_1
from gateway.codes.errors import NewerFormError, NotACodeError
from gateway.errors import JoseError
from gateway.ids import KeyId, UnverifiedText
from gateway.jose import base64url
from gateway.jose.es256 import SIGNATURE_BYTES
from gateway.jose.jws import header
from gateway.jose.keys import ALGORITHM, THUMBPRINT

TYP = "credit-code+jwt"
MAX_CHARS = 4096
"""Longest text that is looked at, before anything is stripped."""

HINT_BYTES = 6
HINT_CHARS = 8

_PREFIX = "CC1:"
_NEWER = re.compile(r"CC(?!1:)[1-9][0-9]*:")
_FORM_1 = 1
_FORM_BYTE = bytes((_FORM_1,))
_SIGNATURE_AT = 1 + HINT_BYTES
_PAYLOAD_AT = _SIGNATURE_AT + SIGNATURE_BYTES
_STRIPPED = " \t\r\n"
_WINDOW_BITS = -15
_PACKER_BITS = -11
_JWS_PARTS = 3
_HEADER = re.compile(
    rf'\{{"alg":"{ALGORITHM}","kid":"({THUMBPRINT})","typ":"{re.escape(TYP)}"\}}'.encode("ascii")
)


class _Packer(Protocol):
    """What ``zlib.compressobj`` returns; its class has no public name."""

    def copy(self) -> Self: ...
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedCode:
    """A well-formed code; its claims may steer the search for a key, nothing else.

    Attributes:
        hint: First 8 characters of the kid of the key that signed it.
        kid: The whole kid where the text was a plain JWS; None in the wire form.
        payload: The signed bytes.
    """

    claims: CreditClaims
    hint: str
    kid: KeyId | None
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def read(text: UnverifiedText) -> UnverifiedCode:
    """Return the code in a scanned text; only white space around it is forgiven.

    Raises:
        NewerFormError: a credit code of a later form.
        NotACodeError: anything else that is not form 1.
    """
    hint, signature, payload = unwrap(text)
    return UnverifiedCode(
        claims=grammar.parse(payload),
        hint=base64url.encode(hint),
        kid=None,
        payload=payload,
        signature=signature,
    )


def unwrap(text: str) -> tuple[bytes, bytes, bytes]:
    """Return hint, signature and payload of a wire text; the payload may be anything.

    Raises:
        NewerFormError: a credit code of a later form.
        NotACodeError: anything else that is not form 1.
    """
    if len(text) > MAX_CHARS:
        raise NotACodeError("longer than any code")
    stripped = text.strip(_STRIPPED)
    if not stripped.startswith(_PREFIX):
        if _NEWER.match(stripped):
            raise NewerFormError("a later prefix")
        raise NotACodeError("another prefix")
    raw = base45.decode(stripped[len(_PREFIX) :])
    if not raw:
        raise NotACodeError("an empty code")
    if raw[0] != _FORM_1:
        raise NewerFormError("another form byte")
    return raw[1:_SIGNATURE_AT], raw[_SIGNATURE_AT:_PAYLOAD_AT], unpack(raw[_PAYLOAD_AT:])


def read_jws(text: UnverifiedText) -> UnverifiedCode:
    """Return the code in a plain compact JWS, which only the machine API accepts.

    Raises:
        NotACodeError: another header than the one of a code, or not canonical.
    """
    if len(text) > MAX_CHARS:
        raise NotACodeError("longer than any code")
    parts = text.split(".", _JWS_PARTS)
    if len(parts) != _JWS_PARTS:
        raise NotACodeError("not a compact JWS")
    try:
        head, payload, signature = (base64url.decode(part) for part in parts)
    except JoseError as error:
        raise NotACodeError("a part that is not canonical base64url") from error
    named = _HEADER.fullmatch(head)
    if named is None or len(signature) != SIGNATURE_BYTES:
        raise NotACodeError("another header than the one of a code, or no signature")
    kid = KeyId(named[1].decode("ascii"))
    return UnverifiedCode(
        claims=grammar.parse(payload),
        hint=kid[:HINT_CHARS],
        kid=kid,
        payload=payload,
        signature=signature,
    )


def write(*, hint: bytes, signature: bytes, payload: bytes) -> str:
    """Return the wire text of a signed payload.

    Args:
        hint: First 6 bytes of the key's thumbprint.
        signature: r and s, 64 bytes.
        payload: At most 1 KiB.
    """
    return _PREFIX + base45.encode(_FORM_BYTE + hint + signature + pack(payload))


def write_checked(*, hint: bytes, signature: bytes, payload: bytes, packed: bytes) -> str:
    """Return the wire text of a signed payload, which was decoded again.

    Args:
        hint: First 6 bytes of the key's thumbprint.
        signature: As the key gave it, which is believed no more than the rest.
        payload: What was signed.
        packed: Its DEFLATE stream.

    Raises:
        NotACodeError: the text does not decode to hint, signature and payload.
    """
    raw = _FORM_BYTE + hint + signature + packed
    digits = base45.encode(raw)
    if len(raw) - len(packed) != _PAYLOAD_AT or base45.decode(digits) != raw:
        raise NotACodeError("the text does not decode to what was signed")
    if unpack(packed) != payload:
        raise NotACodeError("the text does not decode to what was signed")
    return _PREFIX + digits


def pack(payload: bytes) -> bytes:
    """Return ``payload`` as a raw DEFLATE stream with dictionary 1."""
    packer = _packer().copy()
    return packer.compress(payload) + packer.flush()


def unpack(packed: bytes) -> bytes:
    """Return the payload of a raw DEFLATE stream with dictionary 1.

    Raises:
        NotACodeError: damaged, over 1 KiB, or not ending in the last byte.
    """
    unpacker = zlib.decompressobj(_WINDOW_BITS, zdict=DICTIONARY_1)
    try:
        payload = unpacker.decompress(packed, grammar.MAX_PAYLOAD_BYTES)
    except zlib.error as error:
        raise NotACodeError("a damaged DEFLATE stream") from error
    if not unpacker.eof or unpacker.unused_data:
        raise NotACodeError("a DEFLATE stream that does not end where the text does")
    return payload


def header_bytes(kid: KeyId) -> bytes:
    """Return the one JWS header that a code signed with ``kid`` has."""
    return header(kid, TYP)


@functools.cache
def _packer() -> _Packer:
    """Return a packer that has taken in the dictionary, to be copied for every payload.

    A window of 2 KiB holds dictionary and payload, and a small one is copied four times
    faster; any reader with the 32 KiB that the format allows can follow.
    """
    return zlib.compressobj(9, zlib.DEFLATED, _PACKER_BITS, 1, zdict=DICTIONARY_1)
