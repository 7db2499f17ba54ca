"""The audit ledger in use: an act and its entry are one transaction, or neither happens.

Ports that change trust, staff, merchants, devices or consents take a ``Note``; ``AuditLedger``
is how auditors read what came of it, and check that nothing was changed since.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.ids import Timestamp
from gateway.ledger.chain import Finding, check
from gateway.ledger.entries import Entry, Head, Note

__all__ = ["Acting", "AuditLedger", "AuditReport", "LedgerRows", "NotedHeads"]


ATTEMPTS: Final = 10
"""Readings of a ledger that grows meanwhile."""


class LedgerRows(Protocol):
    """Keeps the ledger."""

    def append(self, note: Note) -> None:
        """Write the entry of an act that changes no other row; durable on return."""
        ...

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries after a position, in order; a row of odd values yields odd entries."""
        ...

    def latest(self, count: int) -> tuple[Entry, ...]:
        """Return the last entries, newest first."""
        ...

    def head(self) -> tuple[Head, bool]:
        """Return where the ledger says that it ends, and whether that is sealed as we do."""
        ...


class NotedHeads(Protocol):
    """Keeps the head of the last good check outside the database."""

    def noted(self) -> Sequence[Head]:
        """Return the noted heads, oldest first."""
        ...

    def note(self, head: Head, now: Timestamp) -> None:
        """Note one more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who acts, and when: every change is written down with it.

    Attributes:
        by: ``staff:<account>``, ``console:<user>`` of the machine, ``citizen``, ``device``,
            ``officer:<name>`` named at the console, or ``city`` for what it does by itself.
    """

    by: str
    at: Timestamp

    def note(self, act: str, target: str, **facts: str | int) -> Note:
        """Return the note of an act.

        Raises:
            NoteError: it could not be read again.
        """
        return Note(act=act, actor=self.by, target=target, at=self.at, facts=facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What a check of the whole ledger found.

    Attributes:
        findings: What is wrong and where; empty if the ledger is whole.
        compared: How many earlier heads it was compared with.
    """

    head: Head
    findings: tuple[Finding, ...]
    compared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLedger:
    """The use cases of auditors."""

    rows: LedgerRows
    heads: NotedHeads

    def verify(self, now: Timestamp, also: Sequence[Head] = ()) -> AuditReport:
        """Read everything and report; a whole ledger's head is noted for the next time.

        Args:
            now: When the head was noted.
            also: Heads that somebody wrote down elsewhere.
        """
        noted = (*self.heads.noted(), *also)
        report = self._read(noted)
        for _ in range(ATTEMPTS - 1):
            # What was written during the reading is no finding.
            if not report.findings or self.rows.head()[0] == report.head:
                break
            report = self._read(noted)
        if not report.findings:
            self.heads.note(report.head, now)
        return report

    def _read(self, noted: Sequence[Head]) -> AuditReport:
        head, genuine = self.rows.head()
        findings = check(self.rows.read(), head, genuine_head=genuine, noted=noted)
        return AuditReport(head=head, findings=findings, compared=len(noted))
