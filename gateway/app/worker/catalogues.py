"""Catalogues: the own one published every minute if need be, partners' ones fetched every five."""

from collections.abc import Iterable
from typing import Final

import structlog

from gateway.app.composition import OpenCity
from gateway.app.worker.job import Job
from gateway.ids import Timestamp
from gateway.services.document_ports import CATALOGUE, CATALOGUE_NEXT
from gateway.services.fetch_rounds import FetchRounds
from gateway.trust.partners import Partner

PUBLISH_S: Final = 60.0
"""A version comes into force within this time of its moment; readers switch by themselves."""

ROUND_S: Final = 300.0
"""Each partner's documents are asked for once in this time, and after an event."""

TICK_S: Final = 5.0
"""How often it is looked whose turn it is: partners are spread over the round."""

_log = structlog.get_logger(__name__)


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield publishing and fetching."""
    rounds = FetchRounds(
        fetch=city.documents.fetch,
        names=(CATALOGUE, CATALOGUE_NEXT),
        whose=Partner.takes_codes,
        round_s=int(ROUND_S),
    )

    def publish(now: Timestamp) -> None:
        city.documents.publish_catalogues.run(now, clock_doubtful=city.trust.keyring.clock_doubtful)

    def fetch(now: Timestamp) -> None:
        for report in rounds.run(city.trust.snapshot.partners, now):
            if report.changed or report.problem:
                _log.info(
                    "document_fetched",
                    anchor=report.anchor,
                    name=report.name,
                    changed=report.changed,
                    problem=report.problem,
                )

    yield Job(name="publish-catalogue", every_s=PUBLISH_S, run=publish)
    yield Job(name="fetch-catalogues", every_s=TICK_S, run=fetch)
