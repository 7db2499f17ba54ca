"""The signed documents that a worker process serves and uses, in memory.

Request threads read a snapshot and never wait. ``refresh`` belongs to the background thread that
refreshes ``TrustView``, after it. A document is verified and read when its bytes change, and
again only where the keys that it rests on do; it is dropped as soon as its signer is dead.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from gateway.errors import GatewayError, UnavailableError
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.services.document_kinds import DocumentKind, kind_of
from gateway.services.document_ports import DocumentKey, OwnDocuments, PartnerDocuments
from gateway.services.own_statements import Published
from gateway.services.partner_documents import RaiseAlarm
from gateway.services.trust_ports import TrustRevision
from gateway.services.trust_view import TrustSnapshot
from gateway.trust import entity
from gateway.trust.documents import open_document
from gateway.trust.errors import RollbackError, UnknownSignerError
from gateway.trust.statements.life import Life

__all__ = ["DocumentSnapshot", "DocumentView", "HeldDocument"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDocument:
    """A document whose signature was checked.

    Attributes:
        life: From when and until when it counts: for its user to ask, with the present time.
        value: What the kind's ``read`` gave; the same object until the document changes.
    """

    digest: str
    kid: KeyId
    life: Life
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSnapshot:
    """Everything that was loaded together; immutable.

    Attributes:
        served: Own documents to serve, by name.
        own: The same, as read.
        partners: By anchor and name, whose signers live; of active and of stopped partners.
    """

    revision: int
    served: Mapping[str, Published]
    own: Mapping[str, HeldDocument]
    partners: Mapping[DocumentKey, HeldDocument]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSources:
    """Where a view looks.

    Attributes:
        leaf: This city's leaf.
        own_keys: Keys whose signature on own documents counts now; never from the database.
        trust: The newest snapshot of trust, for the keys of partners.
        alarm: Raises an alarm about an anchor.
    """

    leaf: EntityId
    own: OwnDocuments
    partners: PartnerDocuments
    own_keys: Callable[[], Sequence[PublicKey]]
    trust: Callable[[], TrustSnapshot]
    revision: TrustRevision
    kinds: Sequence[DocumentKind]
    alarm: RaiseAlarm


@dataclass(slots=True)
class _Known:
    """What became of one token: a held document, or a refusal under these keys."""

    digest: str
    kids: frozenset[KeyId]
    held: HeldDocument | None
    published: Published | None = field(default=None)

    def still(self, digest: str, kids: frozenset[KeyId]) -> bool:
        """Return whether nothing it rests on has changed."""
        if self.digest != digest:
            return False
        return self.kids == kids or (self.held is not None and self.held.kid in kids)


class DocumentView:
    """The newest snapshot of one process. ``refresh`` is for one thread; reading is for all."""

    def __init__(self, sources: DocumentSources, now: Timestamp) -> None:
        """Load the first snapshot.

        Raises:
            UnavailableError: the database cannot be read.
        """
        self._sources = sources
        self._own: dict[str, _Known] = {}
        self._partners: dict[DocumentKey, _Known] = {}
        self._trust = sources.trust()
        self._own_kids: frozenset[KeyId] = self._kids_of_ours()
        self._snapshot = self._load(now)

    @property
    def snapshot(self) -> DocumentSnapshot:
        """The newest snapshot."""
        return self._snapshot

    def served(self, name: str) -> Published | None:
        """Return an own document as it is served; one that we did not sign is not there."""
        return self._snapshot.served.get(name)

    def names(self) -> Collection[str]:
        """Return the names of the own documents that are served."""
        return self._snapshot.served.keys()

    def own(self, name: str) -> HeldDocument | None:
        """Return an own document as it was read."""
        return self._snapshot.own.get(name)

    def partner(self, anchor: EntityId, name: str) -> HeldDocument | None:
        """Return the last good document of a partner, whatever the partner's state."""
        return self._snapshot.partners.get((anchor, name))

    def refresh(self, now: Timestamp) -> bool:
        """Load what changed; return whether a new snapshot is in force.

        Raises:
            UnavailableError: the database cannot be read; the old snapshot stays in force.
        """
        trust, kids = self._sources.trust(), self._kids_of_ours()
        same = trust is self._trust and kids == self._own_kids
        if same and self._sources.revision.current() == self._snapshot.revision:
            return False
        self._trust, self._own_kids = trust, kids
        self._snapshot = self._load(now)
        return True

    def _kids_of_ours(self) -> frozenset[KeyId]:
        return frozenset(key.kid for key in self._sources.own_keys())

    def _load(self, now: Timestamp) -> DocumentSnapshot:
        # The revision first: what changes while we read is then read again.
        revision = self._sources.revision.current()
        self._own = self._load_own(now)
        self._partners = self._load_partners(now)
        own, partners = self._own.items(), self._partners.items()
        return DocumentSnapshot(
            revision=revision,
            served={name: known.published for name, known in own if known.published},
            own={name: known.held for name, known in own if known.held},
            partners={key: known.held for key, known in partners if known.held},
        )

    def _load_own(self, now: Timestamp) -> dict[str, _Known]:
        keys, leaf, loaded = self._sources.own_keys(), self._sources.leaf, dict[str, _Known]()
        for name, digest in self._sources.own.digests().items():
            known = self._own.get(name)
            if known is None or not known.still(digest, self._own_kids):
                stored = self._sources.own.get(name)
                token = stored.token if stored else ""
                opened = self._open(name, token, digest, leaf, keys, now)
                opened.published = Published.of(token) if opened.held else None
                known = self._newest(known, opened, leaf, now)
            loaded[name] = known
        return loaded

    def _load_partners(self, now: Timestamp) -> dict[DocumentKey, _Known]:
        keys = {
            partner.record.pins.anchor: partner.city.federation_keys(now)
            for partner in self._trust.partners
        }
        loaded = dict[DocumentKey, _Known]()
        for (anchor, name), digest in self._sources.partners.digests().items():
            if anchor not in keys:
                continue
            live = keys[anchor]
            known = self._partners.get((anchor, name))
            if known is None or not known.still(digest, frozenset(key.kid for key in live)):
                stored = self._sources.partners.get(anchor, name)
                token, leaf = stored.token if stored else "", entity.leaf_of(anchor)
                opened = self._open(name, token, digest, leaf, live, now)
                known = self._newest(known, opened, leaf, now)
            loaded[anchor, name] = known
        return loaded

    def _newest(
        self, before: _Known | None, opened: _Known, leaf: EntityId, now: Timestamp
    ) -> _Known:
        """Return what was opened, unless a hand put an older one back that still counts.

        What was in use goes on for as long as its signer lives.
        """
        used = before.held if before else None
        if before is None or used is None or opened.held is None or used.kid not in opened.kids:
            return opened
        if opened.held.life.issued_at >= used.life.issued_at:
            return opened
        self._complain(leaf, RollbackError.code, now)
        return replace(opened, held=used, published=before.published)

    def _open(  # noqa: PLR0913, PLR0917 (private, two callers)
        self,
        name: str,
        token: str,
        digest: str,
        leaf: EntityId,
        keys: Sequence[PublicKey],
        now: Timestamp,
    ) -> _Known:
        kids = frozenset(key.kid for key in keys)
        try:
            kind = kind_of(name, self._sources.kinds)
            document = open_document(token, kind=kind.type, issuer=leaf, keys=keys)
            value = kind.read(name, document)
        except UnknownSignerError:
            # A signer that died, or whose city cannot be asked now: no fault of the document.
            return _Known(digest, kids, None)
        except GatewayError as error:
            self._complain(leaf, error.code, now)
            return _Known(digest, kids, None)
        held = HeldDocument(digest=digest, kid=document.kid, life=document.life, value=value)
        return _Known(digest, kids, held)

    def _complain(self, leaf: EntityId, code: str, now: Timestamp) -> None:
        with suppress(UnavailableError):
            self._sources.alarm(entity.anchor_of(leaf), code, now)
