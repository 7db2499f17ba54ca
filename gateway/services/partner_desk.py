"""What officers ask of a known partner beside joining and suspending it."""

from dataclasses import dataclass

from gateway.errors import RefusedError
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_ports import UnknownPartnerError
from gateway.trust import entity
from gateway.trust.confirmation import MAX_WRONG
from gateway.trust.errors import RecordError
from gateway.trust.pins_file import PinsFile
from gateway.trust.record import AgreementRecord
from gateway.trust.states import FOLLOWED_STATES, STOPPED_STATES, PartnerState
from gateway.trust.trusted_city import Role


class NotStoppedError(RefusedError):
    """Only a partner that this city suspended, or holds in dispute, can be resumed.

    Attributes:
        present: The stored state.
    """

    code = "partner_not_stopped"

    def __init__(self, present: PartnerState) -> None:
        super().__init__(f"the partner is {present}; allowed: suspended or disputed by this city")
        self.present = present


class NotAcceptedError(RefusedError):
    """Only a partner that was accepted, and has not left, can be asked this.

    Attributes:
        present: The stored state.
    """

    code = "partner_not_accepted"

    def __init__(self, present: PartnerState) -> None:
        super().__init__(f"the partner is {present}; allowed: active, suspended or disputed")
        self.present = present


class StoppedAnewError(RefusedError):
    """The stop that was to be undone is not the one in force."""

    code = "partner_stopped_anew"


class NothingAcceptedError(RefusedError):
    """No complete set of statements of this partner was accepted yet."""

    code = "partner_nothing_accepted"


def check_accepted(record: AgreementRecord) -> None:
    """Raise ``NotAcceptedError`` unless the partner was accepted and has not left."""
    if record.state not in FOLLOWED_STATES:
        raise NotAcceptedError(record.state)


def check_stopped(record: AgreementRecord, stopped_at: Timestamp | None = None) -> None:
    """Return if the partner is stopped here, by the decision of ``stopped_at`` where that is given.

    Raises:
        NotStoppedError: it is not stopped by anybody here.
        StoppedAnewError: somebody stopped it again, since then, or for another reason.
    """
    if record.state not in STOPPED_STATES:
        raise NotStoppedError(record.state)
    if stopped_at is not None and stopped_at != record.decided_at:
        raise StoppedAnewError("it was stopped anew since; read why, and propose again")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDesk:
    """Decisions over one partner; it is named by its anchor or its leaf."""

    book: PartnerBook

    def resume(
        self,
        partner: str,
        officer: str,
        reason: str,
        now: Timestamp,
        *,
        stopped_at: Timestamp | None = None,
    ) -> PartnerState:
        """Recognise the codes of a partner again that was suspended or disputed here.

        Args:
            partner: Which one.
            officer: Who decides.
            reason: Why.
            now: The moment.
            stopped_at: When it was stopped, as the officers read it; None is by whichever stop.

        Raises:
            UnknownPartnerError: there is no such partner.
            NotStoppedError, StoppedAnewError: there is nothing to resume.
            RecordError: no officer or reason, or not plain text.
        """
        if not officer or not reason:
            raise RecordError("an officer and a reason are kept")

        def decide(record: AgreementRecord) -> AgreementRecord:
            check_stopped(record, stopped_at)
            return record.moved(PartnerState.ACTIVE, reason=reason, officer=officer, now=now)

        return self.book.change(self._anchor(partner), now, decide).state

    def remove(self, partner: str, officer: str, reason: str, now: Timestamp) -> PartnerState:
        """End the membership of a partner that was accepted once, for ever.

        Raises:
            UnknownPartnerError: there is no such partner.
            NotAcceptedError: it was never accepted, or has left.
            RecordError: no officer or reason, or not plain text.
        """
        if not officer or not reason:
            raise RecordError("an officer and a reason are kept")

        def decide(record: AgreementRecord) -> AgreementRecord:
            check_accepted(record)
            return record.moved(PartnerState.LEFT, reason=reason, officer=officer, now=now)

        return self.book.change(self._anchor(partner), now, decide).state

    def unblock(self, partner: str, kid: KeyId, officer: str, now: Timestamp) -> None:
        """Use a code key again that was blocked here, if its city still announces it.

        Raises:
            UnknownPartnerError: there is no such partner.
            RecordError: it is not blocked.
        """
        self.book.change(
            self._anchor(partner), now, lambda record: record.key_unblocked(kid), officer=officer
        )

    def tries_left(self, partner: str, now: Timestamp) -> int:
        """Return how many wrong answers the pending comparison still takes.

        Raises:
            UnknownPartnerError: there is no such partner.
        """
        record = self.book.find(self._anchor(partner), now)[1].record
        return MAX_WRONG - (record.challenge.wrong if record.challenge else 0)

    def export_pins(self, partner: str, now: Timestamp) -> bytes:
        """Return a partner's public file, as this city accepted its statements.

        Raises:
            UnknownPartnerError: there is no such partner.
            NothingAcceptedError: one of its statements was not accepted yet.
        """
        city = self.book.find(self._anchor(partner), now)[1].city
        if city.anchor is None or city.subordinate is None or city.leaf is None:
            raise NothingAcceptedError("accept or sync this partner first")
        tokens = {
            Role.ANCHOR: city.anchor.token,
            Role.SUBORDINATE: city.subordinate.token,
            Role.LEAF: city.leaf.token,
        }
        return PinsFile(leaf=city.pins.leaf, statements=tokens).encode()

    def _anchor(self, partner: str) -> EntityId:
        named = EntityId(partner)
        for anchor in (named, entity.anchor_of(named)):
            if self.book.rows.get(anchor) is not None:
                return anchor
        raise UnknownPartnerError("no such partner")
