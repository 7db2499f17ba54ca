"""A citizen's consent: given in two boxes, ended in one action (product invariant 8).

A receipt names the wording and the time, and the person only as a keyed hash. Without a consent
to the wording in force nothing is read about the person and no code is signed.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.errors import RefusedError
from gateway.ids import Timestamp
from gateway.ledger.entries import Note
from gateway.services.audit import Acting

WORDING: Final = "2026-11"
"""Version of the words on the consent page; another version asks everybody again."""

_RECEIPT_BYTES: Final = 9


class ConsentMissingError(RefusedError):
    """The citizen has not consented to the wording in force."""

    code = "consent_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentReceipt:
    """That somebody consented.

    Attributes:
        number: For the citizen to quote.
        owner: Keyed hash of the subject, 32 bytes.
        wording: Version of what was agreed to.
        ended_at: When it was ended; None while it holds.
    """

    number: str
    owner: bytes
    wording: str
    given_at: Timestamp
    ended_at: Timestamp | None = None


class ConsentRows(Protocol):
    """Keeps consent receipts."""

    def add(self, receipt: ConsentReceipt, note: Note) -> None:
        """Store one; durable on return."""
        ...

    def in_force(self, owner: bytes) -> ConsentReceipt | None:
        """Return the newest receipt of a person that was not ended."""
        ...

    def end(self, owner: bytes, acting: Acting) -> int:
        """End every receipt of a person that holds; return how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """Gives, looks up and ends consents.

    Attributes:
        owner_key: 32 bytes, outside the database.
    """

    rows: ConsentRows
    owner_key: bytes = field(repr=False)

    def give(self, subject: str, now: Timestamp) -> ConsentReceipt:
        """Store and return a receipt; one that holds already is returned instead."""
        found = self.of(subject)
        if found is not None:
            return found
        receipt = ConsentReceipt(
            number=secrets.token_urlsafe(_RECEIPT_BYTES),
            owner=self._owner(subject),
            wording=WORDING,
            given_at=now,
        )
        note = _by_citizen(now).note("consent.given", receipt.number, wording=WORDING)
        self.rows.add(receipt, note)
        return receipt

    def of(self, subject: str) -> ConsentReceipt | None:
        """Return the consent to the wording in force, if the citizen has given it."""
        found = self.rows.in_force(self._owner(subject))
        return found if found is not None and found.wording == WORDING else None

    def check(self, subject: str) -> None:
        """Return if the citizen has consented.

        Raises:
            ConsentMissingError: not, or to another wording, or it was ended.
        """
        if self.of(subject) is None:
            raise ConsentMissingError("there is no consent to the wording in force")

    def stop(self, subject: str, now: Timestamp) -> bool:
        """End the citizen's consent; return whether there was one. No code is signed after."""
        return self.rows.end(self._owner(subject), _by_citizen(now)) > 0

    def _owner(self, subject: str) -> bytes:
        return hmac.digest(self.owner_key, subject.encode("utf-8"), "sha256")


def _by_citizen(now: Timestamp) -> Acting:
    """The ledger names the receipt, never the person."""
    return Acting(by="citizen", at=now)
