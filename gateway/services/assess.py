"""What issuing needs to know of a person at home: one reading on the city's own scale.

It is read in memory, mapped to a tier, and dropped. Where readings come from is behind
``AssessmentSource``: a file, or a service of the city.
"""

from dataclasses import dataclass, field
from typing import Protocol

from gateway.ids import Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One person's standing on the home city's own scale; never stored, logged or sent.

    Attributes:
        reading: A score or number of stars (int), or the name of a level (str); unchecked
            until a scale adapter maps it. Left out of ``repr``, so that no log shows it.
        assessed_on: When the city made the assessment.
        scale_version: Version of the scale that the reading was made on, whose edges alone
            map it; None if the source does not say, and then it is the one in force.
        adult: Whether the person is 18 or over; who is not gets no code. A file lists adults only.
    """

    reading: int | str = field(repr=False)
    assessed_on: Timestamp
    scale_version: str | None
    adult: bool = True


class AssessmentSource(Protocol):
    """Knows the people whom this city has assessed."""

    def read(self, subject: str) -> Assessment | None:
        """Return the current assessment of ``subject``; None for whoever has none.

        Raises:
            UnavailableError: the source cannot say at the moment.
        """
        ...
