"""Names of sheets: random, but for a beginning that the sheets of one purpose share.

Who gets another sheet for the same city and scenario must lose the first, and neither city nor
scenario is stored. So the first four characters are a keyed hash of person, city and scenario: the
key is outside the database, and 20 bits are enough among the few sheets of one person.
"""

import base64
import hmac
import secrets
from typing import Final

from gateway.ids import CityId, ScenarioId

PURPOSE_CHARS: Final = 4
"""20 bits: what two sheets of one purpose have in common."""

_RANDOM_BYTES: Final = 10
_NAME_CHARS: Final = 16


def purpose_of(key: bytes, subject: bytes, city: CityId, scenario: ScenarioId) -> str:
    """Return how the names of a person's sheets for one purpose begin.

    Args:
        key: 32 bytes, outside the database.
        subject: Pseudonym of whom they are for, 32 bytes.
        city: Where they are good.
        scenario: For what.
    """
    # Lengths are fixed, or a character that no part has stands between: no two read alike.
    told = subject + f"{city}/{scenario}".encode()
    return _base32(hmac.digest(key, told, "sha256"))[:PURPOSE_CHARS]


def new_name(purpose: str) -> str:
    """Return a name for one more sheet: 16 characters, 60 bits of them random."""
    return (purpose + _base32(secrets.token_bytes(_RANDOM_BYTES)))[:_NAME_CHARS]


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii")
