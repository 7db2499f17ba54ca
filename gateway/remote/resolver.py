"""Looking a host name up once, within a bound of time.

``getaddrinfo`` cannot be interrupted, so it runs in a thread of its own that is left behind
when it is late; how many may be left behind at once is bounded too.
"""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread

from gateway.remote.errors import ResolveError

Lookup = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host as text; raises OSError where there are none."""

MAX_LOOKUPS = 32
"""Most look-ups under way at once, late ones included."""


def system_lookup(host: str, port: int) -> Sequence[str]:
    """Return the addresses that this machine's resolver gives for ``host``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class BoundedResolver:
    """Asks a look-up and waits no longer than told."""

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._slots = BoundedSemaphore(MAX_LOOKUPS)

    def addresses(self, host: str, port: int, timeout_s: float) -> Sequence[str]:
        """Return what the look-up gives; asked exactly once.

        Raises:
            ResolveError: unknown name, too late, or too many look-ups are late already.
        """
        if not self._slots.acquire(blocking=False):
            raise ResolveError("too many name look-ups are waiting")
        answer: Future[Sequence[str]] = Future()
        Thread(target=self._ask, args=(host, port, answer), daemon=True).start()
        try:
            return answer.result(timeout_s)
        except TimeoutError as error:
            raise ResolveError("the name look-up takes too long") from error
        except (OSError, UnicodeError) as error:
            raise ResolveError("the host name has no address") from error

    def _ask(self, host: str, port: int, answer: Future[Sequence[str]]) -> None:
        try:
            answer.set_result(self._lookup(host, port))
        except Exception as error:  # noqa: BLE001 (handed to the thread that asked)
            answer.set_exception(error)
        finally:
            self._slots.release()
