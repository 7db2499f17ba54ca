"""The vault of a running process: a change of keys is in force within a second.

The root secret stays in memory, so a changed register costs no passphrase and no scrypt. What
cannot be read, or does not fit together, changes nothing: the keys that were good go on.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import structlog

from gateway.codes.issuing import CodeSigner
from gateway.errors import VaultError
from gateway.ids import KeyId, Timestamp
from gateway.jose.keys import PublicKey, Signer
from gateway.ledger.entries import Note
from gateway.services.own_keys import IssuingKey
from gateway.trust.key_changes import published
from gateway.trust.key_set import KeyKind, KeySet, OwnKey
from gateway.trust.statements import AnnouncedKey
from gateway.vault.roles import Role
from gateway.vault.vault import Stamp, Vault

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """What one opened vault says, prepared for the many who ask."""

    vault: Vault
    federation: Signer
    federation_public: tuple[PublicKey, ...]
    federation_announced: tuple[PublicKey, ...]
    codes: IssuingKey
    codes_announced: tuple[AnnouncedKey, ...]
    anchors: tuple[PublicKey, PublicKey]

    @classmethod
    def of(cls, vault: Vault) -> "_Keys":
        signer = vault.signer(Role.CODES)
        return cls(
            vault=vault,
            federation=vault.signer(Role.FEDERATION),
            federation_public=vault.keys.verifying(KeyKind.FEDERATION),
            federation_announced=tuple(
                key.public for key in vault.keys.announced(KeyKind.FEDERATION)
            ),
            codes=IssuingKey(kid=signer.public.kid, signer=CodeSigner(signer)),
            codes_announced=tuple(_announced(key) for key in vault.keys.announced(KeyKind.CODES)),
            anchors=(vault.public(Role.ANCHOR), vault.public(Role.ANCHOR_STANDBY)),
        )

    def names(self) -> tuple[KeyId, ...]:
        """Return the ids of the keys that sign, and of those that are announced."""
        announced = (*self.federation_announced, *(key.public for key in self.codes_announced))
        return (self.codes.kid, self.federation.public.kid, *(key.kid for key in announced))


def _announced(key: OwnKey) -> AnnouncedKey:
    # The register refuses a code key without an end.
    expires_at = cast("Timestamp", key.expires_at)
    return AnnouncedKey(
        public=key.public, issued_at=key.created, not_before=key.created, expires_at=expires_at
    )


class LiveKeys:
    """``OwnKeys`` on a vault, for all threads of a process."""

    def __init__(self, vault: Vault) -> None:
        """Begin with an opened vault.

        Raises:
            VaultError: a key that signs is not there.
        """
        self._keys = _Keys.of(vault)
        # Of no file: what was changed since the vault was opened is read in the first round.
        self._stamp: Stamp | None = None
        self._problem: str | None = None
        # Around whatever replaces the keys: what was read before a change must not come after it.
        self._reading = threading.Lock()

    @property
    def vault(self) -> Vault:
        """The vault in force; the next one may be another object."""
        return self._keys.vault

    @property
    def keys(self) -> KeySet:
        """Own keys as they are now, past and present."""
        return self.vault.keys

    @property
    def pending(self) -> tuple[Note, ...]:
        """Changes whose consequences are not all drawn."""
        return self.vault.pending

    def change(
        self, decide: Callable[[KeySet, PublicKey], KeySet], note: Note | None = None
    ) -> KeySet:
        """Change the keys on the disk; this process has them at once.

        Raises:
            VaultError, OSError: nothing was changed.
            TrustError: as ``decide`` refuses.
        """
        with self._reading:
            self._keys = _Keys.of(self.vault.changed(decide, note))
            return self.keys

    def told(self, notes: tuple[Note, ...]) -> None:
        """Forget changes whose consequences are drawn."""
        with self._reading:
            self._keys = _Keys.of(self.vault.told(notes))

    def note_published(self, kids: Iterable[KeyId], now: Timestamp) -> None:
        """Keep when a leaf configuration first named a key; what goes wrong is logged.

        A vault that takes no note must not keep the leaf from being published.
        """
        named = frozenset(kids)
        if published(self.keys, named, now) == self.keys:
            return
        try:
            self.change(lambda keys, _: published(keys, named, now))
        except (VaultError, OSError) as error:
            self._complain(error)

    def refresh(self) -> bool:
        """Read the register again if its file is another one; return whether it was read.

        What is wrong with it is logged once, and looked at again in the next round: somebody
        may be copying files.
        """
        with self._reading:
            return self._refresh()

    def _refresh(self) -> bool:
        before = self._keys.names()
        try:
            stamp = self.vault.stamp()
            if stamp == self._stamp:
                return False
            self._keys = _Keys.of(self.vault.reopened())
        except (VaultError, OSError) as error:
            self._complain(error)
            return False
        self._stamp, self._problem = stamp, None
        # A command reads what it has just opened once more, and that is no news.
        if self._keys.names() != before:
            codes, federation = self._keys.codes.kid, self.federation().public.kid
            _log.info("keys_read", codes=codes, federation=federation)
        return True

    def federation(self) -> Signer:
        """Return the K2 that signs now."""
        return self._keys.federation

    def federation_public(self) -> tuple[PublicKey, ...]:
        """Return the K2s whose signature on own rows, statements and documents counts."""
        return self._keys.federation_public

    def federation_announced(self) -> tuple[PublicKey, ...]:
        """Return the K2s that the leaf configuration names, the one that signs now first."""
        return self._keys.federation_announced

    def codes(self) -> IssuingKey:
        """Return the K3 that signs codes now."""
        return self._keys.codes

    def codes_announced(self) -> tuple[AnnouncedKey, ...]:
        """Return the K3s that the leaf configuration names; one left out is dead for ever."""
        return self._keys.codes_announced

    def remembers(self, kid: KeyId) -> bool:
        """Return whether this is an own key, of now or of before: gone ones are remembered."""
        return self.keys.remembers(kid)

    def anchors(self) -> tuple[PublicKey, PublicKey]:
        """Return the public halves of K1 and K1s."""
        return self._keys.anchors

    def _complain(self, error: VaultError | OSError) -> None:
        problem = f"{type(error).__name__}: {error}"
        if problem != self._problem:
            self._problem = problem
            _log.error("keys_not_read", problem=problem)
