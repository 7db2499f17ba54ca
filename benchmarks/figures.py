"""What a figure is: a value a round, a median, a spread, and the target it is held to."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured quantity.

    Attributes:
        name: Stable id, for comparing results of different days.
        what: What was measured, in words.
        unit: Of each value; ``x`` is a ratio.
        rounds: One value a round.
        target: What the specification asks for; None for figures that explain others.
        at_most: Whether the target is an upper limit.
        digits: Decimal places worth printing.
        note: How to read it.
    """

    name: str
    what: str
    unit: str
    rounds: tuple[float, ...]
    target: float | None = None
    at_most: bool = False
    digits: int = 2
    note: str = ""

    @property
    def median(self) -> float:
        """The value that the figure stands for."""
        return statistics.median(self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        """First and third quartile of the rounds; both ends of fewer than four rounds."""
        if len(self.rounds) < 4:
            return min(self.rounds), max(self.rounds)
        lower, _, upper = statistics.quantiles(self.rounds, n=4)
        return lower, upper

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        if self.target is None:
            return None
        return self.median <= self.target if self.at_most else self.median >= self.target

    def members(self) -> dict[str, object]:
        """Return the figure with its raw rows as JSON members."""
        return {
            "name": self.name,
            "what": self.what,
            "unit": self.unit,
            "median": round(self.median, 4),
            "quartiles": [round(value, 4) for value in self.spread],
            "target": self.target,
            "at_most": self.at_most,
            "met": self.met,
            "rounds": [round(value, 5) for value in self.rounds],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much to do.

    Attributes:
        rounds: Interleaved rounds of each comparison.
        codes: Distinct codes in process.
        requests: Requests a round and server.
        qr: Random codes a city.
        seconds: Length of one paced run.
    """

    rounds: int
    codes: int
    requests: int
    qr: int
    seconds: float


QUICK = Effort(rounds=3, codes=300, requests=800, qr=100, seconds=1.5)
FULL = Effort(rounds=11, codes=1000, requests=2000, qr=1000, seconds=3.0)
SMOKE = Effort(rounds=1, codes=8, requests=16, qr=2, seconds=0.2)


@dataclass(slots=True)
class Pace:
    """Rates of some callables over the same items, in rounds that are cut into turns.

    Every turn runs each callable on the same few items, one after the other, so that a change
    of the machine's speed meets all of them alike.
    """

    items: int
    turns: int = 10
    cpu_s: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def run(self, rounds: int, calls: dict[str, Callable[[range], object]]) -> None:
        """Add ``rounds`` rounds: CPU seconds of this thread that each callable took for all."""
        size = max(1, self.items // self.turns)
        parts = [range(at, min(at + size, self.items)) for at in range(0, self.items, size)]
        for call in calls.values():
            call(parts[0])
        for _ in range(rounds):
            spent = dict.fromkeys(calls, 0.0)
            for part in parts:
                for name, call in calls.items():
                    began = time.thread_time()
                    call(part)
                    spent[name] += time.thread_time() - began
            for name, cpu_s in spent.items():
                self.cpu_s.setdefault(name, []).append(cpu_s)

    def ratio(self, over: str, under: str) -> tuple[float, ...]:
        """Return, a round, how many times as fast ``under`` is as ``over``."""
        pairs = zip(self.cpu_s[over], self.cpu_s[under], strict=True)
        return tuple(numerator / denominator for numerator, denominator in pairs)

    def micros(self, name: str) -> tuple[float, ...]:
        """Return, a round, the microseconds of CPU for one item."""
        return tuple(cpu_s / self.items * 1e6 for cpu_s in self.cpu_s[name])


def ratios(numerators: Iterable[float], denominators: Iterable[float]) -> tuple[float, ...]:
    """Return the ratio of each round."""
    return tuple(one / other for one, other in zip(numerators, denominators, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of ``values`` lie (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]
