"""In which order the entries of a status list are given out: one that nobody can guess.

A counter gives each index once; a keyed permutation of it scatters them, so that neighbours in
a list say nothing about who was given a code when. Four rounds of a Feistel network over the
20 bits of an index, HMAC-SHA256 as the round function (Luby and Rackoff: four rounds hide the
order from whoever sees indexes but not the key). 2^20 is a whole Feistel domain, so nothing has
to be walked again.
"""

import hmac
from typing import Final

from gateway.codes.errors import StatusIndexError
from gateway.codes.status_list import ENTRIES

_ROUNDS: Final = 4
_HALF_BITS: Final = 10
_HALF: Final = (1 << _HALF_BITS) - 1


def index_of(position: int, *, number: int, key: bytes) -> int:
    """Return the index that the code at ``position`` of list ``number`` gets.

    Args:
        position: How many codes of this list came before, 0 and up.
        number: Of the list; each list has an order of its own.
        key: 32 bytes that never leave the vault's process.

    Raises:
        StatusIndexError: the list has no such position.
    """
    if not 0 <= position < ENTRIES:
        raise StatusIndexError("a position outside the list")
    left, right = position >> _HALF_BITS, position & _HALF
    for turn in range(_ROUNDS):
        left, right = right, left ^ _mixed(right, turn, number, key)
    return left << _HALF_BITS | right


def _mixed(half: int, turn: int, number: int, key: bytes) -> int:
    said = b"".join(part.to_bytes(4, "big") for part in (number, turn, half))
    return int.from_bytes(hmac.digest(key, said, "sha256")[:2], "big") & _HALF
