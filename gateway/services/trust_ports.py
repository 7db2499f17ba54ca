"""What the trust use cases need of durable storage; see ``ports`` for what all ports promise."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, Self

from gateway.errors import GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.ledger.entries import Note


class StorageError(GatewayError):
    """Storage refuses what it was asked to write."""

    code = "storage_error"


class ConflictError(StorageError):
    """Somebody else stored something under this name first, or changed it meanwhile."""

    code = "storage_conflict"


class NotNewerError(StorageError):
    """A statement is not newer than the one of its role that is stored; it was not stored."""

    code = "storage_not_newer"


StatementRole = Literal["anchor", "subordinate", "leaf"]
"""Role of an own statement: anchor configuration, statement on the leaf, leaf configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatement:
    """A statement of this city that is to be stored.

    Attributes:
        issued_at: Its ``iat``.
    """

    role: StatementRole
    token: str = field(repr=False)
    issued_at: Timestamp


class OwnStatements(Protocol):
    """Keeps the newest statement that this city signed in each role."""

    def put(self, role: StatementRole, token: str, issued_at: Timestamp, now: Timestamp) -> None:
        """Store a statement in place of the older one, and raise the trust revision.

        Raises:
            NotNewerError: The stored one is as new or newer; ``iat`` never goes back.
        """
        ...

    def put_all(self, statements: Sequence[NewStatement], now: Timestamp, note: Note) -> None:
        """Put all statements or none, with the note's ledger entry in the same transaction.

        Raises:
            NotNewerError: As ``put``, for one of them; none was stored.
        """
        ...

    def all(self) -> Mapping[str, str]:
        """Return the statement of each role that has one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow:
    """A partner as stored: two documents that this city signed itself.

    Attributes:
        record: The agreement record, a JWS.
        memory: What was accepted from the partner so far, a JWS.
        version: 0 is a row that is not stored yet; each storing adds one. Both documents are
            signed for the version that they will have once they are stored.
    """

    anchor_id: EntityId
    record: str
    memory: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMark:
    """What tells one stored row of a partner from all others.

    Attributes:
        digest: SHA-256 over both documents.
    """

    version: int
    digest: bytes

    @classmethod
    def of(cls, row: PartnerRow) -> Self:
        """Return the mark of a row."""
        both = f"{row.record}\n{row.memory}".encode()
        return cls(version=row.version, digest=hashlib.sha256(both).digest())


class NotedRows(Protocol):
    """Remembers the newest row of each partner, outside the database."""

    def noted(self) -> Mapping[EntityId, RowMark]:
        """Return the newest row that was ever noted, by partner.

        Raises:
            GatewayError: it cannot be told; then no row may be believed.
        """
        ...

    def note(self, rows: Mapping[EntityId, RowMark]) -> None:
        """Note rows that are in force; what is noted of a newer version stays.

        Raises:
            GatewayError: nothing was noted.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How the last attempts to reach a partner went; nothing in it is signed or believed.

    Attributes:
        obtained_at: End of the last cycle that obtained the leaf configuration; None is never.
        etags: By URL, only of accepted statements.
        clock_offset_s: Partner's ``Date`` minus own clock, if it gave one.
        last_error: Stable code; None after a success.
        failures: Since the last success.
    """

    anchor_id: EntityId
    obtained_at: Timestamp | None
    etags: Mapping[str, str]
    clock_offset_s: int | None
    clock_sampled_at: Timestamp | None
    last_error: str | None
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something about a partner that a person must look at.

    Attributes:
        code: Stable code, for example ``trust_equivocation``.
        at: The latest time it was raised on that UTC day.
        count: How often it was raised on that day.
    """

    anchor_id: EntityId
    code: str
    at: Timestamp
    count: int


class PartnerRows(Protocol):
    """Keeps partner rows, contacts, accepted hashes and alarms."""

    def all(self) -> tuple[PartnerRow, ...]:
        """Return every partner row, by anchor id.

        One that cannot be read comes with empty documents, which nobody signed: it keeps no
        other row back, here and in ``get``.
        """
        ...

    def get(self, anchor_id: EntityId) -> PartnerRow | None:
        """Return one partner row with its stored version."""
        ...

    def put(self, row: PartnerRow, note: Note | None) -> None:
        """Insert a row of version 0, or replace the stored row of the same version.

        The stored version is then ``row.version + 1``. Raises the trust revision and writes the
        note's ledger entry in the same transaction.

        Raises:
            ConflictError: It exists (version 0), is gone, or has another version.
        """
        ...

    def put_all(self, rows: Sequence[PartnerRow], note: Note | None) -> None:
        """Put all rows or none, for a new own key that re-signs every row.

        Raises:
            ConflictError: As ``put``, for one of them; none was stored.
        """
        ...

    def contact(self, anchor_id: EntityId) -> Contact | None:
        """Return how the last attempts went, if there were any and it can be read."""
        ...

    def all_contacts(self) -> Mapping[EntityId, Contact]:
        """Return how the last attempts went with every partner of whom it can be read."""
        ...

    def save_contact(self, contact: Contact, *, quietly: bool = False) -> None:
        """Replace the contact; raise the trust revision iff ``obtained_at`` changed.

        Args:
            contact: How it went.
            quietly: Do not raise it: who looks at ``all_contacts`` a few seconds later is early
                enough.
        """
        ...

    def accepted(self, anchor_id: EntityId, digest: str) -> tuple[str, Timestamp] | None:
        """Return role and ``iat`` of an accepted statement by its hash (lower-case hex).

        That it was is not signed: a hash may have been planted.
        """
        ...

    def remember_accepted(
        self, anchor_id: EntityId, role: str, digest: str, issued_at: Timestamp, now: Timestamp
    ) -> None:
        """Remember that a statement was accepted; kept for 90 days from the last time."""
        ...

    def alarm(self, anchor_id: EntityId, code: str, at: Timestamp) -> None:
        """Raise an alarm; one code of one partner has one row a day, however often it comes."""
        ...

    def alarms(self, since: Timestamp) -> tuple[Alarm, ...]:
        """Return the alarms with ``at >= since``, newest first."""
        ...


class TrustRevision(Protocol):
    """Tells workers that what they know about trust is out of date."""

    def current(self) -> int:
        """Return a number that differs after any change of statements, rows or ``obtained_at``.

        One cheap read. Compare for difference, not for order: a restored backup goes back.
        """
        ...
