"""Nobody asks about another: such a question is refused, and the office sees that it was asked."""

from dataclasses import dataclass

from gateway.ids import Timestamp
from gateway.services.audit import LedgerRows
from gateway.services.consent import by_citizen
from gateway.services.errors import ForbiddenError


class NotOwnError(ForbiddenError):
    """A citizen asked for what is another's; whose it is was not looked up."""

    code = "not_own"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseOthers:
    """The use case."""

    ledger: LedgerRows

    def refuse(self, what: str, now: Timestamp) -> None:
        """Write down that somebody asked, and refuse.

        Args:
            what: What was asked for; no person.
            now: When.

        Raises:
            NotOwnError: always, once that is durable.
            UnavailableError: it could not be written down.
        """
        self.ledger.append(by_citizen(now).note("rights.refused", what))
        raise NotOwnError("this is another citizen's")
