from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.policy import keys
from gateway.policy.errors import PolicyFileError, Problem
from gateway.policy.tables import Table

CHINA = timezone(timedelta(hours=8))
START = keys.moment("start")


def read(raw: object) -> tuple[int, list[str]]:
    problems: list[Problem] = []
    moment = Table({"start": raw}, [START], where="", problems=problems).read(START)
    return moment, [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (datetime(1970, 1, 1, 8, tzinfo=CHINA), 0),
        (datetime(2026, 1, 1, tzinfo=CHINA), 1_767_196_800),
        (0, 0),
        (2**53 - 1, 2**53 - 1),
    ],
)
def test_a_moment_is_a_date_time_with_offset_or_unix_seconds(raw: object, seconds: int) -> None:
    assert read(raw) == (seconds, [])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (datetime(2026, 1, 1), "policy_not_allowed"),  # noqa: DTZ001 -- no offset is the point
        (datetime(2026, 1, 1, microsecond=1, tzinfo=UTC), "policy_not_allowed"),
        (datetime(1, 1, 1, tzinfo=UTC), "policy_not_allowed"),
        (-1, "policy_not_allowed"),
        (2**53, "policy_not_allowed"),
        (1.0, "policy_wrong_type"),
        (True, "policy_wrong_type"),
        ("2026-01-01", "policy_wrong_type"),
    ],
)
def test_another_moment_is_refused(raw: object, code: str) -> None:
    assert read(raw)[1] == [code]


def test_a_refusal_names_key_fault_and_what_is_allowed_but_no_value() -> None:
    live = keys.whole("live_s", minimum=30, maximum=120, unit="seconds")
    problems: list[Problem] = []

    Table({"live_s": 987_654}, [live], where="codes", problems=problems).read(live)

    error = PolicyFileError(problems)
    assert error.code == "policy_file"
    assert str(error) == (
        "codes.live_s: is not allowed; allowed: a whole number 30 to 120, in seconds"
    )


def test_a_default_stands_in_for_an_absent_key_only() -> None:
    live = keys.whole("live_s", minimum=30, maximum=120, default=90)
    problems: list[Problem] = []

    absent = Table({}, [live], where="", problems=problems).read(live)
    wrong = Table({"live_s": 29}, [live], where="", problems=problems).read(live)

    assert (absent, wrong, len(problems)) == (90, 30, 1)
