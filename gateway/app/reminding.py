"""What of one city, and of its partners, ends: the facts behind the reminders."""

from collections.abc import Iterable
from typing import Final

from gateway.app.composition import OpenCity
from gateway.app.own import lives_of
from gateway.clock import china_midnight
from gateway.ids import Timestamp
from gateway.policy.catalogue import Catalogue
from gateway.trust.partners import Partner
from gateway.trust.reminders import DAY_S, DatedFact, Reminder, What, reminders_of
from gateway.trust.states import FOLLOWED_STATES
from gateway.trust.trusted_city import Role

KEY_AFTER_USE_S: Final = 32 * DAY_S
"""So long before its end a code key can no longer sign the longest code: 31 days, and one."""

_STATEMENTS: Final = {
    Role.ANCHOR: What.ANCHOR,
    Role.SUBORDINATE: What.SUBORDINATE,
    Role.LEAF: What.LEAF,
}


def reminders(city: OpenCity, now: Timestamp) -> tuple[Reminder, ...]:
    """Return what somebody in this city is to be reminded of.

    Raises:
        UnavailableError: the database cannot be read.
    """
    return reminders_of(dated_facts(city, now), now)


def dated_facts(city: OpenCity, now: Timestamp) -> Iterable[DatedFact]:
    """Yield everything that ends, as this process knows it.

    Raises:
        UnavailableError: the database cannot be read.
    """
    for role, life in lives_of(city.trust.statements).items():
        yield DatedFact(what=_STATEMENTS[role], whose=None, ends_at=life.expires_at)
    if city.settings.issuing is not None:
        yield from _own_key(city)
    for each in city.ratifications.waiting(now):
        yield DatedFact(
            what=What.RATIFICATION,
            whose=None,
            ends_at=each.due_at,
            name=f"{each.act} {each.target}",
        )
    yield from _cases(city)
    own = city.documents.catalogues.versions
    latest = own.next(now) or own.in_force(now)
    end = None if latest is None else catalogue_end(latest.catalogue)
    if end is not None:
        yield DatedFact(what=What.CATALOGUE, whose=None, ends_at=end)
    for partner in city.trust.snapshot.partners:
        if partner.record.state in FOLLOWED_STATES:
            yield from partner_facts(partner)


def _cases(city: OpenCity) -> Iterable[DatedFact]:
    """Yield when the first answer is due of each kind that people wait for."""
    for what, (count, due_day) in (
        (What.COMPLAINT, city.store.complaints.backlog()),
        (What.OBJECTION, city.store.objections.backlog()),
    ):
        if count:
            ends_at = china_midnight(due_day + 1)
            yield DatedFact(what=what, whose=None, ends_at=ends_at, name=str(count))


def partner_facts(partner: Partner) -> Iterable[DatedFact]:
    """Yield what of a partner ends, that was accepted once and has not left."""
    leaf = partner.record.pins.leaf
    for role, what in _STATEMENTS.items():
        life = partner.city.life(role)
        if life is not None:
            yield DatedFact(what=what, whose=leaf, ends_at=life.expires_at)
    ends = [key.expires_at for key in partner.usable_keys()]
    if ends:
        yield DatedFact(what=What.KEY_END, whose=leaf, ends_at=max(ends))
    if partner.record.until is not None:
        yield DatedFact(what=What.AGREEMENT, whose=leaf, ends_at=partner.record.until)


def catalogue_end(catalogue: Catalogue) -> Timestamp | None:
    """Return from when on nothing in a catalogue is on offer; None if something stays."""
    ends = [offer.valid_until for offer in catalogue.offers]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _own_key(city: OpenCity) -> Iterable[DatedFact]:
    active = city.keys.codes().kid
    for key in city.keys.codes_announced():
        if key.public.kid == active:
            use_ends_at = Timestamp(key.expires_at - KEY_AFTER_USE_S)
            yield DatedFact(what=What.KEY_USE, whose=None, ends_at=use_ends_at)
            yield DatedFact(what=What.KEY_END, whose=None, ends_at=key.expires_at)
