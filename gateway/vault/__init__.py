"""Own signing keys and secrets: encrypted files in one directory; PKCS#11 later.

Start at ``Vault``; what each key is for is in ``roles``, where a passphrase comes from in
``passphrase``, and what is on the disk in ``docs/keys.md``.
"""

from gateway.vault.roles import ANCHORS, WORKING, Role
from gateway.vault.vault import CodeSigningKey, Vault, change_passphrase

__all__ = ["ANCHORS", "WORKING", "CodeSigningKey", "Role", "Vault", "change_passphrase"]
