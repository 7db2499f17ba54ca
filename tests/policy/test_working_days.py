"""Working days by the State Council's announcement for 2026, both sides of every edge."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.ids import Timestamp
from gateway.policy.errors import Problem
from gateway.policy.working_days import WorkingDays
from tests.policy.builders import CONFIG, Raw, toml


def moment(text: str) -> Timestamp:
    return Timestamp(int(datetime.fromisoformat(f"{text}+08:00").timestamp()))


def known(path: Path = CONFIG / "working_days.toml") -> WorkingDays:
    problems: list[Problem] = []
    found = WorkingDays.read(toml(path), problems)
    assert problems == []
    return found


YEAR: Raw = {
    "year": 2027,
    "source": "made up",
    "holidays": [{"name": "元旦", "first": date(2027, 1, 1), "last": date(2027, 1, 3)}],
}


def raw(**changes: object) -> Raw:
    return {"years": [YEAR | changes]}


def refused(document: Raw) -> list[tuple[str, str]]:
    problems: list[Problem] = []
    WorkingDays.read(document, problems)
    return [(each.key, each.code) for each in problems]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-01-01", False), ("2026-01-03", False), ("2026-01-04", True), ("2026-01-05", True),
        ("2026-02-13", True), ("2026-02-14", True), ("2026-02-15", False), ("2026-02-23", False),
        ("2026-02-24", True), ("2026-02-28", True), ("2026-03-01", False), ("2026-04-03", True),
        ("2026-04-04", False), ("2026-04-06", False), ("2026-04-07", True), ("2026-04-30", True),
        ("2026-05-01", False), ("2026-05-05", False), ("2026-05-06", True), ("2026-05-09", True),
        ("2026-06-18", True), ("2026-06-19", False), ("2026-06-21", False), ("2026-06-22", True),
        ("2026-09-20", True), ("2026-09-24", True), ("2026-09-25", False), ("2026-09-27", False),
        ("2026-09-28", True), ("2026-09-30", True), ("2026-10-01", False), ("2026-10-07", False),
        ("2026-10-08", True), ("2026-10-10", True), ("2026-10-11", False), ("2026-11-28", False),
    ],
)  # fmt: skip
def test_a_day_of_2026_counts_as_it_was_announced(day: str, *, works: bool) -> None:
    assert known().is_working(date.fromisoformat(day)) is works


def test_2026_has_248_working_days() -> None:
    days = (date(2026, 1, 1) + timedelta(days=number) for number in range(365))

    assert sum(map(known().is_working, days)) == 248


@pytest.mark.parametrize(
    ("filed", "count", "last_day"),
    [
        ("2026-11-26T00:00:00", 5, "2026-12-03"),
        ("2026-11-26T23:59:59", 5, "2026-12-03"),
        ("2026-11-27T00:00:00", 5, "2026-12-04"),
        ("2026-11-28T12:00:00", 5, "2026-12-04"),
        ("2026-09-30T12:00:00", 1, "2026-10-08"),
        ("2026-09-30T12:00:00", 5, "2026-10-13"),
        ("2026-02-12T12:00:00", 3, "2026-02-24"),
        ("2026-11-26T12:00:00", 20, "2026-12-24"),
    ],
)
def test_a_limit_ends_with_its_last_working_day(filed: str, count: int, last_day: str) -> None:
    due = known().due(moment(filed), count)

    assert due.last_day == date.fromisoformat(last_day)
    assert due.ends_at == moment(f"{last_day}T23:59:59") + 1
    assert due.missing == ()


def test_a_year_that_nobody_entered_counts_monday_to_friday_and_is_named() -> None:
    due = known().due(moment("2026-12-30T12:00:00"), 5)

    assert (due.last_day, due.missing) == (date(2027, 1, 6), (2027,))


def test_an_empty_calendar_names_every_year() -> None:
    assert WorkingDays().due(moment("2026-12-30T12:00:00"), 5).missing == (2026, 2027)


def test_a_holiday_may_begin_in_the_year_before() -> None:
    holiday = {"name": "元旦", "first": date(2026, 12, 31), "last": date(2027, 1, 2)}

    assert refused(raw(holidays=[holiday])) == []


@pytest.mark.parametrize(
    ("first", "last", "well"),
    [
        (date(2027, 1, 1), date(2027, 1, 1), True),
        (date(2027, 1, 2), date(2027, 1, 1), False),
        (date(2027, 1, 1), date(2027, 1, 15), True),
        (date(2027, 1, 1), date(2027, 1, 16), False),
    ],
)
def test_a_holiday_has_1_to_15_days(first: date, last: date, *, well: bool) -> None:
    found = refused(raw(holidays=[{"name": "元旦", "first": first, "last": last}]))

    assert found == ([] if well else [("years.#1.holidays.#1.last", "working_days_order")])


REFUSALS: dict[str, tuple[Raw, str, str]] = {
    "a working Monday": (
        raw(working_weekends=[date(2027, 1, 4)]),
        "years.#1.working_weekends",
        "working_days_weekend",
    ),
    "days of another year": (
        raw(working_weekends=[date(2029, 1, 6)]),
        "years.#1.year",
        "working_days_year",
    ),
    "a weekend that is both": (
        raw(working_weekends=[date(2027, 1, 2)]),
        "working_weekends",
        "working_days_both",
    ),
    "a day twice": (
        raw(working_weekends=[date(2027, 1, 9), date(2027, 1, 9)]),
        "years.#1.working_weekends",
        "policy_not_allowed",
    ),
    "a year twice": (
        {"years": [YEAR, YEAR]},
        "years.#2",
        "working_days_twice",
    ),
    "a date-time": (
        raw(working_weekends=[datetime(2027, 1, 9, 8)]),  # noqa: DTZ001  as TOML may give it
        "years.#1.working_weekends",
        "policy_wrong_type",
    ),
    "a day in quotes": (
        raw(holidays=[{"name": "元旦", "first": "2027-01-01", "last": date(2027, 1, 1)}]),
        "years.#1.holidays.#1.first",
        "policy_wrong_type",
    ),
    "no source": (raw(source=""), "years.#1.source", "policy_not_allowed"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_calendar_is_refused_with_its_place(name: str) -> None:
    document, key, code = REFUSALS[name]

    assert refused(document) == [(key, code)]
