"""Which version of a city's catalogue counts when: notice, succession, and how long one is kept.

A version that was published comes into force at a moment that never changes afterwards. Codes
made under it name it, so it is kept as long as one of them can live.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.ids import Timestamp
from gateway.policy.published import PublishedCatalogue

NOTICE_S: Final = 48 * 3600
"""How long before it is in force a version has to be published; not the very first one."""

KEPT_S: Final = 32 * 24 * 3600
"""How long a version is kept after it was followed: the longest life of a code, and a day."""

LEEWAY_S: Final = 60
"""How far the clock of a city that makes codes may be from ours."""


def in_force_from(valid_from: Timestamp, now: Timestamp, *, first: bool) -> Timestamp:
    """Return when a version that is published now comes into force.

    Args:
        valid_from: When it is meant to.
        now: Its first publication.
        first: Whether no version was ever published: nobody can rely on another one.
    """
    return valid_from if first else Timestamp(max(valid_from, now + NOTICE_S))


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions of one city that are known, in the order in which they come into force.

    Attributes:
        published: ``valid_from`` of each is the moment at which it does.
    """

    published: tuple[PublishedCatalogue, ...]

    @classmethod
    def of(cls, published: Sequence[PublishedCatalogue]) -> "Versions":
        """Return the versions in order."""
        return cls(published=tuple(sorted(published, key=lambda each: each.valid_from)))

    def in_force(self, now: Timestamp) -> PublishedCatalogue | None:
        """Return the version that is in force now."""
        begun = [each for each in self.published if each.valid_from <= now]
        return begun[-1] if begun else None

    def next(self, now: Timestamp) -> PublishedCatalogue | None:
        """Return the version that comes into force next."""
        return next((each for each in self.published if now < each.valid_from), None)

    def named(
        self, version: str, issued_at: Timestamp, now: Timestamp
    ) -> PublishedCatalogue | None:
        """Return the version that a code names, if it was in force when the code was made.

        A minute on both sides is for the clock of whoever made it. None also where no code
        made under it can live any more.
        """
        for place, each in enumerate(self.published):
            if each.version == version:
                after = self.published[place + 1 :]
                ends_at = after[0].valid_from if after else None
                if issued_at < each.valid_from - LEEWAY_S:
                    return None
                if ends_at is not None and not _outlived(ends_at, issued_at, now):
                    return None
                return each
        return None


def _outlived(ends_at: Timestamp, issued_at: Timestamp, now: Timestamp) -> bool:
    """Tell whether a code made before ``ends_at`` may still be shown."""
    return issued_at < ends_at + LEEWAY_S and now < ends_at + KEPT_S
