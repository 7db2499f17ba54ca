"""A citizen's consent: given in two boxes, ended in one action (``consent_stop``).

A receipt names the wording, the cities that may verify, the way it was given and the time, and
the person only as a keyed hash. Without a consent to the wording in force, for every city that
is a member now, nothing is read about the person and no code is signed.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from gateway.errors import RefusedError
from gateway.ids import CityId, Timestamp
from gateway.policy.consent_wording import IN_FORCE
from gateway.services.audit import Acting

WORDING: Final = IN_FORCE.version
"""Version of the words on the consent page; another version asks everybody again."""

Channel = Literal["page", "counter", "relative"]
"""Where a consent was given: on the own page, in person at a counter, or there by a relative."""

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
        recipients: The cities that it named.
        channel: How it was given.
        ended_at: When it was ended, also by another in its place; None while it holds.
    """

    number: str
    owner: bytes = field(repr=False)
    wording: str
    recipients: frozenset[CityId]
    channel: Channel
    given_at: Timestamp
    ended_at: Timestamp | None = None


class ConsentRows(Protocol):
    """Keeps consent receipts."""

    def add(self, receipt: ConsentReceipt, acting: Acting) -> None:
        """Store one, and end the others of that person that hold; durable on return.

        Raises:
            ConflictError: there is one of this number.
        """
        ...

    def in_force(self, owner: bytes) -> ConsentReceipt | None:
        """Return the newest receipt of a person that was not ended."""
        ...

    def all_of(self, owner: bytes) -> Sequence[ConsentReceipt]:
        """Return every receipt of a person, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """Gives and looks up consents.

    Attributes:
        owner_key: 32 bytes, outside the database.
        recipients: The cities that may verify now, which a consent has to name.
    """

    rows: ConsentRows
    owner_key: bytes = field(repr=False)
    recipients: frozenset[CityId]

    def give(self, subject: str, now: Timestamp, channel: Channel = "page") -> ConsentReceipt:
        """Store and return a receipt; one that holds already is returned instead.

        An older one, of other words or for fewer cities, ends with it.
        """
        found = self.of(subject)
        if found is not None:
            return found
        receipt = ConsentReceipt(
            number=secrets.token_urlsafe(_RECEIPT_BYTES),
            owner=self.owner(subject),
            wording=WORDING,
            recipients=self.recipients,
            channel=channel,
            given_at=now,
        )
        self.rows.add(receipt, by_citizen(now))
        return receipt

    def of(self, subject: str) -> ConsentReceipt | None:
        """Return the consent to what is asked now, if the citizen has given it."""
        found = self.held(subject)
        if found is None or found.wording != WORDING or not self.recipients <= found.recipients:
            return None
        return found

    def held(self, subject: str) -> ConsentReceipt | None:
        """Return the consent that the citizen has not ended, whatever it was to."""
        return self.rows.in_force(self.owner(subject))

    def all_of(self, subject: str) -> Sequence[ConsentReceipt]:
        """Return every receipt of the citizen that is still kept, newest first."""
        return self.rows.all_of(self.owner(subject))

    def check(self, subject: str) -> None:
        """Return if the citizen has consented.

        Raises:
            ConsentMissingError: not, or to other words, or for fewer cities, or it was ended.
        """
        if self.of(subject) is None:
            raise ConsentMissingError("there is no consent to the wording in force")

    def owner(self, subject: str) -> bytes:
        """Return what stands for the citizen in receipts, 32 bytes."""
        return hmac.digest(self.owner_key, subject.encode("utf-8"), "sha256")


def by_citizen(now: Timestamp) -> Acting:
    """Return who acts; the ledger names a receipt, never the person."""
    return Acting(by="citizen", at=now)
