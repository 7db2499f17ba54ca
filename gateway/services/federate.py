"""Living with partner cities: all that officers and the background worker ask for.

Start here. The parts: ``partner_join`` (add, compare, accept), ``partner_sync`` and
``partner_cycle`` (keep up), ``partner_status`` (look), ``partner_book`` (signed rows).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.services.event_ports import EventRows
from gateway.services.own_keys import OwnKeys
from gateway.services.own_statements import load_own
from gateway.services.partner_anchors import RepinPartners
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_join import (
    Added,
    Challenged,
    Confirmed,
    JoinPartners,
    draw_groups,
    numbered,
)
from gateway.services.partner_ports import Fetch, OwnStatementsMissingError, UnknownPartnerError
from gateway.services.partner_protect import stop
from gateway.services.partner_status import PartnerStatus, partner_statuses
from gateway.services.partner_sync import SyncPartners, SyncReport
from gateway.services.trust_ports import NotedRows, OwnStatements, PartnerRows
from gateway.trust import entity
from gateway.trust.alarms import TrustAlarm
from gateway.trust.decisions import Decision
from gateway.trust.partners import build_keyring
from gateway.trust.pins_file import PinsFile
from gateway.trust.record import Pins
from gateway.trust.rows import RowSeal
from gateway.trust.safety import GROUPS_PER_CITY
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role

__all__ = ["Added", "Challenged", "Confirmed", "Federation", "PartnerStatus", "SyncReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """The use cases of one city; safe to share between threads as its ports are.

    A partner is named by its anchor or by its leaf: both are accepted everywhere.

    Attributes:
        leaf: This city's leaf.
        division: Its division code; None where it only verifies.
        members: Division code by leaf, of every member of the agreement.
        keys: Its own keys as they are now.
        events: What is remembered of pushes; None where nothing is.
        allow_loopback: Whether ``http://127.0.0.1:<port>`` will do as an entity (demo).
        draw: Where the groups that the first officer is asked for come from.
    """

    leaf: EntityId
    division: CityId | None
    members: Mapping[EntityId, CityId]
    keys: OwnKeys
    rows: PartnerRows
    noted: NotedRows
    statements: OwnStatements
    fetch: Fetch
    events: EventRows | None = None
    allow_loopback: bool = False
    draw: Callable[[], Sequence[int]] = draw_groups

    def add(self, leaf: str, now: Timestamp, officer: str = "") -> Added:
        """Fetch what a city publishes and make it a candidate; show the safety number.

        The ledger names ``officer``, or this city itself.

        Raises:
            EntityIdError: ``leaf`` is no entity identifier.
            OwnEntityError, KnownPartnerError: it cannot be added.
            DivisionTakenError, NotAMemberError, DivisionForeignError: it is not the city that
                it says it is.
            FetchError, CandidateError, AnchorKeysError: it publishes nothing that fits.
            OwnStatementsMissingError: this city has no safety number yet.
        """
        return self._join().add(leaf, now, officer)

    def challenge(self, partner: str, officer: str, now: Timestamp) -> Challenged:
        """Return which three of the 12 groups ``officer`` is to ask the partner's office for.

        Raises:
            UnknownPartnerError, TransitionError, ConfirmationError: it is not the time.
        """
        return self._join().challenge(self.anchor_of(partner), officer, now)

    def confirm(
        self, partner: str, officer: str, answers: Sequence[str], now: Timestamp
    ) -> Confirmed:
        """Compare three groups, as heard; two officers make a candidate confirmed.

        Raises:
            UnknownPartnerError, TransitionError, ConfirmationError: it is not the time, or
                these are not three groups of five digits.
        """
        return self._join().confirm(self.anchor_of(partner), officer, answers, now)

    def accept(
        self,
        partner: str,
        scenarios: Iterable[ScenarioId],
        until: Timestamp,
        now: Timestamp,
        officer: str = "",
    ) -> SyncReport:
        """Agree on scenarios and an end date, sync for the first time: the partner is active.

        Publish the own leaf configuration afterwards, so that it names the partner.

        Raises:
            UnknownPartnerError, TransitionError, RecordError, DivisionTakenError.
            FirstSyncError: nothing was stored.
        """
        return self._join().accept(self.anchor_of(partner), scenarios, until, now, officer)

    def sync(self, now: Timestamp, partner: str | None = None) -> tuple[SyncReport, ...]:
        """Run one cycle for one partner or for all; what goes wrong is in the reports.

        Raises:
            UnknownPartnerError: there is no such partner.
        """
        if partner is not None:
            anchor = self.anchor_of(partner)
            reports: tuple[SyncReport, ...] = (self._sync().one(anchor, now),)
        else:
            reports = self._sync().all(now)
        self._compare(now)
        return reports

    def challenge_anew(self, partner: str, officer: str, now: Timestamp) -> Challenged:
        """Return which groups to ask a partner for whose anchor announces a new pair of keys.

        Raises:
            UnknownPartnerError, RepinError, AnchorKeysError, ConfirmationError: it is not the time.
            OwnStatementsMissingError: this city has no safety number yet.
        """
        return self._repin().challenge(self.anchor_of(partner), officer, now)

    def confirm_anew(
        self, partner: str, officer: str, answers: Sequence[str], now: Timestamp
    ) -> Confirmed:
        """Compare three groups of the new pair; two officers put it in place of the old one.

        Raises:
            As ``challenge_anew``.
        """
        return self._repin().confirm(self.anchor_of(partner), officer, answers, now)

    def own_groups(self, partner: str, now: Timestamp) -> Mapping[int, str]:
        """Return this city's six groups of the safety number with a partner, by place from 1.

        Raises:
            UnknownPartnerError: there is no such partner.
            OwnStatementsMissingError: this city has no safety number yet.
        """
        pins = self._book().find(self.anchor_of(partner), now)[1].record.pins
        ours = self._own_pins().half()
        places = numbered(pins.half(), ours, range(GROUPS_PER_CITY))
        return dict(zip(places, ours, strict=True))

    def import_pins(self, raw: bytes, now: Timestamp, officer: str = "") -> Added | SyncReport:
        """Take a partner's public file when its network or origin is gone.

        Of a partner that was accepted it counts as a cycle, as old as its signature; of
        anybody else it makes a candidate, and the safety number is compared as ever.

        Raises:
            PinsFileError, EntityIdError: it is no such file.
            As ``add``: it makes no candidate.
        """
        file = PinsFile.parse(raw, allow_loopback=self.allow_loopback)
        anchor = entity.anchor_of(file.leaf)
        row = self.rows.get(anchor)
        if row is not None:
            state = self._book().find(anchor, now)[1].record.state
            if state is not PartnerState.CANDIDATE:
                return self._sync().one(anchor, now, file)
        return self._join().add_file(file, now, officer)

    def export_pins(self) -> bytes:
        """Return this city's own public file.

        Raises:
            OwnStatementsMissingError: not all three statements are published.
        """
        served = load_own(self.statements, self._seal(), self.division).served
        if set(served) != set(Role):
            raise OwnStatementsMissingError("publish all three statements first")
        tokens = {role: statement.token for role, statement in served.items()}
        return PinsFile(leaf=self.leaf, statements=tokens).encode()

    def status(self, now: Timestamp) -> tuple[PartnerStatus, ...]:
        """Return how it stands with every partner, in both directions."""
        return partner_statuses(self._book(), self.events, now)

    def suspend(self, partner: str, officer: str, reason: str, now: Timestamp) -> PartnerState:
        """Stop recognising a partner's codes at once; one officer will do, since it protects.

        Raises:
            UnknownPartnerError, TransitionError: there is nothing to suspend.
            RecordError: no officer or reason, or not plain text.
        """
        decided = Decision(officer=officer, reason=reason, at=now)
        return stop(self._book(), self.anchor_of(partner), PartnerState.SUSPENDED, decided)

    def accepted_anchors(self, now: Timestamp) -> tuple[EntityId, ...]:
        """Return the anchors of active partners, for ``trust_anchor_hints``."""
        return tuple(
            partner.record.pins.anchor
            for partner in self._book().all(now).partners
            if partner.record.state is PartnerState.ACTIVE
        )

    def _compare(self, now: Timestamp) -> tuple[TrustAlarm, ...]:
        """Look at all partners side by side, and raise what stands out."""
        own = load_own(self.statements, self._seal(), self.division).entity
        partners = self._book().all(now).partners
        _, alarms = build_keyring(own, partners, clock_doubtful=False)
        for found in {(each.anchor, each.alarm.code) for each in alarms}:
            self.rows.alarm(*found, now)
        return tuple(each.alarm for each in alarms)

    def anchor_of(self, partner: str) -> EntityId:
        """Return the anchor of a partner named by either of its identifiers.

        Raises:
            UnknownPartnerError: there is no such partner.
        """
        named = EntityId(partner)
        for anchor in (named, entity.anchor_of(named)):
            if self.rows.get(anchor) is not None:
                return anchor
        raise UnknownPartnerError("no such partner")

    def _own_pins(self) -> Pins:
        own = load_own(self.statements, self._seal(), self.division).pins
        if own is None:
            raise OwnStatementsMissingError("publish the own anchor configuration first")
        return own

    def _repin(self) -> RepinPartners:
        return RepinPartners(book=self._book(), own=self._own_pins(), draw=self.draw)

    def _seal(self) -> RowSeal:
        return RowSeal(leaf=self.leaf, keys=self.keys.federation_public())

    def _book(self) -> PartnerBook:
        return PartnerBook(rows=self.rows, noted=self.noted, leaf=self.leaf, keys=self.keys)

    def _sync(self) -> SyncPartners:
        return SyncPartners(book=self._book(), fetch=self.fetch)

    def _join(self) -> JoinPartners:
        return JoinPartners(
            division=self.division,
            members=self.members,
            book=self._book(),
            statements=self.statements,
            fetch=self.fetch,
            sync=self._sync(),
            allow_loopback=self.allow_loopback,
            draw=self.draw,
        )
