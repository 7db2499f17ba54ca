"""What a serving process does beside its requests: trust, assessments and tallies.

Two threads, each with one job: parsing a large assessment file takes seconds, and a change of
trust is applied within one. Fetching from partners and signing are work for commands.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog

from gateway.app.assessment_watch import look_at
from gateway.app.composition import OpenCity
from gateway.errors import UnavailableError, places
from gateway.remote.assessments import FileAssessments

REFRESH_S: Final = 0.5
"""Half of the second within which every running worker applies a change of trust."""

FLUSH_EVERY: Final = 20
"""Refusals are tallied every so many refreshes: 10 s."""

_log = structlog.get_logger(__name__)


class Background:
    """Keeps one process up to date."""

    def __init__(self, city: OpenCity) -> None:
        self.city = city
        self._rounds = 0
        self._stopping = threading.Event()
        self._threads = [self._thread("trust-refresh", self._refresh_trust)]
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

    def _look_at_assessments(self, assessments: FileAssessments) -> None:
        look_at(assessments, self.city.clock.now())

    def _refresh_trust(self) -> None:
        self._rounds += 1
        if self.city.trust.refresh(self.city.clock.now()):
            _log.info("trust_refreshed", issuers=len(self.city.trust.keyring.issuers))
        if self._rounds % FLUSH_EVERY == 0:
            self.city.store.refusals.flush()
