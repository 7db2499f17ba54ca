"""Where each tier of a scale begins: what a citizen is told about thresholds."""

from dataclasses import dataclass

from gateway.ids import Tier
from gateway.policy.scale import Reading, ScaleAdapter


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Where a tier begins.

    Attributes:
        tier: The tier.
        first: The lowest reading that has it.
    """

    tier: Tier
    first: Reading


def edges_of(scale: ScaleAdapter) -> tuple[Edge, ...]:
    """Return where each tier begins, worst first; a tier that no step has is left out."""
    steps: list[tuple[Reading, Tier | None]] = [
        *((band.lowest, band.tier) for band in scale.bands),
        *scale.levels.items(),
    ]
    first: dict[Tier, Reading] = {}
    for reading, tier in steps:
        if tier is not None:
            first.setdefault(tier, reading)
    return tuple(Edge(tier=tier, first=reading) for tier, reading in first.items())
