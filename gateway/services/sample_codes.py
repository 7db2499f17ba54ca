"""The test issuer ``000000``: one code per outcome for whoever writes a till.

Only a city in a demo knows it (``WithTestIssuer``); production never derives its key and answers
its codes like those of a city that was never a member. The key comes from a secret of the city's
vault: it is none of the city's keys, is published nowhere, and no other city knows it. The codes
are real ones and go through every step of ``verify`` up to the one that answers (docs/tills.md).
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.issuing import CodeSigner
from gateway.errors import RefusedError
from gateway.ids import TEST_ISSUER, CityId, CodeId, ScenarioId, Tier, Timestamp
from gateway.jose import base64url
from gateway.jose.keys import PublicKey, SoftwareSigner
from gateway.policy.catalogue import Catalogue
from gateway.policy.decision import decide_general
from gateway.services.signed_codes import TrustSource
from gateway.services.verdicts import Outcome
from gateway.trust.keyring import CodeKey, Issuer, Keyring
from gateway.trust.states import PartnerState

LABELS: Final = ("test-issuer/key-1", "test-issuer/key-2")
"""Of the two vault secrets that the key is derived from."""

CODE_S: Final = 3600
"""Life of the codes that are alive: the longest without a status."""

STATUS_S: Final = 24 * 3600
"""Life of the code that has a status, which nobody publishes."""

_ALWAYS: Final = Timestamp(2**53 - 1)
_BEST: Final = Tier(3)
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_CODE_ID_BYTES: Final = 12
_UNPUBLISHED: Final = StatusReference(index=0, uri="https://test.invalid/status/1")
_CUT_CHARS: Final = 3


class NoTestIssuerError(RefusedError):
    """There is no test issuer here, or nothing that its codes could show."""

    code = "test_issuer_absent"


class WithTestIssuer:
    """A city's trust, and the test issuer in it. For a demo only."""

    def __init__(
        self, trust: TrustSource, public: PublicKey, scenarios: Iterable[ScenarioId]
    ) -> None:
        self._trust = trust
        self._issuer = Issuer(
            city=TEST_ISSUER,
            state=PartnerState.ACTIVE,
            statements_expire_at=_ALWAYS,
            # Known from within, so it never ages.
            obtained_at=_ALWAYS,
            keys=(
                CodeKey(
                    public=public,
                    not_before=Timestamp(0),
                    expires_at=_ALWAYS,
                    usable_from=Timestamp(0),
                ),
            ),
            code_lifetime_max_s=STATUS_S,
            scenarios=frozenset(scenarios),
        )
        self._joined: tuple[Keyring, Keyring] | None = None

    @property
    def keyring(self) -> Keyring:
        """The city's keyring in force, and the test issuer."""
        inner, joined = self._trust.keyring, self._joined
        if joined is None or joined[0] is not inner:
            issuers = {**inner.issuers, TEST_ISSUER: self._issuer}
            self._joined = joined = inner, replace(inner, issuers=issuers)
        return joined[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCodes:
    """Makes codes of the test issuer that one city answers, each with a known outcome.

    Attributes:
        city: Where the till is.
        scenario: What the till must ask for; one with an offer in force (``granting``).
        policy_version: Of the city's catalogue.
    """

    signer: SoftwareSigner
    city: CityId
    scenario: ScenarioId
    policy_version: str

    def make(self, now: Timestamp) -> Mapping[Outcome, str]:
        """Return the wire text of one fresh code for each outcome.

        ``recognised`` is good for one showing within an hour; the others use nothing up.
        """
        over = Timestamp(now - 2 * CODE_S)
        return {
            Outcome.RECOGNISED: self._sign(_general(now)),
            # Step 6: evaluated for a city that is not this one.
            Outcome.NO_BENEFIT: self._sign(self._scenario(now, TEST_ISSUER, CODE_S, None)),
            # Step 5: an hour after its end.
            Outcome.PRESENT_AGAIN: self._sign(_general(over)),
            # Step 1: cut off, as from a torn print.
            Outcome.NOT_A_CODE: self._sign(_general(now))[:-_CUT_CHARS],
            # Step 7: its status is in a list that nobody publishes.
            Outcome.UNDETERMINED: self._sign(
                self._scenario(now, self.city, STATUS_S, _UNPUBLISHED)
            ),
        }

    def _scenario(
        self, at: Timestamp, destination: CityId, life_s: int, status: StatusReference | None
    ) -> CreditClaims:
        return CreditClaims(
            issuer=TEST_ISSUER,
            issued_at=at,
            expires_at=Timestamp(at + life_s),
            code_id=_new_code_id(),
            destination=destination,
            scenario=self.scenario,
            policy_version=self.policy_version,
            status=status,
        )

    def _sign(self, claims: CreditClaims) -> str:
        return CodeSigner(self.signer).sign(claims)


def signer_of(material: bytes) -> SoftwareSigner:
    """Return the P-256 key that 64 secret bytes give, the same each time (FIPS 186-5, A.2.1)."""
    scalar = int.from_bytes(material) % (_P256_ORDER - 1) + 1
    return SoftwareSigner(ec.derive_private_key(scalar, ec.SECP256R1()))


def granting(
    catalogue: Catalogue, scenarios: Iterable[ScenarioId], now: Timestamp
) -> ScenarioId | None:
    """Return the first of ``scenarios`` in which the best tier gets an offer now."""
    found = (
        scenario
        for scenario in scenarios
        if decide_general(catalogue, tier=_BEST, scenario=scenario, venue=None, now=now).offers
    )
    return next(found, None)


def _general(at: Timestamp) -> CreditClaims:
    return CreditClaims(
        issuer=TEST_ISSUER,
        issued_at=at,
        expires_at=Timestamp(at + CODE_S),
        code_id=_new_code_id(),
        tier=_BEST,
    )


def _new_code_id() -> CodeId:
    return CodeId(base64url.encode(secrets.token_bytes(_CODE_ID_BYTES)))
