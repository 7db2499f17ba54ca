"""A city's own keys in one directory; start at ``Vault.open``.

Steps in order: may others get at the directory and its files; does the passphrase open the
root secret; is the register sealed by it; is each key file the key that the register names.
After that nothing changes any more: an opened vault is immutable and safe between threads.
What was changed on the disk since is in the vault that ``reopened`` gives.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from gateway.ids import KeyId, Timestamp
from gateway.jose.keys import PublicKey, Signer, SoftwareSigner, generate
from gateway.ledger.entries import Note
from gateway.trust.key_set import ANCHOR_ROLES, CODE_ROLES, KeySet, first_keys
from gateway.vault import directory as places
from gateway.vault import files, keyfile, register
from gateway.vault.errors import KeyMissingError
from gateway.vault.passphrase import check as check_passphrase
from gateway.vault.register import REGISTER_FILE, Register
from gateway.vault.roles import ANCHORS, WORKING, Role
from gateway.vault.root import ROOT_FILE, RootSecret

Stamp = tuple[int, int, int]
"""Tells one file from another that took its name: inode, time of change in ns, bytes."""

Decide = Callable[[KeySet, PublicKey], KeySet]
"""Makes of the keys as they are, and of one that was just made, the keys as they shall be."""

_READINGS: Final = 5
"""How often a vault is read that another process changes meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSigningKey:
    """A code key that signs or will, with its life, as the leaf configuration publishes it.

    Attributes:
        published_at: ``iat`` of the key: when it was made, and published right after.
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
    """The opened key material of one city, or of the offline machine of its anchor.

    Attributes:
        directory: Where it lies.
    """

    directory: Path
    _register: Register = field(repr=False)
    _signers: Mapping[Role, SoftwareSigner] = field(repr=False)
    _root: RootSecret = field(repr=False)

    @classmethod
    def create(
        cls,
        directory: Path,
        passphrase: bytes,
        now: Timestamp,
        *,
        anchors: tuple[PublicKey, PublicKey] | None = None,
    ) -> "Vault":
        """Make the keys of a city and return the opened vault.

        The directory appears at once and whole, mode 0700. Its parent must exist.

        Args:
            directory: Where; nothing is there yet.
            passphrase: Opens the vault from now on.
            now: The moment of making.
            anchors: Public halves of K1 and K1s if they were made on the offline machine; if
                not, they are made here.

        Raises:
            VaultExistsError: something is there already; it is left as it was.
            WeakPassphraseError: see ``passphrase.check``.
            VaultMissingError: the parent directory does not exist.
            KeyRoleError: both anchor keys are one.
        """
        if anchors is None:
            return cls._create(directory, passphrase, {role: generate() for role in Role}, {}, now)
        others: dict[Role, PublicKey] = dict(zip(ANCHOR_ROLES, anchors, strict=True))
        made = {role: generate() for role in Role if role in WORKING}
        return cls._create(directory, passphrase, made, others, now)

    @classmethod
    def create_anchor(
        cls,
        directory: Path,
        passphrase: bytes,
        now: Timestamp,
        *,
        signers: Mapping[Role, SoftwareSigner] | None = None,
    ) -> "Vault":
        """Make K1 and K1s, or take ``signers`` for them, in a vault that has nothing else.

        Raises:
            VaultError: as ``create``.
        """
        made = signers or {role: generate() for role in Role if role in ANCHORS}
        return cls._create(directory, passphrase, made, {}, now)

    @classmethod
    def _create(
        cls,
        directory: Path,
        passphrase: bytes,
        signers: Mapping[Role, SoftwareSigner],
        others: Mapping[Role, PublicKey],
        now: Timestamp,
    ) -> "Vault":
        check_passphrase(passphrase, directory)
        publics = {role: signer.public for role, signer in signers.items()}
        entries = Register(keys=first_keys({**publics, **others}, now))
        root = RootSecret.generate()
        content = {
            keyfile.name_of(role, signer.public.kid): keyfile.seal(role, signer, root)
            for role, signer in signers.items()
        }
        content[REGISTER_FILE] = register.write(entries, root)
        content[ROOT_FILE] = root.seal(passphrase)
        places.create(directory, content)
        held = {role: signer for role, signer in signers.items() if role not in ANCHORS}
        return cls(
            directory=directory, _register=entries, _signers=MappingProxyType(held), _root=root
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
        root_file = places.read(directory, ROOT_FILE)
        places.read(directory, REGISTER_FILE)
        # (2) Does the passphrase open it?
        root = RootSecret.unseal(directory / ROOT_FILE, root_file, passphrase)
        # (3) Has anybody edited which key is which? (4) Is every key here the one that is meant?
        return _opened(directory, root, needs)

    def stamp(self) -> Stamp:
        """Return what tells the register on the disk now from an older or newer one.

        Raises:
            VaultMissingError: there is none.
        """
        path = self.directory / REGISTER_FILE
        try:
            status = path.stat(follow_symlinks=False)
        except FileNotFoundError as error:
            raise places.missing(path) from error
        return status.st_ino, status.st_mtime_ns, status.st_size

    def reopened(self) -> "Vault":
        """Return the vault as it lies on the disk now, without asking for the passphrase.

        Raises:
            VaultError: by subclass; this vault is what it was.
        """
        return _opened(self.directory, self._root, frozenset(self._signers))

    def changed(self, decide: Decide, note: Note | None = None) -> "Vault":
        """Change the keys on the disk, and return the vault afterwards.

        One change at a time; ``decide`` sees what the change before it left. A kill leaves the
        keys before it or after it. Where ``decide`` changes nothing, nothing is written.

        Args:
            decide: Refuses by raising, and then nothing is changed.
            note: What the ledger is to be told; kept in the register until ``told``.

        Raises:
            VaultError, OSError: nothing was changed.
        """
        with files.locked(self.directory):
            before, fresh = self.reopened(), generate()
            keys = decide(before.keys, fresh.public)
            if keys == before.keys:
                return before
            pending = (*before.pending, *([note] if note else []))
            after = Register(keys=keys, pending=pending)
            places.commit(self.directory, before.keys, after, fresh, self._root)
            return before.reopened()

    def told(self, notes: tuple[Note, ...]) -> "Vault":
        """Forget notes of which the ledger has entries now; return the vault afterwards.

        Raises:
            VaultError, OSError: nothing was changed.
        """
        with files.locked(self.directory):
            before = self.reopened()
            left = tuple(note for note in before.pending if note not in notes)
            content = register.write(Register(keys=before.keys, pending=left), self._root)
            files.replace(self.directory / REGISTER_FILE, content)
            return before.reopened()

    @property
    def keys(self) -> KeySet:
        """Own keys, past and present."""
        return self._register.keys

    @property
    def pending(self) -> tuple[Note, ...]:
        """Acts whose consequences are not all drawn."""
        return self._register.pending

    def signer(self, role: Role) -> Signer:
        """Return what signs with the key of ``role``.

        Raises:
            KeyOfflineError: an anchor key that was moved offline.
            KeyMissingError: another key that is not on this machine.
            VaultError: its file is damaged or open to others.
        """
        return self._signer(role)

    def move_anchors(self, directory: Path, passphrase: bytes, now: Timestamp) -> None:
        """Move K1 and K1s into a vault of their own, and take them out of this one.

        Raises:
            VaultError: nothing was taken out of this one.
        """
        signers = {role: self._signer(role) for role in Role if role in ANCHORS}
        self.create_anchor(directory, passphrase, now, signers=signers)
        for role, signer in signers.items():
            places.key_path(self.directory, role, signer.public.kid).unlink()
        files.sync_directory(self.directory)

    def public(self, role: Role) -> PublicKey:
        """Return the public half of the key of ``role``; also of one that is offline.

        Raises:
            KeyMissingError: this is the vault of an offline machine.
        """
        return _entry(self.directory, self._register, role)

    def has_private(self, role: Role) -> bool:
        """Return whether the private half lies on this machine; its file is not checked."""
        return places.key_path(self.directory, role, self.public(role).kid).is_file()

    def code_keys(self) -> tuple[CodeSigningKey, ...]:
        """Return the code keys that sign or will: the active one, then the next."""
        return tuple(
            CodeSigningKey(
                signer=self.signer(role),
                published_at=key.created,
                not_before=key.created,
                # The register refuses a code key without an end.
                expires_at=cast("Timestamp", key.expires_at),
                active=role is Role.CODES,
            )
            for role, key in ((role, self.keys.keys[role]) for role in CODE_ROLES)
        )

    def secret(self, label: str) -> bytes:
        """Return 32 bytes for one purpose, the same each time, unrelated to any other label's.

        For keyed hashes and sealed rows; losing the vault loses them. A label is 1 to 64 of
        ``a-z 0-9 / . _ -``, else ValueError.
        """
        return self._root.derive("secret", label)

    def _signer(self, role: Role) -> SoftwareSigner:
        held = self._signers.get(role)
        return held or places.load(self.directory, role, self.public(role).kid, self._root)


def change_passphrase(directory: Path, old: bytes, new: bytes) -> None:
    """Let ``new`` open the vault instead of ``old``; keys and secrets stay the same.

    A copy made earlier still opens with the old one: destroy it.

    Raises:
        VaultError: by subclass; nothing was changed.
    """
    check_passphrase(new, directory)
    path = directory / ROOT_FILE
    root = RootSecret.unseal(path, places.read(directory, ROOT_FILE), old)
    files.replace(path, root.seal(new))


def _opened(directory: Path, root: RootSecret, needs: frozenset[Role]) -> Vault:
    """Return the vault; one that is changed meanwhile is read again."""
    content = b""
    for _ in range(_READINGS):
        last, content = content, places.read(directory, REGISTER_FILE)
        entries = register.read(directory / REGISTER_FILE, content, root)
        try:
            signers = {
                role: places.load(directory, role, _kid(directory, entries, role), root)
                for role in Role
                if role in needs
            }
        except KeyMissingError:
            if content == last:
                raise
            continue
        held = MappingProxyType(signers)
        return Vault(directory=directory, _register=entries, _signers=held, _root=root)
    raise KeyMissingError(
        directory / REGISTER_FILE, "is changed again and again", "try again in a moment"
    )


def _kid(directory: Path, entries: Register, role: Role) -> KeyId:
    return _entry(directory, entries, role).kid


def _entry(directory: Path, entries: Register, role: Role) -> PublicKey:
    key = entries.keys.keys.get(role)
    if key is None:
        raise KeyMissingError(
            directory / REGISTER_FILE,
            f"has no key {role}: these are the keys of an offline machine",
            "name the directory of the gateway's keys",
        )
    return key.public
