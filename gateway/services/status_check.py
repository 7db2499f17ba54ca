"""Step 7 of a verification: has this code been revoked (docs/protocol/verification.md)?

The list has to be one that this very city publishes and that was fetched and checked before:
no address from a code is ever visited. Whatever a reader cannot know is ``undetermined``,
never "valid".
"""

from typing import Protocol

from gateway.codes.claims import CreditClaims
from gateway.codes.errors import StatusIndexError
from gateway.codes.status_list import StatusList
from gateway.ids import CityId, Timestamp
from gateway.services.verdicts import Outcome, Refusal


class StatusLists(Protocol):
    """The checked lists of all cities, own ones included, in memory."""

    def find(self, issuer: CityId, uri: str) -> StatusList | None:
        """Return the list that this city publishes at this address, if it does."""
        ...


class NoStatusLists:
    """Knows no list, so that every code with a status is undetermined."""

    def find(self, issuer: CityId, uri: str) -> StatusList | None:
        """Return nothing."""
        del issuer, uri
        return None


def check_status(lists: StatusLists, claims: CreditClaims, now: Timestamp) -> None:
    """Return if the code has no status, or one that says nothing against it.

    Raises:
        Refusal: ``present_again`` if it was revoked, ``undetermined`` if that cannot be told.
    """
    status = claims.status
    if status is None:
        return
    # Is it a list of the very city that signed the code?
    found = lists.find(claims.issuer, status.uri)
    if found is None:
        raise Refusal(Outcome.UNDETERMINED, "status_unlisted")
    # Is what we know of it fresh enough to say that nothing happened since?
    if not found.counts(now):
        raise Refusal(Outcome.UNDETERMINED, "status_too_old")
    # Does it say anything about this code, and what?
    try:
        revoked = found.revoked(status.index)
    except StatusIndexError as error:
        raise Refusal(Outcome.UNDETERMINED, error.code) from error
    if revoked:
        raise Refusal(Outcome.PRESENT_AGAIN, "revoked")
