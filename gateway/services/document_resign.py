"""Own documents under a new federation key: what they say stays, who says it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.ids import Timestamp
from gateway.services.document_kinds import DocumentKind, kind_of
from gateway.services.document_ports import OwnDocuments
from gateway.services.own_documents import PublishDocument
from gateway.trust.documents import open_document

_HEAD: Final = frozenset({"iss", "iat", "exp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResignDocuments:
    """Signs anew what another key than the present K2 signed."""

    documents: OwnDocuments
    publish: PublishDocument
    kinds: Sequence[DocumentKind]

    def resign(self, now: Timestamp, *, clock_doubtful: bool) -> int:
        """Return how many documents were signed anew, each for as long as it was before.

        Raises:
            OwnClockDoubtfulError: nothing is signed then.
            GatewayError: one could not be; those before it are.
        """
        return sum(
            self._resign(name, now, clock_doubtful=clock_doubtful)
            for name in sorted(self.documents.digests())
        )

    def _resign(self, name: str, now: Timestamp, *, clock_doubtful: bool) -> bool:
        stored, kind = self.documents.get(name), kind_of(name, self.kinds)
        if stored is None or not stored.token:
            return False
        keys, leaf = self.publish.keys, self.publish.leaf
        found = open_document(
            stored.token, kind=kind.type, issuer=leaf, keys=keys.federation_public()
        )
        if found.kid == keys.federation().public.kid:
            return False
        self.publish.publish(
            name,
            kind,
            payload={
                each: value for each, value in found.members.values.items() if each not in _HEAD
            },
            life_s=found.life.expires_at - found.life.issued_at,
            now=now,
            clock_doubtful=clock_doubtful,
        )
        return True
