"""What needs two people about a partner that was accepted, besides resuming it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.ids import EntityId, KeyId, Timestamp
from gateway.policy.agreement import Agreement
from gateway.services.acts import (
    ACCEPT_PARTNER,
    RESUME_PARTNER,
    AcceptPartner,
    ResumePartner,
    officer_name,
)
from gateway.services.audit import Acting
from gateway.services.federate import Federation
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_desk import PartnerDesk, check_accepted
from gateway.services.partner_protect import (
    DISPUTED,
    KEY_BLOCKED,
    SUSPENDED,
    PartnerProtection,
    key_of,
)
from gateway.services.proposal_ports import Act, Proposal
from gateway.services.ratify import PREFIX, Ratify
from gateway.trust import entity, wording
from gateway.trust.errors import RecordError, RepinError
from gateway.trust.record import AgreementRecord
from gateway.trust.repinning import restored, unpinned
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import TrustedCity

REMOVE_PARTNER: Final = "partner.remove"
UNBLOCK_KEY: Final = "partner.unblock_key"
UNPIN: Final = "partner.unpin"
RESTORE_PIN: Final = "partner.restore_pin"

Facts = Mapping[str, str | int]


def partner_acts(
    federation: Federation,
    book: PartnerBook,
    agreement: Agreement,
    announce: Callable[[], object],
) -> dict[str, Act]:
    """Return every act about partners that needs two people, by name."""
    protection = PartnerProtection(book=book)
    ratified: dict[str, Act] = {
        PREFIX + act: Ratify(act=act, protection=protection)
        for act in (SUSPENDED, DISPUTED, KEY_BLOCKED)
    }
    return {
        ACCEPT_PARTNER: AcceptPartner(
            federation=federation, book=book, agreement=agreement, announce=announce
        ),
        RESUME_PARTNER: ResumePartner(book=book, announce=announce),
        REMOVE_PARTNER: RemovePartner(book=book, announce=announce),
        UNBLOCK_KEY: UnblockKey(book=book),
        UNPIN: ChangeAnchor(book=book, change=unpinned),
        RESTORE_PIN: ChangeAnchor(book=book, change=restored),
        **ratified,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePartner:
    """End a membership for ever; target is the partner's leaf, the fact is ``reason``."""

    book: PartnerBook
    announce: Callable[[], object]

    def check(self, target: str, facts: Facts, now: Timestamp) -> None:
        """Return if it was accepted and has not left."""
        check_accepted(_record(self.book, target, now))
        _reason(facts)

    def is_done(self, target: str, facts: Facts, now: Timestamp) -> bool:
        """Return whether it has left."""
        del facts
        return _record(self.book, target, now).state is PartnerState.LEFT

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Remove it."""
        desk, officer = PartnerDesk(book=self.book), officer_name(acting.by)
        desk.remove(proposal.target, officer, _reason(proposal.facts), acting.at)
        self.announce()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockKey:
    """Use a blocked key again; target is leaf ``#`` key, the fact is ``reason``."""

    book: PartnerBook

    def check(self, target: str, facts: Facts, now: Timestamp) -> None:
        """Return if it is blocked."""
        leaf, kid = key_of(target)
        _record(self.book, leaf, now).key_unblocked(kid)
        _reason(facts)

    def is_done(self, target: str, facts: Facts, now: Timestamp) -> bool:
        """Return whether it is not blocked."""
        del facts
        leaf, kid = key_of(target)
        return kid not in _record(self.book, leaf, now).blocked

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Unblock it."""
        leaf, kid = key_of(proposal.target)
        desk = PartnerDesk(book=self.book)
        desk.unblock(leaf, kid, officer_name(acting.by), acting.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAnchor:
    """Take a pinned anchor key out for ever, or let a suspended one count again.

    Target is leaf ``#`` key, the fact is ``reason``.

    Attributes:
        change: ``repinning.unpinned`` or ``repinning.restored``.
    """

    book: PartnerBook
    change: Callable[[AgreementRecord, TrustedCity, KeyId], tuple[AgreementRecord, TrustedCity]]

    def check(self, target: str, facts: Facts, now: Timestamp) -> None:
        """Return if it can be."""
        leaf, kid = key_of(target)
        partner = self.book.find(entity.anchor_of(leaf), now)[1]
        self.change(partner.record, partner.city, kid)
        _reason(facts)

    def is_done(self, target: str, facts: Facts, now: Timestamp) -> bool:
        """Return whether it cannot be any more; whatever was in its way, it is not done twice."""
        try:
            self.check(target, facts, now)
        except RepinError:
            return True
        return False

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Do it."""
        leaf, kid = key_of(proposal.target)
        officer = officer_name(acting.by)
        self.book.revise(
            entity.anchor_of(leaf),
            acting.at,
            lambda record, city: self.change(record, city, kid),
            officer,
        )


def _record(book: PartnerBook, leaf: str, now: Timestamp) -> AgreementRecord:
    return book.find(entity.anchor_of(EntityId(leaf)), now)[1].record


def _reason(facts: Facts) -> str:
    reason = str(facts.get("reason", ""))
    if not wording.is_plain(reason) or len(reason) > wording.MAX_REASON_CHARS:
        raise RecordError("a reason in plain text is kept")
    return reason
