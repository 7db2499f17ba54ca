"""湖州 is gone: what others still know of it goes on, runs out, and comes back.

Two parts. Today: server and worker of 湖州 are ended, its codes go on being recognised
elsewhere, and both are started again. Tomorrow: the same databases are opened here with a
clock that is ahead, since nobody waits for a day: 23 hours after the last word codes are still
recognised, after 25 hours they are undetermined, and once 湖州 is heard again, recognised.
"""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway.app.composition import OpenCity, open_city
from gateway.app.serving import gateway_of
from gateway.clock import Clock, SystemClock, monotonic_s, wait_s
from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.demo.api import Api
from gateway.demo.drills.result import DrillResult, Step
from gateway.demo.drills.watching import at_once, seconds_until
from gateway.demo.errors import DemoError
from gateway.demo.matrix import STANDING, Stage
from gateway.demo.names import shop
from gateway.demo.people import SCENARIOS
from gateway.demo.servers import Processes
from gateway.ids import CodeId, Timestamp, UnverifiedText
from gateway.jose import base64url
from gateway.services.verdicts import Presentation
from gateway.trust import entity
from gateway.vault.roles import Role

NAME: Final = "outage"
GONE: Final = "huzhou"
BACK_S: Final = 60.0
"""A partner that is back is heard within a poll, or within the pause of a circuit breaker."""

NOTICED_S: Final = 15.0
"""A wish is granted within a second, and a fetch ends after ten."""

APPLIES_S: Final = 1.5
"""A running server knows of a trust change after a second (docs/federation.md)."""

_HOUR_S: Final = 3600
_PACK_S: Final = 1860
_SCENARIO: Final = SCENARIOS[0]


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The clock of this machine, so many seconds ahead."""

    seconds: int

    def now(self) -> Timestamp:
        """Return what the clock will say then."""
        return Timestamp(SystemClock().now() + self.seconds)


def outage(stage: Stage, api: Api, processes: Processes) -> DrillResult:
    """Take 湖州 down, look, let it come back, and look at tomorrow."""
    others = [slug for slug in stage.places if slug != GONE]
    codes = {slug: stage.new_code(api, GONE) for slug in others}
    processes.stop_city(GONE)
    steps = [_missed(stage, slug) for slug in others]
    steps += [_shown(stage, api, slug, code) for slug, code in codes.items()]
    steps += _back(stage, api, processes, others)
    processes.workers.stop()
    for hours, expected in ((23, "recognised"), (25, "undetermined")):
        steps += [_tomorrow(stage, slug, hours, expected) for slug in others]
    steps += [_heard_again(stage, slug, 25) for slug in others]
    about = "湖州网关中断 / the gateway of Huzhou is gone"
    return DrillResult(name=NAME, about=about, steps=tuple(steps))


def _missed(stage: Stage, slug: str) -> Step:
    """Let the city's worker look now, as it would within a minute, and notice."""
    city, gone = stage.cities[slug], stage.cities[GONE]
    city.store.wishes.wish(entity.anchor_of(gone.leaf), city.clock.now())
    seconds = seconds_until(lambda: not _heard(city, gone), monotonic_s())
    return Step(
        what="outage_noticed",
        where=slug,
        said="never" if seconds is None else "yes",
        right=seconds is not None and seconds <= NOTICED_S,
        seconds=seconds,
        bound_s=NOTICED_S,
    )


def _shown(stage: Stage, api: Api, slug: str, code: str) -> Step:
    outcome = _outcome(stage, api, slug, code)
    what = "recognised_while_down"
    return Step(what=what, where=slug, said=outcome, right=outcome == "recognised")


def _back(stage: Stage, api: Api, processes: Processes, others: Sequence[str]) -> list[Step]:
    """Start it again, wait until each partner has heard of it, and show new codes."""
    processes.start_city(GONE)
    began_s, gone = monotonic_s(), stage.cities[GONE]
    heard = at_once(
        {
            slug: partial(seconds_until, partial(_heard, stage.cities[slug], gone), began_s)
            for slug in others
        }
    )
    return [_after_return(stage, api, slug, seconds) for slug, seconds in heard.items()]


def _after_return(stage: Stage, api: Api, slug: str, seconds: float | None) -> Step:
    outcome = _outcome(stage, api, slug, stage.new_code(api, GONE))
    return Step(
        what="recognised_after_return",
        where=slug,
        said=outcome,
        right=outcome == "recognised" and seconds is not None and seconds <= BACK_S,
        seconds=seconds,
        bound_s=BACK_S,
    )


def _heard(city: OpenCity, partner: OpenCity) -> bool:
    return any(
        status.leaf == partner.leaf and status.failures == 0
        for status in city.federation.status(city.clock.now())
    )


def _tomorrow(stage: Stage, slug: str, hours: int, expected: str) -> Step:
    """Verify a code of an offline pack in so many hours."""
    with _opened(stage, slug, _Ahead(hours * _HOUR_S)) as city:
        outcome = _verified(city, stage.cities[GONE])
    what = f"{expected}_after_{hours}_h"
    return Step(what=what, where=slug, said=outcome, right=outcome == expected)


def _heard_again(stage: Stage, slug: str, hours: int) -> Step:
    """Let the partner sign again at that hour, fetch it over HTTP, and verify."""
    clock = _Ahead(hours * _HOUR_S)
    with ExitStack() as stack:
        gone = stack.enter_context(_opened(stage, GONE, clock))
        city = stack.enter_context(_opened(stage, slug, clock))
        gone.publish_leaf()
        wait_s(APPLIES_S)
        city.federation.sync(clock.now(), gone.leaf)
        city.trust.refresh(clock.now())
        outcome = _verified(city, gone)
    what = f"recognised_again_after_{hours}_h"
    return Step(what=what, where=slug, said=outcome, right=outcome == "recognised")


def _opened(stage: Stage, slug: str, clock: Clock) -> OpenCity:
    return open_city(stage.places[slug].settings(), clock)


def _verified(city: OpenCity, home: OpenCity) -> str:
    """Return the outcome of a code of ``home`` as its citizens' phones keep them for later."""
    now = city.clock.now()
    claims = CreditClaims(
        issuer=home.settings.city.division_code,
        issued_at=now,
        expires_at=Timestamp(now + _PACK_S),
        code_id=CodeId(base64url.encode(secrets.token_bytes(12))),
        tier=STANDING,
    )
    text = CodeSigner(home.vault.signer(Role.CODES)).sign(claims)
    merchant = city.store.merchants.get(shop(_SCENARIO))
    if merchant is None:
        raise DemoError("the made-up merchant is gone")
    shown = Presentation(text=UnverifiedText(text), scenario=_SCENARIO)
    return gateway_of(city).verify.verify(shown, merchant, now).outcome.value


def _outcome(stage: Stage, api: Api, slug: str, code: str) -> str:
    token = stage.tokens[slug].merchants[_SCENARIO]
    return str(api.verify(stage.places[slug], token, code, _SCENARIO)["outcome"])
