"""Clocks and rows in memory, for the worker's own rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import UnavailableError
from gateway.ids import Timestamp
from gateway.services.trust_ports import StorageError
from gateway.services.worker_ports import JobState, Lease

NOON = Timestamp(1_795_500_000)


@dataclass
class Watch:
    """A clock and a stopwatch that only tests move."""

    passed_s: float = 0.0

    def now(self) -> Timestamp:
        return Timestamp(NOON + int(self.passed_s))

    def monotonic(self) -> float:
        return self.passed_s


class MemoryLease:
    """The lease in memory; ``away`` plays a database that is gone."""

    def __init__(self) -> None:
        self.lease: Lease | None = None
        self.away = False

    @property
    def beat(self) -> int:
        """The beat of the lease, 0 before anybody took it."""
        return 0 if self.lease is None else self.lease.beat

    def read(self) -> Lease | None:
        self._ask()
        return self.lease

    def take(self, holder: str, instead_of: Lease | None, now: Timestamp) -> Lease | None:
        self._ask()
        if self.lease != instead_of:
            return None
        beat = 1 if instead_of is None else instead_of.beat + 1
        self.lease = Lease(holder=holder, beat=beat, renewed_at=now)
        return self.lease

    def _ask(self) -> None:
        if self.away:
            raise UnavailableError("gone")


@dataclass
class MemoryStates:
    """What is noted of jobs."""

    states: dict[str, JobState] = field(default_factory=dict[str, JobState])
    saved: int = 0
    away: bool = False
    refuses: bool = False

    def all(self) -> Mapping[str, JobState]:
        self._ask()
        return dict(self.states)

    def save(self, state: JobState) -> None:
        self._ask()
        self.saved += 1
        self.states[state.name] = state

    def _ask(self) -> None:
        if self.away:
            raise UnavailableError("gone")
        if self.refuses:
            raise StorageError("refused")
