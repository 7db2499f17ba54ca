"""Offers that one merchant does not grant for now, as its owner decides (暂停优惠).

A pause is of the merchant as a whole and of everybody: nobody who shows a code gets the offer
there, residents no more than visitors, so that parity stands. An officer's *stop* is another
matter: it is of a whole city (``services/stops``).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from gateway.errors import RefusedError
from gateway.ids import MerchantId, OfferId
from gateway.ledger.entries import Note
from gateway.policy.offers import Offer
from gateway.policy.scenarios import all_within
from gateway.services.audit import Acting
from gateway.services.ports import Merchant
from gateway.services.stop_ports import Stops


class OfferNotHereError(RefusedError):
    """The merchant has no such offer, or it is not paused."""

    code = "pause_unknown"


class PauseRows(Protocol):
    """Keeps what merchants paused."""

    def set_paused(self, merchant: MerchantId, offer: OfferId, note: Note, *, paused: bool) -> bool:
        """Store whether an offer is paused; return whether that changed anything.

        Of two changes at one time neither undoes the other.
        """
        ...


def not_granted(merchant: Merchant, stops: Stops) -> frozenset[OfferId]:
    """Return the offers that this merchant grants to nobody now: stopped, or paused here."""
    return stops.offers | merchant.paused if merchant.paused else stops.offers


def offers_at(merchant: Merchant, offers: Collection[Offer]) -> tuple[Offer, ...]:
    """Return those of ``offers`` that the merchant may grant at one of its venues, if it may."""
    venues = {each.id for each in merchant.open_venues}
    return tuple(
        each
        for each in offers
        if all_within([each.scenario], merchant.scenarios)
        and (not each.venues or each.venues & venues)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAt:
    """An offer as its merchant sees it.

    Attributes:
        words: In the newest version that has it; the bare id where none has it any more.
    """

    id: OfferId
    words: str
    paused: bool


def pauses_at(merchant: Merchant, known: Collection[Offer], lang: str) -> tuple[OfferAt, ...]:
    """Return what the merchant may grant or has paused, each offer once.

    Args:
        merchant: Whose.
        known: Offers of every version that counts, older versions first.
        lang: ``zh`` or ``en``.
    """
    words = {each.id: each.told.zh if lang == "zh" else each.told.en for each in known}
    own = {each.id for each in offers_at(merchant, known)}
    return tuple(
        OfferAt(id=each, words=words.get(each, each), paused=each in merchant.paused)
        for each in sorted(own | merchant.paused)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseOffers:
    """What an owner's device may do about the offers of its merchant.

    Attributes:
        known: Offers of every version of the catalogue that counts.
    """

    rows: PauseRows
    known: Callable[[], Collection[Offer]]

    def pause(self, merchant: Merchant, offer: OfferId, acting: Acting) -> None:
        """Grant an offer no more, in every worker within 5 seconds; again is no fault.

        Raises:
            OfferNotHereError: this merchant has no such offer.
        """
        if offer not in {each.id for each in offers_at(merchant, self.known())}:
            raise OfferNotHereError("this merchant has no such offer")
        note = acting.note("offer.paused", merchant.id, offer=offer)
        self.rows.set_paused(merchant.id, offer, note, paused=True)

    def resume(self, merchant: Merchant, offer: OfferId, acting: Acting) -> None:
        """Grant an offer again, in every worker within 5 seconds.

        Raises:
            OfferNotHereError: it is not paused.
        """
        # Whatever else somebody typed is no fact for the ledger.
        if offer not in {each.id for each in self.known()} | merchant.paused:
            raise OfferNotHereError("there is no such offer")
        note = acting.note("offer.resumed", merchant.id, offer=offer)
        if not self.rows.set_paused(merchant.id, offer, note, paused=False):
            raise OfferNotHereError("it is not paused")
