"""Forgetting what was kept long enough: once a day, and what voids would give back every minute."""

from collections.abc import Iterable
from typing import Final

import structlog

from gateway.app.composition import OpenCity
from gateway.app.worker.job import Job
from gateway.ids import Timestamp
from gateway.services.partner_ports import OwnClockDoubtfulError
from gateway.settings import Settings
from gateway.storage.pruning import Retention, forget_held, prune

DAY_S: Final = 24 * 3600.0
MINUTE_S: Final = 60.0

_log = structlog.get_logger(__name__)


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield the daily pruning."""

    def run(now: Timestamp) -> None:
        # What is forgotten by a clock that runs ahead could be shown, or spent, once more.
        if city.trust.keyring.clock_doubtful:
            raise OwnClockDoubtfulError("most partners contradict our clock")
        pruned = prune(city.store.engine, now, retention_of(city.settings))
        _log.info("pruned", rows=pruned.total)

    def let_go(now: Timestamp) -> None:
        forget_held(city.store.engine, now)

    yield Job(name="prune", every_s=DAY_S, run=run)
    yield Job(name="forget-held-tickets", every_s=MINUTE_S, run=let_go)


def retention_of(settings: Settings) -> Retention:
    """Return how long each kind of row is kept in this city."""
    kept = settings.retention
    return Retention(
        verification_days=kept.verification_days,
        issuance_days=kept.issuance_days,
        consent_after_end_days=kept.consent_after_end_days,
    )
