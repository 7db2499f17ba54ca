"""Which ids of scenario codes fit their QR: measured once, since it takes as long as many codes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from gateway.codes.budget import ScenarioIds
from gateway.errors import CodeError

MAX_REMEMBERED: Final = 2000
"""Measured combinations of ids; more than that are forgotten and measured anew."""


@dataclass(frozen=True, slots=True)
class FittingIds:
    """What was measured of one kind of codes."""

    _known: dict[ScenarioIds, bool] = field(default_factory=dict[ScenarioIds, bool], init=False)

    def fit(self, ids: ScenarioIds, measure: Callable[[], None]) -> bool:
        """Tell whether codes with these ids fit; ``measure`` raises ``CodeError`` if not."""
        known = self._known.get(ids)
        if known is None:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            known = self._known[ids] = _holds(measure)
        return known


def _holds(measure: Callable[[], None]) -> bool:
    try:
        measure()
    except CodeError:
        return False
    return True
