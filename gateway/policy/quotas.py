"""The periods of a quota, in Asia/Shanghai, and which ticket a code gets (docs/policy.md).

A period is counted from 1970 on: two days from 1970-01-01, two months from January 1970. So a
destination and a home city name the same period without talking to each other.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.ids import Timestamp
from gateway.policy.terms import Quota, Unit

_CHINA = timedelta(hours=8)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One period of a quota.

    Attributes:
        name: The same for everybody, for example ``2month:341``.
        day: Which day of the period it is, 0 for its first one.
        ends_at: First moment after it.
    """

    name: str
    day: int
    ends_at: Timestamp


def period_of(quota: Quota, issued_at: Timestamp) -> Period:
    """Return the period of a quota in which a code was made."""
    local = _EPOCH + timedelta(seconds=issued_at) + _CHINA
    number = _count(local, quota.unit) // quota.every
    begin = _begin(number * quota.every, quota.unit)
    end = _begin((number + 1) * quota.every, quota.unit)
    return Period(
        name=f"{quota.every}{quota.unit.value}:{number}",
        day=(local - begin).days,
        ends_at=Timestamp(int((end - _CHINA - _EPOCH).total_seconds())),
    )


def ticket_number(quota: Quota, period: Period, codes_today: int) -> int:
    """Return which of the period's tickets a code gets: the next one with every code of a day.

    Args:
        quota: How many there are.
        period: In which the code is made.
        codes_today: The day row's count, this code included.
    """
    return (period.day + codes_today) % quota.count


def _count(local: datetime, unit: Unit) -> int:
    """Return how many whole units lie between 1970-01-01 in China and ``local``."""
    if unit is Unit.DAY:
        return (local - _EPOCH).days
    months = (local.year - _EPOCH.year) * _MONTHS + local.month - 1
    return months if unit is Unit.MONTH else months // _MONTHS


def _begin(count: int, unit: Unit) -> datetime:
    """Return the begin of a unit by its number."""
    if unit is Unit.DAY:
        return _EPOCH + timedelta(days=count)
    years, months = divmod(count * (1 if unit is Unit.MONTH else _MONTHS), _MONTHS)
    return _EPOCH.replace(year=_EPOCH.year + years, month=months + 1)
