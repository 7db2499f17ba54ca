"""Changing own keys and asking the anchor, wired to what one opened city works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.app.anchor_answers import FOLDER, IMPORT_ANCHOR, ImportAnchor
from gateway.app.document_kinds import kinds_of
from gateway.app.live_keys import LiveKeys
from gateway.app.profile import profile
from gateway.clock import Clock
from gateway.ids import Timestamp
from gateway.services.anchor_desk import AnchorDesk
from gateway.services.document_resign import ResignDocuments
from gateway.services.events import AnnounceTrust
from gateway.services.key_acts import ROTATE_FEDERATION, RotateFederation
from gateway.services.key_desk import KeyDesk
from gateway.services.own_documents import PublishDocument
from gateway.services.partner_book import PartnerBook
from gateway.services.proposal_ports import Act
from gateway.settings import Settings
from gateway.storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOffice:
    """Where own keys are changed.

    Attributes:
        publish: Signs own documents.
        publish_leaf: Signs the leaf configuration anew.
        clock_doubtful: Whether most partners contradict the own clock now.
    """

    settings: Settings
    keys: LiveKeys
    store: Store
    book: PartnerBook
    publish: PublishDocument
    publish_leaf: Callable[[], object]
    clock: Clock
    clock_doubtful: Callable[[], bool]

    @property
    def desk(self) -> KeyDesk:
        """Rotation, revocation, retirement, and what follows."""
        issuing = self.settings.issuing
        return KeyDesk(
            store=self.keys,
            leaf=self.settings.city.leaf,
            book=self.book,
            statements=self.store.own_statements,
            ledger=self.store.ledger,
            longest_code_s=0 if issuing is None else issuing.lifetimes.code_lifetime_max_s,
            clock_doubtful=self.clock_doubtful,
            publish_leaf=self.publish_leaf,
            resign_documents=self._resign,
            announce=self._announce,
        )

    @property
    def anchor(self) -> AnchorDesk:
        """Asking the anchor, and taking its answers."""
        return AnchorDesk(
            leaf=self.settings.city.leaf,
            organization_name=profile(self.settings).organization_name,
            keys=self.keys,
            desk=self.desk,
        )

    @property
    def import_anchor(self) -> ImportAnchor:
        """Taking an answer in which another anchor key stands."""
        folder = self.settings.state_dir / FOLDER
        return ImportAnchor(desk=self.anchor, folder=folder, clock_doubtful=self.clock_doubtful)

    def acts(self) -> Mapping[str, Act]:
        """Return what takes two people."""
        return {
            ROTATE_FEDERATION: RotateFederation(desk=self.desk),
            IMPORT_ANCHOR: self.import_anchor,
        }

    def _resign(self, now: Timestamp) -> None:
        documents = ResignDocuments(
            documents=self.store.own_documents,
            publish=self.publish,
            kinds=kinds_of(self.settings.agreement),
        )
        documents.resign(now, clock_doubtful=self.clock_doubtful())

    def _announce(self, _: Timestamp) -> None:
        # Of the moment after the last step, not of the first: partners must find it all served.
        AnnounceTrust(book=self.book, rows=self.store.events).announce(self.clock.now())
