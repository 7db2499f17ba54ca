"""ES256, the one algorithm of profile 1 (RFC 7518, 3.4), straight on ``cryptography``.

A JWS signature is r and s, 32 bytes each; OpenSSL speaks DER. Both r, s and r, n - s verify
(ECDSA is malleable), therefore nothing may ever be keyed on a signature.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.jose.errors import BadSignatureError

SIGNATURE_BYTES = 64
_HALF = SIGNATURE_BYTES // 2
_SCHEME = ec.ECDSA(SHA256())


def sign(private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Return r and s, 64 bytes, over SHA-256 of ``message``."""
    return from_der(private.sign(message, _SCHEME))


def from_der(der: bytes) -> bytes:
    """Return r and s, 64 bytes, of a P-256 signature as OpenSSL writes it: 30 n, 02 n r, 02 n s.

    It checks nothing, since it reads what a library made. Both integers are shorter than 128 bytes,
    so that a length is one byte, and each has a zero in front where its first bit is set.
    """
    middle = 4 + der[3]
    r, s = der[4:middle], der[middle + 2 :]
    return r[-_HALF:].rjust(_HALF, b"\0") + s[-_HALF:].rjust(_HALF, b"\0")


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
