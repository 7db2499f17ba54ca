"""Server processes, started together and ended together, whatever happens."""

import os
import signal
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Self

import urllib3

from gateway.app.server import server_command
from gateway.clock import monotonic_s, wait_s
from gateway.demo.errors import DemoError
from gateway.demo.layout import HOST, Identity, Place

START_S: Final = 30.0
STOP_S: Final = 5.0
_POLL_S: Final = 0.05
_LOG_LINES: Final = 5


Served = Place | Identity


class Servers:
    """The servers of some places, in process groups of their own."""

    def __init__(self, places: Iterable[Served]) -> None:
        self._places = tuple(places)
        self._running: list[tuple[Served, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        try:
            # In threads, since a signal interrupts the main thread only: never a server that
            # runs already and is not yet noted.
            with ThreadPoolExecutor(len(self._places)) as pool:
                list(pool.map(self._start, self._places))
            self._await_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End every process group: politely, and after 5 s for good."""
        for _, process in self._running:
            _signal(process, signal.SIGTERM)
        deadline_s = monotonic_s() + STOP_S
        try:
            for _, process in self._running:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline_s - monotonic_s()))
        finally:
            # Also if we are interrupted here. A group may outlive its leader: workers must not.
            for _, process in self._running:
                _signal(process, signal.SIGKILL)
            for _, process in self._running:
                process.wait()
        self._running.clear()

    def _start(self, place: Served) -> None:
        self._running.append((place, _start(place)))

    def _await_all(self) -> None:
        deadline_s = monotonic_s() + START_S
        with urllib3.PoolManager(retries=False, timeout=1.0) as http:
            for place, process in self._running:
                while not _ready(http, place):
                    if process.poll() is not None or monotonic_s() > deadline_s:
                        raise DemoError(f"{place.slug} did not start:\n{_last_words(place)}")
                    wait_s(_POLL_S)


def _start(place: Served) -> subprocess.Popen[bytes]:
    log = (place.directory / "server.log").open("wb")
    with log:
        return subprocess.Popen(  # noqa: S603  our own interpreter and module
            server_command(host=HOST, port=place.port, workers=1, factory=place.factory),
            env=inherited() | dict(place.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def inherited() -> dict[str, str]:
    """Return what a Python process needs of our environment, and no settings of ours."""
    kept = ("HOME", "LANG", "PATH", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")
    kept_prefixes = ("COVERAGE_", "COV_", "LC_")
    return {
        name: value
        for name, value in os.environ.items()  # noqa: TID251  passed on, not read
        if name in kept or name.startswith(kept_prefixes)
    }


def _ready(http: urllib3.PoolManager, place: Served) -> bool:
    try:
        return http.request("GET", place.ready).status == 200  # noqa: PLR2004  HTTP OK
    except urllib3.exceptions.HTTPError:
        return False


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _last_words(place: Served) -> str:
    lines = (place.directory / "server.log").read_text("utf-8", "replace").splitlines()
    return "\n".join(lines[-_LOG_LINES:])
