"""``GET /metrics`` on a port of its own, for a monitor on this machine.

Its own process: no request of a citizen or merchant waits for a figure, and the proxy in front
of the city never passes anything on to it.
"""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import ClassVar, Final

import structlog

from gateway.app.checks import Result
from gateway.app.composition import OpenCity
from gateway.app.exposition import CONTENT_TYPE, text_of
from gateway.app.metrics import figures
from gateway.app.served import HOST, server_check
from gateway.clock import monotonic_s
from gateway.errors import GatewayError, RefusedError, UnavailableError, places

PORT: Final = 9464
"""Where OpenTelemetry's exporters for Prometheus listen by default."""

FRESH_S: Final = 5.0
"""For so long one text is given to everybody, so that asking costs nobody much."""

_PATH: Final = "/metrics"
_SLOW_S: Final = 5.0

_log = structlog.get_logger(__name__)


class NotLoopbackError(RefusedError):
    """Figures are for this machine; whoever wants them elsewhere puts a proxy in front."""

    code = "metrics_not_loopback"


class Scrapes:
    """Gives the text, made anew when it is older than ``FRESH_S``; for all threads."""

    def __init__(
        self,
        city: OpenCity,
        *,
        server_port: int,
        monotonic: Callable[[], float] = monotonic_s,
    ) -> None:
        self._city, self._server_port, self._monotonic = city, server_port, monotonic
        self._lock = threading.Lock()
        self._text, self._until_s = "", 0.0

    def text(self) -> str:
        """Return the figures as text.

        Raises:
            UnavailableError: the database cannot be read.
        """
        with self._lock:
            if self._monotonic() >= self._until_s:
                self._text = self._asked()
                self._until_s = self._monotonic() + FRESH_S
            return self._text

    def _asked(self) -> str:
        city, now = self._city, self._city.clock.now()
        city.keys.refresh()
        city.trust.refresh(now)
        ready = server_check(HOST, self._server_port).result is Result.OK
        return text_of(figures(city, server_ready=ready))


def metrics_server(scrapes: Callable[[], str], host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that waits to be run.

    Raises:
        NotLoopbackError: others than this machine could ask.
        OSError: the port is taken.
    """
    if not _is_loopback(host):
        raise NotLoopbackError("allowed: an address of this machine alone, such as 127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        timeout: ClassVar[float | None] = _SLOW_S

        def do_GET(self) -> None:
            if self.path != _PATH:
                self._answer(HTTPStatus.NOT_FOUND, "there is /metrics only\n")
                return
            try:
                text = scrapes()
            except UnavailableError as error:
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{error.code}\n")
            except GatewayError as error:
                _log.error("metrics_failed", code=error.code, places=places(error))
                self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, f"{error.code}\n")
            else:
                self._answer(HTTPStatus.OK, text, CONTENT_TYPE)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name there)
            """Write nothing: a monitor asks four times a minute."""

        def version_string(self) -> str:
            return "credit-gateway"

        def _answer(self, status: HTTPStatus, text: str, kind: str = "text/plain") -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    return Server((host, port), Handler)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
