"""Fetching documents of all partners in rounds: one partner at a time, each in its turn.

A partner whose statements changed is due at once: that is what an event leads to; not again and
again, since each of its documents may take half a second to read. One that is out of reach costs
its own turn, at most one time-out a round.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway.ids import EntityId, Timestamp
from gateway.services.partner_documents import DocumentReport, FetchDocuments
from gateway.trust.partners import Partner
from gateway.trust.states import FOLLOWED_STATES
from gateway.trust.trusted_city import Role

CHANGED_PAUSE_S = 30
"""How soon a partner is asked again, however often its statements change."""

MAX_A_RUN = 4
"""Partners in one run, so that it comes back within some seconds."""


@dataclass(slots=True, kw_only=True)
class FetchRounds:
    """Whose turn it is. For one thread.

    Attributes:
        names: Documents of each partner; the first has to be there, the others may be.
        whose: Tells whether a partner has such documents at all; others are not asked.
        round_s: Each partner is asked once in this time.
    """

    fetch: FetchDocuments
    names: Sequence[str]
    whose: Callable[[Partner], bool]
    round_s: int
    _done: dict[EntityId, tuple[Timestamp, str | None]] = field(
        default_factory=dict[EntityId, tuple[Timestamp, str | None]], init=False
    )

    def run(self, partners: Iterable[Partner], now: Timestamp) -> Iterator[DocumentReport]:
        """Fetch from the partners that are due, those that waited longest first."""
        followed = [each for each in partners if each.record.state in FOLLOWED_STATES]
        due = [each for each in followed if self.whose(each) and self._is_due(each, now)]
        for partner in sorted(due, key=self._last)[:MAX_A_RUN]:
            anchor = partner.record.pins.anchor
            self._done[anchor] = (now, partner.city.fingerprint(Role.LEAF))
            for place, name in enumerate(self.names):
                report = self.fetch.one(partner, name, now, optional=place > 0)
                yield report
                if report.unreachable:
                    break

    def _is_due(self, partner: Partner, now: Timestamp) -> bool:
        last = self._done.get(partner.record.pins.anchor)
        if last is None:
            return True
        asked_at, leaf = last
        changed = leaf != partner.city.fingerprint(Role.LEAF)
        # A clock that was put back must not keep a partner waiting.
        return not 0 <= now - asked_at < (CHANGED_PAUSE_S if changed else self.round_s)

    def _last(self, partner: Partner) -> Timestamp:
        return self._done.get(partner.record.pins.anchor, (Timestamp(0), None))[0]
