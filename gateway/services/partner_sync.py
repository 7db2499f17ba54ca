"""Keeping up with partners: one cycle for each, none of them able to disturb another."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.errors import FetchError, GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_cycle import (
    EVERY_ROLE,
    Asked,
    Cycle,
    CycleReport,
    FromFile,
    FromNetwork,
    Source,
    StatementOutcome,
    statement_url,
)
from gateway.services.partner_ports import Fetch
from gateway.services.trust_ports import ConflictError, Contact, PartnerRow, PartnerRows
from gateway.trust.alarms import AlarmCode, TrustAlarm
from gateway.trust.clock_check import ClockSample
from gateway.trust.freshness import LATE_AFTER_S, Freshness
from gateway.trust.partners import Partner
from gateway.trust.pins_file import PinsFile
from gateway.trust.record import AgreementRecord
from gateway.trust.states import FOLLOWED_STATES, PartnerState
from gateway.trust.trusted_city import Role, TrustedCity

ATTEMPTS = 2
"""Cycles over one partner when somebody else changes its row meanwhile."""

ANEW_S: Mapping[Role, int] = {Role.LEAF: 60, Role.SUBORDINATE: 400, Role.ANCHOR: 4000}
"""How long, of ten times as long, a statement is asked for without validator: a poll falls into it.

A validator is stored unsigned. If a hand plants the partner's newest there, all answers would be
"unchanged" until the stored statement ran out, and nobody would be late.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What one cycle over one partner led to.

    Attributes:
        state: Of the partner, at the moment of the cycle; None if its row cannot be read.
        outcomes: By statement, in order; empty if nothing was asked for.
        problem: The first thing that went wrong, by code; None if all is well.
        obtained: The leaf configuration in force was obtained, and counts.
    """

    anchor: EntityId
    state: PartnerState | None
    freshness: Freshness | None
    outcomes: tuple[StatementOutcome, ...]
    alarms: tuple[TrustAlarm, ...]
    problem: str | None
    obtained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPartners:
    """Runs cycles and keeps what they bring."""

    book: PartnerBook
    fetch: Fetch

    def all(self, now: Timestamp) -> tuple[SyncReport, ...]:
        """Run one cycle for every partner that is followed, under one ``now``."""
        loaded = self.book.all(now)
        broken = tuple(_failed(anchor, AlarmCode.ROW_TAMPERED.value) for anchor in loaded.tampered)
        followed = (
            partner.record.pins.anchor
            for partner in loaded.partners
            if partner.record.state in FOLLOWED_STATES
        )
        return broken + tuple(self.one(anchor, now) for anchor in followed)

    def one(
        self,
        anchor: EntityId,
        now: Timestamp,
        file: PinsFile | None = None,
        roles: Collection[Role] = EVERY_ROLE,
    ) -> SyncReport:
        """Run one cycle for one partner; whatever goes wrong is in the report.

        Args:
            anchor: Which partner.
            now: The one moment of the cycle.
            file: Take the statements from here instead of from the network.
            roles: Which statements are due. If the leaf alone is, and it is a new one, then all
                are: it may rest on another one above it.
        """
        try:
            return self._attempt(anchor, _Errand(now, file, roles), ATTEMPTS)
        except GatewayError as error:
            return _failed(anchor, error.code)

    def first(self, record: AgreementRecord, now: Timestamp) -> tuple[SyncReport, CycleReport]:
        """Run the cycle of first contact; nothing is stored."""
        source = FromNetwork(fetch=self.fetch, leaf=record.pins.leaf)
        cycle = Cycle(source=source, accepted={}, now=now, store=_keep_nothing)
        report = cycle.run(TrustedCity.first(record.pins), {})
        return _report(record, report, now, now), report

    def remember_first(self, record: AgreementRecord, report: CycleReport, now: Timestamp) -> None:
        """Store what the cycle of first contact brought beside the row."""
        for role in Role:
            self._remember(report.city, role, now)
        self._conclude(record, report, None, now, now)

    def _attempt(self, anchor: EntityId, errand: "_Errand", attempts: int) -> SyncReport:
        now = errand.now
        row, partner = self.book.find(anchor, now)
        if partner.record.state not in FOLLOWED_STATES:
            return _report_idle(partner, now)
        contact = self.book.rows.contact(anchor)
        try:
            report = self._cycle(row, partner, contact, errand)
        except ConflictError:
            if attempts == 1:
                raise
            return self._attempt(anchor, errand, attempts - 1)
        obtained_at = _obtained_at(report, partner, now, by_hand=errand.file is not None)
        self._conclude(partner.record, report, contact, obtained_at, now)
        return _report(partner.record, report, obtained_at, now)

    def _cycle(
        self, row: PartnerRow, partner: Partner, contact: Contact | None, errand: "_Errand"
    ) -> CycleReport:
        etags: Mapping[str, str] = contact.etags if contact else {}
        writer = _RowWriter(self.book, row, partner, errand.now)

        def store(city: TrustedCity, role: Role) -> None:
            writer.write(city)
            self._remember(city, role, errand.now)

        source, roles = self._source(partner, etags, errand), errand.roles
        if set(roles) == {Role.LEAF}:
            source, roles = _leaf_first(source, partner.city)
        cycle = Cycle(
            source=source,
            accepted=AcceptedBefore(rows=self.book.rows, anchor=row.anchor_id),
            now=errand.now,
            store=store,
            roles=roles,
        )
        return cycle.run(partner.city, etags)

    def _source(self, partner: Partner, etags: Mapping[str, str], errand: "_Errand") -> Source:
        if errand.file is not None:
            return FromFile(tokens=errand.file.statements)
        leaf, now = partner.record.pins.leaf, errand.now
        # Where the stored one does not count, a 304 would keep us from ever seeing another.
        usable = {
            statement_url(leaf, role)
            for role in Role
            if partner.city.counts(role, now) and not _asks_anew(role, now)
        }
        known = {url: etag for url, etag in etags.items() if url in usable}
        return FromNetwork(fetch=self.fetch, leaf=leaf, etags=known)

    def _remember(self, city: TrustedCity, role: Role, now: Timestamp) -> None:
        """After the row, never before: a hash without its statement would hide it for ever."""
        name, life = city.fingerprint(role), city.life(role)
        if name and life:
            self.book.rows.remember_accepted(
                city.pins.anchor, role.value, name, life.issued_at, now
            )

    def _conclude(
        self,
        record: AgreementRecord,
        report: CycleReport,
        before: Contact | None,
        obtained_at: Timestamp,
        now: Timestamp,
    ) -> None:
        """Store how it went, and raise what an officer must look at."""
        anchor = record.pins.anchor
        failures = 0 if report.obtained else 1 + (before.failures if before else 0)
        clock = report.clock or last_sample(before)
        self.book.rows.save_contact(
            Contact(
                anchor_id=anchor,
                obtained_at=obtained_at or None,
                etags=report.etags,
                clock_offset_s=clock.offset_s if clock else None,
                clock_sampled_at=clock.sampled_at if clock else None,
                last_error=report.problem,
                failures=failures,
            ),
            quietly=_as_before(before, obtained_at),
        )
        for code in {alarm.code for alarm in report.alarms}:
            self.book.rows.alarm(anchor, code, now)
        partner = Partner(record=record, city=report.city, obtained_at=obtained_at)
        if partner.freshness(now) is Freshness.STALE:
            self.book.rows.alarm(anchor, AlarmCode.PARTNER_STALE, now)


class _Errand(NamedTuple):
    """One moment, where the statements come from, and which are due."""

    now: Timestamp
    file: PinsFile | None
    roles: Collection[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedBefore:
    """What was accepted of a partner in 90 days, asked for one by one.

    All of it may be hundred thousands of rows: a partner may sign anew for every poll.
    """

    rows: PartnerRows
    anchor: EntityId

    def __contains__(self, fingerprint: object) -> bool:
        return isinstance(fingerprint, str) and self._find(fingerprint) is not None

    def __getitem__(self, fingerprint: str) -> tuple[str, Timestamp]:
        found = self._find(fingerprint)
        if found is None:
            raise KeyError(fingerprint)
        return found

    def _find(self, fingerprint: str) -> tuple[str, Timestamp] | None:
        return self.rows.accepted(self.anchor, fingerprint)


def _leaf_first(source: Source, city: TrustedCity) -> tuple[Source, Collection[Role]]:
    """Return what to go on with once the leaf was asked for.

    A new leaf may be signed by a key that only the next subordinate statement names: then all
    three are taken, in their order, as if nothing had been asked for yet.
    """
    try:
        leaf = source.offer(Role.LEAF)
    except FetchError as error:
        return Asked(leaf=error), {Role.LEAF}
    if leaf.token is None or (city.leaf is not None and leaf.token == city.leaf.token):
        return Asked(leaf=leaf), {Role.LEAF}
    return source, EVERY_ROLE


def _as_before(before: Contact | None, obtained_at: Timestamp) -> bool:
    """Whether the partner was heard of as was to be expected: no worker need know at once."""
    known = before.obtained_at if before else None
    return known is not None and 0 <= obtained_at - known <= LATE_AFTER_S


class _RowWriter:
    """Writes a partner's memory again and again within one cycle, each time a version on."""

    def __init__(
        self, book: PartnerBook, row: PartnerRow, partner: Partner, now: Timestamp
    ) -> None:
        self._book, self._row, self._now = book, row, now
        self._record, self._city = partner.record, partner.city

    def write(self, city: TrustedCity) -> None:
        before, after = (self._record, self._city), (self._record, city)
        self._row = self._book.write(self._row, before, after, self._now)
        self._city = city


def last_sample(contact: Contact | None) -> ClockSample | None:
    """Return the last time that a partner told, if it did."""
    if contact is None or contact.clock_offset_s is None or contact.clock_sampled_at is None:
        return None
    return ClockSample(offset_s=contact.clock_offset_s, sampled_at=contact.clock_sampled_at)


def _asks_anew(role: Role, now: Timestamp) -> bool:
    return now % (10 * ANEW_S[role]) >= 9 * ANEW_S[role]


def _keep_nothing(city: TrustedCity, role: Role) -> None:
    """Acceptance stores all at once, or nothing."""


def _obtained_at(
    report: CycleReport, partner: Partner, now: Timestamp, *, by_hand: bool
) -> Timestamp:
    """A file may be old: what it brings is as old as its signature."""
    if not report.obtained:
        return partner.obtained_at
    leaf = report.city.life(Role.LEAF)
    fetched_at = min(now, leaf.issued_at) if by_hand and leaf else now
    return max(partner.obtained_at, fetched_at)


def _report(
    record: AgreementRecord, report: CycleReport, obtained_at: Timestamp, now: Timestamp
) -> SyncReport:
    partner = Partner(record=record, city=report.city, obtained_at=obtained_at)
    return SyncReport(
        anchor=record.pins.anchor,
        state=partner.state(now),
        freshness=partner.freshness(now),
        outcomes=report.outcomes,
        alarms=report.alarms,
        problem=report.problem,
        obtained=report.obtained,
    )


def _report_idle(partner: Partner, now: Timestamp) -> SyncReport:
    return SyncReport(
        anchor=partner.record.pins.anchor,
        state=partner.state(now),
        freshness=None,
        outcomes=(),
        alarms=(),
        problem=None,
    )


def _failed(anchor: EntityId, problem: str) -> SyncReport:
    return SyncReport(
        anchor=anchor, state=None, freshness=None, outcomes=(), alarms=(), problem=problem
    )
