"""Keys of the vectors, and texts that they really signed, right or wrong.

Signatures are deterministic (RFC 6979), so that a second run changes only what was meant to
change. The private keys are small numbers: whoever trusts them trusts everybody.
"""

import zlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.codes import base45, grammar, wire
from gateway.jose import base64url
from gateway.jose.keys import SoftwareSigner
from tests.codes.builders import GENERAL, NOON

DAY = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A code key of the vectors, with its window."""

    city: str
    number: int
    not_before: int = NOON - 30 * DAY
    expires_at: int = NOON + 365 * DAY

    @property
    def signer(self) -> SoftwareSigner:
        return SoftwareSigner(ec.derive_private_key(self.number, ec.SECP256R1()))

    @property
    def hint(self) -> bytes:
        return base64url.decode(self.signer.public.kid[: wire.HINT_CHARS])

    def sign(self, payload: bytes, head: bytes | None = None) -> bytes:
        """Return r and s over header and payload, the same in every run."""
        first = base64url.encode(head or wire.header_bytes(self.signer.public.kid))
        message = f"{first}.{base64url.encode(payload)}".encode("ascii")
        scheme = ec.ECDSA(SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self.signer.private.sign(message, scheme))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


KEYS = {
    "wenzhou": Key(city="330300", number=330300),
    "jiaxing": Key(city="330400", number=330400),
    "jiaxing-2": Key(city="330400", number=330401),
    "wenzhou-ending": Key(city="330300", number=330303, expires_at=NOON + 90),
    "wenzhou-ended": Key(city="330300", number=330301, expires_at=NOON),
    "wenzhou-starting": Key(city="330300", number=330302, not_before=NOON),
    "wenzhou-to-come": Key(city="330300", number=330304, not_before=NOON + 1),
}
WENZHOU = KEYS["wenzhou"]
PAYLOAD = grammar.serialise(GENERAL)
SIGNATURE = WENZHOU.sign(PAYLOAD)
PACKED = wire.pack(PAYLOAD)
HEAD = wire.header_bytes(WENZHOU.signer.public.kid)
KID = WENZHOU.signer.public.kid.encode()


def text(
    packed: bytes = PACKED,
    *,
    form: bytes = b"\x01",
    hint: bytes = WENZHOU.hint,
    signature: bytes = SIGNATURE,
) -> str:
    """Return a wire text of these parts, whatever they are."""
    return "CC1:" + base45.encode(form + hint + signature + packed)


def code(payload: bytes, key: Key = WENZHOU) -> str:
    """Return a wire text of any payload whatever, really signed."""
    return text(wire.pack(payload), hint=key.hint, signature=key.sign(payload))


def jws(head: bytes = HEAD, payload: bytes = PAYLOAD, key: Key = WENZHOU) -> str:
    """Return a plain JWS with any header whatever, really signed."""
    parts = (head, payload, key.sign(payload, head))
    return ".".join(base64url.encode(part) for part in parts)


def zeros(count: int) -> bytes:
    """Return so many zero bytes as a raw DEFLATE stream."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(bytes(count)) + packer.flush()
