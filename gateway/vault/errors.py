"""What is wrong with own key material: each message names the file and says what to do."""

from pathlib import Path

from gateway.errors import VaultError


class VaultFileError(VaultError):
    """Something about one file or directory of the vault.

    Attributes:
        path: Which.
        problem: What is wrong with it, never a byte of its content.
        remedy: What to do about it.
    """

    code = "vault_file"

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}; {remedy}")
        self.path, self.problem, self.remedy = path, problem, remedy


class VaultExistsError(VaultFileError):
    """Keys would be overwritten; nothing ever does that."""

    code = "vault_exists"


class VaultMissingError(VaultFileError):
    """There is no vault, or a part without which it cannot be opened is gone."""

    code = "vault_missing"


class VaultPermissionError(VaultFileError):
    """Somebody else may read or change key material, or it is not what it should be."""

    code = "vault_permissions"


class VaultPassphraseError(VaultFileError):
    """The passphrase does not open the vault."""

    code = "vault_passphrase"


class WeakPassphraseError(VaultFileError):
    """A passphrase is too short, too long, or cannot be typed again."""

    code = "vault_passphrase_weak"


class VaultDamagedError(VaultFileError):
    """A file is cut off, edited, swapped with another, or of a later version."""

    code = "vault_damaged"


class VaultUnreadableError(VaultFileError):
    """A change would leave a register that nobody can read; it is not made."""

    code = "vault_unreadable"


class KeyMissingError(VaultFileError):
    """A key that this machine needs is not in the vault."""

    code = "vault_key_missing"


class KeyOfflineError(KeyMissingError):
    """An anchor key was moved offline, where the operation that asked for it belongs."""

    code = "vault_key_offline"
