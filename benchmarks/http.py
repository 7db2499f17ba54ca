"""POST /api/v1/verifications against a bare Flask app: same server, flags and load generator."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.bare import PATH
from benchmarks.figures import Effort, Figure, percentile, ratios
from benchmarks.load import Job, Result
from benchmarks.servers import Server, fire
from benchmarks.stage import Stage

CONNECTIONS: Final = 32
API: Final = "/api/v1/verifications"
_BARE, _FULL, _NORMAL = "bare", "full", "normal"


@dataclass(slots=True)
class Target:
    """One server under load, and what was measured of it, a value a round."""

    server: Server
    path: str
    expected: str
    per_cpu_s: list[float] = field(default_factory=list[float])
    per_s: list[float] = field(default_factory=list[float])
    p50_ms: list[float] = field(default_factory=list[float])
    p99_ms: list[float] = field(default_factory=list[float])

    def send(self, stage: Stage, bodies: Path, *, rate: float = 0.0) -> Result:
        """Return what the load generator saw; every answer must be the expected one."""
        result = fire(
            Job(
                port=self.server.port,
                path=self.path,
                token=stage.token,
                bodies=str(bodies),
                expected=self.expected,
                connections=CONNECTIONS,
                rate=rate,
            )
        )
        if result.wrong:
            raise ValueError(f"wrong answers: {result.wrong}")
        return result


def throughput(stage: Stage, effort: Effort, progress: Callable[[str], None]) -> list[Figure]:
    """Return rates per CPU-second and per second at saturation, and latencies at half of it."""
    with ExitStack() as stack:
        bare = stack.enter_context(Server("benchmarks.bare:make_app"))
        full = stack.enter_context(Server(environ=stage.full))
        normal = stack.enter_context(Server(environ=stage.normal))
        targets = {
            _BARE: Target(bare, PATH, '"ok"'),
            _FULL: Target(full, API, '"recognised"'),
            _NORMAL: Target(normal, API, '"recognised"'),
        }
        for target in targets.values():
            target.send(stage, stage.bodies(min(300, effort.requests)))
        for number in range(effort.rounds):
            progress(f"saturation, round {number + 1} of {effort.rounds}")
            _saturate(stage, effort, targets)
        for number in range(effort.rounds):
            progress(f"half of saturation, round {number + 1} of {effort.rounds}")
            _halve(stage, effort, targets)
    return _figures(targets)


def _saturate(stage: Stage, effort: Effort, targets: dict[str, Target]) -> None:
    bodies = stage.bodies(effort.requests)
    for target in targets.values():
        before_s = target.server.cpu_s()
        result = target.send(stage, bodies)
        spent_s = target.server.cpu_s() - before_s
        target.per_cpu_s.append(effort.requests / spent_s)
        target.per_s.append(effort.requests / result.wall_s)
    bodies.unlink()


def _halve(stage: Stage, effort: Effort, targets: dict[str, Target]) -> None:
    for target in targets.values():
        rate = percentile(target.per_s, 0.5) / 2
        bodies = stage.bodies(max(1, int(rate * effort.seconds)))
        latencies = target.send(stage, bodies, rate=rate).latencies_ms
        target.p50_ms.append(percentile(latencies, 0.50))
        target.p99_ms.append(percentile(latencies, 0.99))
        bodies.unlink()


def _figures(targets: dict[str, Target]) -> list[Figure]:
    bare = targets[_BARE]
    figures = list[Figure]()
    for name, wanted in ((_FULL, 0.30), (_NORMAL, 0.40)):
        target, mode = targets[name], f"synchronous={name.upper()}"
        figures += [
            Figure(
                name=f"verifications_{name}",
                what=f"POST /api/v1/verifications per CPU-second, {mode}, against bare Flask",
                unit="x",
                rounds=ratios(target.per_cpu_s, bare.per_cpu_s),
                target=wanted,
                digits=3,
                note=f"{CONNECTIONS} connections, distinct codes, receipt on disk first",
            ),
            Figure(
                name=f"p99_{name}",
                what=f"p99 at half of saturation, {mode}, against bare Flask",
                unit="x",
                rounds=ratios(target.p99_ms, bare.p99_ms),
                target=10,
                at_most=True,
                digits=1,
                note="Poisson arrivals, each server at half of its own saturation",
            ),
        ]
    for name, target in targets.items():
        figures += _plain(name, target)
    return figures


def _plain(name: str, target: Target) -> list[Figure]:
    return [
        Figure(
            name=f"{name}_{what}",
            what=f"{name}: {words}",
            unit=unit,
            rounds=tuple(rounds),
            digits=digits,
        )
        for what, words, unit, rounds, digits in (
            ("per_cpu_s", "requests per CPU-second", "1/s", target.per_cpu_s, 0),
            ("per_s", "requests per second at saturation, one worker", "1/s", target.per_s, 0),
            ("p50_ms", "p50 at half of saturation", "ms", target.p50_ms, 1),
            ("p99_ms", "p99 at half of saturation", "ms", target.p99_ms, 1),
        )
    ]
