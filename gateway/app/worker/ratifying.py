"""Reminding of what one officer did at once and no other one has ratified within a day."""

from collections.abc import Iterable
from typing import Final

import structlog

from gateway.app.composition import OpenCity
from gateway.app.worker.job import Job
from gateway.ids import Timestamp
from gateway.trust.alarms import AlarmCode

HOUR_S: Final = 3600.0

_log = structlog.get_logger(__name__)


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield the hourly look at what waits for ratification."""

    def run(now: Timestamp) -> None:
        for late in city.ratifications.remind(now):
            city.store.partners.alarm(late.anchor, AlarmCode.NOT_RATIFIED, now)
            _log.warning("not_ratified", act=late.act)

    yield Job(name="ratify", every_s=HOUR_S, run=run)
