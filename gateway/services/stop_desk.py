"""Who may stop what: one officer at once, a second one within a day, and two to lift it again."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from gateway.errors import RefusedError
from gateway.ids import EntityId, OfferId, Timestamp
from gateway.policy.stops import (
    ISSUING,
    MAX_REASON_CHARS,
    Stop,
    StopOrder,
    StopTarget,
    parse_target,
)
from gateway.policy.words import Words
from gateway.services.audit import Acting
from gateway.services.proposal_ports import OwnProposalError, Proposal
from gateway.services.ratify import Unratified
from gateway.services.stop_ports import StopRow
from gateway.services.stops import NOBODY, SealedStops, StopState
from gateway.services.trust_ports import ConflictError
from gateway.trust import wording
from gateway.trust.officers import is_same_person

LIFT_STOP: Final = "stop.lift"
STOP_ORDERED: Final = "stop.ordered"

_ATTEMPTS: Final = 3


class NotStoppedHereError(RefusedError):
    """There is no such stop, or no longer the one that was meant."""

    code = "stop_unknown"


class NothingToStopError(RefusedError):
    """This city has no such offer, or does not issue."""

    code = "stop_nothing"


class StopReasonError(RefusedError):
    """A stop is ordered with a reason in plain text."""

    code = "stop_reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopDesk:
    """Orders, ratifies and lifts stops.

    Attributes:
        known_offers: Returns this city's offers, in the words that people read.
        issues: Whether this city issues codes.
    """

    sealed: SealedStops
    known_offers: Callable[[], Mapping[OfferId, Words]]
    issues: bool

    def standing(self, now: Timestamp) -> StopState:
        """Return what is stopped.

        Raises:
            UnavailableError: the database cannot be read.
        """
        return self.sealed.standing(self.sealed.rows.get(), now)

    def stop(self, target: StopTarget, reason: str, acting: Acting) -> Stop:
        """Stop something at once; if it is stopped already, that stop stays as it is.

        Raises:
            StopReasonError: no reason, a long one, or not plain text.
            NothingToStopError: this city has nothing of the kind.
        """
        check_reason(reason)
        self._check_known(target)
        stop = Stop(target=target, reason=reason, by=acting.by, at=acting.at)

        def order(standing: StopState) -> StopOrder | None:
            return None if standing.order.find(target) else standing.order.with_stop(stop)

        in_force = self._change(order, STOP_ORDERED, target, acting, reason=reason)
        return in_force.find(target) or stop

    def ratify(self, target: StopTarget, acting: Acting, *, ordered_at: Timestamp) -> Stop:
        """Store that a second person agrees to a stop.

        Args:
            target: What is stopped.
            acting: The second person.
            ordered_at: ``at`` of the stop that this person read.

        Raises:
            NotStoppedHereError: there is no such stop.
            OwnProposalError: the same person ordered it.
        """

        def agree(standing: StopState) -> StopOrder | None:
            found = _found(standing.order, target, ordered_at)
            if is_same_person(found.by, acting.by):
                raise OwnProposalError("another person ratifies")
            return None if found.ratified_by else standing.order.ratified(target, acting.by)

        return _found(self._change(agree, "stop.ratified", target, acting), target, ordered_at)

    def lift(self, target: StopTarget, acting: Acting, *, ordered_at: Timestamp) -> None:
        """Lift a stop; who asks has seen to it that two people agree.

        Raises:
            NotStoppedHereError: there is no such stop, or it was ordered anew.
        """

        def lifted(standing: StopState) -> StopOrder:
            _found(standing.order, target, ordered_at)
            return standing.order.without(target)

        self._change(lifted, "stop.lifted", target, acting)

    def restore(self, acting: Acting) -> StopOrder:
        """Store what is in force, where the database says something else; return it."""

        def again(standing: StopState) -> StopOrder | None:
            order = standing.order
            return None if standing.intact else StopOrder.of(order.version + 1, order.stops)

        return self._change(again, "stop.restored", StopTarget("stops"), acting)

    def find(self, target: StopTarget, now: Timestamp) -> Stop:
        """Return a stop that is in force.

        Raises:
            NotStoppedHereError: there is none.
        """
        return _found(self.standing(now).order, target, None)

    def _check_known(self, target: StopTarget) -> None:
        if target == ISSUING:
            if not self.issues:
                raise NothingToStopError("this city does not issue")
            return
        offer, known = OfferId(target.partition("/")[2]), self.known_offers()
        if offer not in known:
            raise NothingToStopError(f"no such offer; allowed: {', '.join(sorted(known))}")

    def _change(
        self,
        decide: Callable[[StopState], StopOrder | None],
        act: str,
        target: StopTarget,
        acting: Acting,
        **facts: str,
    ) -> StopOrder:
        for _ in range(_ATTEMPTS - 1):
            with suppress(ConflictError):
                return self._change_once(decide, act, target, acting, facts)
        return self._change_once(decide, act, target, acting, facts)

    def _change_once(
        self,
        decide: Callable[[StopState], StopOrder | None],
        act: str,
        target: StopTarget,
        acting: Acting,
        facts: Mapping[str, str],
    ) -> StopOrder:
        stored: StopRow | None = self.sealed.rows.get()
        standing = self.sealed.standing(stored, acting.at)
        order = decide(standing)
        if order is None:
            return standing.order
        row = self.sealed.row_of(order)
        note = acting.note(act, target, **facts, version=order.version)
        self.sealed.rows.put(row, stored, note)
        # Afterwards: what is noted and not stored would be taken for a row that was put back.
        self.sealed.noted.note(row)
        return order


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftStop:
    """Lift a stop: of a target, for a ``reason``, the one that was ``done`` at a time."""

    desk: StopDesk

    def check(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> None:
        """Return if it is stopped, by the very order that is meant."""
        check_reason(str(facts.get("reason", "")))
        order = self.desk.standing(now).order
        _found(order, parse_target(target), _ordered_at(facts))

    def is_done(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> bool:
        """Return whether that order is no longer in force."""
        found = self.desk.standing(now).order.find(parse_target(target))
        return found is None or found.at != _ordered_at(facts)

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Lift it."""
        target = parse_target(proposal.target)
        self.desk.lift(target, acting, ordered_at=_ordered_at(proposal.facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class StopProtection:
    """What waits for ratification among the stops.

    Attributes:
        anchor: This city's own: an overdue ratification is its alarm.
    """

    desk: StopDesk
    anchor: EntityId

    def unratified(self, now: Timestamp) -> tuple[Unratified, ...]:
        """Return the stops that no second officer has looked at."""
        return tuple(
            Unratified(
                act=STOP_ORDERED,
                target=each.target,
                anchor=self.anchor,
                by=each.by,
                at=each.at,
                reason=each.reason,
            )
            for each in self.desk.standing(now).order.stops
            # One that stands for what cannot be read was ordered by nobody.
            if each.ratified_by is None and each.by != NOBODY
        )

    def ratify(self, found: Unratified, acting: Acting) -> None:
        """Store that a second officer agrees."""
        self.desk.ratify(parse_target(found.target), acting, ordered_at=found.at)


def lift_facts(stop: Stop, reason: str) -> Mapping[str, str | int]:
    """Return what a second person reads about lifting a stop."""
    return {"reason": reason, "done": stop.at}


def check_reason(reason: str) -> None:
    """Raise ``StopReasonError`` unless a reason is plain text of bounded length."""
    if len(reason) > MAX_REASON_CHARS or not wording.is_plain(reason):
        raise StopReasonError(f"a reason is plain text of 1 to {MAX_REASON_CHARS} characters")


def _ordered_at(facts: Mapping[str, str | int]) -> Timestamp:
    return Timestamp(int(facts.get("done", 0)))


def _found(order: StopOrder, target: StopTarget, ordered_at: Timestamp | None) -> Stop:
    found = order.find(target)
    if found is None or ordered_at not in {None, found.at}:
        raise NotStoppedHereError("it is not stopped, or was stopped anew meanwhile")
    return found
