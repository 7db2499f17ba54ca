"""What merchants may read of their own grants, out of an open city."""

from gateway.app.composition import OpenCity
from gateway.services.receipts import Receipts

_DAY_S = 24 * 3600


def receipts_of(city: OpenCity) -> Receipts:
    """Return the use cases for a city's routes and commands."""
    return Receipts(
        rows=city.store.receipts,
        catalogues=city.documents.catalogues,
        kept_s=city.settings.retention.verification_days * _DAY_S,
    )
