"""Which offers of its city a merchant takes part in: all of its scenarios, where they are offered.

There is no list of a merchant's own to be kept right: an offer for some places only names them in
the catalogue (``venues``), and any other is for every merchant that may verify for its scenario.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.ids import ScenarioId
from gateway.policy.offers import Offer
from gateway.policy.scenarios import covers
from gateway.services.ports import Merchant, Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicable:
    """An offer that a merchant takes part in.

    Attributes:
        venues: Where; None is everywhere, a device or till without a venue included.
    """

    offer: Offer
    venues: tuple[Venue, ...] | None


def offers_of(merchant: Merchant, offers: Iterable[Offer]) -> tuple[Applicable, ...]:
    """Return those of ``offers`` that the merchant takes part in, in their order."""
    found = list[Applicable]()
    for offer in offers:
        if not _covered(offer, merchant.scenarios):
            continue
        fitting = tuple(
            venue
            for venue in merchant.open_venues
            if offer.holds_at(venue.id)
            and (venue.scenarios is None or _covered(offer, venue.scenarios))
        )
        everywhere = not offer.venues and len(fitting) == len(merchant.open_venues)
        if everywhere or fitting:
            found.append(Applicable(offer=offer, venues=None if everywhere else fitting))
    return tuple(found)


def _covered(offer: Offer, scenarios: Iterable[ScenarioId]) -> bool:
    return any(covers(each, offer.scenario) for each in scenarios)
