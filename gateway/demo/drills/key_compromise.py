"""温州's active code key is stolen: the office revokes it, and every city must refuse it.

The thief of the drill holds the real key and signs codes that are perfect but for that. What
is measured begins when the office confirms, and ends at each city's own merchants.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from gateway.clock import monotonic_s
from gateway.codes import reading
from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.demo.api import Api
from gateway.demo.drills.result import DrillResult, Step
from gateway.demo.drills.watching import at_once, seconds_until
from gateway.demo.errors import DemoError
from gateway.demo.matrix import STANDING, Stage
from gateway.demo.officers import OFFICERS
from gateway.demo.people import SCENARIOS
from gateway.demo.servers import Processes
from gateway.ids import CodeId, KeyId, Timestamp, UnverifiedText
from gateway.jose import base64url
from gateway.services.audit import Acting
from gateway.vault.roles import Role

NAME: Final = "key-compromise"
HOME: Final = "wenzhou"
BOUND_S: Final = 10.0
"""By push (docs/federation.md); by polling alone it would be 60 s."""

_LIVE_S: Final = 90
_SCENARIO: Final = SCENARIOS[0]


@dataclass(frozen=True, slots=True)
class _Thief:
    """Whoever holds the stolen key."""

    stage: Stage
    kid: KeyId
    signer: CodeSigner = field(repr=False)

    @classmethod
    def of(cls, stage: Stage) -> "_Thief":
        key = stage.cities[HOME].vault.signer(Role.CODES)
        return cls(stage, key.public.kid, CodeSigner(key))

    def code(self) -> str:
        city = self.stage.cities[HOME]
        now = city.clock.now()
        return self.signer.sign(
            CreditClaims(
                issuer=city.settings.city.division_code,
                issued_at=now,
                expires_at=Timestamp(now + _LIVE_S),
                code_id=CodeId(base64url.encode(secrets.token_bytes(12))),
                tier=STANDING,
            )
        )

    def signed(self, text: str) -> bool:
        """Tell whether a code names the stolen key."""
        return self.kid.startswith(reading.read(UnverifiedText(text)).hint)


def key_compromise(stage: Stage, api: Api, processes: Processes) -> DrillResult:
    """Steal the key, revoke it, and watch every city."""
    del processes
    thief = _Thief.of(stage)
    before = tuple(_before(stage, api, thief, slug) for slug in stage.places)
    began_s = monotonic_s()
    _revoke(stage, thief.kid)
    looks: dict[tuple[str, str], Callable[[], float | None]] = {
        (what, slug): partial(seconds_until, partial(happened, stage, api, thief, slug), began_s)
        for what, happened in (("stolen_key_refused", _refuses), ("new_recognised", _recognises))
        for slug in stage.places
    }
    found = at_once(looks)
    timed = tuple(_timed(what, slug, seconds) for (what, slug), seconds in found.items())
    after = tuple(_after(stage, api, thief, slug) for slug in stage.places)
    about = "温州现用密钥失窃并吊销 / the active key of Wenzhou is stolen and revoked"
    return DrillResult(name=NAME, about=about, steps=(*before, *timed, *after))


def _revoke(stage: Stage, kid: KeyId) -> None:
    """Do what the office of the city does with `credit-gateway keys revoke`.

    Raises:
        DemoError: something that follows from it went wrong.
    """
    city = stage.cities[HOME]
    acting = Acting(by=f"officer:{OFFICERS[0]}", at=city.clock.now())
    city.key_desk.revoke(kid, "drill", acting)
    if problems := city.key_desk.settle(acting.at):
        raise DemoError(f"the key was revoked, but: {', '.join(problems)}")


def _refuses(stage: Stage, api: Api, thief: _Thief, slug: str) -> bool:
    return _outcome(stage, api, slug, thief.code()) == "present_again"


def _recognises(stage: Stage, api: Api, thief: _Thief, slug: str) -> bool:
    code = stage.new_code(api, HOME)
    return not thief.signed(code) and _outcome(stage, api, slug, code) == "recognised"


def _before(stage: Stage, api: Api, thief: _Thief, slug: str) -> Step:
    """Without this, a refusal afterwards would say nothing about the key."""
    outcome = _outcome(stage, api, slug, thief.code())
    what = "stolen_key_recognised_before"
    return Step(what=what, where=slug, said=outcome, right=outcome == "recognised")


def _after(stage: Stage, api: Api, thief: _Thief, slug: str) -> Step:
    """Once refused is not enough: it must stay refused."""
    outcome = _outcome(stage, api, slug, thief.code())
    what = "stolen_key_stays_refused"
    return Step(what=what, where=slug, said=outcome, right=outcome == "present_again")


def _timed(what: str, slug: str, seconds: float | None) -> Step:
    return Step(
        what=what,
        where=slug,
        said="never" if seconds is None else "yes",
        right=seconds is not None and seconds <= BOUND_S,
        seconds=seconds,
        bound_s=BOUND_S,
    )


def _outcome(stage: Stage, api: Api, slug: str, code: str) -> str:
    token = stage.tokens[slug].merchants[_SCENARIO]
    return str(api.verify(stage.places[slug], token, code, _SCENARIO)["outcome"])
