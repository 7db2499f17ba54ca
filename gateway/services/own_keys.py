"""This city's own keys as they are now: asked for each time, never kept.

A rotation changes them while processes run. Whoever signs, or checks what this city signed,
holds an ``OwnKeys`` and asks it at the moment of need; ``app.live_keys`` reads the vault.
"""

from dataclasses import dataclass
from typing import Protocol

from gateway.codes.issuing import CodeSigner
from gateway.ids import KeyId
from gateway.jose.keys import PublicKey, Signer
from gateway.trust.statements import AnnouncedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingKey:
    """The code key that signs now; its times are those that the leaf statement announces."""

    kid: KeyId
    signer: CodeSigner


class OwnKeys(Protocol):
    """The keys of this city at this moment; safe between threads, and never slow."""

    def refresh(self) -> bool:
        """Read the keys anew if somebody changed them; return whether they were read."""
        ...

    def federation(self) -> Signer:
        """Return the K2 that signs now."""
        ...

    def federation_public(self) -> tuple[PublicKey, ...]:
        """Return the K2s whose signature on own rows, statements and documents counts.

        The one that signs now first; then K2next, and one that was switched away from until
        it is gone.
        """
        ...

    def federation_announced(self) -> tuple[PublicKey, ...]:
        """Return the K2s that the leaf configuration names, the one that signs now first."""
        ...

    def codes(self) -> IssuingKey:
        """Return the K3 that signs codes now."""
        ...

    def codes_announced(self) -> tuple[AnnouncedKey, ...]:
        """Return the K3s that the leaf configuration names; one left out is dead for ever."""
        ...

    def remembers(self, kid: KeyId) -> bool:
        """Return whether this is an own key, of now or of before: gone ones are remembered."""
        ...

    def anchors(self) -> tuple[PublicKey, PublicKey]:
        """Return the public halves of K1 and K1s."""
        ...
