"""What the policy refuses, each with a code that is never renamed.

A file is refused once, with everything that is wrong in it: see ``PolicyFileError.problems``.
No message repeats a score, a level name or any other value from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.errors import PolicyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a policy table.

    Attributes:
        code: Stable name of the rule that is broken, for example ``scale_gap``.
        key: Where it stands, dotted, for example ``offers.hotel-deposit.value``.
        what: What is wrong, without the value.
        allowed: What may stand there instead.
    """

    code: str
    key: str
    what: str
    allowed: str

    def __str__(self) -> str:
        """Return the problem as one sentence."""
        return f"{self.key}: {self.what}; allowed: {self.allowed}"


class PolicyFileError(PolicyError):
    """A policy table breaks its rules; all of them are named at once."""

    code = "policy_file"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class TierError(PolicyError):
    """A number is not one of the common tiers 1, 2, 3."""

    code = "tier_unknown"


class ScenarioError(PolicyError):
    """A text is not the id of a scenario."""

    code = "scenario_malformed"


class ScenarioRefusedError(PolicyError):
    """A scenario belongs to a family that credit codes are never used for."""

    code = "scenario_refused"


class ReadingTypeError(PolicyError):
    """A reading is not of the form that this city's scale uses."""

    code = "reading_wrong_type"


class ReadingRangeError(PolicyError):
    """A reading lies outside the range that this city's scale declares."""

    code = "reading_out_of_range"


class ScaleNotInForceError(PolicyError):
    """No version of this city's scale is in force yet, or not the one that is named."""

    code = "scale_not_in_force"


class ScaleVersionUnknownError(PolicyError):
    """A reading names a version of the scale that the city file does not have."""

    code = "scale_version_unknown"
