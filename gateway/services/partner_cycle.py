"""One cycle over one partner: fetch or take its three statements, in order, under one now.

A statement that cannot be had or is refused does not stop the cycle: the next is checked
under the stored one. What to do with an accepted one is the caller's, at once.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from gateway.errors import FetchError
from gateway.ids import EntityId, Timestamp
from gateway.services.partner_ports import Fetch, FetchedDocument
from gateway.trust import entity
from gateway.trust.alarms import TrustAlarm
from gateway.trust.clock_check import ClockSample
from gateway.trust.cycle import Accepted, Result, take
from gateway.trust.statements import MAX_STATEMENT_CHARS
from gateway.trust.trusted_city import Role, TrustedCity

EVERY_ROLE = frozenset(Role)

CONTENT_TYPE = "application/entity-statement+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A statement that somebody brought.

    Attributes:
        token: None where the stored one was said to be unchanged (304).
        etag: Validator to keep if it is accepted.
    """

    token: str | None = field(repr=False)
    etag: str | None = None
    clock: ClockSample | None = None


class Source(Protocol):
    """Where the statements of a partner come from in a cycle."""

    def offer(self, role: Role) -> Offered:
        """Return the statement of a role.

        Raises:
            FetchError: it cannot be had.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FromNetwork:
    """Fetches from the URLs that follow from the leaf's identifier, and from no others.

    Attributes:
        etags: By URL, of accepted statements.
    """

    fetch: Fetch
    leaf: EntityId
    etags: Mapping[str, str] = field(default_factory=dict[str, str])

    def offer(self, role: Role) -> Offered:
        """Return the statement that the partner publishes now."""
        url = statement_url(self.leaf, role)
        document = self.fetch.get(
            url, accept=CONTENT_TYPE, max_bytes=MAX_STATEMENT_CHARS, etag=self.etags.get(url)
        )
        # What is not ASCII becomes a character that no token may have.
        token = document.body.decode("ascii", errors="replace") if document.status == 200 else None  # noqa: PLR2004  HTTP OK
        return Offered(token=token, etag=document.etag, clock=_sample(document))


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFile:
    """Statements that were carried here by hand."""

    tokens: Mapping[Role, str]

    def offer(self, role: Role) -> Offered:
        """Return the statement in the file."""
        return Offered(token=self.tokens[role])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A leaf configuration that was asked for already, or could not be had."""

    leaf: Offered | FetchError

    def offer(self, role: Role) -> Offered:
        """Return the answer; there is one for the leaf only."""
        if role is not Role.LEAF:
            raise AssertionError("only the leaf was asked for")
        if isinstance(self.leaf, FetchError):
            raise self.leaf
        return self.leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementOutcome:
    """What became of one statement in a cycle.

    Attributes:
        result: Of ``Result``, or ``unreachable``.
        problem: Stable code of a refusal or of a failed fetch.
    """

    role: Role
    result: str
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReport:
    """What one cycle over one partner did.

    Attributes:
        city: What is believed afterwards.
        obtained: The leaf configuration in force was obtained, and counts.
        etags: By URL, of the statements in force.
        clock: The partner's clock, if it said.
    """

    city: TrustedCity
    outcomes: tuple[StatementOutcome, ...]
    alarms: tuple[TrustAlarm, ...]
    etags: Mapping[str, str]
    clock: ClockSample | None
    obtained: bool

    @property
    def problem(self) -> str | None:
        """The first thing that went wrong, by code."""
        return next((each.problem for each in self.outcomes if each.problem), None)


def statement_url(leaf: EntityId, role: Role) -> str:
    """Return where a city publishes its statement of a role."""
    if role is Role.ANCHOR:
        return entity.configuration_url(entity.anchor_of(leaf))
    if role is Role.SUBORDINATE:
        return entity.subordinate_url(leaf)
    return entity.configuration_url(leaf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One pass over the three statements of one partner, or over those that are due.

    Attributes:
        source: Where they come from.
        accepted: Statements of this partner accepted in the last 90 days.
        now: The one moment of the cycle.
        store: Called with every accepted statement before the next is asked for.
        roles: Those that are due; the others stay as they are stored.
    """

    source: Source
    accepted: Accepted
    now: Timestamp
    store: Callable[[TrustedCity, Role], None]
    roles: Collection[Role] = EVERY_ROLE

    def run(self, city: TrustedCity, etags: Mapping[str, str]) -> CycleReport:
        """Return what became of ``city``, in which nothing is changed in place."""
        report = CycleReport(
            city=city, outcomes=(), alarms=(), etags=etags, clock=None, obtained=False
        )
        for role in Role:
            if role in self.roles:
                report = self._step(report, role)
        return report

    def _step(self, report: CycleReport, role: Role) -> CycleReport:
        try:
            offered = self.source.offer(role)
        except FetchError as error:
            outcome = StatementOutcome(role=role, result="unreachable", problem=error.code)
            return replace(report, outcomes=(*report.outcomes, outcome))
        report = replace(report, clock=offered.clock or report.clock)
        if offered.token is None:
            return _noted(report, role, Result.UNCHANGED.value, None, self.now)
        update = take(report.city, role, offered.token, accepted=self.accepted, now=self.now)
        report = replace(report, city=update.city, alarms=report.alarms + update.alarms)
        if update.result is Result.ACCEPTED:
            self.store(update.city, role)
        if update.result in {Result.ACCEPTED, Result.UNCHANGED}:
            report = replace(report, etags=_with_etag(report, role, offered.etag))
        return _noted(report, role, update.result.value, update.refusal, self.now)


def _noted(
    report: CycleReport, role: Role, result: str, problem: str | None, now: Timestamp
) -> CycleReport:
    outcome = StatementOutcome(role=role, result=result, problem=problem)
    in_force = result in {Result.ACCEPTED.value, Result.UNCHANGED.value}
    obtained = role is Role.LEAF and in_force and report.city.counts(role, now)
    return replace(report, outcomes=(*report.outcomes, outcome), obtained=obtained)


def _with_etag(report: CycleReport, role: Role, etag: str | None) -> Mapping[str, str]:
    """Only a validator of the statement in force: a 304 must never mean another one."""
    url = statement_url(report.city.pins.leaf, role)
    others = {known: value for known, value in report.etags.items() if known != url}
    return others | ({url: etag} if etag else {})


def _sample(document: FetchedDocument) -> ClockSample | None:
    if document.date is None:
        return None
    return ClockSample(
        offset_s=document.date - document.received_at, sampled_at=document.received_at
    )
