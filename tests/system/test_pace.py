"""Refusals of one kind take one time: a stopwatch does not tell forged from used from expired."""

import math
import statistics
from collections.abc import Callable, Sequence
from itertools import combinations

import pytest

from gateway.codes.wire import unwrap, write
from gateway.ids import Timestamp
from tests.system.tills import Till
from tests.system.towns import Pair

ROUNDS = 80
APART_S = 0.001
RELEASE_S = 0.050


def forged(pair: Pair) -> str:
    hint, signature, payload = unwrap(pair.mint.new(pair.now()))
    return write(hint=hint, signature=signature, payload=payload.replace(b'"tier":2', b'"tier":3'))


def expired(pair: Pair) -> str:
    now = pair.now()
    return pair.mint.new(Timestamp(now - 90), expires_at=now)


def times_s(pair: Pair, till: Till, rounds: int) -> dict[str, list[float]]:
    """Return the times of each kind; the kinds take turns, so that noise hits all alike."""
    used = pair.mint.new(pair.now())
    assert till.show(used).outcome == "recognised"
    kinds: dict[str, Callable[[], str]] = {
        "forged": lambda: forged(pair),
        "used": lambda: used,
        "expired": lambda: expired(pair),
    }
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, text in kinds.items():
            answer = till.show(text())
            assert answer.outcome == "present_again"
            took[kind].append(answer.seconds)
    return took


def surely_apart_s(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how far apart two kinds are at least in the median, with 99.9 % certainty.

    Of the differences within each round the median lies between two that are so many places
    from the middle. On a quiet machine they are tenths of a millisecond apart.
    """
    apart = sorted(left - right for left, right in zip(one, other, strict=True))
    places = math.ceil(1.65 * math.sqrt(len(apart)))
    low, high = apart[(len(apart) - 1) // 2 - places], apart[len(apart) // 2 + places]
    return max(low, -high, 0.0)


def test_forged_used_and_expired_take_the_same_time_in_the_median(pair: Pair, till: Till) -> None:
    took = times_s(pair, till, ROUNDS)

    medians = {kind: statistics.median(times) for kind, times in took.items()}
    print({kind: f"{median * 1000:.2f} ms" for kind, median in medians.items()})  # noqa: T201  shown where it fails
    assert [pair for pair in combinations(took, 2) if apart(took, *pair) > APART_S] == []
    assert min(medians.values()) >= RELEASE_S


def apart(took: dict[str, list[float]], one: str, other: str) -> float:
    return surely_apart_s(took[one], took[other])


@pytest.mark.parametrize(("later_s", "seen"), [(0.0, False), (0.003, True), (-0.003, True)])
def test_a_stopwatch_sees_a_real_difference_through_the_noise(
    later_s: float, *, seen: bool
) -> None:
    # As other programs do: mostly little, now and then much, and never less than nothing.
    one, other = (
        [RELEASE_S - math.log(1 - number * step % 1) / 1000 for number in range(ROUNDS)]
        for step in (0.618034, 0.754878)
    )

    found_s = surely_apart_s([time_s + later_s for time_s in one], other)

    assert (found_s > APART_S) is seen


def test_forged_used_and_expired_have_one_body_and_one_set_of_headers(
    pair: Pair, till: Till
) -> None:
    used = pair.mint.new(pair.now())
    till.show(used)

    answers = [till.show(text) for text in (forged(pair), used, expired(pair))]

    assert len({answer.raw for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
