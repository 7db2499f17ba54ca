"""What the background worker needs of durable storage: the lease, and how its jobs went."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.ids import Timestamp

FREE = ""
"""Holder of a lease that was given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who does the work in the background of this city.

    Attributes:
        holder: Random name of one process; ``FREE`` if the last one gave it up.
        beat: Rises with every taking and renewing; one that stands still has lost its holder.
        renewed_at: When that was, by the holder's clock; for people, nothing is decided by it.
    """

    holder: str
    beat: int
    renewed_at: Timestamp


class WorkerLease(Protocol):
    """The one lease of a city; the database decides who gets it."""

    def read(self) -> Lease | None:
        """Return the lease as it stands; None if no worker ever ran."""
        ...

    def take(self, holder: str, instead_of: Lease | None, now: Timestamp) -> Lease | None:
        """Put ``holder`` in the place of a lease that was read; return the new lease.

        Renewing is the same, in the place of one's own. None if it is not as it was read any
        more: somebody else was faster.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """How the last runs of one job of the worker went.

    Attributes:
        every_s: How often it is to run.
        succeeded_at: Last success, at most a minute younger than told here; None is never.
        failed_at: Last failure.
        error: Stable code of the last failure, or the class of an unexpected error; None after
            a success.
        failures: Since the last success.
    """

    name: str
    every_s: float
    succeeded_at: Timestamp | None = None
    failed_at: Timestamp | None = None
    error: str | None = None
    failures: int = 0


class JobStates(Protocol):
    """Remembers how each job went."""

    def all(self) -> Mapping[str, JobState]:
        """Return the state of every job that ever ran, by name."""
        ...

    def save(self, state: JobState) -> None:
        """Replace the state of one job."""
        ...
