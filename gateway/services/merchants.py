"""Who may verify codes in this city: check a merchant, give it tokens, suspend and resume it."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.errors import RefusedError
from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.ledger.entries import Note
from gateway.policy.offers import VENUE_PATTERN
from gateway.policy.scenarios import all_within, well_formed
from gateway.services.access import MerchantAccess
from gateway.services.audit import Acting
from gateway.services.merchant_notices import MerchantNotices, NoticeKind, NoticeRow
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
    """A merchant cannot be enrolled as described; the message says what is allowed.

    Attributes:
        part: What is wrong, as columns of a table are called; may be empty.
    """

    code = "merchant_refused"

    def __init__(self, message: str, part: str = "") -> None:
        super().__init__(message)
        self.part = part


class UnknownMerchantIdError(RefusedError):
    """There is no merchant of this id."""

    code = "merchant_unknown"


class MerchantStates(Protocol):
    """Changes whether a merchant may verify."""

    def set_state(
        self,
        merchant: MerchantId,
        state: MerchantState,
        reason: str | None,
        note: Note,
        notice: NoticeRow | None = None,
    ) -> bool:
        """Store state, reason and notice in one transaction; return whether it may be so.

        ``removed`` deletes its tokens, tills, devices and links as well, and is never left;
        ``suspended`` is not left for ``warned``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolMerchants:
    """The use cases of the office's merchant desk.

    Attributes:
        open_scenarios: What is open in this city.
        notices: What a merchant is told when its state changes.
    """

    directory: MerchantDirectory
    states: MerchantStates
    access: MerchantAccess
    open_scenarios: frozenset[ScenarioId]
    notices: MerchantNotices

    def check(self, merchant: Merchant) -> None:
        """Refuse a merchant that cannot be enrolled here.

        Raises:
            MerchantRefusedError: an id, name or scenario is not allowed.
        """
        _check_id(merchant.id, "the merchant's id")
        _check_name(merchant.name, "the merchant's name", "name")
        if not merchant.scenarios:
            raise MerchantRefusedError(f"no scenario; allowed: {self._said()}", "scenarios")
        self.check_open(merchant.scenarios)
        if len(merchant.venues) > MAX_VENUES:
            raise MerchantRefusedError(f"too many venues; allowed: {MAX_VENUES}", "venues")
        for venue in merchant.venues:
            self.check_venue(venue, merchant)

    def check_venue(self, venue: Venue, merchant: Merchant) -> None:
        """Refuse a venue that a merchant with such scenarios cannot have.

        Raises:
            MerchantRefusedError: its id, name or a scenario of its own is not allowed.
        """
        if not VENUE_PATTERN.fullmatch(venue.id):
            raise MerchantRefusedError(
                f"a venue's id is malformed; allowed: {_VENUE_SAID}", "venues"
            )
        _check_name(venue.name, f"the name of venue {venue.id}", "venues")
        listed = venue.scenarios or frozenset()
        if venue.closed or not (well_formed(listed) and all_within(listed, merchant.scenarios)):
            said = ", ".join(sorted(merchant.scenarios))
            raise MerchantRefusedError(
                f"venue {venue.id} has a scenario that the merchant has not; allowed: {said}",
                "venues",
            )

    def check_open(self, scenarios: Collection[ScenarioId]) -> None:
        """Refuse scenarios that are not open in this city.

        Raises:
            MerchantRefusedError: one of them is not, or is none.
        """
        if not (well_formed(scenarios) and all_within(scenarios, self.open_scenarios)):
            raise MerchantRefusedError(
                f"a scenario is not open in this city; allowed: {self._said()}", "scenarios"
            )

    def token(self, merchant: MerchantId, acting: Acting) -> tuple[Merchant, str]:
        """Return the merchant and one more token; those given out before stay good.

        Raises:
            UnknownMerchantIdError: there is no such merchant.
        """
        found = self.find(merchant)
        if found is None or found.state == "removed":
            raise UnknownMerchantIdError("there is no such merchant, or it was removed")
        return found, self.access.issue(merchant, acting)

    def warn(
        self, merchant: MerchantId, reason: str, acting: Acting, complaints: Sequence[str] = ()
    ) -> Merchant:
        """Record a warning, which the merchant sees; it goes on verifying. Return it.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
            MerchantRefusedError: the reason is not allowed, or the merchant is suspended.
            FreeTextError, PersonalDataError, NoticeRefusedError: as ``check_reason``.
        """
        return self._set(merchant, "warned", reason, acting, complaints)

    def suspend(
        self, merchant: MerchantId, reason: str, acting: Acting, complaints: Sequence[str] = ()
    ) -> Merchant:
        """Stop a merchant from verifying, in every worker within 5 seconds; return it.

        Raises:
            UnknownMerchantIdError, MerchantRefusedError: as ``warn``.
        """
        return self._set(merchant, "suspended", reason, acting, complaints)

    def resume(self, merchant: MerchantId, acting: Acting) -> Merchant:
        """Let a warned or suspended merchant be as any other, with the tokens it has; return it.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
        """
        return self._set(merchant, "active", None, acting)

    def remove(
        self, merchant: MerchantId, reason: str, acting: Acting, complaints: Sequence[str] = ()
    ) -> Merchant:
        """End a merchant for good, with its tokens, tills and devices; return it.

        Its records and its id stay, so that receipts and the ledger keep naming one merchant.

        Raises:
            UnknownMerchantIdError, MerchantRefusedError: as ``warn``.
        """
        return self._set(merchant, "removed", reason, acting, complaints)

    def find(self, merchant: MerchantId) -> Merchant | None:
        """Return a merchant; None for an id that none can have."""
        return self.directory.get(merchant) if _ID.fullmatch(merchant) else None

    def check_reason(self, merchant: MerchantId, reason: str, complaints: Sequence[str]) -> None:
        """Return if a notice to a merchant may give this reason and rest on these complaints.

        Raises:
            MerchantRefusedError: the reason is empty, too long, or steers a display.
            FreeTextError, PersonalDataError, NoticeRefusedError: by ``MerchantNotices.check``.
        """
        check_reason(reason)
        self.notices.check(merchant, reason, complaints)

    def _set(
        self,
        merchant: MerchantId,
        state: MerchantState,
        reason: str | None,
        acting: Acting,
        complaints: Sequence[str] = (),
    ) -> Merchant:
        if reason is not None:
            self.check_reason(merchant, reason, complaints)
        known = self.find(merchant)
        if known is None:
            raise UnknownMerchantIdError("there is no such merchant")
        act = "merchant.resumed" if state == "active" else f"merchant.{state}"
        kind = NoticeKind.RESUMED if state == "active" else NoticeKind(state)
        notice = self.notices.draft(merchant, kind, reason or "", complaints, acting)
        told = {} if reason is None else {"reason": reason}
        note = acting.note(act, merchant, notice=notice.number, **told)
        if not self.states.set_state(merchant, state, reason, note, notice):
            if known.state == "suspended":
                raise MerchantRefusedError("the merchant is suspended; allowed: resume, remove")
            raise UnknownMerchantIdError("there is no such merchant, or it was removed")
        return replace(known, state=state, reason=reason)

    def _said(self) -> str:
        return ", ".join(sorted(self.open_scenarios))


def venues_of(lines: Iterable[str]) -> tuple[Venue, ...]:
    """Return the venues of a text, ``id name`` on each line; nothing is checked."""
    found = (line.split(maxsplit=1) for line in lines if line.strip())
    return tuple(
        Venue(id=VenueId(words[0]), name=words[-1].strip() if words[1:] else "", scenarios=None)
        for words in found
    )


def _check_id(text: str, what: str) -> None:
    if not _ID.fullmatch(text):
        raise MerchantRefusedError(f"{what} is malformed; allowed: {_ID_SAID}", "id")


def _check_name(text: str, what: str, part: str) -> None:
    if len(text) > MAX_NAME_CHARS or not wording.is_plain(text):
        raise MerchantRefusedError(f"{what} is malformed; allowed: {_NAME_SAID}", part)


def check_reason(text: str) -> None:
    """Refuse what cannot be a reason.

    Raises:
        MerchantRefusedError: it is too long, or no plain text.
    """
    if len(text) > MAX_REASON_CHARS or not wording.is_plain(text):
        raise MerchantRefusedError(
            f"the reason is malformed; allowed: {_REASON_SAID}", "uscc_reason"
        )
