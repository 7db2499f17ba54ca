"""A city's emergency stops out of its settings, keys and database."""

from functools import partial
from typing import Final

from gateway.app.noted_stops import FILE, FileStops
from gateway.ids import Timestamp
from gateway.policy.offers import Offer
from gateway.services.catalogue_view import OwnVersions
from gateway.services.stop_desk import StopDesk
from gateway.services.stops import SealedStops, StopView
from gateway.settings import Settings
from gateway.storage.store import Store
from gateway.trust import entity
from gateway.vault.vault import Vault

STOPS_KEY: Final = "seal/stops"
"""Label of the key that seals what is stopped."""


def sealed_stops(settings: Settings, vault: Vault, store: Store) -> SealedStops:
    """Return what reads the stops."""
    return SealedStops(
        rows=store.stops,
        noted=FileStops(path=settings.state_dir / FILE),
        key=vault.secret(STOPS_KEY),
    )


def stop_view(settings: Settings, sealed: SealedStops, store: Store, now: Timestamp) -> StopView:
    """Return what is stopped, for request threads; read once.

    Raises:
        UnavailableError: the database cannot be read.
    """
    own = entity.anchor_of(settings.city.leaf)
    return StopView(sealed, partial(store.partners.alarm, own), now)


def stop_desk(settings: Settings, sealed: SealedStops, own: OwnVersions) -> StopDesk:
    """Return where officers order, ratify and lift stops."""
    return StopDesk(
        sealed=sealed,
        known_offers=lambda: {offer.id: offer.told for offer in known_offers(own)},
        issues=settings.issuing is not None,
    )


def known_offers(own: OwnVersions) -> tuple[Offer, ...]:
    """Return the offers of every version that counts, the oldest first.

    A code that was made under an older version asks for the offers of that.
    """
    return tuple(
        offer for published in own.versions.published for offer in published.catalogue.offers
    )
