"""Trying a partner from end to end: fetch a code that it signs now, and verify it here.

The steps are those of docs/protocol/verification.md up to the place, each named, with its time.
Nothing is recorded, nothing used up, nothing granted. The way back, whether *they* would verify
*our* codes, cannot be seen from here: what their published statement says of it is told.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from gateway.codes import reading
from gateway.codes.claims import CreditClaims
from gateway.codes.wire import UnverifiedCode
from gateway.errors import GatewayError, RefusedError
from gateway.ids import CityId, EntityId, Timestamp, UnverifiedText
from gateway.policy.scenarios import PROBE_SCENARIO
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_ports import Fetch
from gateway.services.signed_codes import TrustSource, signed_by
from gateway.services.verdicts import Refusal
from gateway.trust import entity
from gateway.trust.keyring import CodeKey, Issuer
from gateway.trust.partners import Partner
from gateway.trust.states import PartnerState

PROBE_TYPE: Final = "text/plain"
MAX_PROBE_BYTES: Final = 4096

T = TypeVar("T")


class ProbeStep(StrEnum):
    """What is tried, in this order; what comes after the first failure is not."""

    PARTNER = "partner"
    """Is it active here, and does it issue?"""
    FETCH = "fetch"
    """Does it answer with a probe for us?"""
    READ = "read"
    """Steps 0 and 1: is that a credit code?"""
    ISSUER = "issuer"
    """Step 2: does it name that very city, and is the city in our keyring?"""
    SIGNATURE = "signature"
    """Steps 3 and 4: is it signed by a live key of that city, past its hold-down?"""
    TRUST = "trust"
    """Step 4: are its statements alive, and is our own clock undisputed?"""
    LIFE = "life"
    """Step 5: is the code alive, and its key?"""
    PURPOSE = "purpose"
    """Step 6: is it for this city, and a probe and nothing else?"""


class ProbeError(RefusedError):
    """The code that came is no probe for this city, or the partner cannot be probed."""

    code = "probe_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTried:
    """What became of one step.

    Attributes:
        problem: Stable code of the refusal, None if it went well.
        took_ms: How long it took.
    """

    step: ProbeStep
    problem: str | None
    took_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """What a probe led to.

    Attributes:
        steps: As far as it came.
        lists_us: Whether its statement, as accepted last, names our anchor; None if unknown.
        told_at: When that statement was signed; None if there is none.
    """

    anchor: EntityId
    steps: tuple[StepTried, ...]
    lists_us: bool | None
    told_at: Timestamp | None

    @property
    def verified(self) -> bool:
        """Whether every step went well: its codes can be verified here and now."""
        return self.problem is None and len(self.steps) == len(ProbeStep)

    @property
    def problem(self) -> str | None:
        """What went wrong, by code."""
        return next((each.problem for each in self.steps if each.problem), None)


@dataclass(slots=True)
class _Steps:
    """Runs steps until one fails, and writes down how each went."""

    elapsed_s: Callable[[], float]
    tried: list[StepTried] = field(default_factory=list[StepTried])

    def run(self, step: ProbeStep, do: Callable[[], T]) -> T:
        began = self.elapsed_s()
        problem: str | None = None
        try:
            return do()
        except Refusal as refusal:
            problem = refusal.reason
            raise _StoppedError from refusal
        except GatewayError as error:
            problem = error.code
            raise _StoppedError from error
        finally:
            took_ms = (self.elapsed_s() - began) * 1000
            self.tried.append(StepTried(step=step, problem=problem, took_ms=took_ms))


class _StoppedError(Exception):
    """A step failed; which and why is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePartner:
    """The use case.

    Attributes:
        city: This city, for whom the probe is made.
        leaf: Its leaf.
        elapsed_s: A clock that only goes forward, seconds.
    """

    city: CityId
    leaf: EntityId
    book: PartnerBook
    trust: TrustSource
    fetch: Fetch
    elapsed_s: Callable[[], float]

    def run(self, anchor: EntityId, now: Timestamp) -> ProbeReport:
        """Return how far a code of the partner comes here, and what it says of us.

        Raises:
            UnknownPartnerError: there is no such partner.
        """
        partner = self.book.find(anchor, now)[1]
        steps = _Steps(self.elapsed_s)
        with suppress(_StoppedError):
            self._try(steps, partner, now)
        leaf = partner.city.leaf.statement if partner.city.leaf else None
        hints = leaf.trust_anchor_hints if leaf else ()
        return ProbeReport(
            anchor=anchor,
            steps=tuple(steps.tried),
            lists_us=entity.anchor_of(self.leaf) in hints if leaf else None,
            told_at=leaf.life.issued_at if leaf else None,
        )

    def _try(self, steps: _Steps, partner: Partner, now: Timestamp) -> None:
        pins = partner.record.pins
        division = steps.run(ProbeStep.PARTNER, lambda: _division(partner, now))
        text = steps.run(ProbeStep.FETCH, lambda: self._fetched(pins.leaf))
        code = steps.run(ProbeStep.READ, lambda: reading.read(UnverifiedText(text)))
        issuer = steps.run(ProbeStep.ISSUER, lambda: self._issuer(code, division))
        claims, key = steps.run(ProbeStep.SIGNATURE, lambda: signed_by(code, issuer, now))
        steps.run(ProbeStep.TRUST, lambda: self._check_trust(issuer, now))
        steps.run(ProbeStep.LIFE, lambda: _check_life(claims, key, issuer, now))
        steps.run(ProbeStep.PURPOSE, lambda: self._check_purpose(claims))

    def _fetched(self, leaf: EntityId) -> str:
        url = entity.probe_url(leaf, self.city)
        document = self.fetch.get(url, accept=PROBE_TYPE, max_bytes=MAX_PROBE_BYTES)
        # What is not ASCII becomes a character that no code has.
        return document.body.decode("ascii", errors="replace")

    def _issuer(self, code: UnverifiedCode, division: CityId) -> Issuer:
        if code.claims.issuer != division:
            raise ProbeError("the code names another city than the one that was asked")
        issuer = self.trust.keyring.issuer(division)
        if issuer is None:
            raise ProbeError("this city is not in the keyring")
        return issuer

    def _check_trust(self, issuer: Issuer, now: Timestamp) -> None:
        if not issuer.verifies(now):
            raise ProbeError("its statements or the agreement ran out")
        if self.trust.keyring.clock_doubtful:
            raise ProbeError("our own clock is doubtful")

    def _check_purpose(self, claims: CreditClaims) -> None:
        if claims.destination != self.city or claims.scenario != PROBE_SCENARIO:
            raise ProbeError("a code, but no probe for this city")


def _division(partner: Partner, now: Timestamp) -> CityId:
    if partner.state(now) is not PartnerState.ACTIVE:
        raise ProbeError("only an active partner is probed")
    if partner.record.pins.division is None:
        raise ProbeError("it only verifies, and signs no codes")
    return partner.record.pins.division


def _check_life(claims: CreditClaims, key: CodeKey, issuer: Issuer, now: Timestamp) -> None:
    reading.check(
        claims,
        now=now,
        code_lifetime_max_s=issuer.code_lifetime_max_s,
        key_expires_at=key.expires_at,
    )
