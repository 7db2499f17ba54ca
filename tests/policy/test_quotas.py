"""Periods of quotas in Asia/Shanghai, both sides of every edge."""

from datetime import datetime

import pytest

from gateway.ids import Timestamp
from gateway.policy.quotas import Period, period_of, ticket_number
from gateway.policy.terms import Quota, Unit


def moment(text: str) -> Timestamp:
    return Timestamp(int(datetime.fromisoformat(f"{text}+08:00").timestamp()))


@pytest.mark.parametrize(
    ("every", "unit", "issued", "name", "day", "ends"),
    [
        (1, Unit.DAY, "1970-01-01T00:00:00", "1day:0", 0, "1970-01-02T00:00:00"),
        (1, Unit.DAY, "2026-03-01T23:59:59", "1day:20513", 0, "2026-03-02T00:00:00"),
        (1, Unit.DAY, "2026-03-02T00:00:00", "1day:20514", 0, "2026-03-03T00:00:00"),
        (7, Unit.DAY, "2026-03-02T00:00:00", "7day:2930", 4, "2026-03-05T00:00:00"),
        (1, Unit.MONTH, "2026-02-28T23:59:59", "1month:673", 27, "2026-03-01T00:00:00"),
        (1, Unit.MONTH, "2026-03-01T00:00:00", "1month:674", 0, "2026-04-01T00:00:00"),
        (2, Unit.MONTH, "2026-12-31T23:59:59", "2month:341", 60, "2027-01-01T00:00:00"),
        (2, Unit.MONTH, "2027-01-01T00:00:00", "2month:342", 0, "2027-03-01T00:00:00"),
        (1, Unit.YEAR, "2028-02-29T12:00:00", "1year:58", 59, "2029-01-01T00:00:00"),
        (3, Unit.YEAR, "2028-12-31T23:59:59", "3year:19", 730, "2030-01-01T00:00:00"),
    ],
)
def test_a_moment_lies_in_one_period(  # noqa: PLR0913, PLR0917  a row of the table
    every: int, unit: Unit, issued: str, name: str, day: int, ends: str
) -> None:
    quota = Quota(count=1, every=every, unit=unit)

    assert period_of(quota, moment(issued)) == Period(name=name, day=day, ends_at=moment(ends))


@pytest.mark.parametrize(
    ("count", "day", "codes", "number"), [(1, 5, 3, 0), (3, 0, 1, 1), (3, 0, 3, 0), (3, 4, 1, 2)]
)
def test_each_code_of_a_day_gets_the_next_ticket(
    count: int, day: int, codes: int, number: int
) -> None:
    quota = Quota(count=count, every=1, unit=Unit.MONTH)
    period = Period(name="1month:1", day=day, ends_at=Timestamp(0))

    assert ticket_number(quota, period, codes) == number
