"""One private key as an encrypted PKCS#8 PEM file.

The password of the PEM is not the passphrase: the library stretches it with 2,048 rounds of
PBKDF2 only and encrypts without authentication. It is 256 bits derived from the root secret
for this role and kid, and what comes out must be the key that the register names.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.ids import KeyId
from gateway.jose import base64url
from gateway.jose.keys import SoftwareSigner
from gateway.vault.errors import VaultDamagedError
from gateway.vault.roles import Role
from gateway.vault.root import RootSecret


def name_of(role: Role, kid: KeyId) -> str:
    """Return the file's name."""
    return f"{role.value}-{kid}.pem"


def seal(role: Role, signer: SoftwareSigner, root: RootSecret) -> bytes:
    """Return the content of the file."""
    password = _password(role, signer.public.kid, root)
    return signer.private.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)
    )


def unseal(path: Path, content: bytes, role: Role, kid: KeyId, root: RootSecret) -> SoftwareSigner:
    """Return the key in the file's ``content``.

    Raises:
        VaultDamagedError: cut off, edited, swapped with another file or another vault's.
    """
    damaged = VaultDamagedError(
        path, "is not the key that keys.json names for this role", "restore it from a backup"
    )
    try:
        private = load_pem_private_key(content, _password(role, kid, root))
    except (ValueError, TypeError) as error:
        raise damaged from error
    if not (
        isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1)
    ):
        raise damaged
    # From the scalar alone: a file may carry a public half that does not belong to it.
    scalar = private.private_numbers().private_value
    signer = SoftwareSigner(ec.derive_private_key(scalar, ec.SECP256R1()))
    if signer.public.kid != kid:
        raise damaged
    return signer


def _password(role: Role, kid: KeyId, root: RootSecret) -> bytes:
    # A kid has capitals and may begin with a hyphen; labels are lower case.
    label = f"{role.value}/{base64url.decode(kid).hex()[:32]}"
    return base64url.encode(root.derive("key-file", label)).encode("ascii")
