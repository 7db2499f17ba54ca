"""What the use cases need of durable storage: values, and one ``Protocol`` a topic.

One method is one transaction. A method that writes returns when the write is durable, as the
operator has chosen to mean it (docs/storage.md), and not before. Every method raises
``UnavailableError``, within a few seconds, if the database is gone, full, locked or read-only;
then nothing was written, except where a connection broke in the very commit: the outcome of
that one call is unknown, and asking again tells.

Times are Unix seconds. Storage believes what it is given: it checks no form and no signature.
The ports of the trust rules stand in ``trust_ports`` and are found here as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, Protocol

from gateway.ids import (
    CityId,
    KeyId,
    MerchantId,
    OfferId,
    ReceiptId,
    ScenarioId,
    Timestamp,
    VenueId,
)
from gateway.ledger.entries import Note
from gateway.services.standing import Standing
from gateway.services.trust_ports import (
    Alarm,
    ConflictError,
    Contact,
    NotNewerError,
    OwnStatements,
    PartnerRow,
    PartnerRows,
    StatementRole,
    StorageError,
    TrustRevision,
)

__all__ = [
    "Alarm",
    "CitizenTokens",
    "ConflictError",
    "Contact",
    "IssuanceKind",
    "IssuanceLog",
    "Merchant",
    "MerchantDirectory",
    "MerchantState",
    "NotNewerError",
    "OwnStatements",
    "PartnerRow",
    "PartnerRows",
    "Recorded",
    "RefusalTally",
    "Showing",
    "SpentTicket",
    "StatementRole",
    "StorageError",
    "StoredAnswer",
    "TrustRevision",
    "UnknownMerchantError",
    "Venue",
    "VerificationLog",
    "VerificationRecord",
]


class UnknownMerchantError(StorageError):
    """A token was to be given to a merchant that is not stored."""

    code = "storage_unknown_merchant"


class Recorded(Enum):
    """What became of one showing of a code."""

    FIRST = "first"
    """Burned and recorded; the only outcome that writes."""
    BURNED = "burned"
    """The code was burned before, by another request."""
    REPEATED = "repeated"
    """The same request with the same code is stored already."""
    REQUEST_ID_REUSED = "request_id_reused"
    """The request is stored already, with another code."""
    TICKET_SPENT = "ticket_spent"
    """The code is new, and its quota ticket was spent with another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRecord:
    """One recognised code, as the verifying city remembers it. It holds no code id.

    Attributes:
        offers: What was granted, each ``id@version``, best first.
        checked: ``later`` for a code that was taken offline and uploaded.
        at_minute: When it was recognised, rounded down to a whole minute.
        voided: Whether the till took it back; when it did is not kept.
    """

    receipt: ReceiptId
    merchant: MerchantId
    venue: VenueId | None
    scenario: ScenarioId
    issuer: CityId
    key_id: KeyId
    offers: tuple[str, ...]
    checked: Literal["now", "later"]
    at_minute: Timestamp
    voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The answer that a request got, for the same request again.

    Attributes:
        code_tag: Keyed hash of the code that the request bound.
        sealed: The answer, encrypted by the service.
    """

    code_tag: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentTicket:
    """A quota ticket that a showing spends.

    Attributes:
        tag: 16 byte keyed hash of home city, scenario and ticket.
        forget_after: End of its period and 30 days: the same for every ticket of the period.
        held: The tag, sealed for who knows the receipt: what a void gives back.
        held_until: When ``held`` may be pruned.
    """

    tag: bytes
    forget_after: Timestamp
    held: bytes = field(repr=False)
    held_until: Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """Everything that one recognised showing writes, at once or not at all.

    Attributes:
        code_tag: 16 byte keyed hash of the verified (iss, jti).
        forget_after: Burn and request may be pruned after this moment. The service rounds it
            up to a whole day, so that it tells no time of use.
        request_tag: Keyed hash of merchant and request id; None if the till gave none.
        sealed_answer: What ``stored_answer`` gives back; set iff ``request_tag`` is.
        ticket: What it spends of a quota, if it does.
    """

    code_tag: bytes
    forget_after: Timestamp
    request_tag: bytes | None
    sealed_answer: bytes | None
    record: VerificationRecord
    ticket: SpentTicket | None = None


class VerificationLog(Protocol):
    """Remembers which codes were shown, and what was granted."""

    def stored_answer(self, request_tag: bytes) -> StoredAnswer | None:
        """Return what this request was answered, if it is stored and not yet pruned."""
        ...

    def burned(self, code_tag: bytes) -> bool:
        """Return whether the code was burned, and its burn is not yet pruned."""
        ...

    def record(self, showing: Showing) -> Recorded:
        """Burn the code, bind the request, spend the ticket, keep the record, or none of it.

        It is durable before ``FIRST`` is returned.

        Of any number of calls for one code, in any number of threads, processes and machines
        on one database, exactly one gets ``FIRST``. A bound request decides before a burned
        code does: ``REPEATED`` and ``REQUEST_ID_REUSED`` win over ``BURNED``, and that over
        ``TICKET_SPENT``. Any outcome but ``FIRST`` leaves no trace. Likewise one ticket is
        spent by exactly one code.
        """
        ...

    def record_all(self, showings: Sequence[Showing]) -> tuple[Recorded, ...]:
        """Record many in one transaction, each as ``record`` does; durable on return.

        Of showings that exclude each other one gets ``FIRST``: of one code the first in order.
        """
        ...

    def find(self, receipt: ReceiptId) -> VerificationRecord | None:
        """Return the record behind a receipt number, if it is not yet pruned."""
        ...


class RefusalTally(Protocol):
    """Counts refusals by day and reason; holds nothing on codes, merchants or cities."""

    def count(self, reason: str, now: Timestamp) -> None:
        """Count one, in this process only; never blocks, never raises ``UnavailableError``."""
        ...

    def flush(self) -> None:
        """Add what was counted to the database; if that fails, it is kept for the next time.

        A process that is killed loses what it counted since its last flush.
        """
        ...


IssuanceKind = Literal["live", "pack", "printed"]


class IssuanceLog(Protocol):
    """Counts the codes that a subject was given, one row a day and kind."""

    def count_issue(
        self, subject: bytes, day: int, kind: IssuanceKind, standing: Standing, codes: int
    ) -> int:
        """Add ``codes`` to the row and return the new sum: durable before any signature leaves.

        Args:
            subject: 32 byte pseudonym (HMAC with a key outside the database).
            day: Days since 1970-01-01, counted in Asia/Shanghai.
            kind: Each kind has a row, and a sum, of its own.
            standing: Of this issue; the row keeps the last one.
            codes: How many are about to be signed, 1 or more.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One place of business.

    Attributes:
        scenarios: What is on offer here; None is all that the merchant has, and nothing at all
            is a venue that was closed: name and id stay, for receipts and catalogues of the past.
    """

    id: VenueId
    name: str
    scenarios: frozenset[ScenarioId] | None

    @property
    def closed(self) -> bool:
        """Whether nothing is on offer here any more."""
        return self.scenarios is not None and not self.scenarios


MerchantState = Literal["active", "warned", "suspended", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A merchant of this city, whether or not it may verify codes now.

    Attributes:
        state: ``warned`` still verifies; ``removed`` never will again, and its id stays taken.
        reason: Why it is not simply active, as the office wrote it; None while it is.
        paused: Offers that it does not grant for now, of whatever version of the catalogue.
    """

    id: MerchantId
    name: str
    scenarios: frozenset[ScenarioId]
    venues: tuple[Venue, ...]
    state: MerchantState
    reason: str | None = None
    paused: frozenset[OfferId] = frozenset()

    @property
    def verifies(self) -> bool:
        """Whether it may verify codes."""
        return self.state in {"active", "warned"}

    @property
    def open_venues(self) -> tuple[Venue, ...]:
        """Venues at which something is on offer, in their order."""
        return tuple(each for each in self.venues if not each.closed)

    def is_open(self, venue: VenueId) -> bool:
        """Return whether it has a venue of this id that was not closed."""
        return any(each.id == venue for each in self.open_venues)

    def closed_venue(self, venue: VenueId | None) -> Venue | None:
        """Return the venue of this id if it was closed."""
        return next((each for each in self.venues if each.closed and each.id == venue), None)


class MerchantDirectory(Protocol):
    """Knows the merchants and the hashes of their access tokens."""

    def add(self, merchant: Merchant, note: Note) -> None:
        """Store a merchant with its venues.

        Raises:
            ConflictError: A merchant of this id exists, or a venue id comes twice.
        """
        ...

    def get(self, merchant: MerchantId) -> Merchant | None:
        """Return one merchant; its venues in the order in which they were given."""
        ...

    def list_all(self) -> tuple[Merchant, ...]:
        """Return every merchant, by id."""
        ...

    def add_token(self, merchant: MerchantId, token_hash: bytes, note: Note) -> None:
        """Let the bearer of a token act for a merchant; only its hash is ever stored.

        Raises:
            ConflictError: The hash is stored already.
            UnknownMerchantError: There is no such merchant.
        """
        ...

    def by_token(self, token_hash: bytes) -> Merchant | None:
        """Return whose token this is; the caller looks at the state."""
        ...


class CitizenTokens(Protocol):
    """Knows the hashes of citizens' access tokens, and for each a sealed subject."""

    def add(self, token_hash: bytes, sealed_subject: bytes, expires_at: Timestamp) -> None:
        """Store a token that holds until ``expires_at``, which is the first refused moment.

        Raises:
            ConflictError: The hash is stored already.
        """
        ...

    def by_token(self, token_hash: bytes, now: Timestamp) -> bytes | None:
        """Return the sealed subject of a token that holds at ``now``."""
        ...
