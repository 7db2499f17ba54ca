"""Reading a whole ledger: is every entry there, as written, in the order of writing?

What the chain alone cannot show, a cut at its end or another chain in its place, shows against a
head that is kept elsewhere: sealed with a key outside the database, and noted at earlier checks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.ledger.entries import Entry, Head


class Fault(StrEnum):
    """What can be wrong with a ledger."""

    REMOVED = "removed"
    """Entries are missing before the one that is named."""
    CHANGED = "changed"
    """The entry, or the one before it, is not as written, or not in its place."""
    DETAILS_CHANGED = "details_changed"
    """The details are not those that the entry commits to."""
    DETAILS_REMOVED = "details_removed"
    """The details are gone, and no entry says that they were to go."""
    TRUNCATED = "truncated"
    """Entries after the one that is named are gone."""
    UNKNOWN_END = "unknown_end"
    """There are entries after the head: somebody wrote past this software."""
    HEAD_FORGED = "head_forged"
    """The head was not written by this city's own process."""
    REWRITTEN = "rewritten"
    """The entry is not the one that an earlier check noted at this place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something is wrong at one place.

    Attributes:
        seq: The entry at which it shows; for a cut, the last one that is left.
    """

    fault: Fault
    seq: int


BROKEN = "ledger.head_forged"
"""Act that this city's own process writes down when it finds a head that is not its own."""

ERASED = "ledger.details_erased"
"""Act that deletes details; its facts ``first`` and ``last`` say of which entries."""


def check(
    entries: Iterable[Entry],
    head: Head,
    *,
    genuine_head: bool = True,
    noted: Sequence[Head] = (),
) -> tuple[Finding, ...]:
    """Return everything that is wrong with a ledger, by place; nothing if it is whole.

    Args:
        entries: All that are stored, by ``seq``; read once, in one pass.
        head: Where the ledger says that it ends.
        genuine_head: Whether the seal of that head fits.
        noted: Heads of earlier checks, kept elsewhere.
    """
    walk = _Walk({each.seq: each.hash for each in noted if each.seq})
    for entry in entries:
        walk.step(entry)
    return walk.concluded(head, genuine_head=genuine_head, noted=noted)


class _Walk:
    """One pass: what was seen last, and what was found on the way."""

    def __init__(self, noted: dict[int, bytes]) -> None:
        self._last = Head()
        self._noted = noted
        self._found: list[Finding] = []
        self._bare: list[int] = []
        self._erased: list[range] = []

    def step(self, entry: Entry) -> None:
        if entry.seq != self._last.seq + 1:
            self._say(Fault.REMOVED, entry.seq)
        elif entry.previous != self._last.hash:
            self._say(Fault.CHANGED, entry.seq)
        if entry.act == BROKEN:
            self._say(Fault.HEAD_FORGED, entry.seq)
        self._look_at_details(entry)
        if self._noted.get(entry.seq, entry.hash) != entry.hash:
            self._say(Fault.REWRITTEN, entry.seq)
        self._last = Head(seq=entry.seq, hash=entry.hash)

    def _look_at_details(self, entry: Entry) -> None:
        details = entry.details
        if details is None:
            self._bare.append(entry.seq)
        elif details.commitment != entry.commitment:
            self._say(Fault.DETAILS_CHANGED, entry.seq)
        elif entry.act == ERASED:
            first, last = details.facts.get("first"), details.facts.get("last")
            if isinstance(first, int) and isinstance(last, int):
                self._erased.append(range(first, last + 1))

    def concluded(
        self, head: Head, *, genuine_head: bool, noted: Sequence[Head]
    ) -> tuple[Finding, ...]:
        for seq in self._bare:
            if not any(seq in erased for erased in self._erased):
                self._say(Fault.DETAILS_REMOVED, seq)
        end = max([head.seq, *(each.seq for each in noted)])
        if self._last.seq < end:
            self._say(Fault.TRUNCATED, self._last.seq)
        elif self._last.seq > head.seq:
            self._say(Fault.UNKNOWN_END, head.seq + 1)
        elif self._last.hash != head.hash:
            self._say(Fault.CHANGED, self._last.seq)
        if not genuine_head:
            self._say(Fault.HEAD_FORGED, head.seq)
        return tuple(sorted(self._found, key=lambda finding: (finding.seq, finding.fault)))

    def _say(self, fault: Fault, seq: int) -> None:
        self._found.append(Finding(fault=fault, seq=seq))
