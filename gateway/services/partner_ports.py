"""What the federation use cases need beyond storage, and what they say no to."""

from typing import Protocol

from gateway.errors import RefusedError
from gateway.ids import Timestamp


class FetchedDocument(Protocol):
    """A partner's document as it arrived, not believed; ``remote.fetch.Fetched`` is one."""

    @property
    def status(self) -> int:
        """200 with a body, or 304 with none."""
        ...

    @property
    def body(self) -> bytes:
        """The bytes."""
        ...

    @property
    def etag(self) -> str | None:
        """Strong validator, if there is one."""
        ...

    @property
    def date(self) -> Timestamp | None:
        """The partner's clock, if it said."""
        ...

    @property
    def received_at(self) -> Timestamp:
        """Our clock when the answer arrived."""
        ...


class Fetch(Protocol):
    """Fetches one document within bounds; ``remote.fetch.Fetcher`` does."""

    def get(
        self, url: str, *, accept: str, max_bytes: int, etag: str | None = None
    ) -> FetchedDocument:
        """Return the document.

        Raises:
            FetchError: it cannot be had, by subclass.
        """
        ...


class UnknownPartnerError(RefusedError):
    """There is no partner of this name."""

    code = "partner_unknown"


class KnownPartnerError(RefusedError):
    """The partner is past being a candidate; adding it again would forget what was agreed."""

    code = "partner_known"


class OwnEntityError(RefusedError):
    """The entity to add is this city itself."""

    code = "partner_is_own"


class OwnStatementsMissingError(RefusedError):
    """This city has published no statements yet."""

    code = "own_statements_missing"


class OwnStatementRefusedError(RefusedError):
    """A statement that this city was about to publish would be refused by its partners.

    Attributes:
        refusal: The code under which it would be.
    """

    code = "own_statement_refused"

    def __init__(self, refusal: str) -> None:
        super().__init__(f"partners would refuse it: {refusal}")
        self.refusal = refusal


class OwnStatementForeignError(RefusedError):
    """A stored own statement was signed by no key of ours: somebody edited the database."""

    code = "own_statement_foreign"


class OwnKeysOlderError(RefusedError):
    """An older copy of the own keys was restored: what was published knows newer ones."""

    code = "own_keys_older"


class OwnClockDoubtfulError(RefusedError):
    """Nothing is signed while most partners contradict the own clock."""

    code = "own_clock_doubtful"


class FirstSyncError(RefusedError):
    """A partner's statements do not stand under the keys that were confirmed; not accepted.

    Attributes:
        refusal: The code of the first thing that went wrong.
    """

    code = "partner_first_sync"

    def __init__(self, refusal: str) -> None:
        super().__init__(f"the first sync brought no chain that counts: {refusal}")
        self.refusal = refusal
