"""The office's desk for merchants, on a store, for tests."""

from gateway.services.access import MerchantAccess
from gateway.services.case_texts import CaseTexts
from gateway.services.merchant_notices import MerchantNotices
from gateway.services.merchants import EnrolMerchants
from gateway.storage.store import Store
from tests.world import PHASE_1, working_days


def merchant_desk(store: Store) -> EnrolMerchants:
    """Return where merchants are enrolled, warned, suspended and removed."""
    return EnrolMerchants(
        directory=store.merchants,
        states=store.merchant_states,
        access=MerchantAccess(store.merchants),
        open_scenarios=PHASE_1,
        notices=notices_of(store),
    )


def notices_of(store: Store) -> MerchantNotices:
    """Return what merchants of a store are told."""
    return MerchantNotices(
        rows=store.notices,
        days=working_days(),
        texts=CaseTexts(key=bytes(range(1, 33))),
        about=store.complaints.about,
    )
