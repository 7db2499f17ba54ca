"""Delete what this gateway keeps of whoever asks, and say what stays and why (ADR 0107)."""

from dataclasses import dataclass

from gateway.ids import Timestamp
from gateway.services.consent import by_citizen
from gateway.services.consent_stop import StopAnswer, StopConsent, first_pack_day
from gateway.services.rights_ports import Erased


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseOwn:
    """The use case, on top of stopping."""

    stop: StopConsent

    def erase(self, subject: str, now: Timestamp) -> tuple[Erased, StopAnswer]:
        """Stop and delete; return what was done, and until when a phone may show a code.

        Raises:
            UnavailableError: nothing was stopped or deleted.
        """
        person = self.stop.persons.of(subject)
        since_day = first_pack_day(now)
        erased = self.stop.rows.erase(person, by_citizen(now), since_day=since_day)
        return erased, self.stop.answer(erased.stopped, now)
