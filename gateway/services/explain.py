"""How somebody's tier comes about: which rule, which version, from where on, whom to ask.

What the assessment itself says is not shown here: it is read, mapped and dropped, and who keeps
it answers for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.errors import UnavailableError
from gateway.ids import Timestamp
from gateway.policy.scale import ScaleAdapter, Scales
from gateway.policy.scale_edges import Edge, edges_of
from gateway.services.standing import Standing, Standings

_DAY_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is said of one citizen's tier.

    Attributes:
        standing: What the city says today; None is no tier, or that nothing was read.
        known: Whether it could be said; None where it was not asked, without a consent.
        scale: The version of the scale behind it; the one in force without a tier.
        max_age_days: Older assessments give no code.
    """

    standing: Standing | None
    known: bool | None
    scale: ScaleAdapter
    max_age_days: int

    @property
    def edges(self) -> Sequence[Edge]:
        """From where on each tier is given, best first."""
        return tuple(reversed(edges_of(self.scale)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """The use case.

    Attributes:
        hotline: Whom to call; None where the city names nobody.
    """

    standings: Standings
    scales: Scales
    hotline: str | None

    def explain(self, subject: str, now: Timestamp, *, agreed: bool) -> Explanation:
        """Return how the tier of a citizen comes about.

        Args:
            subject: Whose.
            now: When.
            agreed: Whether the citizen consents that the assessment is read.

        Raises:
            PolicyError: the city has no scale yet.
        """
        known, standing = self._standing(subject, now) if agreed else (None, None)
        named = None if standing is None else standing.scale_version
        return Explanation(
            standing=standing,
            known=known,
            scale=self.scales.edition(named, now),
            max_age_days=self.standings.max_age_s // _DAY_S,
        )

    def _standing(self, subject: str, now: Timestamp) -> tuple[bool, Standing | None]:
        try:
            return True, self.standings.of(subject, now)
        except UnavailableError:
            return False, None
