"""What the home city says of one person today: read in memory, mapped to a tier, and dropped.

While the assessment source cannot be asked, the tier that was last signed for goes on, as long as
the assessment behind it counts: its day row tells. A tier under objection is not lowered.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol

from gateway.clock import china_date, china_day, china_midnight
from gateway.errors import PolicyError, UnavailableError
from gateway.ids import Tier, Timestamp
from gateway.policy.scale import Scales
from gateway.services.assess import Assessment, AssessmentSource
from gateway.services.errors import IssuingStoppedError
from gateway.services.tags import Tags


class AssessmentUnusableError(UnavailableError):
    """The source gave a reading that is not on the scale it names; its keeper must look."""

    code = "assessment_unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the home city says of one person today.

    Attributes:
        scale_version: The version of its scale that says so.
        assessed_on: Day of the assessment behind it, in China, counted as ``china_day`` does.
        remembered: Whether it was said before, since the source cannot be asked now.
    """

    tier: Tier
    scale_version: str
    assessed_on: int
    remembered: bool = False

    @property
    def as_of(self) -> date | None:
        """The day of the assessment, where somebody must be told that it is an earlier one."""
        return china_date(self.assessed_on) if self.remembered else None


class HeldTiers(Protocol):
    """Knows whose tier is under objection; asked for every code, so it answers from memory."""

    def held(self, pseudonym: bytes) -> Standing | None:
        """Return what was in force when its holder objected: not lowered while that is open."""
        ...


class LastStandings(Protocol):
    """Knows what was last signed for."""

    def last_standing(self, subject: bytes) -> Standing | None:
        """Return what the newest day row of a pseudonym says, ``remembered``; None without one.

        Of the rows of one day the one with the newest assessment counts, then the best tier.
        """
        ...


class _NothingHeld:
    """No objections."""

    def held(self, pseudonym: bytes) -> Standing | None:
        """Return that no tier is held."""
        del pseudonym
        return None


NOTHING_HELD: Final[HeldTiers] = _NothingHeld()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """Asks the source, and knows what to do when it does not answer.

    Attributes:
        scales: All versions of the city's scale.
        max_age_s: An older assessment gives no code.
    """

    scales: Scales
    assessments: AssessmentSource
    last: LastStandings
    tags: Tags
    max_age_s: int
    held: HeldTiers = NOTHING_HELD

    def of(self, subject: str, now: Timestamp) -> Standing | None:
        """Return what the city says of a person today; None is no incentive.

        Raises:
            IssuingStoppedError: no version of the scale is in force.
            AssessmentUnusableError: the reading is not on the version of the scale that it
                names, or the city file has no such version.
            UnavailableError: the source cannot say, and nothing that was said before counts.
        """
        self._check_scale(now)
        pseudonym = self.tags.subject_pseudonym(subject)
        held = self.held.held(pseudonym)
        try:
            assessment = self.assessments.read(subject)
        except UnavailableError:
            before = self._before(pseudonym, now)
            if before is None and held is None:
                raise
            return _upheld(before, held, remembered=True)
        if assessment is not None and not assessment.adult:
            return None
        return _upheld(self._mapped(assessment, now), held, remembered=False)

    def _mapped(self, assessment: Assessment | None, now: Timestamp) -> Standing | None:
        if assessment is None or now - assessment.assessed_on > self.max_age_s:
            return None
        try:
            scale = self.scales.edition(assessment.scale_version, now)
            tier = scale.tier_of(assessment.reading)
        except PolicyError as error:
            raise AssessmentUnusableError("an assessment is not on the scale it names") from error
        if tier is None:
            return None
        day = china_day(assessment.assessed_on)
        return Standing(tier=tier, scale_version=scale.version, assessed_on=day)

    def _before(self, pseudonym: bytes, now: Timestamp) -> Standing | None:
        last = self.last.last_standing(pseudonym)
        if last is None or now - china_midnight(last.assessed_on) > self.max_age_s:
            return None
        return last

    def _check_scale(self, now: Timestamp) -> None:
        try:
            self.scales.at(now)
        except PolicyError as error:
            raise IssuingStoppedError("no version of the scale is in force") from error


def _upheld(found: Standing | None, held: Standing | None, *, remembered: bool) -> Standing | None:
    if held is None or (found is not None and found.tier >= held.tier):
        return found
    return replace(held, remembered=remembered)
