"""The safety number: 60 digits that two offices compare by voice.

Half of it stands for each city's anchor and its two keys. If somebody sits between the two
offices and shows each another key, the halves differ (docs/federation.md).
"""

import hashlib
from collections.abc import Iterable

from gateway.ids import EntityId, KeyId

GROUPS_PER_CITY = 6
GROUPS_ASKED = 3
"""How many groups of the partner's half one officer is asked for."""

_CONTEXT = "credit-code-safety-1"
_BYTES_PER_GROUP = 5
_MODULUS = 100_000

Half = tuple[str, ...]
"""Six groups of five digits: one city's half of a safety number."""


def half(anchor: EntityId, kids: Iterable[KeyId]) -> Half:
    """Return a city's half, from its anchor and the ids of K1 and K1s in any order."""
    lines = (_CONTEXT, anchor, *sorted(kids))
    digest = hashlib.sha512("".join(f"{line}\n" for line in lines).encode()).digest()
    return tuple(
        f"{int.from_bytes(digest[start : start + _BYTES_PER_GROUP], 'big') % _MODULUS:05d}"
        for start in range(0, GROUPS_PER_CITY * _BYTES_PER_GROUP, _BYTES_PER_GROUP)
    )


def safety_number(one: Half, other: Half) -> tuple[str, ...]:
    """Return the 12 groups that both offices see alike, whoever of them asks."""
    first, second = sorted((one, other))
    return first + second


def pick(partner: Half, positions: Iterable[int]) -> tuple[str, ...]:
    """Return the groups at ``positions``, 0 to 5, of the partner's half, in that order."""
    return tuple(partner[position] for position in positions)
