"""Base64url without padding, one spelling for one value (RFC 7515, 2; RFC 4648, 5).

A second spelling of a token would be a second token to whoever compares texts, so the
unused bits at the end must be zero, and ``=``, white space and ``+/`` are refused.
"""

import binascii
import re

from gateway.jose.errors import NonCanonicalError

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def encode(raw: bytes) -> str:
    """Return the canonical text of ``raw``."""
    return encode_ascii(raw).decode("ascii")


def encode_ascii(raw: bytes) -> bytes:
    """Return the canonical text of ``raw`` as ASCII bytes, the form that is signed."""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=")


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` is the canonical spelling of.

    Raises:
        NonCanonicalError: another alphabet, padding, an impossible length, or loose bits.
    """
    if not _ALPHABET.fullmatch(text):
        raise NonCanonicalError("a character outside the base64url alphabet")
    try:
        raw = binascii.a2b_base64(_padded(text))
    except binascii.Error as error:
        raise NonCanonicalError("an impossible length") from error
    if encode(raw) != text:
        raise NonCanonicalError("unused bits at the end are not zero")
    return raw


def _padded(text: str) -> bytes:
    return text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4)
