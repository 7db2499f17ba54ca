"""Asking again and again until something happens, and how long that took."""

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from gateway.app.composition import OpenCity
from gateway.clock import monotonic_s, wait_s
from gateway.demo.errors import DemoError
from gateway.demo.matrix import Stage

NameT = TypeVar("NameT", bound=Hashable)

PAUSE_S: Final = 0.2
"""Between two looks: a fifth of a second is how exact the printed seconds are."""

GIVE_UP_S: Final = 90.0

FIRST_ROUND_S: Final = 3.0
"""Time for the first round over three partners."""


def seconds_until(
    happened: Callable[[], bool], began_s: float, pause_s: float = PAUSE_S
) -> float | None:
    """Return how long after ``began_s`` it happened; None if it had not after 90 s."""
    while monotonic_s() - began_s < GIVE_UP_S:
        if happened():
            return monotonic_s() - began_s
        wait_s(pause_s)
    return None


def at_once(looks: Mapping[NameT, Callable[[], float | None]]) -> dict[NameT, float | None]:
    """Return what each look found, all looking at the same time, by name."""
    with ThreadPoolExecutor(len(looks)) as pool:
        running = {name: pool.submit(look) for name, look in looks.items()}
        return {name: found.result() for name, found in running.items()}


def await_workers(stage: Stage) -> None:
    """Return when the workers of all cities have begun, and have made their first round.

    Otherwise their first poll would find out what push is to tell.

    Raises:
        DemoError: one of them does not work.
    """
    began_s = monotonic_s()
    for slug, city in stage.cities.items():
        if seconds_until(partial(_works, city), began_s) is None:
            raise DemoError(f"the worker of {slug} does not work; see its worker.log")
    wait_s(FIRST_ROUND_S)


def _works(city: OpenCity) -> bool:
    polling = city.store.jobs.all().get("poll")
    return polling is not None and polling.succeeded_at is not None
