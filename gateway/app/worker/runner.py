"""Running the jobs of one city while this process holds the lease."""

import threading
from collections.abc import Sequence
from typing import Final

import structlog

from gateway.app.worker.holding import Holding
from gateway.app.worker.job import Job, JobRun, Turns
from gateway.clock import Clock, monotonic_s
from gateway.errors import GatewayError, places
from gateway.services.worker_ports import JobStates

LOOK_S: Final = 0.5
"""How often a job's thread looks whether it may run, or is to end."""

STOP_S: Final = 4.0
"""How long the end waits for jobs that run; then they end with the process."""

SETTLE_S: Final = 30.0
"""How long a single round waits for what its jobs only began."""

_log = structlog.get_logger(__name__)


class Runner:
    """The jobs of one process, each in a thread of its own: none can hold up another."""

    def __init__(
        self, jobs: Sequence[Job], holding: Holding, states: JobStates, clock: Clock
    ) -> None:
        self._turns = tuple(Turns(job, states, clock) for job in jobs)
        self._holding, self._clock = holding, clock

    def until(self, stopping: threading.Event) -> None:
        """Do what is due until ``stopping`` is set or Ctrl-C, then give the lease up.

        Raises:
            KeyboardInterrupt: after everything was ended.
        """
        threads = [self._thread(turns, stopping) for turns in self._turns]
        for thread in threads:
            thread.start()
        try:
            while not stopping.is_set():
                self._beat()
                stopping.wait(self._holding.renew_s)
        finally:
            stopping.set()
            self._end(threads)

    def once(self, stopping: threading.Event) -> tuple[JobRun, ...] | None:
        """Run every job that is due, one after the other; None if another worker does it.

        Waits for the lease of a worker that was killed, and no longer than that.

        Raises:
            UnavailableError: the lease cannot be had: the database is away.
        """
        try:
            while not self._holding.attempt(self._clock.now()):
                if self._holding.other_lives or stopping.wait(self._holding.renew_s):
                    return None
            return self._round(stopping)
        finally:
            self._holding.give_up(self._clock.now())

    def _round(self, stopping: threading.Event) -> tuple[JobRun, ...]:
        done = threading.Event()
        beats = threading.Thread(target=self._beat_until, args=(done,), daemon=True)
        beats.start()
        try:
            return tuple(self._each(stopping))
        finally:
            done.set()
            beats.join(STOP_S)

    def _each(self, stopping: threading.Event) -> list[JobRun]:
        runs = list[JobRun]()
        for turns in self._turns:
            turns.begin()
            if turns.wait_s() == 0.0 and self._holding.held and not stopping.is_set():
                runs.append(turns.run())
        deadline_s = monotonic_s() + SETTLE_S
        for turns in self._turns:
            turns.job.settle(max(0.0, deadline_s - monotonic_s()))
        return runs

    def _beat_until(self, done: threading.Event) -> None:
        while not done.wait(self._holding.renew_s):
            self._beat()

    def _beat(self) -> None:
        before = self._holding.held
        try:
            after = self._holding.attempt(self._clock.now())
        except GatewayError as error:
            # What is held is held a little longer, and then no more.
            _log.warning("worker_lease_unknown", code=error.code)
            return
        except Exception as error:  # noqa: BLE001  the lease must outlive any mistake
            name = type(error).__name__
            _log.error("worker_lease_broken", error=name, places=places(error))
            return
        if after != before:
            event = "worker_lease_taken" if after else "worker_lease_lost"
            _log.info(event, holder=self._holding.holder)

    def _thread(self, turns: Turns, stopping: threading.Event) -> threading.Thread:
        name = f"job-{turns.job.name}"
        return threading.Thread(target=self._work, args=(turns, stopping), name=name, daemon=True)

    def _work(self, turns: Turns, stopping: threading.Event) -> None:
        begun = False
        pause_s = 0.0
        while not stopping.wait(pause_s):
            # A lease that was lost ends the work before the next job, not in it.
            if not (turns.job.always or self._holding.held):
                begun, pause_s = False, LOOK_S
                continue
            if not begun:
                turns.begin()
                begun = True
            if turns.wait_s() == 0.0:
                turns.run()
            pause_s = min(turns.wait_s(), LOOK_S)

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        deadline_s = monotonic_s() + STOP_S
        for thread in threads:
            thread.join(max(0.0, deadline_s - monotonic_s()))
        try:
            self._holding.give_up(self._clock.now())
        except GatewayError as error:
            # It runs out by itself.
            _log.warning("worker_lease_unknown", code=error.code)
        running = sum(thread.is_alive() for thread in threads)
        _log.info("worker_ended", holder=self._holding.holder, jobs_running=running)
