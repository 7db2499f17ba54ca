"""What the use cases of events need of storage; see ``ports`` for what all ports promise."""

from dataclasses import dataclass
from typing import Protocol

from gateway.ids import EntityId, Timestamp
from gateway.trust.events import Hearing


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event that a partner is owed.

    Attributes:
        number: Counts what this partner was ever owed; a newer one replaces all before it.
        owed_at: When the newest was announced.
        attempts: How often the newest was tried in vain.
    """

    anchor: EntityId
    number: int
    owed_at: Timestamp
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushes:
    """How pushing to and from one partner went.

    Attributes:
        sent_at: When it last took an event of ours; None is never.
        owed: Whether the newest event has not reached it.
        sending: Whether it is still being tried.
        error: Why the newest event did not arrive at the last attempt, by code.
        heard_at: When an event of the partner was last taken; None is never.
    """

    sent_at: Timestamp | None = None
    owed: bool = False
    sending: bool = False
    error: str | None = None
    heard_at: Timestamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """How a recipient answered an event.

    Attributes:
        err: Code of a 400 (RFC 8935, 2.4), if it gave one of those.
        retry_after_s: When to come again, if it said so in seconds.
    """

    status: int
    err: str | None = None
    retry_after_s: int | None = None


class PostEvents(Protocol):
    """Posts one event within bounds; ``remote.posting.EventPoster`` does."""

    def post(self, url: str, token: str) -> Posted:
        """Return how the recipient at ``url`` answered.

        Raises:
            FetchError: it did not, by subclass.
        """
        ...


class EventRows(Protocol):
    """Keeps what partners are owed, and what was heard of them."""

    def hear(self, anchor: EntityId, jti: str, now: Timestamp) -> tuple[Hearing, int]:
        """Take a verified event by the rule of ``trust.events.hear``; one transaction.

        All processes of a city share the memory.
        """
        ...

    def forget(self, anchor: EntityId, jti: str) -> None:
        """Take back that an event was heard, so that its repeat is heard."""
        ...

    def owe(self, anchors: frozenset[EntityId], now: Timestamp, due_at: Timestamp) -> None:
        """Owe each partner one more event, in place of any older one."""
        ...

    def due(self, now: Timestamp, since: Timestamp) -> tuple[Delivery, ...]:
        """Return what may be tried now, of what was announced at ``since`` or later."""
        ...

    def delivered(self, delivery: Delivery, now: Timestamp) -> None:
        """Note that a partner took an event; a newer one stays owed."""
        ...

    def failed(self, delivery: Delivery, error: str, next_at: Timestamp | None) -> None:
        """Note why an attempt failed; None ends the attempts. Nothing, if a newer one is owed."""
        ...

    def pushes(self, anchor: EntityId) -> Pushes:
        """Return how it went with one partner."""
        ...
