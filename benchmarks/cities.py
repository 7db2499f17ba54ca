"""Cities, keys and codes in memory, for the figures in process."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp, UnverifiedText
from gateway.jose import base64url
from gateway.jose.keys import SoftwareSigner, generate
from gateway.trust.keyring import CodeKey, Issuer, Keyring
from gateway.trust.states import PartnerState

NOW: Final = Timestamp(1_795_000_000)
TEN_YEARS_S: Final = 10 * 365 * 24 * 3600
FOUNDERS: Final = tuple(map(CityId, ("330300", "330400", "330500", "330700")))
OUTSIDER: Final = CityId("440100")
"""A city whose code is not in dictionary 1."""

_SLOT_S, _DAY_S = 1800, 24 * 3600
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Home:
    """A city with its code keys; the first one signs."""

    city: CityId
    keys: Sequence[SoftwareSigner] = field(default_factory=lambda: (generate(),))

    def issuer(self) -> Issuer:
        """Return the city as an active, fresh partner."""
        return Issuer(
            city=self.city,
            state=PartnerState.ACTIVE,
            statements_expire_at=Timestamp(NOW + TEN_YEARS_S),
            obtained_at=NOW,
            keys=tuple(
                CodeKey(
                    public=key.public,
                    not_before=Timestamp(0),
                    expires_at=Timestamp(NOW + 2 * TEN_YEARS_S),
                    usable_from=Timestamp(0),
                )
                for key in self.keys
            ),
            code_lifetime_max_s=31 * 24 * 3600,
            scenarios=frozenset({ScenarioId("dining.restaurant")}),
        )

    def claims(self, count: int, *, within_s: int = 30) -> list[CreditClaims]:
        """Return so many different live general codes, issued within ``within_s`` from NOW."""
        return [self._claims(within_s) for _ in range(count)]

    def _claims(self, within_s: int) -> CreditClaims:
        issued_at = Timestamp(NOW + secrets.randbelow(within_s))
        return CreditClaims(
            issuer=self.city,
            issued_at=issued_at,
            expires_at=Timestamp(issued_at + 90),
            code_id=CodeId(base64url.encode(secrets.token_bytes(12))),
            tier=Tier(1 + secrets.randbelow(3)),
        )

    def pack(self) -> list[CreditClaims]:
        """Return the general codes of one pack: two a slot of 1,800 s, for 24 h."""
        starts = range(NOW - NOW % _SLOT_S, NOW - NOW % _SLOT_S + _DAY_S, _SLOT_S)
        return [
            replace(each, issued_at=Timestamp(start), expires_at=Timestamp(start + _SLOT_S + 60))
            for start in starts
            for each in self.claims(2)
        ]

    def codes(self, claims: Sequence[CreditClaims]) -> list[UnverifiedText]:
        """Return the wire texts of ``claims``."""
        signer = CodeSigner(self.keys[0])
        return [UnverifiedText(signer.sign(each)) for each in claims]


def keyring(*homes: Home) -> Keyring:
    """Return a verifier's keyring of all ``homes``."""
    return Keyring(own=None, issuers={home.city: home.issuer() for home in homes})


def many_homes(count: int, keys: int) -> tuple[Home, ...]:
    """Return so many cities, none of them a founder, with so many code keys each.

    All have the same keys: which key is whose makes no difference to a look-up by city and
    hint, and making 900 of them would take longer than measuring.
    """
    shared = tuple(generate() for _ in range(keys))
    return tuple(Home(CityId(f"{500_000 + number}"), shared) for number in range(count))
