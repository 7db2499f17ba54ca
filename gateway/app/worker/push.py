"""Pushing events to partners: each in a thread of its own, so that none waits for another."""

import secrets
import threading
from collections.abc import Iterable
from typing import Final

import structlog

from gateway.app.composition import OpenCity
from gateway.app.worker.job import Job
from gateway.clock import monotonic_s
from gateway.errors import UnavailableError, places
from gateway.ids import EntityId, Timestamp
from gateway.jose import base64url
from gateway.remote.posting import EventPoster
from gateway.services.deliver import DeliverEvents
from gateway.services.event_ports import Delivery
from gateway.settings import StateKind

LOOK_S: Final = 0.5

MAX_AT_ONCE: Final = 64
"""Partners to which is sent at the same moment; the others wait for the next look."""

_JTI_BYTES: Final = 16
_STEPS: Final = 1024

_log = structlog.get_logger(__name__)


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield the pushing of what partners are owed."""
    pushing = Pushing(delivery_of(city))
    yield Job(name="push", every_s=LOOK_S, run=pushing.begin, settle=pushing.settle)


def delivery_of(city: OpenCity) -> DeliverEvents:
    """Return what sends this city's events."""
    settings = city.settings
    return DeliverEvents(
        leaf=city.leaf,
        signer=city.keys.federation,
        trust=city.trust,
        rows=city.store.events,
        post=EventPoster(
            settings.network.allowed_networks,
            allow_http_loopback=settings.kind is StateKind.DEMO,
        ),
        jti=lambda: base64url.encode(secrets.token_bytes(_JTI_BYTES)),
        draw=lambda: secrets.randbelow(_STEPS) / _STEPS,
    )


class Pushing:
    """The deliveries that are under way in this process.

    They are daemons: a process that ends waits for none, and what did not arrive is still owed.
    """

    def __init__(self, deliver: DeliverEvents) -> None:
        self._deliver = deliver
        self._lock = threading.Lock()
        self._under_way: dict[EntityId, threading.Thread] = {}

    def begin(self, now: Timestamp) -> None:
        """Begin to send what is due, and to a partner only where nothing is being sent."""
        # Noted before it is read what is due: what arrives meanwhile was due when it was read,
        # and would be sent twice.
        with self._lock:
            busy = set(self._under_way)
        due = self._deliver.due(now)
        with self._lock:
            free = [each for each in due if each.anchor not in busy]
            for delivery in free[: MAX_AT_ONCE - len(self._under_way)]:
                thread = threading.Thread(
                    target=self._send, args=(delivery, now), name="push-one", daemon=True
                )
                # It cannot end before it is in the book: ending takes the lock as well.
                thread.start()
                self._under_way[delivery.anchor] = thread

    def settle(self, wait_s: float) -> None:
        """Wait for what is under way, ``wait_s`` seconds at most."""
        deadline_s = monotonic_s() + wait_s
        with self._lock:
            threads = tuple(self._under_way.values())
        for thread in threads:
            thread.join(max(0.0, deadline_s - monotonic_s()))

    def _send(self, delivery: Delivery, now: Timestamp) -> None:
        try:
            arrived = self._deliver.attempt(delivery, now)
            _log.info("event_sent" if arrived else "event_not_sent", partner=delivery.anchor)
        except UnavailableError as error:
            _log.warning("event_not_noted", partner=delivery.anchor, code=error.code)
        except Exception as error:  # noqa: BLE001  one partner must not stop the others
            name = type(error).__name__
            _log.error("event_broken", partner=delivery.anchor, error=name, places=places(error))
        finally:
            with self._lock:
                del self._under_way[delivery.anchor]
