"""Is it our own clock that is wrong? See docs/federation.md.

One partner's wrong clock is that partner's trouble. If most of them differ from ours, ours
is doubtful: then nothing is signed, and a good code is undetermined instead of recognised.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.ids import Timestamp

TOLERATED_S = 60
SAMPLE_LIFE_S = 10 * 60
FEWEST_WITNESSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSample:
    """What one active partner's ``Date`` said.

    Attributes:
        offset_s: The partner's clock minus ours.
        sampled_at: When, by our clock.
    """

    offset_s: int
    sampled_at: Timestamp


def clock_doubtful(samples: Iterable[ClockSample], *, active_partners: int, now: Timestamp) -> bool:
    """Return whether two and more than half of the active partners contradict our clock.

    A sample counts for 10 minutes; one from our future, which a clock set back makes of an
    older one, counts as long.
    """
    against = sum(
        abs(sample.offset_s) > TOLERATED_S and abs(now - sample.sampled_at) <= SAMPLE_LIFE_S
        for sample in samples
    )
    return against >= FEWEST_WITNESSES and 2 * against > active_partners
