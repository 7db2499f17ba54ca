"""Working days of mainland China: which days count, and when a time limit ends.

The State Council's General Office announces each year's holidays, and the weekends on which one
works instead; they are data (``config/working_days.toml``). A day of a year that nobody has entered
counts if it is Monday to Friday, and whoever asks is told which years are missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from gateway.clock import china_date, china_day, china_midnight, day_number
from gateway.ids import Timestamp
from gateway.policy import keys
from gateway.policy.errors import Problem
from gateway.policy.tables import Table
from gateway.policy.words import MAX_EN_CHARS, MAX_ZH_CHARS, plain

ANSWER_WORKING_DAYS: Final = 5
"""An office answers whoever objects or complains within so many."""

LONGEST_WORKING_DAYS: Final = 20
"""And says why, if it needs longer; never longer than this."""

MAX_YEARS: Final = 50
MAX_HOLIDAYS: Final = 20
MAX_HOLIDAY_DAYS: Final = 15

_FIRST_YEAR: Final = 2020
_LAST_YEAR: Final = 2199
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5

YEARS = keys.tables("years", "up to 50 [[years]] tables, each year once", maximum=MAX_YEARS)
WORKING_DAYS_KEYS = (YEARS,)

YEAR = keys.whole("year", minimum=_FIRST_YEAR, maximum=_LAST_YEAR)
SOURCE = plain("source", MAX_EN_CHARS)
WORKING_WEEKENDS = keys.days(
    "working_weekends", "up to 30 different Saturdays and Sundays of the year", maximum=30
)
HOLIDAYS = keys.tables(
    "holidays", "1 to 20 tables of name, first and last", minimum=1, maximum=MAX_HOLIDAYS
)
YEAR_KEYS = (YEAR, SOURCE, WORKING_WEEKENDS, HOLIDAYS)

NAME = plain("name", MAX_ZH_CHARS)
FIRST = keys.day("first")
LAST = keys.day("last")
HOLIDAY_KEYS = (NAME, FIRST, LAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a time limit ends.

    Attributes:
        last_day: The last day of it, in China.
        ends_at: First moment after it.
        missing: Years whose holidays nobody has entered, as far as days in them were counted.
    """

    last_day: date
    ends_at: Timestamp
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDays:
    """What is known of working days; empty, every Monday to Friday is one.

    Attributes:
        years: The source of each known year.
        holidays: Days on which nobody works, weekends among them.
        working_weekends: Saturdays and Sundays on which one works instead.
    """

    years: Mapping[int, str] = field(default_factory=dict[int, str])
    holidays: frozenset[date] = frozenset()
    working_weekends: frozenset[date] = frozenset()

    @classmethod
    def read(cls, document: Mapping[str, object], problems: list[Problem]) -> "WorkingDays":
        """Return what a TOML document states, noting what is wrong in ``problems``."""
        table = Table(document, WORKING_DAYS_KEYS, where="", problems=problems)
        years, holidays, weekends = dict[int, str](), set[date](), set[date]()
        for number, raw in enumerate(table.read(YEARS), start=1):
            found = _Year.read(raw, where=f"years.#{number}", problems=problems)
            if found.year in years:
                table.note("working_days_twice", f"years.#{number}", "is there twice", "once")
            years[found.year] = found.source
            holidays |= found.holidays
            weekends |= found.working_weekends
        if holidays & weekends:
            said = "days outside of every holiday"
            table.note("working_days_both", "working_weekends", "has a day of a holiday", said)
        return cls(years=years, holidays=frozenset(holidays), working_weekends=frozenset(weekends))

    def is_working(self, day: date) -> bool:
        """Return whether people work on a day."""
        if day in self.working_weekends:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def due(self, now: Timestamp, count: int) -> Due:
        """Return the end of ``count`` working days, 1 or more; the day of ``now`` is not counted.

        The last day counts whole: what is done in its last second is in time.
        """
        first = china_date(china_day(now))
        last = first
        while count:
            last += _DAY
            count -= self.is_working(last)
        return Due(
            last_day=last,
            ends_at=china_midnight(day_number(last) + 1),
            missing=self.missing(first, last),
        )

    def missing(self, first: date, last: date) -> tuple[int, ...]:
        """Return the years from a day to another one that nobody has entered."""
        spanned = range(first.year, last.year + 1)
        return tuple(year for year in spanned if year not in self.years)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Year:
    year: int
    source: str
    holidays: frozenset[date]
    working_weekends: frozenset[date]

    @classmethod
    def read(cls, raw: object, *, where: str, problems: list[Problem]) -> "_Year":
        table = Table(raw, YEAR_KEYS, where=where, problems=problems)
        year, weekends = table.read(YEAR), table.read(WORKING_WEEKENDS)
        holidays = list[date]()
        for number, each in enumerate(table.read(HOLIDAYS), start=1):
            holidays.extend(_days(each, f"{where}.holidays.#{number}", problems))
        if any(day.weekday() < _SATURDAY for day in weekends):
            table.note(
                "working_days_weekend", WORKING_WEEKENDS.name, "has no weekend day", "weekends"
            )
        # New Year's holiday may begin in the last days of the year before.
        if table.sound and any(abs(day.year - year) > 1 for day in (*holidays, *weekends)):
            table.note("working_days_year", YEAR.name, "is not that of its days", "their year")
        return cls(
            year=year,
            source=table.read(SOURCE),
            holidays=frozenset(holidays),
            working_weekends=frozenset(weekends),
        )


def _days(raw: object, where: str, problems: list[Problem]) -> Iterator[date]:
    table = Table(raw, HOLIDAY_KEYS, where=where, problems=problems)
    table.read(NAME)
    first, last = table.read(FIRST), table.read(LAST)
    length = (last - first).days + 1
    if not table.sound:
        return
    if not 1 <= length <= MAX_HOLIDAY_DAYS:
        said = f"first and last day of 1 to {MAX_HOLIDAY_DAYS} days"
        table.note("working_days_order", LAST.name, "does not fit first", said)
        return
    yield from (first + number * _DAY for number in range(length))
