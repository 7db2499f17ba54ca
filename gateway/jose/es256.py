"""ES256, the one algorithm of profile 1 (RFC 7518, 3.4), straight on ``cryptography``.

A JWS signature is r and s, 32 bytes each; OpenSSL speaks DER. Both r, s and r, n - s verify
(ECDSA is malleable), therefore nothing may ever be keyed on a signature.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.jose.errors import BadSignatureError

SIGNATURE_BYTES = 64
_HALF = SIGNATURE_BYTES // 2
_SCHEME = ec.ECDSA(SHA256())


def sign(private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Return r and s, 64 bytes, over SHA-256 of ``message``."""
    r, s = decode_dss_signature(private.sign(message, _SCHEME))
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def verify(public: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
    """Return if the signature fits.

    Raises:
        BadSignatureError: it does not, or is not 64 bytes.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignatureError("a signature that is not 64 bytes")
    r = int.from_bytes(signature[:_HALF], "big")
    s = int.from_bytes(signature[_HALF:], "big")
    try:
        public.verify(encode_dss_signature(r, s), message, _SCHEME)
    except InvalidSignature as error:
        raise BadSignatureError("the signature does not fit") from error
