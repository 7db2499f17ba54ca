"""Own keys between two acts of officers: what a change still owes, and keys whose time is over."""

from collections.abc import Callable, Iterable
from typing import Final

import structlog

from gateway.app.composition import OpenCity
from gateway.app.worker.job import Job
from gateway.clock import monotonic_s
from gateway.errors import GatewayError
from gateway.ids import Timestamp
from gateway.ledger.entries import Note
from gateway.trust.key_set import DAY_S
from gateway.trust.states import PartnerState

SETTLE_S: Final = 10.0
"""How soon the consequences of a change of keys are drawn whose command was killed."""

PAUSE_MAX_S: Final = 120.0
"""Longest pause after a failure: each attempt signs the leaf, and tells every partner of it."""

_log = structlog.get_logger(__name__)


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield the settling of own keys."""
    yield Job(name="settle-keys", every_s=SETTLE_S, run=KeySettler(city).look)


class KeysUnsettledError(GatewayError):
    """What a change of own keys owes could not be drawn whole; it is tried again."""

    code = "keys_unsettled"


class KeySettler:
    """Draws what is owed; what goes on failing is tried less and less often."""

    def __init__(self, city: OpenCity, monotonic: Callable[[], float] = monotonic_s) -> None:
        self._city, self._monotonic = city, monotonic
        self._failed: tuple[Note, ...] | None = None
        self._again_at_s = 0.0
        self._pause_s = SETTLE_S

    def look(self, now: Timestamp) -> None:
        """Retire keys, and draw what is owed if that is due.

        Raises:
            KeysUnsettledError: something is still owed.
        """
        desk = self._city.key_office.desk
        if self._clock_borne_out(now):
            desk.retire(now)
        # A change since the last failure waits for nothing.
        if self._failed == desk.store.pending and self._monotonic() < self._again_at_s:
            raise KeysUnsettledError("owed since the last attempt")
        problems = desk.settle(now)
        if not problems:
            self._failed, self._pause_s = None, SETTLE_S
            return
        self._failed, self._again_at_s = desk.store.pending, self._monotonic() + self._pause_s
        self._pause_s = min(PAUSE_MAX_S, 2 * self._pause_s)
        _log.warning("keys_not_settled", codes=problems)
        raise KeysUnsettledError(", ".join(problems))

    def _clock_borne_out(self, now: Timestamp) -> bool:
        """Whether partners do not contradict the own clock, nor have been silent for a day by it.

        A key that is retired is dead for ever. A clock that has just jumped ahead has no witness
        yet, and by it everybody has been silent; a jump of less than a day is what keys are kept
        for after their last code.
        """
        snapshot = self._city.trust.snapshot
        heard = [
            partner.obtained_at
            for partner in snapshot.partners
            if partner.record.state is PartnerState.ACTIVE
        ]
        silent = bool(heard) and now - max(heard) >= DAY_S
        return not (silent or snapshot.keyring.clock_doubtful)
