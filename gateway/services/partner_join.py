"""How a city becomes a partner: add, compare the safety number twice, accept.

Nothing that is fetched is believed because it was fetched: what counts is that two officers
heard the partner's office read the same digits (docs/federation.md).
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.services.own_statements import load_own
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_cycle import FromFile, FromNetwork, Source
from gateway.services.partner_ports import (
    Fetch,
    FirstSyncError,
    KnownPartnerError,
    OwnEntityError,
    OwnStatementsMissingError,
    UnknownPartnerError,
)
from gateway.services.partner_sync import SyncPartners, SyncReport
from gateway.services.trust_ports import OwnStatements
from gateway.trust import entity
from gateway.trust.alarms import AlarmCode
from gateway.trust.candidate import Candidate, read_candidate
from gateway.trust.confirmation import Verdict, answered, challenged
from gateway.trust.partners import check_division, check_member
from gateway.trust.pins_file import PinsFile
from gateway.trust.record import AgreementRecord, Pins
from gateway.trust.safety import GROUPS_ASKED, GROUPS_PER_CITY, Half, safety_number
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role


def numbered(ours: Half, theirs: Half, groups: Iterable[int]) -> tuple[int, ...]:
    """Return which of the 12 groups, counted from 1, these positions of their half are."""
    first = 1 if theirs < ours else 1 + GROUPS_PER_CITY
    return tuple(first + group for group in groups)


def draw_groups() -> tuple[int, ...]:
    """Return three different positions 0 to 5, at random."""
    return tuple(sorted(secrets.SystemRandom().sample(range(GROUPS_PER_CITY), GROUPS_ASKED)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A candidate, to be compared by voice.

    Attributes:
        division: The announced division code; None where the city only verifies.
        organization_name: As announced, plain text.
        safety_number: 12 groups, the same on both sides.
    """

    anchor: EntityId
    leaf: EntityId
    division: CityId | None
    organization_name: str
    safety_number: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenged:
    """What an officer is to ask the partner's office for.

    Attributes:
        groups: Which of the 12 groups, counted from 1.
    """

    anchor: EntityId
    officer: str
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What an officer's answer led to."""

    anchor: EntityId
    verdict: Verdict
    state: PartnerState


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPartners:
    """The use cases up to acceptance.

    Attributes:
        division: Own division code; None where this city only verifies.
        members: Division code by leaf, of every member of the agreement.
        allow_loopback: Whether ``http://127.0.0.1:<port>`` will do as an entity (demo).
        draw: Where the groups of the first officer come from.
    """

    division: CityId | None
    members: Mapping[EntityId, CityId]
    book: PartnerBook
    statements: OwnStatements
    fetch: Fetch
    sync: SyncPartners
    allow_loopback: bool = False
    draw: Callable[[], Sequence[int]] = draw_groups

    def add(self, leaf: str, now: Timestamp, officer: str) -> Added:
        """Fetch what the city at ``leaf`` publishes, and make it a candidate.

        A candidate that is added again begins anew.

        Raises:
            EntityIdError: ``leaf`` is no entity identifier.
            OwnEntityError, KnownPartnerError: it cannot be added.
            DivisionTakenError, NotAMemberError, DivisionForeignError: it is not the city that
                it says it is.
            FetchError, CandidateError, AnchorKeysError: it publishes nothing that fits.
        """
        known = entity.parse_entity_id(leaf, allow_loopback=self.allow_loopback)
        source = FromNetwork(fetch=self.fetch, leaf=known)
        return self.add_from(known, source, now, officer)

    def add_file(self, file: PinsFile, now: Timestamp, officer: str) -> Added:
        """Make a candidate of a city whose statements came as a file.

        Raises:
            As ``add``.
        """
        return self.add_from(file.leaf, FromFile(tokens=file.statements), now, officer)

    def add_from(self, leaf: EntityId, source: Source, now: Timestamp, officer: str) -> Added:
        """Make a candidate of the city at ``leaf``, whatever brings its statements.

        Raises:
            As ``add``.
        """
        # (1) May there be such a partner at all?
        own = self._own_pins()
        if leaf == own.leaf:
            raise OwnEntityError("this city is no partner of itself")
        version = self._candidate_version(entity.anchor_of(leaf), now)
        # (2) Do its statements fit together?
        candidate = read_candidate(leaf, _tokens(source), now)
        # (3) Does it claim to be a city that somebody else is?
        self._check_division(candidate.pins, now)
        # (4) Only now is it worth remembering.
        record = AgreementRecord(pins=candidate.pins)
        self.book.insert(record, now, officer=officer, version=version)
        return _added(candidate, own)

    def challenge(self, anchor: EntityId, officer: str, now: Timestamp) -> Challenged:
        """Say which groups ``officer`` is to ask the partner's office for.

        Raises:
            UnknownPartnerError, TransitionError, ConfirmationError, ConflictError.
        """
        record = self.book.change(
            anchor, now, lambda record: challenged(record, officer, self.draw())
        )
        groups = record.challenge.groups if record.challenge else ()
        ours, theirs = self._own_pins().half(), record.pins.half()
        return Challenged(anchor=anchor, officer=officer, groups=numbered(ours, theirs, groups))

    def confirm(
        self, anchor: EntityId, officer: str, answers: Sequence[str], now: Timestamp
    ) -> Confirmed:
        """Compare what the partner's office read with what is pinned.

        A wrong answer is no error but a verdict; the third one is an alarm.

        Raises:
            UnknownPartnerError, TransitionError, ConfirmationError, ConflictError.
        """
        row, partner = self.book.find(anchor, now)
        answer = answered(partner.record, officer, answers, now)
        before = (partner.record, partner.city)
        self.book.write(row, before, (answer.record, partner.city), now)
        if answer.verdict is Verdict.VOID:
            self.book.rows.alarm(anchor, AlarmCode.SAFETY_NUMBER_WRONG, now)
        return Confirmed(anchor=anchor, verdict=answer.verdict, state=answer.record.state)

    def accept(
        self,
        anchor: EntityId,
        scenarios: Iterable[ScenarioId],
        until: Timestamp,
        now: Timestamp,
        officer: str = "",
    ) -> SyncReport:
        """Agree on scenarios and an end, sync for the first time, and verify from then on.

        Nothing is stored unless the first sync brings a chain that counts.

        Raises:
            UnknownPartnerError, TransitionError, RecordError, DivisionTakenError, ConflictError.
            FirstSyncError: the chain does not stand under the confirmed keys.
        """
        row, partner = self.book.find(anchor, now)
        record = partner.record.accepted(frozenset(scenarios), until, now, officer)
        self._check_division(record.pins, now)
        report, cycle = self.sync.first(record, now)
        if not cycle.obtained:
            raise FirstSyncError(cycle.problem or "trust_chain_incomplete")
        self.book.write(row, (partner.record, partner.city), (record, cycle.city), now)
        self.sync.remember_first(record, cycle, now)
        return report

    def _candidate_version(self, anchor: EntityId, now: Timestamp) -> int:
        """Return the version of a candidate's row, 0 if there is none."""
        try:
            row, partner = self.book.find(anchor, now)
        except UnknownPartnerError:
            return 0
        state = partner.record.state
        if state is PartnerState.LEFT:
            raise KnownPartnerError("it left for ever; it begins anew under another address")
        if state is not PartnerState.CANDIDATE:
            raise KnownPartnerError(f"it is {state} already; adding would forget what was agreed")
        return row.version

    def _check_division(self, pins: Pins, now: Timestamp) -> None:
        others = (
            partner.record
            for partner in self.book.all(now).partners
            if partner.record.pins.anchor != pins.anchor
        )
        check_division(pins.division, own=self.division, others=others)
        check_member(pins, self.members)

    def _own_pins(self) -> Pins:
        own = load_own(self.statements, self.book.seal, self.division).pins
        if own is None:
            raise OwnStatementsMissingError("publish the own anchor configuration first")
        return own


def _tokens(source: Source) -> Mapping[Role, str]:
    # A 304 that nobody asked for leaves nothing, which no statement is.
    return {role: source.offer(role).token or "" for role in Role}


def _added(candidate: Candidate, own: Pins) -> Added:
    anchor = candidate.city.anchor
    return Added(
        anchor=candidate.pins.anchor,
        leaf=candidate.pins.leaf,
        division=candidate.pins.division,
        organization_name=anchor.statement.organization_name if anchor else "",
        safety_number=safety_number(own.half(), candidate.pins.half()),
    )
