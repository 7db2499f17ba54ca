"""What people write in a case, sealed: nobody can keep a writer from naming somebody."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.jose import strict_json
from gateway.services.tags import SealError, seal, unseal

_MAX_SEALED_BYTES: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTexts:
    """Seals texts, each case's under a key of its own.

    Attributes:
        key: 32 bytes, outside the database.
    """

    key: bytes = field(repr=False)

    def seal(self, case: str, **texts: str) -> bytes:
        """Return the texts of a case, by its number or what it is bound to, sealed together."""
        return seal(self._key(case), strict_json.encode(texts))

    def open(self, case: str, sealed: bytes | None) -> Mapping[str, str]:
        """Return what was sealed by name; nothing if nothing was, or if it cannot be opened."""
        if sealed is None:
            return {}
        try:
            plain = unseal(self._key(case), sealed)
        except SealError:
            # One row that a hand changed hides no other one.
            return {}
        found = strict_json.parse(plain, max_bytes=_MAX_SEALED_BYTES)
        return {name: str(value) for name, value in found.items()}

    def _key(self, case: str) -> bytes:
        return hmac.digest(self.key, case.encode(), "sha256")
