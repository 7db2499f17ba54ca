"""Which partner is asked for what, and when: intervals, jitter and a circuit breaker for each.

Times are seconds of a stopwatch, not of a clock: a clock that is set must neither stop the
polling nor make it run. The rules are docs/federation.md; nothing here fetches.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.ids import EntityId
from gateway.services.partner_cycle import EVERY_ROLE
from gateway.services.partner_sync import SyncReport
from gateway.trust.trusted_city import Role

INTERVALS_S: Final[Mapping[Role, int]] = {Role.LEAF: 45, Role.SUBORDINATE: 300, Role.ANCHOR: 3600}
"""How often each statement of a partner is asked for."""

JITTER: Final = 0.1
"""Each interval is up to a tenth shorter or longer, so that cities do not ask in step."""

OPEN_AFTER: Final = 3
"""Failures in a row after which a partner is asked more rarely, and for its leaf only."""

PAUSE_MAX_S: Final = 240
"""Longest pause, before jitter: a partner that is back is heard of within five minutes."""

FLIGHTS: Final = 32
"""Partners asked at the same time; of them half at most such as did not answer last time."""

Jitter = Callable[[], float]
"""Gives numbers from -1 to 1, evenly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One partner to ask now."""

    anchor: EntityId
    roles: frozenset[Role]


@dataclass(slots=True)
class _Turn:
    """What is planned for one partner."""

    due_s: dict[Role, float]
    began_s: float = 0.0
    failures: int = 0
    wished: bool = False
    flying: bool = False

    def is_due(self, at_s: float) -> bool:
        return not self.flying and (self.wished or at_s >= self.due_s[Role.LEAF])

    def roles(self, at_s: float) -> frozenset[Role]:
        if self.wished:
            return EVERY_ROLE
        # Half-open: one question shows whether the partner is back.
        if self.failures >= OPEN_AFTER:
            return frozenset({Role.LEAF})
        return frozenset(role for role, due_s in self.due_s.items() if at_s >= due_s)


@dataclass(slots=True)
class PollPlan:
    """The turns of all partners; for one thread at a time.

    Attributes:
        jitter: Asked anew for every partner and round.
    """

    jitter: Jitter
    _turns: dict[EntityId, _Turn] = field(default_factory=dict[EntityId, _Turn])

    @property
    def flying(self) -> int:
        """How many partners are being asked."""
        return sum(turn.flying for turn in self._turns.values())

    def follow(self, anchors: Iterable[EntityId], at_s: float) -> None:
        """Plan for these partners and no others; one that is new is due at once."""
        wanted = set(anchors)
        for anchor in wanted - set(self._turns):
            self._turns[anchor] = _Turn(due_s=dict.fromkeys(INTERVALS_S, at_s))
        for anchor in set(self._turns) - wanted:
            if not self._turns[anchor].flying:
                del self._turns[anchor]

    def wish(self, anchor: EntityId) -> None:
        """Let a partner be asked for everything as soon as may be, once, whatever it did before.

        Where it is being asked already, it is asked once more: the answer on its way may be
        older than the wish. A partner that is not followed is not asked.
        """
        if anchor in self._turns:
            self._turns[anchor].wished = True

    def begin(self, at_s: float) -> tuple[Errand, ...]:
        """Return whom to ask now, longest overdue first; each is on its way until ``end``."""
        errands = list[Errand]()
        due = [(anchor, turn) for anchor, turn in self._turns.items() if turn.is_due(at_s)]
        for anchor, turn in sorted(due, key=lambda each: _urgency(each[1])):
            if self._has_room(turn):
                errands.append(Errand(anchor=anchor, roles=turn.roles(at_s)))
                turn.flying, turn.wished, turn.began_s = True, False, at_s
        return tuple(errands)

    def end(self, anchor: EntityId, report: SyncReport | None) -> int:
        """Plan a partner's next turn; return how often it failed in a row.

        Args:
            anchor: Who was asked.
            report: What came of it; None, or without a state, if that was our own trouble: it
                is not the partner's failure.
        """
        turn = self._turns[anchor]
        turn.flying = False
        if report is not None and report.state is not None:
            turn.failures = 0 if report.obtained or not report.outcomes else turn.failures + 1
            for outcome in report.outcomes:
                if outcome.problem is None:
                    turn.due_s[outcome.role] = turn.began_s + self._spread(
                        INTERVALS_S[outcome.role]
                    )
        turn.due_s[Role.LEAF] = turn.began_s + self._spread(_pause_s(turn.failures))
        return turn.failures

    def _has_room(self, turn: _Turn) -> bool:
        if self.flying >= FLIGHTS:
            return False
        doubtful = sum(each.flying and each.failures > 0 for each in self._turns.values())
        return turn.failures == 0 or doubtful < FLIGHTS // 2

    def _spread(self, pause_s: float) -> float:
        return pause_s * (1 + JITTER * self.jitter())


def _urgency(turn: _Turn) -> tuple[bool, float]:
    return not turn.wished, turn.due_s[Role.LEAF]


def _pause_s(failures: int) -> float:
    interval_s = INTERVALS_S[Role.LEAF]
    if failures < OPEN_AFTER:
        return interval_s
    return float(min(PAUSE_MAX_S, interval_s * 2 ** min(failures - OPEN_AFTER + 1, 8)))
