"""Processes of the demonstration, started together and ended together, whatever happens."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import urllib3

from gateway.app.server import server_command
from gateway.clock import monotonic_s, wait_s
from gateway.demo.errors import DemoError
from gateway.demo.layout import HOST, Identity, Place

START_S: Final = 120.0
"""Nobody waits so long, except beside others on a small machine."""

STOP_S: Final = 5.0
_POLL_S: Final = 0.05
_LOG_LINES: Final = 5

_COMMAND_LINE: Final = "from gateway.cli import main; main()"
"""The console script may not be on the path of whoever runs the demonstration."""


Served = Place | Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class _Program:
    """One process to start.

    Attributes:
        slug: Of the city.
        kind: What the process is there.
        ready: Where it says that it can work; None if it does not say.
    """

    slug: str
    kind: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    ready: str | None


class Servers:
    """The servers of some places, in process groups of their own."""

    def __init__(self, places: Iterable[Served]) -> None:
        self._programs = tuple(self.program(place) for place in places)
        self._running: list[tuple[_Program, subprocess.Popen[bytes]]] = []
        self._starting = threading.Lock()
        self._ended = False

    @staticmethod
    def program(place: Served) -> _Program:
        """Return the server of a place."""
        return _Program(
            slug=place.slug,
            kind="server",
            command=server_command(host=HOST, port=place.port, workers=1, factory=place.factory),
            environ=place.environ,
            log=place.directory / "server.log",
            ready=place.ready,
        )

    def __enter__(self) -> Self:
        try:
            # In a thread, since a signal interrupts the main thread only: never a server that
            # runs already and is not yet noted.
            with ThreadPoolExecutor(1) as pool:
                list(pool.map(self._start, self._programs))
            self._await_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End every process group: politely, and after 5 s for good; none starts afterwards."""
        with self._starting:
            self._ended = True
        _end([process for _, process in self._running])
        self._running.clear()

    def stop_one(self, slug: str) -> None:
        """End the process of one city; the others go on."""
        ended = [each for each in self._running if each[0].slug == slug]
        _end([process for _, process in ended])
        self._running = [each for each in self._running if each not in ended]

    def start_one(self, slug: str) -> None:
        """Start the process of one city again, and wait until it works.

        Raises:
            DemoError: it did not start.
        """
        for program in self._programs:
            if program.slug == slug:
                self._start(program)
        self._await_all()

    def _start(self, program: _Program) -> None:
        with self._starting:
            # A pool that is interrupted while its thread begins does not wait for that thread.
            if not self._ended:
                self._running.append((program, _start(program)))

    def _await_all(self) -> None:
        deadline_s = monotonic_s() + START_S
        with urllib3.PoolManager(retries=False, timeout=1.0) as http:
            for program, process in self._running:
                while not _ready(http, program.ready):
                    if process.poll() is not None or monotonic_s() > deadline_s:
                        name = f"{program.kind} of {program.slug}"
                        raise DemoError(f"the {name} did not start:\n{_last_words(program)}")
                    wait_s(_POLL_S)


class Workers(Servers):
    """The background workers of some cities, as `credit-gateway worker` starts them."""

    @staticmethod
    def program(place: Served) -> _Program:
        """Return the worker of a city."""
        return _Program(
            slug=place.slug,
            kind="worker",
            command=(sys.executable, "-c", _COMMAND_LINE, "worker"),
            environ=place.environ,
            log=place.directory / "worker.log",
            ready=None,
        )


@dataclass(frozen=True, slots=True)
class Processes:
    """All processes of the four cities."""

    servers: Servers
    workers: Workers

    def stop_city(self, slug: str) -> None:
        """Take one city off the network, as a power cut does."""
        self.workers.stop_one(slug)
        self.servers.stop_one(slug)

    def start_city(self, slug: str) -> None:
        """Bring it back.

        Raises:
            DemoError: it did not start.
        """
        self.servers.start_one(slug)
        self.workers.start_one(slug)


def _start(program: _Program) -> subprocess.Popen[bytes]:
    log = program.log.open("wb")
    with log:
        return subprocess.Popen(  # noqa: S603  our own interpreter and modules
            program.command,
            env=inherited() | dict(program.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def inherited() -> dict[str, str]:
    """Return what a Python process needs of our environment, and no settings of ours."""
    kept = ("HOME", "LANG", "PATH", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")
    return {
        name: value
        for name, value in os.environ.items()  # noqa: TID251  passed on, not read
        if name in kept or name.startswith("LC_")
    }


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        _signal(process, signal.SIGTERM)
    deadline_s = monotonic_s() + STOP_S
    try:
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline_s - monotonic_s()))
    finally:
        # Also if we are interrupted here. A group may outlive its leader: workers must not.
        for process in processes:
            _signal(process, signal.SIGKILL)
        for process in processes:
            process.wait()
        _await_end([process.pid for process in processes], monotonic_s() + STOP_S)


def _await_end(groups: Sequence[int], deadline_s: float) -> None:
    """Return once nothing of the groups is left: what was killed takes a moment to be gone."""
    while any(_lives(group) for group in groups) and monotonic_s() < deadline_s:
        wait_s(_POLL_S)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _ready(http: urllib3.PoolManager, url: str | None) -> bool:
    try:
        return url is None or http.request("GET", url).status == 200  # noqa: PLR2004  HTTP OK
    except urllib3.exceptions.HTTPError:
        return False


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _last_words(program: _Program) -> str:
    lines = program.log.read_text("utf-8", "replace").splitlines()
    return "\n".join(lines[-_LOG_LINES:])
