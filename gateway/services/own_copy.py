"""A copy of everything that this gateway keeps of whoever asks, and of nobody else.

Names, numbers, scores and code ids are in no table, so they are in no copy either. What was
verified at merchants leads to nobody and cannot be found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.ids import Timestamp
from gateway.services.consent import ConsentReceipt, Consents
from gateway.services.objection_ports import Objection
from gateway.services.persons import Persons
from gateway.services.rights_ports import IssuedDay, KeptSheet, RightsRows
from gateway.services.sessions import CitizenSessions, LivingSession

_NO_BROWSER: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCopy:
    """What is kept of one citizen at one moment.

    Attributes:
        made_at: The moment.
        consents: Every receipt, newest first.
        issued: What was given out, newest day first.
        objections: All, newest first, with what was written.
        sheets: Printed sheets.
        sessions: The living ones, newest first; which of them asks is not looked at.
    """

    made_at: Timestamp
    consents: tuple[ConsentReceipt, ...] = field(repr=False)
    issued: tuple[IssuedDay, ...] = field(repr=False)
    objections: tuple[tuple[Objection, str], ...] = field(repr=False)
    sheets: tuple[KeptSheet, ...] = field(repr=False)
    sessions: tuple[LivingSession, ...] = field(repr=False)


class OwnObjections(Protocol):
    """Reads somebody's own objections; ``Objections`` does."""

    def copies(self, subject: str, now: Timestamp) -> Sequence[tuple[Objection, str]]:
        """Return every objection of a person with what the person wrote, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOwn:
    """The use case; a subject comes from a session, never from a request."""

    rows: RightsRows
    persons: Persons
    consents: Consents
    sessions: CitizenSessions
    objections: OwnObjections

    def copy(self, subject: str, now: Timestamp) -> OwnCopy:
        """Return everything that is kept of a citizen.

        Raises:
            UnavailableError: the database cannot be read.
        """
        person = self.persons.of(subject)
        return OwnCopy(
            made_at=now,
            consents=tuple(self.consents.all_of(subject)),
            issued=tuple(self.rows.issued(person)),
            objections=tuple(self.objections.copies(subject, now)),
            sheets=tuple(self.rows.sheets(person)),
            sessions=tuple(self.sessions.living(subject, _NO_BROWSER, now)),
        )
