"""The only door to the system clock; everything else is given ``now``."""

import time
from datetime import date, timedelta, timezone
from typing import Final, Protocol

from gateway.ids import Timestamp

CHINA: Final = timezone(timedelta(hours=8))
"""Asia/Shanghai: UTC+8, without summer time since 1991."""

_DAY_S = 24 * 3600
_FIRST_DAY: Final = date(1970, 1, 1)
_CHINA_S = 8 * 3600


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Timestamp:
        """Return the current time in whole seconds, rounded down."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> Timestamp:
        """Return the current time in whole seconds, rounded down."""
        return Timestamp(int(time.time()))


def monotonic_s() -> float:
    """Return seconds that only ever rise; for measuring durations, never for dates."""
    return time.monotonic()


def wait_s(seconds: float) -> None:
    """Block the calling thread for ``seconds``; not at all for zero or less."""
    if seconds > 0:
        time.sleep(seconds)


def china_day(now: Timestamp) -> int:
    """Return the day of ``now`` in China, counted from 1970-01-01."""
    return (now + _CHINA_S) // _DAY_S


def china_date(day: int) -> date:
    """Return the civil date of a day, as ``china_day`` counts."""
    return _FIRST_DAY + timedelta(days=day)


def day_number(day: date) -> int:
    """Return the number of a civil date: the reverse of ``china_date``."""
    return (day - _FIRST_DAY).days


def china_midnight(day: int) -> Timestamp:
    """Return the moment at which a day, as ``china_day`` counts, begins in China."""
    return Timestamp(day * _DAY_S - _CHINA_S)
