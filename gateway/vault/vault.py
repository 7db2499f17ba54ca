"""A city's own keys in one directory; start at ``Vault.open``.

Steps in order: may others get at the directory and its files; does the passphrase open the
root secret; is the register sealed by it; is each key file the key that the register names.
After that nothing changes any more: an opened vault is immutable and safe between threads.
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import cast

from gateway.ids import Timestamp
from gateway.jose.keys import PublicKey, Signer, SoftwareSigner, generate
from gateway.vault import files, keyfile, register
from gateway.vault.errors import (
    KeyMissingError,
    KeyOfflineError,
    VaultExistsError,
    VaultMissingError,
)
from gateway.vault.passphrase import check as check_passphrase
from gateway.vault.register import REGISTER_FILE, KeyEntry, Register
from gateway.vault.roles import ANCHORS, CODE_ROLES, WORKING, Role
from gateway.vault.root import ROOT_FILE, RootSecret

_DAY_S = 86_400

CODE_KEY_USE_S = 180 * _DAY_S
"""How long a code key is meant to sign before the next one takes over."""

CODE_KEY_AFTER_USE_S = 32 * _DAY_S
"""How long it then still verifies: the longest code (31 days) and 24 h (protocol.md, 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSigningKey:
    """A code key with its life, as the leaf configuration publishes it.

    Attributes:
        published_at: ``iat`` of the key: when it was made and first published.
        not_before: ``nbf``: the same moment, so that an emergency switch has no gap.
        expires_at: ``exp``: first moment at which no code of it counts.
        active: Whether it signs now; otherwise it is the next one.
    """

    signer: Signer
    published_at: Timestamp
    not_before: Timestamp
    expires_at: Timestamp
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """The opened key material of one city.

    Attributes:
        directory: Where it lies.
    """

    directory: Path
    _register: Register = field(repr=False)
    _signers: Mapping[Role, SoftwareSigner] = field(repr=False)
    _root: RootSecret = field(repr=False)

    @classmethod
    def create(cls, directory: Path, passphrase: bytes, now: Timestamp) -> "Vault":
        """Make all keys of a city and return the opened vault.

        The directory appears at once and whole, mode 0700. Its parent must exist.

        Raises:
            VaultExistsError: something is there already; it is left as it was.
            WeakPassphraseError: see ``passphrase.check``.
            VaultMissingError: the parent directory does not exist.
        """
        check_passphrase(passphrase, directory)
        signers = {role: generate() for role in Role}
        entries = {role: _entry(role, signers[role].public, now) for role in Role}
        root = RootSecret.generate()
        content = {
            keyfile.name_of(role, signer.public.kid): keyfile.seal(role, signer, root)
            for role, signer in signers.items()
        }
        content[REGISTER_FILE] = register.write(entries.values(), root)
        content[ROOT_FILE] = root.seal(passphrase)
        _write_directory(directory, content)
        return cls(
            directory=directory,
            _register=MappingProxyType(entries),
            _signers=MappingProxyType(
                {role: signer for role, signer in signers.items() if role not in ANCHORS}
            ),
            _root=root,
        )

    @classmethod
    def open(
        cls, directory: Path, passphrase: bytes, *, needs: frozenset[Role] = WORKING
    ) -> "Vault":
        """Return the vault in ``directory``.

        Args:
            directory: As ``create`` made it.
            passphrase: What opens the root secret.
            needs: Keys that must be there; they are held in memory. Others may be absent,
                and are read each time somebody asks for them: the anchor's are not kept in
                the memory of a worker.

        Raises:
            VaultError: by subclass, naming the file and what to do.
        """
        # (1) Is it there, and ours alone?
        root_file = _read(directory, ROOT_FILE)
        register_file = _read(directory, REGISTER_FILE)
        # (2) Does the passphrase open it?
        root = RootSecret.unseal(directory / ROOT_FILE, root_file, passphrase)
        # (3) Has anybody edited which key is which?
        entries = register.read(directory / REGISTER_FILE, register_file, root)
        # (4) Is every key that is needed here the one that is meant?
        signers = {role: _load(directory, entries[role], root) for role in Role if role in needs}
        return cls(
            directory=directory,
            _register=entries,
            _signers=MappingProxyType(signers),
            _root=root,
        )

    def signer(self, role: Role) -> Signer:
        """Return what signs with the key of ``role``.

        Raises:
            KeyOfflineError: an anchor key that was moved offline.
            KeyMissingError: another key that is not on this machine.
            VaultError: its file is damaged or open to others.
        """
        held = self._signers.get(role)
        return held or _load(self.directory, self._register[role], self._root)

    def public(self, role: Role) -> PublicKey:
        """Return the public half of the key of ``role``; also of one that is offline."""
        return self._register[role].public

    def has_private(self, role: Role) -> bool:
        """Return whether the private half lies on this machine; its file is not checked."""
        return _key_path(self.directory, self._register[role]).is_file()

    def code_keys(self) -> tuple[CodeSigningKey, ...]:
        """Return the code keys to publish: the active one, then the next."""
        return tuple(
            CodeSigningKey(
                signer=self.signer(role),
                published_at=entry.created,
                not_before=entry.created,
                # The register refuses a code key without an end.
                expires_at=cast("Timestamp", entry.expires_at),
                active=role is Role.CODES,
            )
            for role, entry in ((role, self._register[role]) for role in CODE_ROLES)
        )

    def secret(self, label: str) -> bytes:
        """Return 32 bytes for one purpose, the same each time, unrelated to any other label's.

        For keyed hashes and sealed rows; losing the vault loses them. A label is 1 to 64 of
        ``a-z 0-9 / . _ -``, else ValueError.
        """
        return self._root.derive("secret", label)


def change_passphrase(directory: Path, old: bytes, new: bytes) -> None:
    """Let ``new`` open the vault instead of ``old``; keys and secrets stay the same.

    A copy made earlier still opens with the old one: destroy it.

    Raises:
        VaultError: by subclass; nothing was changed.
    """
    check_passphrase(new, directory)
    path = directory / ROOT_FILE
    root = RootSecret.unseal(path, _read(directory, ROOT_FILE), old)
    files.replace(path, root.seal(new))


def _entry(role: Role, public: PublicKey, now: Timestamp) -> KeyEntry:
    life_s = CODE_KEY_USE_S + CODE_KEY_AFTER_USE_S
    if role is Role.CODES_NEXT:
        # It begins to sign when the active one has been used, and lives as long from there.
        life_s += CODE_KEY_USE_S
    expires_at = Timestamp(now + life_s) if role in CODE_ROLES else None
    return KeyEntry(role=role, public=public, created=now, expires_at=expires_at)


def _key_path(directory: Path, entry: KeyEntry) -> Path:
    return directory / keyfile.name_of(entry.role, entry.public.kid)


def _read(directory: Path, name: str) -> bytes:
    path = directory / name
    try:
        files.check_directory(directory)
        return files.read_private(path)
    except FileNotFoundError as error:
        raise VaultMissingError(
            path, "is missing", "run credit-gateway init, or restore the directory"
        ) from error


def _load(directory: Path, entry: KeyEntry, root: RootSecret) -> SoftwareSigner:
    path = _key_path(directory, entry)
    try:
        content = files.read_private(path)
    except FileNotFoundError as error:
        if entry.role in ANCHORS:
            raise KeyOfflineError(
                path, "this anchor key is not on this machine", "do it where the key was moved to"
            ) from error
        raise KeyMissingError(path, "is missing", "restore it from a backup") from error
    return keyfile.unseal(path, content, entry.role, entry.public.kid, root)


def _write_directory(directory: Path, content: Mapping[str, bytes]) -> None:
    """Write the files beside ``directory`` and let it appear by one rename."""
    fresh = directory.with_name(f".{directory.name}.{secrets.token_hex(8)}.new")
    try:
        fresh.mkdir(mode=files.PRIVATE_DIRECTORY)
        for name, data in content.items():
            files.write_new(fresh / name, data)
        # Fails unless the name is free or an empty directory's.
        os.rename(fresh, directory)  # noqa: PTH104 (Path.rename says the same less clearly)
        files.sync_directory(directory.parent)
    except FileNotFoundError as error:
        raise VaultMissingError(
            directory.parent, "is missing", "make the directory that holds the keys"
        ) from error
    except OSError as error:
        if directory.exists():
            raise VaultExistsError(
                directory, "is there already", "choose another directory, or keep these keys"
            ) from error
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
