"""The signed documents and catalogues of one process: what it serves, publishes and fetches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.app.document_kinds import kinds_of
from gateway.app.live_keys import LiveKeys
from gateway.ids import Timestamp, VenueId
from gateway.policy.catalogue import Catalogue
from gateway.services.catalogue_book import CatalogueBook
from gateway.services.catalogue_view import KnownDestinations, OwnCatalogues
from gateway.services.document_view import DocumentSources, DocumentView
from gateway.services.own_catalogues import PublishCatalogues
from gateway.services.own_documents import PublishDocument
from gateway.services.partner_documents import FetchDocuments
from gateway.services.partner_ports import Fetch
from gateway.services.stop_ports import Stops
from gateway.services.trust_view import TrustView
from gateway.settings import Role, Settings
from gateway.storage.store import Store
from gateway.trust import entity

SEAL: Final = "seal/catalogue"
"""Label of the key that seals the versions of the own catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Everything about signed documents that one process works with.

    Attributes:
        view: What is in force now.
        publish: Signs and stores own ones.
        fetch: Fetches partners' ones; for the worker.
        catalogues: The own city's versions.
        publish_catalogues: Enters, signs and stores them; for the worker.
        destinations: What each member city offers.
    """

    view: DocumentView
    publish: PublishDocument
    fetch: FetchDocuments
    catalogues: OwnCatalogues
    publish_catalogues: PublishCatalogues
    destinations: KnownDestinations

    def refresh(self, now: Timestamp) -> bool:
        """Load what changed; return whether anything did. After the trust view.

        Raises:
            UnavailableError: the database cannot be read; what is known stays in force.
        """
        own = self.catalogues.refresh(now)
        return self.view.refresh(now) or own


def open_documents(  # noqa: PLR0913, PLR0917 (each is a part of the composition)
    settings: Settings,
    store: Store,
    trust: TrustView,
    keys: LiveKeys,
    fetch: Fetch,
    stops: Stops,
    now: Timestamp,
) -> Documents:
    """Return the documents of a city.

    Raises:
        UnavailableError: the database cannot be read.
    """
    leaf, agreement, alarm = settings.city.leaf, settings.agreement, store.partners.alarm
    kinds = kinds_of(agreement)
    view = DocumentView(
        DocumentSources(
            leaf=leaf,
            own=store.own_documents,
            partners=store.partner_documents,
            own_keys=keys.federation_public,
            trust=lambda: trust.snapshot,
            revision=store.revision,
            kinds=kinds,
            alarm=alarm,
        ),
        now,
    )
    book = CatalogueBook(
        rows=store.catalogues, seal_key=keys.vault.secret(SEAL), scenarios=agreement.scenarios
    )
    catalogues = OwnCatalogues(
        book, settings.catalogue, store.revision, alarm, entity.anchor_of(leaf), now
    )
    publish = PublishDocument(leaf=leaf, keys=keys, documents=store.own_documents)
    return Documents(
        view=view,
        publish=publish,
        fetch=FetchDocuments(rows=store.partner_documents, fetch=fetch, kinds=kinds, alarm=alarm),
        catalogues=catalogues,
        publish_catalogues=PublishCatalogues(
            book=book,
            publish=publish,
            kinds=kinds,
            stated=_stated(settings),
            venues=lambda: _venues(store),
        ),
        destinations=KnownDestinations(
            own=settings.city.division_code,
            versions=catalogues,
            agreement=agreement,
            trust=trust,
            documents=view,
            stops=stops,
        ),
    )


def _stated(settings: Settings) -> tuple[Catalogue, ...]:
    """An issue-only city offers nothing, and publishes no catalogue."""
    if Role.VERIFIER not in settings.city.roles:
        return ()
    following = settings.next_catalogue
    return (settings.catalogue,) if following is None else (settings.catalogue, following)


def _venues(store: Store) -> Mapping[VenueId, str]:
    return {venue.id: venue.name for each in store.merchants.list_all() for venue in each.venues}
