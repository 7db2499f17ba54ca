"""Everything that the worker of a city does, by topic."""

from collections.abc import Callable, Iterable
from typing import Final

from gateway.app.composition import OpenCity
from gateway.app.worker import (
    bundle,
    catalogues,
    polling,
    pruning,
    push,
    ratifying,
    settling,
    signing,
    status_lists,
    trust,
)
from gateway.app.worker.job import Job

Topic = Callable[[OpenCity], Iterable[Job]]
"""The jobs of one topic. It starts nothing; what it keeps between runs lives in its jobs."""

TOPICS: Final[tuple[Topic, ...]] = (
    trust.jobs,
    polling.jobs,
    push.jobs,
    settling.jobs,
    signing.jobs,
    catalogues.jobs,
    status_lists.jobs,
    bundle.jobs,
    ratifying.jobs,
    pruning.jobs,
)
"""Where a topic registers; in a single round they run in this order."""


def jobs_of(city: OpenCity) -> tuple[Job, ...]:
    """Return every job of a city."""
    return tuple(job for topic in TOPICS for job in topic(city))
