"""Partner rows, opened and sealed: the one place where a stored partner becomes a value."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from gateway.errors import GatewayError, UnavailableError
from gateway.ids import EntityId, Timestamp
from gateway.jose.keys import Signer
from gateway.services.partner_notes import Known, partner_note
from gateway.services.partner_ports import UnknownPartnerError
from gateway.services.trust_ports import (
    ConflictError,
    NotedRows,
    PartnerRow,
    PartnerRows,
    RowMark,
)
from gateway.trust.alarms import AlarmCode
from gateway.trust.errors import PartnerRowTamperedError
from gateway.trust.partners import Partner
from gateway.trust.record import AgreementRecord
from gateway.trust.rows import RowSeal, seal_memory, seal_record
from gateway.trust.trusted_city import NEVER, TrustedCity

ATTEMPTS = 3
"""How often an officer's decision is stored against a row that changes meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All partners as stored.

    Attributes:
        partners: Those whose rows are as this city signed them, by anchor id.
        tampered: Anchors of the others; they are not used.
    """

    partners: tuple[Partner, ...]
    tampered: tuple[EntityId, ...]


@dataclass(frozen=True, slots=True)
class _Opened:
    row: PartnerRow
    record: AgreementRecord
    city: TrustedCity


Marks = Mapping[EntityId, RowMark]


class CheckedRows:
    """Opens rows, and remembers the newest of each partner, here and outside the database.

    The same bytes are the same row and are not checked again; an older row, or another one of
    the same version, was put there by somebody else than this city, well signed as it may be.
    For one thread at a time.
    """

    def __init__(self, seal: RowSeal, noted: NotedRows) -> None:
        self._seal = seal
        self._noted = noted
        self._opened: dict[EntityId, _Opened] = {}

    def noted(self) -> Marks:
        """Return what is noted; asked for before the rows, which may then only be newer.

        Raises:
            GatewayError: it cannot be told.
        """
        return self._noted.noted()

    def note(self, rows: Iterable[PartnerRow], noted: Marks) -> None:
        """Note the rows that are newer than what was noted."""
        marks = {row.anchor_id: RowMark.of(row) for row in rows}
        newer = {each: mark for each, mark in marks.items() if noted.get(each) != mark}
        if newer:
            self._noted.note(newer)

    def open(self, row: PartnerRow, noted: Marks) -> tuple[AgreementRecord, TrustedCity]:
        """Return record and memory; both are checked whenever anything has changed.

        Raises:
            PartnerRowTamperedError: the row is not as this city signed it, or not the newest.
        """
        mark, newest = RowMark.of(row), noted.get(row.anchor_id)
        if newest and mark != newest and mark.version <= newest.version:
            raise PartnerRowTamperedError("an older row than was in force in this city before")
        known = self._opened.get(row.anchor_id)
        if known is None or known.row != row:
            if known and row.version <= known.row.version:
                raise PartnerRowTamperedError("an older row than was in force here before")
            opened = self._seal.open(row.anchor_id, row.record, row.memory, version=row.version)
            known = self._opened[row.anchor_id] = _Opened(row, *opened)
        return known.record, known.city


def load_partners(rows: PartnerRows, checked: CheckedRows) -> Loaded:
    """Return all partners; what is not as this city signed it is told apart.

    Raises:
        UnavailableError: the database cannot be read; no row is to blame.
    """
    try:
        noted = checked.noted()
    except GatewayError:
        # Nothing to compare with is no leave to believe whatever is stored.
        return Loaded(partners=(), tampered=tuple(row.anchor_id for row in rows.all()))
    partners, opened, tampered = list[Partner](), list[PartnerRow](), list[EntityId]()
    stored = rows.all()
    for row in stored:
        try:
            partners.append(open_row(rows, checked, row, noted))
            opened.append(row)
        except PartnerRowTamperedError:
            tampered.append(row.anchor_id)
    # Rows are never deleted: one that is gone was taken away.
    gone = sorted(set(noted) - {row.anchor_id for row in stored})
    # A directory that takes no note must not keep a suspension from taking effect.
    with suppress(GatewayError):
        checked.note(opened, noted)
    return Loaded(partners=tuple(partners), tampered=(*tampered, *gone))


def open_row(rows: PartnerRows, checked: CheckedRows, row: PartnerRow, noted: Marks) -> Partner:
    """Return the partner of a row.

    Raises:
        PartnerRowTamperedError: the row is not as this city signed it, or cannot be read.
        UnavailableError: the database cannot be read.
    """
    try:
        record, city = checked.open(row, noted)
        contact = rows.contact(row.anchor_id)
    except (UnavailableError, PartnerRowTamperedError):
        raise
    except Exception as error:
        # Whatever it is, it is about one row, and must keep no other from being loaded.
        raise PartnerRowTamperedError(f"cannot be read: {type(error).__name__}") from error
    obtained_at = contact.obtained_at if contact else None
    return Partner(record=record, city=city, obtained_at=obtained_at or NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerBook:
    """Reads and writes partner rows for the use cases of officers and of syncing.

    Attributes:
        seal: What rows are checked with.
        signer: Own federation key (K2), which signs them.
    """

    rows: PartnerRows
    noted: NotedRows
    seal: RowSeal
    signer: Signer

    def all(self, now: Timestamp) -> Loaded:
        """Return all partners; a row that was tampered with raises an alarm."""
        loaded = load_partners(self.rows, CheckedRows(self.seal, self.noted))
        for anchor in loaded.tampered:
            self.rows.alarm(anchor, AlarmCode.ROW_TAMPERED, now)
        return loaded

    def find(self, anchor: EntityId, now: Timestamp) -> tuple[PartnerRow, Partner]:
        """Return one partner, with its row to write against.

        Raises:
            UnknownPartnerError: there is none.
            PartnerRowTamperedError: its row is not as signed, not the newest or gone; the alarm
                is raised.
            GatewayError: which row is the newest cannot be told.
        """
        checked = CheckedRows(self.seal, self.noted)
        noted, row = checked.noted(), self.rows.get(anchor)
        if row is None and anchor not in noted:
            raise UnknownPartnerError("no such partner")
        # A row of version 0 is as good as none, and is not what was noted.
        found = row or PartnerRow(anchor_id=anchor, record="", memory="", version=0)
        try:
            return found, open_row(self.rows, checked, found, noted)
        except PartnerRowTamperedError:
            self.rows.alarm(anchor, AlarmCode.ROW_TAMPERED, now)
            raise

    def change(
        self,
        anchor: EntityId,
        now: Timestamp,
        decide: Callable[[AgreementRecord], AgreementRecord],
    ) -> AgreementRecord:
        """Store what ``decide`` makes of a record, and return it.

        Decides again if somebody else changed the partner meanwhile: a cycle that runs must
        not keep an officer from acting.

        Raises:
            UnknownPartnerError, PartnerRowTamperedError: as ``find``; also what it raises.
            ConflictError: somebody changes it again and again.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(ConflictError):
                return self._change_once(anchor, now, decide)
        return self._change_once(anchor, now, decide)

    def _change_once(
        self,
        anchor: EntityId,
        now: Timestamp,
        decide: Callable[[AgreementRecord], AgreementRecord],
    ) -> AgreementRecord:
        row, partner = self.find(anchor, now)
        record = decide(partner.record)
        self.write(row, (partner.record, partner.city), (record, partner.city), now)
        return record

    def write(
        self,
        row: PartnerRow,
        before: Known | None,
        after: Known,
        now: Timestamp,
        officer: str = "",
    ) -> PartnerRow:
        """Sign, store and note a partner in place of ``row``; return the row to write against next.

        Args:
            row: What is stored, or a row of version 0.
            before: What ``row`` says; None for a partner of whom nothing was known.
            after: What it is to say.
            now: The moment of signing.
            officer: Who added the partner, for the ledger.

        Raises:
            ConflictError: somebody else changed the partner meanwhile.
            GatewayError: it is stored and in force, but could not be noted.
        """
        record, city = after
        leaf, version, signer = self.seal.leaf, row.version + 1, self.signer
        sealed = replace(
            row,
            record=seal_record(record, leaf=leaf, version=version, signer=signer, now=now),
            memory=seal_memory(city, leaf=leaf, version=version, signer=signer, now=now),
        )
        self.rows.put(sealed, partner_note(before, after, now, officer))
        stored = replace(sealed, version=version)
        # Afterwards: what is noted and not stored would be taken for a row that was put back.
        self.noted.note({stored.anchor_id: RowMark.of(stored)})
        return stored

    def insert(
        self, record: AgreementRecord, now: Timestamp, *, officer: str, version: int = 0
    ) -> None:
        """Store a partner of whom nothing is believed yet."""
        row = PartnerRow(anchor_id=record.pins.anchor, record="", memory="", version=version)
        self.write(row, None, (record, TrustedCity.first(record.pins)), now, officer)
