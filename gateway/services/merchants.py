"""Who may verify codes in this city: enrol a merchant, give it tokens, suspend and resume it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.errors import RefusedError
from gateway.ids import MerchantId, ScenarioId
from gateway.ledger.entries import Note
from gateway.policy.offers import VENUE_PATTERN
from gateway.policy.scenarios import covers
from gateway.services.access import MerchantAccess
from gateway.services.audit import Acting
from gateway.services.ports import Merchant, MerchantDirectory, Venue
from gateway.trust import wording

MAX_NAME_CHARS = 64
MAX_VENUES = 200

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_ID_SAID = "1 to 32 of a-z, 0-9 and -, not beginning with -"
_VENUE_SAID = "1 to 64 of A-Z, a-z, 0-9, ., _ and -, as in the catalogue"
_NAME_SAID = f"1 to {MAX_NAME_CHARS} plain characters"


class MerchantRefusedError(RefusedError):
    """A merchant cannot be enrolled as described; the message says what is allowed."""

    code = "merchant_refused"


class UnknownMerchantIdError(RefusedError):
    """There is no merchant of this id."""

    code = "merchant_unknown"


class MerchantStates(Protocol):
    """Changes whether a merchant may verify."""

    def set_state(
        self, merchant: MerchantId, state: Literal["active", "suspended"], note: Note
    ) -> bool:
        """Store the state; return whether there is such a merchant."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolMerchants:
    """The use cases of the office's merchant desk.

    Attributes:
        open_scenarios: What is open in this city.
    """

    directory: MerchantDirectory
    states: MerchantStates
    access: MerchantAccess
    open_scenarios: frozenset[ScenarioId]

    def add(self, merchant: Merchant, acting: Acting) -> str:
        """Store a merchant and return its first token, which is shown once and stored nowhere.

        Raises:
            MerchantRefusedError, ConflictError: as ``enrol``.
        """
        self.enrol(merchant, acting)
        return self.access.issue(merchant.id, acting)

    def enrol(self, merchant: Merchant, acting: Acting) -> None:
        """Store a merchant; it verifies with devices, or with tokens given out later.

        Raises:
            MerchantRefusedError: an id, name or scenario is not allowed.
            ConflictError: there is a merchant of this id, or a venue stands twice.
        """
        self._check(merchant)
        facts = {"name": merchant.name, "scenarios": " ".join(sorted(merchant.scenarios))[:512]}
        self.directory.add(merchant, acting.note("merchant.added", merchant.id, **facts))

    def token(self, merchant: MerchantId, acting: Acting) -> tuple[Merchant, str]:
        """Return the merchant and one more token; those given out before stay good.

        Raises:
            UnknownMerchantIdError: there is no such merchant.
        """
        found = self.directory.get(merchant)
        if found is None:
            raise UnknownMerchantIdError("there is no merchant of this id")
        return found, self.access.issue(merchant, acting)

    def suspend(self, merchant: MerchantId, acting: Acting) -> Merchant:
        """Stop a merchant from verifying, in every worker within 5 seconds; return it.

        Raises:
            UnknownMerchantIdError: there is no such merchant.
        """
        return self._set(merchant, "suspended", acting.note("merchant.suspended", merchant))

    def resume(self, merchant: MerchantId, acting: Acting) -> Merchant:
        """Let a suspended merchant verify again with the tokens it has; return it.

        Raises:
            UnknownMerchantIdError: there is no such merchant.
        """
        return self._set(merchant, "active", acting.note("merchant.resumed", merchant))

    def _set(
        self, merchant: MerchantId, state: Literal["active", "suspended"], note: Note
    ) -> Merchant:
        found = self.states.set_state(merchant, state, note)
        stored = self.directory.get(merchant) if found else None
        if stored is None:
            raise UnknownMerchantIdError("there is no merchant of this id")
        return stored

    def _check(self, merchant: Merchant) -> None:
        _check_id(merchant.id, "the merchant's id")
        _check_name(merchant.name, "the merchant's name")
        if not merchant.scenarios:
            raise MerchantRefusedError(f"no scenario; allowed: {self._said()}")
        self._check_open(merchant.scenarios)
        if len(merchant.venues) > MAX_VENUES:
            raise MerchantRefusedError(f"too many venues; allowed: {MAX_VENUES}")
        for venue in merchant.venues:
            self._check_venue(venue, merchant)

    def _check_venue(self, venue: Venue, merchant: Merchant) -> None:
        if not VENUE_PATTERN.fullmatch(venue.id):
            raise MerchantRefusedError(f"a venue's id is malformed; allowed: {_VENUE_SAID}")
        _check_name(venue.name, f"the name of venue {venue.id}")
        for scenario in venue.scenarios or ():
            if not any(covers(each, scenario) for each in merchant.scenarios):
                said = ", ".join(sorted(merchant.scenarios))
                raise MerchantRefusedError(
                    f"venue {venue.id} has a scenario that the merchant has not; allowed: {said}"
                )

    def _check_open(self, scenarios: Iterable[ScenarioId]) -> None:
        for scenario in scenarios:
            if not any(covers(each, scenario) for each in self.open_scenarios):
                raise MerchantRefusedError(
                    f"a scenario is not open in this city; allowed: {self._said()}"
                )

    def _said(self) -> str:
        return ", ".join(sorted(self.open_scenarios))


def _check_id(text: str, what: str) -> None:
    if not _ID.fullmatch(text):
        raise MerchantRefusedError(f"{what} is malformed; allowed: {_ID_SAID}")


def _check_name(text: str, what: str) -> None:
    if len(text) > MAX_NAME_CHARS or not wording.is_plain(text):
        raise MerchantRefusedError(f"{what} is malformed; allowed: {_NAME_SAID}")
