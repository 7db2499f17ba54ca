"""Whether a city's server answers where it should, and whether its database takes writes."""

import threading
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from gateway.app.checks import Check, failed, passed
from gateway.clock import monotonic_s
from gateway.errors import UnavailableError
from gateway.remote.readiness import ask_readiness
from gateway.settings import Settings, StateKind
from gateway.storage.probe import WriteProbe

HOST: Final = "127.0.0.1"
PORT: Final = 8000
"""Where a city is served unless somebody says otherwise."""

RECENT_S: Final = 5.0
"""For so long an answer about readiness counts."""

_EVERYWHERE: Final = {"0.0.0.0": HOST, "::": "::1"}  # noqa: S104  asked there, not bound


def port_of(settings: Settings) -> int:
    """Return where a city is expected: a demo's entity is its server, without a proxy."""
    port = urlsplit(settings.city.leaf).port
    return port if settings.kind is StateKind.DEMO and port is not None else PORT


def server_check(host: str, port: int) -> Check:
    """Ask the server there whether it is ready; takes some seconds at most."""
    name, where = "server", f"{host}:{port}"
    found = ask_readiness(_EVERYWHERE.get(host, host), port)
    if found is None:
        todo = "start it: credit-gateway serve; or say where it listens: status --host H --port N"
        return failed(name, f"nothing serves at {where}", todo)
    if not found.ready:
        failing = ", ".join(found.failing) or "it does not say why"
        return failed(name, f"{where} is not ready: {failing}", "its log says more")
    return passed(name, f"{where} is ready")


def writes_check(probe: WriteProbe) -> Check:
    """Try a write; a database that takes none still answers every read."""
    try:
        probe.write()
    except UnavailableError as error:
        todo = "make room, end what locks it, or mend its rights: until then nothing is recognised"
        return failed("database writes", f"none is taken: {error}", todo)
    return passed("database writes", "one was taken, and taken back")


class RecentAnswer:
    """A check whose answer counts for a few seconds, so that asking costs nobody much."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._answer = False
        self._until_s = 0.0

    def __call__(self) -> bool:
        """Return the answer, at most ``RECENT_S`` old; one asks, the others wait for it."""
        with self._lock:
            if monotonic_s() >= self._until_s:
                self._answer = self._ask()
                self._until_s = monotonic_s() + RECENT_S
            return self._answer
