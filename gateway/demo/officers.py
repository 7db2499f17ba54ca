"""The driver plays the offices: every pair of cities adds, compares, accepts and syncs."""

from collections.abc import Mapping
from typing import Final

from gateway.app.composition import OpenCity
from gateway.demo.errors import DemoError
from gateway.demo.people import SCENARIOS
from gateway.ids import EntityId, Timestamp
from gateway.services.acts import ACCEPT_PARTNER
from gateway.services.audit import Acting
from gateway.trust import entity
from gateway.trust.confirmation import Verdict
from gateway.trust.safety import half, safety_number
from gateway.vault.roles import Role

OFFICERS: Final = ("officer-one (illustrative)", "officer-two (illustrative)")
AGREED_S: Final = 365 * 24 * 3600


def introduce(city: OpenCity, partner: OpenCity) -> None:
    """Let ``city`` add ``partner`` over HTTP, compare the safety number, and accept it.

    Raises:
        DemoError: the groups that the partner's office reads do not fit.
        GatewayError: whatever the use cases refuse.
    """
    now = city.clock.now()
    city.federation.add(partner.leaf, now, OFFICERS[0])
    for officer in OFFICERS:
        asked = city.federation.challenge(partner.leaf, officer, now)
        heard = [read_out(partner, city)[group - 1] for group in asked.groups]
        answer = city.federation.confirm(partner.leaf, officer, heard, now)
        if answer.verdict is Verdict.WRONG:
            raise DemoError("the safety numbers differ")
    until = Timestamp(now + AGREED_S)
    facts: dict[str, str | int] = {"scenarios": " ".join(sorted(SCENARIOS)), "until": until}
    first, second = (Acting(by=f"officer:{officer}", at=now) for officer in OFFICERS)
    proposal = city.four_eyes.propose(ACCEPT_PARTNER, partner.leaf, facts, first)
    city.four_eyes.approve(proposal.id, second, proposal.digest)


def read_out(partner: OpenCity, city: OpenCity) -> tuple[str, ...]:
    """Return the number as the partner's office reads it, from its own keys on its own disk."""
    return safety_number(_half(partner), _half(city))


def sync_all(cities: Mapping[str, OpenCity]) -> None:
    """Publish who accepts whom, and let everybody fetch it.

    Raises:
        DemoError: a partner could not be synced.
    """
    for city in cities.values():
        city.publish_leaf()
    for city in cities.values():
        for report in city.federation.sync(city.clock.now()):
            if report.problem is not None:
                raise DemoError(f"sync failed: {report.problem}")


def _half(city: OpenCity) -> tuple[str, ...]:
    keys = (city.vault.public(Role.ANCHOR), city.vault.public(Role.ANCHOR_STANDBY))
    return half(entity.anchor_of(EntityId(city.leaf)), (key.kid for key in keys))
