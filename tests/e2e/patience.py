"""How tests wait: long enough for a busy machine, and never over a border of the calendar."""

from collections.abc import Callable
from functools import partial
from itertools import permutations

from gateway.app.composition import OpenCity
from gateway.clock import SystemClock, monotonic_s, wait_s
from gateway.demo.api import Api
from gateway.demo.layout import Place
from gateway.demo.names import driven
from gateway.demo.people import Tokens
from gateway.ids import ScenarioId, Tier, Timestamp

PATIENCE_S = 30
"""What comes within a second here comes at once on a machine that has nothing else to do."""
PATIENCE_MS = 1000 * PATIENCE_S

HALF_HOUR_S = 1800
LONGEST_TEST_S = 120
TOKEN_LIFE_S = 600
SCENARIO = ScenarioId("lodging.hotel")

Opened = list[tuple[Place, OpenCity, Tokens]]


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that another process brings about, mostly within a second."""
    end = monotonic_s() + PATIENCE_S
    while not holds():
        assert monotonic_s() < end
        wait_s(0.1)


def keep_off_the_half_hour() -> None:
    """Wait for the next half hour of the clock if a test could run into it.

    With a half hour a slot of a pack ends, and with some of them a day or a month of China.
    """
    left_s = HALF_HOUR_S - SystemClock().now() % HALF_HOUR_S
    if left_s <= LONGEST_TEST_S:
        wait_s(left_s)


def fresh_code(place: Place, city: OpenCity) -> str:
    """Return a live code of a made-up citizen, from the city's API."""
    token = city.citizens.issue(driven(Tier(2)), Timestamp(city.clock.now() + TOKEN_LIFE_S))
    with Api() as api:
        code = api.code(place, token)
    assert code is not None
    return code


def know_each_other(cities: Opened) -> None:
    """Wait until the servers recognise each other's codes: each takes over trust by itself."""
    for (place, city, _), (there, _, tokens) in permutations(cities, 2):
        until(partial(_is_recognised, place, city, there, tokens.merchants[SCENARIO]))


def _is_recognised(place: Place, city: OpenCity, there: Place, till: str) -> bool:
    with Api() as api:
        said = api.verify(there, till, fresh_code(place, city), SCENARIO)
    return said["outcome"] == "recognised" and bool(said["offers"])
