"""What a serving process does beside its requests: keys, trust, documents, assessments, tallies.

Threads, each with one job: parsing a large assessment file takes seconds, and a change of keys
or of trust is applied within one. Fetching from partners and signing are work for commands.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog

from gateway.app.assessment_watch import look_at
from gateway.app.assessments import Assessments
from gateway.app.composition import OpenCity
from gateway.errors import UnavailableError, places

REFRESH_S: Final = 0.5
"""Half of the second within which every running worker applies a change of trust."""

FLUSH_EVERY: Final = 20
"""Refusals are tallied every so many refreshes: 10 s."""

HELD_EVERY: Final = 2
"""Tiers under objection are read every so many refreshes: each second."""

_log = structlog.get_logger(__name__)


def follow(city: OpenCity) -> bool:
    """Take over what changed of own keys and of trust; return whether trust changed.

    A revoked code key leaves the register first and the leaf configuration next. Who had the new
    leaf and the old register would have no key to sign with: so keys are read before, since
    that is their order, and once more if the leaf came between.

    Raises:
        UnavailableError: the database cannot be read; what is known stays in force.
    """
    city.keys.refresh()
    changed = city.trust.refresh(city.clock.now())
    if changed:
        city.keys.refresh()
    return changed


class Background:
    """Keeps one process up to date."""

    def __init__(self, city: OpenCity) -> None:
        self.city = city
        self._rounds = 0
        self._stopping = threading.Event()
        self._threads = [
            self._thread("key-refresh", self._refresh_keys),
            self._thread("trust-refresh", self._refresh_trust),
            self._thread("unknown-hints", self._pass_on_hints),
        ]
        if city.assessments is not None:
            work = partial(self._look_at_assessments, city.assessments)
            self._threads.append(self._thread("assessments", work))

    def start(self) -> None:
        """Begin; once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the rounds under way, within a few seconds."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._run, args=(work,), name=name, daemon=True)

    def _run(self, work: Callable[[], None]) -> None:
        while not self._stopping.wait(REFRESH_S):
            try:
                work()
            except UnavailableError as error:
                # What is known stays in force and runs out by itself; the next round tries again.
                _log.warning("background_unavailable", code=error.code)
            except Exception as error:  # noqa: BLE001  this thread must outlive any mistake
                _log.error("background_failed", error=type(error).__name__, places=places(error))

    def _look_at_assessments(self, assessments: Assessments) -> None:
        look_at(assessments, self.city.clock.now())

    def _pass_on_hints(self) -> None:
        self.city.hints.pass_on(self.city.clock.now())

    def _refresh_keys(self) -> None:
        self.city.keys.refresh()

    def _refresh_trust(self) -> None:
        self._rounds += 1
        # First: it is one row, and what an officer stopped in an emergency.
        if self.city.stops.refresh(self.city.clock.now()):
            _log.info("stops_refreshed", issuing=self.city.stops.issuing)
        if follow(self.city):
            _log.info("trust_refreshed", issuers=len(self.city.trust.keyring.issuers))
        if self.city.documents.refresh(self.city.clock.now()):
            _log.info("documents_refreshed", served=len(self.city.documents.view.snapshot.served))
        self.city.status_lists.view.refresh()
        if self._rounds % HELD_EVERY == 0:
            self.city.held.refresh()
        if self._rounds % FLUSH_EVERY == 0:
            self.city.store.refusals.flush()
            self.city.store.incidents.flush()
