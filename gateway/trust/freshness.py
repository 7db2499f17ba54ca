"""How old what we know of a partner is, in four words (docs/federation.md)."""

from enum import StrEnum

from gateway.ids import Timestamp

LATE_AFTER_S = 10 * 60
STALE_AFTER_S = 6 * 3600
EXPIRED_AFTER_S = 24 * 3600
OLD_STATEMENT_S = 2 * 3600
"""A leaf configuration is signed hourly: an older one is at least late, however fetched."""


class Freshness(StrEnum):
    """Fresh, late and stale verify; stale is an alarm; expired does not verify."""

    FRESH = "fresh"
    LATE = "late"
    STALE = "stale"
    EXPIRED = "expired"


def freshness(now: Timestamp, *, obtained_at: Timestamp, leaf_issued_at: Timestamp) -> Freshness:
    """Return how fresh a partner is.

    Args:
        now: The moment of asking.
        obtained_at: Last cycle that obtained the leaf configuration.
        leaf_issued_at: ``iat`` of the stored leaf configuration.
    """
    age_s = now - obtained_at
    if age_s >= EXPIRED_AFTER_S:
        return Freshness.EXPIRED
    if age_s > STALE_AFTER_S:
        return Freshness.STALE
    if age_s > LATE_AFTER_S or now - leaf_issued_at > OLD_STATEMENT_S:
        return Freshness.LATE
    return Freshness.FRESH
