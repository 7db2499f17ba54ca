"""Keeping this process's own keys and picture of trust up to date: its jobs rest on them."""

from collections.abc import Iterable
from typing import Final

from gateway.app.composition import OpenCity
from gateway.app.worker.job import Job
from gateway.ids import Timestamp

REFRESH_S: Final = 0.5


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield the refreshing of own keys and of the trust view.

    A worker that waits for the lease does it as well: what it would sign with keys of yesterday
    must not be its first act.
    """

    def run(now: Timestamp) -> None:
        city.keys.refresh()
        city.trust.refresh(now)
        city.documents.refresh(now)
        city.status_lists.view.refresh()

    yield Job(name="trust", every_s=REFRESH_S, run=run, always=True)
