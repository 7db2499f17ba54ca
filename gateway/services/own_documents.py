"""Publishing this city's documents: signed ahead with K2, read back, served as they are.

``iat`` never goes back under one name, and nothing is signed while the own clock is doubtful.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.ids import EntityId, Timestamp
from gateway.services.document_kinds import DocumentKind
from gateway.services.document_ports import OwnDocuments
from gateway.services.own_keys import OwnKeys
from gateway.services.partner_ports import OwnClockDoubtfulError
from gateway.trust.documents import open_document, sign_document, verify_document
from gateway.trust.errors import UnknownSignerError
from gateway.trust.statements.life import LEEWAY_S, Life


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishDocument:
    """Signs and stores one document."""

    leaf: EntityId
    keys: OwnKeys
    documents: OwnDocuments

    def publish(  # noqa: PLR0913 (one document has these facts)
        self,
        name: str,
        kind: DocumentKind,
        payload: Mapping[str, object],
        *,
        life_s: int,
        now: Timestamp,
        clock_doubtful: bool,
    ) -> str:
        """Sign and store a document in place of the one before; return it.

        Args:
            name: Under which it is stored.
            kind: What it is.
            payload: All members but ``iss``, ``iat`` and ``exp``.
            life_s: From ``iat`` to ``exp``.
            now: The moment of signing.
            clock_doubtful: Whether partners contradict the own clock.

        Raises:
            OwnClockDoubtfulError: nothing is signed then.
            NotNewerError: another process signed one meanwhile, or a hand stored a later time.
            GatewayError: partners would refuse it; nothing was stored.
        """
        if clock_doubtful:
            raise OwnClockDoubtfulError("most partners contradict our clock")
        begin = max(now, self._last(name, kind, now) + 1)
        life = Life(issued_at=Timestamp(begin), expires_at=Timestamp(begin + life_s))
        signer = self.keys.federation()
        token = sign_document(payload, kind=kind.type, issuer=self.leaf, life=life, signer=signer)
        keys = (signer.public,)
        kind.read(
            name,
            verify_document(token, kind=kind.type, issuer=self.leaf, keys=keys, now=life.issued_at),
        )
        self.documents.put(name, token, life.issued_at, now)
        return token

    def _last(self, name: str, kind: DocumentKind, now: Timestamp) -> Timestamp:
        """Return the ``iat`` of the newest one; one from a database must not steer ours."""
        stored = self.documents.get(name)
        if stored is None:
            return Timestamp(0)
        known = Timestamp(min(stored.issued_at, now + LEEWAY_S))
        if not stored.token:
            return known
        try:
            return open_document(
                stored.token, kind=kind.type, issuer=self.leaf, keys=self.keys.federation_public()
            ).life.issued_at
        except UnknownSignerError:
            # A key of ours that is lost signed it, or a hand put it there: it is replaced.
            return known
