"""Who may verify codes in this city: enrol a merchant, give it tokens, suspend and resume it."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.errors import RefusedError
from gateway.ids import MerchantId, ScenarioId
from gateway.ledger.entries import Note
from gateway.policy.offers import VENUE_PATTERN
from gateway.policy.scenarios import all_within, well_formed
from gateway.services.access import MerchantAccess
from gateway.services.audit import Acting
from gateway.services.ports import Merchant, MerchantDirectory, MerchantState, Venue
from gateway.trust import wording

MAX_NAME_CHARS = 64
MAX_VENUES = 200
MAX_REASON_CHARS = 200

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_ID_SAID = "1 to 32 of a-z, 0-9 and -, not beginning with -"
_VENUE_SAID = "1 to 64 of A-Z, a-z, 0-9, ., _ and -, as in the catalogue"
_NAME_SAID = f"1 to {MAX_NAME_CHARS} plain characters"
_REASON_SAID = f"1 to {MAX_REASON_CHARS} plain characters, and nothing about a person"


class MerchantRefusedError(RefusedError):
    """A merchant cannot be enrolled as described; the message says what is allowed."""

    code = "merchant_refused"


class UnknownMerchantIdError(RefusedError):
    """There is no merchant of this id."""

    code = "merchant_unknown"


class MerchantStates(Protocol):
    """Changes whether a merchant may verify."""

    def set_state(
        self, merchant: MerchantId, state: MerchantState, reason: str | None, note: Note
    ) -> bool:
        """Store state and reason; return whether it may be so.

        ``removed`` deletes its tokens, tills, devices and links as well, and is never left;
        ``suspended`` is not left for ``warned``.
        """
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
        found = self.find(merchant)
        if found is None or found.state == "removed":
            raise UnknownMerchantIdError("there is no such merchant, or it was removed")
        return found, self.access.issue(merchant, acting)

    def warn(self, merchant: MerchantId, reason: str, acting: Acting) -> Merchant:
        """Record a warning, which the merchant sees; it goes on verifying. Return it.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
            MerchantRefusedError: the reason is not allowed, or the merchant is suspended.
        """
        return self._set(merchant, "warned", reason, acting)

    def suspend(self, merchant: MerchantId, reason: str, acting: Acting) -> Merchant:
        """Stop a merchant from verifying, in every worker within 5 seconds; return it.

        Raises:
            UnknownMerchantIdError, MerchantRefusedError: as ``warn``.
        """
        return self._set(merchant, "suspended", reason, acting)

    def resume(self, merchant: MerchantId, acting: Acting) -> Merchant:
        """Let a warned or suspended merchant be as any other, with the tokens it has; return it.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
        """
        return self._set(merchant, "active", None, acting)

    def remove(self, merchant: MerchantId, reason: str, acting: Acting) -> Merchant:
        """End a merchant for good, with its tokens, tills and devices; return it.

        Its records and its id stay, so that receipts and the ledger keep naming one merchant.

        Raises:
            UnknownMerchantIdError, MerchantRefusedError: as ``warn``.
        """
        return self._set(merchant, "removed", reason, acting)

    def find(self, merchant: MerchantId) -> Merchant | None:
        """Return a merchant; None for an id that none can have."""
        return self.directory.get(merchant) if _ID.fullmatch(merchant) else None

    def _set(
        self, merchant: MerchantId, state: MerchantState, reason: str | None, acting: Acting
    ) -> Merchant:
        if reason is not None:
            _check_reason(reason)
        known = self.find(merchant)
        act = "merchant.resumed" if state == "active" else f"merchant.{state}"
        note = acting.note(act, merchant, **({} if reason is None else {"reason": reason}))
        if known is None or not self.states.set_state(merchant, state, reason, note):
            if known is not None and known.state == "suspended":
                raise MerchantRefusedError("the merchant is suspended; allowed: resume, remove")
            raise UnknownMerchantIdError("there is no such merchant, or it was removed")
        return replace(known, state=state, reason=reason)

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
        listed = venue.scenarios or frozenset()
        if not (well_formed(listed) and all_within(listed, merchant.scenarios)):
            said = ", ".join(sorted(merchant.scenarios))
            raise MerchantRefusedError(
                f"venue {venue.id} has a scenario that the merchant has not; allowed: {said}"
            )

    def _check_open(self, scenarios: Collection[ScenarioId]) -> None:
        if not (well_formed(scenarios) and all_within(scenarios, self.open_scenarios)):
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


def _check_reason(text: str) -> None:
    if len(text) > MAX_REASON_CHARS or not wording.is_plain(text):
        raise MerchantRefusedError(f"the reason is malformed; allowed: {_REASON_SAID}")
