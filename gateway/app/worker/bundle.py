"""Signing the trust bundle: within seconds of a change of trust, and regularly."""

from collections.abc import Iterable
from typing import Final

import structlog

from gateway.app.composition import OpenCity
from gateway.app.worker.job import Job
from gateway.ids import Timestamp
from gateway.services.bundle import PublishBundle

LOOK_S: Final = 2.0

_log = structlog.get_logger(__name__)


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield the signing of the bundle."""
    publishing = publish_bundle(city)

    def run(now: Timestamp) -> None:
        if publishing.due(now):
            _log.info("bundle_signed", issuers=len(city.trust.keyring.issuers))

    yield Job(name="sign-bundle", every_s=LOOK_S, run=run)


def publish_bundle(city: OpenCity) -> PublishBundle:
    """Return what signs the bundle of a city."""
    return PublishBundle(
        trust=city.trust,
        status=city.status_lists.view,
        documents=city.documents.view,
        publish=city.documents.publish,
        signer=lambda: city.keys.federation().public.kid,
    )
