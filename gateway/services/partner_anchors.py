"""Comparing a new pair of anchor keys with a partner that was accepted before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.ids import EntityId, Timestamp
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_join import Challenged, Confirmed, numbered
from gateway.trust.alarms import AlarmCode
from gateway.trust.confirmation import Verdict
from gateway.trust.record import AgreementRecord, Pins
from gateway.trust.repinning import answered_anew, asked_anew
from gateway.trust.trusted_city import TrustedCity


@dataclass(frozen=True, slots=True, kw_only=True)
class RepinPartners:
    """The use cases around a partner's anchor keys.

    Attributes:
        own: This city's pins, whose half of the safety number stands beside the partner's.
        draw: Where the groups of the first officer come from.
    """

    book: PartnerBook
    own: Pins
    draw: Callable[[], Sequence[int]]

    def challenge(self, anchor: EntityId, officer: str, now: Timestamp) -> Challenged:
        """Say which groups of the new half ``officer`` is to ask the partner's office for.

        Raises:
            UnknownPartnerError, RepinError, AnchorKeysError, ConfirmationError: it is not the time.
        """

        def decide(
            record: AgreementRecord, city: TrustedCity
        ) -> tuple[AgreementRecord, TrustedCity]:
            return asked_anew(record, city, officer, self.draw(), now), city

        repin = self.book.revise(anchor, now, decide)[0].repin
        if repin is None or repin.challenge is None:
            raise AssertionError("a record that was asked anew has a challenge")
        record = self.book.find(anchor, now)[1].record
        theirs = replace(record.pins, anchor_keys=repin.keys).half()
        groups = numbered(self.own.half(), theirs, repin.challenge.groups)
        return Challenged(anchor=anchor, officer=officer, groups=groups)

    def confirm(
        self, anchor: EntityId, officer: str, answers: Sequence[str], now: Timestamp
    ) -> Confirmed:
        """Compare three groups, as heard; two officers put the new pair in place of the old.

        Raises:
            UnknownPartnerError, RepinError, AnchorKeysError, ConfirmationError: it is not the time,
                or these are not three groups of five digits.
        """
        row, partner = self.book.find(anchor, now)
        done = answered_anew(partner.record, partner.city, officer, answers, now)
        before = (partner.record, partner.city)
        self.book.write(row, before, (done.record, done.city), now, officer)
        if done.verdict is Verdict.VOID:
            self.book.rows.alarm(anchor, AlarmCode.SAFETY_NUMBER_WRONG, now)
        return Confirmed(anchor=anchor, verdict=done.verdict, state=done.record.state)
