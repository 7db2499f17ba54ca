"""Signing the leaf configuration again: hourly, and where it would say something else by now."""

from collections.abc import Iterable
from typing import Final

import structlog

from gateway.app.composition import OpenCity
from gateway.app.publishing import leaf_publisher
from gateway.app.worker.job import Job
from gateway.ids import Timestamp
from gateway.trust.statements import read
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role

HOUR_S: Final = 3600
LOOK_S: Final = 15.0

_log = structlog.get_logger(__name__)


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield the signing of the leaf configuration."""
    yield Job(name="sign-leaf", every_s=LOOK_S, run=LeafSigner(city).look)


class LeafSigner:
    """Signs when it is time, or what a command has changed and left unsigned.

    Commands that change keys or partners sign by themselves. What is still unsigned at the
    second look in a row was left: by a command that was broken off, or in the city file.
    """

    def __init__(self, city: OpenCity) -> None:
        self._city = city
        self._left: bytes | None = None

    def look(self, now: Timestamp) -> None:
        """Sign if that is due.

        Raises:
            RefusedError: the clock is doubtful, a statement above is missing, or the keys are an
                older copy: what they leave out would be dead for ever at partners.
        """
        left = self._unsigned()
        if self._is_old(now) or (left is not None and left == self._left):
            self._city.publish_leaf()
            _log.info("leaf_signed", changed=left is not None)
            left = None
        self._left = left

    def _is_old(self, now: Timestamp) -> bool:
        leaf = self._city.trust.snapshot.own.leaf
        return leaf is None or now - leaf.life.issued_at >= HOUR_S

    def _unsigned(self) -> bytes | None:
        """Return what the leaf would say under its present times, if it says something else."""
        snapshot = self._city.trust.snapshot
        if snapshot.own.leaf is None:
            return None
        records = (partner.record for partner in snapshot.partners)
        accepted = (each.pins.anchor for each in records if each.state is PartnerState.ACTIVE)
        publisher = leaf_publisher(self._city.settings, self._city.keys, self._city.store)
        draft = publisher.draft(snapshot.own.leaf.life, accepted).payload()
        # What is stored, which is an older one if a hand put it there: nobody goes by that.
        stored = self._city.store.own_statements.all().get(Role.LEAF, "")
        return None if stored and read(stored).payload == draft else draft
