"""Keeping up with partners: one cycle for each, none of them able to disturb another."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_cycle import (
    Cycle,
    CycleReport,
    FromFile,
    FromNetwork,
    Source,
    StatementOutcome,
    statement_url,
)
from gateway.services.partner_ports import Fetch
from gateway.services.trust_ports import ConflictError, Contact, PartnerRow
from gateway.trust.alarms import AlarmCode, TrustAlarm
from gateway.trust.clock_check import ClockSample
from gateway.trust.cycle import Accepted
from gateway.trust.freshness import Freshness
from gateway.trust.partners import Partner
from gateway.trust.pins_file import PinsFile
from gateway.trust.record import AgreementRecord
from gateway.trust.states import FOLLOWED_STATES, PartnerState
from gateway.trust.trusted_city import Role, TrustedCity

ATTEMPTS = 2
"""Cycles over one partner when somebody else changes its row meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What one cycle over one partner led to.

    Attributes:
        state: Of the partner, at the moment of the cycle; None if its row cannot be read.
        outcomes: By statement, in order; empty if nothing was asked for.
        problem: The first thing that went wrong, by code; None if all is well.
    """

    anchor: EntityId
    state: PartnerState | None
    freshness: Freshness | None
    outcomes: tuple[StatementOutcome, ...]
    alarms: tuple[TrustAlarm, ...]
    problem: str | None


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

    def one(self, anchor: EntityId, now: Timestamp, file: PinsFile | None = None) -> SyncReport:
        """Run one cycle for one partner; whatever goes wrong is in the report.

        Args:
            anchor: Which partner.
            now: The one moment of the cycle.
            file: Take the statements from here instead of from the network.
        """
        try:
            return self._attempt(anchor, now, file, ATTEMPTS)
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

    def _attempt(
        self, anchor: EntityId, now: Timestamp, file: PinsFile | None, attempts: int
    ) -> SyncReport:
        row, partner = self.book.find(anchor, now)
        if partner.record.state not in FOLLOWED_STATES:
            return _report_idle(partner, now)
        contact = self.book.rows.contact(anchor)
        try:
            report = self._cycle(row, partner, contact, now, file)
        except ConflictError:
            if attempts == 1:
                raise
            return self._attempt(anchor, now, file, attempts - 1)
        obtained_at = _obtained_at(report, partner, now, by_hand=file is not None)
        self._conclude(partner.record, report, contact, obtained_at, now)
        return _report(partner.record, report, obtained_at, now)

    def _cycle(
        self,
        row: PartnerRow,
        partner: Partner,
        contact: Contact | None,
        now: Timestamp,
        file: PinsFile | None,
    ) -> CycleReport:
        etags: Mapping[str, str] = contact.etags if contact else {}
        writer = _RowWriter(self.book, row, partner, now)

        def store(city: TrustedCity, role: Role) -> None:
            writer.write(city)
            self._remember(city, role, now)

        accepted: Accepted = self.book.rows.accepted(row.anchor_id)
        cycle = Cycle(
            source=self._source(partner, etags, now, file),
            accepted=accepted,
            now=now,
            store=store,
        )
        return cycle.run(partner.city, etags)

    def _source(
        self,
        partner: Partner,
        etags: Mapping[str, str],
        now: Timestamp,
        file: PinsFile | None,
    ) -> Source:
        if file is not None:
            return FromFile(tokens=file.statements)
        leaf = partner.record.pins.leaf
        # Where the stored one does not count, a 304 would keep us from ever seeing another.
        usable = {statement_url(leaf, role) for role in Role if partner.city.counts(role, now)}
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
            )
        )
        for code in {alarm.code for alarm in report.alarms}:
            self.book.rows.alarm(anchor, code, now)
        partner = Partner(record=record, city=report.city, obtained_at=obtained_at)
        if partner.freshness(now) is Freshness.STALE:
            self.book.rows.alarm(anchor, AlarmCode.PARTNER_STALE, now)


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
