"""What one officer did at once to protect, and whether another one has looked at it since."""

from dataclasses import dataclass, replace

from gateway.ids import Timestamp
from gateway.trust.errors import RatificationError
from gateway.trust.officers import is_same_person


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A protective act: it holds at once, and goes on holding if nobody ratifies it.

    Attributes:
        reason: Plain text.
        at: When it was done; 0 where an earlier version did not keep it.
        ratified_by: The other officer; empty as long as nobody has.
    """

    officer: str
    reason: str
    at: Timestamp
    ratified_by: str = ""

    def ratified(self, officer: str) -> "Decision":
        """Return the decision as another officer has ratified it.

        Raises:
            RatificationError: it is ratified, or this is the officer who decided.
        """
        if self.ratified_by:
            raise RatificationError("it is ratified already")
        if is_same_person(self.officer, officer):
            raise RatificationError("another officer ratifies than the one who decided")
        return replace(self, ratified_by=officer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A code key that is not used here any more, whatever its city says.

    Attributes:
        since: From when on the key is thought to be in wrong hands: for the record and for
            counting. The key is refused for every code, since who holds it writes any date.
    """

    since: Timestamp
    decision: Decision
