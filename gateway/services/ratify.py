"""Ratification: what one officer did at once to protect, another one looks at within a day.

The act holds from the moment it was done and goes on holding if nobody ratifies it: what
protects fails closed. Whether it was ratified is kept with the act itself (a partner's signed
row), never with the proposal, so that a proposal that is lost loses nobody's sight of it.

What can be ratified is registered as a ``Protection``; nothing in here knows any of them.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.errors import GatewayError, RefusedError
from gateway.ids import EntityId, Timestamp
from gateway.services.audit import Acting
from gateway.services.proposal_ports import OwnProposalError, Proposal, ProposalState
from gateway.services.proposals import FourEyes
from gateway.trust.officers import is_same_person

DUE_S: Final = 24 * 3600
"""A second officer looks at it within a day."""

OPEN_S: Final = 30 * 24 * 3600
"""How long a ratification can be approved: far longer than it is due, since the act stays in
force; what is lost or turned down meanwhile is proposed again."""

PREFIX: Final = "ratify."
"""Before the name of the protective act, in the name of the act that ratifies it."""


class NothingToRatifyError(RefusedError):
    """The protective act was ratified, undone or done anew since; there is nothing to ratify."""

    code = "nothing_to_ratify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unratified:
    """A protective act that is in force and that no second officer has looked at.

    Attributes:
        act: Its name in the ledger, such as ``partner.suspended``.
        target: What it is about, exactly; of one target an act is in force once at most.
        anchor: Whose alarm it becomes when it is overdue: the partner's, or this city's own.
        by: Who did it.
        at: When.
        reason: Why, plain text.
    """

    act: str
    target: str
    anchor: EntityId
    by: str
    at: Timestamp
    reason: str

    @property
    def due_at(self) -> Timestamp:
        """First moment at which it is overdue."""
        return Timestamp(self.at + DUE_S)

    def overdue(self, now: Timestamp) -> bool:
        """Return whether a day is over and nobody has ratified it."""
        return now >= self.due_at

    def facts(self) -> Mapping[str, str | int]:
        """Return what a second officer reads, and what tells this decision from a later one."""
        return {"by": self.by, "reason": self.reason, "done": self.at, "due": self.due_at}


class Protection(Protocol):
    """One kind of act that protects: what of it waits, and how it is ratified."""

    def unratified(self, now: Timestamp) -> tuple[Unratified, ...]:
        """Return what is in force and was not ratified."""
        ...

    def ratify(self, found: Unratified, acting: Acting) -> None:
        """Keep, with the act itself, that ``acting`` has ratified it; note it in the ledger.

        Raises:
            GatewayError: it cannot be.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratify:
    """The act of ratifying, to be registered with four eyes under ``PREFIX`` + the act's name."""

    act: str
    protection: Protection

    def check(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> None:
        """Return if this very decision is in force and not ratified."""
        self._find(target, facts, now)

    def is_done(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> bool:
        """Return whether there is nothing left to ratify."""
        try:
            self._find(target, facts, now)
        except NothingToRatifyError:
            return True
        return False

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Ratify it, unless it is the officer's own act: whoever has proposed the ratification."""
        found = self._find(proposal.target, proposal.facts, acting.at)
        if is_same_person(found.by, acting.by):
            raise OwnProposalError("another officer ratifies than the one who did it")
        self.protection.ratify(found, acting)

    def _find(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> Unratified:
        for each in self.protection.unratified(now):
            if (each.act, each.target) == (self.act, target) and each.facts() == dict(facts):
                return each
        raise NothingToRatifyError("it was ratified, undone or done anew since")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratifications:
    """Asks for a second officer, and says who has not come.

    Attributes:
        protections: By the name of the act.
    """

    four_eyes: FourEyes
    protections: Mapping[str, Protection]

    def waiting(self, now: Timestamp) -> tuple[Unratified, ...]:
        """Return what was not ratified, oldest first."""
        found = {
            (each.act, each.target): each
            for protection in self.protections.values()
            for each in protection.unratified(now)
        }
        return tuple(sorted(found.values(), key=lambda each: (each.at, each.act, each.target)))

    def ask(self, acting: Acting) -> tuple[Proposal, ...]:
        """Propose what ``acting`` did and nobody was asked about; called right after doing it.

        Never keeps such an act from being done: what cannot be proposed now, ``remind`` does.
        """
        return self._propose(acting, lambda each: is_same_person(each.by, acting.by))

    def _propose(self, acting: Acting, whose: Callable[[Unratified], bool]) -> tuple[Proposal, ...]:
        made = list[Proposal]()
        try:
            waiting, proposed = self.waiting(acting.at), self.four_eyes.open(acting.at)
        except GatewayError:
            return ()
        for each in filter(whose, waiting):
            act, facts = PREFIX + each.act, each.facts()
            mine = [one for one in proposed if (one.act, one.target) == (act, each.target)]
            if any(one.facts == facts for one in mine):
                continue
            try:
                # A decision that was taken anew since is another one: the old question is moot.
                for old in mine:
                    self.four_eyes.reject(old.id, acting)
                made.append(self.four_eyes.propose(act, each.target, facts, acting, life_s=OPEN_S))
            except GatewayError:
                continue
        return tuple(made)

    def _forget(self, acting: Acting) -> None:
        waiting = [
            (PREFIX + each.act, each.target, each.facts()) for each in self.waiting(acting.at)
        ]
        for asked in self.four_eyes.open(acting.at):
            if asked.state is not ProposalState.OPEN or not asked.act.startswith(PREFIX):
                continue
            if (asked.act, asked.target, dict(asked.facts)) not in waiting:
                with suppress(RefusedError):
                    self.four_eyes.reject(asked.id, acting)

    def remind(self, now: Timestamp) -> tuple[Unratified, ...]:
        """Propose again what got lost or was turned down, and return what is overdue.

        What was undone, or done anew, is not asked about any more.
        """
        acting = Acting(by="city", at=now)
        self._propose(acting, lambda _: True)
        self._forget(acting)
        return tuple(each for each in self.waiting(now) if each.overdue(now))
