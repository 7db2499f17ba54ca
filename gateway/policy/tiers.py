"""The common tiers: 1, 2 and 3, each an advantage, and nothing below.

Who has no tier simply has none: that is ``None``, never a number, a name or a list.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.ids import Tier
from gateway.policy.errors import TierError

TIERS = (Tier(1), Tier(2), Tier(3))
"""All tiers, rising; 3 is best."""

TIER_NAMES: Mapping[Tier, tuple[str, str]] = MappingProxyType(
    {Tier(1): ("守信", "good"), Tier(2): ("优秀", "excellent"), Tier(3): ("极好", "outstanding")}
)
"""The name of each tier in Chinese and English, as the cities agreed in 2020.

They stand here and not only in the agreement file, so that no file can name a fourth one.
"""


def parse_tier(raw: object) -> Tier:
    """Return ``raw`` as a tier.

    Raises:
        TierError: ``raw`` is not one of the integers 1, 2, 3; ``True`` and ``1.0`` are not.
    """
    if type(raw) is not int or raw not in TIERS:
        raise TierError("a tier is 1, 2 or 3")
    return Tier(raw)
