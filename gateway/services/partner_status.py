"""How it stands with each partner, in both directions, for officers to read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gateway.errors import TrustError
from gateway.ids import CityId, EntityId, KeyId, ScenarioId, Timestamp
from gateway.services.event_ports import EventRows, Pushes
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_keys import KeyShown, keys_of
from gateway.services.partner_protect import unratified_of
from gateway.services.ratify import Unratified
from gateway.services.trust_ports import Contact
from gateway.trust import entity
from gateway.trust.freshness import Freshness
from gateway.trust.partners import Partner
from gateway.trust.repinning import new_pair
from gateway.trust.states import STOPPED_STATES, PartnerState
from gateway.trust.trusted_city import Role

ALARMS_SHOWN_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """A moment at which a code key of a partner begins or ends to verify.

    Attributes:
        what: ``usable`` (life begun, hold-down over) or ``expires``.
    """

    kid: KeyId
    what: str
    at: Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmShown:
    """An alarm of the last seven days."""

    code: str
    at: Timestamp
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedKey:
    """A code key that an officer blocked here.

    Attributes:
        ratified_by: Empty as long as no other officer has ratified it.
    """

    kid: KeyId
    since: Timestamp
    by: str
    reason: str
    at: Timestamp
    ratified_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerStatus:
    """One partner, as an officer sees it.

    Attributes:
        state: At the moment of asking; None where the stored row was tampered with.
        stopped_here: Whether an officer here stopped it, so that officers here can resume it.
        reason: Why the state was set by hand, and ``decided_by`` by whom; may be empty.
        age_s: Since the last cycle that obtained its leaf configuration; None is never.
        lists_us: Whether it names our anchor among those that it accepts; None if unknown.
        statements: First moment at which each statement no longer counts.
        key_changes: What is ahead, soonest first.
        keys: Announced, pinned or blocked, and what this city makes of each.
        repinning: Whether a new pair of anchor keys is announced that can be compared.
        blocked: Code keys that an officer blocked here.
        unratified: What one officer did at once, and no other one has looked at.
        issues: Whether it says that it issues codes; ``verifies`` likewise. None if unknown.
        last_error: Of the last cycle, by code; ``failures`` since the last success.
        pushes: Events that it got of us, and we of it.
    """

    anchor: EntityId
    leaf: EntityId
    state: PartnerState | None
    division: CityId | None = None
    stopped_here: bool = False
    reason: str = ""
    decided_by: str = ""
    scenarios: tuple[ScenarioId, ...] = ()
    until: Timestamp | None = None
    freshness: Freshness | None = None
    age_s: int | None = None
    lists_us: bool | None = None
    statements: tuple[tuple[Role, Timestamp], ...] = ()
    key_changes: tuple[KeyChange, ...] = ()
    suspended_anchor_kids: tuple[KeyId, ...] = ()
    keys: tuple[KeyShown, ...] = ()
    repinning: bool = False
    blocked: tuple[BlockedKey, ...] = ()
    unratified: tuple[Unratified, ...] = ()
    issues: bool | None = None
    verifies: bool | None = None
    last_error: str | None = None
    failures: int = 0
    pushes: Pushes = field(default_factory=Pushes)
    alarms: tuple[AlarmShown, ...] = ()


def partner_statuses(
    book: PartnerBook, events: EventRows | None, now: Timestamp
) -> tuple[PartnerStatus, ...]:
    """Return every stored partner, by anchor id; also one whose row cannot be used."""
    loaded, alarms = book.all(now), _alarms(book, now)
    good = (
        replace(
            _status(partner, book, alarms.get(partner.record.pins.anchor, ()), now),
            pushes=events.pushes(partner.record.pins.anchor) if events else Pushes(),
        )
        for partner in loaded.partners
    )
    broken = (
        PartnerStatus(
            anchor=anchor,
            leaf=_leaf_of(anchor),
            state=None,
            last_error="trust_partner_row_tampered",
            alarms=alarms.get(anchor, ()),
        )
        for anchor in loaded.tampered
    )
    return tuple(sorted((*good, *broken), key=lambda status: status.anchor))


def _status(
    partner: Partner, book: PartnerBook, alarms: tuple[AlarmShown, ...], now: Timestamp
) -> PartnerStatus:
    record, city = partner.record, partner.city
    contact: Contact | None = book.rows.contact(record.pins.anchor)
    leaf = city.leaf.statement if city.leaf else None
    ours = entity.anchor_of(book.seal.leaf)
    return PartnerStatus(
        anchor=record.pins.anchor,
        leaf=record.pins.leaf,
        state=partner.state(now),
        division=record.pins.division,
        stopped_here=record.state in STOPPED_STATES,
        reason=record.reason,
        decided_by=record.decided_by,
        scenarios=tuple(sorted(record.scenarios)),
        until=record.until,
        freshness=partner.freshness(now) if partner.obtained_at else None,
        age_s=max(0, now - partner.obtained_at) if partner.obtained_at else None,
        lists_us=ours in leaf.trust_anchor_hints if leaf else None,
        statements=tuple((role, life.expires_at) for role in Role if (life := city.life(role))),
        key_changes=tuple(_key_changes(partner, now)),
        suspended_anchor_kids=tuple(sorted(city.history.suspended_anchor)),
        keys=keys_of(partner, now),
        repinning=_can_repin(partner, now),
        blocked=tuple(
            BlockedKey(
                kid=kid,
                since=block.since,
                by=block.decision.officer,
                reason=block.decision.reason,
                at=block.decision.at,
                ratified_by=block.decision.ratified_by,
            )
            for kid, block in sorted(record.blocked.items())
        ),
        unratified=unratified_of(record),
        issues=leaf.issuer is not None if leaf else None,
        verifies=leaf.verifier is not None if leaf else None,
        last_error=contact.last_error if contact else None,
        failures=contact.failures if contact else 0,
        alarms=alarms,
    )


def _can_repin(partner: Partner, now: Timestamp) -> bool:
    try:
        new_pair(partner.record, partner.city, now)
    except TrustError:
        return False
    return True


def _key_changes(partner: Partner, now: Timestamp) -> Iterable[KeyChange]:
    ahead = (
        KeyChange(kid=key.public.kid, what=what, at=at)
        for key in partner.usable_keys()
        for what, at in (
            ("usable", max(key.not_before, key.usable_from)),
            ("expires", key.expires_at),
        )
        if at > now
    )
    return sorted(ahead, key=lambda change: (change.at, change.kid))


def _alarms(book: PartnerBook, now: Timestamp) -> dict[EntityId, tuple[AlarmShown, ...]]:
    shown: dict[EntityId, tuple[AlarmShown, ...]] = {}
    for alarm in book.rows.alarms(Timestamp(now - ALARMS_SHOWN_S)):
        one = AlarmShown(code=alarm.code, at=alarm.at, count=alarm.count)
        shown[alarm.anchor_id] = (*shown.get(alarm.anchor_id, ()), one)
    return shown


def _leaf_of(anchor: EntityId) -> EntityId:
    """Return the leaf of a tampered row, whose anchor may be no anchor either."""
    try:
        return entity.leaf_of(anchor)
    except TrustError:
        return anchor
