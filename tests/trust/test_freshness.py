import pytest

from gateway.ids import Timestamp
from gateway.trust.clock_check import ClockSample, clock_doubtful
from gateway.trust.freshness import Freshness, freshness
from tests.trust.cities import HOUR, MINUTE, NOON, at


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [
        (-5, Freshness.FRESH),
        (0, Freshness.FRESH),
        (10 * MINUTE, Freshness.FRESH),
        (10 * MINUTE + 1, Freshness.LATE),
        (6 * HOUR, Freshness.LATE),
        (6 * HOUR + 1, Freshness.STALE),
        (24 * HOUR - 1, Freshness.STALE),
        (24 * HOUR, Freshness.EXPIRED),
    ],
)
def test_age_counts_from_the_last_cycle_that_obtained_the_leaf(
    age_s: int, expected: Freshness
) -> None:
    now = at(age_s)

    assert freshness(now, obtained_at=NOON, leaf_issued_at=now) is expected


@pytest.mark.parametrize(
    ("leaf_age_s", "expected"), [(2 * HOUR, Freshness.FRESH), (2 * HOUR + 1, Freshness.LATE)]
)
def test_an_old_statement_is_late_however_fetched(leaf_age_s: int, expected: Freshness) -> None:
    assert freshness(NOON, obtained_at=NOON, leaf_issued_at=at(-leaf_age_s)) is expected


def _samples(*offsets: int, age_s: int = 0) -> list[ClockSample]:
    return [ClockSample(offset_s=each, sampled_at=Timestamp(NOON - age_s)) for each in offsets]


@pytest.mark.parametrize(
    ("offsets", "partners", "doubtful"),
    [
        ((), 0, False),
        ((300,), 1, False),
        ((300, 300), 2, True),
        ((300, -300), 3, True),
        ((300, 300), 4, False),
        ((300, 300, 300), 4, True),
        ((60, -60, 60), 3, False),
        ((61, -61, 0), 3, True),
    ],
)
def test_two_and_more_than_half_of_the_partners_make_our_clock_doubtful(
    offsets: tuple[int, ...],
    partners: int,
    doubtful: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    found = clock_doubtful(_samples(*offsets), active_partners=partners, now=NOON)

    assert found is doubtful


@pytest.mark.parametrize(
    ("age_s", "doubtful"), [(600, True), (601, False), (-600, True), (-601, False)]
)
def test_a_sample_counts_for_ten_minutes(age_s: int, doubtful: bool) -> None:  # noqa: FBT001  a parameter of the test
    samples = _samples(300, 300, age_s=age_s)

    assert clock_doubtful(samples, active_partners=2, now=NOON) is doubtful
