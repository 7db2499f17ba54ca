"""Messages that a city's real key signed although nobody should have written them."""

import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec

from gateway.ids import KeyId
from gateway.jose import base64url
from gateway.jose.keys import PublicKey, SoftwareSigner

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order n of P-256 (FIPS 186-5, D.1.2.3)."""

WENZHOU = SoftwareSigner(ec.derive_private_key(330300, ec.SECP256R1()))
JIAXING = SoftwareSigner(ec.derive_private_key(330400, ec.SECP256R1()))


def jwk(key: PublicKey = WENZHOU.public, /, **changes: object) -> dict[str, object]:
    """Return the key as a JWK, members replaced; those that are None left out."""
    members = {**key.jwk(), **changes}
    return {name: value for name, value in members.items() if value is not None}


def header(kid: KeyId = WENZHOU.public.kid, /, **changes: object) -> dict[str, object]:
    """Return the header of a test token, members replaced; those that are None left out."""
    members = {"alg": "ES256", "kid": kid, "typ": "test+jwt", **changes}
    return {name: value for name, value in members.items() if value is not None}


def raw_json(value: Mapping[str, object]) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def segments(head: bytes, payload: bytes, signer: SoftwareSigner = WENZHOU) -> list[str]:
    """Return the three parts of a token that ``signer`` signed, whatever the header says."""
    first, second = base64url.encode(head), base64url.encode(payload)
    signature = signer.sign(f"{first}.{second}".encode("ascii"))
    return [first, second, base64url.encode(signature)]


def token(head: bytes, payload: bytes = b"{}", signer: SoftwareSigner = WENZHOU) -> str:
    """Return a token that ``signer`` signed, whatever the header says."""
    return ".".join(segments(head, payload, signer))


def sign_text(first: str, second: str, signer: SoftwareSigner = WENZHOU) -> str:
    """Return a token whose first two parts are exactly these texts, really signed."""
    signature = signer.sign(f"{first}.{second}".encode())
    return f"{first}.{second}.{base64url.encode(signature)}"


def twin(signature: bytes) -> bytes:
    """Return r, n - s: the other signature that verifies wherever r, s does."""
    s = int.from_bytes(signature[32:], "big")
    return signature[:32] + (ORDER - s).to_bytes(32, "big")
