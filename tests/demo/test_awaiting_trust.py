"""Before its matrix the demonstration asks each city, with codes that it may not know yet."""

from gateway.clock import monotonic_s
from gateway.demo.drills.watching import seconds_until
from gateway.demo.run import TRUST_LOOK_S
from gateway.settings import schema


def test_a_city_that_is_slow_to_know_is_asked_no_more_than_it_admits() -> None:
    looks_a_minute = 60 / TRUST_LOOK_S

    assert looks_a_minute <= (schema.WRONG_CODE_PER_MINUTE.default or 0)
    assert looks_a_minute <= (schema.CITIZEN_PER_MINUTE.default or 0)


def test_it_is_looked_again_after_the_pause_until_it_happened() -> None:
    looks = iter([False, False, True])

    took_s = seconds_until(lambda: next(looks), monotonic_s(), pause_s=0.01)

    assert took_s is not None
    assert took_s >= 2 * 0.01
    assert list(looks) == []
