"""Events in memory: what is owed, heard and wished, and partners that are believed."""

from dataclasses import dataclass, field, replace

from gateway.errors import UnavailableError
from gateway.ids import EntityId, Timestamp
from gateway.services.event_ports import Delivery, Pushes
from gateway.trust.events import Hearing, hear
from gateway.trust.keyring import Keyring
from gateway.trust.partners import Partner
from gateway.trust.record import AgreementRecord
from gateway.trust.states import PartnerState
from tests.trust.cities import NOON, City


@dataclass
class Believed:
    """What a process believes, replaced by assignment."""

    partners: tuple[Partner, ...] = ()
    keyring: Keyring = field(default_factory=lambda: Keyring(own=None, issuers={}))

    @property
    def snapshot(self) -> "Believed":
        return self


def partner_of(city: City, state: PartnerState = PartnerState.ACTIVE) -> Partner:
    record = AgreementRecord(pins=city.pins(), state=state)
    return Partner(record=record, city=city.known(), obtained_at=NOON)


@dataclass
class Wishes:
    """Wishes in a list; ``gone`` while the database takes none."""

    wished: list[EntityId] = field(default_factory=list[EntityId])
    gone: bool = False

    def wish(self, anchor: EntityId, now: Timestamp, *, spacing_s: int = 0) -> None:
        if self.gone:
            raise UnavailableError("no database")
        self.wished.append(anchor)

    def take(self) -> tuple[EntityId, ...]:
        taken, self.wished = tuple(self.wished), []
        return taken


@dataclass
class _Row:
    owed: int
    owed_at: Timestamp
    next_at: Timestamp | None
    delivered: int = 0
    attempts: int = 0
    error: str | None = None
    sent_at: Timestamp | None = None


@dataclass
class MemoryEvents:
    """``EventRows`` in dictionaries."""

    heard: dict[EntityId, dict[str, Timestamp]] = field(
        default_factory=dict[EntityId, dict[str, Timestamp]]
    )
    rows: dict[EntityId, _Row] = field(default_factory=dict[EntityId, _Row])

    def hear(self, anchor: EntityId, jti: str, now: Timestamp) -> tuple[Hearing, int]:
        known = self.heard.setdefault(anchor, {})
        verdict, wait_s = hear(known, jti, now)
        if verdict is Hearing.FIRST:
            known[jti] = now
        return verdict, wait_s

    def forget(self, anchor: EntityId, jti: str) -> None:
        del self.heard[anchor][jti]

    def owe(self, anchors: frozenset[EntityId], now: Timestamp, due_at: Timestamp) -> None:
        for anchor in anchors:
            row = self.rows.get(anchor) or _Row(owed=0, owed_at=now, next_at=due_at)
            owed = row.owed + 1
            self.rows[anchor] = replace(row, owed=owed, owed_at=now, next_at=due_at, attempts=0)

    def due(self, now: Timestamp, since: Timestamp) -> tuple[Delivery, ...]:
        return tuple(
            Delivery(anchor=anchor, number=row.owed, owed_at=row.owed_at, attempts=row.attempts)
            for anchor, row in sorted(self.rows.items())
            if row.delivered < row.owed
            and row.owed_at >= since
            and row.next_at is not None
            and row.next_at <= now
        )

    def delivered(self, delivery: Delivery, now: Timestamp) -> None:
        row = self.rows[delivery.anchor]
        row.delivered, row.sent_at, row.error = delivery.number, now, None

    def failed(self, delivery: Delivery, error: str, next_at: Timestamp | None) -> None:
        row = self.rows[delivery.anchor]
        if row.owed == delivery.number:
            row.attempts, row.error, row.next_at = delivery.attempts + 1, error, next_at

    def pushes(self, anchor: EntityId) -> Pushes:
        heard_at = max(self.heard.get(anchor, {}).values(), default=None)
        row = self.rows.get(anchor)
        if row is None:
            return Pushes(heard_at=heard_at)
        missing = row.delivered < row.owed
        return Pushes(
            sent_at=row.sent_at,
            owed=missing,
            sending=missing and row.next_at is not None,
            error=row.error,
            heard_at=heard_at,
        )
