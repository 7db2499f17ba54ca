"""Stop one's code in one action: the consent ends, and every printed code is revoked.

Both are one transaction, so that nobody believes that all has ended while a sheet goes on. What
lies on a phone cannot be called back; until when it may work is said.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from gateway.clock import china_day
from gateway.errors import GatewayError
from gateway.ids import Timestamp
from gateway.services.consent import by_citizen
from gateway.services.issue_pack import pack_end
from gateway.services.persons import Persons
from gateway.services.rights_ports import RightsRows, Stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAnswer:
    """What stopping did, and what it cannot do.

    Attributes:
        until: First moment at which no code on any phone works any more.
        offline: Whether offline codes are why it is so late.
        revoked: Printed codes that were revoked just now.
    """

    until: Timestamp
    offline: bool
    revoked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopConsent:
    """The use case.

    Attributes:
        live_s: Life of a live code.
        publish: Signs the status lists at once; called after the bits are durable.
    """

    rows: RightsRows
    persons: Persons
    live_s: int
    publish: Callable[[], None]

    def stop(self, subject: str, now: Timestamp) -> StopAnswer:
        """Stop everything; also where nothing holds any more, for whoever asks twice.

        Raises:
            UnavailableError: nothing was stopped.
        """
        person = self.persons.of(subject)
        stopped = self.rows.stop(person, by_citizen(now), since_day=first_pack_day(now))
        return self.answer(stopped, now)

    def answer(self, stopped: Stopped, now: Timestamp) -> StopAnswer:
        """Return what is said of a stop, after the lists were signed if it revoked something."""
        if stopped.revoked:
            # The bits are durable; if it fails now, the worker signs as soon as it can.
            with suppress(GatewayError):
                self.publish()
        return StopAnswer(
            until=pack_end(now) if stopped.packs else Timestamp(now + self.live_s),
            offline=stopped.packs,
            revoked=stopped.revoked,
        )


def first_pack_day(now: Timestamp) -> int:
    """Return the earliest day whose packs may still hold a code: one of yesterday reaches here."""
    return china_day(now) - 1
