"""Delivering events: to each partner the newest that it is owed, until it took it.

A partner that does not answer is tried less and less often, for a day; polling has long told it by
then. One that refuses is tried three times: what it knows of our keys may be a poll behind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from gateway.errors import FetchError
from gateway.ids import EntityId, Timestamp
from gateway.jose.keys import Signer
from gateway.services.event_ports import Delivery, EventRows, Posted, PostEvents
from gateway.services.events import BelievedNow
from gateway.services.partner_ports import OwnClockDoubtfulError
from gateway.trust import entity, events
from gateway.trust.states import FOLLOWED_STATES

TRIED_S: Final = 24 * 3600
MAX_PAUSE_S: Final = 600
REFUSED_PAUSE_S: Final = 60
REFUSED_ATTEMPTS: Final = 3
NOT_FOLLOWED: Final = "partner_not_followed"

_PASSING: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
"""Refusals that say "later"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverEvents:
    """Sends what is owed, one attempt at a time.

    Attributes:
        leaf: This city's leaf.
        signer: Gives the K2 that signs now.
        jti: Gives a new name for each event.
        draw: Gives a number from 0 up to 1, so that partners are not tried in step.
    """

    leaf: EntityId
    signer: Callable[[], Signer]
    trust: BelievedNow
    rows: EventRows
    post: PostEvents
    jti: Callable[[], str]
    draw: Callable[[], float]

    def due(self, now: Timestamp) -> tuple[Delivery, ...]:
        """Return what is to be tried now."""
        return self.rows.due(now, Timestamp(now - TRIED_S))

    def attempt(self, delivery: Delivery, now: Timestamp) -> bool:
        """Try once to deliver; return whether it arrived. Pauses count from ``now``.

        Raises:
            UnavailableError: how it went could not be noted; it will be tried again.
        """
        leaf = self._leaf_of(delivery.anchor)
        if leaf is None:
            self.rows.failed(delivery, NOT_FOLLOWED, None)
            return False
        if self.trust.snapshot.keyring.clock_doubtful:
            # Nothing is signed with a time that is wrong, and partners would refuse it.
            self._again(delivery, OwnClockDoubtfulError.code, now)
            return False
        token = events.sign(self.signer(), issuer=self.leaf, audience=leaf, now=now, jti=self.jti())
        try:
            answer = self.post.post(entity.events_endpoint(leaf), token)
        except FetchError as error:
            self._again(delivery, error.code, now)
            return False
        if answer.status == HTTPStatus.ACCEPTED:
            self.rows.delivered(delivery, now)
            return True
        self._refused(delivery, answer, now)
        return False

    def _leaf_of(self, anchor: EntityId) -> EntityId | None:
        """Return where to send: what the agreement record says, and nothing that was stored."""
        for partner in self.trust.snapshot.partners:
            pins = partner.record.pins
            if pins.anchor == anchor and partner.record.state in FOLLOWED_STATES:
                return pins.leaf
        return None

    def _refused(self, delivery: Delivery, answer: Posted, now: Timestamp) -> None:
        error = f"push_{answer.status}" + (f"_{answer.err}" if answer.err else "")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _PASSING:
            self._again(delivery, error, now, answer.retry_after_s or 0)
        elif delivery.attempts + 1 >= REFUSED_ATTEMPTS:
            self.rows.failed(delivery, error, None)
        else:
            self._again(delivery, error, now, REFUSED_PAUSE_S << delivery.attempts)

    def _again(self, delivery: Delivery, error: str, now: Timestamp, least_s: int = 0) -> None:
        """Note a failure; the pause doubles each time, and is drawn from its upper half."""
        doubled = min(MAX_PAUSE_S, 2 << min(delivery.attempts, MAX_PAUSE_S.bit_length()))
        drawn = doubled - int(self.draw() * doubled / 2)
        next_at = Timestamp(now + min(MAX_PAUSE_S, max(least_s, drawn)))
        over = next_at - delivery.owed_at > TRIED_S
        self.rows.failed(delivery, error, None if over else next_at)
