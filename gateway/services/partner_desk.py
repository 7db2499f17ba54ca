"""What officers ask of a known partner beside joining and suspending it."""

from dataclasses import dataclass

from gateway.errors import RefusedError
from gateway.ids import EntityId, Timestamp
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_ports import UnknownPartnerError
from gateway.trust import entity
from gateway.trust.confirmation import MAX_WRONG
from gateway.trust.errors import RecordError
from gateway.trust.pins_file import PinsFile
from gateway.trust.record import AgreementRecord
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role

STOPPED = frozenset({PartnerState.SUSPENDED, PartnerState.DISPUTED})


class NotStoppedError(RefusedError):
    """Only a partner that this city suspended, or holds in dispute, can be resumed.

    Attributes:
        present: The stored state.
    """

    code = "partner_not_stopped"

    def __init__(self, present: PartnerState) -> None:
        super().__init__(f"the partner is {present}; allowed: suspended or disputed by this city")
        self.present = present


class NothingAcceptedError(RefusedError):
    """No complete set of statements of this partner was accepted yet."""

    code = "partner_nothing_accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDesk:
    """Decisions over one partner; it is named by its anchor or its leaf."""

    book: PartnerBook

    def resume(self, partner: str, officer: str, reason: str, now: Timestamp) -> PartnerState:
        """Recognise the codes of a partner again that was suspended or disputed here.

        Raises:
            UnknownPartnerError: there is no such partner.
            NotStoppedError: there is nothing to resume.
            RecordError: no officer or reason, or not plain text.
        """
        if not officer or not reason:
            raise RecordError("an officer and a reason are kept")

        def decide(record: AgreementRecord) -> AgreementRecord:
            if record.state not in STOPPED:
                raise NotStoppedError(record.state)
            return record.moved(PartnerState.ACTIVE, reason=reason, officer=officer)

        return self.book.change(self._anchor(partner), now, decide).state

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
