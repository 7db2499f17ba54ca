"""What changes of a merchant that is there: places of business and scenarios, added and ended.

The row of a closed venue stays, with nothing on offer (``Venue.closed``): receipts and catalogues
keep naming one place, and its id is never another's. Whoever is bound to it is told so, and asks
for nothing there any more. Rules are pure, and run inside the transaction that stores what they
return, on the merchant as it is then: of two changes at one time neither undoes the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from gateway.errors import RefusedError
from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.ledger.entries import Note
from gateway.policy.scenarios import all_within
from gateway.services.audit import Acting
from gateway.services.merchants import (
    MAX_VENUES,
    EnrolMerchants,
    MerchantRefusedError,
    UnknownMerchantIdError,
)
from gateway.services.ports import Merchant, Venue

Rule = Callable[[Merchant], Merchant]
"""Returns the merchant as it is to be, or raises why it is not to be so."""


class VenueTakenError(RefusedError):
    """The merchant has an open venue of this id, or a closed one of another name."""

    code = "merchant_venue_taken"


class VenueUnknownError(RefusedError):
    """The merchant has no open venue of this id."""

    code = "merchant_venue_unknown"


class ScenarioTakenError(RefusedError):
    """The merchant has this scenario already, or one that it is a part of."""

    code = "merchant_scenario_taken"


class ScenarioUnknownError(RefusedError):
    """This scenario is none of those that the merchant was given."""

    code = "merchant_scenario_unknown"


class ScenarioWithinError(RefusedError):
    """This scenario is a part of another one that the merchant has, and would not end."""

    code = "merchant_scenario_within"


class LastOneError(RefusedError):
    """The last venue or scenario stays: who has none is suspended or removed."""

    code = "merchant_last_one"


class VenueEmptiedError(RefusedError):
    """A venue would be left without a scenario; it is closed first."""

    code = "merchant_venue_emptied"


class MerchantChanges(Protocol):
    """Changes a merchant's venues and scenarios."""

    def change(self, merchant: MerchantId, rule: Rule, note: Callable[[], Note]) -> Merchant | None:
        """Store what ``rule`` makes of a merchant, with the entry; return it, or None for none.

        Name, state and what is paused stay. Of two calls the second sees what the first stored.
        ``note`` is asked once the rule let it pass: nothing else that was typed is a fact.

        Raises:
            whatever ``rule`` raises; then nothing was written.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMerchants:
    """The use cases of the office's desk; each returns the merchant as it is then.

    Every worker knows within 5 seconds, a device without a network when it next fetches its facts.
    """

    rows: MerchantChanges
    desk: EnrolMerchants

    def add_venue(self, merchant: MerchantId, venue: Venue, acting: Acting) -> Merchant:
        """Add a place of business, or open a closed one again: the same id and name.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
            MerchantRefusedError: id, name or a scenario is not allowed, or there are too many.
            VenueTakenError: the id is another place's.
        """

        def rule(found: Merchant) -> Merchant:
            self.desk.check_venue(venue, found)
            return with_venue(venue, found)

        facts = {"venue": venue.id, "name": venue.name}
        if venue.scenarios is not None:
            facts["scenarios"] = " ".join(sorted(venue.scenarios))[:512]
        return self._change(merchant, rule, "merchant.venue_added", facts, acting)

    def close_venue(self, merchant: MerchantId, venue: VenueId, acting: Acting) -> Merchant:
        """Close a place of business: nothing is on offer there from now on.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
            VenueUnknownError: it has no open venue of this id.
            LastOneError: it has no other.
        """
        rule = partial(without_venue, venue)
        return self._change(merchant, rule, "merchant.venue_closed", {"venue": venue}, acting)

    def add_scenario(self, merchant: MerchantId, scenario: ScenarioId, acting: Acting) -> Merchant:
        """Let a merchant verify for one more; venues with a list of their own keep it as it is.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
            MerchantRefusedError: the scenario is not open in this city.
            ScenarioTakenError: it may already.
        """
        self.desk.check_open([scenario])
        rule, facts = partial(with_scenario, scenario), {"scenario": scenario}
        return self._change(merchant, rule, "merchant.scenario_added", facts, acting)

    def end_scenario(self, merchant: MerchantId, scenario: ScenarioId, acting: Acting) -> Merchant:
        """Let a merchant verify for one fewer, at every venue.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
            ScenarioUnknownError: it was not given this one.
            LastOneError: it has no other.
            ScenarioWithinError: it has the whole that this one is a part of.
            VenueEmptiedError: a venue has this one only.
        """
        rule, facts = partial(without_scenario, scenario), {"scenario": scenario}
        return self._change(merchant, rule, "merchant.scenario_ended", facts, acting)

    def _change(
        self, merchant: MerchantId, rule: Rule, act: str, facts: Mapping[str, str], acting: Acting
    ) -> Merchant:
        def of_those_there(found: Merchant) -> Merchant:
            if found.state == "removed":
                raise UnknownMerchantIdError("the merchant was removed")
            return rule(found)

        def note() -> Note:
            return acting.note(act, merchant, **facts)

        changed = self.rows.change(merchant, of_those_there, note)
        if changed is None:
            raise UnknownMerchantIdError("there is no such merchant")
        return changed


def with_venue(venue: Venue, merchant: Merchant) -> Merchant:
    """Return the merchant with one more venue, or with a closed one opened again.

    Raises:
        VenueTakenError: the id is another place's.
        MerchantRefusedError: there are too many.
    """
    known = next((each for each in merchant.venues if each.id == venue.id), None)
    if known is None:
        if len(merchant.venues) >= MAX_VENUES:
            raise MerchantRefusedError(f"too many venues; allowed: {MAX_VENUES}", "venues")
        return replace(merchant, venues=(*merchant.venues, venue))
    if not known.closed:
        raise VenueTakenError("the merchant has a venue of this id")
    if known.name != venue.name:
        raise VenueTakenError("the id is a closed venue's; open it again under its own name")
    return _replaced(merchant, venue)


def without_venue(venue: VenueId, merchant: Merchant) -> Merchant:
    """Return the merchant with one venue closed.

    Raises:
        VenueUnknownError: it has no open venue of this id.
        LastOneError: it has no other.
    """
    found = next((each for each in merchant.open_venues if each.id == venue), None)
    if found is None:
        raise VenueUnknownError("the merchant has no open venue of this id")
    if len(merchant.open_venues) == 1:
        raise LastOneError("the last venue stays; suspend or remove the merchant")
    return _replaced(merchant, replace(found, scenarios=frozenset()))


def with_scenario(scenario: ScenarioId, merchant: Merchant) -> Merchant:
    """Return the merchant with one more scenario.

    Raises:
        ScenarioTakenError: it has it already.
    """
    if all_within([scenario], merchant.scenarios):
        raise ScenarioTakenError("the merchant has this scenario already")
    return replace(merchant, scenarios=merchant.scenarios | {scenario})


def without_scenario(scenario: ScenarioId, merchant: Merchant) -> Merchant:
    """Return the merchant with one scenario fewer, at every venue that lists its own.

    Raises:
        ScenarioUnknownError: it was not given this one.
        LastOneError: it has no other.
        ScenarioWithinError: it has the whole that this one is a part of.
        VenueEmptiedError: a venue has this one only.
    """
    if scenario not in merchant.scenarios:
        said = ", ".join(sorted(merchant.scenarios))
        raise ScenarioUnknownError(f"the merchant has no such scenario; allowed: {said}")
    left = merchant.scenarios - {scenario}
    if not left:
        raise LastOneError("the last scenario stays; suspend or remove the merchant")
    if all_within([scenario], left):
        raise ScenarioWithinError("it is a part of one that the merchant has; end that one first")
    venues = tuple(_kept_within(each, left) for each in merchant.venues)
    return replace(merchant, scenarios=left, venues=venues)


def _kept_within(venue: Venue, scenarios: frozenset[ScenarioId]) -> Venue:
    if venue.closed or venue.scenarios is None:
        return venue
    left = frozenset(each for each in venue.scenarios if all_within([each], scenarios))
    if not left:
        raise VenueEmptiedError(f"venue {venue.id} has this scenario only; close it first")
    return replace(venue, scenarios=left)


def _replaced(merchant: Merchant, venue: Venue) -> Merchant:
    venues = tuple(venue if each.id == venue.id else each for each in merchant.venues)
    return replace(merchant, venues=venues)
