"""Events of partners: taken here, and announced to them.

An event never changes trust by itself: a verified one wishes that the worker fetch its sender's
three statements, which are then checked as ever. ``deliver`` sends what is announced.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from gateway.errors import UnavailableError
from gateway.ids import EntityId, Timestamp
from gateway.services.event_ports import EventRows
from gateway.services.partner_book import PartnerBook
from gateway.services.rates import RateLimitedError
from gateway.services.wishes import RefreshWishes
from gateway.trust import events
from gateway.trust.events import EventIssuerError, Hearing, UnverifiedEvent
from gateway.trust.keyring import Keyring
from gateway.trust.partners import Partner
from gateway.trust.states import FOLLOWED_STATES

SETTLE_S = 2
"""How long an announced event waits: every process of ours serves what changed within a second, and
a partner that asked sooner would be told the old, and think that it had looked."""


class Believed(Protocol):
    """What a process believes of its partners; ``TrustSnapshot`` says it."""

    @property
    def partners(self) -> tuple[Partner, ...]:
        """All partners whose rows are as signed."""
        ...

    @property
    def keyring(self) -> Keyring:
        """Knows whether the own clock is doubtful."""
        ...


class BelievedNow(Protocol):
    """What this process believes at this moment; ``TrustView`` knows it."""

    @property
    def snapshot(self) -> Believed:
        """The newest."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveEvents:
    """Takes what a partner posts.

    Attributes:
        leaf: This city's leaf, for which an event must be meant.
    """

    leaf: EntityId
    trust: BelievedNow
    rows: EventRows
    wishes: RefreshWishes

    def receive(self, token: str, now: Timestamp) -> None:
        """Take an event; the worker looks at its sender's statements within a second or two.

        A repeat is taken as well, and does nothing.

        Raises:
            TooLargeError, EventError: it is refused, by subclass.
            RateLimitedError: its sender sent six verified ones within a minute.
            UnavailableError: it could not be kept; sending it again helps.
        """
        # (0), (1) Is it an event at all, by its size and form?
        event = events.read(token)
        # (2) Does a partner say so whose statements are followed?
        partner = self._sender(event)
        # (3), (4) Is it for us, of now, and signed by a live key of that very partner?
        keys = events.event_keys(partner.city)
        events.verify(event, keys, audience=self.leaf, now=now)
        # (5), (6) Last, since it writes: has it been here before, or have too many?
        anchor = partner.record.pins.anchor
        heard, wait_s = self.rows.hear(anchor, event.jti, now)
        if heard is Hearing.TOO_MANY:
            raise RateLimitedError(wait_s)
        if heard is Hearing.FIRST:
            self._wish(anchor, event.jti, now)

    def _sender(self, event: UnverifiedEvent) -> Partner:
        for partner in self.trust.snapshot.partners:
            record = partner.record
            if record.pins.leaf == event.issuer and record.state in FOLLOWED_STATES:
                return partner
        raise EventIssuerError("no partner whose statements are followed")

    def _wish(self, anchor: EntityId, jti: str, now: Timestamp) -> None:
        try:
            self.wishes.wish(anchor, now)
        except UnavailableError:
            # The sender is told to send it again, and then it must not be a repeat.
            with suppress(UnavailableError):
                self.rows.forget(anchor, jti)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceTrust:
    """Says that this city's keys or statements changed."""

    book: PartnerBook
    rows: EventRows

    def announce(self, now: Timestamp) -> int:
        """Owe an event to every partner that is followed; return how many those are.

        To those as well that are suspended or disputed here: they may recognise our codes still.

        Raises:
            UnavailableError: nobody is owed anything; partners poll.
        """
        anchors = frozenset(
            partner.record.pins.anchor
            for partner in self.book.all(now).partners
            if partner.record.state in FOLLOWED_STATES
        )
        self.rows.owe(anchors, now, Timestamp(now + SETTLE_S))
        return len(anchors)
