"""One thing to be done again and again, and the book that is kept about it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog

from gateway.clock import Clock, monotonic_s
from gateway.errors import GatewayError, places
from gateway.ids import Timestamp
from gateway.services.worker_ports import JobState, JobStates

NOTE_S: Final = 60
"""Successes are noted no oftener: a job that runs twice a second must not write as often."""

RETRY_S: Final = 60.0
"""A job that failed is tried again after this, or after its own interval if that is shorter."""

RETRY_MAX_S: Final = 900.0
"""And after twice as long each time, up to this."""

_log = structlog.get_logger(__name__)


def _nothing_left(wait_s: float) -> None:
    """What a job began is over when its run returns."""
    del wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of the worker.

    It runs in a thread of its own, never twice at once in one process. It must come back
    within some seconds by itself: what asks the network has a limit, or a thread elsewhere.
    It may run at once with itself in another process, for a moment, and must bear it.

    Attributes:
        name: Stable; stored and shown.
        every_s: From one start to the next. Below a minute it is run at once when a worker
            begins, otherwise when it is due.
        run: Does it; given one reading of the clock. Whatever it raises is noted.
        settle: Waits, so many seconds at most, for what a run only began.
        always: It runs without the lease as well: it keeps this process up to date.
    """

    name: str
    every_s: float
    run: Callable[[Timestamp], None]
    settle: Callable[[float], None] = _nothing_left
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """What came of one run.

    Attributes:
        error: Stable code, or the class of an unexpected error; None if all went well.
    """

    name: str
    took_s: float
    error: str | None


class Turns:
    """When one job is due, and how its runs went. For one thread."""

    def __init__(
        self,
        job: Job,
        states: JobStates,
        clock: Clock,
        monotonic: Callable[[], float] = monotonic_s,
    ) -> None:
        self.job = job
        self._states, self._clock, self._monotonic = states, clock, monotonic
        self._state = JobState(name=job.name, every_s=job.every_s)
        self._noted: JobState | None = None
        self._told_at: dict[str, Timestamp] = {}
        self._due_at_s = monotonic()

    def begin(self) -> None:
        """Go on from what is stored: another process may have done the work until now."""
        with suppress(GatewayError):
            stored = self._states.all().get(self.job.name)
            if stored is not None:
                self._state = replace(stored, every_s=self.job.every_s)
        self._due_at_s = self._monotonic() + self._left_s(self._clock.now())

    def wait_s(self) -> float:
        """Return in how many seconds the job is due; 0 if it is."""
        return max(0.0, self._due_at_s - self._monotonic())

    def run(self) -> JobRun:
        """Run the job once, and say what came of it; nothing is raised."""
        began_s, now = self._monotonic(), self._clock.now()
        error = self._attempt(now)
        self._note(error, now)
        self._due_at_s = began_s + self._pause_s()
        return JobRun(name=self.job.name, took_s=self._monotonic() - began_s, error=error)

    def _attempt(self, now: Timestamp) -> str | None:
        try:
            self.job.run(now)
        except GatewayError as error:
            if self._worth_telling(error.code, now):
                _log.warning("job_failed", job=self.job.name, code=error.code)
            return error.code
        except Exception as error:  # noqa: BLE001  one job's bug must not stop the others
            name = type(error).__name__
            if self._worth_telling(name, now):
                _log.error("job_broken", job=self.job.name, error=name, places=places(error))
            return name
        return None

    def _note(self, error: str | None, now: Timestamp) -> None:
        if error is None:
            if self._state.error is not None:
                _log.info("job_recovered", job=self.job.name)
            self._state = replace(self._state, succeeded_at=now, error=None, failures=0)
        else:
            failures = self._state.failures + 1
            self._state = replace(self._state, failed_at=now, error=error, failures=failures)
        if self._worth_noting(now):
            # A database that takes no note must not keep the job from being done.
            with suppress(GatewayError):
                self._states.save(self._state)
                self._noted = self._state

    def _worth_telling(self, error: str, now: Timestamp) -> bool:
        """A failure twice a second is one line a minute."""
        told_at = self._told_at.get(error)
        if self._state.error == error and told_at is not None and abs(now - told_at) < NOTE_S:
            return False
        self._told_at[error] = now
        return True

    def _worth_noting(self, now: Timestamp) -> bool:
        noted, state = self._noted, self._state
        if noted is None or noted.error != state.error:
            return True
        at = noted.succeeded_at if state.error is None else noted.failed_at
        return at is None or abs(now - at) >= NOTE_S

    def _left_s(self, now: Timestamp) -> float:
        """Return what is left of the interval that began with the last run."""
        state = self._state
        last = state.succeeded_at if state.error is None else state.failed_at
        # A time to come is that of a clock that was set back.
        if self.job.every_s < NOTE_S or last is None or last > now:
            return 0.0
        return max(0.0, self._pause_s() - (now - last))

    def _pause_s(self) -> float:
        if self._state.error is None:
            return self.job.every_s
        doubled = RETRY_S * 2.0 ** min(self._state.failures - 1, 8)
        return min(self.job.every_s, doubled, RETRY_MAX_S)
