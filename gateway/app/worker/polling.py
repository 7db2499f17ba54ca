"""Asking partners for their statements, each on its own: none can hold up another."""

import secrets
import threading
from collections.abc import Callable, Iterable
from typing import Final, Protocol

import structlog

from gateway.app.composition import OpenCity
from gateway.app.worker.job import Job
from gateway.clock import Clock, monotonic_s
from gateway.errors import places
from gateway.ids import EntityId, Timestamp
from gateway.services.partner_sync import SyncPartners, SyncReport
from gateway.services.polling import Errand, Jitter, PollPlan
from gateway.services.wishes import RefreshWishes
from gateway.trust.states import FOLLOWED_STATES
from gateway.trust.trusted_city import Role

LOOK_S: Final = 0.5
"""How often it is looked at who is due; a wish waits no longer."""

_STEPS: Final = 2_000

_log = structlog.get_logger(__name__)


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield the polling of all partners that are followed."""
    sync = SyncPartners(book=city.book.keeping(), fetch=city.federation.fetch)

    def followed() -> Iterable[EntityId]:
        records = (partner.record for partner in city.trust.snapshot.partners)
        return (each.pins.anchor for each in records if each.state in FOLLOWED_STATES)

    poller = Poller(sync, followed, city.store.wishes, city.clock)
    yield Job(name="poll", every_s=LOOK_S, run=poller.look, settle=poller.settle)


def even_jitter() -> float:
    """Return a number from -1 to 1."""
    return secrets.randbelow(_STEPS + 1) * 2 / _STEPS - 1


class AskPartner(Protocol):
    """Runs one cycle over one partner; ``SyncPartners.one`` does."""

    def one(
        self,
        anchor: EntityId,
        now: Timestamp,
        *,
        roles: frozenset[Role],
    ) -> SyncReport:
        """Return what came of it."""
        ...


class Poller:
    """Sends a thread to each partner that is due, never two to one."""

    def __init__(  # noqa: PLR0913, PLR0917 (the last two are for tests)
        self,
        sync: AskPartner,
        followed: Callable[[], Iterable[EntityId]],
        wishes: RefreshWishes,
        clock: Clock,
        jitter: Jitter = even_jitter,
        monotonic: Callable[[], float] = monotonic_s,
    ) -> None:
        self._sync, self._followed, self._wishes = sync, followed, wishes
        self._clock, self._monotonic = clock, monotonic
        self._plan = PollPlan(jitter=jitter)
        # Around the plan, which is asked for a moment only; never around a fetch.
        self._landing = threading.Condition()

    def look(self, _now: Timestamp) -> None:
        """Send for every partner that is due or was wished for; return at once.

        Raises:
            UnavailableError: wishes cannot be read, and nothing could be stored.
        """
        wished = self._wishes.take()
        with self._landing:
            self._plan.follow(self._followed(), self._monotonic())
            for anchor in wished:
                self._plan.wish(anchor)
            errands = self._plan.begin(self._monotonic())
        for errand in errands:
            self._send(errand)

    def settle(self, wait_s: float) -> None:
        """Wait until everybody who was due has been asked, so many seconds at most."""
        deadline_s = monotonic_s() + wait_s
        with self._landing:
            while self._plan.flying and monotonic_s() < deadline_s:
                self._landing.wait(deadline_s - monotonic_s())
                for errand in self._plan.begin(self._monotonic()):
                    self._send(errand)

    def _send(self, errand: Errand) -> None:
        name = f"poll-{errand.anchor}"
        thread = threading.Thread(target=self._fly, args=(errand,), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # This machine has no thread left: the partner has its turn, or it would never again.
            _log.error("poll_not_begun")
            self._land(errand, None)

    def _fly(self, errand: Errand) -> None:
        report: SyncReport | None = None
        try:
            report = self._sync.one(errand.anchor, self._clock.now(), roles=errand.roles)
        except Exception as error:  # noqa: BLE001  one partner's bug must not stop the others
            _log.error("poll_broken", error=type(error).__name__, places=places(error))
        finally:
            self._land(errand, report)

    def _land(self, errand: Errand, report: SyncReport | None) -> None:
        with self._landing:
            failures = self._plan.end(errand.anchor, report)
            self._landing.notify_all()
        for alarm in report.alarms if report else ():
            _log.warning("trust_alarm", partner=errand.anchor, code=str(alarm.code))
        if report is not None and report.problem is not None:
            _log.info("poll_failed", partner=errand.anchor, code=report.problem, times=failures)
