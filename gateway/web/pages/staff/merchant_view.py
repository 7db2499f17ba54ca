"""What the office's pages show of a merchant beside its row: its file, and its offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.clock import china_date, china_day
from gateway.policy.scenarios import narrowed
from gateway.services.catalogue_view import CatalogueUnavailableError
from gateway.services.devices import Device
from gateway.services.merchant_files import Commitment, MerchantFile, shared_codes
from gateway.services.merchant_offers import Applicable, offers_of
from gateway.services.ports import Merchant
from gateway.services.tills import TillClient
from gateway.web.context import gateway
from gateway.web.pages.staff.acting import office


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A merchant's file as it is shown.

    Attributes:
        shared: Whether another merchant has the same code.
    """

    file: MerchantFile
    commitment: Commitment
    shared: bool


def files() -> Mapping[str, Filed]:
    """Return the file of every merchant that has one."""
    found, day = office().onboarding.rows.list_all(), today()
    shared = shared_codes(found)
    return {
        merchant: Filed(file=file, commitment=file.commitment(day), shared=file.uscc in shared)
        for merchant, file in found.items()
    }


def filed(merchant: Merchant) -> Filed:
    """Return the file of a merchant."""
    empty = Filed(file=MerchantFile(), commitment=Commitment.NONE, shared=False)
    return files().get(merchant.id, empty)


def applicable(merchant: Merchant) -> tuple[Applicable, ...] | None:
    """Return what the merchant grants now; None where no catalogue is known at the moment."""
    city, now = gateway(), gateway().clock.now()
    try:
        there = city.destinations.at(city.city.division_code, now)
    except CatalogueUnavailableError:
        return None
    return offers_of(merchant, there.all_offers(now, None))


def idle_of(
    merchant: Merchant, devices: Sequence[Device], tills: Sequence[TillClient]
) -> frozenset[str]:
    """Return the ids of those that are kept to what the merchant has no more."""
    ended = (each.id for each in tills if not narrowed(merchant.scenarios, each.scenarios))
    bound = {each.id: each.venue for each in devices} | {each.id: each.venue for each in tills}
    closed = (name for name, venue in bound.items() if merchant.closed_venue(venue))
    return frozenset((*ended, *closed))


def today() -> date:
    """Return the day, in China."""
    return china_date(china_day(gateway().clock.now()))
