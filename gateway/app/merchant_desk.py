"""The desk where merchants are enrolled, warned, suspended and removed, put together."""

from typing import Final

from gateway.services.access import MerchantAccess
from gateway.services.case_texts import CaseTexts
from gateway.services.merchant_notices import MerchantNotices
from gateway.services.merchants import EnrolMerchants
from gateway.settings import Settings
from gateway.storage.store import Store
from gateway.vault.vault import Vault

NOTICE_KEY: Final = "seal/notice"
"""Label of the key that seals what merchants are told, and reply."""


def merchant_desk_of(
    settings: Settings, store: Store, access: MerchantAccess, vault: Vault
) -> EnrolMerchants:
    """Return the desk of a city."""
    return EnrolMerchants(
        directory=store.merchants,
        states=store.merchant_states,
        access=access,
        open_scenarios=settings.open_scenarios,
        notices=MerchantNotices(
            rows=store.notices,
            days=settings.working_days,
            texts=CaseTexts(key=vault.secret(NOTICE_KEY)),
            about=store.complaints.about,
        ),
    )
