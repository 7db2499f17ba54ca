"""The root secret: 32 random bytes that everything else in a vault hangs on.

The passphrase opens the root secret (scrypt, then AES-256-GCM); from the root secret come the
passwords of the key files, the seal of the register, and the secrets of the gateway's keyed
hashes, each by HKDF-SHA256 under its own purpose and label. So a guess at the passphrase costs
one scrypt wherever a thief begins, and a new passphrase rewrites one small file.
"""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from gateway.errors import JoseError
from gateway.jose import base64url, strict_json
from gateway.jose.members import Members
from gateway.vault import files
from gateway.vault.errors import VaultDamagedError, VaultPassphraseError

ROOT_FILE = "root.secret"
SECRET_BYTES = 32

_VERSION = 1
_SALT_BYTES, _NONCE_BYTES = 16, 12
_SEALED_BYTES = SECRET_BYTES + 16
_BOUND_TO = b"credit-gateway/vault/root/1"
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9/._-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RootSecret:
    """The opened root secret; it is never shown, only derived from."""

    material: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "RootSecret":
        """Return a new one from the system's random source."""
        return cls(material=secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def unseal(cls, path: Path, content: bytes, passphrase: bytes) -> "RootSecret":
        """Return the secret in the file's ``content``.

        Raises:
            VaultDamagedError: the content is not of this form.
            VaultPassphraseError: the passphrase does not open it.
        """
        try:
            members = Members(strict_json.parse(content, max_bytes=files.MAX_BYTES), ROOT_FILE)
            members.only("version", "salt", "nonce", "sealed")
            members.integer("version", minimum=_VERSION, maximum=_VERSION)
            salt = _bytes_of(members, "salt", _SALT_BYTES)
            nonce = _bytes_of(members, "nonce", _NONCE_BYTES)
            sealed = _bytes_of(members, "sealed", _SEALED_BYTES)
        except JoseError as error:
            raise VaultDamagedError(
                path, "is cut off, edited or of a later version", "restore it from a backup"
            ) from error
        try:
            material = AESGCM(_stretched(passphrase, salt)).decrypt(nonce, sealed, _BOUND_TO)
        except InvalidTag as error:
            raise VaultPassphraseError(
                path,
                "the passphrase does not open it",
                "give the passphrase of this vault, or restore the file if it was changed",
            ) from error
        return cls(material=material)

    def seal(self, passphrase: bytes) -> bytes:
        """Return the content of a file that only ``passphrase`` opens; new salt each time."""
        salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(_stretched(passphrase, salt)).encrypt(nonce, self.material, _BOUND_TO)
        return strict_json.encode(
            {
                "version": _VERSION,
                "salt": base64url.encode(salt),
                "nonce": base64url.encode(nonce),
                "sealed": base64url.encode(sealed),
            }
        )

    def derive(self, purpose: str, label: str) -> bytes:
        """Return 32 bytes that tell nothing about those of another purpose or label."""
        if not _LABEL.fullmatch(label):
            raise ValueError("a label is 1 to 64 of a-z 0-9 / . _ -")
        info = f"credit-gateway/vault/1/{purpose}:{label}".encode("ascii")
        return HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=info).derive(
            self.material
        )


def _bytes_of(members: Members, name: str, size: int) -> bytes:
    raw = base64url.decode(members.text(name))
    if len(raw) != size:
        raise JoseError(f"{name} has another size")
    return raw


def _stretched(passphrase: bytes, salt: bytes) -> bytes:
    # 32 MiB and about 0.1 s for each guess; part of version 1, never read from the file,
    # so that nobody can write an easier one into it.
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase)
