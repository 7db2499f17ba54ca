"""Issue a general code to a citizen (protocol sections 1 and 2, product: codes).

The score is read in memory, mapped to a common tier and dropped. The day row is durable
before a signature leaves; neither the code id nor any destination is kept.
"""

import secrets
from dataclasses import dataclass

from gateway.clock import china_day
from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.errors import PolicyError, UnavailableError
from gateway.ids import CityId, CodeId, KeyId, Tier, Timestamp
from gateway.jose import base64url
from gateway.policy.scale import Scales
from gateway.services.assess import AssessmentSource
from gateway.services.ports import IssuanceLog
from gateway.services.tags import Tags
from gateway.services.verify import TrustSource

_DAY_S = 24 * 3600
_CODE_ID_BYTES = 12


class IssuingStoppedError(UnavailableError):
    """This city issues no codes at the moment; the reason is for its operator."""

    code = "issuing_stopped"


class AssessmentUnusableError(UnavailableError):
    """The source gave a reading that is not on the scale it names; its keeper must look."""

    code = "assessment_unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingKey:
    """The code key that signs now; its times are those that the leaf statement announces."""

    kid: KeyId
    signer: CodeSigner


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCode:
    """A code to be shown at once.

    Attributes:
        text: Wire text for the QR.
        expires_at: First moment at which it is refused.
        refresh_at: When the page should ask for the next one.
    """

    text: str
    expires_at: Timestamp
    refresh_at: Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class NoIncentive:
    """There is no incentive for this person at the moment; this touches nothing else.

    Said of a person below the first edge, without an assessment, and with one that is too
    old, all alike (product, invariant 10).
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCode:
    """The use case, with everything that it asks.

    Attributes:
        live_s: Life of a live code, at most 120 s.
        refresh_s: Age at which a page asks for the next one.
        scales: All versions of the city's scale.
        assessment_max_age_s: An older assessment gives no code.
    """

    city: CityId
    key: IssuingKey
    trust: TrustSource
    scales: Scales
    assessments: AssessmentSource
    log: IssuanceLog
    tags: Tags
    live_s: int
    refresh_s: int
    assessment_max_age_s: int

    def general(self, subject: str, now: Timestamp) -> LiveCode | NoIncentive:
        """Return a live general code, or that there is none for this person.

        Raises:
            IssuingStoppedError: own key or statements are not in force, or the clock is
                doubtful.
            AssessmentUnusableError: the reading is not on the version of the scale that it
                names, or the city file has no such version.
            UnavailableError: the day row could not be stored, or the assessments are gone.
        """
        expires_at = Timestamp(now + self.live_s)
        # (1) May this city sign at all? Partners would refuse what its statements do not cover.
        self._check_issuing(now, expires_at)
        # (2) What does the city say of this person today, in common tiers?
        standing = self._standing(subject, now)
        if standing is None:
            return NoIncentive()
        tier, scale_version = standing
        # (3) Count it, durably, before a signature leaves.
        self.log.count_issue(
            self.tags.subject_pseudonym(subject),
            china_day(now),
            "live",
            tier,
            scale_version,
            1,
        )
        # (4) Sign.
        claims = CreditClaims(
            issuer=self.city,
            issued_at=now,
            expires_at=expires_at,
            code_id=CodeId(base64url.encode(secrets.token_bytes(_CODE_ID_BYTES))),
            tier=tier,
        )
        return LiveCode(
            text=self.key.signer.sign(claims),
            expires_at=expires_at,
            refresh_at=Timestamp(now + self.refresh_s),
        )

    def _check_issuing(self, now: Timestamp, expires_at: Timestamp) -> None:
        keyring = self.trust.keyring
        own = keyring.issuer(self.city)
        if own is None or not own.verifies(now) or keyring.clock_doubtful:
            raise IssuingStoppedError("own statements are not in force, or the clock is doubtful")
        published = [key for key in own.keys if key.public.kid == self.key.kid and key.usable(now)]
        if not published or expires_at > published[0].expires_at:
            raise IssuingStoppedError("own code key is not published, or at its end")

    def _standing(self, subject: str, now: Timestamp) -> tuple[Tier, str] | None:
        """Return the tier, and the version of the scale that says so."""
        self._check_scale(now)
        assessment = self.assessments.read(subject)
        if assessment is None or now - assessment.assessed_on > self.assessment_max_age_s:
            return None
        try:
            scale = self.scales.edition(assessment.scale_version, now)
            tier = scale.tier_of(assessment.reading)
        except PolicyError as error:
            raise AssessmentUnusableError("an assessment is not on the scale it names") from error
        return None if tier is None else (tier, scale.version)

    def _check_scale(self, now: Timestamp) -> None:
        try:
            self.scales.at(now)
        except PolicyError as error:
            raise IssuingStoppedError("no version of the scale is in force") from error
