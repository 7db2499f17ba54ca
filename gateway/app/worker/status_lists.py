"""Status lists: signing own ones on schedule and after revocations, fetching partners' ones."""

from collections.abc import Iterable
from typing import Final

import structlog

from gateway.app.composition import OpenCity
from gateway.app.worker.job import Job
from gateway.codes.status_list import TTL_S
from gateway.ids import EntityId, Timestamp
from gateway.services.fetch_rounds import CHANGED_PAUSE_S
from gateway.trust.partners import Partner
from gateway.trust.states import FOLLOWED_STATES
from gateway.trust.trusted_city import Role

SIGN_S: Final = 2.0
"""How often it is asked whether a list has to be signed: a revocation waits no longer."""

FETCH_S: Final = 5.0
AT_ONCE: Final = 4
"""Partners in one run: 48 a minute, and a run ends in time though none of them answers."""

RETRY_S: Final = 60
"""First pause after a failure; doubled each time, up to the ordinary one."""

_log = structlog.get_logger(__name__)


def jobs(city: OpenCity) -> Iterable[Job]:
    """Yield the signing and the fetching."""

    def sign(now: Timestamp) -> None:
        signed = city.status_lists.publish.due(now)
        if signed:
            _log.info("status_lists_signed", lists=len(signed))

    yield Job(name="sign-status-lists", every_s=SIGN_S, run=sign)
    yield Job(name="fetch-status-lists", every_s=FETCH_S, run=Rounds(city).run)


class Rounds:
    """Whose lists are fetched next. What it knows is lost with the process, and made good."""

    def __init__(self, city: OpenCity) -> None:
        self._city = city
        self._due_at: dict[EntityId, Timestamp] = {}
        self._failures: dict[EntityId, int] = {}
        self._leaf: dict[EntityId, str | None] = {}
        self._asked_at: dict[EntityId, Timestamp] = {}

    def run(self, now: Timestamp) -> None:
        """Fetch the lists of the partners that have waited longest."""
        waiting = [(self._due(partner, now), partner) for partner in self._issuers()]
        ready = [(due_at, partner) for due_at, partner in waiting if due_at <= now]
        for _, partner in sorted(ready, key=lambda each: each[0])[:AT_ONCE]:
            self._fetch(partner, now)

    def _issuers(self) -> Iterable[Partner]:
        for partner in self._city.trust.snapshot.partners:
            record = partner.record
            if record.pins.division is not None and record.state in FOLLOWED_STATES:
                yield partner

    def _due(self, partner: Partner, now: Timestamp) -> Timestamp:
        anchor = partner.record.pins.anchor
        if anchor not in self._due_at:
            asked_at = self._city.status_lists.fetch.asked_at(anchor) or 0
            self._due_at[anchor] = Timestamp(min(asked_at, now) + TTL_S)
        due_at, leaf = self._due_at[anchor], partner.city.fingerprint(Role.LEAF)
        if self._leaf.setdefault(anchor, leaf) != leaf:
            # It may have another K2, and then none of the lists that are held counts any more.
            due_at = min(due_at, Timestamp(self._asked_at.get(anchor, 0) + CHANGED_PAUSE_S))
        # A clock that was set back must not make anybody wait longer than one round.
        return min(due_at, Timestamp(now + TTL_S))

    def _fetch(self, partner: Partner, now: Timestamp) -> None:
        anchor = partner.record.pins.anchor
        self._leaf[anchor] = partner.city.fingerprint(Role.LEAF)
        self._asked_at[anchor] = now
        # If anything at all goes wrong with this one, the others have their turn first.
        self._due_at[anchor] = Timestamp(now + TTL_S)
        report = self._city.status_lists.fetch.one(partner, now)
        failures = self._failures.get(anchor, 0) + 1 if report.problem else 0
        pause_s = min(TTL_S, RETRY_S * 2 ** min(failures - 1, 8)) if failures else TTL_S
        self._failures[anchor], self._due_at[anchor] = failures, Timestamp(now + pause_s)
        if report.changed or report.problem:
            _log.info(
                "status_lists_fetched",
                partner=anchor,
                lists=report.lists,
                changed=report.changed,
                problem=report.problem,
            )
