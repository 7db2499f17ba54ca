"""What signed documents need of durable storage; see ``ports`` for what all ports promise.

Names are ``catalogue``, ``catalogue-next``, ``status-1`` and on, and ``bundle``. A digest is the
SHA-256 of a token in hex, and empty where there is no token (any more).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.ids import EntityId, Timestamp

CATALOGUE = "catalogue"
CATALOGUE_NEXT = "catalogue-next"
BUNDLE = "bundle"


NEVER: Final = Timestamp(0)


def digest_of(token: str) -> str:
    """Return what tells one token from all others; empty for no token."""
    return hashlib.sha256(token.encode()).hexdigest() if token else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDocument:
    """A document of this city as stored; not verified.

    Attributes:
        token: Empty where it was withdrawn.
        issued_at: Its ``iat``; the next one is later, also after it was withdrawn.
    """

    token: str = field(repr=False)
    issued_at: Timestamp


class OwnDocuments(Protocol):
    """Keeps the newest document that this city signed under each name."""

    def put(self, name: str, token: str, issued_at: Timestamp, now: Timestamp) -> None:
        """Store a document in place of the older one, and raise the trust revision.

        Raises:
            NotNewerError: The stored one is as new or newer; ``iat`` never goes back.
        """
        ...

    def withdraw(self, name: str, now: Timestamp) -> None:
        """Serve nothing under this name from now on; raises the revision if something was."""
        ...

    def get(self, name: str) -> OwnDocument | None:
        """Return what is stored under a name."""
        ...

    def digests(self) -> Mapping[str, str]:
        """Return the digest of each document that is there, by name: one cheap read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDocument:
    """A document of a partner as stored: the last good one, and how fetching it goes.

    Attributes:
        token: The last good one; empty where there is none, or its signer died.
        issued_at: The newest ``iat`` ever accepted under this name; 0 is none.
        obtained_at: When the partner last said that the token still holds; None is never.
        etag: Of the last good one.
        last_error: Stable code; None after a success.
        failures: Since the last success.
    """

    anchor_id: EntityId
    name: str
    token: str = field(default="", repr=False)
    issued_at: Timestamp = NEVER
    obtained_at: Timestamp | None = None
    etag: str | None = None
    last_error: str | None = None
    failures: int = 0


DocumentKey = tuple[EntityId, str]
"""Anchor of a partner, and the name of one of its documents."""


class PartnerDocuments(Protocol):
    """Keeps the last good document of each partner and name."""

    def put(self, document: PartnerDocument) -> None:
        """Store a row in place of the one before; raise the trust revision iff its token changed.

        The writer is one process under a lease; a row is replaced whole, unless the one before
        has a later ``issued_at``: then nothing is stored.
        """
        ...

    def get(self, anchor_id: EntityId, name: str) -> PartnerDocument | None:
        """Return one document, if there is one and its row can be read."""
        ...

    def of(self, anchor_id: EntityId) -> tuple[PartnerDocument, ...]:
        """Return the documents of one partner, by name; ``token`` is empty in all of them."""
        ...

    def digests(self) -> Mapping[DocumentKey, str]:
        """Return the digest of each document that is there: one cheap read."""
        ...
