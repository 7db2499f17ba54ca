"""Sign the trust bundle for offline verifiers: when it says something else, and regularly.

A second hand-over of what this city's own tills are told; whoever holds it follows K2 through
the leaf configuration (docs/protocol/documents.md).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast

from gateway.ids import CityId, KeyId, Timestamp
from gateway.services.document_kinds import DocumentKind
from gateway.services.document_ports import BUNDLE
from gateway.services.document_view import HeldDocument
from gateway.services.own_documents import PublishDocument
from gateway.services.ports import NotNewerError
from gateway.services.signed_codes import TrustSource
from gateway.trust import bundle
from gateway.trust.bundle import Bundle
from gateway.trust.documents import BUNDLE_TYPE
from gateway.trust.keyring import Keyring

LIFE_S: Final = 24 * 3600
RESIGN_S: Final = 600
"""Age at which it is signed again though nothing changed: with a slow round, 15 minutes."""

BUNDLES: Final = DocumentKind(
    names=re.compile(BUNDLE),
    type=BUNDLE_TYPE,
    media_type="application/jwt",
    path=lambda _: "/api/v1/bundle",
    read=lambda _, document: bundle.parse(document.members),
)


class OwnDocumentView(Protocol):
    """Gives own documents as they were read; ``DocumentView`` does."""

    def own(self, name: str) -> HeldDocument | None:
        """Return the document of a name, if there is one that we signed."""
        ...


class ListedStatus(Protocol):
    """Gives the addresses of the status lists that are held; ``StatusView`` does."""

    def listed(self) -> Mapping[CityId, tuple[str, ...]]:
        """Return them by city."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishBundle:
    """Keeps the published bundle as the keyring says.

    Attributes:
        trust: The keyring in force.
        status: Whose lists are held.
        documents: The bundle that is published now.
        signer: Id of the K2 that signs now.
    """

    trust: TrustSource
    status: ListedStatus
    documents: OwnDocumentView
    publish: PublishDocument
    signer: Callable[[], KeyId]

    def due(self, now: Timestamp) -> bool:
        """Sign the bundle if it is old, or says something else; return whether it was.

        Raises:
            OwnClockDoubtfulError: it is due, and nothing is signed.
            UnavailableError: the database cannot be read or written.
        """
        keyring = self.trust.keyring
        wanted = bundle.build(keyring, self.status.listed(), now)
        held = self.documents.own(BUNDLE)
        if held is not None and self._holds(held, wanted, now):
            return False
        return self._sign(wanted, keyring, now)

    def _holds(self, held: HeldDocument, wanted: Bundle, now: Timestamp) -> bool:
        life = held.life
        young = life.issued_at - 60 <= now < life.issued_at + RESIGN_S
        same = _says_the_same(cast("Bundle", held.value), wanted)
        return young and same and held.kid == self.signer()

    def _sign(self, wanted: Bundle, keyring: Keyring, now: Timestamp) -> bool:
        try:
            self.publish.publish(
                BUNDLE,
                BUNDLES,
                wanted.payload(),
                life_s=LIFE_S,
                now=now,
                clock_doubtful=keyring.clock_doubtful,
            )
        except NotNewerError:
            # Another process signed it in the same second; the next look tells what it says.
            return False
        return True


def _says_the_same(published: Bundle, wanted: Bundle) -> bool:
    """Return whether nobody would be told anything else but a later time.

    ``checked`` moves with every poll and ``expires`` with it: later ones wait for the next
    regular signing, an earlier end does not.
    """
    if published.issuers.keys() != wanted.issuers.keys():
        return False
    return all(
        published.issuers[city].keys == issuer.keys
        and published.issuers[city].status_lists == issuer.status_lists
        and published.issuers[city].status_keys == issuer.status_keys
        and published.issuers[city].expires <= issuer.expires
        for city, issuer in wanted.issuers.items()
    )
