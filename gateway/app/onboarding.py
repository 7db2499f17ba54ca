"""How merchants come in, put together from an open city."""

from gateway.app.composition import OpenCity
from gateway.services.merchant_changes import ChangeMerchants
from gateway.services.merchant_import import ImportMerchants
from gateway.services.onboard import OnboardMerchants


def onboarding_of(city: OpenCity) -> OnboardMerchants:
    """Return the use cases of the desk at which merchants are enrolled."""
    return OnboardMerchants(
        rows=city.store.merchant_files,
        desk=city.merchant_desk,
        days=city.settings.working_days,
    )


def changes_of(city: OpenCity) -> ChangeMerchants:
    """Return the use cases that change venues and scenarios of a merchant that is there."""
    return ChangeMerchants(rows=city.store.merchant_changes, desk=city.merchant_desk)


def imports_of(city: OpenCity) -> ImportMerchants:
    """Return the use case that takes many merchants from a table."""
    return ImportMerchants(onboarding=onboarding_of(city), agreement=city.settings.agreement)
